"""Files that are broken, odd or hostile: what is refused, where, and what is taken all the same."""

from __future__ import annotations

import os
import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolgate.interop import oneroster
from schoolgate.interop.oneroster import package
from schoolgate.interop.problems import ReadingError, ReadingProblems
from schoolgate.interop.tables.text import MIB, Limits
from support import oneroster_feed as feed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TRIALS = int(os.environ.get("SCHOOLGATE_TRIALS", "25"))
USERS = feed.as_csv("users", [feed.MARISOL, feed.MOTHER])
type Change = Callable[[str], str]


def refused(path: Path, **limits: int) -> str:
    with pytest.raises(ReadingError) as caught:
        oneroster.check_roster(path, limits=Limits(**limits))
    return str(caught.value)


def rows_of(path: Path) -> list[oneroster.Row]:
    return list(oneroster.read_roster(path, checked=oneroster.check_roster(path)))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\r\n", "\n"),
        lambda text: text.rstrip("\r\n"),
        lambda text: text + "\r\n\r\n",
        lambda text: "\r\n".join(
            ",".join(f'"{cell}"' for cell in line.split(",")) for line in text.split("\r\n") if line
        ),
        lambda text: "\r\n".join(f"{line},," for line in text.split("\r\n") if line),
    ],
    ids=["byte order mark", "LF", "no last line end", "empty lines", "all quoted", "nameless columns"],
)
def test_ways_to_write_the_same(small: Callable[..., Path], change: Change) -> None:
    assert rows_of(small(folder="changed", users=change(USERS))) == rows_of(small())


def test_names_keep_quotes_commas_line_breaks_and_marks(small: Callable[..., Path]) -> None:
    rows = rows_of(small(users=[{**feed.MARISOL, "familyName": 'O"Néill, 阿'}, feed.MOTHER]))
    (student,) = [row for row in rows if isinstance(row, oneroster.StudentRow)]

    assert student.name.last == 'O"Néill, 阿'


@pytest.mark.parametrize(
    ("change", "where", "what"),
    [
        (lambda text: text.replace("Marisol", '"Mari"sol'), "users.csv, line 2", "sound quotes"),
        (lambda text: text.replace("Marisol", '"Marisol'), "users.csv, line 2", "sound quotes"),
        (lambda text: text.replace("Marisol", "Marisol,x"), "users.csv, line 2", "22 cells"),
        (lambda text: text.replace(",,,\r\nu2", "\r\nu2"), "users.csv, line 2", "22 cells"),
        (lambda text: text.replace("Rosa", "Ros\udcff"), "users.csv, line 3", "UTF-8"),
        (lambda text: text.replace("Rosa", "Ro\x00sa"), "users.csv, line 3", "NUL"),
        (lambda text: text.replace("Rosa", "Ro\x1b[2Jsa"), "users.csv, line 3: givenName", "control"),
        (lambda text: text.replace("Rosa", "Ro\u202esa"), "users.csv, line 3: givenName", "direction"),
        (lambda text: text.replace("givenName", "firstName"), "users.csv, line 1", "givenName"),
        (lambda text: text.replace("middleName", "givenName"), "users.csv, line 1: columns 7 and 9", "each name once"),
        (lambda text: text.replace("u2,,,,,,Rosa", "u1,,,,,,Rosa"), "users.csv, line 3: sourcedId", "each user once"),
        (lambda text: text.replace("Rosa", ""), "users.csv, line 3: givenName", "a value"),
        (lambda text: text.replace("100016", "9" * 300), "users.csv, line 2: identifier", "255"),
        (lambda _: "\r\n", "users.csv", "names of the columns"),
        (lambda text: "\ufffe" + text, "users.csv", "columns sourcedId"),
        (lambda text: text.replace("u1,", "u1,gone"), "users.csv, line 2: status", "tobedeleted"),
    ],
)
def test_a_broken_users_file_is_told_by_line(small: Callable[..., Path], change: Change, where: str, what: str) -> None:
    told = refused(small(users=change(USERS)))

    assert where in told
    assert what in told
    assert "Marisol" not in told
    assert told.count("\n") == 0 or "roles.csv" in told or "users.csv" in told


