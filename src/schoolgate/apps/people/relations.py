"""Which students' records somebody may see on a day, by relation, limits and age.

A guardian may see the record of a student to whom they are related on that day, unless

- a limit of theirs is in force: custody or visits denied, visits supervised, a protective order, an order about
  records, or an adult student's own word (603 CMR 23.07(5)). Who has no physical custody waits until the parent
  who has it was told in writing and 21 full days have passed (603 CMR 23.07(5), M.G.L. c.71 s.34H);
- the student is 18, or has left school for a college (34 CFR 99.3 "eligible student", 99.5): then only while the
  student agrees, or is a tax dependent (99.31(a)(8)).

A student may see the own record from 14 or from ninth grade on (603 CMR 23.02), at 18 or at a college alone.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from schoolgate.apps.access.actors import Tie

from .directory import Name
from .models import Basis, Guardianship, Limit, LimitKind, Permission, RelationKind, Student, in_force

ADULT = 18
ELIGIBLE = 14
# The first day after 21 full days, counted from the day of the notice; a test holds it against the clock's own rule.
AFTER_NOTICE = timedelta(days=22)

# A relation as the law's fact `family_relation` calls it.
FAMILY_RELATION = {
    RelationKind.PARENT.value: "parent",
    RelationKind.GUARDIAN.value: "guardian",
    RelationKind.FOSTER.value: "acting_as_parent",
    RelationKind.ACTING.value: "acting_as_parent",
}


def age_on(born: date, day: date) -> int:
    """Full years on a day."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def is_adult(name: Name, day: date) -> bool | None:
    """Whether a student is 18 on a day; None when the birth date is not known."""
    return None if name.birth_date is None else age_on(name.birth_date, day) >= ADULT


def holds_rights_alone(student: Student, name: Name, day: date) -> bool | None:
    """Whether the parents' rights have passed to a student by a day: at 18, or at a college before (34 CFR 99.3, 99.5).

    None when that hangs on a birth date that is not known.
    """
    if student.at_college_from is not None and student.at_college_from <= day:
        return True
    return is_adult(name, day)


def may_act(student: Student, name: Name, day: date) -> bool:
    """Whether a student holds the rights on a day, alone or with the parents.

    Who is not known to be 14 or in ninth grade does not: an unknown birth date opens no record.
    """
    grown = name.birth_date is not None and age_on(name.birth_date, day) >= ELIGIBLE
    days = (student.ninth_grade_from, student.at_college_from)
    return grown or any(since is not None and since <= day for since in days)


def unlimited(day: date) -> QuerySet[Guardianship]:
    """The relations that hold on a day and that no limit bars, whatever the students' ages."""
    waits = Q(kind=LimitKind.WITHOUT_CUSTODY) & Q(told_on__lte=day - AFTER_NOTICE)
    bars = _between(Limit.objects.filter(in_force(day)).exclude(waits))
    return Guardianship.objects.filter(in_force(day)).exclude(Exists(bars))


def ties_of(relations: QuerySet[Guardianship], day: date) -> QuerySet[Guardianship]:
    """The same relations with what the law asks of each: `no_custody`, `agrees` and `dependent`. No further query."""
    permitted = Permission.objects.filter(in_force(day))
    return relations.annotate(
        no_custody=Exists(_between(Limit.objects.filter(in_force(day), kind=LimitKind.WITHOUT_CUSTODY))),
        agrees=Exists(_between(permitted.filter(basis=Basis.AGREES))),
        dependent=Exists(_between(permitted.filter(basis=Basis.DEPENDENT))),
    )


def tie(relation: Guardianship, name: Name, day: date) -> Tie | None:
    """What a relation out of `ties_of` opens on a day, given the student's name; None when it opens nothing."""
    after_18 = ""
    if holds_rights_alone(relation.student, name, day):
        after_18 = Basis.AGREES if relation.agrees else Basis.DEPENDENT if relation.dependent else ""  # type: ignore[attr-defined]
        if not after_18:
            return None
    kind = "non_custodial_parent" if relation.no_custody else FAMILY_RELATION[relation.kind]  # type: ignore[attr-defined]
    return Tie(relation.student_id, kind, str(after_18))


def kept_from(user: UUID, day: date) -> frozenset[UUID]:
    """The students whose record somebody may not see in a role of their work: own children, and whom a limit names.

    What a parent reads, they read as a parent, by a parent's rules. One query.
    """
    related = Guardianship.objects.filter(in_force(day), guardian__user=user)
    limited = Limit.objects.filter(in_force(day), guardian__user=user)
    return frozenset(
        related.order_by()
        .values_list("student")
        .union(limited.values_list("student"))
        .values_list("student", flat=True)
    )


def kept_from_any(students: Iterable[UUID], day: date) -> set[UUID]:
    """The sign-ins that `kept_from` keeps from one of these students on a day. One query."""
    about = Q(in_force(day), student__in=set(students), guardian__user__isnull=False)
    related = Guardianship.objects.filter(about).order_by().values_list("guardian__user")
    limited = Limit.objects.filter(about).order_by().values_list("guardian__user")
    return {user for (user,) in related.union(limited) if user}


def guardians_to_tell(students: Iterable[UUID], day: date) -> QuerySet[Guardianship]:
    """The relations of students by which a letter may go out on a day: none to whom a limit bars the record."""
    return unlimited(day).filter(student__in=students)


def _between[M: (Limit, Permission)](rows: QuerySet[M]) -> QuerySet[M]:
    return rows.filter(guardian=OuterRef("guardian"), student=OuterRef("student"))
