"""Public pages: figures, the log and its files; and the auditor's list of acts."""

from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from schoolgate.apps.access.actors import EVERYONE, Role
from schoolgate.apps.access.routes import ActorRequest, allow
from schoolgate.apps.ledger.keys import keys
from schoolgate.apps.ledger.publishing import public_file
from schoolgate.apps.ledger.selectors import acts as every_act
from schoolgate.apps.ledger.selectors import latest_checkpoint
from schoolgate.apps.schools.selectors import district

from .selectors import public_periods

HOME = {
    Role.STAFF: "incidents:reports",
    Role.PRINCIPAL: "incidents:reports",
    Role.RECORDS_OFFICER: "requests:desk",
    Role.COUNSEL: "requests:desk",
    Role.AGENCY_USER: "requests:mine",
    Role.GUARDIAN: "families:account",
    Role.AUDITOR: "transparency:acts",
}
PAGE = 100


@require_safe
@allow(EVERYONE, relation="leads each role to its first page")
def home(request: ActorRequest) -> HttpResponse:
    """Where each role begins; visitors begin with the public figures."""
    return redirect(HOME.get(request.actor.role, "transparency:figures"))


@require_safe
@allow(EVERYONE, relation="published figures")
def figures(request: ActorRequest) -> HttpResponse:
    """The public figures of closed periods, and the log's latest checkpoint."""
    periods = public_periods()
    context = {
        "district": district(),
        "periods": periods,
        "newest": periods[0],
        "checkpoint": latest_checkpoint(),
    }
    return render(request, "transparency/figures.html", context)


@require_safe
@allow({Role.AUDITOR}, relation="every ledger entry, without names or narratives")
def acts(request: ActorRequest) -> HttpResponse:
    """Every act, for the auditor. Two queries a page."""
    rows = every_act()
    return render(request, "transparency/acts.html", {"page": Paginator(rows, PAGE).get_page(request.GET.get("page"))})


@require_safe
@allow(EVERYONE, relation="the public log")
def log(request: ActorRequest) -> HttpResponse:
    """What the log is and how to check it."""
    return render(
        request,
        "transparency/log.html",
        {"checkpoint": latest_checkpoint(), "verifying_key": keys().verifying_key},
    )


@require_safe
@allow(EVERYONE, relation="the public log")
def key(request: ActorRequest) -> HttpResponse:  # noqa: ARG001 - a view takes its request
    """The log's public key."""
    return HttpResponse(keys().verifying_key + "\n", content_type="text/plain; charset=utf-8")


@require_safe
@allow(EVERYONE, relation="the public log")
def log_file(request: ActorRequest, name: str) -> FileResponse:  # noqa: ARG001 - a view takes its request
    """One file of the published log. No time of a file is told: it could betray when something happened."""
    found = public_file(name)
    if found is None:
        raise Http404
    text = name == "checkpoint"
    response = FileResponse(
        found.open("rb"), content_type="text/plain; charset=utf-8" if text else "application/octet-stream"
    )
    response["Cache-Control"] = "public, max-age=5" if text else "public, max-age=31536000, immutable"
    return response