@pytest.mark.parametrize(
    ("name", "record", "change", "where"),
    [
        ("roles", feed.STUDENT_ROLE, {"beginDate": "1/05/2023"}, "roles.csv, line 2: beginDate"),
        ("roles", feed.STUDENT_ROLE, {"beginDate": "2026-02-30"}, "roles.csv, line 2: beginDate"),
        ("roles", feed.STUDENT_ROLE, {"endDate": "2020-01-01"}, "roles.csv, line 2: endDate"),
        ("roles", feed.STUDENT_ROLE, {"orgSourcedId": "s9"}, "roles.csv, line 2: orgSourcedId"),
        ("roles", feed.STUDENT_ROLE, {"userSourcedId": "u9"}, "roles.csv, line 2: userSourcedId"),
        ("roles", feed.STUDENT_ROLE, {"role": "what, me?"}, "roles.csv, line 2: role"),
        ("academicSessions", feed.YEAR, {"startDate": ""}, "academicSessions.csv, line 2: startDate"),
        ("academicSessions", feed.YEAR, {"endDate": "2026-01-01"}, "academicSessions.csv, line 2: endDate"),
        ("users", feed.MARISOL, {"agentSourcedIds": "u9"}, "users.csv, line 2: agentSourcedIds"),
        ("users", feed.MARISOL, {"agentSourcedIds": "u1"}, "users.csv, line 2: agentSourcedIds"),
    ],
)
def test_a_bad_cell_is_told_by_line_and_column(
    small: Callable[..., Path], name: str, record: feed.Record, change: feed.Record, where: str
) -> None:
    others = {"roles": [feed.MOTHER_ROLE], "users": [feed.MOTHER]}.get(name, [])

    assert where in refused(small(**{name: [record | change, *others]}))


def test_all_that_is_wrong_is_told_at_once_and_not_without_end(small: Callable[..., Path]) -> None:
    bad = [{**feed.STUDENT_ROLE, "beginDate": "soon", "orgSourcedId": f"x{number}"} for number in range(5)]
    told = refused(small(roles=[*bad, feed.MOTHER_ROLE]))
    cut = refused(small(folder="cut", roles=[*bad, feed.MOTHER_ROLE]), problems=4)

    assert told.count("beginDate") == told.count("orgSourcedId") == 5
    assert cut.count("\n") == 4
    assert "there may be more" in cut


def test_two_people_with_one_identifier_are_not_merged(small: Callable[..., Path]) -> None:
    twin = {**feed.MARISOL, "sourcedId": "u3", "givenName": "Elena"}
    role = {**feed.STUDENT_ROLE, "userSourcedId": "u3"}
    roles = [feed.STUDENT_ROLE, feed.MOTHER_ROLE, role]
    told = refused(small(users=[feed.MARISOL, feed.MOTHER, twin], roles=roles))

    assert "users.csv, line 4: identifier: expected one name for one identifier; the first is in users.csv" in told
    assert "Elena" not in told
    assert "100016" not in told


def test_a_missing_identifier_does_not_make_two_people_one(small: Callable[..., Path]) -> None:
    other = {**feed.MARISOL, "sourcedId": "100016", "identifier": ""}
    role = {**feed.STUDENT_ROLE, "userSourcedId": "100016"}
    roles = [feed.STUDENT_ROLE, feed.MOTHER_ROLE, role]

    assert "line 4: identifier" in refused(small(users=[feed.MARISOL, feed.MOTHER, other], roles=roles))


def test_two_schools_with_one_identifier_are_not_merged(small: Callable[..., Path]) -> None:
    other = {**feed.SCHOOL, "sourcedId": "s2", "name": "Other High"}

    assert "orgs.csv, line 3: identifier" in refused(small(orgs=[feed.SCHOOL, other]))


@pytest.mark.parametrize(
    ("written", "where"),
    [
        ({"version": "1.1"}, "manifest.csv, line 3"),
        ({"modes": {"users": "some"}}, "manifest.csv, line 6: file.users"),
        ({"modes": {"users": "absent"}}, "manifest.csv, line 6: file.users"),
        ({"orgs": [], "modes": {"orgs": "bulk"}}, "manifest.csv, line 4: file.orgs"),
        ({"users": [], "roles": [], "orgs": [], "academicSessions": []}, "at least one of orgs"),
    ],
)
def test_a_manifest_that_does_not_hold(small: Callable[..., Path], written: dict[str, object], where: str) -> None:
    assert where in refused(small(**written))


def test_without_a_manifest_nothing_is_read(small: Callable[..., Path]) -> None:
    path = small()
    (path / "manifest.csv").unlink()

    assert "expected a manifest.csv" in refused(path)


