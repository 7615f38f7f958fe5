"""Labelled texts as windows of pieces, clean and as people and scanners spoil them."""

import random
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

sys.path.append(str(Path(__file__).resolve().parents[2] / "tests"))

from schoolgate.engines.redact.categories import ATTRIBUTES, IDENTIFIERS
from schoolgate.engines.redact.finder.model.tagging import Window, windows
from schoolgate.engines.redact.finder.words import Word, words
from support.labelled import Labelled, labelled  # the labelled texts, which no package holds

_KINDS: Final = ("person", *(one for one in IDENTIFIERS if not one.startswith("person")))
LABELS: Final = (
    ("O", *(f"{step}-{one}" for one in _KINDS for step in "BI")),
    ("O", *(f"{step}-{one}" for one in ATTRIBUTES for step in "BI")),
)
# What scanners take for something else.
_SCANNED: Final = (
    ("m", "rn"), ("l", "1"), ("o", "0"), ("i", "l"), ("e", "c"), ("d", "cl"), ("s", "5"), ("a", "@"), ("rn", "m"),
    ("h", "b"), ("u", "v"), ("g", "q"),
)  # fmt: skip
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"


@dataclass
class Lesson:
    """A window with the labels of its words, as numbers, by head."""

    window: Window
    labels: tuple[NDArray[np.int32], NDArray[np.int32]]


def lessons(authors: Sequence[str], copies: int, seed: int) -> Iterator[Lesson]:
    """The windows of the authors' texts: a clean copy of each, then spoiled ones."""
    rng = random.Random(seed)
    for one in (one for author in authors for one in labelled(author)):
        clean = words(one.text)
        first, second = labels_of(one, [(word.start, word.end) for word in clean])
        for copy in range(copies):
            for window in windows(spoiled(rng, clean) if copy else clean):
                part = slice(window.low, window.high)
                yield Lesson(window, (first[part], second[part]))


def labels_of(one: Labelled, places: Sequence[tuple[int, int]]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The labels of words at these places, by head."""
    found = np.zeros(len(places), np.int32), np.zeros(len(places), np.int32)
    for start, end, category in one.spans:
        kind = "person" if category.startswith("person") else category
        head = int(kind in ATTRIBUTES)
        inside = [n for n, (begun, ended) in enumerate(places) if begun < end and start < ended]
        found[head][inside] = LABELS[head].index(f"I-{kind}")
        found[head][inside[:1]] = LABELS[head].index(f"B-{kind}")
    return found


def spoiled(rng: random.Random, given: Sequence[Word]) -> list[Word]:
    """Words in small letters, without accents, mistyped, misread, or shouted."""
    mood = rng.random()
    often = 0.10 if mood < 0.75 else 0.25
    return [replace(word, reads=_spoiled(rng, word.reads, mood, often) or "x") for word in given]


def _spoiled(rng: random.Random, word: str, mood: float, often: float) -> str:
    if mood < 0.25:
        word = word.lower()
    if mood < 0.5 and rng.random() < 0.3:
        word = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c)) or word
    if len(word) > 3 and word.isalpha() and rng.random() < often:
        word = _mistaken(rng, word)
    return word.upper() if mood > 0.93 else word


def _mistaken(rng: random.Random, word: str) -> str:
    at, way = rng.randrange(len(word)), rng.random()
    if way < 0.25:
        return word[:at] + word[at + 1 :]
    if way < 0.45 and at + 1 < len(word):
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if way < 0.6:
        return word[:at] + rng.choice(_LETTERS) + word[at + 1 :]
    for meant, seen in rng.sample(_SCANNED, 4):
        if meant in word:
            return word.replace(meant, seen, 1)
    return word
