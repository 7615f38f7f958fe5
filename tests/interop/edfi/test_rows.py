"""Values, descriptors and digests."""

from __future__ import annotations

import dataclasses
import os
from datetime import date, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolgate.interop.edfi import (
    Behavior,
    ContactRow,
    Descriptor,
    DisciplineActionRow,
    IncidentRow,
    PersonName,
    ReadingProblems,
    Source,
    StudentContactRow,
    StudentRow,
    check_folder,
    read_folder,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from schoolgate.interop.edfi import Row

TRIALS = int(os.environ.get("SCHOOLGATE_TRIALS", "25"))
SCHOOL = "<SchoolReference><SchoolIdentity><SchoolId>7</SchoolId></SchoolIdentity></SchoolReference>"
INCIDENT = (
    "<DisciplineIncident><IncidentIdentifier>1</IncidentIdentifier><IncidentDate>{date}</IncidentDate>{more}"
    + SCHOOL
    + "</DisciplineIncident>"
)


def read_one(path: Path) -> Row:
    (row,) = read_folder(path, checked=check_folder(path))
    return row


def incident_with(one_file: Callable[..., Path], more: str = "", date: str = "2026-09-30") -> IncidentRow:
    row = read_one(one_file("StudentDiscipline", INCIDENT.format(date=date, more=more)))
    assert isinstance(row, IncidentRow)
    return row


@pytest.mark.parametrize("written", ["2026-09-30", "2026-09-30Z", "2026-09-30-05:00", " 2026-09-30\n"])
def test_dates_with_and_without_zone(written: str, one_file: Callable[..., Path]) -> None:
    assert incident_with(one_file, date=written).date == date(2026, 9, 30)


@pytest.mark.parametrize(
    ("written", "expected"),
    [("14:30:00", time(14, 30)), ("14:30:00.5", time(14, 30)), ("14:30:00Z", time(14, 30))],
)
def test_times(written: str, expected: time, one_file: Callable[..., Path]) -> None:
    assert incident_with(one_file, f"<IncidentTime>{written}</IncidentTime>").time == expected


@pytest.mark.parametrize(("written", "expected"), [("true", True), ("1", True), ("false", False), ("0", False)])
def test_flags(written: str, expected: bool, one_file: Callable[..., Path]) -> None:  # noqa: FBT001 - it is the datum
    row = incident_with(one_file, f"<ReportedToLawEnforcement>{written}</ReportedToLawEnforcement>")
    assert row.reported_to_law_enforcement is expected


def test_what_is_not_said_is_not_false(one_file: Callable[..., Path]) -> None:
    row = incident_with(one_file, "<CaseNumber> </CaseNumber><ReportedToLawEnforcement/>")
    assert row.reported_to_law_enforcement is None
    assert row.case_number is None
    assert row.time is None
    assert row.behaviors == ()


def test_an_unknown_namespace_is_kept_and_flagged(one_file: Callable[..., Path]) -> None:
    path = one_file(
        "StudentDiscipline",
        INCIDENT.format(
            date="2026-09-30",
            more="<Weapon>uri://district.example/WeaponDescriptor#Knife</Weapon><Weapon>Knife</Weapon>"
            "<Weapon>uri://ed-fi.org/WeaponDescriptor#Knife</Weapon>",
        ),
    )
    summary = check_folder(path)
    (row,) = read_folder(path, checked=summary)

    assert isinstance(row, IncidentRow)
    assert [(weapon.namespace, weapon.code_value, weapon.is_standard) for weapon in row.weapons] == [
        ("uri://district.example/WeaponDescriptor", "Knife", False),
        ("", "Knife", False),
        ("uri://ed-fi.org/WeaponDescriptor", "Knife", True),
    ]
    assert summary.unfamiliar_descriptors == {"uri://district.example/WeaponDescriptor": 1, "": 1}
    assert len(set(row.weapons)) == 3


def test_extensions_in_another_namespace_are_not_mistaken_for_fields(one_file: Callable[..., Path]) -> None:
    row = incident_with(one_file, '<x:CaseNumber xmlns:x="http://vendor.example">B-1</x:CaseNumber>')
    assert row.case_number is None


def test_a_contact_says_how_it_may_be_reached(one_file: Callable[..., Path]) -> None:
    row = read_one(
        one_file(
            "Contact",
            "<Contact><ContactUniqueId>1</ContactUniqueId><Name><PersonalTitlePrefix>Mrs"
            "</PersonalTitlePrefix>"
            "<FirstName>Rosa</FirstName><LastSurname>Aguilar</LastSurname></Name><Address>"
            "<StreetNumberName>1 Elm"
            "</StreetNumberName><City>Boston</City>"
            "<StateAbbreviation>uri://ed-fi.org/StateAbbreviationDescriptor#MA</StateAbbreviation>"
            "<PostalCode>02101</PostalCode>"
            "<AddressType>uri://ed-fi.org/AddressTypeDescriptor#Home</AddressType>"
            "<DoNotPublishIndicator>true</DoNotPublishIndicator></Address><Telephone><TelephoneNumber>"
            "617 555 0100</TelephoneNumber><OrderOfPriority>2</OrderOfPriority></Telephone></Contact>",
        )
    )

    assert isinstance(row, ContactRow)
    assert row.name.title == "Mrs"
    (address,) = row.addresses
    assert address.do_not_publish is True
    assert address.state is not None
    assert address.state.code_value == "MA"
    (telephone,) = row.telephones
    assert (telephone.number, telephone.priority, telephone.do_not_publish) == ("617 555 0100", 2, None)


def test_custody_limits_come_along(one_file: Callable[..., Path]) -> None:
    path = one_file(
        "Contact",
        "<StudentContactAssociation><StudentReference><StudentIdentity><StudentUniqueId>1</StudentUniqueId>"
        "</StudentIdentity></StudentReference><ContactReference ref='C2'/><ContactPriority>1"
        "</ContactPriority>"
        "<ContactRestrictions>No contact by court order</ContactRestrictions><LegalGuardian>false"
        "</LegalGuardian>"
        "</StudentContactAssociation>",
        "<Contact id='C2'><ContactUniqueId>2</ContactUniqueId><Name><FirstName>A</FirstName><LastSurname>B"
        "</LastSurname></Name></Contact>",
    )
    _contact, row = read_folder(path, checked=check_folder(path))

    assert isinstance(row, StudentContactRow)
    assert row.key == ("1", "2")
    assert row.restrictions == "No contact by court order"
    assert (row.is_legal_guardian, row.lives_with, row.priority) == (False, None, 1)


standard = st.builds(
    Descriptor,
    st.just("uri://ed-fi.org/WeaponDescriptor"),
    st.sampled_from(["Knife", "Other"]),
    is_standard=st.booleans(),
)


def incident(**changes: Any) -> IncidentRow:
    made = IncidentRow(
        source=Source("a.xml", 1),
        incident_identifier="1",
        school_id=7,
        date=date(2026, 9, 30),
        time=None,
        location=None,
        description=None,
        reporter_description=None,
        reporter_name=None,
        behaviors=(),
        weapons=(),
        reported_to_law_enforcement=None,
        case_number=None,
        external_participants=(),
    )
    return dataclasses.replace(made, **changes)


@settings(max_examples=TRIALS, deadline=None)
@given(weapons=st.lists(standard, max_size=5), line=st.integers(1, 10**6), data=st.data())
def test_a_digest_knows_neither_place_nor_order(weapons: list[Descriptor], line: int, data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(weapons))
    one = incident(weapons=tuple(weapons))
    other = incident(weapons=tuple(shuffled), source=Source("b.xml", line))
    assert one.digest == other.digest


@pytest.mark.parametrize(
    "change",
    [
        {"incident_identifier": "2"},
        {"school_id": 8},
        {"date": date(2026, 10, 1)},
        {"reported_to_law_enforcement": False},
        {"reported_to_law_enforcement": True},
        {"case_number": ""},
        {"description": "x"},
        {"behaviors": (Behavior(Descriptor("", "Other", is_standard=False), None),)},
    ],
)
def test_a_digest_knows_every_field(change: dict[str, Any]) -> None:
    assert incident(**change).digest != incident().digest


def test_a_digest_is_the_same_next_year() -> None:
    """A stored digest must still match after an upgrade, or every row would look changed."""
    row = StudentRow(
        source=Source("a.xml", 1),
        student_unique_id="1",
        name=PersonName(first="Marisol", last="Aguilar"),
        birth_date=date(2010, 5, 4),
    )
    assert row.digest == "8a283a110aa01589402e9108a39ddc57897d0c3f8e496eacffd5eddcd87578d4"


def test_equal_numbers_are_equal_and_swapped_keys_are_not() -> None:
    row = DisciplineActionRow(
        source=Source("a.xml", 1),
        action_identifier="1",
        date=date(2026, 9, 30),
        student_unique_id="1",
        disciplines=(),
        length=Decimal("3.00"),
        actual_length=None,
        length_difference_reason=None,
        is_zero_tolerance=None,
        responsibility_school_id=7,
        assignment_school_id=None,
        staff_unique_ids=("1", "2"),
        participations=((7, "A", "B", "x"),),
    )
    assert row.digest == dataclasses.replace(row, length=Decimal(3), staff_unique_ids=("2", "1")).digest
    swapped = dataclasses.replace(row, participations=((7, "B", "A", "x"),))
    assert row.digest != swapped.digest


def test_a_repr_says_where_and_not_who() -> None:
    row = incident(reporter_name="Ms. Abreu", description="Marisol Aguilar said")
    assert repr(row) == "<IncidentRow a.xml:1>"
    assert repr(PersonName(first="Marisol", last="Aguilar")) == "<PersonName>"


def test_ref_and_identity_must_agree(one_file: Callable[..., Path]) -> None:
    path = one_file(
        "StudentDiscipline",
        INCIDENT.format(date="2026-09-30", more="").replace("<DisciplineIncident>", '<DisciplineIncident id="I1">'),
        "<StudentDisciplineIncidentNonOffenderAssociation><StudentReference><StudentIdentity>"
        "<StudentUniqueId>1"
        "</StudentUniqueId></StudentIdentity></StudentReference><DisciplineIncidentReference ref='I1'>"
        f"<DisciplineIncidentIdentity><IncidentIdentifier>2</IncidentIdentifier>{SCHOOL}"
        "</DisciplineIncidentIdentity></DisciplineIncidentReference>"
        "</StudentDisciplineIncidentNonOffenderAssociation>",
    )
    with pytest.raises(ReadingProblems, match="the same record"):
        check_folder(path)
