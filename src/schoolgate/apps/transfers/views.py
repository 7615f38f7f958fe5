"""Pages about copies that moved on: telling of one, the office's list, a tip, a case."""

from collections.abc import Callable
from typing import Any, BinaryIO
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from schoolgate.apps.access.actors import FAMILY, OFFICE, SIGNED_IN, Actor, Role
from schoolgate.apps.access.moment import now
from schoolgate.apps.access.routes import ActorRequest, allow
from schoolgate.apps.agencies.documents import AS_IT_CAME, LARGEST, Paper
from schoolgate.apps.ledger.acts import Impossible
from schoolgate.apps.ledger.readings import log_reading

from .forms import AcceptForm, NumberForm, ReasonForm, TellForm
from .letters import draft_for
from .models import State, Transfer
from .page import case_page, tip_sentence
from .selectors import (
    agencies_to_choose,
    find_case,
    find_copy,
    find_transfer,
    letters_of,
    open_cases,
    open_evidence,
    tips,
    transfers_of,
)
from .services import (
    Accepted,
    Claim,
    accept_transfer,
    answer_question,
    close_case,
    look_again,
    reject_transfer,
    reopen_case,
    report_transfer,
    withdraw_transfer,
)
from .wording import days_text
from .words import Words, open_reason, open_words

OWN = "what one told oneself; the office sees all"
OFFICE_SEES = "every report of a copy that moved on"
VALUES = {"yes": True, "no": False, "unknown": None}


@require_safe
@allow(SIGNED_IN, relation=OWN)
def home(request: ActorRequest) -> HttpResponse:
    """The office's tips and cases; for everybody else what they told, and how to tell more."""
    actor = request.actor
    if actor.in_office:
        context = {"tips": tips(actor), "cases": open_cases(actor)}
        return render(request, "transfers/desk.html", context)
    return render(request, "transfers/mine.html", {"transfers": transfers_of(actor)})


@require_http_methods(["GET", "HEAD", "POST"])
@allow(SIGNED_IN, relation="one's own word")
def tell(request: ActorRequest) -> HttpResponse:
    """Tell of a copy that was seen elsewhere."""
    form = TellForm(
        request.POST or None,
        request.FILES or None,
        agencies=agencies_to_choose(request.actor),
        initial=_beginning(request),
        answers_for_itself=request.actor.role is Role.AGENCY_USER,
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made = report_transfer(
                actor=request.actor,
                claim=Claim(data["giver"], data["receiver"], data["first_day"], data["last_day"], data["how"]),
                words=Words(
                    story=data["story"],
                    copy=data["copy"],
                    citation=data["citation"],
                    giver=data["giver_name"],
                    receiver=data["receiver_name"],
                ),
                paper=_paper(data["paper"]),
            )
        except Impossible as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, f"We have it, as {made.number}. The records office looks at it.")
            return redirect("transfers:one", transfer_id=made.pk)
    return render(request, "transfers/tell.html", {"form": form})


@require_safe
@allow(SIGNED_IN, relation=OWN)
def one(request: ActorRequest, transfer_id: UUID) -> HttpResponse:
    """A tip, or for the office the case that it became."""
    return _one(request, find_transfer(request.actor, transfer_id))


@require_safe
@allow(OFFICE, relation=OFFICE_SEES)
def evidence(request: ActorRequest, transfer_id: UUID) -> HttpResponse:
    """The document that came with a tip."""
    transfer = find_transfer(request.actor, transfer_id)
    came = AS_IT_CAME in request.GET
    document, content = open_evidence(actor=request.actor, transfer=transfer, as_it_came=came)
    return HttpResponse(
        content,
        content_type=document.media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{transfer.number}"',
            "Content-Security-Policy": "sandbox; default-src 'none'",
        },
    )


