"""Weighs the network and the linear tagger together: what each word of a text most likely is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from schoolgate.engines.redact.finder.lexicons import Hit
from schoolgate.engines.redact.finder.model.network import learnt
from schoolgate.engines.redact.finder.model.pretrained import Floats
from schoolgate.engines.redact.finder.model.tagging import Found, decided, read
from schoolgate.engines.redact.finder.quick import word_scores
from schoolgate.engines.redact.finder.words import Word, words


@dataclass(frozen=True, slots=True)
class _Head:
    """How the two are weighed for one head: chosen on authors held back from the first course (docs/finder.md)."""

    linear: float
    more: float
    wide: float


# The linear tagger's whole numbers as something like log-likelihoods.
_TEMPERATURE: Final = 60.0
_IDENTIFIERS: Final = _Head(linear=1.0, more=0.0, wide=1.0)
_ATTRIBUTES: Final = _Head(linear=0.5, more=-0.5, wide=0.1)


def judged(texts: Sequence[str], hits: Sequence[Sequence[Hit]]) -> list[list[Found]]:
    """What the words of each text are, identifiers and attributes. O(pieces), some twenty thousand a second."""
    split = [words(text) for text in texts]
    labels = learnt().labels
    found = []
    for text, seen, one in zip(texts, hits, read(split), strict=True):
        linear = word_scores(text, [word.start for word in one.words], seen)
        found.append(
            [
                mark
                for head, likely, scores, names in zip(
                    (_IDENTIFIERS, _ATTRIBUTES), one.likely, linear, labels, strict=True
                )
                for mark in _decided(one.words, likely, scores, names, head)
            ]
        )
    return found


def _decided(marked: Sequence[Word], likely: Floats, scores: Floats, labels: Sequence[str], head: _Head) -> list[Found]:
    if not marked:
        return []
    both = likely + head.linear * _log_likelihood(scores / _TEMPERATURE)
    return decided(marked, both - np.log(np.exp(both).sum(axis=1, keepdims=True)), labels, head.more, head.wide)


def _log_likelihood(scores: Floats) -> Floats:
    low = scores - scores.max(axis=1, keepdims=True)
    likely: Floats = low - np.log(np.exp(low).sum(axis=1, keepdims=True))
    return likely
