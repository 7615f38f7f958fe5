"""From records to rows: whose role it is, who is whose guardian, and what two records must not claim at once."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from schoolgate.interop.oneroster.rows import (
    GoneRow,
    GuardianRow,
    Key,
    OpenRelationRow,
    OrgRow,
    PersonName,
    PersonRow,
    Ref,
    RelationRow,
    RoleRow,
    Row,
    SchoolRow,
    SessionRow,
    Source,
    StaffRow,
    StudentRow,
    Term,
)
from schoolgate.interop.oneroster.values import Flat, Noted, Values
from schoolgate.interop.oneroster.vocabulary import (
    GRADES,
    KIND_OF_ROLE,
    ORG_TYPES,
    ROLE_TYPES,
    SESSION_TYPES,
    STATUSES,
    PersonKind,
)
from schoolgate.interop.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date

    from schoolgate.interop.oneroster.allowed import Entity

type GoneEntity = Literal["org", "academicSession", "user", "role"]

PERSON_ROWS: Mapping[PersonKind | None, type[PersonRow]] = {
    "student": StudentRow,
    "staff": StaffRow,
    "guardian": GuardianRow,
    None: PersonRow,
}
_MAX_NAME = 200
_NO_GRADES: tuple[Term, ...] = ()


@dataclass(slots=True, repr=False)
class _Held:
    """A role until its user has come."""

    source: Source
    role: Term
    org: str
    begins: date | None
    ends: date | None
    is_primary: bool | None

    @property
    def kind(self) -> PersonKind | None:
        return KIND_OF_ROLE.get(self.role.value)


@dataclass(slots=True, repr=False)
class _User:
    """What is remembered of a user: never the name."""

    number: str
    kinds: frozenset[PersonKind]
    guardian_roles: tuple[_Held, ...]


@dataclass(slots=True)
class _Claims:
    """Who claimed a number first, to notice when somebody else does."""

    first: dict[tuple[str, str], tuple[bytes, bool, Source]] = field(default_factory=dict)


class Assembly:
    """Takes records in the order orgs, sessions, roles, users, and gives rows; the relations come at the end.

    Args:
        noted: Where problems and counts go.
        is_partial: Whether a file or resource may leave out records that others refer to, as a delta does.

    Attributes:
        open_references: References to each kind of record that is not here. Whoever stores the rows must look them up.

    Memory grows with the number of users: their ids and kinds, and the ids of those who belong together.
    """

    def __init__(self, noted: Noted, *, is_partial: Callable[[Entity], bool]) -> None:
        self._noted = noted
        self._is_partial = is_partial
        self._orgs: dict[str, str] = {}
        self._org_numbers: set[str] = set()
        self._sessions: set[str] = set()
        self._roles: dict[str, list[_Held]] = defaultdict(list)
        self._users: dict[str, _User] = {}
        self._agents: dict[tuple[str, str], Source] = {}
        self._gone_users: set[str] = set()
        self._claims = _Claims()
        self.open_references: Counter[str] = Counter()

    def take(self, flat: Flat) -> Iterator[Row]:
        """The rows that a record gives at once."""
        values = Values(flat, self._noted)
        status = values.term_or_none("status", STATUSES)
        if status is not None and not status.is_standard:
            values.complain("status", "`active` or `tobedeleted`")
        is_gone = status is not None and status.value == "tobedeleted"
        match flat.entity:
            case "orgs":
                yield from self._take_org(values, is_gone=is_gone)
            case "academicSessions":
                yield from self._take_session(values, is_gone=is_gone)
            case "roles":
                yield from self._take_role(values, is_gone=is_gone)
            case "users":
                yield from self._take_user(values, is_gone=is_gone)

    def finish(self) -> Iterator[Row]:
        """The rows that only the whole shows: roles of users who did not come, and relations."""
        for user, held in self._roles.items():
            for role in held:
                if user not in self._gone_users:
                    self._miss("users", role.source, "userSourcedId", "the user")
                    yield self._role_row(Ref(user, None), role, _NO_GRADES)
        told: set[tuple[str, str]] = set()
        for (user, agent), source in self._agents.items():
            if agent in self._gone_users:
                continue
            if agent not in self._users:
                self._miss("users", source, "agentSourcedIds", "the agent")
            row = self._relation(user, agent, source)
            pair = (row.key[0], row.key[1])
            if pair not in told and not (isinstance(row, OpenRelationRow) and (agent, user) in told):
                told.add(pair)
                yield row

    def _take_org(self, values: Values, *, is_gone: bool) -> Iterator[Row]:
        sourced_id = values.text("sourcedId")
        if is_gone:
            yield self._gone(values, "org", sourced_id)
            return
        number = values.text_or_none("identifier") or sourced_id
        kind = values.term("type", ORG_TYPES)
        row_type = SchoolRow if kind.value == "school" else OrgRow
        name = values.text("name", _MAX_NAME)
        parent = values.text_or_none("parentSourcedId")
        if sourced_id in self._orgs:
            values.complain("sourcedId", "each organization once", "Two records share it: remove one.")
        elif number in self._org_numbers:
            values.complain("identifier", "each identifier once", "Two organizations would become one: correct one.")
        self._orgs[sourced_id] = number
        self._org_numbers.add(number)
        # A parent may come later in the file, and nothing here rests on it: its number is looked up when stored.
        yield row_type(
            source=values.flat.source,
            sourced_id=sourced_id,
            number=number,
            name=name,
            kind=kind,
            parent=Ref(parent, None) if parent else None,
        )

    def _take_session(self, values: Values, *, is_gone: bool) -> Iterator[Row]:
        sourced_id = values.text("sourcedId")
        if is_gone:
            yield self._gone(values, "academicSession", sourced_id)
            return
        if sourced_id in self._sessions:
            values.complain("sourcedId", "each session once", "Two records share it: remove one.")
        self._sessions.add(sourced_id)
        starts, ends = values.date("startDate"), values.date("endDate")
        if ends < starts:
            values.complain("endDate", "a day not before startDate")
        yield SessionRow(
            source=values.flat.source,
            sourced_id=sourced_id,
            title=values.text("title", _MAX_NAME),
            kind=values.term("type", SESSION_TYPES),
            starts=starts,
            ends=ends,
            school_year=values.text_or_none("schoolYear", 9),
        )

    def _take_role(self, values: Values, *, is_gone: bool) -> Iterator[Row]:
        user, org = values.text("userSourcedId"), values.text("orgSourcedId")
        begins, ends = values.period("beginDate", "endDate")
        role_type = values.term_or_none("roleType", ROLE_TYPES)
        role = values.term("role", frozenset(KIND_OF_ROLE))
        is_primary = role_type.value == "primary" if role_type and role_type.is_standard else None
        held = _Held(values.flat.source, role, org, begins, ends, is_primary)
        if is_gone:
            row = self._role_row(Ref(user, None), held, _NO_GRADES)
            yield GoneRow(source=row.source, entity="role", sourced_id="", role_key=row.key)
            return
        if org and org not in self._orgs:
            self._miss("orgs", values.flat.source, "orgSourcedId", "the organization")
        self._roles[user].append(held)

    def _take_user(self, values: Values, *, is_gone: bool) -> Iterator[Row]:
        sourced_id = values.text("sourcedId")
        if sourced_id in self._users or sourced_id in self._gone_users:
            values.complain("sourcedId", "each user once", "Two records share it: remove one.")
        roles = self._roles.pop(sourced_id, [])
        if is_gone:
            self._gone_users.add(sourced_id)
            yield self._gone(values, "user", sourced_id)
            return
        identifier = values.text_or_none("identifier")
        number = identifier or sourced_id
        name = _name(values)
        grades = values.terms("grades", GRADES)
        kinds = frozenset(role.kind for role in roles if role.kind)
        self._users[sourced_id] = _User(number, kinds, tuple(role for role in roles if role.kind == "guardian"))
        for agent in values.texts("agentSourcedIds"):
            if agent == sourced_id:
                values.complain("agentSourcedIds", "another user", "Nobody is their own guardian: correct it.")
            else:
                self._agents.setdefault((sourced_id, agent), values.flat.source)
        for kind in sorted(kinds) or (None,):
            self._claim(values, kind, number, name, has_identifier=identifier is not None)
            yield PERSON_ROWS[kind](
                source=values.flat.source,
                sourced_id=sourced_id,
                number=number,
                has_identifier=identifier is not None,
                name=name,
            )
        yield from self._roles_of(Ref(sourced_id, number), roles, grades)

    def _roles_of(self, person: Ref, roles: list[_Held], grades: tuple[Term, ...]) -> Iterator[Row]:
        seen: dict[Key, RoleRow] = {}
        for role in roles:
            row = self._role_row(person, role, grades if role.kind == "student" else _NO_GRADES)
            known = seen.setdefault(row.key, row)
            if known is row:
                yield row
            elif known != row:
                expected = "each role of a user at an organization once for each first day"
                self._add(row.source, "role", expected, "Two records contradict each other: remove one.")

    def _role_row(self, person: Ref, held: _Held, grades: tuple[Term, ...]) -> RoleRow:
        return RoleRow(
            source=held.source,
            person=person,
            role=held.role,
            kind=held.kind,
            org=Ref(held.org, self._orgs.get(held.org)),
            begins=held.begins,
            ends=held.ends,
            is_primary=held.is_primary,
            grades=grades,
        )

    def _relation(self, user: str, agent: str, source: Source) -> RelationRow | OpenRelationRow:
        one, other = self._users.get(user), self._users.get(agent)
        if one and other:
            forth = "student" in one.kinds and "guardian" in other.kinds
            back = "student" in other.kinds and "guardian" in one.kinds
            if forth != back:
                return self._related(user, agent, source) if forth else self._related(agent, user, source)
        return OpenRelationRow(source=source, user=self._ref(user), agent=self._ref(agent))

    def _related(self, student: str, guardian: str, source: Source) -> RelationRow:
        roles = self._users[guardian].guardian_roles
        begins = [role.begins for role in roles if role.begins]
        ends = [role.ends for role in roles if role.ends]
        return RelationRow(
            source=source,
            student=self._ref(student),
            guardian=self._ref(guardian),
            roles=tuple(Term(value, is_standard=True) for value in sorted({role.role.value for role in roles})),
            begins=min(begins) if len(begins) == len(roles) else None,
            ends=max(ends) if len(ends) == len(roles) else None,
        )

    def _ref(self, sourced_id: str) -> Ref:
        user = self._users.get(sourced_id)
        return Ref(sourced_id, user.number if user else None)

    def _claim(
        self, values: Values, kind: PersonKind | None, number: str, name: PersonName, *, has_identifier: bool
    ) -> None:
        """Complain when two users would become one person though nothing shows that they are."""
        spelled = "\x1f".join((name.first, name.middle or "", name.last)).casefold()
        mark = hashlib.sha256(spelled.encode()).digest()[:16]
        claim = (mark, has_identifier, values.flat.source)
        known = self._claims.first.setdefault((kind or "", number), claim)
        if known is not claim and (known[:2] != claim[:2] or not has_identifier):
            expected = f"one name for one identifier; the first is in {known[2].file}, line {known[2].line}"
            values.complain("identifier", expected, "Two people would become one: give each their own identifier.")

    def _gone(self, values: Values, entity: GoneEntity, sourced_id: str) -> GoneRow:
        return GoneRow(source=values.flat.source, entity=entity, sourced_id=sourced_id, role_key=())

    def _miss(self, entity: Entity, source: Source, column: str, what: str) -> None:
        if self._is_partial(entity):
            self.open_references[entity] += 1
        else:
            self._add(source, column, f"{what} to be in {entity}", "Export it too, or correct the reference.")

    def _add(self, source: Source, column: str, expected: str, remedy: str) -> None:
        self._noted.findings.add(Problem(source.file, source.line, column, expected, remedy))


def _name(values: Values) -> PersonName:
    return PersonName(
        first=values.text("givenName", _MAX_NAME),
        last=values.text("familyName", _MAX_NAME),
        middle=values.text_or_none("middleName", _MAX_NAME),
        preferred_first=values.text_or_none("preferredGivenName", _MAX_NAME),
        preferred_middle=values.text_or_none("preferredMiddleName", _MAX_NAME),
        preferred_last=values.text_or_none("preferredFamilyName", _MAX_NAME),
    )
