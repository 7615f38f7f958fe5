"""Pages about requests: the agency's ask, the office's desk, the decision page, and the rules themselves."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from schoolgate.apps.access.actors import EVERYONE, OFFICE, Role
from schoolgate.apps.access.moment import now as moment_now
from schoolgate.apps.access.moment import today
from schoolgate.apps.access.routes import ActorRequest, allow
from schoolgate.apps.incidents.selectors import find_report
from schoolgate.apps.ledger.acts import Impossible
from schoolgate.apps.ledger.readings import log_reading
from schoolgate.apps.redactions.selectors import said_finished
from schoolgate.apps.schools.selectors import rulebook
from schoolgate.engines.kept import Kept
from schoolgate.web.dates import day_text

from .about import About, open_about
from .forms import AskForm, ProposeForm
from .models import State
from .page import decision_page, title_of
from .proposals import open_reason
from .purposes import PURPOSES
from .rows import own_table, table_of
from .rules import day_asked, rule_entry, rules_page
from .selectors import (
    DESK,
    MINE,
    find_proposal,
    find_request,
    newest_decision,
    proposals_about,
    reports_to_match,
    students_of_paper,
)
from .services import (
    answer_fact,
    confirm,
    confirm_looser,
    decide_request,
    match_request,
    notify_family,
    prohibited_elements,
    propose_looser,
    receive_request,
    refuse,
)

AGENCY = frozenset({Role.AGENCY_USER})
NOTHING = UUID(int=0)
OFFICE_SEES = "every request"


@require_safe
@allow(OFFICE, relation=OFFICE_SEES)
def desk(request: ActorRequest) -> HttpResponse:
    """The open requests."""
    page = DESK.page(request.GET, actor=request.actor)
    context = {"page": page, "table": table_of(page.rows), "count": DESK.count(page, actor=request.actor)}
    return render(request, "requests/desk.html", context)


@require_safe
@allow(AGENCY, relation="requests of one's own agency")
def mine(request: ActorRequest) -> HttpResponse:
    """An agency's own requests and what became of them."""
    page = MINE.page(request.GET, actor=request.actor)
    context = {"page": page, "table": own_table(page.rows), "count": MINE.count(page, actor=request.actor)}
    return render(request, "requests/mine.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(AGENCY, relation="one's own agency")
def ask(request: ActorRequest) -> HttpResponse:
    """An agency asks for a report, with its instrument."""
    form = AskForm(request.POST or None, purposes=list(PURPOSES.items()))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        made = receive_request(
            actor=request.actor,
            instrument=data["instrument"],
            purpose=data["purpose"],
            about=About(whom=data["whom"], when=data["when"], why=data["why"], paper=data["paper"]),
        )
        messages.success(request, f"Your request {made.number} has arrived. The records office decides.")
        return redirect("requests:mine")
    return render(request, "requests/ask.html", {"form": form})


@require_safe
@allow(OFFICE, relation=OFFICE_SEES)
def one(request: ActorRequest, request_id: UUID) -> HttpResponse:
    """One request: what is asked, and, once matched, the decision page."""
    asked = find_request(request.actor, request_id)
    decision = newest_decision(asked)
    page = decision_page(decision, request.actor) if decision else None
    wanted = request.GET.get("report", "")
    log_reading(actor=request.actor, subject=f"request:{asked.pk}", part="request")
    proposals = proposals_about(decision) if decision else []
    # Before it leaves or is refused, its marks are looked at and its families told.
    still = asked.report if asked.state in {State.MATCHED, State.DECIDED, State.CONFIRMED} else None
    return render(
        request,
        "requests/one.html",
        {
            "asked": asked,
            "about": open_about(asked),
            "purpose": PURPOSES.get(asked.purpose, asked.purpose),
            "decision": decision,
            "page": page,
            "states": State,
            "proposals": [(proposal, open_reason(proposal)) for proposal in proposals],
            "reports": reports_to_match(request.actor, wanted) if asked.state == State.RECEIVED else (),
            "wanted": wanted,
            "students": students_of_paper(asked) if still else (),
            "counsel": request.actor.role is Role.COUNSEL,
            "reviewed": still is not None and said_finished(still),
            "confirmation": getattr(decision, "confirmation", None) if decision else None,
            "release": getattr(asked, "release", None),
            "why": {
                "rule": "34 CFR 99.31(a)(1)(i)(A): school officials with a legitimate educational interest",
                "role": request.actor.role_name,
                "relation": "The records office handles every request",
                "read_at": moment_now(),
            },
        },
    )


@require_POST
@allow(OFFICE, relation=OFFICE_SEES)
def match(request: ActorRequest, request_id: UUID) -> HttpResponse:
    """Say which report and which students are meant, then decide at once."""
    asked = find_request(request.actor, request_id)

    def run() -> None:
        # Each choice is "<report>:<token>", so that a student of another report cannot be named.
        chosen = [value.partition(":") for value in request.POST.getlist("student")]
        reports = {report for report, _, _ in chosen}
        if len(reports) != 1:
            raise Impossible("Choose the students of one report.")
        found = find_report(request.actor, _uuid(reports.pop()))
        match_request(actor=request.actor, request=asked, report=found, named=tuple(token for _, _, token in chosen))
        decide_request(actor=request.actor, request=asked)

    return _try(request, request_id, run)


@require_POST
@allow(OFFICE, relation=OFFICE_SEES)
def answer(request: ActorRequest, request_id: UUID) -> HttpResponse:
    """Answer one open question, then decide again."""
    asked = find_request(request.actor, request_id)
    fact = request.POST.get("fact", "")

    def run() -> None:
        answer_fact(actor=request.actor, request=asked, fact=fact, value=_value(request, fact))
        decide_request(actor=request.actor, request=asked)

    return _try(request, request_id, run)


@require_POST
@allow(OFFICE, relation=OFFICE_SEES)
def decide(request: ActorRequest, request_id: UUID) -> HttpResponse:
    """Decide again, by today's law."""
    asked = find_request(request.actor, request_id)
    return _try(request, request_id, lambda: decide_request(actor=request.actor, request=asked))


@require_POST
@allow(OFFICE, relation=OFFICE_SEES)
def confirm_decision(request: ActorRequest, request_id: UUID) -> HttpResponse:
    """Confirm, confirm stricter, or refuse."""
    asked = find_request(request.actor, request_id)
    decision = newest_decision(asked)
    if decision is None:
        raise Http404

    def run() -> None:
        if request.POST.get("do") == "refuse":
            refuse(actor=request.actor, decision=decision)
            messages.success(request, "The request is refused. Nothing left.")
        else:
            more = frozenset(request.POST.getlist("withhold"))
            confirm(actor=request.actor, decision=decision, withhold_more=more)
            messages.success(request, "Confirmed. The copy can be made.")

    return _try(request, request_id, run)


@require_http_methods(["GET", "HEAD", "POST"])
@allow({Role.COUNSEL}, relation=OFFICE_SEES)
def propose(request: ActorRequest, request_id: UUID) -> HttpResponse:
    """Counsel proposes to permit more, with a reason. A page of its own."""
    asked = find_request(request.actor, request_id)
    decision = newest_decision(asked)
    if decision is None:
        raise Http404
    book = rulebook()
    barred = prohibited_elements(decision)
    choices = [
        (element["element"], title_of(book, element["element"]))
        for element in decision.document["elements"]
        if element["outcome"] == "deny" and element["element"] not in barred
    ]
    form = ProposeForm(request.POST or None, elements=choices)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        return _try(
            request,
            request_id,
            lambda: propose_looser(
                actor=request.actor,
                decision=decision,
                elements=frozenset(data["elements"]),
                reason=data["reason"],
            ),
        )
    return render(request, "requests/propose.html", {"asked": asked, "form": form, "choices": choices})


@require_POST
@allow(OFFICE, relation=OFFICE_SEES)
def second(request: ActorRequest, request_id: UUID) -> HttpResponse:
    """A second person confirms counsel's proposal."""
    asked = find_request(request.actor, request_id)
    proposal = find_proposal(asked, _uuid(request.POST.get("proposal")))
    return _try(request, request_id, lambda: confirm_looser(actor=request.actor, proposal=proposal))


@require_POST
@allow(OFFICE, relation=OFFICE_SEES)
def notify(request: ActorRequest, request_id: UUID) -> HttpResponse:
    """Tell a family before a copy leaves."""
    asked = find_request(request.actor, request_id)
    students = {student.pk: student for _, student in students_of_paper(asked)}
    student = students.get(_uuid(request.POST.get("student")))
    if student is None:
        raise Http404

    def run() -> None:
        notice = notify_family(actor=request.actor, request=asked, student=student)
        messages.success(request, f"The family was told. The copy may leave on {day_text(notice.not_before)}.")

    return _try(request, request_id, run)


# The same for every reader of a day: the rulebook's digest, the era, the day in its links, the list that is shown.
_RULES: Final[Kept[tuple[str, int, str, str], str]] = Kept(64)


@require_safe
@allow(EVERYONE, relation="the published law")
def provisions(request: ActorRequest) -> HttpResponse:
    """The rules that decide on a day, for anybody to read: `?on=` a day, `?show=` a list of them."""
    day, readable = day_asked(request.GET.get("on", ""), today())
    page, is_today = rules_page(day, request.GET.get("show", "")), day == today()
    key = (page.book.digest, rulebook().era(day), "" if is_today else day.isoformat(), page.show)
    rules = _RULES.get(key, lambda: render_to_string("requests/_rules.html", {"page": page, "is_today": is_today}))
    context = {"page": page, "rules": rules, "readable": readable}
    return render(
        request, "requests/provisions.html", context, status=HTTPStatus.OK if readable else HTTPStatus.BAD_REQUEST
    )


@require_safe
@allow(EVERYONE, relation="the published law")
def provision(request: ActorRequest, provision_id: str) -> HttpResponse:
    """One rule: plain words first, then its text, and whether it is law on the day of `?on=`."""
    book = rulebook()
    found, entry = book.provisions.get(provision_id), rule_entry(provision_id)
    if found is None or entry is None:
        raise Http404
    day, readable = day_asked(request.GET.get("on", ""), today())
    context = {"provision": found, "entry": entry, "book": book, "day": day, "applies": found.applies_on(day)}
    return render(
        request, "requests/provision.html", context, status=HTTPStatus.OK if readable else HTTPStatus.BAD_REQUEST
    )


def _try(request: ActorRequest, request_id: UUID, run: Callable[[], object]) -> HttpResponse:
    """Run an act and go back to the request; what cannot be is said on the page."""
    try:
        run()
    except Impossible as problem:
        messages.error(request, str(problem))
    return redirect("requests:one", request_id=request_id)


def _uuid(text: str | None) -> UUID:
    """An id from a form; what is no id is the id of nothing."""
    try:
        return UUID(text or "")
    except ValueError:
        return NOTHING


def _value(request: ActorRequest, fact: str) -> object:
    """The answer as the law's vocabulary wants it."""
    known = rulebook().facts.get(fact)
    given = request.POST.get("value", "")
    if known and known.type == "set":
        return sorted(request.POST.getlist("values"))
    if known and known.type == "number":
        return int(given) if given.isascii() and given.isdigit() else given
    if known and known.type in {"enum", "date"}:
        return given
    return {"yes": True, "no": False}.get(given, given)
