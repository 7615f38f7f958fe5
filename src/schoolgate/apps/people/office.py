"""What the office sees of a student's relations: who may see the record today, until when, and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from django.http import Http404

from schoolgate.apps.access.actors import OFFICE, SCHOOL, Actor, Role
from schoolgate.apps.access.kept import without_kept
from schoolgate.apps.access.moment import today
from schoolgate.web.dates import day_text

from .directory import number_index, open_names
from .models import Basis, Guardian, Guardianship, Limit, LimitKind, Membership, Paper, Permission, Student
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
    return _one(_of_office(Student.objects.select_related("name_key", "school"), actor, "pk"), student_id)


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
    """Everybody who is or was related to a student, and what was shown for it. Six queries."""
    people = related_to(student)
    names = open_names([student])
    papers = Paper.objects.filter(
        Q(relation__student=student) | Q(limit__student=student) | Q(permission__student=student) | Q(student=student)
    ).select_related("entered_by", "relation", "limit", "permission")
    called = {one.guardian.pk: one.name for one in people}
    name, day = names[student], today()
    lines = [
        PaperLine(one, _about(one), called[about] if (about := _guardian_of(one)) else name.full, open_reason(one))
        for one in papers.order_by("-entered_at")
    ]
    alone = holds_rights_alone(student, name, day)
    return StudentPage(student, name.full, is_adult(name, day), alone, people, tuple(lines))


@dataclass(frozen=True, slots=True)
class OwnPage:
    """Who else may see a student's record, as the student reads it: no limit and no paper is told here."""

    adult: bool
    may: tuple[Related, ...]
    # Of a student of 18: whom they could let see it, and their own agreements that hold.
    could: tuple[Related, ...]
    agreed: tuple[tuple[Permission, str], ...]


def own_page(student: Student) -> OwnPage:
    """Who else may see the record of the student who is signed in. Six queries."""
    people, day = related_to(student), today()
    adult = holds_rights_alone(student, open_names([student])[student], day) is True
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


def related_to(student: Student) -> tuple[Related, ...]:
    """Everybody who is or was related to a student or has a limit on file, by name: a plain reading of the rows.

    Five queries.
    """
    relations = list(student.relations.order_by("starts"))
    limits = list(student.limits.order_by("starts"))
    permissions = list(student.permissions.order_by("starts"))
    wanted = {one.guardian_id for one in relations} | {one.guardian_id for one in limits}
    guardians = list(Guardian.objects.filter(pk__in=wanted).select_related("name_key"))
    names = open_names([student, *guardians])
    day = today()
    alone = holds_rights_alone(student, names[student], day)
    working = set(_working_here(guardians, day))
    found = []
    for guardian in guardians:
        held = tuple(one for one in relations if one.guardian_id == guardian.pk)
        barred = tuple(one for one in limits if one.guardian_id == guardian.pk)
        permitted = tuple(one for one in permissions if one.guardian_id == guardian.pk)
        may, why = standing(held, barred, permitted, alone=alone, day=day)
        works = guardian.user_id in working
        found.append(Related(guardian, names[guardian].full, held, barred, permitted, may, why, works))
    return tuple(sorted(found, key=lambda one: (not one.may_see, one.name.casefold())))


def _working_here(guardians: Iterable[Guardian], day: date) -> QuerySet[Membership, UUID]:
    """The sign-ins of guardians who have a role of the district's own work on a day."""
    users = [one.user_id for one in guardians if one.user_id]
    work = Membership.objects.on(day).filter(user__in=users, role__in=SCHOOL | OFFICE)
    return work.values_list("user", flat=True)


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


def _about(paper: Paper) -> str:
    if paper.relation:
        what = paper.relation.get_kind_display()
    elif paper.limit:
        what = paper.limit.get_kind_display()
    elif paper.student_id:
        what = "Left school for a college"
    else:
        what = paper.permission.get_basis_display() if paper.permission else ""
    return f"{paper.get_event_display()}: {what[0].lower()}{what[1:]}"


def _guardian_of(paper: Paper) -> UUID | None:
    """Whom a paper is about beside the student; nobody where it is about the student alone."""
    row = paper.relation or paper.limit or paper.permission
    return row.guardian_id if row else None


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
