"""Pages of retention: what is past its time, a proposal, its second signature, its certificate."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from schoolgate.apps.access.actors import OFFICE, Role
from schoolgate.apps.access.moment import today
from schoolgate.apps.access.routes import ActorRequest, allow
from schoolgate.apps.incidents.holders import orders_untold
from schoolgate.apps.ledger.acts import Impossible, NotAllowed

from .destroying import carry_out
from .forms import DayForm, ToldForm
from .page import certificate_page, proposal_page
from .schedule import all_schedules
from .selectors import (
    SHOWN,
    departed,
    find_certificate,
    find_proposal,
    find_series,
    holds_standing,
    preview,
    proposals_of,
    series_here,
    tallies,
    waiting_for_others,
)
from .services import RECORDS_OFFICER, families_told, propose, sign, withdraw

ALL = "every record that is past its time"
# Destroyed while the second signer's page loads; the worker does the rest.
AT_ONCE = 50


@require_safe
@allow(OFFICE, relation=ALL)
def home(request: ActorRequest) -> HttpResponse:
    """What is past its time today, by series; proposals; holds."""
    actor = request.actor
    found = tallies(actor, series_here(), today())
    context = {
        "tallies": found,
        "past": sum(one.past for one in found),
        "free": sum(one.free for one in found),
        "held": sum(one.held_many for one in found),
        "proposals": proposals_of(actor)[:SHOWN],
        "waiting": proposals_of(actor).filter(state="proposed").exclude(proposed_by=actor.user_id).count(),
        "holds": holds_standing(actor, today()),
        "departed": departed(),
        "untold": orders_untold(actor),
    }
    return render(request, "retention/home.html", context)


@require_safe
@allow(OFFICE, relation=ALL)
def due(request: ActorRequest, series: str) -> HttpResponse:
    """What would be destroyed under one series on a day, and what would not, and why."""
    found = find_series(series)
    form = DayForm(request.GET or None)
    day = (form.cleaned_data["on"] if form.is_valid() else None) or today()
    seen = preview(request.actor, found, day)
    context = {
        "series": found,
        "seen": seen,
        "rows": seen.rows[:SHOWN],
        "form": form if request.GET else DayForm(initial={"on": day}),
        "others": waiting_for_others(request.actor, found, day),
        "may_propose": request.actor.role is Role.RECORDS_OFFICER and day <= today() and bool(seen.rows),
        "today": day == today(),
    }
    return render(request, "retention/due.html", context)


@require_POST
@allow(RECORDS_OFFICER, relation=ALL)
def make(request: ActorRequest, series: str) -> HttpResponse:
    """Propose what the page listed."""
    found = find_series(series)
    form = DayForm(request.POST)
    day = (form.cleaned_data["on"] if form.is_valid() else None) or today()
    try:
        made = propose(actor=request.actor, series=found, day=day, seen=request.POST.get("seen", ""))
    except Impossible as problem:
        messages.error(request, str(problem))
        return redirect("retention:due", series=series)
    messages.success(request, f"Proposed as {made.number}, with your signature. A second person signs next.")
    return redirect("retention:proposal", proposal_id=made.pk)


@require_safe
@allow(OFFICE, relation=ALL)
def proposal(request: ActorRequest, proposal_id: UUID) -> HttpResponse:
    """A proposal, how far it is, and what is next."""
    found = find_proposal(request.actor, proposal_id)
    context = proposal_page(request.actor, found)
    return render(request, "retention/proposal.html", {**context, "form": ToldForm()})


@require_POST
@allow(RECORDS_OFFICER, relation=ALL)
def told(request: ActorRequest, proposal_id: UUID) -> HttpResponse:
    """The families have been told."""
    found = find_proposal(request.actor, proposal_id)
    form = ToldForm(request.POST)
    if not form.is_valid():
        return render(request, "retention/proposal.html", {**proposal_page(request.actor, found), "form": form})
    return _try(
        request,
        proposal_id,
        lambda: families_told(actor=request.actor, proposal=found, on=form.cleaned_data["on"]),
        "Written down.",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@allow(OFFICE, relation=ALL)
def second(request: ActorRequest, proposal_id: UUID) -> HttpResponse:
    """The second signature, on a page of its own that says what will happen."""
    found = find_proposal(request.actor, proposal_id)
    if request.method != "POST":
        return render(request, "retention/sign.html", proposal_page(request.actor, found))
    return _try(
        request,
        proposal_id,
        lambda: carry_out(
            sign(actor=request.actor, proposal=found, seen=request.POST.get("seen", "")),
            actor=request.actor,
            most=AT_ONCE,
        ),
        "Signed. What is below says how far the destruction is.",
    )


@require_POST
@allow(OFFICE, relation=ALL)
def take_back(request: ActorRequest, proposal_id: UUID) -> HttpResponse:
    """Withdraw a proposal."""
    found = find_proposal(request.actor, proposal_id)
    return _try(request, proposal_id, lambda: withdraw(actor=request.actor, proposal=found), "Withdrawn.")


@require_POST
@allow(OFFICE, relation=ALL)
def go_on(request: ActorRequest, proposal_id: UUID) -> HttpResponse:
    """Go on with a destruction that was cut off, or that the worker has not finished."""
    found = find_proposal(request.actor, proposal_id)
    return _try(
        request,
        proposal_id,
        lambda: carry_out(found, actor=request.actor, most=AT_ONCE),
        "What is below says how far the destruction is.",
    )


@require_safe
@allow(OFFICE, relation=ALL)
def certificate(request: ActorRequest, proposal_id: UUID) -> HttpResponse:
    """The certificate of destruction, to print."""
    found = find_certificate(request.actor, proposal_id)
    series = all_schedules().get(found.proposal.series)
    return render(request, "retention/certificate.html", {**certificate_page(found), "series": series})


def _try(request: ActorRequest, proposal_id: UUID, run: Callable[[], object], done: str) -> HttpResponse:
    try:
        run()
    except Impossible as problem:
        messages.error(request, str(problem))
    except NotAllowed:
        messages.error(request, "You proposed this: a second person must sign.")
    else:
        messages.success(request, done)
    return redirect("retention:proposal", proposal_id=proposal_id)
