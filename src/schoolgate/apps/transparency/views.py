"""Public pages: figures and their files, the log and its files; and the auditor's list of acts."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from schoolgate.apps.access.actors import EVERYONE, Role
from schoolgate.apps.access.routes import ActorRequest, allow, for_programs
from schoolgate.apps.ledger.keys import keys
from schoolgate.apps.ledger.selectors import ACTS, latest_checkpoint
from schoolgate.apps.schools.selectors import district

from .rows import table_of
from .rules import counting_rules
from .selectors import figures_file, full_years, public_periods, rules_file, statement_file

HOME = {
    Role.STAFF: "incidents:reports",
    Role.PRINCIPAL: "incidents:reports",
    Role.RECORDS_OFFICER: "requests:desk",
    Role.COUNSEL: "requests:desk",
    Role.AGENCY_USER: "requests:mine",
    Role.GUARDIAN: "families:account",
    Role.STUDENT: "families:account",
    Role.AUDITOR: "transparency:acts",
    Role.ADMINISTRATOR: "people:power",
    Role.IDLE_ADMINISTRATOR: "people:power",
}


@require_safe
@allow(EVERYONE, relation="leads each role to its first page")
def home(request: ActorRequest) -> HttpResponse:
    """Where each role begins; visitors begin with the public figures."""
    return redirect(HOME.get(request.actor.role, "transparency:figures"))


@require_safe
@allow(EVERYONE, relation="published figures")
def figures(request: ActorRequest) -> HttpResponse:
    """The figures of settled quarters as they were published, who checked them, and how anybody can."""
    periods = public_periods()
    context = {
        "district": district(),
        "periods": periods,
        "years": full_years(periods),
        "newest": periods[0] if periods else None,
        "checked": next((one.audited[0] for one in periods if one.audited), None),
        "checkpoint": latest_checkpoint(),
        "settled_after": counting_rules().settled_after,
        "threshold": counting_rules().threshold,
        "rows": list(counting_rules().rows.values()),
    }
    return render(request, "transparency/figures.html", context)


@require_safe
@allow(EVERYONE, relation="published figures")
@for_programs
def figures_json(request: ActorRequest, period: str) -> HttpResponse:  # noqa: ARG001 - a view takes its request
    """The figures of one quarter, byte for byte as they were published."""
    return _frozen(figures_file(period), f"figures-{period}.json", "application/json")


@require_safe
@allow(EVERYONE, relation="published figures")
@for_programs
def rules_toml(request: ActorRequest, digest: str) -> HttpResponse:  # noqa: ARG001 - a view takes its request
    """The rules by which figures were counted."""
    return _frozen(rules_file(digest), "counting.toml", "application/toml")


@require_safe
@allow(EVERYONE, relation="published figures")
@for_programs
def statement_text(request: ActorRequest, digest: str) -> HttpResponse:  # noqa: ARG001 - a view takes its request
    """An auditor's signed statement, byte for byte."""
    return _frozen(statement_file(digest), f"audit-statement-{digest[:8]}.txt", "text/plain; charset=utf-8")


def _frozen(data: bytes | None, name: str, content_type: str) -> HttpResponse:
    """A file that never changes, to be kept."""
    if data is None:
        raise Http404
    response = HttpResponse(data, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@require_safe
@allow({Role.AUDITOR}, relation="every ledger entry, without names or narratives")
def acts(request: ActorRequest) -> HttpResponse:
    """Every act, for the auditor. Three queries a page, however many there are."""
    page = ACTS.page(request.GET)
    context = {
        "page": page,
        "table": table_of(page.rows),
        "count": ACTS.count(),
        "checkpoint": latest_checkpoint(),
    }
    return render(request, "transparency/acts.html", context)


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
@for_programs
def key(request: ActorRequest) -> HttpResponse:  # noqa: ARG001 - a view takes its request
    """The log's public key."""
    return HttpResponse(keys().verifying_key + "\n", content_type="text/plain; charset=utf-8")
