"""What is sent: valid by the published schemas, no more than was said, refused where it could not be right."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolgate.interop.edfi import ReadingError
from schoolgate.interop.edfi.allowed import is_refused
from schoolgate.interop.edfi.discipline_out import (
    ActionOut,
    IncidentOut,
    ParticipationOut,
    Standard,
    body_of,
    record_of,
    resource_of,
)
from support.edfi_api import MockEdfi
from support.edfi_asking import DATA, STANDARDS, spec_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schoolgate.interop.edfi.discipline_out import Out

TRIALS = int(os.environ.get("SCHOOLGATE_TRIALS", "50"))
BEHAVIOR = "uri://ed-fi.org/BehaviorDescriptor#Other"
INCIDENT = IncidentOut(
    incident_identifier="2026-17",
    school_id=255901001,
    date=date(2026, 10, 5),
    time=time(14, 30),
    location="uri://ed-fi.org/IncidentLocationDescriptor#Cafeteria",
    behaviors=(BEHAVIOR,),
    weapons=("uri://ed-fi.org/WeaponDescriptor#None",),
    reported_to_law_enforcement=False,
)
PARTICIPATION = ParticipationOut(
    student_unique_id="604821",
    school_id=255901001,
    incident_identifier="2026-17",
    behavior=BEHAVIOR,
    roles=("uri://ed-fi.org/DisciplineIncidentParticipationCodeDescriptor#Perpetrator",),
    weapons=("uri://ed-fi.org/WeaponDescriptor#None",),
)
ACTION = ActionOut(
    action_identifier="18",
    date=date(2026, 10, 6),
    student_unique_id="604821",
    disciplines=("uri://ed-fi.org/DisciplineDescriptor#In School Suspension",),
    responsibility_school_id=255901001,
    length=Decimal("2.5"),
    answers_to=((255901001, "2026-17", BEHAVIOR),),
)
ALL: tuple[Out, ...] = (INCIDENT, PARTICIPATION, ACTION)


@cache
def mock_of(standard: str) -> MockEdfi:
    return MockEdfi(spec_of(standard))


def words(alphabet: str = "abcZ019-. é'") -> st.SearchStrategy[str]:
    return st.text(alphabet, min_size=1, max_size=30).map(str.strip).filter(bool)


def descriptors(name: str) -> st.SearchStrategy[str]:
    namespaces = st.sampled_from(["uri://ed-fi.org", "uri://doe.mass.edu", "http://district.example.org/codes"])
    return st.builds(lambda namespace, code: f"{namespace}/{name}Descriptor#{code}", namespaces, words())


def many(name: str, least: int = 0) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(descriptors(name), min_size=least, max_size=3).map(tuple)


SCHOOLS = st.integers(1, 2**63 - 1)
DATES = st.dates(date(2000, 1, 1), date(2099, 12, 31))
DAYS = st.none() | st.decimals(0, Decimal("999.99"), places=2)
INCIDENTS = st.builds(
    IncidentOut,
    incident_identifier=words(),
    school_id=SCHOOLS,
    date=DATES,
    time=st.none() | st.times(),
    location=st.none() | descriptors("IncidentLocation"),
    behaviors=many("Behavior"),
    weapons=many("Weapon"),
    reported_to_law_enforcement=st.none() | st.booleans(),
)
PARTICIPATIONS = st.builds(
    ParticipationOut,
    student_unique_id=words(),
    school_id=SCHOOLS,
    incident_identifier=words(),
    behavior=descriptors("Behavior"),
    roles=many("DisciplineIncidentParticipationCode"),
    weapons=many("Weapon"),
)
ACTIONS = st.builds(
    ActionOut,
    action_identifier=words(),
    date=DATES,
    student_unique_id=words(),
    disciplines=many("Discipline", 1),
    responsibility_school_id=SCHOOLS,
    length=DAYS,
    actual_length=DAYS,
    answers_to=st.lists(st.tuples(SCHOOLS, words(), descriptors("Behavior")), min_size=1, max_size=3).map(tuple),
)


@settings(max_examples=TRIALS, deadline=None)
@given(item=INCIDENTS | PARTICIPATIONS | ACTIONS, standard=st.sampled_from(Standard))
def test_whatever_can_be_said_is_valid_by_the_published_schema(item: Out, standard: Standard) -> None:
    record = json.loads(body_of(item, standard))

    assert mock_of(standard).wrong(resource_of(item), record) == ""
    assert record == record_of(item, standard)


@pytest.mark.parametrize("standard", STANDARDS)
def test_the_schema_refuses_what_it_should(standard: str) -> None:
    """The check itself checks: names it does not know, missing and overlong fields."""
    record = record_of(INCIDENT, Standard(standard))
    for change in ({"unknown": 1}, {"incidentDate": "yesterday"}, {"incidentIdentifier": "x" * 37}, {"weapons": [{}]}):
        assert mock_of(standard).wrong("disciplineIncidents", {**record, **change})
    assert mock_of(standard).wrong("disciplineIncidents", {})


def names_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from names_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from names_in(inner)


@pytest.mark.parametrize("standard", Standard)
def test_nothing_that_is_never_imported_and_no_name_or_narrative_is_sent(standard: Standard) -> None:
    stated = json.loads((DATA / "never-import.json").read_text(encoding="utf-8"))
    never = {n.split(" ")[0] for one in ("ed-fi 5.0", "ed-fi 6.0") for names in stated[one].values() for n in names}
    personal = {
        "reporterName",
        "incidentDescription",
        "behaviorDetailedDescription",
        "caseNumber",
        "externalParticipants",
    }
    sent = {name for item in ALL for name in names_in(record_of(item, standard))}

    assert len(sent) > 15
    assert not sent & (never | personal)
    assert not [name for name in sent if is_refused(name)]
    assert not [name for name in sent if "name" in name.casefold()]


def test_what_is_not_known_is_not_sent() -> None:
    bare = IncidentOut(incident_identifier="1", school_id=1, date=date(2026, 10, 5))
    assert record_of(bare, Standard.DS_5) == {
        "incidentIdentifier": "1",
        "schoolReference": {"schoolId": 1},
        "incidentDate": "2026-10-05",
    }
    known = replace(bare, reported_to_law_enforcement=False)
    assert record_of(known, Standard.DS_5)["reportedToLawEnforcement"] is False


def test_the_two_standards_differ_where_they_do() -> None:
    assert "weapons" not in record_of(PARTICIPATION, Standard.DS_5)
    assert record_of(PARTICIPATION, Standard.DS_6)["weapons"] == [{"weaponDescriptor": PARTICIPATION.weapons[0]}]
    alone = replace(ACTION, answers_to=())
    assert "studentDisciplineIncidentBehaviorAssociations" not in record_of(alone, Standard.DS_5)
    with pytest.raises(ReadingError, match="at least one: the standard wants it"):
        record_of(alone, Standard.DS_6)


SECRET = "Marisol Aguilar"
BAD: dict[str, Out] = {
    "no identifier": replace(INCIDENT, incident_identifier=" "),
    "a long identifier": replace(INCIDENT, incident_identifier=SECRET * 4),
    "no school": replace(INCIDENT, school_id=0),
    "a school past 64 bits": replace(INCIDENT, school_id=2**63),
    "a bare code": replace(INCIDENT, behaviors=(SECRET,)),
    "another vocabulary": replace(INCIDENT, behaviors=(f"uri://ed-fi.org/WeaponDescriptor#{SECRET}",)),
    "a refused vocabulary": replace(INCIDENT, location=f"uri://ed-fi.org/VisaDescriptor#{SECRET}"),
    "a long code": replace(INCIDENT, location="uri://ed-fi.org/IncidentLocationDescriptor#" + SECRET * 30),
    "no student": replace(PARTICIPATION, student_unique_id=""),
    "a long student": replace(PARTICIPATION, student_unique_id=SECRET * 3),
    "a role of two lines": replace(
        PARTICIPATION, roles=("uri://ed-fi.org/DisciplineIncidentParticipationCodeDescriptor#a\nb",)
    ),
    "no discipline": replace(ACTION, disciplines=()),
    "less than no days": replace(ACTION, length=Decimal(-1)),
    "too many days": replace(ACTION, actual_length=Decimal(1000)),
    "no number of days": replace(ACTION, length=Decimal("NaN")),
    "an incident of no school": replace(ACTION, answers_to=((0, "1", BEHAVIOR),)),
}


@pytest.mark.parametrize("what", BAD)
def test_what_cannot_be_right_is_refused_and_not_quoted(what: str) -> None:
    with pytest.raises(ReadingError, match=r"what is to be sent: .*nothing of it was sent") as caught:
        body_of(BAD[what], Standard.DS_6)
    assert SECRET not in str(caught.value)
    assert SECRET not in repr(BAD[what])
