"""What the office sees of a student's relations: who may see the record today, until when, and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS
from django.db.models import CharField, DateField, Exists, Model, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast
from django.http import Http404

from schoolgate.apps.access.actors import OFFICE, SCHOOL, Actor, Role
from schoolgate.apps.access.kept import without_kept
from schoolgate.apps.access.moment import today
from schoolgate.apps.access.prepared import Prepared
from schoolgate.apps.schools.models import NameKey
from schoolgate.web.dates import day_text

from .directory import Name, number_index, open_names
from .models import ABOUT, Basis, Guardian, Guardianship, Limit, LimitKind, Membership, Paper, Permission, Student
from .relation_services import open_reason
from .relations import AFTER_NOTICE, holds_rights_alone, is_adult


@dataclass(frozen=True, slots=True)
class Related:
    """One person who is or was related to a student."""

    guardian: Guardian
    name: str
    relations: tuple[Guardianship, ...]
    limits: tuple[Limit, ...]
    permissions: tuple[Permission, ...]
    may_see: bool
    # Why, in a sentence.
    why: str
    # Whether they work for the district by the same sign-in: in that role the record does not exist for them.
    works_here: bool


@dataclass(frozen=True, slots=True)
class PaperLine:
    """What the office was shown, and when."""

    paper: Paper
    what: str
    who: str
    reason: str


@dataclass(frozen=True, slots=True)
class StudentPage:
    """A student with everybody who is related to them."""

    student: Student
    name: str
    adult: bool | None
    # Whether the rights are the student's alone; None when nobody knows.
    alone: bool | None
    people: tuple[Related, ...]
    papers: tuple[PaperLine, ...]

    @property
    def lack_sign_in(self) -> tuple[Related, ...]:
        """Those who are related today and cannot sign in."""
        day = today()
        return tuple(
            one for one in self.people if one.guardian.user_id is None and any(holds(row, day) for row in one.relations)
        )

    @property
    def headline(self) -> str:
        """The answer to what the reader came for."""
        may = sum(one.may_see for one in self.people)
        if not may:
            return f"Nobody who is related to {self.name} may see the record today."
        people = f"{may} {'person' if may == 1 else 'people'}"
        return f"{people} related to {self.name} may see the record today."

    @property
    def age_words(self) -> str:
        """What the student's age means for the others."""
        if self.alone and not self.adult:
            return (
                "The student has left school for a college and holds the rights (34 CFR 99.3, 99.5): others see the "
                "record only while a permission is on file."
            )
        if self.adult is None:
            return "The birth date is not known. If the student is 18, ask counsel before anybody reads."
        if self.adult:
            return "The student is 18 and holds the rights: others see the record only while a permission is on file."
        return "Until 18 the guardians hold the rights, from 14 or ninth grade on together with the student."


def find_by_number(actor: Actor, number: str) -> Student | None:
    """A student by the number that the student information system gives, letter for letter."""
    rows = _of_office(Student.objects.all(), actor, "pk")
    return rows.filter(number_index=number_index("student", number.strip())).first()


def find_guardian_by_number(actor: Actor, number: str) -> Guardian | None:
    """A guardian by the number that the student information system gives, letter for letter."""
    index = number_index("guardian", number.strip())
    return Guardian.objects.filter(number_index=index).first() if actor.in_office else None


def find_student(actor: Actor, student_id: UUID) -> Student:
    """A student, for the office.

    Raises:
        Http404: There is none, or not for this actor: the answer is the same.
    """
    found = _STUDENT(actor=actor, key=student_id)
    if not found:
        raise Http404
    return found[0]


def _student(actor: Actor, key: UUID) -> QuerySet[Student]:
    return _of_office(Student.objects.select_related("name_key", "school"), actor, "pk").filter(pk=key)


_STUDENT = Prepared(_student, actor=Actor, key=UUID)


def find_relation(actor: Actor, relation_id: UUID) -> Guardianship:
    """A relation, for the office. Raises Http404."""
    return _one(_of_office(Guardianship.objects.select_related("student__name_key"), actor), relation_id)


def find_limit(actor: Actor, limit_id: UUID) -> Limit:
    """A limit, for the office. Raises Http404."""
    return _one(_of_office(Limit.objects.select_related("student__name_key"), actor), limit_id)


def find_permission(actor: Actor, permission_id: UUID) -> Permission:
    """A permission: for the office any, for a student what they gave themselves. Raises Http404."""
    rows = Permission.objects.select_related("student__name_key")
    if actor.role is Role.STUDENT:
        return _one(rows.filter(student__in=actor.children, basis=Basis.AGREES), permission_id)
    return _one(_of_office(rows, actor), permission_id)


