"""Reads of memberships for the administrators who keep them."""

from django.db.models import QuerySet

from schoolgate.apps.access.actors import FAMILY, Actor
from schoolgate.apps.access.moment import today

from .models import Membership, in_force
from .services import ADMINISTRATORS


def memberships_kept_by(actor: Actor) -> QuerySet[Membership]:
    """Every membership but a family's, also those that have ended; nobody else keeps any."""
    rows = Membership.objects.all() if actor.role in ADMINISTRATORS else Membership.objects.none()
    return rows.exclude(role__in=FAMILY).select_related("user", "school", "agency")


def held_today(actor: Actor) -> QuerySet[Membership]:
    """Those of them that hold today, by role and name of the sign-in."""
    return memberships_kept_by(actor).filter(in_force(today())).order_by("role", "user__username", "id")