@require_POST
@allow(OFFICE, relation=OFFICE_SEES)
def accept(request: ActorRequest, transfer_id: UUID) -> HttpResponse:
    """Take a tip as seen: an edge of the network, and a case."""
    transfer = find_transfer(request.actor, transfer_id)
    form = AcceptForm(request.POST, agencies=agencies_to_choose(request.actor))
    if not form.is_valid():
        return _one(request, transfer, accept_form=form)
    data = form.cleaned_data
    release, report = find_copy(request.actor, data["number"])
    if data["number"].strip() and release is None and report is None:
        form.add_error("number", "No copy or report has this number. Correct it, or leave it empty.")
        return _one(request, transfer, accept_form=form)
    try:
        case = accept_transfer(
            actor=request.actor,
            transfer=transfer,
            accepted=Accepted(
                giver=data["giver"],
                receiver=data["receiver"],
                first_day=data["first_day"],
                last_day=data["last_day"],
                how=data["how"],
                release=release,
                report=report,
                published=data["published"],
            ),
        )
    except Impossible as problem:
        form.add_error(None, str(problem))
        return _one(request, find_transfer(request.actor, transfer_id), accept_form=form)
    draft_for(case)
    messages.success(request, "Accepted. It stands in the network as seen to happen, and the case is open.")
    return redirect("transfers:one", transfer_id=transfer_id)


@require_POST
@allow(OFFICE, relation=OFFICE_SEES)
def reject(request: ActorRequest, transfer_id: UUID) -> HttpResponse:
    """Do not take a tip as seen, with the reason."""
    transfer = find_transfer(request.actor, transfer_id)
    form = ReasonForm(request.POST, prefix="reject")
    if not form.is_valid():
        return _one(request, transfer, reject_form=form)
    return _try(
        request,
        transfer_id,
        lambda: reject_transfer(actor=request.actor, transfer=transfer, reason=form.cleaned_data["reason"]),
        "It was not accepted. Whoever told it can read why.",
    )


@require_POST
@allow(OFFICE, relation=OFFICE_SEES)
def answer(request: ActorRequest, transfer_id: UUID) -> HttpResponse:
    """Answer one question of a case, and bring the drafts in line."""
    case = find_case(request.actor, transfer_id)
    value = request.POST.get("value", "")

    def run() -> None:
        if value not in VALUES:
            raise Impossible("Answer yes, no, or not known.")
        answer_question(actor=request.actor, case=case, fact=request.POST.get("fact", ""), value=VALUES[value])
        draft_for(find_case(request.actor, transfer_id))

    return _try(request, transfer_id, run, "Answered. What may be cited was worked out anew.")


@require_POST
@allow(OFFICE, relation=OFFICE_SEES)
def look(request: ActorRequest, transfer_id: UUID) -> HttpResponse:
    """Work out anew whom a case touches; with a number, say which copy it was."""
    case = find_case(request.actor, transfer_id)
    number = request.POST.get("number", "")
    form = NumberForm(request.POST) if "number" in request.POST else None
    release, report = find_copy(request.actor, number)
    if form and (not form.is_valid() or (release is None and report is None)):
        if form.is_valid():
            form.add_error("number", "No copy or report has this number. Correct it.")
        return _one(request, find_transfer(request.actor, transfer_id), number_form=form)

    def run() -> None:
        look_again(actor=request.actor, case=case, release=release, report=report)
        draft_for(find_case(request.actor, transfer_id))

    return _try(request, transfer_id, run, "Worked out anew.")


@require_POST
@allow(OFFICE, relation=OFFICE_SEES)
def letters(request: ActorRequest, transfer_id: UUID) -> HttpResponse:
    """Draft the letters by what is known now. What a person changed or approved stays."""
    case = find_case(request.actor, transfer_id)
    if case.transfer.state != State.ACCEPTED:
        raise Http404
    draft_for(case)
    messages.success(request, "The letters are drafted. Counsel reads them next.")
    return redirect("transfers:one", transfer_id=transfer_id)


@require_POST
@allow(OFFICE, relation=OFFICE_SEES)
def close(request: ActorRequest, transfer_id: UUID) -> HttpResponse:
    """Close a case, with what came of it."""
    case = find_case(request.actor, transfer_id)
    form = ReasonForm(request.POST, prefix="close")
    if not form.is_valid():
        return _one(request, find_transfer(request.actor, transfer_id), close_form=form)
    return _try(
        request,
        transfer_id,
        lambda: close_case(actor=request.actor, case=case, reason=form.cleaned_data["reason"]),
        "The case is closed.",
    )


@require_POST
@allow(frozenset({Role.COUNSEL}), relation=OFFICE_SEES)
def reopen(request: ActorRequest, transfer_id: UUID) -> HttpResponse:
    """Open a closed case again, with the reason."""
    return _with_reason(request, transfer_id, "reopen", reopen_case, "The case is open again.")


