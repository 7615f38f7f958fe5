"""Pages of families."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from schoolgate.apps.access.actors import FAMILY, Actor, Role
from schoolgate.apps.access.moment import now
from schoolgate.apps.access.routes import ActorRequest, allow
from schoolgate.apps.incidents.selectors import find_report, open_report
from schoolgate.apps.ledger.acts import Impossible
from schoolgate.apps.ledger.readings import log_reading
from schoolgate.apps.ledger.receipts import receipt_response

from .forms import WrongForm
from .next import who_could_see
from .records import family_view, review_for, view_of_copy
from .selectors import account as account_of
from .selectors import find_copy_of_family, find_request_of_family, own_names, seen_of_copy
from .services import contest

CHILD = "records about one's own child, or oneself"


@require_safe
@allow(FAMILY, relation=CHILD)
def account(request: ActorRequest) -> HttpResponse:
    """Who asked, who got what, when and under which law."""
    return render(request, "families/account.html", {"account": account_of(request.actor)})


@require_safe
@allow(FAMILY, relation=CHILD)
def report(request: ActorRequest, report_id: UUID) -> HttpResponse:
    """The part of a report that is about one's own child (34 CFR 99.12)."""
    found = find_report(request.actor, report_id)
    opened = open_report(actor=request.actor, report=found, part="own child's part")
    decided = family_view(opened, request.actor)
    return render(
        request,
        "families/report.html",
        {
            "report": found,
            "own": request.actor.role is Role.STUDENT,
            "decided": decided,
            "view": decided.view,
            "why": {
                "rule": "34 CFR 99.10, 99.12; 603 CMR 23.07(2)",
                "role": request.actor.role_name,
                "relation": _relation(request.actor),
                "read_at": now(),
            },
        },
    )


@require_safe
@allow(FAMILY, relation=CHILD)
def copy(request: ActorRequest, release_id: UUID) -> HttpResponse:
    """What an agency got about one's own child, and who could see it next."""
    told, left = find_copy_of_family(request.actor, release_id)
    found, own = told.request.release, request.actor.role is Role.STUDENT
    log_reading(actor=request.actor, subject=f"release:{found.pk}", part="own child's part")
    review = review_for(told.report, request.actor)
    moved, seen = seen_of_copy(left, request.actor, review.opened)
    languages = [child.notice_language for child in own_names(review.opened, request.actor)]
    return render(
        request,
        "families/copy.html",
        {
            "release": found,
            "own": own,
            "view": view_of_copy(found, review, request.actor),
            "acknowledgement": getattr(found, "acknowledgement", None),
            "citations": told.citations,
            "next": who_could_see(found, languages, moved),
            # What was seen of this very copy, of this child: nobody else's.
            "transfers": seen,
            "standing": told.standing,
            "why": {
                "rule": "34 CFR 99.32(c); 603 CMR 23.07(1)-(2)",
                "role": request.actor.role_name,
                "relation": _relation(request.actor),
                "read_at": now(),
            },
        },
    )


def _relation(actor: Actor) -> str:
    if actor.role is Role.STUDENT:
        return "You are a student in this report"
    return "Parent or guardian of a student in this report"


@require_http_methods(["GET", "HEAD", "POST"])
@allow(FAMILY, relation=CHILD)
def wrong(request: ActorRequest, report_id: UUID) -> HttpResponse:
    """Say that something in a report is wrong."""
    found = find_report(request.actor, report_id)
    form = WrongForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = contest(actor=request.actor, report=found, text=form.cleaned_data["text"])
        except Impossible as problem:
            messages.error(request, str(problem))
        else:
            due = made.decision_due
            messages.success(
                request, f"We have it. The principal answers in writing by {due:%a} {due.day} {due:%b %Y}."
            )
            return redirect("families:account")
    return render(request, "families/wrong.html", {"report": found, "form": form})


@require_safe
@allow(FAMILY, relation=CHILD)
def receipt(request: ActorRequest, request_id: UUID) -> HttpResponse:
    """The receipt file for what became of a request about one's child; until its period is sealed, the promise.

    `?size=` asks for a receipt under an earlier checkpoint, such as the one that an auditor's statement names.
    """
    asked = find_request_of_family(request.actor, request_id)
    return receipt_response(f"request:{asked.pk}", asked.number, size=request.GET.get("size", ""))
