"""Reads about people: who a signed-in person acts as, and who may be chosen for a report."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final, cast
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.http import Http404

from schoolgate.apps.access.actors import FAMILY, SCHOOL, VISITOR, Actor, Role
from schoolgate.apps.access.moment import now, today
from schoolgate.apps.access.once import note, noted
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

    One query; one more for a guardian, whatever the number of children, and two where there is none today; one more
    for a student, for an administrator, for whoever has a record open in an emergency, and for who works here and is or
    was entered as somebody's guardian.
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


# What a name is opened with, and what else pages of families ask of a student.
_OF_A_NAME: Final = ("sealed", "name_key__wrapped")
_OF_A_CHILD: Final = ("user", "notice_language", "ninth_grade_from", "at_college_from")


def _relations_of(user: UUID) -> QuerySet[Guardianship]:
    """The relations of `guarded` with what the law asks of each, and what opens the names of both people."""
    rows = ties_of(guarded(user), today()).select_related("guardian__name_key", "student__name_key")
    of_both = (f"{one}__{field}" for one in ("guardian", "student") for field in _OF_A_NAME)
    return rows.only("kind", *of_both, *(f"student__{field}" for field in _OF_A_CHILD))


def _named(user: UUID) -> QuerySet[Guardian]:
    return Guardian.objects.filter(user=user).select_related("name_key").only(*_OF_A_NAME)


def _children(keys: frozenset[UUID]) -> QuerySet[Student]:
    return Student.objects.filter(pk__in=keys).select_related("name_key").only(*_OF_A_NAME, *_OF_A_CHILD)


def _students_of(user: UUID) -> QuerySet[Student]:
    return Student.objects.filter(user=user).select_related("name_key").only(*_OF_A_NAME, *_OF_A_CHILD)


# Every request of a family asks one or two of them.
_RELATIONS = Prepared(_relations_of, user=UUID)
_NAMED = Prepared(_named, user=UUID)
_STUDENTS = Prepared(_students_of, user=UUID)
_CHILDREN = Prepared(_children, keys=frozenset)
# Under which a family's children are kept with their names until the request ends: never their rights.
_OPENED: Final = "names of the children of"


def _as_guardian(actor: Actor, user: User) -> Actor:
    """The guardian under their own name, with the students whose record they may see today."""
    day = today()
    related = _RELATIONS(user=user.pk)
    guardian = related[0].guardian if related else next(iter(_NAMED(user=user.pk)), None)
    if guardian is None:
        return replace(actor, display_name=actor.role_name)
    students = {one.student for one in related}
    names = open_names([guardian, *students])
    ties = [found for one in related if (found := tie(one, names[one.student], day))]
    note((_OPENED, user.pk), {student: names[student] for student in students})
    return replace(
        actor,
        display_name=names[guardian].full,
        children=frozenset(one.student for one in ties),
        ties=tuple(ties),
    )


def _as_student(actor: Actor, user: User) -> Actor:
    """The student under their own name, with their own record from 14 or ninth grade on."""
    student = next(iter(_STUDENTS(user=user.pk)), None)
    if student is None:
        return replace(actor, display_name=actor.role_name)
    names = open_names([student])
    own = frozenset({student.pk}) if may_act(student, names[student], today()) else frozenset()
    note((_OPENED, user.pk), names)
    return replace(actor, display_name=names[student].full, children=own)


def children_with_names(actor: Actor) -> dict[Student, Name]:
    """The students whose record a family's reader may see today, with their names.

    Of a student only what a name, a notice and the rule of who may act need. No query in the request whose actor it is,
    where they were opened to say what the actor may see; else one.
    """
    opened = cast("dict[Student, Name]", noted((_OPENED, actor.user_id)) or {})
    found = {student: name for student, name in opened.items() if student.pk in actor.children}
    return found if len(found) == len(actor.children) else open_names(_CHILDREN(keys=actor.children))


def guarded(user: User | UUID) -> QuerySet[Guardianship]:
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
    """The student who is signed in, while they hold the rights; see `children_with_names`.

    Raises:
        Http404: Not yet, or nobody.
    """
    found = next((one for one in children_with_names(actor) if one.user_id == actor.user_id), None)
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
