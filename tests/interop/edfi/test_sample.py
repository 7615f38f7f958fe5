"""The whole real sample, read twice."""

from __future__ import annotations

import gzip
import re
import shutil
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from schoolgate.interop.edfi import (
    ContactRow,
    DisciplineActionRow,
    IncidentRow,
    NonOffenderRow,
    ParticipationRow,
    SchoolRow,
    StaffParticipationRow,
    StudentContactRow,
    StudentRow,
    check_folder,
    read_folder,
)
from schoolgate.interop.edfi.references import references_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from schoolgate.interop.edfi import Key, Row, Summary

COUNTS = {
    "SchoolRow": 3,
    "StaffRow": 68,
    "StudentRow": 960,
    "ContactRow": 1873,
    "StudentContactRow": 1872,
    "IncidentRow": 21,
    "ParticipationRow": 21,
    "NonOffenderRow": 2,
    "StaffParticipationRow": 21,
    "DisciplineActionRow": 25,
}
ENTITY_OF = {
    "SchoolRow": "School",
    "StaffRow": "Staff",
    "StudentRow": "Student",
    "ContactRow": "Contact",
    "IncidentRow": "DisciplineIncident",
    "ParticipationRow": "StudentDisciplineIncidentBehaviorAssociation",
}


def read(path: Path) -> list[Row]:
    return list(read_folder(path, checked=check_folder(path)))


@pytest.fixture(scope="module")
def whole(samples: Path) -> tuple[Summary, list[Row]]:
    summary = check_folder(samples)
    return summary, list(read_folder(samples, checked=summary))


def test_whole_sample_twice(samples: Path, whole: tuple[Summary, list[Row]]) -> None:
    summary, first = whole
    second = list(read_folder(samples, checked=summary))

    assert summary.rows == COUNTS
    assert Counter(type(row).__name__ for row in first) == COUNTS
    assert summary.is_in_order
    told: set[tuple[str, Key]] = set()
    for row in first:
        assert told >= {(kind, key) for kind, key, _ in references_of(row)}
        told.add((ENTITY_OF.get(type(row).__name__, ""), row.key))
    assert first == second
    assert [row.digest for row in first] == [row.digest for row in second]
    assert len({(type(row), row.key) for row in first}) == len(first)
    assert summary.unfamiliar_descriptors == {}
    assert summary.open_references == {}
    assert {file.namespace for file in summary.files} == {"http://ed-fi.org/5.2.0"}


def test_sample_report_of_drops(whole: tuple[Summary, list[Row]]) -> None:
    drops = whole[0].drops

    refused = {(drop.entity, drop.field): drop.count for drop in drops.refused}
    assert refused["Student", "Citizenship"] == 2
    assert refused["Student", "Citizenship/CitizenshipStatus"] == 2
    assert refused["Student", "Citizenship/Visa"] == 1
    assert refused["Contact", "Name/PersonalIdentificationDocument"] == 1872
    assert refused["Staff", "Race"] == 68
    dropped = {(drop.entity, drop.field): drop.count for drop in drops.dropped}
    assert dropped["Contact", "Sex"] == 1872
    assert dropped["Course", ""] == 84
    assert not set(refused) & set(dropped)


def test_lines_are_true_even_past_65535(whole: tuple[Summary, list[Row]], text_of: Callable[[str], str]) -> None:
    names = ("Student.xml", "Contact.xml")
    rows = whole[1]
    tags = {
        StudentRow: "<Student>",
        ContactRow: "<Contact ",
        StudentContactRow: "<StudentContactAssociation>",
    }
    true_lines = {
        kind: [
            number
            for name in names
            for number, line in enumerate(text_of(name).splitlines(), start=1)
            if line.lstrip().startswith(tag)
        ]
        for kind, tag in tags.items()
    }

    for kind in tags:
        assert [row.source.line for row in rows if isinstance(row, kind)] == true_lines[kind]
    assert max(true_lines[StudentContactRow]) > 65_535


