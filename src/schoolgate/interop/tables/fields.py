"""The fields that a spreadsheet's columns can be mapped on, by subject.

There is none for race, sex, language (but that of notices), birthplace, citizenship or any status: what is not here
cannot be mapped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

type Subject = Literal["students", "guardians", "staff", "incidents"]
type Kind = Literal["number", "name", "date", "time", "flag", "code", "language", "text"]


@dataclass(frozen=True, slots=True)
class Field:
    """One field.

    Attributes:
        name: In rows and mappings.
        title: For people.
        kind: How its cells are read.
        is_needed: Whether a row is nothing without it.
        headers: What spreadsheets call it: lower case, words parted by one space.
    """

    name: str
    title: str
    kind: Kind
    is_needed: bool
    headers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SubjectFields:
    """What a spreadsheet of one subject can hold.

    Attributes:
        fields: In the order in which they are shown.
        key: Fields that tell one row from another.
        owner: Fields that name a thing which several rows may speak of.
        agreeing: Fields that must then say the same in each of those rows.
    """

    fields: tuple[Field, ...]
    key: tuple[str, ...]
    owner: tuple[str, ...]
    agreeing: tuple[str, ...]

    def field(self, name: str) -> Field | None:
        """The field of that name."""
        return next((one for one in self.fields if one.name == name), None)

    @property
    def needed(self) -> tuple[str, ...]:
        """Names of the fields that every row needs."""
        return tuple(one.name for one in self.fields if one.is_needed)


def _field(name: str, title: str, kind: Kind, headers: str = "", *, is_needed: bool = False) -> Field:
    named = (name.replace("_", " "), title.casefold(), *(one.strip() for one in headers.split("|") if one.strip()))
    return Field(name, title, kind, is_needed, tuple(dict.fromkeys(named)))


_FIRST = "given name|firstname|first|fname|nombre|student first name|legal first name"
_LAST = "family name|surname|last|lname|lastname|last surname|apellido|apellidos|student last name|legal last name"
_SCHOOL = "school id|school code|school number|sch code|building|building code|escuela|org code|location code"

_NAMES = (
    _field("first", "First name", "name", _FIRST, is_needed=True),
    _field("last", "Last name", "name", _LAST, is_needed=True),
    _field("middle", "Middle name", "name", "middle|mname|segundo nombre|student middle name"),
)
_PREFERRED = _field(
    "preferred_first", "Preferred first name", "name", "preferred name|preferred|nickname|goes by|known as|chosen name"
)
_STUDENT_NUMBERS = (
    "student id|student no|student number|id|number|local id|pupil id|pupil number|sis id|lasid|student unique id|"
    "student identifier|numero de estudiante"
)

FIELDS: Mapping[Subject, SubjectFields] = {
    "students": SubjectFields(
        (
            _field("number", "Student number", "number", _STUDENT_NUMBERS, is_needed=True),
            *_NAMES,
            _PREFERRED,
            _field("birth_date", "Date of birth", "date", "dob|birthdate|birthday|date birth|fecha de nacimiento"),
            _field("school", "School", "code", _SCHOOL),
            _field("grade", "Grade", "code", "grade level|gr|grado|current grade"),
            _field("begins", "At this school since", "date", "entry date|enrollment date|start date|enrolled on"),
            _field("ends", "Left this school on", "date", "exit date|withdrawal date|end date|left on"),
            _field("notice_language", "Language of notices", "language", "correspondence language|notice language"),
        ),
        key=("number", "school"),
        owner=("number",),
        agreeing=("first", "last", "birth_date"),
    ),
    "guardians": SubjectFields(
        (
            _field("number", "Contact number", "number", "contact id|guardian id|parent id|id", is_needed=True),
            _field("student_number", "Student number", "number", _STUDENT_NUMBERS, is_needed=True),
            _field("first", "First name", "name", f"{_FIRST}|contact first name|parent first name", is_needed=True),
            _field("last", "Last name", "name", f"{_LAST}|contact last name|parent last name", is_needed=True),
            _field("relation", "Relation", "code", "relationship|contact type|relation to student|parentesco"),
            _field("is_legal_guardian", "Legal guardian", "flag", "legal custody|has custody|custody"),
            _field("is_restricted", "Restricted by order", "flag", "no contact|court order|restraining order"),
            _field("begins", "Since", "date", "start date|begin date|from"),
            _field("ends", "Until", "date", "end date|to"),
        ),
        key=("number", "student_number"),
        owner=("number",),
        agreeing=("first", "last"),
    ),
    "staff": SubjectFields(
        (
            _field("number", "Staff number", "number", "staff id|employee id|employee number|id", is_needed=True),
            *_NAMES,
            _field("school", "School", "code", _SCHOOL),
            _field("role", "Role", "code", "job title|title|position|job|cargo"),
            _field("begins", "Since", "date", "hire date|start date"),
            _field("ends", "Until", "date", "end date|termination date"),
        ),
        key=("number", "school", "role"),
        owner=("number",),
        agreeing=("first", "last"),
    ),
    "incidents": SubjectFields(
        (
            _field("number", "Incident number", "number", "incident id|incident no|id|case|off id", is_needed=True),
            _field("school", "School", "code", _SCHOOL, is_needed=True),
            _field("date", "Date", "date", "incident date|date of incident|off date|occurred on|fecha", is_needed=True),
            _field("time", "Time", "time", "incident time|time of incident|occurred at|hora"),
            _field("place", "Place", "code", "location|incident location|where|lugar"),
            _field("behavior", "Behavior", "code", "offense|offense code|incident type|type|infraction|violation"),
            _field("student_number", "Student number", "number", _STUDENT_NUMBERS.replace("|id|number|", "|")),
            _field("role", "Role in it", "code", "participation|participant role|student role|involvement"),
            _field("narrative", "Narrative", "text", "description|incident description|details|notes|summary"),
            _field("is_reported_to_police", "Reported to police", "flag", "police notified|law enforcement notified"),
            _field("police_number", "Police report number", "number", "case number|police report no|police case"),
        ),
        key=("school", "number", "student_number", "behavior", "role"),
        owner=("school", "number"),
        agreeing=("date", "time", "place"),
    ),
}
"""Every subject. An incident's number is unique within its school only, so the two are a key together."""
