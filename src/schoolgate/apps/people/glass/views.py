"""Pages about emergency openings: the list, and one of them, for whoever opened it or looks at it."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from schoolgate.apps.access.actors import OFFICE, SCHOOL
from schoolgate.apps.access.moment import now, today
from schoolgate.apps.access.routes import ActorRequest, allow
from schoolgate.apps.ledger.acts import Impossible, NotAllowed
from schoolgate.apps.ledger.readings import log_reading
from schoolgate.apps.schools.selectors import calendar

from .forms import HoldForm, VerdictForm
from .models import BrokenGlass, Verdict
from .selectors import find_glass, glasses_of, is_overdue, readings_by, review_due, words_of
from .services import REVIEWERS, end_glass, hold_glass_notice, review_glass

OPENINGS = "one's own emergency openings; a principal's school's; the office all"
PAGE = 50


@require_safe
@allow(SCHOOL | OFFICE, relation=OPENINGS)
def glasses(request: ActorRequest) -> HttpResponse:
    """Which records were opened in an emergency: those that wait for a review first."""
    rows = glasses_of(request.actor)
    days = calendar()
    waiting = [
        (one, review_due(one, days), is_overdue(one, days))
        for one in rows.unreviewed()
        if one.user_id != request.actor.person
    ]
    context = {
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "waiting": waiting,
        "overdue": sum(late for _, _, late in waiting),
    }
    return render(request, "glass/list.html", context)


@require_safe
@allow(SCHOOL | OFFICE, relation=OPENINGS)
def glass(request: ActorRequest, glass_id: UUID) -> HttpResponse:
    """One emergency opening: why, what was read, what was found."""
    return _page(request, find_glass(request.actor, glass_id))


@require_POST
@allow(REVIEWERS, relation=OPENINGS)
def review(request: ActorRequest, glass_id: UUID) -> HttpResponse:
    """Say what one thinks of somebody else's."""
    found = find_glass(request.actor, glass_id)
    form = VerdictForm(request.POST)
    if not form.is_valid():
        return _page(request, found, verdict=form)
    data = form.cleaned_data
    return _do(
        request,
        found,
        lambda: review_glass(actor=request.actor, glass=found, verdict=Verdict(data["verdict"]), words=data["words"]),
        "Your review is written down. The family is told now, unless you keep it from them for some days.",
    )


@require_POST
@allow(OFFICE, relation=OPENINGS)
def hold(request: ActorRequest, glass_id: UUID) -> HttpResponse:
    """Keep the family from being told for some days."""
    found = find_glass(request.actor, glass_id)
    form = HoldForm(request.POST)
    if not form.is_valid():
        return _page(request, found, hold=form)
    data = form.cleaned_data
    return _do(
        request,
        found,
        lambda: hold_glass_notice(actor=request.actor, glass=found, until=data["until"], reason=data["why_held"]),
        "Written down. On the day after that the family is told.",
    )


@require_POST
@allow(OFFICE, relation=OPENINGS)
def end(request: ActorRequest, glass_id: UUID) -> HttpResponse:
    """End somebody else's at once."""
    found = find_glass(request.actor, glass_id)
    return _do(request, found, lambda: end_glass(actor=request.actor, glass=found), "It has ended.")


def _do(request: ActorRequest, found: BrokenGlass, run: Callable[[], object], done: str) -> HttpResponse:
    try:
        run()
    except Impossible as problem:
        messages.error(request, str(problem))
    except NotAllowed:
        messages.error(request, "You opened this yourself: another person looks at it.")
    else:
        messages.success(request, done)
    return redirect("people:glass", glass_id=found.pk)


def _page(
    request: ActorRequest, found: BrokenGlass, *, verdict: VerdictForm | None = None, hold: HoldForm | None = None
) -> HttpResponse:
    """The page; that its words about a child are read is written down first."""
    actor = request.actor
    log_reading(actor=actor, subject=f"glass:{found.pk}", part="why it was opened")
    others = found.user_id != actor.person
    may_review = others and actor.role in REVIEWERS and found.reviewed_at is None
    context = {
        "glass": found,
        "words": words_of(found),
        "readings": list(readings_by(found)),
        "due": review_due(found),
        "overdue": is_overdue(found),
        "lasts": found.closed_at is None,
        "held": found.held_until is not None and found.held_until >= today(),
        "verdict": (verdict or VerdictForm()) if may_review and found.closed_at else None,
        "hold": (hold or HoldForm(initial={"until": today()})) if others and actor.in_office else None,
        "may_end": others and actor.in_office and found.closed_at is None,
        "why": {
            "rule": "34 CFR 99.32(a)(5), 99.36: the threat is written down, and looked at",
            "role": actor.role_name,
            "relation": "You review what others open in an emergency" if others else "You opened it",
            "read_at": now(),
        },
    }
    return render(request, "glass/one.html", context)
