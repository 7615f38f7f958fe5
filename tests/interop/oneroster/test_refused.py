"""What must never be imported is planted wherever it could stand, and is found nowhere afterwards."""

from __future__ import annotations

import csv
import dataclasses
import json
import sys
import zipfile
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from schoolgate.interop import oneroster
from schoolgate.interop.oneroster.allowed import ALLOWED
from schoolgate.interop.oneroster.answers import FIELDS
from schoolgate.interop.problems import ReadingError
from schoolgate.interop.tables.never import is_refused_name
from support import oneroster_feed as feed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from support.oneroster_server import Served

SENTINEL = "ZQX"
OPENED: list[str] | None = None


def _note_opening(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" and OPENED is not None:
        OPENED.append(str(arguments[0]))


sys.addaudithook(_note_opening)


@pytest.fixture
def opened() -> Iterator[list[str]]:
    """Names of the files that the program opens, as the interpreter itself tells them."""
    global OPENED  # noqa: PLW0603 - an audit hook cannot be taken off again
    OPENED = []
    yield OPENED
    OPENED = None


def said(rows: list[oneroster.Row], summary: oneroster.Summary) -> str:
    told = dataclasses.replace(summary, rows={}, unfamiliar={}, open_references={})
    dumped = json.dumps([dataclasses.asdict(row) for row in rows], default=str, ensure_ascii=False)
    return dumped + repr(rows) + repr(summary) + str(told) + repr(dict(summary.unfamiliar))


def read(path: Path) -> tuple[list[oneroster.Row], oneroster.Summary]:
    summary = oneroster.check_roster(path)
    return list(oneroster.read_roster(path, checked=summary)), summary


def outcome(path: Path) -> tuple[list[oneroster.Row], oneroster.Summary] | ReadingError:
    try:
        return read(path)
    except ReadingError as problem:
        return problem


def never_names(shared: Path) -> set[str]:
    stated = json.loads((shared / "data" / "edfi" / "never-import.json").read_text(encoding="utf-8"))
    lists = [names for part in ("ed-fi 5.0", "ed-fi 6.0", "oneroster 1.2") for names in stated[part].values()]
    with (shared / "data" / "oneroster" / "demographics.csv").open(encoding="utf-8") as file:
        demographics = next(csv.reader(file))[4:]
    return {name.split(" ")[0] for names in lists for name in names} | set(demographics)


def test_every_name_of_the_list_and_every_demographic_is_refused(shared: Path) -> None:
    names = never_names(shared)

    assert len(names) > 30
    assert sorted(name for name in names if not is_refused_name(name)) == []


def test_no_allowed_field_is_refused() -> None:
    read_fields = {field for columns in ALLOWED.values() for field in columns.read}

    assert sorted(name for name in read_fields if is_refused_name(name)) == []


def test_a_server_is_asked_for_the_allowed_fields_and_no_others() -> None:
    in_answers = {"agents": "agentSourcedIds", "parent": "parentSourcedId"}
    for resource, fields in FIELDS.items():
        named = {in_answers.get(name, name) for name in fields.split(",")} - {"roles"}
        assert named == ALLOWED[resource].read


def test_planted_in_every_other_column_it_changes_nothing(small: Callable[..., Path], shared: Path) -> None:
    number = count()
    planted: dict[str, list[feed.Record]] = {}
    cells = 0
    for name, records in {
        "orgs": [feed.SCHOOL],
        "academicSessions": [feed.YEAR],
        "users": [feed.MARISOL, feed.MOTHER],
        "roles": [feed.STUDENT_ROLE, feed.MOTHER_ROLE],
    }.items():
        columns = {*feed.HEADERS[name].split(","), *never_names(shared), "metadata.visaType", "ext_country", ""}
        others = sorted(columns - ALLOWED[name].read - {"dateLastModified"})
        planted[name] = [{column: f"{SENTINEL}{next(number)}" for column in others} | record for record in records]
        cells += len(others) * len(records)
    before, plain = read(small(folder="plain"))
    after, summary = read(small(folder="planted", **planted))

    assert cells > 200
    assert after == before
    assert SENTINEL not in said(after, summary)
    assert summary.drops.refused_count + summary.drops.dropped_count == cells
    assert summary.drops.refused_count > 180
    assert plain.drops.refused_count == 0


def test_planted_in_an_allowed_column_it_is_in_no_error_and_no_summary(small: Callable[..., Path]) -> None:
    number = count()
    outcomes = {"read": 0, "refused": 0}
    for name in feed.HEADERS:
        for column in sorted(ALLOWED[name].read):
            for word in (f"{SENTINEL} undocumented", f"{SENTINEL}\x07", SENTINEL * 200):
                files = {
                    "orgs": [feed.SCHOOL],
                    "academicSessions": [feed.YEAR],
                    "users": [feed.MARISOL, feed.MOTHER],
                    "roles": [feed.STUDENT_ROLE, feed.MOTHER_ROLE],
                }
                files[name] = [{**files[name][0], column: word}, *files[name][1:]]
                path = small(folder=f"planted{next(number)}", **files)
                found = outcome(path)
                outcomes["refused" if isinstance(found, ReadingError) else "read"] += 1
                problems = getattr(found, "problems", ())
                assert SENTINEL not in str(found) + repr(found) + repr(problems)
    assert outcomes["read"] >= 10
    assert outcomes["refused"] >= 40


@pytest.mark.parametrize("word", ["refugee", "ext:undocumented", "Hispanic", "Honduras", "US Citizen"])
def test_a_code_that_tells_of_status_or_origin_is_not_kept(small: Callable[..., Path], word: str) -> None:
    path = small(
        users=[{**feed.MARISOL, "grades": word}, feed.MOTHER],
        roles=[{**feed.STUDENT_ROLE, "role": word, "roleType": word}, feed.MOTHER_ROLE],
        orgs=[{**feed.SCHOOL, "type": word}],
    )
    rows, summary = read(path)

    assert word not in said(rows, summary)
    assert dict(summary.unfamiliar) == {"orgs.type": 1, "roles.roleType": 1, "roles.role": 1, "users.grades": 1}
    assert summary.drops.refused_count == 4


def test_demographics_are_not_opened_in_a_folder(small: Callable[..., Path], opened: list[str]) -> None:
    path = small(modes={"demographics": "bulk"})
    (path / "demographics.csv").write_text(f"sourcedId,birthDate,countryOfBirthCode\nu1,2010-05-04,{SENTINEL}\n")
    (path / "Demographics-copy.csv").write_text(SENTINEL)
    opened.clear()

    rows, summary = read(path)

    assert summary.never_opened == ("Demographics-copy.csv", "demographics.csv")
    assert [name for name in opened if name.endswith("users.csv")] != []
    assert [name for name in opened if "emographics" in name.rpartition("/")[2]] == []
    assert SENTINEL not in said(rows, summary)


def test_demographics_are_not_unpacked_from_a_zip(small: Callable[..., Path], tmp_path: Path) -> None:
    folder = small(modes={"demographics": "bulk"})
    path = tmp_path / "roster.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for file in folder.glob("*.csv"):
            archive.write(file, file.name)
        archive.writestr("demographics.csv", f"sourcedId,countryOfBirthCode\nu1,{SENTINEL}\n")
    # Any reading of it would now fail on its checksum.
    path.write_bytes(path.read_bytes().replace(SENTINEL.encode(), b"ZQY"))
    with zipfile.ZipFile(path) as archive, pytest.raises(zipfile.BadZipFile):
        archive.read("demographics.csv")

    rows, summary = read(path)

    assert summary.never_opened == ("demographics.csv",)
    assert len(rows) == sum(summary.rows.values())


def test_the_search_would_find_a_word_that_came_through(small: Callable[..., Path]) -> None:
    rows, summary = read(small(users=[{**feed.MARISOL, "givenName": SENTINEL}, feed.MOTHER]))

    assert SENTINEL in said(rows, summary)
    assert SENTINEL not in repr(rows)


def test_planted_in_every_field_of_a_server_it_changes_nothing(
    small: Callable[..., Path],
    shared: Path,
    serve: Callable[[Path], Served],
    client_of: Callable[..., oneroster.Client],
) -> None:
    served = serve(small())
    number = count()
    before, _ = pulled(client_of(served))
    served.heeds_fields = False
    kept = {"orgs": "orgs", "academicSessions": "academicSessions", "users": "users"}
    openapi = yaml.safe_load((shared / "data/oneroster/edfi-oneroster-swagger.yml").read_text(encoding="utf-8"))
    schemas = openapi["components"]["schemas"]
    fields = {"orgs": schemas["org"], "academicSessions": schemas["academicSession"], "users": schemas["user"]}
    allowed_in_answers = {"agents", "parent", "grade", "grades", "roles", "dateLastModified"}
    cells = 0
    for resource in kept:
        names = {*fields[resource]["properties"], *never_names(shared), "metadata", "enabledUser"}
        others = sorted(names - set(ALLOWED[resource].read) - allowed_in_answers)
        served.schemas[resource_schema(resource)]["properties"].update({key: {} for key in others})
        for record in served.records[resource]:
            for name in others:
                word = f"{SENTINEL}{next(number)}"
                record[name] = [word, [word], {"sourcedId": word}, {word: {"visa": word}}][cells % 4]
                cells += 1
            for role in record.get("roles", []):
                role |= {"visa": f"{SENTINEL}r", "userProfile": {"x": f"{SENTINEL}r"}}
                role["org"] |= {"country": f"{SENTINEL}o", "type": f"{SENTINEL}o"}
                cells += 2
            for agent in record.get("agents", []):
                agent["type"] = f"{SENTINEL}a"

    after, summary = pulled(client_of(served, attempts=1))

    assert cells > 140
    assert after == before
    assert SENTINEL not in said(after, summary)
    assert summary.drops.refused_count > 100


def pulled(client: oneroster.Client) -> tuple[list[oneroster.Row], oneroster.Summary]:
    pull = oneroster.RosterPull(client)
    pages: list[oneroster.Page] = []
    pull.fetch(keep=pages.append)
    assert SENTINEL not in json.dumps(pages)
    return list(pull.rows()), pull.check()


def resource_schema(resource: str) -> str:
    return {"orgs": "org", "academicSessions": "academicSession", "users": "user"}[resource]


def test_demographics_are_not_asked_for(
    small: Callable[..., Path], serve: Callable[[Path], Served], client_of: Callable[..., oneroster.Client]
) -> None:
    served = serve(small())
    _, summary = pulled(client_of(served))

    assert set(served.scopes) == {"https://purl.imsglobal.org/spec/or/v1p2/scope/roster-core.readonly"}
    assert {path.rpartition("/")[2] for path, _ in served.asked} == {"orgs", "academicSessions", "users"}
    assert summary.never_opened == ("demographics",)


def test_a_server_field_of_a_wrong_shape_is_a_problem_without_its_contents(
    small: Callable[..., Path], serve: Callable[[Path], Served], client_of: Callable[..., oneroster.Client]
) -> None:
    served = serve(small())
    user = served.records["users"][0]
    user |= {"givenName": {"visa": SENTINEL}, "familyName": [SENTINEL], "agents": SENTINEL, "roles": [[SENTINEL]]}
    pull = oneroster.RosterPull(client_of(served))
    pull.fetch()

    with pytest.raises(ReadingError) as caught:
        pull.check()

    assert SENTINEL not in str(caught.value)
    assert {problem.field for problem in caught.value.problems} >= {"givenName", "familyName", "roles"}
