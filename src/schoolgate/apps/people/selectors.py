"""Reads about people: who a signed-in person acts as, and who may be chosen for a report."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.http import Http404

from schoolgate.apps.access.actors import FAMILY, SCHOOL, VISITOR, Actor, Role
from schoolgate.apps.access.moment import now, today
from schoolgate.apps.access.prepared import Prepared
from schoolgate.apps.access.wall import as_program
from schoolgate.apps.schools.models import School

from .directory import Name, open_names
from .glass.models import SPAN, BrokenGlass
from .glass.selectors import live_glass
from .models import Guardian, Guardianship, Membership, StaffMember, Student, User, in_force
from .notices.models import Notice
from .power.services import power_in
from .relations import kept_from, may_act, tie, ties_of, unlimited


def _ever(user: UUID, since: datetime) -> QuerySet[Membership]:
    """Every membership of somebody, those that ended too."""
    open_now = BrokenGlass.objects.live(since).filter(user=OuterRef("user"), role=OuterRef("role"))
    told = Notice.objects.unseen().filter(to=OuterRef("user"))
    rows = Membership.objects.filter(user=user).annotate(under_glass=Exists(open_now), told=Exists(told))
    return rows.order_by("starts", "id")


# Every request asks it.
_EVER = Prepared(_ever, user=UUID, since=datetime)


def actor_for(user: User | AnonymousUser, chosen: str = "", *, session: UUID | None = None) -> Actor:
    """The actor that a user is today; a visitor when nobody is signed in or no membership holds.

    Of several roles the chosen one counts while it is held, else the one that was held first. An administrator acts
    as one only while the power is on in `session`, the number of a session.

    One query; for a guardian two more, whatever the number of children; one more for a student, for an administrator,
    for whoever has a record open in an emergency, and for who works here and is or was entered as somebody's guardian.
    """
    if not isinstance(user, User) or not user.is_active:
        return VISITOR
    # A limit that the database hid would bar nobody: who somebody is, is read from all rows.
    with as_program():
        return _actor(user, chosen, session)


def _actor(user: User, chosen: str, session: UUID | None) -> Actor:
    day = today()
    ever = _EVER(user=user.pk, since=now() - SPAN)
    held = [one for one in ever if not one.waits and one.starts <= day and (one.ends is None or day < one.ends)]
    if not held:
        return VISITOR
    roles = frozenset(Role(one.role) for one in held)
    role = Role(chosen) if chosen in roles else Role(held[0].role)
    same = [one for one in held if one.role == role]
    actor = Actor(
        role=role,
        user_id=user.id,
        display_name=user.display_name,
        schools=frozenset(one.school_id for one in same if one.school_id),
        agency=same[0].agency_id,
        roles=roles,
        told=same[0].told and role not in FAMILY,  # type: ignore[attr-defined]  # annotated above
    )
    if role is Role.ADMINISTRATOR:
        power = power_in(user, session)
        return replace(actor, role=role if power else Role.IDLE_ADMINISTRATOR, power=power)
    if role in SCHOOL and any(one.under_glass for one in same):  # type: ignore[attr-defined]  # the same
        actor = replace(actor, glass=live_glass(user, role))
    if role is Role.GUARDIAN:
        return _as_guardian(actor, user)
    if role is Role.STUDENT:
        return _as_student(actor, user)
    # A limit stays when the role of a guardian ends.
    if any(one.role == Role.GUARDIAN for one in ever):
        return replace(actor, kept_from=kept_from(user.pk, day))
    return actor


def _as_guardian(actor: Actor, user: User) -> Actor:
    """The guardian under their own name, with the students whose record they may see today."""
    day = today()
    guardian = Guardian.objects.filter(user=user).select_related("name_key").first()
    if guardian is None:
        return replace(actor, display_name=actor.role_name)
    related = list(ties_of(guarded(user), day).select_related("student__name_key"))
    names = open_names([guardian, *(one.student for one in related)])
    ties = [found for one in related if (found := tie(one, names[one.student], day))]
    return replace(
        actor,
        display_name=names[guardian].full,
        children=frozenset(one.student for one in ties),
        ties=tuple(ties),
    )


def _as_student(actor: Actor, user: User) -> Actor:
    """The student under their own name, with their own record from 14 or ninth grade on."""
    student = Student.objects.filter(user=user).select_related("name_key").first()
    if student is None:
        return replace(actor, display_name=actor.role_name)
    name = open_names([student])[student]
    own = frozenset({student.pk}) if may_act(student, name, today()) else frozenset()
    return replace(actor, display_name=name.full, children=own)


def guarded(user: User) -> QuerySet[Guardianship]:
    """The relations that hold today between a signed-in guardian and students, and that no limit bars."""
    return unlimited(today()).filter(guardian__user=user)


def names_of_sign_ins(users: Iterable[UUID], role: str) -> dict[UUID, str]:
    """The names of people by their sign-ins, as they acted in a role: a family's come out of the sealed directory.

    One query; a family's names two.
    """
    wanted = set(users)
    known = dict(User.objects.filter(pk__in=wanted).values_list("pk", "display_name"))
    return known | sealed_names_of_sign_ins(wanted, role) if role in FAMILY else known


def sealed_names_of_sign_ins(users: Iterable[UUID], role: str) -> dict[UUID, str]:
    """The names of guardians or students by their sign-ins, out of the sealed directory. One query."""
    model: type[Guardian | Student] = Guardian if role == Role.GUARDIAN else Student
    people: list[Guardian | Student] = list(model.objects.filter(user__in=set(users)).select_related("name_key"))
    names = open_names(people)
    return {one.user_id: names[one].full for one in people if one.user_id}


def display_name(user: str) -> Subquery:
    """The name of the sign-in that a column of a query holds, as what acted for the district; no further query."""
    return Subquery(User.objects.filter(pk=OuterRef(user)).values("display_name")[:1])


def own_student(actor: Actor) -> Student:
    """The student who is signed in, while they hold the rights.

    Raises:
        Http404: Not yet, or nobody.
    """
    found = Student.objects.filter(pk__in=actor.children, user=actor.user_id).select_related("name_key").first()
    if found is None:
        raise Http404
    return found


def related_person(student: Student, key: str) -> Guardian:
    """Somebody who is related to a student today.

    Raises:
        Http404: They are not, or the key is none.
    """
    related = Guardianship.objects.filter(in_force(today()), student=student).select_related("guardian")
    found = next((one.guardian for one in related if str(one.guardian_id) == key), None)
    if found is None:
        raise Http404
    return found


def school_of(actor: Actor) -> School:
    """The school that a member of staff files for."""
    return School.objects.filter(id__in=actor.schools).order_by("name")[0]


def students_to_choose(school: School) -> list[tuple[Student, Name]]:
    """The students of a school with their names, by name: for the author of a report to choose from."""
    rows = open_names(Student.objects.filter(school=school).select_related("name_key"))
    return sorted(rows.items(), key=lambda row: row[1].full.casefold())


def staff_to_choose(school: School) -> list[tuple[StaffMember, Name]]:
    """The staff of a school with their names, by name."""
    rows = open_names(StaffMember.objects.filter(school=school).select_related("name_key"))
    return sorted(rows.items(), key=lambda row: row[1].full.casefold())
