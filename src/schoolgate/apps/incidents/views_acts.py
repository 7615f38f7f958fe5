"""Pages by which something is done to a signed report: corrected, signed off, sealed, opened, looked at again."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from schoolgate.apps.access.actors import OFFICE, SCHOOL, Role
from schoolgate.apps.access.moment import today
from schoolgate.apps.access.routes import ActorRequest, allow
from schoolgate.apps.ledger.acts import Impossible, NotAllowed
from schoolgate.apps.ledger.readings import log_reading

from .allegation_services import REVIEWERS, expire_allegations, expired_reviews, review_allegation
from .document import staff_view
from .forms import OpenForm, OrderForm, ReviewForm, StepForm
from .holders import lines_of
from .models import CourtOrder, OrderKind
from .order_services import COUNSEL, carry_out_order, enter_order, open_sealed
from .selectors import find_report, open_report, reports_of, reviews_due
from .services import begin_correction, mark_step_done, sign_off
from .views import RELATION, report_page, sealed_page
from .vocabulary import steps_of

FORM_METHODS = require_http_methods(["GET", "HEAD", "POST"])
# How far ahead the list of allegations looks.
AHEAD = timedelta(days=14)


@require_POST
@allow(SCHOOL, relation="reports one wrote; a principal those of the school")
def correct(request: ActorRequest, report_id: UUID) -> HttpResponse:
    """Begin a correction, as a draft of one's own."""
    found = find_report(request.actor, report_id)
    try:
        draft = begin_correction(actor=request.actor, report=found)
    except NotAllowed:
        raise Http404 from None
    return redirect("incidents:when", draft_id=draft.pk)


@require_POST
@allow({Role.PRINCIPAL}, relation="reports of one's school")
def sign(request: ActorRequest, report_id: UUID) -> HttpResponse:
    """The principal's word on a report."""
    found = find_report(request.actor, report_id)
    try:
        sign_off(actor=request.actor, report=found)
    except Impossible as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, f"You signed report {found.number} off.")
    return redirect("incidents:report", report_id=found.pk)


@require_POST
@allow(SCHOOL | OFFICE, relation=RELATION)
def step_done(request: ActorRequest, report_id: UUID, code: str) -> HttpResponse:
    """Something that must follow a report is done."""
    found = find_report(request.actor, report_id)
    form = StepForm(request.POST)
    if code not in {rule.code for rule in steps_of(found.kind)}:
        raise Http404
    if not form.is_valid():
        messages.error(request, "Write the moment like 2026-11-20 14:05, or leave it empty.")
        return redirect("incidents:report", report_id=found.pk)
    try:
        mark_step_done(actor=request.actor, report=found, code=code, at=form.cleaned_data["at"])
    except Impossible as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, "Written down as done.")
    return redirect("incidents:report", report_id=found.pk)


@FORM_METHODS
@allow(OFFICE, relation="every report; memos kept apart only for counsel")
def order(request: ActorRequest, report_id: UUID) -> HttpResponse:
    """Enter an order about a report: it is shut from that moment on."""
    found = find_report(request.actor, report_id, even_sealed=True)
    form = OrderForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data: dict[str, Any] = form.cleaned_data
        try:
            enter_order(
                actor=request.actor,
                report=found,
                kind=OrderKind(data["kind"]),
                dated_on=data["dated_on"],
                court=data["court"],
                docket=data["docket"],
            )
        except Impossible as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, f"The order is entered. Report {found.number} is shut.")
            return redirect("incidents:report", report_id=found.pk)
    return render(request, "incidents/order.html", {"report": found, "form": form})


@require_POST
@allow(COUNSEL, relation="orders that somebody else entered")
def carry_out(request: ActorRequest, report_id: UUID, order_id: UUID) -> HttpResponse:
    """Counsel carries an order out."""
    found = find_report(request.actor, report_id, even_sealed=True)
    held = CourtOrder.objects.filter(report=found, pk=order_id).first()
    if held is None:
        raise Http404
    try:
        done = carry_out_order(actor=request.actor, order=held)
    except (Impossible, NotAllowed) as problem:
        messages.error(request, f"Nothing was done: {problem}")
        return redirect("incidents:report", report_id=found.pk)
    if done.kind == OrderKind.EXPUNGE:
        messages.success(request, f"Report {found.number} is expunged. Nothing of it can be opened again.")
        if lines_of(done):
            return redirect("incidents:holders", order_id=done.pk)
        return redirect("incidents:reports")
    messages.success(request, f"Report {found.number} is open again.")
    return redirect("incidents:report", report_id=found.pk)


@require_POST
@allow(COUNSEL, relation="reports that an order keeps shut")
def open_once(request: ActorRequest, report_id: UUID) -> HttpResponse:
    """Counsel opens a sealed report once, with a reason. The page can't be asked for again without another."""
    found = find_report(request.actor, report_id, even_sealed=True)
    form = OpenForm(request.POST)
    if not form.is_valid():
        return sealed_page(request, found, form=form)
    try:
        opened = open_sealed(actor=request.actor, report=found, reason=form.cleaned_data["reason"])
    except Impossible as problem:
        messages.error(request, str(problem))
        return redirect("incidents:report", report_id=found.pk)
    log_reading(actor=request.actor, subject=f"report:{found.pk}", part="whole, though sealed")
    return report_page(request, opened)


@require_safe
@allow(REVIEWERS, relation="allegations in reports one may see")
def reviews(request: ActorRequest) -> HttpResponse:
    """The allegations that somebody must look at again, the longest due first; no words, no names."""
    due = list(reviews_due(request.actor, until=today() + AHEAD)[:200])
    late = sum(one.review_on < today() for one in due)
    gone = expired_reviews().filter(report__in=reports_of(request.actor)).count()
    return render(request, "incidents/reviews.html", {"due": due, "late": late, "today": today(), "gone": gone})


@FORM_METHODS
@allow(REVIEWERS, relation="allegations in reports one may see")
def review(request: ActorRequest, review_id: UUID) -> HttpResponse:
    """One allegation: what it says, who says so, and what became of it."""
    held = reviews_due(request.actor, until=None).filter(pk=review_id).first()
    if held is None:
        raise Http404
    form = ReviewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            review_allegation(actor=request.actor, review=held, **form.cleaned_data)
        except Impossible as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, "Written down, as a new version of the report.")
            return redirect("incidents:reviews")
    opened = open_report(actor=request.actor, report=held.report, part="an allegation")
    shown = dict(zip((one.id for one in opened.body.claims), staff_view(opened).allegations, strict=True))
    if held.claim not in shown:
        raise Http404
    return render(request, "incidents/review.html", {"review": held, "form": form, "claim": shown[held.claim]})


@require_POST
@allow(REVIEWERS, relation="reports one may see")
def expire(request: ActorRequest) -> HttpResponse:
    """Take out what nobody confirmed in time, wherever one may see it."""
    found = reports_of(request.actor).filter(pk__in=expired_reviews().values("report"))
    done = 0
    for one in found[:100]:
        expire_allegations(actor=request.actor, report=one)
        done += 1
    messages.success(request, f"Taken out of {done} report{'' if done == 1 else 's'}.")
    return redirect("incidents:reviews")
