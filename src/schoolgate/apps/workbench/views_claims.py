"""The page of claims: what must hold for every possible case, proved or broken by a case that opens here."""

import hashlib
from typing import Any, Final

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from schoolgate.apps.access.routes import ActorRequest, allow
from schoolgate.apps.agencies.selectors import network
from schoolgate.apps.requests.page import title_of
from schoolgate.apps.schools.selectors import rulebook_named
from schoolgate.engines import law, reach
from schoolgate.engines.kept import Kept
from schoolgate.engines.law.explaining.words import words_for
from schoolgate.engines.law.proving.claims import Claim, load_claims
from schoolgate.engines.law.proving.proof import Counterexample, Proof
from schoolgate.engines.law.proving.prove import prove
from schoolgate.web.dates import day_text

from .books import DRAFT, Book, NoBookError, book_choices, open_book
from .groups import FOLDER
from .links import short_address_of
from .replays import parsed_for
from .views import COUNSEL, LAW
from .wording import lower_first, recipient_title, spoken

OUTCOMES: Final = {"permit": "may leave", "deny": "must not leave", "ask": "needs an answer"}


# Proofs by the digest of the rulebook and of everything else they rest on.
PROOFS: Final[Kept[tuple[str, str], Proof]] = Kept(512)


def claims_about(book: Book) -> list[Claim]:
    """The claims of the package that concern a rulebook."""
    every = load_claims(FOLDER / "claims", book.rulebook.vocabulary)
    return [claim for claim in every if claim.concerns(book.rulebook)]


@require_safe
@allow(COUNSEL, relation=LAW)
def claims(request: ActorRequest) -> HttpResponse:
    """Every claim in words. `run` proves them: a script asks for one after the other, without one all come at once."""
    choices = book_choices(request.actor)
    context: dict[str, Any] = {"tab": "claims", "books": choices, "run": "run" in request.GET}
    try:
        book = open_book(request.actor, request.GET.get("book", ""))
        found = claims_about(book)
        if context["run"] and ("HX-Request" not in request.headers or "sum" in request.GET):
            agencies = network()
            rows = [_row(book, claim, agencies) for claim in found]
            context["broken"] = [row["claim"] for row in rows if row["proof"].status != "proved"]
        else:
            rows = [{"claim": claim, "pending": context["run"], "book": book} for claim in found]
        context |= {"book": book, "rows": rows}
    except (NoBookError, law.LawError) as problem:
        context["problem"] = str(problem)
    page = "workbench/_claims_answer.html" if "sum" in request.GET else "workbench/claims.html"
    return render(request, page, context)


@require_safe
@allow(COUNSEL, relation=LAW)
def claim(request: ActorRequest, claim_id: str) -> HttpResponse:
    """One claim, proved: a row of the table."""
    try:
        book = open_book(request.actor, request.GET.get("book", ""))
        found = next((one for one in claims_about(book) if one.id == claim_id), None)
        if found is None:
            raise Http404
        context = _row(book, found, network())
    except (NoBookError, law.LawError) as problem:
        context = {"problem": str(problem)}
    return render(request, "workbench/_claim.html", context)


def _row(book: Book, claim_: Claim, agencies: reach.Network) -> dict[str, Any]:
    others = {
        name: book.rulebook if name == book.base.id and book.code == DRAFT + name else rulebook_named(name)
        for name in (claim_.rulebook, claim_.than)
        if name
    }
    rulebook = book.rulebook
    rests_on = repr((claim_.source, agencies, sorted((name, one.digest) for name, one in others.items())))
    key = (rulebook.digest, hashlib.sha256(rests_on.encode()).hexdigest())
    found = PROOFS.get(key, lambda: prove(rulebook, claim_, network=agencies, others=others))
    context: dict[str, Any] = {"claim": claim_, "proof": found, "book": book}
    if example := found.counterexample:
        # What breaks "stricter" does so under the rulebook that the claim names.
        under = others.get(claim_.rulebook, rulebook)
        code = claim_.rulebook if under is not rulebook else book.code
        case = parsed_for(example.case, under)
        context |= {
            "address": short_address_of(case, under, code),
            "sentence": _sentence(under, claim_, case, example),
            "unusual": _unusual(under, case, example),
            "at_fault": [under.provisions[name] for name in example.at_fault if name in under.provisions],
            "path": _path(agencies, example.path),
        }
    context["listed"] = [
        (rulebook.facts[one.subject].question if one.subject in rulebook.facts else one.subject, one.because)
        for one in found.listed
    ]
    return context


def _sentence(rulebook: law.Rulebook, claim_: Claim, case: law.Case, example: Counterexample) -> str:
    """The counterexample in a sentence."""
    what = title_of(rulebook, example.element) if example.element else "The record as a whole"
    says = OUTCOMES.get(example.outcome, example.outcome)
    to = f"to this recipient: {recipient_title(rulebook, case.recipient)}, on {day_text(case.date)}"
    if example.path:
        return f"{what} may leave, {to}. The copy can then travel on to {spoken(claim_.target).lower()}."
    if example.obligation:
        duty = words_for("en", rulebook.vocabulary).obligation(example.obligation)
        return (
            f"{what} {says}, {to}. Not owed then: {lower_first(duty)}."
            if claim_.effect == "permit"
            else (f"{what} {says}, {to}. Owed then, and must not be: {lower_first(duty)}.")
        )
    if claim_.kind == "missing_facts":
        return f"{what} {says}, {to}, while something is not known; once it is known, this can turn."
    return f"{what} {says}, {to}."


def _path(agencies: reach.Network, ids: tuple[str, ...]) -> list[str]:
    """The agreements by which a copy travels on, in their order."""
    names = {one.id: one.name for one in agencies.agencies}
    known = {one.id: one for one in agencies.agreements}
    path = [known[name] for name in ids if name in known]
    return [f"{names[one.giver]} to {names[one.receiver]}: {one.title}" for one in path]


def _unusual(rulebook: law.Rulebook, case: law.Case, example: Counterexample) -> list[str]:
    """The facts that make it so, a sentence each."""
    words = words_for("en", rulebook.vocabulary)
    facts = [rulebook.facts[name] for name in example.unusual if name in rulebook.facts]
    said = [words.stated(fact, case.facts[fact.name]) for fact in facts]
    return [f"{text[:1].upper()}{text[1:]}." for text in said]