def test_what_the_incidents_say(district: Callable[..., Path]) -> None:
    rows = read(district())
    incidents = [row for row in rows if isinstance(row, IncidentRow)]
    participations = [row for row in rows if isinstance(row, ParticipationRow)]
    actions = [row for row in rows if isinstance(row, DisciplineActionRow)]

    told_police = [row for row in incidents if row.reported_to_law_enforcement]
    assert len(told_police) == 2
    assert all(row.case_number for row in told_police)
    assert (
        len({row.school_id for row in incidents} | {row.school_id for row in rows if isinstance(row, SchoolRow)}) == 3
    )
    assert sum(len(row.external_participants) for row in incidents) == 7
    assert all(person.role.is_standard for row in incidents for person in row.external_participants)
    assert sum(len(row.weapons) for row in participations) == 7
    assert {role.code_value for row in participations for role in row.roles} <= {
        "Perpetrator",
        "Victim",
        "Witness",
        "Reporter",
    }
    assert all(row.roles for row in rows if isinstance(row, NonOffenderRow))
    assert sum(len(row.roles) for row in rows if isinstance(row, StaffParticipationRow)) == 24
    keys = {row.key for row in participations}
    assert all(key in keys for row in actions for key in row.participations)
    assert all(row.participations for row in actions)


def test_one_identifier_at_two_schools_is_two_incidents(district: Callable[..., Path]) -> None:
    def same_identifier(text: str) -> str:
        return re.sub(r"(<IncidentIdentifier>)\d+(</IncidentIdentifier>)", r"\g<1>1\2", text)

    def first_two_schools(text: str) -> str:
        incidents = re.findall(r"\t<DisciplineIncident id.*?</DisciplineIncident>\n", text, re.DOTALL)
        one = next(item for item in incidents if "255901001" in item)
        other = next(item for item in incidents if "255901107" in item)
        head = text[: text.index("\t<DisciplineIncident id")]
        return same_identifier(head + one + other) + "</InterchangeStudentDiscipline>"

    folder = district(
        "EducationOrganization.xml",
        "StudentDiscipline.xml",
        changes={"StudentDiscipline.xml": first_two_schools},
    )
    keys = {row.key for row in read(folder) if isinstance(row, IncidentRow)}

    assert keys == {(255901001, "1"), (255901107, "1")}


def test_a_single_file_leaves_references_open(samples: Path) -> None:
    path = samples / "StudentDiscipline.xml"
    summary = check_folder(path)

    assert summary.open_references == {"School": 21 + 25, "Student": 21 + 2 + 25, "Staff": 21}
    assert len(list(read_folder(path, checked=summary))) == 21 + 21 + 2 + 21 + 25


def test_gzip_is_told_by_its_bytes_and_files_by_their_root(samples: Path, tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_bytes(gzip.compress((samples / "Student.xml").read_bytes()))
    (tmp_path / "b.gz").write_bytes((samples / "EducationOrganization.xml").read_bytes())
    (tmp_path / "read me.txt").write_text("not XML", encoding="utf-8")
    (tmp_path / ".hidden.xml").write_text("not XML", encoding="utf-8")
    shutil.copytree(samples, tmp_path / "not entered")

    summary = check_folder(tmp_path)

    assert summary.rows == {"SchoolRow": 3, "StudentRow": 960}
    assert summary.unread_files == ("read me.txt",)


def test_other_interchanges_are_left_alone(district: Callable[..., Path], one_file: Callable[..., Path]) -> None:
    folder = district("Student.xml")
    one_file("MasterSchedule", "<Section><Anything/></Section>").rename(folder / "MasterSchedule.xml")

    assert check_folder(folder).unread_files == ("MasterSchedule.xml",)


def test_a_ref_may_point_forward_in_the_file(district: Callable[..., Path]) -> None:
    def incidents_last(text: str) -> str:
        incidents = re.findall(r"\t<DisciplineIncident id.*?</DisciplineIncident>\n", text, re.DOTALL)
        for incident in incidents:
            text = text.replace(incident, "")
        closing = "</InterchangeStudentDiscipline>"
        return text.replace(closing, "".join(incidents) + closing)

    before = read(district())
    after = read(moved := district(changes={"StudentDiscipline.xml": incidents_last}))

    assert not check_folder(moved).is_in_order
    assert {(type(row), row.key): row for row in after} == {(type(row), row.key): row for row in before}
    assert len(after) == len(before)
