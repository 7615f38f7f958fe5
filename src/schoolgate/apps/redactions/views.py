"""Pages of the bench: the marks of a report, the copy as its recipient sees it, and how good the finder is."""

from collections.abc import Callable
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from schoolgate.apps.access.actors import OFFICE, Role
from schoolgate.apps.access.moment import now as moment_now
from schoolgate.apps.access.routes import ActorRequest, allow
from schoolgate.apps.incidents.models import Report
from schoolgate.apps.incidents.selectors import find_report, open_report, unsealed
from schoolgate.apps.ledger.acts import Impossible
from schoolgate.engines import redact

from . import deciding
from .bench import bench as bench_page
from .bench import next_undecided, reader_for
from .counting import FEWEST, agreements
from .deciding import Why
from .history import Entry, Mark
from .selectors import Review, consent_given, draft_entries, finder_counts, review_of
from .services import add_to_draft, decide_marks, finish_review, set_finder_consent
from .words import CATEGORY_WORDS, REASONS

OFFICE_SEES = "every report"
MOVES = frozenset({"wider", "narrower", "wider-start", "narrower-start"})


@require_safe
@allow(OFFICE, relation=OFFICE_SEES)
def bench(request: ActorRequest, report_id: UUID) -> HttpResponse:
    """The marks of a report's newest version, decided one by one. The reading is written down first."""
    found = find_report(request.actor, report_id)
    opened = open_report(actor=request.actor, report=found, part="marks")
    review = review_of(opened, drafted_by=request.actor)
    asked = {name: request.GET.get(name, "") for name in ("mark", "sentence", "ask")}
    page = bench_page(request.actor, review, key=request.GET.get("for", ""), **asked)
    return render(
        request,
        "redactions/bench.html",
        {
            "report": found,
            "page": page,
            "categories": CATEGORY_WORDS,
            "reasons": REASONS,
            "people": [(one.token, opened.names[one.token].full) for one in review.document.participants],
            "why": _why(request, "The records office reviews every mark before a copy is made"),
        },
    )


@require_safe
@allow(OFFICE, relation=OFFICE_SEES)
def recipient(request: ActorRequest, report_id: UUID) -> HttpResponse:
    """The copy as one audience would see it: the page holds nothing that they may not."""
    found = find_report(request.actor, report_id)
    opened = open_report(actor=request.actor, report=found, part="copy as it would leave")
    review = review_of(opened, drafted_by=request.actor)
    _, reader = reader_for(request.actor, review, request.GET.get("for", ""))
    shown = redact.view(review.document, review.spans, reader.outcome, reader.audience)
    return render(
        request,
        "redactions/recipient.html",
        {
            "report": found,
            "reader": reader,
            "view": shown,
            "undecided": review.standing.undecided,
            "back": _address(report_id, reader.choice.key, request.GET.get("mark", "")),
            "why": _why(request, "The records office looks at a copy before it is made"),
        },
    )


@require_POST
@allow(OFFICE, relation=OFFICE_SEES)
def do(request: ActorRequest, report_id: UUID) -> HttpResponse:
    """One thing done at the bench: kept in one's draft, and on to the next mark."""
    found = find_report(request.actor, report_id)
    review = review_of(unsealed(found), drafted_by=request.actor)
    at = request.POST.get("mark", "")
    doing = request.POST.get("do", "")
    try:
        entries, at = _entries(request, review, doing, at)
    except NeedsWhy:
        return redirect(_address(report_id, request.POST.get("for", ""), at, ask=doing))
    except Impossible as problem:
        messages.error(request, str(problem))
        ask = doing if request.POST.get("code") is not None else ""
        return redirect(_address(report_id, request.POST.get("for", ""), at, ask=ask))
    add_to_draft(actor=request.actor, version=review.opened.version, entries=entries)
    if doing in {"keep", "unmark"}:
        at = next_undecided(review_of(review.opened, drafted_by=request.actor), at)
    return redirect(_address(report_id, request.POST.get("for", ""), at))


class NeedsWhy(Exception):  # noqa: N818 - reads as what it says where it is raised
    """A reason is wanted first, on the page that asks for it."""


