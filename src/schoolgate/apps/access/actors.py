"""Who acts: a role, and the relations that the role gives reach over."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """The role a person acts in. One person may hold several; one acts at a time."""

    PUBLIC = "public"
    STAFF = "staff"
    PRINCIPAL = "principal"
    RECORDS_OFFICER = "records_officer"
    COUNSEL = "counsel"
    AGENCY_USER = "agency_user"
    GUARDIAN = "guardian"
    STUDENT = "student"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    # An administrator who has not switched the power on: signed in, and able to do nothing but that.
    IDLE_ADMINISTRATOR = "administrator_idle"

    @property
    def words(self) -> str:
        """The role in words, as the page header shows it."""
        return ROLE_TITLES[self]


ROLE_TITLES = {
    Role.PUBLIC: "Visitor",
    Role.STAFF: "School staff",
    Role.PRINCIPAL: "Principal",
    Role.RECORDS_OFFICER: "Records officer",
    Role.COUNSEL: "Counsel",
    Role.AGENCY_USER: "Agency user",
    Role.GUARDIAN: "Parent or guardian",
    Role.STUDENT: "Student",
    Role.AUDITOR: "Auditor",
    Role.ADMINISTRATOR: "Administrator",
    Role.IDLE_ADMINISTRATOR: "Administrator, power off",
}

SIGNED_IN = frozenset(Role) - {Role.PUBLIC}
EVERYONE = frozenset(Role)
SCHOOL = frozenset({Role.STAFF, Role.PRINCIPAL})
OFFICE = frozenset({Role.RECORDS_OFFICER, Role.COUNSEL})
# Who reads a child's record because it is theirs.
FAMILY = frozenset({Role.GUARDIAN, Role.STUDENT})
# An administrator, whether or not the power is on.
EITHER_ADMINISTRATOR = frozenset({Role.ADMINISTRATOR, Role.IDLE_ADMINISTRATOR})


@dataclass(frozen=True, slots=True)
class Tie:
    """How a guardian is related to one student whose record they may see today.

    Attributes:
        relation: a value of the law's fact `family_relation`.
        after_18: what lets a guardian see the record of a student of 18: "agrees", "dependent", or nothing.
    """

    student: UUID
    relation: str
    after_18: str = ""


@dataclass(frozen=True, slots=True)
class Glass:
    """What somebody of a school broke the glass over, while it lasts: one student, or one incident.

    Attributes:
        number: what people call it, such as `G-7QK2M9X`.
        until: the moment at which it ends by itself.
    """

    id: UUID
    number: str
    until: datetime
    student: UUID | None = None
    incident: UUID | None = None


@dataclass(frozen=True, slots=True)
class Power:
    """That an administrator has switched the power on, in this session, until a moment."""

    id: UUID
    until: datetime


@dataclass(frozen=True, slots=True)
class Actor:
    """The person behind a request or a command, and what they are related to.

    `schools` holds the schools that staff and principals work in, `children` the students whose record the actor
    may see today as a guardian, or as that student; `ties` says how a guardian is related to each; `agency` is the
    agency an outside user speaks for, `roles` all that the person may act in, `kept_from` the students whose record
    the actor may not see in a role of their work, being a parent of theirs or limited from it; `glass` what a member
    of staff broke the glass over, `power` that an administrator switched it on, `told` whether a notice waits for
    them. Built anew for each request, never cached: a right that ends must end at once.
    """

    role: Role
    user_id: UUID | None = None
    display_name: str = ""
    schools: frozenset[UUID] = frozenset()
    children: frozenset[UUID] = frozenset()
    agency: UUID | None = None
    ties: tuple[Tie, ...] = ()
    roles: frozenset[Role] = frozenset()
    kept_from: frozenset[UUID] = frozenset()
    glass: Glass | None = None
    power: Power | None = None
    told: bool = False

    @property
    def role_name(self) -> str:
        """The role in words."""
        return self.role.words

    @property
    def person(self) -> UUID:
        """The sign-in behind the actor.

        Raises:
            PermissionError: Nobody is signed in.
        """
        if self.user_id is None:
            raise PermissionError("nobody is signed in")
        return self.user_id

    @property
    def in_office(self) -> bool:
        """Whether the actor decides for the district: the records officer or counsel."""
        return self.role in OFFICE


VISITOR = Actor(role=Role.PUBLIC)
# Work that the district's own programs do: sealing the log, importing a feed from the command line.
SYSTEM = Actor(role=Role.ADMINISTRATOR, display_name="the district's own programs")
