"""What an import yields: one frozen row a record, with its place in the file, its natural key and its digest.

No row, and nothing in a row, shows its contents in `repr`: rows reach logs and tracebacks, their contents
must not.
"""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, fields
from datetime import date, time
from decimal import Decimal
from typing import cast

type Key = tuple[str | int, ...]
"""A natural key. Of an incident: school id, incident identifier."""

_DIGEST_FORMAT = "edfi-row/1"


class _Silent:
    """Says what it is but not what it holds."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a row was read: the file's name and the line of the record's start tag."""

    file: str
    line: int


@dataclass(frozen=True, slots=True, repr=False)
class Descriptor(_Silent):
    """A value of a vocabulary.

    Attributes:
        namespace: The URI before the `#`, such as `uri://ed-fi.org/BehaviorDescriptor`; empty when the file
            gives a bare value.
        code_value: What stands after the `#`.
        is_standard: Whether the namespace is Ed-Fi's own for this field. When not, nobody may guess what it
            means.
    """

    namespace: str
    code_value: str
    is_standard: bool

    @property
    def uri(self) -> str:
        """The value as the file spells it."""
        return f"{self.namespace}#{self.code_value}" if self.namespace else self.code_value


@dataclass(frozen=True, slots=True, repr=False)
class PersonName(_Silent):
    """A name. Absent parts are `None`; `title` is read for adults only."""

    first: str
    last: str
    middle: str | None = None
    suffix: str | None = None
    title: str | None = None
    preferred_first: str | None = None
    preferred_last: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Email(_Silent):
    """An address for mail. `do_not_publish` is `None` when the file does not say."""

    address: str
    kind: Descriptor | None
    is_primary: bool | None
    do_not_publish: bool | None


@dataclass(frozen=True, slots=True, repr=False)
class Telephone(_Silent):
    """A telephone number; a lower `priority` is tried first."""

    number: str
    kind: Descriptor | None
    priority: int | None
    do_not_publish: bool | None


@dataclass(frozen=True, slots=True, repr=False)
class Address(_Silent):
    """A postal address in the United States. `do_not_publish` may protect somebody: honour it."""

    street: str
    city: str
    state: Descriptor | None
    postal_code: str
    apartment: str | None
    building: str | None
    kind: Descriptor | None
    do_not_publish: bool | None


@dataclass(frozen=True, slots=True, repr=False)
class Behavior(_Silent):
    """What is said to have been done."""

    behavior: Descriptor
    detail: str | None