def _entries(request: ActorRequest, review: Review, doing: str, at: str) -> tuple[list[Entry], str]:
    """What a form asks for, as entries, and the mark to stand at afterwards."""
    actor, given = request.actor, request.POST
    why = Why(given.get("code", ""), given.get("words", ""))
    if doing == "undo":
        last = deciding.to_undo(actor, review)
        return [deciding.undo(actor, review)], last.marks[0] if last and last.marks else at
    if doing == "add":
        entries = deciding.add(actor, review, _places(given, review), given.get("category", ""), given.get("token", ""))
        return entries, entries[0].marks[0]
    if doing == "subjects":
        number = given.get("sentence", "")
        if not (number.isascii() and number.isdigit()):
            raise Impossible("Choose a sentence.")
        return [deciding.tell_subjects(actor, review, int(number), given.getlist("subject"))], at
    mark = _mark(review, at)
    marks = deciding.alike(review, mark) if given.get("alike") else [mark]
    if doing == "keep":
        return [deciding.keep(actor, marks)], at
    if doing == "unmark":
        return [deciding.unmark(actor, marks, why)], at
    if doing in MOVES:
        start, end = deciding.moved(review, mark, doing)
        guarded = mark.guarded_from(str(actor.user_id)) and deciding.bares_protected(mark, start, end)
        if guarded and given.get("code") is None:
            raise NeedsWhy
        return [deciding.move(actor, review, mark, doing, why)], at
    raise Impossible("Choose what to do.")


def _places(given: QueryDict, review: Review) -> list[tuple[str, int, int]]:
    """The place that was selected, or every place of the words that were typed."""
    place = given.get("place", "")
    if place:
        return [deciding.place_from(review.document, place)]
    return deciding.places_of(review.document, given.get("text", ""))


def _mark(review: Review, name: str) -> Mark:
    for one in review.standing.marks:
        if one.id == name:
            return one
    raise Impossible("This mark is not there any more: the report or the finder has changed.")


@require_POST
@allow(OFFICE, relation=OFFICE_SEES)
def sign(request: ActorRequest, report_id: UUID) -> HttpResponse:
    """Sign the decisions of one's draft."""
    found = find_report(request.actor, report_id)

    def run() -> str:
        decide_marks(actor=request.actor, report=found, entries=_drafted(request, found))
        return "Your decisions are signed."

    return _try(request, report_id, run)


@require_POST
@allow(OFFICE, relation=OFFICE_SEES)
def finish(request: ActorRequest, report_id: UUID) -> HttpResponse:
    """Say that every mark is decided, and sign what is not signed yet."""
    found = find_report(request.actor, report_id)

    def run() -> str:
        made = finish_review(actor=request.actor, report=found, entries=_drafted(request, found))
        return f"{'1 mark' if made.marks == 1 else f'{made.marks} marks'}, all decided. A copy can be made."

    return _try(request, report_id, run)


def _drafted(request: ActorRequest, report: Report) -> tuple[Entry, ...]:
    return draft_entries(report.versions.latest("number").pk, request.actor)


def _try(request: ActorRequest, report_id: UUID, run: Callable[[], str]) -> HttpResponse:
    try:
        messages.success(request, run())
    except Impossible as problem:
        messages.error(request, str(problem))
    return redirect(_address(report_id, request.POST.get("for", "")))


@require_http_methods(["GET", "HEAD", "POST"])
@allow({Role.COUNSEL, Role.ADMINISTRATOR}, relation="counts of decisions, of no report")
def finder(request: ActorRequest) -> HttpResponse:
    """Whether the district's decisions are counted, and how good the finder proves to be; `?as=csv` as a file."""
    if request.method == "POST":
        try:
            set_finder_consent(actor=request.actor, allowed=request.POST.get("allowed") == "yes")
        except Impossible as problem:
            messages.error(request, str(problem))
        return redirect("redactions:finder")
    rows = agreements(finder_counts())
    if request.GET.get("as") == "csv":
        lines = [f"{one.category},{one.kept},{one.changed},{one.taken_off}" for one in rows]
        text = "\n".join(["category,kept,changed,taken_off", *lines]) + "\n"
        headers = {"Content-Disposition": 'attachment; filename="finder.csv"'}
        return HttpResponse(text, content_type="text/csv", headers=headers)
    table = [
        (CATEGORY_WORDS.get(one.category, one.category), one.kept, one.changed, one.taken_off, f"{one.precision:.0%}")
        for one in rows
    ]
    return render(
        request,
        "redactions/finder.html",
        {
            "allowed": consent_given(),
            "table": table,
            "fewest": FEWEST,
            "columns": (
                "What was marked",
                ("Kept", "number"),
                ("Changed", "number"),
                ("Taken off", "number"),
                ("Right", "number"),
            ),
        },
    )


def _address(report_id: UUID, key: str, mark: str = "", **more: str) -> str:
    given = {"for": key, "mark": mark, **more}
    query = urlencode({name: value for name, value in given.items() if value})
    base = reverse("redactions:bench", args=[report_id])
    return f"{base}?{query}#now" if mark else f"{base}?{query}"


def _why(request: ActorRequest, relation: str) -> dict[str, object]:
    return {
        "rule": "34 CFR 99.31(a)(1)(i)(A): school officials with a legitimate educational interest",
        "role": request.actor.role_name,
        "relation": relation,
        "read_at": moment_now(),
    }
