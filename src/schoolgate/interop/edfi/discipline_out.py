"""Ed-Fi discipline resources out: what a state asks of an incident, and nothing else of it.

To send these is to disclose them: whoever does writes the disclosure down first. There is no field for a narrative, a
detailed description, a reporter's or an outsider's name, or a case number, so none can be sent by mistake. Students
are their Ed-Fi ids.

Shapes follow the published OpenAPI files of the Ed-Fi Data Standards 5.0 and 6.0 (Apache-2.0).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from schoolgate.interop.edfi.values import NEVER_IMPORTED_DESCRIPTORS
from schoolgate.interop.problems import Problem, ReadingError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, time

type Json = dict[str, object]
"""A record of the API: texts, numbers, flags, lists and records."""

_DESCRIPTOR = re.compile(r"[a-z][a-z0-9+.-]*://[^\s#]+/([A-Za-z]+)#\S(?:[^\r\n]*\S)?", re.ASCII)
_LONGEST_DESCRIPTOR = 306
_LONGEST_IDENTIFIER = 36
_LONGEST_STUDENT = 32
_MOST_DAYS = Decimal("999.99")
_PAST_LONG = 2**63


class Standard(StrEnum):
    """The Ed-Fi Data Standard that the receiver speaks."""

    DS_5 = "5.0"
    DS_6 = "6.0"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class IncidentOut:
    """An incident. Descriptors are URIs such as `uri://ed-fi.org/BehaviorDescriptor#Other`.

    Attributes:
        incident_identifier: Unique within the school.
        school_id: The school's Ed-Fi id.
        date: When it happened.
        time: At what time, if that is known.
        location: An `IncidentLocationDescriptor`.
        behaviors: `BehaviorDescriptor`s.
        weapons: `WeaponDescriptor`s.
        reported_to_law_enforcement: Whether it was; nothing when that is not known.
    """

    incident_identifier: str
    school_id: int
    date: date
    time: time | None = None
    location: str | None = None
    behaviors: tuple[str, ...] = ()
    weapons: tuple[str, ...] = ()
    reported_to_law_enforcement: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ParticipationOut:
    """One behavior of one student in one incident.

    Attributes:
        student_unique_id: The student's Ed-Fi id.
        school_id: Of the incident.
        incident_identifier: Of the incident.
        behavior: A `BehaviorDescriptor`.
        roles: `DisciplineIncidentParticipationCodeDescriptor`s.
        weapons: `WeaponDescriptor`s; the Data Standard 5.0 has no place for them, so there they stay away.
    """

    student_unique_id: str
    school_id: int
    incident_identifier: str
    behavior: str
    roles: tuple[str, ...] = ()
    weapons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ActionOut:
    """A discipline imposed on one student.

    Attributes:
        action_identifier: Unique with date and student.
        date: From which it holds.
        student_unique_id: The student's Ed-Fi id.
        disciplines: `DisciplineDescriptor`s; at least one.
        responsibility_school_id: The school that imposed it.
        length: In school days.
        actual_length: In school days.
        answers_to: The student's behaviors that it answers to: school id, incident, `BehaviorDescriptor`. The Data
            Standard 6.0 wants at least one.
    """

    action_identifier: str
    date: date
    student_unique_id: str
    disciplines: tuple[str, ...]
    responsibility_school_id: int
    length: Decimal | None = None
    actual_length: Decimal | None = None
    answers_to: tuple[tuple[int, str, str], ...] = ()


type Out = IncidentOut | ParticipationOut | ActionOut


def resource_of(item: Out) -> str:
    """The resource that an item is sent to, as the API spells it."""
    match item:
        case IncidentOut():
            return "disciplineIncidents"
        case ParticipationOut():
            return "studentDisciplineIncidentBehaviorAssociations"
        case ActionOut():
            return "disciplineActions"


def record_of(item: Out, standard: Standard) -> Json:
    """An item as a record of the API.

    Raises:
        ReadingError: When it cannot be one: says which field, and quotes nothing.
    """
    match item:
        case IncidentOut():
            return _incident(item)
        case ParticipationOut():
            return _participation(item, standard)
        case ActionOut():
            return _action(item, standard)


def body_of(item: Out, standard: Standard) -> bytes:
    """An item as what is sent.

    Raises:
        ReadingError: As `record_of`.
    """
    return json.dumps(record_of(item, standard), ensure_ascii=False, separators=(",", ":")).encode()


def _incident(item: IncidentOut) -> Json:
    where = "DisciplineIncident"
    record: Json = {
        "incidentIdentifier": _text(item.incident_identifier, _LONGEST_IDENTIFIER, f"{where}/IncidentIdentifier"),
        "schoolReference": _school(item.school_id, where),
        "incidentDate": item.date.isoformat(),
    }
    if item.time is not None:
        record["incidentTime"] = item.time.isoformat("seconds")
    if item.location is not None:
        record["incidentLocationDescriptor"] = _descriptor(item.location, "IncidentLocation", where)
    if item.behaviors:
        record["behaviors"] = _each(item.behaviors, "behaviorDescriptor", "Behavior", where)
    if item.weapons:
        record["weapons"] = _each(item.weapons, "weaponDescriptor", "Weapon", where)
    if item.reported_to_law_enforcement is not None:
        record["reportedToLawEnforcement"] = item.reported_to_law_enforcement
    return record


def _participation(item: ParticipationOut, standard: Standard) -> Json:
    where = "StudentDisciplineIncidentBehaviorAssociation"
    role = "DisciplineIncidentParticipationCode"
    record: Json = {
        "studentReference": _student(item.student_unique_id, where),
        "disciplineIncidentReference": {
            "incidentIdentifier": _text(item.incident_identifier, _LONGEST_IDENTIFIER, f"{where}/IncidentIdentifier"),
            **_school(item.school_id, where),
        },
        "behaviorDescriptor": _descriptor(item.behavior, "Behavior", where),
    }
    if item.roles:
        name = "disciplineIncidentParticipationCodeDescriptor"
        record["disciplineIncidentParticipationCodes"] = _each(item.roles, name, role, where)
    if item.weapons and standard is not Standard.DS_5:
        record["weapons"] = _each(item.weapons, "weaponDescriptor", "Weapon", where)
    return record


def _action(item: ActionOut, standard: Standard) -> Json:
    where = "DisciplineAction"
    if not item.disciplines:
        raise _problem(f"{where}/Discipline", "at least one value")
    if not item.answers_to and standard is Standard.DS_6:
        raise _problem(f"{where}/StudentDisciplineIncidentBehaviorAssociation", "at least one: the standard wants it")
    record: Json = {
        "disciplineActionIdentifier": _text(item.action_identifier, _LONGEST_IDENTIFIER, f"{where}/Identifier"),
        "disciplineDate": item.date.isoformat(),
        "disciplines": _each(item.disciplines, "disciplineDescriptor", "Discipline", where),
        "studentReference": _student(item.student_unique_id, where),
        "responsibilitySchoolReference": _school(item.responsibility_school_id, where),
    }
    if item.length is not None:
        record["disciplineActionLength"] = _days(item.length, f"{where}/DisciplineActionLength")
    if item.actual_length is not None:
        record["actualDisciplineActionLength"] = _days(item.actual_length, f"{where}/ActualDisciplineActionLength")
    if item.answers_to:
        record["studentDisciplineIncidentBehaviorAssociations"] = [
            {
                "studentDisciplineIncidentBehaviorAssociationReference": {
                    **_student(item.student_unique_id, where),
                    **_school(school_id, where),
                    "incidentIdentifier": _text(incident, _LONGEST_IDENTIFIER, f"{where}/IncidentIdentifier"),
                    "behaviorDescriptor": _descriptor(behavior, "Behavior", where),
                }
            }
            for school_id, incident, behavior in dict.fromkeys(item.answers_to)
        ]
    return record


def _each(values: Iterable[str], name: str, vocabulary: str, where: str) -> list[Json]:
    """A list of the API, which holds each value once."""
    return [{name: _descriptor(value, vocabulary, where)} for value in dict.fromkeys(values)]


def _descriptor(value: str, vocabulary: str, where: str) -> str:
    match = _DESCRIPTOR.fullmatch(value)
    expected = f"{vocabulary}Descriptor"
    is_forbidden = match is not None and match[1] in NEVER_IMPORTED_DESCRIPTORS
    if match is None or match[1] != expected or is_forbidden or len(value) > _LONGEST_DESCRIPTOR:
        raise _problem(f"{where}/{vocabulary}", f"a value such as uri://ed-fi.org/{expected}#value")
    return value


def _student(value: str, where: str) -> Json:
    return {"studentUniqueId": _text(value, _LONGEST_STUDENT, f"{where}/StudentUniqueId")}


def _school(value: int, where: str) -> Json:
    if not 0 < value < _PAST_LONG:
        raise _problem(f"{where}/SchoolId", "a school's Ed-Fi id, greater than zero")
    return {"schoolId": value}


def _text(value: str, limit: int, field: str) -> str:
    if not value.strip() or value != value.strip() or len(value) > limit:
        raise _problem(field, f"1 to {limit} characters without blanks around them")
    return value


def _days(value: Decimal, field: str) -> float:
    if not value.is_finite() or not 0 <= value <= _MOST_DAYS:
        raise _problem(field, f"0 to {_MOST_DAYS} school days")
    return float(value)


def _problem(field: str, expected: str) -> ReadingError:
    return ReadingError(Problem("what is to be sent", 0, field, expected, "Correct it here; nothing of it was sent."))