def student_page(student: Student) -> StudentPage:
    """Everybody who is or was related to a student, and what was shown for it. Two queries."""
    name, people = _related(student)
    rows: dict[UUID | None, tuple[Guardianship | Limit | Permission | None, str]] = {}
    for one in people:
        rows |= {row.pk: (row, one.name) for row in (*one.relations, *one.limits, *one.permissions)}
    lines = []
    for paper in _PAPERS(student=student.pk, rows=frozenset(rows)):
        about, who = rows.get(paper.relation_id or paper.limit_id or paper.permission_id, (None, name.full))
        lines.append(PaperLine(paper, _about(paper, about), who, open_reason(paper)))
    alone = holds_rights_alone(student, name, today())
    return StudentPage(student, name.full, is_adult(name, today()), alone, people, tuple(lines))


def _papers(student: UUID, rows: frozenset[UUID]) -> QuerySet[Paper]:
    """The papers about a student and about these relations, limits and permissions, the newest first."""
    of_rows = Q(relation__in=rows) | Q(limit__in=rows) | Q(permission__in=rows)
    found = Paper.objects.filter(of_rows | Q(student=student)).select_related("entered_by")
    return found.only(*_OF_A_PAPER, "entered_by__display_name").order_by("-entered_at")


_OF_A_PAPER: Final = (*ABOUT, "event", "dated", "wrapped_key", "sealed", "entered_at")
_PAPERS = Prepared(_papers, student=UUID, rows=frozenset)


@dataclass(frozen=True, slots=True)
class OwnPage:
    """Who else may see a student's record, as the student reads it: no limit and no paper is told here."""

    adult: bool
    may: tuple[Related, ...]
    # Of a student of 18: whom they could let see it, and their own agreements that hold.
    could: tuple[Related, ...]
    agreed: tuple[tuple[Permission, str], ...]


def own_page(student: Student) -> OwnPage:
    """Who else may see the record of the student who is signed in. One query."""
    (name, people), day = _related(student), today()
    adult = holds_rights_alone(student, name, day) is True
    related = [one for one in people if any(holds(row, day) for row in one.relations)]
    free = [one for one in related if not any(holds(row, day) for row in one.limits)]
    agreed = [
        (row, one.name) for one in people for row in one.permissions if row.basis == Basis.AGREES and holds(row, day)
    ]
    return OwnPage(
        adult=adult,
        may=tuple(one for one in people if one.may_see),
        could=tuple(one for one in free if adult and not one.may_see),
        agreed=tuple(agreed),
    )


_RELATION, _LIMIT, _PERMISSION = "relation", "limit", "permission"


class _Row(NamedTuple):
    """A relation, a limit or a permission between a student and somebody, with what is asked of whom it is about."""

    what: str
    pk: UUID
    kind: str
    starts: date
    ends: date | None
    told_on: date | None
    from_feed: bool
    guardian: UUID
    name_key: UUID
    sealed: bytes
    wrapped: bytes
    user: UUID | None
    works_here: bool


def related_to(student: Student) -> tuple[Related, ...]:
    """Everybody who is or was related to a student or has a limit on file, by name: a plain reading of the rows.

    One query.
    """
    return _related(student)[1]


def _related(student: Student) -> tuple[Name, tuple[Related, ...]]:
    """The student's name, and everybody who is or was related to the student or has a limit on file."""
    rows = sorted(map(_Row._make, _BETWEEN(student=student.pk)), key=lambda row: (row.starts, str(row.pk)))
    guardians = {row.guardian: _guardian(row) for row in rows if row.what != _PERMISSION}
    names = open_names([student, *guardians.values()])
    day = today()
    alone = holds_rights_alone(student, names[student], day)
    found = []
    for key, guardian in guardians.items():
        own = [row for row in rows if row.guardian == key]
        held = tuple(_relation(row, student.pk) for row in own if row.what == _RELATION)
        barred = tuple(_limit(row, student.pk) for row in own if row.what == _LIMIT)
        permitted = tuple(_permission(row, student.pk) for row in own if row.what == _PERMISSION)
        may, why = standing(held, barred, permitted, alone=alone, day=day)
        works = any(row.works_here for row in own)
        found.append(Related(guardian, names[guardian].full, held, barred, permitted, may, why, works))
    return names[student], tuple(sorted(found, key=lambda one: (not one.may_see, one.name.casefold())))


def _between(student: UUID) -> QuerySet[Guardianship, tuple[Any, ...]]:
    """What `_Row` holds, in any order."""
    no_day, no_feed = Cast(Value(None), DateField()), Value(False)  # noqa: FBT003 - the constant itself
    # The sign-ins of guardians who have a role of the district's own work today.
    work = Membership.objects.on(today()).filter(user=OuterRef("guardian__user"), role__in=SCHOOL | OFFICE)

    def rows(model: type[Model], what: str, kind: str, told_on: Any, from_feed: Any) -> QuerySet[Any, tuple[Any, ...]]:  # noqa: ANN401 - any expression
        return model._default_manager.filter(student=student).order_by().values_list(  # noqa: SLF001 - Django's documented way
            Value(what, output_field=CharField()), "pk", kind, "starts", "ends", told_on, from_feed,
            *(f"guardian__{one}" for one in ("pk", "name_key", "sealed", "name_key__wrapped", "user")), Exists(work),
        )  # fmt: skip

    return rows(Guardianship, _RELATION, "kind", no_day, "from_feed").union(
        rows(Limit, _LIMIT, "kind", "told_on", no_feed),
        rows(Permission, _PERMISSION, "basis", no_day, no_feed),
        all=True,
    )


