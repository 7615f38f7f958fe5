"""Reads of requests."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from schoolgate.apps.access.actors import Actor
from schoolgate.apps.incidents.models import Report

from .models import Decision, Request, State

# What the office must act on comes first.
DESK_ORDER = (State.RECEIVED, State.MATCHED, State.DECIDED, State.CONFIRMED)


def find_request(actor: Actor, request_id: UUID) -> Request:
    """One request that the actor may see, in one scoped query.

    Raises:
        Http404: There is none, or not for this actor: the answer is the same.
    """
    rows = Request.objects.visible_to(actor).select_related("agency", "report__incident__school", "asked_by")
    found = rows.filter(pk=request_id).first()
    if found is None:
        raise Http404
    return found


def desk(actor: Actor) -> list[Request]:
    """The open requests, oldest first. Two queries."""
    rows = Request.objects.visible_to(actor).filter(state__in=DESK_ORDER)
    return list(rows.select_related("agency").order_by("received_at"))


def newest_decision(request: Request) -> Decision | None:
    """The decision that counts."""
    return request.decisions.prefetch_related("obligations").select_related("request__agency").first()


def reports_to_match(actor: Actor) -> QuerySet[Report]:
    """The reports a request can be matched to, newest first."""
    return (
        Report.objects.visible_to(actor)
        .select_related("incident__school")
        .prefetch_related("incident__participants")[:200]
    )
