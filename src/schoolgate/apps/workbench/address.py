"""A case as the fields of a form and as an address: what one sees can be sent to a colleague.

A fact that stands nowhere takes its default, or is not known; `fact=` says that it is not known where a default would
stand. A set is `fact=known` and one `fact-has` for each member. Fact names have no dash, so the two never meet.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from schoolgate.engines import law

KNOWN = "known"
ANSWER = "answer-"
MEMBER = "-has"
YES_NO = {"yes": True, "no": False}
# Addresses use these for what is no fact.
RESERVED = frozenset({"book", "on", "to", "ask"})


@dataclass(frozen=True, slots=True)
class Tried:
    """A case that is being tried.

    Attributes:
        book: the code of the rulebook or draft, see `books`.
        facts: what was said, plain; None where it was said that a fact is not known.
        answers: what counsel answered, by provision.
        problems: what was typed and cannot be read, by field.
    """

    book: str
    day: date
    recipient: str
    elements: tuple[str, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)
    answers: Mapping[str, bool] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)

    def case_data(self, rulebook: law.Rulebook) -> dict[str, Any]:
        """The case as the engine reads it."""
        return {
            "format": law.CASE_FORMAT,
            "id": "workbench",
            "rulebook": rulebook.id,
            "date": self.day.isoformat(),
            "recipient": {"kind": self.recipient},
            "elements": list(self.elements),
            "facts": dict(self.facts),
            "counsel_answers": dict(self.answers),
        }

    def query(self, rulebook: law.Rulebook) -> str:
        """The address of this case, without the question mark; what goes without saying is left out."""
        pairs = [("book", self.book), ("on", self.day.isoformat()), ("to", self.recipient)]
        pairs += [("ask", name) for name in self.elements]
        for name, value in sorted(self.facts.items()):
            pairs += pairs_of(rulebook.facts[name], value)
        pairs += [(ANSWER + name, "yes" if value else "no") for name, value in sorted(self.answers.items())]
        return urlencode(pairs)


def read(data: QueryDict, rulebook: law.Rulebook, *, book: str, today: date) -> Tried:
    """Read a form or an address. What a rulebook does not know is left out; what cannot be read is a problem."""
    problems: dict[str, str] = {}
    vocabulary = rulebook.vocabulary
    day = today
    if typed := data.get("on"):
        try:
            day = date.fromisoformat(typed)
        except ValueError:
            problems["on"] = "Write the day as YYYY-MM-DD."
    recipient = data.get("to", "")
    if recipient not in vocabulary.recipients:
        recipient = "local_police" if "local_police" in vocabulary.recipients else min(vocabulary.recipients)
    askable = {name for name, element in rulebook.elements.items() if not element.hides_in}
    elements = tuple(name for name in dict.fromkeys(data.getlist("ask")) if name in askable)
    facts: dict[str, Any] = {}
    for name, fact in rulebook.facts.items():
        if name not in data or name == "disclosure_date":
            continue
        try:
            value = _value(fact, data)
        except ValueError:
            problems[name] = f"This cannot be read: {fact.expected}."
            continue
        if value != fact.default:
            facts[name] = value
    given = {name: _text(data, ANSWER + name) for name in rulebook.counsel_ids}
    answers = {name: YES_NO[text] for name, text in given.items() if text in YES_NO}
    if not elements:
        elements = ("student_name",) if "student_name" in askable else (min(askable),)
        if "ask" in data or "to" in data:
            problems["ask"] = "Mark at least one kind of thing that is asked for."
    return Tried(book, day, recipient, elements, facts, answers, problems)


def tried(case: law.Case, rulebook: law.Rulebook, *, book: str) -> Tried:
    """The tried case of a case that was parsed with the rulebook."""
    facts = {
        name: value
        for name, value in case.facts.items()
        if name != "disclosure_date" and value != rulebook.facts[name].default
    }
    return Tried(book, case.date, case.recipient, case.elements, facts, dict(case.counsel_answers))


def pairs_of(fact: law.Fact, value: object) -> Iterable[tuple[str, str]]:
    """The fields that say a fact's value."""
    match value:
        case None:
            return [(fact.name, "")]
        case bool():
            return [(fact.name, "yes" if value else "no")]
        case list() | tuple():
            return [(fact.name, KNOWN), *((fact.name + MEMBER, str(member)) for member in value)]
        case _:
            return [(fact.name, str(value))]


def _value(fact: law.Fact, data: QueryDict) -> object:
    """The plain value of a field, or None when it says that the fact is not known.

    Raises:
        ValueError: it is no value of this fact.
    """
    text = _text(data, fact.name)
    if not text:
        return None
    value: object = text
    match fact.type:
        case "bool":
            value = YES_NO.get(text, text)
        case "number":
            value = int(text)
        case "set":
            value = sorted(set(data.getlist(fact.name + MEMBER)))
    return fact.decode(fact.encode(value)) if fact.type != "bool" else bool(fact.encode(value))


def _text(data: QueryDict, name: str) -> str:
    value = data.get(name)
    return value.strip() if isinstance(value, str) else ""