_BETWEEN = Prepared(_between, student=UUID)


def _guardian(row: _Row) -> Guardian:
    """As the table has it, of its columns those that a name needs."""
    found = Guardian.from_db(
        DEFAULT_DB_ALIAS,
        ("id", "name_key_id", "sealed", "user_id"),
        (row.guardian, row.name_key, row.sealed, row.user),
    )
    found.name_key = NameKey(pk=row.name_key, wrapped=row.wrapped)
    return found


def _relation(row: _Row, student: UUID) -> Guardianship:
    ids = {"pk": row.pk, "guardian_id": row.guardian, "student_id": student}
    return Guardianship(**ids, kind=row.kind, starts=row.starts, ends=row.ends, from_feed=row.from_feed)


def _limit(row: _Row, student: UUID) -> Limit:
    ids = {"pk": row.pk, "guardian_id": row.guardian, "student_id": student}
    return Limit(**ids, kind=row.kind, starts=row.starts, ends=row.ends, told_on=row.told_on)


def _permission(row: _Row, student: UUID) -> Permission:
    ids = {"pk": row.pk, "guardian_id": row.guardian, "student_id": student}
    return Permission(**ids, basis=row.kind, starts=row.starts, ends=row.ends)


def standing(
    relations: Iterable[Guardianship],
    limits: Iterable[Limit],
    permissions: Iterable[Permission],
    *,
    alone: bool | None,
    day: date,
) -> tuple[bool, str]:
    """Whether one guardian may see one student's record on a day, and why, from the rows between the two.

    `alone` says whether the student holds the rights alone on that day.
    """
    held = [one for one in relations if holds(one, day)]
    if not held:
        later = [one.starts for one in relations if one.starts > day and not _empty(one)]
        return False, f"Not related yet: from {day_text(min(later))}." if later else "Not related today."
    barred = [why for one in limits if holds(one, day) if (why := _why_barred(one, day))]
    if barred:
        return False, barred[0]
    if alone:
        permitted = [one for one in permissions if holds(one, day)]
        if not permitted:
            return False, "The rights are the student's, and no permission is on file (34 CFR 99.5)."
        return True, f"{permitted[0].get_basis_display()}{_until(permitted[0])}."
    newest = held[-1]
    return True, f"{newest.get_kind_display()} since {day_text(newest.starts)}{_until(newest)}."


def _why_barred(limit: Limit, day: date) -> str:
    """Why a limit that holds takes the record away; nothing where the notice and its 21 days are past."""
    if limit.kind != LimitKind.WITHOUT_CUSTODY:
        return f"{limit.get_kind_display()}{_until(limit)}."
    if limit.told_on is None:
        return "Has no physical custody, and the parent with custody was not told yet."
    free = limit.told_on + AFTER_NOTICE
    if free <= day:
        return ""
    told = day_text(limit.told_on)
    return (
        f"Has no physical custody. The parent with custody was told on {told}: "
        f"this person may see the record from {day_text(free)}."
    )


def holds(row: Guardianship | Limit | Permission, day: date) -> bool:
    """Whether a row is in force on a day."""
    return row.starts <= day and (row.ends is None or day < row.ends)


def _empty(row: Guardianship) -> bool:
    return row.ends is not None and row.ends <= row.starts


def _until(row: Guardianship | Limit | Permission) -> str:
    return f", until {day_text(row.ends - timedelta(days=1))}" if row.ends else ""


def _about(paper: Paper, row: Guardianship | Limit | Permission | None) -> str:
    """What a paper says; `row` is what it is about, nothing where it is about the student alone."""
    if isinstance(row, Permission):
        what = row.get_basis_display()
    else:
        what = row.get_kind_display() if row else "Left school for a college"
    return f"{paper.get_event_display()}: {what[0].lower()}{what[1:]}"


def _of_office[M: Model](rows: QuerySet[M], actor: Actor, student: str = "student") -> QuerySet[M]:
    """The office sees every one but of its own children, or whom a limit names; nobody else sees any.

    `student` is the way from a row to its student.
    """
    if not actor.in_office:
        return rows.none()
    return without_kept(rows, actor, student)


def _one[M: Model](rows: QuerySet[M], key: UUID) -> M:
    found = rows.filter(pk=key).first()
    if found is None:
        raise Http404
    return found
