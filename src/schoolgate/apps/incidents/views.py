"""Pages about reports: the list, the search, one report and its earlier versions."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from schoolgate.apps.access.actors import OFFICE, SCHOOL, Actor, Role
from schoolgate.apps.access.moment import now as reading_moment
from schoolgate.apps.access.moment import today
from schoolgate.apps.access.routes import ActorRequest, allow
from schoolgate.apps.ledger.readings import log_reading
from schoolgate.apps.people.selectors import school_of, students_to_choose
from schoolgate.apps.schools.selectors import schools_of
from schoolgate.web.paging import counted

from .document import staff_view
from .forms import OpenForm, SearchForm, StepForm
from .holders import Holder, holders_of
from .models import CourtOrder, OrderKind, Report
from .order_services import words_of
from .rows import table_of
from .searching import Wanted, search
from .selectors import (
    DUE_NOW,
    PAGE,
    REPORTS,
    WAITING,
    OpenReport,
    find_report,
    open_report,
    signed_versions,
    steps_of_report,
)
from .vocabulary import steps_of

RELATION = "reports one filed or responded in, or of one's school; the office sees all but memos kept apart"


@require_safe
@allow(SCHOOL | OFFICE, relation=RELATION)
def reports(request: ActorRequest) -> HttpResponse:
    """The reports one may see, newest first, without names. Four queries a page, whatever a district holds."""
    actor = request.actor
    page = REPORTS.page(request.GET, actor=actor)
    context = {
        "page": page,
        "table": table_of(page.rows),
        "count": REPORTS.count(page, actor=actor),
        "waiting": counted(WAITING.count(actor=actor)) if actor.role is Role.PRINCIPAL else None,
        "due": counted(DUE_NOW.count(actor=actor)) if actor.role is not Role.STAFF else None,
    }
    return render(request, "incidents/reports.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(SCHOOL | OFFICE, relation=RELATION)
def find(request: ActorRequest) -> HttpResponse:
    """Look for reports. What is looked for stands in no address, and looking for a student is written down."""
    actor = request.actor
    students: list[tuple[str, str]] = []
    if actor.role is Role.PRINCIPAL:
        school = school_of(actor)
        log_reading(actor=actor, subject=f"directory:{school.pk}", part="names")
        students = [(str(one.pk), name.full) for one, name in students_to_choose(school)]
    form = SearchForm(
        request.POST if request.method == "POST" else None,
        schools=[(str(one.pk), one.name) for one in schools_of(actor)],
        students=students,
    )
    found: list[Any] | None = None
    if request.method == "POST" and form.is_valid():
        wanted = _wanted(form.cleaned_data)
        if wanted.about_a_student:
            log_reading(actor=actor, subject="search:student", part="reports")
        found = list(search(actor, wanted).in_a_list()[: PAGE + 1])
    more = found is not None and len(found) > PAGE
    found = found and found[:PAGE]
    table = table_of(found) if found else ""
    context = {"form": form, "found": found, "table": table, "more": more, "asked": found is not None}
    return render(request, "incidents/find.html", context)


def _wanted(data: dict[str, Any]) -> Wanted:
    data = dict(data)
    for name in ("student", "school"):
        data[name] = UUID(data[name]) if data.get(name) else None
    return Wanted(**data)


@require_safe
@allow(SCHOOL | OFFICE, relation=RELATION)
def report(request: ActorRequest, report_id: UUID) -> HttpResponse:
    """One report, whole, for those who work with it. The reading is written down first."""
    found = find_report(request.actor, report_id, even_sealed=True)
    if found.sealed_at is not None:
        return sealed_page(request, found)
    opened = open_report(actor=request.actor, report=found, part="whole")
    return report_page(request, opened)


@require_safe
@allow(SCHOOL | OFFICE, relation=RELATION)
def version(request: ActorRequest, report_id: UUID, number: int) -> HttpResponse:
    """An earlier version, as it was signed."""
    found = find_report(request.actor, report_id)
    opened = open_report(actor=request.actor, report=found, part=f"version {number}", number=number)
    return report_page(request, opened)


def report_page(request: ActorRequest, opened: OpenReport) -> HttpResponse:
    """A report as its workers see it, in one version, with all of its versions listed."""
    found, actor = opened.report, request.actor
    versions = signed_versions(found)
    newest = versions[0].number == opened.version.number
    rules = {rule.code: rule for rule in steps_of(found.kind)}
    return render(
        request,
        "incidents/report.html",
        {
            "report": found,
            "opened": opened,
            "view": staff_view(opened),
            "versions": versions,
            "newest": newest,
            "steps_due": [(rules[one.code], one) for one in steps_of_report(found) if one.code in rules],
            "step_form": StepForm(),
            "today": today(),
            "may_correct": newest and may_correct(actor, found),
            "may_sign_off": newest and found.waits_for_principal and actor.role is Role.PRINCIPAL,
            "why": why_seen(actor, found),
        },
    )


def sealed_page(request: ActorRequest, found: Report, status: int = 200, form: OpenForm | None = None) -> HttpResponse:
    """That something is sealed, and nothing of what it is; for the office the orders, too."""
    orders: list[tuple[CourtOrder, dict[str, str]]] = []
    copies: list[Holder] = []
    if request.actor.in_office:
        copies = holders_of(found)
        orders = [(one, words_of(one)) for one in found.orders.select_related("entered_by", "carried_out_by")]
    counsel = request.actor.role is Role.COUNSEL
    return render(
        request,
        "incidents/sealed.html",
        {
            "report": found,
            "orders": orders,
            "copies": copies,
            "waiting": [
                one
                for one, _ in orders
                if counsel and one.carried_out_at is None and one.entered_by_id != request.actor.user_id
            ],
            "expunge": OrderKind.EXPUNGE.value,
            "form": (form or OpenForm()) if counsel else None,
        },
        status=status,
    )


def may_correct(actor: Actor, found: Report) -> bool:
    """Whether the page offers a correction: its author, and the principal."""
    return found.sealed_at is None and (actor.role is Role.PRINCIPAL or found.filed_by_id == actor.user_id)


def why_seen(actor: Actor, found: Report) -> dict[str, object]:
    """Why this reader may see this report."""
    relation = "Your work at this school, or in the records office"
    if found.apart:
        relation = "You wrote it, or you are the principal or counsel: nobody else knows of it (M.G.L. c.119 s.51A)"
    return {
        "rule": "34 CFR 99.31(a)(1)(i)(A): school officials with a legitimate educational interest",
        "role": actor.role_name,
        "relation": relation,
        "read_at": reading_moment(),
    }
