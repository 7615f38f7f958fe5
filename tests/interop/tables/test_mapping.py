"""Which column is which field: proposed, confirmed, kept; and what may never be either."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schoolgate.interop.tables import FIELDS, ColumnMapping, ReadingError, propose
from schoolgate.interop.tables.never import folded, is_refused_name

if TYPE_CHECKING:
    from pathlib import Path

NEEDED = {"ID": "number", "First": "first", "Last": "last"}
REFUSED_HEADERS = (
    "Citizenship",
    "citizenshipStatus",
    "US Citizen?",
    "Visa",
    "Visa Type",
    "Country of Birth",
    "countryOfBirthCode",
    "Birth Country",
    "birthCity",
    "Place of Birth",
    "POB",
    "Lugar de nacimiento",
    "Nacionalidad",
    "País de origen / Country",
    "Race",
    "Race/Ethnicity",
    "RACE_ETHN_CD Ethnicity",
    "Hispanic?",
    "Sex",
    "Gender",
    "Home Language",
    "Native Language",
    "First language",
    "LEP",
    "ELL status",
    "Date Entered US",
    "Date Entered U.S. Schools dateEnteredUS",
    "Immigrant",
    "Immigration Status",
    "Refugee",
    "Undocumented Y/N",
    "Newcomer",
    "SSN",
    "Social Security #",
    "ITIN",
    "Passport No",
    "A-Number (alien)",
    "I-94 / i94",
    "SEVIS",
    "Homeless",
    "Religion",
    "Migrant Ed",
    "Unaccompanied youth",
    "Tribal affiliation",
    "\uff23\uff49\uff54\uff49\uff5a\uff45\uff4eship",
    "Na\u200btionality",
)


@pytest.mark.parametrize("header", REFUSED_HEADERS)
def test_a_column_that_may_never_enter_is_neither_proposed_nor_mapped(header: str) -> None:
    proposal = propose("students", ["ID", header, "First", "Last"])

    assert proposal.refused == (header,)
    assert header not in proposal.columns
    with pytest.raises(ReadingError, match="never may"):
        ColumnMapping("students", NEEDED | {header: "grade"})


def test_no_field_can_be_one_that_is_refused() -> None:
    named = {(subject, header) for subject, known in FIELDS.items() for one in known.fields for header in one.headers}

    assert len(named) > 150
    assert sorted(header for _, header in named if is_refused_name(header)) == []


def test_headers_are_spelled_as_they_are_compared() -> None:
    assert [
        header
        for known in FIELDS.values()
        for one in known.fields
        for header in one.headers
        if header != folded(header)
    ] == []


def test_every_subject_has_its_keys_among_its_fields() -> None:
    for known in FIELDS.values():
        names = [one.name for one in known.fields]
        assert len(set(names)) == len(names)
        assert {*known.key, *known.owner, *known.agreeing, *known.needed} <= set(names)


@pytest.mark.parametrize(
    ("headers", "fields"),
    [
        (
            ("Student ID", "First Name", "Last Name", "DOB", "Grade Level", "School Code"),
            ("number", "first", "last", "birth_date", "grade", "school"),
        ),
        (
            ("student_id", "firstName", "lastName", "birthDate", "gradeLevel", "preferredName"),
            ("number", "first", "last", "birth_date", "grade", "preferred_first"),
        ),
        (("LASID", "NOMBRE", "Apellidos", "Fecha de Nacimiento"), ("number", "first", "last", "birth_date")),
        (("Student Numbr", "Frist name", "Surname"), ("number", "first", "last")),
    ],
)
def test_headers_that_name_a_field_are_proposed(headers: tuple[str, ...], fields: tuple[str, ...]) -> None:
    proposal = propose("students", headers)

    assert tuple(proposal.columns[header].field for header in headers) == fields
    assert proposal.missing == proposal.left == ()


def test_what_is_only_similar_is_said_to_be() -> None:
    proposal = propose("students", ["ID", "Frist name", "Homeroom", "", "Race"])

    assert proposal.columns["ID"].why == "same name"
    assert proposal.columns["Frist name"].why == "similar name"
    assert proposal.left == ("Homeroom",)
    assert proposal.refused == ("Race",)
    assert proposal.missing == ("last",)


def test_a_field_is_proposed_once_and_for_the_surest_header() -> None:
    proposal = propose("students", ["ID", "Student Number", "First Name", "Last Name"])

    assert proposal.columns["Student Number"].field == "number"
    assert "ID" in proposal.left


def test_incidents_and_guardians_are_proposed() -> None:
    incidents = propose(
        "incidents", ["Incident ID", "School ID", "Incident Date", "Description", "Student ID", "Offense"]
    )
    guardians = propose("guardians", ["Contact ID", "Student ID", "First Name", "Last Name", "Relationship", "Custody"])

    assert [one.field for one in incidents.columns.values()] == [
        "number",
        "school",
        "date",
        "narrative",
        "student_number",
        "behavior",
    ]
    assert guardians.columns["Custody"].field == "is_legal_guardian"
    assert incidents.missing == guardians.missing == ()


def test_a_mapping_comes_back_from_its_json() -> None:
    mapping = ColumnMapping("students", NEEDED | {"DOB": "birth_date"}, "month first", "windows-1252", ";")

    assert ColumnMapping.from_json(mapping.to_json()) == mapping
    assert ColumnMapping.from_json(mapping.to_json()).to_json() == mapping.to_json()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"columns": NEEDED | {"Visa": "grade"}}, "never may"),
        ({"columns": NEEDED | {"X": "citizenship"}}, "a field of students"),
        ({"columns": NEEDED | {"X": "number"}}, "each field once"),
        ({"columns": {"ID": "number"}}, "a column for first, last"),
        ({"columns": NEEDED | {"X": 3}}, "a field for each column"),
        ({"columns": []}, "a field for each column"),
        ({"subject": "visitors"}, "one of students"),
        ({"subject": None}, "one of students"),
        ({"date_order": "year first"}, "of those offered"),
        ({"encoding": "utf-7"}, "of those offered"),
        ({"separator": "x"}, "of those offered"),
        ({"format": "schoolgate-mapping/2"}, "as it was saved"),
        ({"more": 1}, "as it was saved"),
    ],
)
def test_a_kept_mapping_that_was_changed_is_held_to_the_same_rules(change: dict[str, object], told: str) -> None:
    stated = json.loads(ColumnMapping("students", NEEDED).to_json())

    with pytest.raises(ReadingError, match=told):
        ColumnMapping.from_json(json.dumps(stated | change))


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000, "null", '"x"' * 50_000])
def test_what_is_no_mapping_is_refused(text: str) -> None:
    with pytest.raises(ReadingError, match="as it was saved"):
        ColumnMapping.from_json(text)


@given(headers=st.lists(st.text(max_size=20), max_size=8, unique=True))
def test_whatever_the_headers_each_has_one_place(headers: list[str]) -> None:
    proposal = propose("students", headers)

    assert sorted([*proposal.columns, *proposal.refused, *proposal.left]) == sorted(one for one in headers if one)
    assert len({one.field for one in proposal.columns.values()}) == len(proposal.columns)


def test_an_odd_header_is_not_repeated_in_an_error(tmp_path: Path) -> None:
    with pytest.raises(ReadingError) as caught:
        ColumnMapping("students", NEEDED | {"Marisol Aguilar\x1b": "unknown"})

    assert "Marisol" not in str(caught.value)
