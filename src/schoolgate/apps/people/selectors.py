"""Reads about people: who a signed-in person acts as, and who may be chosen for a report."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from schoolgate.apps.access.actors import VISITOR, Actor, Role
from schoolgate.apps.access.moment import today
from schoolgate.apps.schools.models import School

from .directory import Name, open_names
from .models import Guardianship, Membership, StaffMember, Student, User


def actor_for(user: User | AnonymousUser) -> Actor:
    """The actor that a user is today; a visitor when nobody is signed in or no membership holds.

    Two queries for a guardian, one for everybody else.
    """
    if not isinstance(user, User) or not user.is_active:
        return VISITOR
    held = list(Membership.objects.on(today()).filter(user=user).order_by("starts", "id"))
    if not held:
        return VISITOR
    role = Role(held[0].role)
    same = [one for one in held if one.role == role]
    children: frozenset[object] = frozenset()
    if role is Role.GUARDIAN:
        children = frozenset(guarded(user).values_list("student", flat=True))
    return Actor(
        role=role,
        user_id=user.id,
        display_name=user.display_name,
        schools=frozenset(one.school_id for one in same if one.school_id),
        children=children,  # type: ignore[arg-type]
        agency=held[0].agency_id,
    )


def guarded(user: User) -> QuerySet[Guardianship]:
    """The relations that hold today between a signed-in guardian and students."""
    day = today()
    return Guardianship.objects.filter(Q(ends__isnull=True) | Q(ends__gt=day), guardian__user=user, starts__lte=day)


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
