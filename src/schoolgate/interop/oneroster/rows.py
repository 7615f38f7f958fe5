"""What a roster yields: one frozen row a school, person, role and relation, with its place, its key and its digest."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal

from schoolgate.interop.rows import Row as AnyRow
from schoolgate.interop.rows import Silent, Source

if TYPE_CHECKING:
    from datetime import date

    from schoolgate.interop.oneroster.vocabulary import PersonKind

__all__ = ["Source"]

type Key = tuple[str, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Term(Silent):
    """A value of an enumeration as the feed spells it. When it is not `is_standard`, nobody may guess what it means.

    An extension of the standard's own form, such as `ext:nurse`, is not standard either.
    """

    value: str
    is_standard: bool


@dataclass(frozen=True, slots=True, repr=False)
class Ref(Silent):
    """Another record of the feed.

    Attributes:
        sourced_id: The feed's own key; it may differ between feeds of one district.
        number: The `number` of the record's row; `None` when this feed does not hold it, as in a delta.
    """

    sourced_id: str
    number: str | None


@dataclass(frozen=True, slots=True, repr=False)
class PersonName(Silent):
    """A name. Absent parts are `None`."""

    first: str
    last: str
    middle: str | None = None
    preferred_first: str | None = None
    preferred_middle: str | None = None
    preferred_last: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Row(AnyRow):
    """One record."""

    digest_format: ClassVar[str] = "oneroster-row/1"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class OrgRow(Row):
    """A district, department or anything else that is no school.

    Attributes:
        sourced_id: The feed's key.
        number: `identifier`, or the sourcedId where there is none.
        parent: The organization it belongs to.
    """

    not_digested: ClassVar[frozenset[str]] = frozenset({"source", "sourced_id"})

    sourced_id: str = field(compare=False)
    number: str
    name: str
    kind: Term
    parent: Ref | None

    @property
    def key(self) -> Key:
        """The number."""
        return (self.number,)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SchoolRow(OrgRow):
    """A school."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SessionRow(Row):
    """A school year or a part of one.

    Attributes:
        ends: The first day after it.
        school_year: The year in which the school year ends.
    """

    sourced_id: str
    title: str
    kind: Term
    starts: date
    ends: date
    school_year: str | None

    @property
    def key(self) -> Key:
        """The sourcedId."""
        return (self.sourced_id,)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PersonRow(Row):
    """A user whose roles are not in this feed, or none of which says what kind of person it is. Decide nothing on it.

    Attributes:
        sourced_id: The feed's key. Some servers give a child one for each of its schools: rows of one `number` are
            one person, and the reader has made sure that they state one name.
        number: `identifier`, or the sourcedId where there is none.
        has_identifier: Whether `number` is the identifier.
    """

    not_digested: ClassVar[frozenset[str]] = frozenset({"source", "sourced_id"})

    sourced_id: str = field(compare=False)
    number: str
    has_identifier: bool
    name: PersonName

    @property
    def key(self) -> Key:
        """The number; unique among people of one type only."""
        return (self.number,)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class StudentRow(PersonRow):
    """A student. The birth date stands among the demographics, which are never opened: it is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class StaffRow(PersonRow):
    """Somebody who works for the district. A user with roles of several kinds gives a row of each."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class GuardianRow(PersonRow):
    """A parent or guardian."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RoleRow(Row):
    """What somebody is at a school or another organization, in time.

    Attributes:
        person: The user.
        kind: What the role makes of the person; `None` when it does not say, or nobody knows the role.
        org: Where.
        begins: First day; `None` when the feed does not say.
        ends: First day after; `None` when the feed does not say.
        is_primary: `None` when the feed does not say.
        grades: Of a student, as the user's record states them.
    """

    person: Ref
    role: Term
    kind: PersonKind | None
    org: Ref
    begins: date | None
    ends: date | None
    is_primary: bool | None
    grades: tuple[Term, ...]

    @property
    def key(self) -> Key:
        """User, role, organization, first day."""
        begins = self.begins.isoformat() if self.begins else ""
        return (self.person.sourced_id, self.role.value, self.org.sourced_id, begins)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RelationRow(Row):
    """A student's parent or guardian. OneRoster says nothing of custody: no access follows from this alone.

    Attributes:
        roles: Every role of a guardian that the feed gives the guardian.
        begins: When the first of these began; `None` unless all say so.
        ends: When the last of these ended; `None` unless all say so.
    """

    student: Ref
    guardian: Ref
    roles: tuple[Term, ...]
    begins: date | None
    ends: date | None

    @property
    def key(self) -> Key:
        """Student, guardian."""
        return (self.student.sourced_id, self.guardian.sourced_id)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class OpenRelationRow(Row):
    """Two users of whom the feed says that they belong together, but not which is whose guardian. Decide nothing on it.

    In a delta one side's roles may be missing; then whoever stores the rows knows them.
    """

    user: Ref
    agent: Ref

    @property
    def key(self) -> Key:
        """Both, in the feed's order."""
        return (self.user.sourced_id, self.agent.sourced_id)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class GoneRow(Row):
    """A record that the source system has deleted or is about to: what hangs on it must end here too.

    Attributes:
        entity: What it was.
        sourced_id: Of an organization, session or user.
        role_key: Of a role, as `RoleRow.key`, since a server's roles have no sourcedId; a file may leave out the day.
    """

    entity: Literal["org", "academicSession", "user", "role"]
    sourced_id: str
    role_key: Key

    @property
    def key(self) -> Key:
        """What is gone."""
        return (self.entity, self.sourced_id, *self.role_key)
