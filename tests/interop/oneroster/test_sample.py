"""The public sample: as a folder, as a zip, from a server; the same rows every time."""

from __future__ import annotations

import zipfile
from collections import Counter
from typing import TYPE_CHECKING

from schoolgate.interop import oneroster
from support import oneroster_feed as feed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.oneroster_server import Served

COUNTS = {
    "OrgRow": 1,
    "SchoolRow": 3,
    "SessionRow": 1,
    "StudentRow": 960,
    "StaffRow": 68,
    "GuardianRow": 1872,
    "RoleRow": 2900,
    "RelationRow": 1872,
}


def read(path: Path) -> list[oneroster.Row]:
    return list(oneroster.read_roster(path, checked=oneroster.check_roster(path)))


def by_key(rows: list[oneroster.Row]) -> dict[tuple[str, ...], oneroster.Row]:
    return {(type(row).__name__, *row.key): row for row in rows}


def test_the_sample_is_read_whole(sample: Path) -> None:
    checked = oneroster.check_roster(sample)
    rows = list(oneroster.read_roster(sample, checked=checked))

    assert dict(checked.rows) == COUNTS
    assert Counter(type(row).__name__ for row in rows) == COUNTS
    assert checked.never_opened == ("demographics.csv",)
    assert checked.unread_files == ("edfi-oneroster-swagger.yml",)
    assert dict(checked.open_references) == dict(checked.unfamiliar) == {}
    assert {drop.field for drop in checked.drops.dropped} == {"enabledUser", "username", "primaryOrgSourcedId"}


def test_a_student_of_the_sample_with_school_and_parents(sample: Path) -> None:
    rows = read(sample)
    (student,) = [row for row in rows if isinstance(row, oneroster.StudentRow) and row.number == "604821"]
    (role,) = [row for row in rows if isinstance(row, oneroster.RoleRow) and row.person.number == "604821"]
    parents = [row for row in rows if isinstance(row, oneroster.RelationRow) and row.student.number == "604821"]

    assert (student.name.first, student.name.last, student.has_identifier) == ("Tyrone", "Dyer", True)
    assert (role.role.value, role.kind, role.org.number) == ("student", "student", "255901107")
    assert (str(role.begins), str(role.ends), role.is_primary) == ("2021-08-23", "2022-05-27", True)
    assert {row.guardian.number for row in parents} == {"778393", "779017"}
    assert {(row.begins, row.ends) for row in parents} == {(None, None)}
    assert {term.value for row in parents for term in row.roles} == {"parent"}


def test_a_zip_gives_the_rows_of_the_folder(sample: Path, tmp_path: Path) -> None:
    for place in ("", "export/"):
        path = tmp_path / f"sample{len(place)}.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sample.glob("*.csv"):
                archive.write(file, place + file.name)
            archive.writestr("__MACOSX/._users.csv", b"\x00")

        checked = oneroster.check_roster(path)

        assert checked.never_opened == ("demographics.csv",)
        assert list(oneroster.read_roster(path, checked=checked)) == read(sample)


def test_a_server_gives_the_rows_of_the_files(
    sample: Path, serve: Callable[[Path], Served], client_of: Callable[..., oneroster.Client]
) -> None:
    pull = oneroster.RosterPull(client_of(serve(sample)))
    pull.fetch()
    checked, rows = pull.check(), list(pull.rows())
    from_files = by_key(read(sample))

    assert dict(checked.rows) == COUNTS
    assert len(rows) == len(from_files)
    assert by_key(rows) == from_files
    assert {key: row.digest for key, row in by_key(rows).items()} == {
        key: row.digest for key, row in from_files.items()
    }


def test_digests_tell_rows_apart_and_hold_no_place(small: Callable[..., Path]) -> None:
    first, second = (
        read(small(folder="a")),
        read(small(folder="b", orgs=[{**feed.SCHOOL, "name": "Burke High School"}])),
    )

    assert [row.digest for row in first][1:] == [row.digest for row in second][1:]
    assert first[0].digest != second[0].digest
    assert len({row.digest for row in first}) == len(first)
