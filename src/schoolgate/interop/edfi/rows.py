"""What an import yields: one frozen row a record, with its place in the file, its natural key and its digest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from schoolgate.interop.rows import Key, Silent, Source
from schoolgate.interop.rows import Row as AnyRow

if TYPE_CHECKING:
    from datetime import date, time
    from decimal import Decimal

__all__ = ["Key", "Source"]


@dataclass(frozen=True, slots=True, repr=False)
class Descriptor(Silent):
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
class PersonName(Silent):
    """A name. Absent parts are `None`; `title` is read for adults only."""

    first: str
    last: str
    middle: str | None = None
    suffix: str | None = None
    title: str | None = None
    preferred_first: str | None = None
    preferred_last: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Email(Silent):
    """An address for mail. `do_not_publish` is `None` when the file does not say."""

    address: str
    kind: Descriptor | None
    is_primary: bool | None
    do_not_publish: bool | None


@dataclass(frozen=True, slots=True, repr=False)
class Telephone(Silent):
    """A telephone number; a lower `priority` is tried first."""

    number: str
    kind: Descriptor | None
    priority: int | None
    do_not_publish: bool | None


@dataclass(frozen=True, slots=True, repr=False)
class Address(Silent):
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
class Behavior(Silent):
    """What is said to have been done."""

    behavior: Descriptor
    detail: str | None


@dataclass(frozen=True, slots=True, repr=False)
class ExternalParticipant(Silent):
    """Somebody in an incident who is neither student nor staff here."""

    first: str
    last: str
    role: Descriptor


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Row(AnyRow):
    """One record. Of an incident, the key is school id and incident identifier."""

    digest_format: ClassVar[str] = "edfi-row/1"


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