@require_POST
@allow(frozenset({Role.COUNSEL}), relation=OFFICE_SEES)
def withdraw(request: ActorRequest, transfer_id: UUID) -> HttpResponse:
    """Take back a transfer that was accepted in error, with the reason."""
    done = "It was withdrawn. It is no part of the network any more."
    return _with_reason(request, transfer_id, "withdraw", withdraw_transfer, done)


def _with_reason(
    request: ActorRequest, transfer_id: UUID, name: str, act: Callable[..., object], done: str
) -> HttpResponse:
    case = find_case(request.actor, transfer_id)
    form = ReasonForm(request.POST, prefix=name)
    if not form.is_valid():
        return _one(request, find_transfer(request.actor, transfer_id), **{f"{name}_form": form})
    reason = form.cleaned_data["reason"]
    return _try(request, transfer_id, lambda: act(actor=request.actor, case=case, reason=reason), done)


def _one(request: ActorRequest, transfer: Transfer, **forms: object) -> HttpResponse:
    actor = request.actor
    log_reading(actor=actor, subject=f"transfer:{transfer.pk}", part="report of a copy that moved on")
    words = open_words(transfer)
    giver = transfer.giver.name if transfer.giver else words.giver
    receiver = transfer.receiver.name if transfer.receiver else words.receiver
    context: dict[str, Any] = {
        "transfer": transfer,
        "words": words,
        "reason": open_reason(transfer),
        "days": days_text(transfer.first_day, transfer.last_day),
        "giver": giver,
        "receiver": receiver,
        "counsel": actor.role is Role.COUNSEL,
        "why": {
            "rule": "34 CFR 99.31(a)(1)(i)(A), 99.32" if actor.in_office else "You told us of it yourself",
            "role": actor.role_name,
            "relation": "The records office looks at each report" if actor.in_office else "It is your own report",
            "read_at": now(),
        },
    }
    if actor.in_office and transfer.state in {State.ACCEPTED, State.CLOSED}:
        case = transfer.case
        context |= {
            "case": case,
            "page": case_page(case, actor),
            "number_form": forms.get("number_form") or NumberForm(),
            "close_form": forms.get("close_form") or ReasonForm(prefix="close"),
            "reopen_form": forms.get("reopen_form") or ReasonForm(prefix="reopen"),
            "withdraw_form": forms.get("withdraw_form") or ReasonForm(prefix="withdraw"),
        }
        return render(request, "transfers/case.html", context)
    if actor.in_office and transfer.state == State.WITHDRAWN:
        context["letters"] = letters_of(transfer.case)
    context["sentence"] = tip_sentence(actor, giver, receiver, context["days"])
    if actor.in_office and transfer.state == State.REPORTED:
        context |= {
            "accept_form": forms.get("accept_form") or _accept_form(actor, transfer, words),
            "reject_form": forms.get("reject_form") or ReasonForm(prefix="reject"),
        }
    return render(request, "transfers/tip.html", context)


def _accept_form(actor: Actor, transfer: Transfer, words: Words) -> AcceptForm:
    initial = {
        "giver": str(transfer.giver_id or ""),
        "receiver": str(transfer.receiver_id or ""),
        "first_day": transfer.first_day,
        "last_day": None if transfer.last_day == transfer.first_day else transfer.last_day,
        "how": transfer.how,
        "number": words.copy,
    }
    return AcceptForm(agencies=agencies_to_choose(actor), initial=initial)


def _beginning(request: ActorRequest) -> dict[str, object]:
    """What the address or the role says already: the copy one came from, and one's own agency."""
    began: dict[str, object] = {"copy": request.GET.get("copy", "")[:40]}
    if request.actor.role is Role.AGENCY_USER:
        began |= {"giver": str(request.actor.agency), "how": "own_answer"}
    elif request.actor.role in FAMILY:
        began["how"] = "letter"
    return began


def _paper(file: BinaryIO | None) -> Paper | None:
    if file is None:
        return None
    # One byte more than may be kept is enough to say that it is too large.
    return Paper("Evidence", file.read(LARGEST + 1))


def _try(request: ActorRequest, transfer_id: UUID, run: Callable[[], object], done: str) -> HttpResponse:
    try:
        run()
    except Impossible as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, done)
    return redirect("transfers:one", transfer_id=transfer_id)