@dataclass(frozen=True, slots=True, repr=False)
class ExternalParticipant(_Silent):
    """Somebody in an incident who is neither student nor staff here."""

    first: str
    last: str
    role: Descriptor


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Row(ABC):
    """One record of a file.

    Attributes:
        source: Where it stands; two rows that differ only here are equal.
    """

    source: Source = field(compare=False)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.source.file}:{self.source.line}>"

    @property
    @abstractmethod
    def key(self) -> Key:
        """The natural key, unique among rows of this type."""

    @property
    def digest(self) -> str:
        """SHA-256 in hex of what the row says, whatever its file and line and the order of its lists.

        Equal digests mean that an import may leave the row alone. The digest of a person's row can be guessed
        by trying names, so keep it where the row is kept and never in a log.
        """
        stated = {
            "format": _DIGEST_FORMAT,
            "row": type(self).__name__,
            **{item.name: _plain(getattr(self, item.name)) for item in fields(self) if item.name != "source"},
        }
        return hashlib.sha256(_canonical(stated).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SchoolRow(Row):
    """A school."""

    school_id: int
    name: str
    short_name: str | None
    grade_levels: tuple[Descriptor, ...]
    school_type: Descriptor | None

    @property
    def key(self) -> Key:
        """The school's id."""
        return (self.school_id,)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class StaffRow(Row):
    """A member of staff. The files read here do not say at which school."""

    staff_unique_id: str
    name: PersonName
    emails: tuple[Email, ...]
    login_id: str | None

    @property
    def key(self) -> Key:
        """The id."""
        return (self.staff_unique_id,)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class StudentRow(Row):
    """A student. The files read here do not say at which school."""

    student_unique_id: str
    name: PersonName
    birth_date: date

    @property
    def key(self) -> Key:
        """The id."""
        return (self.student_unique_id,)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ContactRow(Row):
    """An adult to be reached about a student. No language is read but those to write notices in."""

    contact_unique_id: str
    name: PersonName
    emails: tuple[Email, ...]
    telephones: tuple[Telephone, ...]
    addresses: tuple[Address, ...]
    notice_languages: tuple[Descriptor, ...]

    @property
    def key(self) -> Key:
        """The id."""
        return (self.contact_unique_id,)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class StudentContactRow(Row):
    """What a contact is to a student. A flag is `None` when the file does not say."""

    student_unique_id: str
    contact_unique_id: str
    relation: Descriptor | None
    is_primary: bool | None
    lives_with: bool | None
    is_emergency_contact: bool | None
    is_legal_guardian: bool | None
    priority: int | None
    restrictions: str | None

    @property
    def key(self) -> Key:
        """Student and contact."""
        return (self.student_unique_id, self.contact_unique_id)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class IncidentRow(Row):
    """An incident. The identifier is unique only within the school: two may both have an incident 1."""

    incident_identifier: str
    school_id: int
    date: date
    time: time | None
    location: Descriptor | None
    description: str | None
    reporter_description: Descriptor | None
    reporter_name: str | None
    behaviors: tuple[Behavior, ...]
    weapons: tuple[Descriptor, ...]
    reported_to_law_enforcement: bool | None
    case_number: str | None
    external_participants: tuple[ExternalParticipant, ...]

    @property
    def key(self) -> Key:
        """School and identifier."""
        return (self.school_id, self.incident_identifier)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ParticipationRow(Row):
    """One behavior of one student in one incident; a student with two behaviors has two rows."""

    student_unique_id: str
    school_id: int
    incident_identifier: str
    behavior: Behavior
    roles: tuple[Descriptor, ...]
    weapons: tuple[Descriptor, ...]

    @property
    def key(self) -> Key:
        """School, incident, student, behavior."""
        return (self.school_id, self.incident_identifier, self.student_unique_id, self.behavior.behavior.uri)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class NonOffenderRow(Row):
    """A student in an incident to whom no behavior is ascribed, such as a victim or a witness."""

    student_unique_id: str
    school_id: int
    incident_identifier: str
    roles: tuple[Descriptor, ...]

    @property
    def key(self) -> Key:
        """School, incident, student."""
        return (self.school_id, self.incident_identifier, self.student_unique_id)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class StaffParticipationRow(Row):
    """A member of staff in an incident."""

    staff_unique_id: str
    school_id: int
    incident_identifier: str
    roles: tuple[Descriptor, ...]

    @property
    def key(self) -> Key:
        """School, incident, staff."""
        return (self.school_id, self.incident_identifier, self.staff_unique_id)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class DisciplineActionRow(Row):
    """A discipline imposed on one student.

    Attributes:
        lengths: `length` and `actual_length` in school days.
        participations: Keys of the `ParticipationRow`s it answers to.
    """

    action_identifier: str
    date: date
    student_unique_id: str
    disciplines: tuple[Descriptor, ...]
    length: Decimal | None
    actual_length: Decimal | None
    length_difference_reason: Descriptor | None
    is_zero_tolerance: bool | None
    responsibility_school_id: int
    assignment_school_id: int | None
    staff_unique_ids: tuple[str, ...]
    participations: tuple[Key, ...]

    @property
    def key(self) -> Key:
        """Identifier, date, student."""
        return (self.action_identifier, self.date.isoformat(), self.student_unique_id)


def _plain(value: object) -> object:
    match value:
        case None | bool() | int() | str():
            return value
        case date() | time():
            return value.isoformat()
        case Decimal():
            return format(value.normalize(), "f")
        case tuple():
            # A list in a row has no order; a key in such a list has.
            return sorted((list(item) if isinstance(item, tuple) else _plain(item) for item in value), key=_canonical)
        case _:
            return {item.name: _plain(getattr(value, item.name)) for item in fields(cast("Behavior", value))}


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
