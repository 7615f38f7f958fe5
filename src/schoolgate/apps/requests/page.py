"""What the decision page says, in the order in which its reader needs it."""

from dataclasses import dataclass
from datetime import date
from json import dumps
from typing import Final

from django.utils.safestring import SafeString

from schoolgate.apps.access.actors import Actor, Role
from schoolgate.apps.access.moment import today
from schoolgate.apps.agencies.reader_section import ReachSection, reach_section
from schoolgate.apps.agencies.selectors import network
from schoolgate.apps.schools.selectors import rulebook
from schoolgate.engines import law
from schoolgate.engines.kept import Kept
from schoolgate.web.dates import day_text

from .models import INSTRUMENTS, Decision, Request, State
from .onward import LEAVES, copy_of
from .rows import rule_links
from .services import permitted_elements, prohibited_elements, waits_until

# By all that an explanation follows from: the rulebook, and the facts of a case, whichever case has them.
_EXPLAINED: Final = Kept[tuple[str, str], law.Explanation](256)
# What tells one case from another and is no fact: an explanation does not follow from it, nor say it.
_ANY_CASE: Final = {"id": "any", "title": "Any case with these facts"}
LAYERS = {"federal": "Federal", "state": "State", "local": "District and city"}


@dataclass(frozen=True, slots=True)
class LayerRow:
    """One layer of the law: how it votes over all elements, and because of what."""

    name: str
    vote: str
    because: SafeString


@dataclass(frozen=True, slots=True)
class WithheldRow:
    """An element that stays, and the provisions that keep it."""

    element: str
    title: str
    barred: bool
    because: SafeString


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """An open question with the field in which to answer it."""

    id: str
    text: str
    who: str
    may_answer: bool
    kind: str
    choices: tuple[tuple[str, str], ...]
    asked_by: SafeString


@dataclass(frozen=True, slots=True)
class DecisionPage:
    """Everything on the page."""

    answer: str
    lead: str
    layers: tuple[LayerRow, ...]
    permitted: tuple[tuple[str, str], ...]
    withheld: tuple[WithheldRow, ...]
    considered: SafeString
    questions: tuple[QuestionRow, ...]
    obligations: tuple[tuple[str, str, date | None], ...]
    next: ReachSection
    fresh: bool
    changes: tuple[law.Paragraph, ...]
    evidence: tuple[law.Paragraph, ...]


def decision_page(decision: Decision, actor: Actor) -> DecisionPage:
    """Build the page of a decision."""
    book = rulebook()
    document, day = decision.document, decision.law_date
    answer, lead = sentences(decision)
    told = _told(decision, book)
    return DecisionPage(
        answer=answer,
        lead=lead,
        layers=tuple(_layers(document, book, day)),
        permitted=tuple((name, title_of(book, name)) for name in sorted(permitted_elements(decision))),
        withheld=tuple(_withheld(decision, book)),
        considered=rule_links((book.provisions[one["provision"]] for one in document["considered"]), day),
        questions=tuple(_question(one, book, actor, day) for one in document["questions"]),
        obligations=tuple(_obligations(decision, book)),
        next=reach_section(copy_of(decision, today()), network(), leaves=decision.outcome in LEAVES),
        fresh=decision.law_date == today(),
        changes=told.of("change") if told else (),
        evidence=told.of("evidence") if told else (),
    )


def _told(decision: Decision, book: law.Rulebook) -> law.Explanation | None:
    """The explanation of a decision that the district's present rulebook made, else None."""
    if decision.document["digest"] != book.digest:
        return None
    case = {**decision.case, **_ANY_CASE, "recipient": {"kind": decision.case["recipient"]["kind"]}}
    return _EXPLAINED.get((book.digest, dumps(case, sort_keys=True)), lambda: _explained(case, book))


def _explained(given: dict[str, object], book: law.Rulebook) -> law.Explanation:
    case = law.parse_case(given, book)
    return law.explain(book, case, law.decide(book, case))


