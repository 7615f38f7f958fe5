"""Pages about copies that left."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from schoolgate.apps.access.actors import OFFICE, Role
from schoolgate.apps.access.routes import ActorRequest, allow
from schoolgate.apps.ledger.acts import Impossible
from schoolgate.apps.requests.models import State
from schoolgate.apps.requests.selectors import find_request, newest_decision

from .forms import HandleForm
from .page import alert_page, reach_page
from .selectors import find_alert, find_release, open_copy
from .services import acknowledge, handle_alert, prepare_copy, release_copy

# A family reads its own child's part of a copy on a page of its own: the copy itself may name other children.
CONCERNED = OFFICE | {Role.AGENCY_USER}
RELATION = "copies that one's agency got; the office sees all"


@require_POST
@allow(OFFICE, relation="every request")
def make(request: ActorRequest, request_id: UUID) -> HttpResponse:
    """Make the copy, let the gate read it, and let it leave."""
    asked = find_request(request.actor, request_id)
    decision = newest_decision(asked)
    confirmation = getattr(decision, "confirmation", None)
    if confirmation is None or asked.state != State.CONFIRMED:
        raise Http404
    try:
        made = release_copy(actor=request.actor, prepared=prepare_copy(confirmation))
    except Impossible as problem:
        messages.error(request, str(problem))
        return redirect("requests:one", request_id=request_id)
    messages.success(request, f"Copy {made.number} has left.")
    return redirect("releases:release", release_id=made.pk)


@require_safe
@allow(CONCERNED, relation=RELATION)
def release(request: ActorRequest, release_id: UUID) -> HttpResponse:
    """One copy: what left, to whom, and, for the office, who could reach it then and now."""
    found = find_release(request.actor, release_id)
    return render(
        request,
        "releases/release.html",
        {
            "release": found,
            "acknowledgement": getattr(found, "acknowledgement", None),
            "is_agency": request.actor.role is Role.AGENCY_USER,
            "reach": reach_page(found, request.actor) if request.actor.in_office else None,
        },
    )


@require_safe
@allow(CONCERNED, relation=RELATION)
def copy(request: ActorRequest, release_id: UUID) -> HttpResponse:
    """The exact bytes that left."""
    found = find_release(request.actor, release_id)
    pdf = open_copy(actor=request.actor, release=found)
    # The name of the file says nothing of anybody; the sandbox keeps a PDF reader in the page from doing more.
    return HttpResponse(
        pdf,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="{found.number}.pdf"',
            "Content-Security-Policy": "sandbox; default-src 'none'",
        },
    )


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