def test_neither_a_folder_nor_a_zip(tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text(USERS)

    assert "a zip, or a folder" in refused(tmp_path / "users.csv")
    assert "a folder or a zip" in refused(tmp_path / "nothing")


def test_utf_16_and_workbooks_are_told_what_to_do(small: Callable[..., Path]) -> None:
    path = small()
    (path / "users.csv").write_bytes(USERS.encode("utf-16"))
    assert "It is in UTF-16: save it as `CSV UTF-8`" in refused(path)
    (path / "users.csv").write_bytes(b"PK\x03\x04" + b"x" * 100)
    assert "It is a workbook or a zip" in refused(path)


def test_limits_of_size(small: Callable[..., Path]) -> None:
    path = small()

    assert "at most 0 MiB" in refused(path, file_bytes=300)
    assert "lines of at most 100 bytes" in refused(path, line_bytes=100)
    assert "at most 1 rows" in refused(path, rows=1)
    assert "at most 10 columns" in refused(path, columns=10)
    assert "at most 3 files" in refused(path, zip_entries=3)
    assert "in all files" in refused(path, all_bytes=500)


def zipped(path: Path, entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


def entries_of(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_a_zip_that_unpacks_without_end_is_stopped(
    small: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert package._RATIO_GRACE <= 8 * MIB
    # The same sooner: to read eight million bytes of empty lines takes six seconds.
    monkeypatch.setattr(package, "_RATIO_GRACE", MIB)
    entries = entries_of(small())
    line = b"u9,,,,,," + b"," * 15 + b"\r\n"
    entries["users.csv"] += b"\r\n" * (3 * MIB) + line
    path = zipped(tmp_path / "bomb.zip", entries)

    assert path.stat().st_size < 100_000
    assert "unpacks to at most 200 times its size" in refused(path)


def test_a_zip_that_lies_or_is_damaged(small: Callable[..., Path], tmp_path: Path) -> None:
    entries = entries_of(small())
    whole = zipped(tmp_path / "whole.zip", entries, zipfile.ZIP_STORED).read_bytes()
    damaged = tmp_path / "damaged.zip"
    damaged.write_bytes(whole.replace(b"Marisol", b"Marisal"))
    cut = tmp_path / "cut.zip"
    cut.write_bytes(whole[: len(whole) // 2])

    assert "users.csv: expected a file that is whole" in refused(damaged)
    assert "a zip, or a folder" in refused(cut)


@pytest.mark.parametrize(
    ("entries", "method", "told"),
    [
        ({"a/users.csv": b"", "b/users.csv": b""}, zipfile.ZIP_DEFLATED, "all files in one place"),
        ({"../users.csv": b"", "manifest.csv": b""}, zipfile.ZIP_DEFLATED, "all files in one place"),
        ({"users.csv": b"x"}, zipfile.ZIP_BZIP2, "packed in the ordinary way"),
        ({f"{number}.csv": b"" for number in range(101)}, zipfile.ZIP_DEFLATED, "at most 100 files"),
        ({}, zipfile.ZIP_DEFLATED, "a manifest.csv"),
    ],
)
def test_a_zip_as_no_roster_is(tmp_path: Path, entries: dict[str, bytes], method: int, told: str) -> None:
    assert told in refused(zipped(tmp_path / "odd.zip", entries, method))


def test_a_zip_with_a_password_is_refused(small: Callable[..., Path], tmp_path: Path) -> None:
    data = bytearray(zipped(tmp_path / "plain.zip", entries_of(small())).read_bytes())
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        data[at + 8] |= 1
        at = data.find(b"PK\x01\x02", at + 1)
    path = tmp_path / "closed.zip"
    path.write_bytes(data)

    assert "without a password" in refused(path)


def test_a_zip_leads_nowhere(small: Callable[..., Path], tmp_path: Path) -> None:
    entries = {f"../../out/{name}": data for name, data in entries_of(small()).items()}
    path = zipped(tmp_path / "inner.zip", entries)
    before = sorted(tmp_path.parent.rglob("*"))

    assert rows_of(path) == rows_of(tmp_path / "roster")
    assert sorted(tmp_path.parent.rglob("*")) == before


def test_a_file_that_changed_since_the_check_is_refused(small: Callable[..., Path]) -> None:
    for name in ("users.csv", "manifest.csv"):
        path = small(folder=name)
        checked = oneroster.check_roster(path)
        with (path / name).open("a", encoding="utf-8") as file:
            file.write("\r\n")
        with pytest.raises(ReadingError, match="changed meanwhile"):
            list(oneroster.read_roster(path, checked=checked))


def outcome(path: Path) -> list[oneroster.Row] | ReadingError:
    try:
        return rows_of(path)
    except ReadingError as problem:
        return problem


@settings(max_examples=TRIALS * 4, deadline=None)
@given(data=st.binary(max_size=400), name=st.sampled_from(["users.csv", "manifest.csv", "roles.csv", "roster.zip"]))
def test_whatever_bytes_come_it_is_a_table_error_or_rows(
    data: bytes, name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = feed.write(tmp_path_factory.mktemp("fuzz") / "roster")
    path = folder / name
    path.write_bytes(data)

    assert outcome(path if name.endswith("zip") else folder)


@settings(max_examples=TRIALS * 2, deadline=None)
@given(cells=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), min_size=6, max_size=6))
def test_whatever_is_typed_comes_back_or_is_told_by_its_column(
    cells: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    columns = ("givenName", "familyName", "middleName", "preferredGivenName", "preferredFamilyName", "identifier")
    users = feed.as_csv("users", [feed.MARISOL | dict(zip(columns, cells, strict=True)), feed.MOTHER])
    found = outcome(feed.write(tmp_path_factory.mktemp("typed") / "roster", users=users))
    if isinstance(found, ReadingProblems):
        assert {problem.field for problem in found.problems} <= {*columns, ""}
    elif isinstance(found, ReadingError):
        assert found.problem.file == "users.csv"
    else:
        (student,) = [row for row in found if isinstance(row, oneroster.StudentRow)]
        name = student.name
        given = (name.first, name.last, name.middle, name.preferred_first, name.preferred_last)
        assert list(given) == [cell.strip() or None for cell in cells[:5]]
