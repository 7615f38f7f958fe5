"""Weighs the network and the linear tagger together: what each word of a text most likely is."""

import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np

from schoolgate.engines.redact.categories import ATTRIBUTES
from schoolgate.engines.redact.finder.lexicons import Hit
from schoolgate.engines.redact.finder.model.network import learnt
from schoolgate.engines.redact.finder.model.pretrained import Floats
from schoolgate.engines.redact.finder.model.tagging import Found, Reading, decided
from schoolgate.engines.redact.finder.quick import word_scores
from schoolgate.engines.redact.finder.words import Word


@dataclass(frozen=True, slots=True)
class _Head:
    """How the two are weighed for one head: chosen on authors from whom neither has learnt (docs/finder.md)."""

    linear: float
    # The linear tagger's whole numbers, by this, are something like log-likelihoods.
    temperature: float
    more: float
    wide: float


# How much what an entry of the lexicons says moves its words, for each unit of the log-odds that it is right.
_BELIEF: Final = 2.0
# And where an entry says that its words are harmless, or that what it needs does not stand beside them: a street of that name.
_DOUBT: Final = -1.0
# A form that is right this often is marked even where the readers see nothing: they learnt from texts in which half of what
# could tell something does not, and a plain sentence says little to doubt it by.
_RIGHT_ENOUGH: Final = 0.6
# An entry that was seldom met, or that a district wrote, is believed as much as entries are on the whole.
_UNMET: Final = (2, 3)
_IDENTIFIERS: Final = _Head(linear=1.0, temperature=60.0, more=0.0, wide=1.0)
_ATTRIBUTES: Final = _Head(linear=0.6, temperature=60.0, more=-1.0, wide=0.2)


def judged(text: str, hits: Sequence[Hit], reading: Reading) -> list[Found]:
    """What the words of a text are, identifiers and attributes, from what the lexicons say and the network reads."""
    one, labels = reading.done(), learnt().labels
    _believe(one.words, one.likely[1], labels[1], hits)
    linear = word_scores(text, [word.start for word in one.words], hits)
    found = [
        mark
        for head, likely, scores, names in zip((_IDENTIFIERS, _ATTRIBUTES), one.likely, linear, labels, strict=True)
        for mark in _decided(one.words, likely, scores, names, head)
    ]
    return [*found, *_said_plainly(hits, [mark for mark in found if mark.category in ATTRIBUTES])]


def _said_plainly(hits: Sequence[Hit], found: Sequence[Found]) -> list[Found]:
    """What forms say that are mostly right, where nothing was found; of forms that meet, the longest."""
    kept = list[Found]()
    for hit in sorted(hits, key=lambda one: (one.start - one.end, one.start)):
        right = _right(hit.entry.category, hit.entry.reason)
        if (
            hit.counts
            and right >= _RIGHT_ENOUGH
            and not any(hit.start < one.end and one.start < hit.end for one in (*found, *kept))
        ):
            kept.append(Found(hit.start, hit.end, hit.entry.category, right))
    return kept


def _believe(marked: Sequence[Word], likely: Floats, labels: Sequence[str], hits: Sequence[Hit]) -> None:
    """Move the words of what the lexicons say towards it, in place."""
    for hit in hits:
        belief = _BELIEF * _log_odds(hit.entry.category, hit.entry.reason) if hit.counts else _DOUBT
        begin = labels.index(f"B-{hit.entry.category}")
        inside = [n for n, word in enumerate(marked) if word.start < hit.end and hit.start < word.end]
        # What begins may go on and what goes on may begin, but a hit is one mark.
        likely[inside, begin + 1] += belief
        likely[inside[:1], begin] += belief
        likely[inside[1:], begin] += belief / 2


@cache
def _log_odds(category: str, reason: str) -> float:
    right = _right(category, reason)
    return max(0.0, math.log(right / (1 - right)))


@cache
def _right(category: str, reason: str) -> float:
    """How often an entry is right."""
    count = _trust().get(category, {}).get(reason, {"seen": 0, "right": 0})
    return (count["right"] + _UNMET[0]) / (count["seen"] + _UNMET[1])


@cache
def _trust() -> dict[str, dict[str, dict[str, int]]]:
    return tomllib.loads(files("schoolgate.engines.redact").joinpath("data", "trust.toml").read_text(encoding="utf-8"))


def _decided(marked: Sequence[Word], likely: Floats, scores: Floats, labels: Sequence[str], head: _Head) -> list[Found]:
    if not marked:
        return []
    both = likely + head.linear * _log_likelihood(scores / head.temperature)
    return decided(marked, both - np.log(np.exp(both).sum(axis=1, keepdims=True)), labels, head.more, head.wide)


def _log_likelihood(scores: Floats) -> Floats:
    low = scores - scores.max(axis=1, keepdims=True)
    likely: Floats = low - np.log(np.exp(low).sum(axis=1, keepdims=True))
    return likely
