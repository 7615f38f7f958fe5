"""Reads of requests."""

from datetime import date
from typing import Final
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from schoolgate.apps.access.actors import Actor
from schoolgate.apps.access.lists import Listing
from schoolgate.apps.access.prepared import Prepared, fetched
from schoolgate.apps.incidents.models import Participant, Report
from schoolgate.apps.incidents.selectors import reports_of
from schoolgate.apps.people.models import Student

from .models import Decision, Obligation, Proposal, Request, RequestQuerySet, State

# Of requests in a list.
PAGE = 50

# How many reports a request can be matched to without looking for one.
NEWEST = 50
# What the office must act on comes first.
DESK_ORDER = (State.RECEIVED, State.MATCHED, State.DECIDED, State.CONFIRMED)


def find_request(actor: Actor, request_id: UUID) -> Request:
    """One request that the actor may see, with its copy where one left, in one scoped query.

    Raises:
        Http404: There is none, or not for this actor: the answer is the same.
    """
    found = _ONE(actor=actor, key=request_id)
    if not found:
        raise Http404
    return found[0]


def _one(actor: Actor, key: UUID) -> QuerySet[Request]:
    rows = Request.objects.visible_to(actor).select_related("agency", "report__incident__school", "asked_by", "release")
    return rows.defer("release__sealed_copy").filter(pk=key).order_by()


_ONE: Final = Prepared(_one, actor=Actor, key=UUID)


def _open(actor: Actor) -> RequestQuerySet:
    return Request.objects.visible_to(actor).filter(state__in=DESK_ORDER)


# The open requests, oldest first; and an agency's own with what became of them, newest first.
DESK = Listing(_open, RequestQuerySet.on_the_desk, by="received_at", size=PAGE, actor=Actor)
MINE = Listing(
    Request.objects.visible_to, RequestQuerySet.of_an_agency, by="-received_at", size=PAGE, actor=Actor
)  # fmt: skip


def newest_decision(request: Request) -> Decision | None:
    """The decision that counts, with its obligations. Two queries."""
    found = _DECIDED(request=request.pk)
    if not found:
        return None
    [decision] = found
    decision.request = request
    fetched(decision, "obligations", _OWED(decision=decision.pk))
    return decision


def _decided(request: UUID) -> QuerySet[Decision]:
    return Decision.objects.filter(request=request).select_related("confirmation").order_by("-number")[:1]


_DECIDED: Final = Prepared(_decided, request=UUID)
_OWED: Final = Prepared(lambda decision: Obligation.objects.filter(decision=decision), decision=UUID)


def proposals_about(decision: Decision) -> list[Proposal]:
    """What counsel has proposed about a decision, with who did. One query."""
    return _PROPOSED(decision=decision.pk)


_PROPOSED: Final = Prepared(
    lambda decision: Proposal.objects.filter(decision=decision).select_related("proposed_by"), decision=UUID
)


def students_of_paper(request: Request) -> list[tuple[str, Student]]:
    """Token and student, for those of the report whom the paper names. One query, none where it names nobody."""
    if request.report is None:
        return []
    return [
        (one.token, one.student)
        for one in _NAMED(incident=request.report.incident_id, tokens=frozenset(request.named_tokens))
        if one.student
    ]


def _named(incident: UUID, tokens: frozenset[str]) -> QuerySet[Participant]:
    rows = Participant.objects.filter(incident=incident, student__isnull=False, token__in=tokens)
    return rows.select_related("student")


_NAMED: Final = Prepared(_named, incident=UUID, tokens=frozenset)


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
