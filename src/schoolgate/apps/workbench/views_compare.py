"""Pages that set one rulebook or draft beside another: for every possible case, and for the last year's decisions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from schoolgate.apps.access.moment import today
from schoolgate.apps.access.routes import ActorRequest, allow
from schoolgate.apps.requests.page import title_of
from schoolgate.engines import law
from schoolgate.engines.kept import Kept
from schoolgate.engines.law.explaining.words import words_for
from schoolgate.engines.law.proving.bench import BENCHES
from schoolgate.engines.law.proving.classes import CaseClass
from schoolgate.engines.law.proving.compare import Comparison, compare

from .books import DRAFT, Book, NoBookError, book_choices, open_book
from .links import short_address_of
from .replays import last_years, replayed
from .views import COUNSEL, LAW
from .wording import listed, lower_first, recipient_title

TITLES: Final[Mapping[str, str]] = {
    "now_permitted": "What may leave and could not before",
    "now_denied": "What may no longer leave",
    "now_owed": "Duties that come",
    "no_longer_owed": "Duties that go",
}
ANSWERS: Final[Mapping[str, str]] = {
    "equivalent": "Nothing changes: both let the same leave in every possible case.",
    "stricter": "{title} is stricter: in no possible case does it let more leave.",
    "looser": "{title} is looser: in no possible case does it let less leave.",
    "incomparable": "{title} lets more leave in some cases, and less in others.",
}
COMPARISONS: Final[Kept[tuple[str, str], Comparison]] = Kept(16)
# How many classes stand under one title before the rest is folded.
SHOWN: Final = 8
# Two states' laws differ in more classes than anybody reads, and each takes time to find.
LISTED: Final = 24


@dataclass(frozen=True, slots=True)
class ClassRow:
    """A class of cases in words, with an example that opens in the workbench."""

    words: tuple[str, ...]
    because: str
    unless: str
    example: str
    address: str


@require_safe
@allow(COUNSEL, relation=LAW)
def comparison(request: ActorRequest) -> HttpResponse:
    """What two rulebooks decide differently, for every possible case."""
    choices = book_choices(request.actor)
    own = choices[0][0]
    drafted = any(code == DRAFT + own for code, _ in choices)
    context: dict[str, Any] = {
        "tab": "compare",
        "books": choices,
        "old": request.GET.get("old", own),
        "new": request.GET.get("new", DRAFT + own if drafted else own),
        "run": "new" in request.GET,
    }
    try:
        if context["run"]:
            old, new = open_book(request.actor, context["old"]), open_book(request.actor, context["new"])
            context |= compared(old, new)
    except (NoBookError, law.LawError) as problem:
        context["problem"] = str(problem)
    return render(request, "workbench/compare.html", context)


def compared(old: Book, new: Book) -> dict[str, Any]:
    """The comparison in words."""
    found = COMPARISONS.get((old.rulebook.digest, new.rulebook.digest), lambda: _comparison(old.rulebook, new.rulebook))
    groups = []
    for name, classes in (
        ("now_permitted", found.permitted),
        ("now_denied", found.denied),
        ("now_owed", found.owed),
        ("no_longer_owed", found.no_longer_owed),
    ):
        rows = [_class_row(one, old, new) for one in classes]
        groups.append((TITLES[name], len(rows), rows[:SHOWN], rows[SHOWN:]))
    return {
        "found": found,
        "answer": ANSWERS[found.theorem].format(title=new.title),
        "groups": groups,
        "old_book": old,
        "new_book": new,
    }


def _comparison(old: law.Rulebook, new: law.Rulebook) -> Comparison:
    """Compare. The solver serves one thread at a time; proofs wait for the same lock."""
    with BENCHES.lock:
        return compare(old, new, most=LISTED)


def _class_row(one: CaseClass, old: Book, new: Book) -> ClassRow:
    rulebook = new.rulebook
    example = law.parse_case(one.example_under(rulebook), rulebook)
    what = title_of(rulebook, one.element)
    if one.obligation:
        what = words_for("en", rulebook.vocabulary).obligation(one.obligation)
    return ClassRow(
        words=one.words,
        because=_cited(one.because, old, new),
        unless=listed(_cited(name, old, new) for name in one.others),
        example=f"{lower_first(what)}, to this recipient: {recipient_title(rulebook, example.recipient)}",
        address=short_address_of(example, rulebook, new.code),
    )


def _cited(name: str, old: Book, new: Book) -> str:
    found = new.rulebook.provisions.get(name) or old.rulebook.provisions.get(name)
    return f"{found.citation} ({lower_first(found.title)})" if found else "the layers that must open a door"


@require_safe
@allow(COUNSEL, relation="every decision of the last year, without names")
def replay(request: ActorRequest) -> HttpResponse:
    """The last year's decisions under a draft or another rulebook."""
    choices = book_choices(request.actor)
    own = choices[0][0]
    others = [(code, title) for code, title in choices if code != own]
    wanted = request.GET.get("book", others[0][0] if others else own)
    context: dict[str, Any] = {"tab": "replay", "books": others, "wanted": wanted, "run": "book" in request.GET}
    try:
        if context["run"]:
            context |= _replayed(request, own, wanted, today())
    except (NoBookError, law.LawError) as problem:
        context["problem"] = str(problem)
    return render(request, "workbench/replay.html", context)


def _replayed(request: ActorRequest, own: str, wanted: str, day: date) -> dict[str, Any]:
    old, new = open_book(request.actor, own), open_book(request.actor, wanted)
    found = replayed(last_years(request.actor, day), old.rulebook, new.rulebook)
    rows = [
        {
            "turned": one,
            "request": reverse("requests:one", args=[one.decision.request_id]),
            "case": reverse("workbench:request", args=[one.decision.request_id]) + f"?book={new.code}",
        }
        for one in found.turned
    ]
    return {"found": found, "rows": rows, "book": new}
