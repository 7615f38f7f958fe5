"""Reads of memberships for the administrators who keep them, and for whoever must say that one shall hold."""

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
    """Those of them that hold today, or would but for a second person's word, by role and name of the sign-in."""
    return memberships_kept_by(actor).filter(in_force(today())).order_by("role", "user__username", "id")


def waiting_for(actor: Actor) -> QuerySet[Membership]:
    """The roles that wait for a second person's word, the first that was given first; for the office.

    Those are left out that the actor may not settle: one's own, and what one gave in another role.
    """
    if not actor.in_office:
        return Membership.objects.none()
    rows = Membership.objects.waiting(today()).exclude(user=actor.user_id).exclude(given_by=actor.user_id)
    return rows.select_related("user", "school", "agency", "given_by").order_by("starts", "user__username", "id")