def _obligations(decision: Decision, book: law.Rulebook) -> list[tuple[str, str, date | None]]:
    """What must be done, once each, with every law that asks it."""
    laws: dict[str, list[str]] = {}
    due: dict[str, date | None] = {}
    for one in decision.obligations.all():
        laws.setdefault(one.name, []).append(one.citation)
        days = [day for day in (due.get(one.name), one.due) if day]
        due[one.name] = min(days) if days else None
    words = law.words_for("en", book.vocabulary)
    return [(words.obligation(name), "; ".join(cited), due[name]) for name, cited in laws.items()]


def sentences(decision: Decision) -> tuple[str, str]:
    """The page's first sentence, and the one on when."""
    request = decision.request
    leaves = len(permitted_elements(decision))
    total = len(decision.document["elements"])
    paper = INSTRUMENTS[request.instrument].lower()
    match decision.outcome:
        case "permit":
            answer = f"All of this may leave: {leaves} elements, to {request.agency.name}, under: {paper}."
        case "permit_redacted":
            answer = f"Part of this may leave: {leaves} of {total} elements, to {request.agency.name}, under: {paper}."
        case "deny":
            answer = f"Nothing may leave to {request.agency.name}. What they showed: {paper}."
        case _:
            questions = len(decision.document["questions"])
            answer = f"Nothing leaves yet: {questions} question{'s' if questions != 1 else ''} must be answered first."
    return answer, _when(request, decision)


def _when(request: Request, decision: Decision) -> str:
    if decision.outcome not in {"permit", "permit_redacted"} or request.state in {
        State.RELEASED,
        State.REFUSED,
    }:
        return ""
    owed, day = waits_until(request, decision)
    if not owed:
        return "It may leave once a person has confirmed it."
    if day is None:
        return "The family must be told first. It may leave 10 days after."
    return f"Not before {day_text(day)}: the family was told, and has until then to object."


def title_of(book: law.Rulebook, element: str) -> str:
    """An element in words."""
    found = book.elements.get(element)
    return found.title if found and found.title else element.replace("_", " ").capitalize()


def _layers(document: dict[str, object], book: law.Rulebook, day: date) -> list[LayerRow]:
    rows = []
    for layer, name in LAYERS.items():
        votes = [
            vote
            for element in document["elements"]  # type: ignore[attr-defined]
            for vote in element["votes"]
            if vote["layer"] == layer
        ]
        if not votes:
            continue
        values = {vote["value"] for vote in votes}
        shown = "open" if "open" in values else "asks" if "unknown" in values else "shut"
        wanted = {"open": "open", "asks": "unknown", "shut": "shut"}[shown]
        ids = {one for vote in votes if vote["value"] == wanted for one in vote["provisions"]}
        because = rule_links((book.provisions[one] for one in sorted(ids)), day, between="; ")
        rows.append(LayerRow(name, shown, because))
    return rows


def _withheld(decision: Decision, book: law.Rulebook) -> list[WithheldRow]:
    barred = prohibited_elements(decision)
    return [
        WithheldRow(
            element=one["element"],
            title=title_of(book, one["element"]),
            barred=one["element"] in barred,
            because=rule_links(
                (book.provisions[name] for name in one["prohibitions"] or one["provisions"]),
                decision.law_date,
                between="; ",
                titled=False,
            ),
        )
        for one in decision.document["elements"]
        if one["outcome"] == "deny"
    ]


def _question(one: dict[str, object], book: law.Rulebook, actor: Actor, day: date) -> QuestionRow:
    name, who = str(one["id"]), str(one["answered_by"])
    fact = book.facts.get(name)
    kind = fact.type if fact else "bool"
    choices: tuple[tuple[str, str], ...] = (("yes", "Yes"), ("no", "No"))
    if fact and kind == "enum":
        choices = tuple((value, value.replace("_", " ").capitalize()) for value in fact.values)
    elif fact and kind == "set":
        asked = one["elements"]
        choices = tuple((str(value), title_of(book, str(value))) for value in asked)  # type: ignore[attr-defined]
    return QuestionRow(
        id=name,
        text=str(one["text"]),
        who=who.replace("_", " "),
        may_answer=who != "counsel" or actor.role is Role.COUNSEL,
        kind=kind,
        choices=choices,
        asked_by=rule_links((book.provisions[name] for name in one["asked_by"]), day),  # type: ignore[attr-defined]
    )
