"""The workbench's first page: a case tried, and the decision that moves with it."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from schoolgate.apps.access.actors import Actor, Role
from schoolgate.apps.access.moment import today
from schoolgate.apps.access.routes import ActorRequest, allow
from schoolgate.apps.requests.page import title_of
from schoolgate.apps.requests.selectors import find_request, newest_decision
from schoolgate.engines import law

from .address import Tried, read
from .books import Book, NoBookError, book_choices, open_book
from .fields import field_groups
from .forms import KeepForm
from .links import address_of
from .panel import panel
from .turns import told
from .wording import recipient_title

COUNSEL: Final = frozenset({Role.COUNSEL})
LAW: Final = "rulebooks, counsel's own drafts, and cases without names"
# A case file is a page of JSON.
LARGEST: Final = 200_000


@dataclass(frozen=True, slots=True)
class Bench:
    """A case that was tried under a book."""

    book: Book
    tried: Tried
    case: law.Case
    decision: law.Decision

    @property
    def shown(self) -> str:
        """What decides which questions the form asks, as one word."""
        asks = (self.book.rulebook.digest, self.case.date, self.case.recipient, self.case.elements)
        return hashlib.sha256(repr(asks).encode()).hexdigest()[:16]


def bench(actor: Actor, data: QueryDict) -> Bench:
    """Read a form or an address and decide.

    Raises:
        NoBookError: the rulebook or draft cannot be used.
    """
    book = open_book(actor, data.get("book", ""))
    # A button in the decision answers one question over what stands in the form.
    if changes := data.get("set"):
        data = _with(data, QueryDict(changes))
    found = read(data, book.rulebook, book=book.code, today=today())
    case = law.parse_case(found.case_data(book.rulebook), book.rulebook)
    return Bench(book, found, case, law.decide(book.rulebook, case))


def _with(data: QueryDict, changes: QueryDict) -> QueryDict:
    merged = data.copy()
    for name in changes:
        merged.setlist(name, changes.getlist(name))
    return merged


@require_http_methods(["GET", "HEAD", "POST"])
@allow(COUNSEL, relation=LAW)
def case(request: ActorRequest) -> HttpResponse:
    """Try a case. A script posts the form at each change; without one a button does, and leads to the address."""
    data = request.POST if request.method == "POST" else request.GET
    try:
        found = bench(request.actor, data)
    except NoBookError as problem:
        return render(request, "workbench/no_book.html", {"problem": str(problem), "tab": "case"})
    address = f"{reverse('workbench:case')}?{found.tried.query(found.book.rulebook)}"
    if "HX-Request" in request.headers:
        # The form comes back too where a button, or another recipient, day or book, changes what it asks.
        form = "set" in data or data.get("shown") != found.shown
        context = bench_context(request.actor, found, moving=True, form=form)
        # The button that was pressed is gone: the reader goes on where the decision begins.
        context["answered"] = "set" in data
        before = frozenset(str(data.get("needed", "")).split())
        context["marks"] = [
            field for group in context["groups"] for field in group.fields if field.open != (field.name in before)
        ]
        response = render(request, f"workbench/{'_bench' if form else '_moved'}.html", context)
        if form:
            response.headers["HX-Retarget"] = response.headers["HX-Reselect"] = "#bench"
        response.headers["HX-Replace-Url"] = address
        return response
    if request.method == "POST" and not found.tried.problems:
        return redirect(address)
    return render(request, "workbench/case.html", bench_context(request.actor, found))


def bench_context(actor: Actor, found: Bench, *, moving: bool = False, form: bool = True) -> dict[str, Any]:
    """What the page of a tried case shows.

    Args:
        actor: Counsel.
        found: The case and its decision.
        moving: A script puts it into a page that stands.
        form: Whether the form is shown too.
    """
    rulebook = found.book.rulebook
    context: dict[str, Any] = {
        "tab": "case",
        "moving": moving,
        "book": found.book,
        "tried": found.tried,
        "query": found.tried.query(rulebook),
        "panel": panel(rulebook, found.case, found.decision),
        "keep": KeepForm(rulebook=rulebook, decision=found.decision),
    }
    questions = [one.id for one in found.decision.questions]
    groups = field_groups(rulebook, found.case, found.tried, questions)
    needed = [field.name for group in groups for field in group.fields if field.open]
    context |= {"groups": groups, "needed": " ".join(needed)}
    if form:
        context |= _form_context(actor, found)
    # A script asks for it afterwards, so that the decision moves at once.
    return context if moving else context | {"told": told(rulebook, found.case, found.decision)}


def _form_context(actor: Actor, found: Bench) -> dict[str, Any]:
    rulebook, asked = found.book.rulebook, frozenset(found.tried.elements)
    return {
        "shown": found.shown,
        "books": book_choices(actor),
        "recipients": sorted(
            ((name, recipient_title(rulebook, name)) for name in rulebook.vocabulary.recipients), key=lambda one: one[1]
        ),
        "elements": sorted(
            (
                (name, title_of(rulebook, name), name in asked)
                for name, element in rulebook.elements.items()
                if not element.hides_in
            ),
            key=lambda one: one[1],
        ),
    }


@require_safe
@allow(COUNSEL, relation=LAW)
def explanation(request: ActorRequest) -> HttpResponse:
    """The decision in words, and what would change it: a part of the page of a case."""
    try:
        found = bench(request.actor, request.GET)
    except NoBookError as problem:
        return render(request, "workbench/no_book.html", {"problem": str(problem), "tab": "case"})
    return render(request, "workbench/_told.html", {"told": told(found.book.rulebook, found.case, found.decision)})


@require_POST
@allow(COUNSEL, relation=LAW)
def open_file(request: ActorRequest) -> HttpResponse:
    """Open a case from a file."""
    upload = request.FILES.get("case")
    if upload is None or upload.size is None or upload.size > LARGEST:
        messages.error(request, "No case was opened. Choose a JSON file of at most 200 kB.")
        return redirect("workbench:case")
    try:
        return redirect(_address(request.actor, json.loads(upload.read())))
    except (ValueError, RecursionError):
        messages.error(request, "The file is not JSON. Choose a case as the workbench or the command writes it.")
    except (law.LawError, NoBookError) as problem:
        messages.error(request, f"The case was not opened. {problem}")
    return redirect("workbench:case")


@require_safe
@allow(COUNSEL, relation="the case of every request, without names")
def open_request(request: ActorRequest, request_id: UUID) -> HttpResponse:
    """Open the case by which a request was decided."""
    decision = newest_decision(find_request(request.actor, request_id))
    if decision is None:
        raise Http404
    try:
        return redirect(_address(request.actor, decision.case, request.GET.get("book")))
    except (law.LawError, NoBookError) as problem:
        messages.error(request, f"This case cannot be opened under today's rulebook. {problem}")
        return redirect("workbench:case")


def _address(actor: Actor, data: object, code: str | None = None) -> str:
    """The address of a stored case, under its own rulebook or the one of a code."""
    if not isinstance(data, dict):
        raise law.LawError("case", "an object is expected", "Choose a case file")
    book = open_book(actor, code or str(data.get("rulebook", "")))
    case_ = law.parse_case({**data, "rulebook": book.rulebook.id}, book.rulebook)
    return address_of(case_, book.rulebook, book.code)
