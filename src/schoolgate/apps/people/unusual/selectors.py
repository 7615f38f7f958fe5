"""Reads of notices about unusual reading, and of whose budget is spent."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.http import Http404

from schoolgate.apps.access.actors import ROLE_TITLES, Actor, Role
from schoolgate.apps.access.prepared import Prepared
from schoolgate.apps.ledger.safe import context, open_value
from schoolgate.apps.people.models import User

from .budget import spent_today
from .models import UnusualReading

SHOWN = 100


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """A notice as its page tells it."""

    notice: UnusualReading
    role: str
    # What was found, once somebody looked.
    found: str


@dataclass(frozen=True, slots=True)
class Spent:
    """Somebody who may open no further record today."""

    person: User
    records: int


_WAITING: Final = Prepared(
    lambda actor: UnusualReading.objects.visible_to(actor).filter(looked_at__isnull=True).order_by(), actor=Actor
)


def waiting(actor: Actor) -> int:
    """How many notices nobody has looked at yet that the actor may see. One query."""
    return _WAITING.count(actor=actor)


def notices(actor: Actor) -> list[NoticeLine]:
    """The newest notices, those that wait first. One query."""
    rows = UnusualReading.objects.visible_to(actor).select_related("person", "school", "looked_by")
    found = sorted(rows[:SHOWN], key=lambda one: one.looked_at is not None)
    return [NoticeLine(one, ROLE_TITLES[Role(one.role)], _found(one)) for one in found]


def find_notice(actor: Actor, notice_id: UUID) -> UnusualReading:
    """One notice that the actor may see.

    Raises:
        Http404: There is none, or it is about oneself: the answer is the same.
    """
    rows = UnusualReading.objects.visible_to(actor).select_related("person", "school")
    found = rows.filter(pk=notice_id).first()
    if found is None:
        raise Http404
    return found


def spent(actor: Actor) -> list[Spent]:
    """Whose budget is spent today, without oneself. Three queries."""
    read = spent_today()
    people = User.objects.filter(pk__in=read).exclude(pk=actor.person).order_by("display_name")
    return [Spent(one, read[one.pk]) for one in people]


def find_spent(actor: Actor, person_id: UUID) -> Spent:
    """Somebody else whose budget is spent today.

    Raises:
        Http404: It is not, or it is oneself.
    """
    found = next((one for one in spent(actor) if one.person.pk == person_id), None)
    if found is None:
        raise Http404
    return found


def _found(notice: UnusualReading) -> str:
    if notice.wrapped_key is None or notice.sealed is None:
        return ""
    return open_value(context("people.unusualreading", notice.pk, "found"), notice.wrapped_key, notice.sealed).decode()
