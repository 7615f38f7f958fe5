"""A class of cases, named by what its members have in common, and that said in words."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from schoolgate.engines.law.deciding.program import Act
from schoolgate.engines.law.text import condition as c
from schoolgate.engines.law.text.rulebook import Rulebook
from schoolgate.engines.law.text.vocabulary import DISCLOSURE_DATE, Vocabulary

__all__ = ["CaseClass", "Change", "Common", "words_of"]

Change = Literal["now_permitted", "now_denied", "now_owed", "no_longer_owed"]
Common = Mapping[c.Condition, bool]
MANY = 6


@dataclass(frozen=True, slots=True)
class CaseClass:
    """Cases that one change of law treats alike.

    Attributes:
        common: atoms of conditions, and whether each holds in every case of the class.
        words: the same, one clause each, to be joined by "and"; empty when it is every case.
        because: the id of the changed provision that makes the difference; empty for a layer that needs no door.
        unless: ids of other changed provisions that take cases out of the class: where one of them holds, the
            other rulebook comes to the same.
        example: a complete case of the class, but for counsel's answers.
        answers: counsel's answers in it, to the questions of both rulebooks.
        element: the element of the example that is decided otherwise; for a duty, one that its act is about.
        obligation: for a duty, its name; otherwise empty.
        acts: for a duty, the acts that bring it about.
    """

    change: Change
    common: Common
    words: tuple[str, ...]
    because: str
    unless: tuple[str, ...]
    example: Mapping[str, Any]
    answers: Mapping[str, bool]
    element: str
    obligation: str = ""
    acts: tuple[Act, ...] = ()

    def example_under(self, rulebook: Rulebook) -> dict[str, Any]:
        """Return the example as `parse_case` reads it under one of the two rulebooks."""
        answers = {name: self.answers[name] for name in rulebook.counsel_ids if name in self.answers}
        return {**self.example, "rulebook": rulebook.id, "counsel_answers": answers}

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "change": self.change,
            "words": list(self.words),
            "because": self.because,
            "unless": list(self.unless),
            "element": self.element,
            **({"obligation": self.obligation, "acts": list(self.acts)} if self.obligation else {}),
            "example": {**self.example, "counsel_answers": dict(self.answers)},
        }


def words_of(common: Common, vocabulary: Vocabulary, questions: Mapping[str, str]) -> tuple[str, ...]:
    """Say what the cases of a class have in common, one clause for each subject.

    Args:
        common: atoms and whether each holds.
        vocabulary: the titles of elements and recipients, and the facts' questions.
        questions: counsel's questions by provision id.
    """
    said: list[str] = []
    rest: list[str] = []
    for atom, holds in common.items():
        match atom:
            case c.RecipientIn(kinds):
                titles = {name: one.title or name for name, one in vocabulary.recipients.items()}
                said.append(f"the recipient is {_listed(kinds, titles, vocabulary.recipient_groups)}")
            case c.ElementIn(names):
                titles = {name: one.title or name for name, one in vocabulary.elements.items()}
                said.append(f"what is asked for is {_listed(names, titles, vocabulary.element_groups)}")
            case c.OneOf(fact, codes):
                values = vocabulary.facts[fact].values
                listed = _listed([values[code] for code in codes], {value: _plain(value) for value in values}, {})
                said.append(f"{vocabulary.facts[fact].question} {listed}")
            case c.Compare(_, c.Code(), c.FactValue(fact)) | c.Compare(_, c.FactValue(fact), c.Code()) if (
                fact == DISCLOSURE_DATE
            ):
                continue
            case _:
                rest.append(_clause(atom, vocabulary, questions, holds=holds))
    span = _span(common)
    return (*said, *([span] if span else []), *rest)


def _span(common: Common) -> str:
    """Say between which days the information moves."""
    first, end = dt.date.min.toordinal(), dt.date.max.toordinal()
    for atom, holds in common.items():
        match atom:
            case c.Compare("le", c.Code(day), c.FactValue(fact)) if fact == DISCLOSURE_DATE:
                first, end = (max(first, day), end) if holds else (first, min(end, day))
            case c.Compare("lt", c.FactValue(fact), c.Code(day)) if fact == DISCLOSURE_DATE:
                first, end = (first, min(end, day)) if holds else (max(first, day), end)
            case _:
                continue
    clauses = []
    if first > dt.date.min.toordinal():
        clauses.append(f"from {dt.date.fromordinal(first):%d %b %Y} on")
    if end < dt.date.max.toordinal():
        clauses.append(f"before {dt.date.fromordinal(end):%d %b %Y}")
    return f"it moves {' and '.join(clauses)}" if clauses else ""


def _listed(names: Collection[str], titles: Mapping[str, str], groups: Mapping[str, frozenset[str]]) -> str:
    """List the names, or those that are left out, or the group they make, whichever is shortest."""
    inside, outside = frozenset(names), frozenset(titles).difference(names)
    if not outside:
        return "any"
    for group, members in groups.items():
        if len(members) > MANY and members in (inside, outside):
            return f"{'anything but' if members == outside else 'any'} {_plain(group)}"
    if len(outside) < len(inside):
        return f"anything but {_joined([titles[name] for name in titles if name in outside], 'and')}"
    return _joined([titles[name] for name in titles if name in inside], "or")


def _joined(words: list[str], word: str) -> str:
    if not words:
        return "none"
    return words[0] if len(words) == 1 else f"{'; '.join(words[:-1])} {word} {words[-1]}"


def _plain(value: str) -> str:
    return value.replace("_", " ")


def _clause(atom: c.Condition, vocabulary: Vocabulary, questions: Mapping[str, str], *, holds: bool) -> str:
    answer = "yes" if holds else "no"
    match atom:
        case c.Flag(fact):
            return f"{vocabulary.facts[fact].question} {answer}"
        case c.Answer(provision):
            return f"counsel is asked: {questions.get(provision, provision)} {answer}"
        case c.AboutElement(among):
            return f"{vocabulary.facts[among].question} {'This one' if holds else 'Not this one'}"
        case c.Within(fact, among):
            one, two = vocabulary.facts[fact].question, vocabulary.facts[among].question
            return f"the answer to “{one}” is {'' if holds else 'not '}among the answers to “{two}”"
        case c.Sets(op, left, right):
            word = {"within": "is part of", "meets": "shares something with", "equals": "equals"}[op]
            one, two = _side(left, right, vocabulary), _side(right, left, vocabulary)
            return f"{'' if holds else 'it is not so that '}{one} {word} {two}"
        case c.Compare(op, left, right):
            word = {"eq": "equals", "lt": "is before or below", "le": "is not after or above"}[op]
            one, two = _side(left, right, vocabulary), _side(right, left, vocabulary)
            return f"{'' if holds else 'it is not so that '}{one} {word} {two}"
        case _:
            raise TypeError(f"no atom: {type(atom).__name__}")


def _side(operand: c.Operand, other: c.Operand, vocabulary: Vocabulary) -> str:
    if isinstance(operand, c.FactValue):
        return f"the answer to “{vocabulary.facts[operand.fact].question}”"
    if not isinstance(other, c.FactValue):
        return str(operand.value)
    fact = vocabulary.facts[other.fact]
    value = fact.decode(operand.value)
    if isinstance(value, list):
        return "(" + _joined([_plain(name) for name in value], "and") + ")"
    return str(value)
