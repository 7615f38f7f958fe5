"""Pages about a report's attachments: the list, one page with its boxes, its picture, and the page as it may leave."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from schoolgate.apps.access.actors import OFFICE, SCHOOL, Role
from schoolgate.apps.access.moment import now as moment_now
from schoolgate.apps.access.routes import ActorRequest, allow
from schoolgate.apps.incidents.selectors import find_report, open_report, unsealed
from schoolgate.apps.ledger.acts import Impossible
from schoolgate.apps.ledger.readings import log_reading
from schoolgate.engines.redact import attached
from schoolgate.engines.redact import attachments as engine

from . import deciding
from .bench import reader_for
from .boxes import HAND_CATEGORIES
from .deciding import NewBox, Why
from .history import Entry
from .models import Attachment, AttachmentState
from .page_bench import as_they_will, find_page, next_undecided_box, page_bench, pages_in
from .pages import PageRow, begin_reading, open_page, rebuilt
from .selectors import Review, attachments_of, find_attachment, review_of
from .services import add_attachment, add_to_draft, confirm_hand_copy
from .words import REASONS, category_word

OFFICE_SEES = "every report"
REPORTS = "reports one filed or responded in, or of one's school; the office sees all"
LARGEST = 64 << 20
# After so long a reading that has not ended was cut short.
STUCK = timedelta(minutes=10)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(SCHOOL | OFFICE, relation=REPORTS)
def attachments(request: ActorRequest, report_id: UUID) -> HttpResponse:
    """What is attached to a report, by number and kind; a file is attached here. Shows nothing of any file."""
    found = find_report(request.actor, report_id)
    if request.method == "POST":
        return _try(request, report_id, lambda: _add(request, report_id))
    rows = attachments_of(found)
    return render(
        request,
        "redactions/attachments.html",
        {
            "report": found,
            "rows": [(one, engine.WORDS.get(one.code, ""), _left_out(one)) for one in rows],
            "waiting": any(one.state == AttachmentState.WAITING for one in rows),
            "office": request.actor.in_office,
            "counsel": request.actor.role is Role.COUNSEL,
        },
    )


def _add(request: ActorRequest, report_id: UUID) -> str:
    made = add_attachment(actor=request.actor, report=find_report(request.actor, report_id), content=_content(request))
    if made.state == AttachmentState.REFUSED:
        return f"Attachment {made.number} is kept with the report. {engine.WORDS[made.code]}"
    return f"Attachment {made.number} is kept with the report. Its pages are being read."


def _content(request: ActorRequest) -> bytes:
    given = request.FILES.get("file")
    if given is None or isinstance(given, list) or given.size is None:
        raise Impossible("Choose a file of at most 64 MB.")
    if given.size > LARGEST:
        raise Impossible(engine.WORDS["too_large"])
    return bytes(given.read())


def _left_out(attachment: Attachment) -> list[tuple[str, str]]:
    """The parts of a message that could not be opened: number and why."""
    return [(".".join(map(str, part)), engine.WORDS.get(code, "")) for part, code in attachment.left_out]


@require_POST
@allow(OFFICE, relation=OFFICE_SEES)
def again(request: ActorRequest, report_id: UUID, attachment: int) -> HttpResponse:
    """Read an attachment's pages once more: after the machine stopped in the middle, or was mended."""
    found = find_attachment(find_report(request.actor, report_id), attachment)

    def run() -> str:
        if found.state not in {AttachmentState.WAITING, AttachmentState.FAILED}:
            raise Impossible("Its pages are read.")
        if found.state == AttachmentState.WAITING and moment_now() - found.added_at < STUCK:
            raise Impossible("Its pages are being read: wait for them.")
        begin_reading(found)
        return "Its pages are being read."

    return _try(request, report_id, run)


@require_POST
@allow({Role.COUNSEL}, relation=OFFICE_SEES)
def by_hand(request: ActorRequest, report_id: UUID, attachment: int) -> HttpResponse:
    """Counsel confirms a copy made by hand in the place of sound or video."""
    found = find_attachment(find_report(request.actor, report_id), attachment)

    def run() -> str:
        made = confirm_hand_copy(
            actor=request.actor,
            attachment=found,
            content=_content(request),
            reason=request.POST.get("reason", ""),
        )
        return f"Attachment {made.number} stands in the place of attachment {found.number}. Its pages are being read."

    return _try(request, report_id, run)


@require_safe
@allow(OFFICE, relation=OFFICE_SEES)
def page(request: ActorRequest, report_id: UUID, attachment: int, page: int) -> HttpResponse:
    """One page of an attachment with its boxes, decided one by one. The reading is written down first."""
    found = find_report(request.actor, report_id)
    opened = open_report(actor=request.actor, report=found, part="marks")
    review = review_of(opened, drafted_by=request.actor)
    row = find_page(review, attachment, page)
    shown = page_bench(
        request.actor,
        review,
        row,
        key=request.GET.get("for", ""),
        box=request.GET.get("box", ""),
        ask=request.GET.get("ask", ""),
    )
    kept = open_page(found, attachment, page)
    if kept is None:
        raise Http404
    return render(
        request,
        "redactions/page.html",
        {
            "report": found,
            "page": shown,
            "width": round(kept.width),
            "height": round(kept.height),
            "notes": kept.notes,
            "sides": (("left", "Left"), ("top", "Top"), ("right", "Right"), ("bottom", "Bottom")),
            "categories": [(one, category_word(one)) for one in HAND_CATEGORIES],
            "reasons": REASONS,
            "people": [(one.token, opened.names[one.token].full) for one in review.document.participants],
            "why": {
                "rule": "34 CFR 99.31(a)(1)(i)(A): school officials with a legitimate educational interest",
                "role": request.actor.role_name,
                "relation": "The records office reviews every page before a copy is made",
                "read_at": moment_now(),
            },
        },
    )


