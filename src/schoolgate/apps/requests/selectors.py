"""Reads of requests."""

from datetime import date
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from schoolgate.apps.access.actors import Actor
from schoolgate.apps.incidents.models import Report
from schoolgate.apps.incidents.selectors import reports_of

from .models import Decision, Proposal, Request, State

# How many reports a request can be matched to without looking for one.
NEWEST = 50
# What the office must act on comes first.
DESK_ORDER = (State.RECEIVED, State.MATCHED, State.DECIDED, State.CONFIRMED)


def find_request(actor: Actor, request_id: UUID) -> Request:
    """One request that the actor may see, with its copy where one left, in one scoped query.

    Raises:
        Http404: There is none, or not for this actor: the answer is the same.
    """
    rows = Request.objects.visible_to(actor).select_related("agency", "report__incident__school", "asked_by", "release")
    found = rows.defer("release__sealed_copy").filter(pk=request_id).first()
    if found is None:
        raise Http404
    return found


def desk(actor: Actor) -> QuerySet[Request]:
    """The open requests, oldest first."""
    rows = Request.objects.visible_to(actor).filter(state__in=DESK_ORDER)
    return rows.select_related("agency").order_by("received_at")


def newest_decision(request: Request) -> Decision | None:
    """The decision that counts."""
    rows = request.decisions.prefetch_related("obligations")
    return rows.select_related("request__agency", "confirmation").first()


def requests_of(actor: Actor) -> QuerySet[Request]:
    """An agency's own requests with what became of them, newest first."""
    rows = Request.objects.visible_to(actor).select_related("release")
    return rows.defer("release__sealed_copy").order_by("-received_at")


def find_proposal(request: Request, proposal_id: UUID) -> Proposal:
    """One of counsel's proposals about a request that the actor was shown.

    Raises:
        Http404: There is none.
    """
    found = Proposal.objects.filter(decision__request=request, pk=proposal_id).first()
    if found is None:
        raise Http404
    return found


def reports_to_match(actor: Actor, wanted: str) -> list[Report]:
    """The reports a request can be matched to: those of a number or an incident day, or else the newest.

    `wanted` is what the officer looks for, such as `R-7QK2M9X` or `2026-11-20`.
    """
    rows = reports_of(actor).to_ask_for().prefetch_related("incident__participants")
    wanted = wanted.strip()
    if not wanted:
        return list(rows[:NEWEST])
    try:
        return list(rows.filter(incident__occurred_on=date.fromisoformat(wanted)))
    except ValueError:
        return list(rows.filter(number__iexact=wanted))
