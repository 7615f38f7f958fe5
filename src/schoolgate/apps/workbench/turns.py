"""A decision told in plain words, in both languages; and what would change it, with a button that tries it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from schoolgate.engines import law
from schoolgate.engines.law.explaining.explain import Explanation, explain
from schoolgate.engines.law.explaining.flips import Change, Flip, Flips, flips_of

from .address import pairs_of

# What the page says itself, in more detail, beside the explanation.
BESIDES: Final = frozenset({"question", "obligation", "change"})


@dataclass(frozen=True, slots=True)
class Turn:
    """Changes that turn something, all of them needed.

    Attributes:
        text: who would have to do what, and what it would change.
        outcome: what it would come to; empty where no paper alone changes it.
        set: the form fields that try it; empty where nothing can be tried.
    """

    outcome: str
    text: str
    items: tuple[str, ...]
    set: str


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an explanation under its heading: sentences, each with the list that follows it."""

    heading: str
    sentences: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A decision in words.

    Attributes:
        turns: what would change it, in English.
        english: the answer, why, and how sure it is; the rest stands on the page.
        spanish: everything, as a family or a colleague would be told.
    """

    turns: tuple[Turn, ...]
    english: tuple[Part, ...]
    spanish: tuple[Part, ...]


def told(rulebook: law.Rulebook, case: law.Case, decision: law.Decision) -> Told:
    """Tell a decision. The flips are searched once for both languages."""
    flips = flips_of(rulebook, case)
    english = explain(rulebook, case, decision, "en", flips=flips)
    spanish = explain(rulebook, case, decision, "es", flips=flips)
    return Told(tuple(_turns(rulebook, flips, english)), _parts(english, BESIDES), _parts(spanish, frozenset()))


def _turns(rulebook: law.Rulebook, flips: Flips, explanation: Explanation) -> Iterable[Turn]:
    """Each sentence about a change with its flip: they stand in one order, then those that no change reaches."""
    waiting: list[Flip] = list(flips.flips)
    for paragraph in explanation.paragraphs:
        if paragraph.kind != "change":
            continue
        flip = waiting.pop(0) if waiting and waiting[0].elements == paragraph.elements else None
        yield Turn(
            flip.outcome if flip else "",
            paragraph.text,
            paragraph.items,
            _fields(rulebook, flip.changes) if flip else "",
        )


def _fields(rulebook: law.Rulebook, changes: Iterable[Change]) -> str:
    values = {name: value for one in changes for name, value in ((one.fact, one.after), *one.brings)}
    return urlencode([pair for name, value in values.items() for pair in pairs_of(rulebook.facts[name], value)])


def _parts(explanation: Explanation, left_out: frozenset[str]) -> tuple[Part, ...]:
    return tuple(
        Part(heading, tuple((one.text, one.items) for one in explanation.paragraphs if one.kind == kind))
        for kind, heading in explanation.headings
        if kind not in left_out
    )