@require_safe
@allow(OFFICE, relation=OFFICE_SEES)
def picture(request: ActorRequest, report_id: UUID, attachment: int, page: int) -> HttpResponse:
    """The picture of a page with everything on it, for who reviews it. The reading is written down first."""
    found = find_report(request.actor, report_id)
    log_reading(actor=request.actor, subject=f"report:{found.pk}", part="picture of an attachment")
    kept = open_page(found, attachment, page)
    if kept is None:
        raise Http404
    return HttpResponse(kept.png(), content_type="image/png")


@require_safe
@allow(OFFICE, relation=OFFICE_SEES)
def copy(request: ActorRequest, report_id: UUID, attachment: int, page: int) -> HttpResponse:
    """The picture of a page as one audience would get it: what is withheld is burnt out of its pixels."""
    found = find_report(request.actor, report_id)
    opened = open_report(actor=request.actor, report=found, part="copy as it would leave")
    review = review_of(opened, drafted_by=request.actor)
    row = find_page(review, attachment, page)
    _, reader = reader_for(request.actor, review, request.GET.get("for", ""))
    boxes = as_they_will(review, reader, row)
    if boxes is None:
        raise Http404
    made = rebuilt(found, row, pages_in(review, row.attachment), boxes)
    kind = "image/png" if made.picture.startswith(b"\x89PNG") else "image/jpeg"
    return HttpResponse(made.picture, content_type=kind)


@require_POST
@allow(OFFICE, relation=OFFICE_SEES)
def do(request: ActorRequest, report_id: UUID, attachment: int, page: int) -> HttpResponse:
    """One thing done to a page: kept in one's draft, and on to the next box."""
    found = find_report(request.actor, report_id)
    review = review_of(unsealed(found), drafted_by=request.actor)
    row = find_page(review, attachment, page)
    doing, at = request.POST.get("do", ""), request.POST.get("box", "")
    try:
        entry = _entry(request, review, row, doing, at)
    except Impossible as problem:
        messages.error(request, str(problem))
        more = {"ask": "unmark"} if doing == "unmark" else {}
        return redirect(_address(report_id, row, request.POST.get("for", ""), at, **more))
    add_to_draft(actor=request.actor, version=review.opened.version, entries=[entry])
    after = review_of(review.opened, drafted_by=request.actor)
    at = entry.marks[0] if doing in {"add", "wider", "narrower"} else next_undecided_box(after, row.name, at)
    return redirect(_address(report_id, row, request.POST.get("for", ""), at))


def _entry(request: ActorRequest, review: Review, row: PageRow, doing: str, at: str) -> Entry:
    """What a form asks for, as an entry."""
    actor, given = request.actor, request.POST
    if doing == "undo":
        return deciding.undo(actor, review)
    if doing == "subjects":
        return deciding.tell_page_subjects(actor, review, row.name, given.getlist("subject"))
    if doing == "add":
        sides = []
        for name in ("left", "top", "right", "bottom"):
            with suppress(ValueError):
                sides.append(round(float(given.get(name, "")), 1))
        if len(sides) != 4 or not all(0 <= one < 10_000 for one in sides):  # noqa: PLR2004 - sides, and the largest page
            raise Impossible("Give the places of the box's four sides in points, from the page's upper left corner.")
        new = NewBox(row.name, attached.Box(*sides), given.get("category", ""), given.get("token", ""))
        return deciding.add_box(actor, review, new)
    box = next((one for one in review.boxes.on(row.name) if one.id == at), None)
    if box is None:
        raise Impossible("This box is not there any more.")
    if doing == "keep":
        return deciding.keep(actor, [box])
    if doing == "unmark":
        return deciding.unmark(actor, [box], Why(given.get("code", ""), given.get("words", "")))
    if doing in {"wider", "narrower"}:
        kept = open_page(review.opened.report, row.attachment.number, row.number)
        whole = attached.Box(0.0, 0.0, kept.width, kept.height) if kept else box.box
        return deciding.resize_box(actor, box, doing, whole)
    raise Impossible("Choose what to do.")


def _try(request: ActorRequest, report_id: UUID, run: Callable[[], str]) -> HttpResponse:
    try:
        messages.success(request, run())
    except Impossible as problem:
        messages.error(request, str(problem))
    return redirect("redactions:attachments", report_id=report_id)


def _address(report_id: UUID, row: PageRow, key: str, box: str, **more: str) -> str:
    given = {"for": key, "box": box, **more}
    query = urlencode({name: value for name, value in given.items() if value})
    base = reverse("redactions:page", args=[report_id, row.attachment.number, row.number])
    return f"{base}?{query}#now" if box else f"{base}?{query}"
