"""Pages about the letters of a case: read, change, approve, print, mark as sent."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from schoolgate.apps.access.actors import OFFICE, Role
from schoolgate.apps.access.moment import now
from schoolgate.apps.access.routes import ActorRequest, allow
from schoolgate.apps.agencies.readers import is_watched
from schoolgate.apps.ledger.acts import Impossible
from schoolgate.apps.ledger.readings import log_reading

from .current import plan_for
from .forms import LetterForm
from .letter_services import approve_letter, ask_for_watched_letters, mark_sent, save_letter, withdraw_approval
from .letters import draft_for
from .models import Letter, LetterState
from .page import LANGUAGES
from .printing import print_letter
from .selectors import find_case, find_letter
from .wording import NOTICE_LANGUAGES
from .words import LetterText, digest_of, open_text

OFFICE_SEES = "every letter about a copy that moved on"
ASKS = frozenset({Letter.PURGE, Letter.ACCOUNT})


@require_http_methods(["GET", "HEAD", "POST"])
@allow(OFFICE, relation=OFFICE_SEES)
def letter(request: ActorRequest, letter_id: UUID) -> HttpResponse:
    """One letter: its words, which counsel may change until they are approved."""
    found = find_letter(request.actor, letter_id)
    log_reading(actor=request.actor, subject=f"letter:{found.pk}", part="letter")
    text = open_text(found)
    counsel = request.actor.role is Role.COUNSEL
    may_edit = counsel and found.state == LetterState.DRAFT
    form = LetterForm(
        request.POST or None,
        bilingual=bool(text.english),
        asks=found.kind in ASKS,
        initial={"to": text.to, "subject": text.subject, "body": text.body, "english": text.english}
        | {"answer_by": found.answer_by},
    )
    if request.method == "POST":
        if not may_edit:
            raise Http404
        if form.is_valid():
            data = form.cleaned_data
            words = LetterText(data["to"], data["subject"], data["body"], data.get("english", ""))
            try:
                save_letter(letter=found, text=words, answer_by=data.get("answer_by"))
            except Impossible as problem:
                form.add_error(None, str(problem))
            else:
                messages.success(request, "Saved. The PDF shows it as it is now.")
                return redirect("transfers:letter", letter_id=letter_id)
    plan = plan_for(found) if found.state == LetterState.DRAFT else None
    language = found.student.notice_language if found.student else "en"
    return render(
        request,
        "transfers/letter.html",
        {
            "letter": found,
            "case": found.case,
            "text": text,
            "form": form,
            "may_edit": may_edit,
            "counsel": counsel,
            "asks": found.kind in ASKS,
            "digest": digest_of(found),
            "unread": plan.unread if plan else [],
            "watched": found.agency is not None and is_watched(found.agency.kind),
            "releases_line": found.kind == Letter.FAMILY,
            "translate": LANGUAGES.get(language, language) if language not in NOTICE_LANGUAGES else "",
            "why": {
                "rule": "34 CFR 99.31(a)(1)(i)(A)",
                "role": request.actor.role_name,
                "relation": "The records office and counsel write the letters of a case",
                "read_at": now(),
            },
        },
    )


@require_safe
@allow(OFFICE, relation=OFFICE_SEES)
def pdf(request: ActorRequest, letter_id: UUID) -> HttpResponse:
    """A letter as it is printed."""
    found = find_letter(request.actor, letter_id)
    log_reading(actor=request.actor, subject=f"letter:{found.pk}", part="PDF")
    try:
        content = print_letter(found, open_text(found))
    except Impossible as problem:
        messages.error(request, str(problem))
        return redirect("transfers:letter", letter_id=letter_id)
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="{found.number}.pdf"',
            "Content-Security-Policy": "sandbox; default-src 'none'",
        },
    )


@require_POST
@allow({Role.COUNSEL}, relation=OFFICE_SEES)
def approve(request: ActorRequest, letter_id: UUID) -> HttpResponse:
    """Counsel approves a letter as it was read."""
    found = find_letter(request.actor, letter_id)
    try:
        approve_letter(
            actor=request.actor,
            letter=found,
            seen=request.POST.get("seen", ""),
            checked=request.POST.get("checked") == "yes",
        )
    except Impossible as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, f"Letter {found.number} is approved. Print it, send it, and mark it as sent.")
    return redirect("transfers:letter", letter_id=letter_id)


@require_POST
@allow(OFFICE, relation=OFFICE_SEES)
def sent(request: ActorRequest, letter_id: UUID) -> HttpResponse:
    """Write down that a letter was sent."""
    found = find_letter(request.actor, letter_id)
    try:
        mark_sent(actor=request.actor, letter=found)
    except Impossible as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, f"Letter {found.number} is marked as sent.")
    return redirect("transfers:letter", letter_id=letter_id)


@require_POST
@allow({Role.COUNSEL}, relation=OFFICE_SEES)
def withdraw(request: ActorRequest, letter_id: UUID) -> HttpResponse:
    """Counsel takes an approval back."""
    found = find_letter(request.actor, letter_id)
    try:
        withdraw_approval(actor=request.actor, letter=found)
    except Impossible as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, f"Letter {found.number} is a draft again. Nobody sends it.")
    return redirect("transfers:letter", letter_id=letter_id)


@require_POST
@allow({Role.COUNSEL}, relation=OFFICE_SEES)
def ask_watched(request: ActorRequest, transfer_id: UUID) -> HttpResponse:
    """Counsel asks for letters to a watched agency."""
    case = find_case(request.actor, transfer_id)
    try:
        draft_for(ask_for_watched_letters(actor=request.actor, case=case))
    except Impossible as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, "Drafted. Read the warning above each letter before you approve it.")
    return redirect("transfers:one", transfer_id=transfer_id)
