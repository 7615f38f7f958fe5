"""Pages on which the office enters, ends, amends and corrects agreements, and stores their papers."""

from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from schoolgate.apps.access.actors import OFFICE
from schoolgate.apps.access.moment import today
from schoolgate.apps.access.routes import ActorRequest, allow
from schoolgate.apps.ledger.acts import Impossible
from schoolgate.apps.ledger.readings import log_reading
from schoolgate.web.dates import day_text

from .documents import AS_IT_CAME, ENDINGS, document_bytes
from .forms import AmendForm, CorrectForm, DocumentForm, EndForm, SignForm
from .models import Agreement
from .registry import agencies_for, find_agreement
from .services import KEEPERS, add_agreement, amend_agreement, correct_agreement, end_agreement, store_document

SEES: Final = "agreements; transfers out of a child's case only for the office"


def _filled[F: Any](request: ActorRequest, form: F, act: Callable[[F], Agreement], done: str) -> HttpResponse | None:
    """Do what a form asks; None when it must be shown, with what is wrong."""
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        made = act(form)
    except Impossible as problem:
        form.add_error(None, str(problem))
        return None
    messages.success(request, done)
    return redirect("agencies:agreement", slug=made.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(KEEPERS, relation="the registry of agencies")
def add(request: ActorRequest) -> HttpResponse:
    """Enter an agreement that was signed, with its paper."""
    form = SignForm(
        request.POST or None, request.FILES or None, agencies=agencies_for(request.actor), initial=request.GET.dict()
    )

    def sign(filled: SignForm) -> Agreement:
        data = filled.cleaned_data
        return add_agreement(
            actor=request.actor,
            giver=filled.known[data["giver"]],
            receiver=filled.known[data["receiver"]],
            terms=filled.terms(),
            paper=filled.paper(),
        )

    done = "The agreement is entered. The map counts it from now on."
    return _filled(request, form, sign, done) or render(request, "agencies/add.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@allow(KEEPERS, relation=SEES)
def end(request: ActorRequest, slug: str) -> HttpResponse:
    """Write the last day of an agreement."""
    found = find_agreement(request.actor, slug)
    form = EndForm(request.POST or None, initial={"last_day": today()})

    def finish(filled: EndForm) -> Agreement:
        data = filled.cleaned_data
        return end_agreement(actor=request.actor, agreement=found, last_day=data["last_day"], reason=data["reason"])

    done = "Its last day is written down."
    return _filled(request, form, finish, done) or render(
        request, "agencies/end.html", {"form": form, "agreement": found}
    )


@require_http_methods(["GET", "HEAD", "POST"])
@allow(KEEPERS, relation=SEES)
def amend(request: ActorRequest, slug: str) -> HttpResponse:
    """Let an agreement say something else from a day on."""
    found = find_agreement(request.actor, slug)
    agencies = agencies_for(request.actor)
    form = AmendForm(request.POST or None, request.FILES or None, agencies=agencies, agreement=found)

    def change(filled: AmendForm) -> Agreement:
        data = filled.cleaned_data
        return amend_agreement(
            actor=request.actor,
            agreement=found,
            from_day=data["from_day"],
            terms=filled.terms(),
            reason=data["reason"],
            paper=filled.paper(),
        )

    done = "The amendment is entered. What held before stays on record."
    context = {"form": form, "agreement": found, "what": "amend"}
    return _filled(request, form, change, done) or render(request, "agencies/change.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(KEEPERS, relation=SEES)
def correct(request: ActorRequest, slug: str) -> HttpResponse:
    """Write what an agreement really says."""
    found = find_agreement(request.actor, slug)
    form = CorrectForm(
        request.POST or None, request.FILES or None, agencies=agencies_for(request.actor), agreement=found
    )

    def change(filled: CorrectForm) -> Agreement:
        return correct_agreement(
            actor=request.actor,
            agreement=found,
            terms=filled.terms(),
            reason=filled.cleaned_data["reason"],
            paper=filled.paper(),
        )

    done = "It is corrected. What stood there before is kept with your reason."
    context = {"form": form, "agreement": found, "what": "correct"}
    return _filled(request, form, change, done) or render(request, "agencies/change.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(KEEPERS, relation=SEES)
def document(request: ActorRequest, slug: str) -> HttpResponse:
    """Store the paper behind an agreement."""
    found = find_agreement(request.actor, slug)
    form = DocumentForm(request.POST or None, request.FILES or None)

    def store(filled: DocumentForm) -> Agreement:
        paper = filled.paper()
        if paper is None:
            raise Impossible("Choose a file.")
        store_document(actor=request.actor, agreement=found, paper=paper)
        return found

    done = f"The paper is stored, sealed, on {day_text(today())}. Its fingerprint stands on this page."
    return _filled(request, form, store, done) or render(
        request, "agencies/document.html", {"form": form, "agreement": found}
    )


@require_safe
@allow(OFFICE, relation="the papers behind agreements")
def document_file(request: ActorRequest, slug: str) -> HttpResponse:
    """The paper. Evidence may come from a child's case: the reading is written down first."""
    found = find_agreement(request.actor, slug)
    if found.document is None:
        raise Http404
    log_reading(actor=request.actor, subject=f"agreement:{found.pk}", part="document")
    ending = ENDINGS[found.document.media_type]
    return HttpResponse(
        document_bytes(found.document, as_it_came=AS_IT_CAME in request.GET),
        content_type=found.document.media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{found.document.sha256[:16]}.{ending}"',
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "X-Content-Type-Options": "nosniff",
        },
    )
