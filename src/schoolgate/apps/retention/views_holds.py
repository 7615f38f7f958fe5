"""Pages about holds, and about students who left."""

from datetime import date
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from schoolgate.apps.access.actors import OFFICE, Actor, Role
from schoolgate.apps.access.moment import now, today
from schoolgate.apps.access.routes import ActorRequest, allow
from schoolgate.apps.incidents.selectors import reports_of
from schoolgate.apps.ledger.acts import Impossible
from schoolgate.apps.ledger.readings import log_reading
from schoolgate.engines.kept import Kept

from .forms import DepartureForm, HoldForm
from .models import HoldKind
from .rows import covers, table_of
from .selectors import HOLDS, departed, find_hold, find_school, find_student, holds_standing, why_held
from .services import RECORDS_OFFICER, Scope, lift_hold, place_hold, record_departure

ALL = "every hold"
# The form before anybody wrote in it, the same for every reader of a day: to make it takes as long as the page around.
_EMPTY_FORM: Final[Kept[tuple[date, str | None], str]] = Kept(8)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(OFFICE, relation=ALL)
def holds(request: ActorRequest) -> HttpResponse:
    """The holds, and a new one."""
    form = HoldForm(request.POST or None, initial={"starts": today()})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        scope = _scope(request.actor, data["covers"], data["number"].strip())
        if scope is None:
            form.add_error("number", "Nothing has this number. Correct it.")
        else:
            try:
                made = place_hold(
                    actor=request.actor,
                    kind=HoldKind(data["kind"]),
                    scope=scope,
                    why=data["why"],
                    starts=data["starts"],
                    until=data["until"],
                )
            except Impossible as problem:
                form.add_error(None, str(problem))
            else:
                messages.success(request, f"Held, as {made.number}. Nothing that it covers is destroyed.")
                return redirect("retention:holds")
    standing = holds_standing(request.actor, today())
    table = table_of(HOLDS(actor=request.actor))
    empty = (today(), get_language())
    shown = str(form) if form.is_bound else _EMPTY_FORM.get(empty, lambda: str(form))
    context = {"table": table, "standing": standing, "form": shown, "today": today()}
    return render(request, "retention/holds.html", context)


@require_safe
@allow(OFFICE, relation=ALL)
def hold(request: ActorRequest, hold_id: UUID) -> HttpResponse:
    """One hold with its reason; that it was read is written down first, since it may name a child."""
    found = find_hold(request.actor, hold_id)
    log_reading(actor=request.actor, subject=f"hold:{found.pk}", part="reason")
    stands = found.until is None or found.until > today()
    context = {
        "hold": found,
        "covers": covers(found),
        "why_held": why_held(found),
        "stands": stands,
        "may_lift": stands and request.actor.role is Role.COUNSEL,
        "why": {
            "rule": "34 CFR 99.10(e); 603 CMR 23.06",
            "role": request.actor.role_name,
            "relation": "The office keeps the district's records",
            "read_at": now(),
        },
    }
    return render(request, "retention/hold.html", context)


@require_POST
@allow({Role.COUNSEL}, relation=ALL)
def lift(request: ActorRequest, hold_id: UUID) -> HttpResponse:
    """Counsel ends a hold."""
    found = find_hold(request.actor, hold_id)
    try:
        lift_hold(actor=request.actor, hold=found)
    except Impossible as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, f"{found.number} is lifted. What it covered may be destroyed when its time is past.")
    return redirect("retention:holds")


@require_http_methods(["GET", "HEAD", "POST"])
@allow(RECORDS_OFFICER, relation="students, by their number")
def left(request: ActorRequest) -> HttpResponse:
    """Write down that a student left."""
    form = DepartureForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        student = find_student(request.actor, data["number"].strip())
        if student is None:
            form.add_error("number", "No student has this number. Correct it.")
        else:
            try:
                record_departure(actor=request.actor, student=student, left_on=data["left_on"], how=data["how"])
            except Impossible as problem:
                form.add_error("left_on", str(problem))
            else:
                messages.success(request, "Written down. The temporary record's seven years count from that day.")
                return redirect("retention:left")
    return render(request, "retention/left.html", {"form": form, "departed": departed()})


def _scope(actor: Actor, covers: str, number: str) -> Scope | None:
    """What a hold is to cover; None when nothing has the number."""
    if covers == "all":
        return Scope()
    if covers == "report":
        report = reports_of(actor).filter(number=number.upper()).first()
        return Scope(report=report) if report else None
    if covers == "student":
        student = find_student(actor, number)
        return Scope(student=student) if student else None
    school = find_school(actor, number)
    return Scope(school=school) if school else None
