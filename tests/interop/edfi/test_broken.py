"""Broken copies of the sample: every bad row is named by line, and no person is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from schoolgate.interop.edfi import Limits, Problem, ReadingError, ReadingProblems, check_folder, read_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DISCIPLINE = "StudentDiscipline.xml"
PERSONAL = re.compile(
    r"<(?:FirstName|LastSurname|MiddleName|PreferredFirstName|PreferredLastSurname|ReporterName|StudentUniqueId"
    r"|StaffUniqueId|BirthDate|BehaviorDetailedDescription|CaseNumber)>([^<]{4,})<"
)


def line_of(text: str, part: str, occurrence: int = 1) -> int:
    position = -1
    for _ in range(occurrence):
        position = text.index(part, position + 1)
    return text.count("\n", 0, position) + 1


def problems_of(folder: Path) -> tuple[Problem, ...]:
    with pytest.raises(ReadingProblems) as caught:
        check_folder(folder)
    return caught.value.problems


def replaced(old: str, new: str, occurrence: int = 1) -> Callable[[str], str]:
    def change(text: str) -> str:
        position = -1
        for _ in range(occurrence):
            position = text.index(old, position + 1)
        return text[:position] + new + text[position + len(old) :]

    return change


def without_school(text: str) -> str:
    return re.sub(r"\s*<SchoolId>\d+</SchoolId>", "", text, count=1)


def incident_twice(text: str) -> str:
    incident = re.search(r"\t<DisciplineIncident id.*?</DisciplineIncident>\n", text, re.DOTALL)
    assert incident
    again = incident[0].replace(' id="DISC_10_255901001"', "")
    return text.replace(incident[0], incident[0] + again, 1)


BROKEN = {
    "bad date": (replaced("2021-10-18", "2021-13-18"), "DisciplineIncident/IncidentDate", "<IncidentDate>"),
    "two-digit century": (
        replaced("2021-10-18", "0021-10-18"),
        "DisciplineIncident/IncidentDate",
        "<IncidentDate>",
    ),
    "American date": (
        replaced("2021-10-18", "10/18/2021"),
        "DisciplineIncident/IncidentDate",
        "<IncidentDate>",
    ),
    "bad time": (replaced("09:00:00", "25:00:00"), "DisciplineIncident/IncidentTime", "<IncidentTime>"),
    "no school": (
        without_school,
        "DisciplineIncident/SchoolReference/SchoolIdentity/SchoolId",
        "<SchoolIdentity>",
    ),
    "school of zero": (
        replaced("<SchoolId>255901001", "<SchoolId>0"),
        "DisciplineIncident/SchoolReference/SchoolIdentity/SchoolId",
        "<SchoolId>",
    ),
    "no such school": (
        replaced("<SchoolId>255901001", "<SchoolId>7"),
        "DisciplineIncident/SchoolReference",
        "<DisciplineIncident id",
    ),
    "duplicate incident": (incident_twice, "DisciplineIncident", "<DisciplineIncident>"),
    "no identifier": (
        replaced("<IncidentIdentifier>10</IncidentIdentifier>", ""),
        "DisciplineIncident/IncidentIdentifier",
        "<DisciplineIncident id",
    ),
    "identifier twice": (
        replaced(
            "<IncidentIdentifier>10</IncidentIdentifier>",
            "<IncidentIdentifier>10</IncidentIdentifier><IncidentIdentifier>11</IncidentIdentifier>",
        ),
        "DisciplineIncident/IncidentIdentifier",
        "<IncidentIdentifier>",
    ),
    "identifier too long": (
        replaced("<IncidentIdentifier>10<", f"<IncidentIdentifier>{'1' * 37}<"),
        "DisciplineIncident/IncidentIdentifier",
        "<IncidentIdentifier>",
    ),
    "bad flag": (
        replaced(">false</ReportedToLawEnforcement>", ">no</ReportedToLawEnforcement>"),
        "DisciplineIncident/ReportedToLawEnforcement",
        "<ReportedToLawEnforcement>",
    ),
    "wrong vocabulary": (
        replaced("uri://ed-fi.org/IncidentLocationDescriptor#Parking lot", "uri://ed-fi.org/VisaDescriptor#F1"),
        "DisciplineIncident/IncidentLocation",
        "<IncidentLocation>",
    ),
    "never imported vocabulary of a district": (
        replaced(
            "uri://ed-fi.org/IncidentLocationDescriptor#Parking lot",
            "uri://district.example/VisaDescriptor#F1",
        ),
        "DisciplineIncident/IncidentLocation",
        "<IncidentLocation>",
    ),
    "a name where a namespace belongs": (
        replaced("uri://ed-fi.org/IncidentLocationDescriptor#Parking lot", "Kevin Chen #1"),
        "DisciplineIncident/IncidentLocation",
        "<IncidentLocation>",
    ),
    "dangling ref": (
        replaced('ref="DISC_10_255901001"', 'ref="DISC_999"'),
        "StudentDisciplineIncidentBehaviorAssociation/DisciplineIncidentReference/@ref",
        '<DisciplineIncidentReference ref="DISC_999"',
    ),
    "shared id": (
        replaced('id="DISC_11_255901001"', 'id="DISC_10_255901001"'),
        "DisciplineIncident/@id",
        '<DisciplineIncident id="DISC_10_255901001"',
    ),
    "action without discipline": (
        lambda text: re.sub(r"\s*<Discipline>[^<]*</Discipline>", "", text, count=1),
        "DisciplineAction/Discipline",
        "<DisciplineAction>",
    ),
    "action of odd length": (
        replaced("<DisciplineActionLength>", "<DisciplineActionLength>about "),
        "DisciplineAction/DisciplineActionLength",
        "<DisciplineActionLength>",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_bad_row_is_named_by_line_and_field(
    name: str, district: Callable[..., Path], text_of: Callable[[str], str]
) -> None:
    change, field, at = BROKEN[name]
    changed = change(text_of(DISCIPLINE))
    folder = district("EducationOrganization.xml", DISCIPLINE, changes={DISCIPLINE: lambda _: changed})

    problems = problems_of(folder)

    found = next(problem for problem in problems if problem.field == field)
    assert found.file == DISCIPLINE
    occurrence = 2 if name == "shared id" else 1
    assert found.line == line_of(changed, at, occurrence)
    assert found.expected
    assert found.remedy.endswith(".")
    assert str(found) in str(ReadingProblems(problems, more=False))


def test_dangling_student_staff_and_incident(district: Callable[..., Path]) -> None:
    def nobody(text: str) -> str:
        text = replaced("<StudentUniqueId>605266", "<StudentUniqueId>000000")(text)
        text = re.sub(r"<StaffUniqueId>\d+", "<StaffUniqueId>000000", text, count=1)
        block = text.index("<StaffDisciplineIncidentAssociation>")
        return text[:block] + re.sub(r"<IncidentIdentifier>\d+", "<IncidentIdentifier>404", text[block:], count=1)

    problems = problems_of(district(changes={DISCIPLINE: nobody}))

    fields = {problem.field for problem in problems}
    assert "StaffDisciplineIncidentAssociation/StaffReference" in fields
    assert "StaffDisciplineIncidentAssociation/DisciplineIncidentReference" in fields
    assert any(field.endswith("/StudentReference") for field in fields)
    assert any("404" in problem.expected for problem in problems)
    assert not any("000000" in str(problem) for problem in problems)


def test_all_bad_rows_in_one_go_and_then_a_limit(district: Callable[..., Path]) -> None:
    folder = district(
        "Student.xml", changes={"Student.xml": lambda text: text.replace("</BirthDate>", "x</BirthDate>")}
    )

    with pytest.raises(ReadingProblems) as all_of_them:
        check_folder(folder, limits=Limits(problems=2000))
    with pytest.raises(ReadingProblems) as some:
        check_folder(folder, limits=Limits(problems=7))

    assert len(all_of_them.value.problems) == 960
    assert not all_of_them.value.more
    assert len(some.value.problems) == 7
    assert some.value.more
    assert "may be more" in str(some.value)


def test_a_bad_incident_does_not_make_its_participants_look_bad(district: Callable[..., Path]) -> None:
    problems = problems_of(district(changes={DISCIPLINE: replaced("2021-10-18", "yesterday")}))

    assert [problem.field for problem in problems] == ["DisciplineIncident/IncidentDate"]


def test_errors_name_nobody(district: Callable[..., Path], text_of: Callable[[str], str]) -> None:
    """Everything is broken at once; what the person reads holds no value of a personal field."""
    everything = {
        name: lambda text: re.sub(r"(<(\w+)>)([^<\s][^<]*)(</\2>)", r"\1\3\3\3" + "x" * 40 + r"\4", text)
        for name in ("Student.xml", "StaffAssociation.xml", DISCIPLINE)
    }
    folder = district(changes=everything)
    personal = {
        value
        for name in everything
        for value in PERSONAL.findall(text_of(name))
        if not value.isdecimal() or len(value) > 5
    }

    with pytest.raises(ReadingProblems) as caught:
        check_folder(folder, limits=Limits(problems=20_000))

    message = str(caught.value) + repr(caught.value)
    assert len(caught.value.problems) > 1_000
    assert len(personal) > 1_000
    words = {value for value in personal if re.fullmatch(r"\w+", value)}
    assert not words.intersection(re.findall(r"\w+", message))
    assert not [value for value in personal - words if value in message]


def test_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(ReadingError, match="at least one of"):
        check_folder(tmp_path)
    with pytest.raises(ReadingError, match="can be read"):
        check_folder(tmp_path / "missing.xml")


def test_a_file_changed_after_the_check_stops_the_reading(district: Callable[..., Path]) -> None:
    folder = district("Student.xml")
    checked = check_folder(folder)
    path = folder / "Student.xml"
    path.write_text(path.read_text(encoding="utf-8").replace("<Student>", "<Student >", 1), encoding="utf-8")

    with pytest.raises(ReadingError, match="run the import again"):
        list(read_folder(folder, checked=checked))


def test_a_record_in_the_wrong_file_is_not_overlooked(district: Callable[..., Path]) -> None:
    closing = "</InterchangeStudentDiscipline>"
    student = "<Student><StudentUniqueId>1</StudentUniqueId></Student>"
    problems = problems_of(district(changes={DISCIPLINE: lambda text: text.replace(closing, student + closing)}))

    assert [problem.field for problem in problems] == ["Student"]
    assert "InterchangeStudent" in problems[0].expected
