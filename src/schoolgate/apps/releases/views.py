"""Pages about copies that left."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from schoolgate.apps.access.actors import OFFICE, Role
from schoolgate.apps.access.moment import now
from schoolgate.apps.access.routes import ActorRequest, allow
from schoolgate.apps.ledger.acts import Impossible
from schoolgate.apps.ledger.receipts import receipt_response, standing
from schoolgate.apps.requests.models import Confirmation, Request, State
from schoolgate.apps.requests.selectors import find_request, newest_decision

from .answers import pdf_response
from .forms import DifferenceForm, HandleForm
from .page import alert_page, delivery_section, reach_page
from .preparing import Stopped, answer_difference, earlier_releases, prepare_copy
from .selectors import find_alert, find_release, open_copy
from .services import acknowledge, handle_alert, release_copy

# A family reads its own child's part of a copy on a page of its own: the copy itself may name other children.
CONCERNED = OFFICE | {Role.AGENCY_USER}
RELATION = "copies that one's agency got; the office sees all"


@require_POST
@allow(OFFICE, relation="every request")
def make(request: ActorRequest, request_id: UUID) -> HttpResponse:
    """Make the copy, let the gate read it, and let it leave."""
    asked, confirmation = _confirmed(request, request_id)
    try:
        prepared = prepare_copy(confirmation)
        if prepared.gate.warnings and "seen" not in request.POST:
            said = list(dict.fromkeys(one.what for one in prepared.gate.warnings))
            return render(request, "releases/before.html", {"asked": asked, "warnings": said})
        made = release_copy(actor=request.actor, prepared=prepared)
    except Stopped as problem:
        messages.error(request, str(problem))
        return redirect("releases:differs" if problem.may_be_answered else "requests:one", request_id=request_id)
    except Impossible as problem:
        messages.error(request, str(problem))
        return redirect("requests:one", request_id=request_id)
    messages.success(request, f"Copy {made.number} has left.")
    return redirect("releases:release", release_id=made.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(OFFICE, relation="every request")
def differs(request: ActorRequest, request_id: UUID) -> HttpResponse:
    """The recipient has an earlier copy that shows what the new one withholds: counsel may answer for it."""
    asked, confirmation = _confirmed(request, request_id)
    counsel = request.actor.role is Role.COUNSEL
    form = DifferenceForm(request.POST or None)
    if request.method == "POST" and counsel and form.is_valid():
        try:
            answer_difference(actor=request.actor, confirmation=confirmation, reason=form.cleaned_data["reason"])
        except Impossible as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, "Written down. The copy can be released now; the gate reads it again.")
            return redirect("requests:one", request_id=request_id)
    before = [one for one in earlier_releases(confirmation) if one.agency_id == asked.agency_id]
    context = {"asked": asked, "earlier": before, "form": form, "counsel": counsel}
    return render(request, "releases/differs.html", context)


def _confirmed(request: ActorRequest, request_id: UUID) -> tuple[Request, Confirmation]:
    """A request whose newest decision is confirmed; any other has nothing here."""
    asked = find_request(request.actor, request_id)
    confirmation: Confirmation | None = getattr(newest_decision(asked), "confirmation", None)
    if confirmation is None or asked.state != State.CONFIRMED:
        raise Http404
    return asked, confirmation


@require_safe
@allow(CONCERNED, relation=RELATION)
def release(request: ActorRequest, release_id: UUID) -> HttpResponse:
    """One copy: what left, to whom, and, for the office, who could reach it then and now."""
    found, office = find_release(request.actor, release_id), request.actor.in_office
    return render(
        request,
        "releases/release.html",
        {
            "release": found,
            "acknowledgement": getattr(found, "acknowledgement", None),
            "is_agency": request.actor.role is Role.AGENCY_USER,
            "may_be_fetched": found.may_be_fetched(now()),
            "standing": standing(f"request:{found.request_id}"),
            "delivery": delivery_section(found) if office else None,
            "reach": reach_page(found, request.actor) if office else None,
        },
    )


@require_safe
@allow(CONCERNED, relation=RELATION)
def copy(request: ActorRequest, release_id: UUID) -> HttpResponse:
    """The exact bytes that left."""
    found = find_release(request.actor, release_id)
    return pdf_response(open_copy(actor=request.actor, release=found), found.number)


@require_safe
@allow(CONCERNED, relation=RELATION)
def receipt(request: ActorRequest, release_id: UUID) -> HttpResponse:
    """The receipt file: that this copy left, with its fingerprint, stands in the log; until it does, the promise."""
    found = find_release(request.actor, release_id)
    return receipt_response(f"request:{found.request_id}", found.number)


@require_safe
@allow(CONCERNED, relation="requests of one's own agency; the office sees all")
def request_receipt(request: ActorRequest, request_id: UUID) -> HttpResponse:
    """The receipt file for what became of a request, for who asked: a refusal has one too."""
    asked = find_request(request.actor, request_id)
    return receipt_response(f"request:{asked.pk}", asked.number)


@require_POST
@allow({Role.AGENCY_USER}, relation="copies that one's agency got")
def received(request: ActorRequest, release_id: UUID) -> HttpResponse:
    """The agency says that the copy arrived."""
    found = find_release(request.actor, release_id)
    try:
        acknowledge(actor=request.actor, release=found)
    except Impossible as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, "Thank you. The family can see that the copy arrived.")
    return redirect("releases:release", release_id=release_id)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(OFFICE, relation="every copy")
def alert(request: ActorRequest, alert_id: UUID) -> HttpResponse:
    """A way to somebody watched that opened to copies that have left, and what was done about it."""
    found = find_alert(request.actor, alert_id)
    form = HandleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            handle_alert(actor=request.actor, alert=found, note=form.cleaned_data["note"])
        except Impossible as problem:
            messages.error(request, str(problem))
        else:
            messages.success(request, "Written down. It stands with each copy that it is about.")
            return redirect("releases:alert", alert_id=alert_id)
    return render(request, "releases/alert.html", {"page": alert_page(found, request.actor), "form": form})
