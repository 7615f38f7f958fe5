"""A class of cases, named by what its members have in common, and that said in words."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from schoolgate.engines.law.deciding.program import Act
from schoolgate.engines.law.explaining.clauses import clause_of
from schoolgate.engines.law.explaining.words import Words
from schoolgate.engines.law.text import condition as c
from schoolgate.engines.law.text.rulebook import Rulebook
from schoolgate.engines.law.text.vocabulary import DISCLOSURE_DATE

__all__ = ["CaseClass", "Change", "Common", "words_of"]

Change = Literal["now_permitted", "now_denied", "now_owed", "no_longer_owed"]
Common = Mapping[c.Condition, bool]
MANY = 3


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

    @property
    def others(self) -> tuple[str, ...]:
        """Those of `unless` but the changed provision itself, whose new text goes without saying."""
        return tuple(name for name in self.unless if name != self.because)

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


def words_of(common: Common, words: Words, questions: Mapping[str, str]) -> tuple[str, ...]:
    """Say what the cases of a class have in common, one clause for each subject.

    Args:
        common: atoms and whether each holds.
        words: the language.
        questions: counsel's questions by provision id.
    """
    nouns = words.vocabulary
    said: list[str] = []
    rest: list[str] = []
    for atom, holds in common.items():
        match atom:
            case c.RecipientIn(kinds):
                titles = {name: words.recipient(name) for name in nouns.recipients}
                listed = _listed(kinds, titles, nouns.recipient_groups, words)
                said.append(words.said("class_recipient", what=listed))
            case c.ElementIn(names):
                titles = {name: words.element(name) for name in nouns.elements}
                said.append(words.said("class_element", what=_listed(names, titles, nouns.element_groups, words)))
            case c.OneOf(fact, codes):
                said.append(_one_of(fact, [nouns.facts[fact].values[code] for code in codes], words))
            case c.AboutElement(among):
                rest.append(words.members(among, [words.said("this_kind")], holds=holds))
            case c.Answer(provision):
                question = questions.get(provision, provision)
                rest.append(words.said("counsel_yes" if holds else "counsel_no", question=question))
            case c.Compare(_, c.Code(), c.FactValue(fact)) | c.Compare(_, c.FactValue(fact), c.Code()) if (
                fact == DISCLOSURE_DATE
            ):
                continue
            case _:
                rest.append(clause_of(atom, words, {}, holds=holds))
    return (*said, *_span(common, words), *rest)


def _span(common: Common, words: Words) -> tuple[str, ...]:
    """Say between which days the information moves."""
    first, last = dt.date.min.toordinal(), dt.date.max.toordinal()
    for atom, holds in common.items():
        match atom:
            case c.Compare("le", c.Code(day), c.FactValue(fact)) if fact == DISCLOSURE_DATE:
                first, last = (max(first, day), last) if holds else (first, min(last, day - 1))
            case c.Compare("lt", c.FactValue(fact), c.Code(day)) if fact == DISCLOSURE_DATE:
                first, last = (first, min(last, day - 1)) if holds else (max(first, day), last)
            case _:
                continue
    low = dt.date.fromordinal(first).isoformat() if first > dt.date.min.toordinal() else None
    high = dt.date.fromordinal(last).isoformat() if last < dt.date.max.toordinal() else None
    return (words.between(DISCLOSURE_DATE, low, high),) if low or high else ()


def _one_of(fact: str, values: list[str], words: Words) -> str:
    """Say which values an enum has, or which it has not, whichever is shorter."""
    others = [value for value in words.vocabulary.facts[fact].values if value not in values]
    if others and len(others) < len(values):
        return words.one_of(fact, others, holds=False)
    return words.one_of(fact, values)


def _listed(
    names: Collection[str], titles: Mapping[str, str], groups: Mapping[str, frozenset[str]], words: Words
) -> str:
    """List the names, or those that are left out, or the group they make, whichever is shortest."""
    inside, outside = frozenset(names), frozenset(titles).difference(names)
    if not outside:
        return words.said("class_any")
    for group, members in groups.items():
        if len(members) >= MANY and members in (inside, outside):
            noun = words.group(group)
            return words.said("class_but", what=noun) if members == outside else noun
    if len(outside) < len(inside):
        return words.said("class_but", what=words.listed([titles[name] for name in titles if name in outside]))
    return words.listed([titles[name] for name in titles if name in inside], "or")
