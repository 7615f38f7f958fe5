"""Reads about sign-ins: for whoever keeps them, and for the person."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import Http404
from django.utils import timezone

from schoolgate.apps.access.actors import Actor
from schoolgate.apps.access.moment import now
from schoolgate.apps.people.models import User

from .events import count_events
from .models import DistrictIdentity, SignInChange, SignInEvent
from .services import KEEPERS

COUNTED: Final = timedelta(days=30)
NEWEST: Final = 20


@dataclass(frozen=True, slots=True)
class Standing:
    """How sign-ins stand in the district."""

    accounts: int
    closed: int
    without_factor: int
    open_sessions: int


def visible_users(actor: Actor) -> QuerySet[User]:
    """The sign-ins that an actor keeps, by name of the sign-in."""
    return User.objects.order_by("username") if actor.role in KEEPERS else User.objects.none()


def find_user(actor: Actor, number: UUID) -> User:
    """One sign-in that an actor keeps.

    Raises:
        Http404: There is none, or the actor keeps none.
    """
    found = visible_users(actor).filter(pk=number).first()
    if found is None:
        raise Http404
    return found


def find_change(actor: Actor, number: UUID) -> SignInChange:
    """A change that waits.

    Raises:
        Http404: There is none, or the actor keeps no sign-ins.
    """
    found = waiting_changes(actor).filter(pk=number).first()
    if found is None:
        raise Http404
    return found


def waiting_changes(actor: Actor) -> QuerySet[SignInChange]:
    """Changes that wait for another person, oldest first."""
    rows = SignInChange.objects if actor.role in KEEPERS else SignInChange.objects.none()
    return rows.filter(settled_at__isnull=True).select_related("user", "asked_by").order_by("asked_at")


def with_factors(users: QuerySet[User]) -> QuerySet[User]:
    """The same people, each with `has_factor`, `has_identity` and `sessions_open`."""
    real = Authenticator.objects.filter(user=OuterRef("pk")).exclude(type=Authenticator.Type.RECOVERY_CODES)
    return users.annotate(
        has_factor=Exists(real),
        has_identity=Exists(DistrictIdentity.objects.filter(user=OuterRef("pk"))),
        sessions_open=Count("sessions", filter=Q(sessions__expire_date__gt=timezone.now())),
    )


def standing(actor: Actor) -> Standing:
    """How many accounts there are, and how they stand. One query."""
    people: QuerySet[Any] = with_factors(visible_users(actor))
    held = list(people.values_list("is_active", "has_factor", "has_identity", "sessions_open"))
    return Standing(
        accounts=len(held),
        closed=sum(not active for active, *_ in held),
        without_factor=sum(active and not (factor or tied) for active, factor, tied, _ in held),
        open_sessions=sum(number for *_, number in held),
    )


def counts() -> Mapping[str, Mapping[str, int]]:
    """What happened at the door in the last thirty days, day by day."""
    return count_events(now() - COUNTED)


def newest_events(user: User) -> QuerySet[SignInEvent]:
    """What happened lately at one's own door, newest first."""
    return SignInEvent.objects.filter(user=user).order_by("-at", "-id")[:NEWEST]
