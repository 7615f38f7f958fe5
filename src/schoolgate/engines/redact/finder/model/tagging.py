"""Reads a text with the network, window by window, and gives each word's labels their likelihood."""

import os
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import numpy as np

from schoolgate.engines.redact.finder.model.network import Network, learnt, network
from schoolgate.engines.redact.finder.model.pieces import AFTER_SPACE, pieces
from schoolgate.engines.redact.finder.model.pretrained import Floats, pretrained
from schoolgate.engines.redact.finder.quick.tagger import best_path
from schoolgate.engines.redact.finder.words import Word

# Pieces read together, begin and end included; words that neighbouring windows share.
WINDOW: Final = 160
_SHARED: Final = 16
# Marks of a category with so few words between them are one.
_APART: Final = 1


@dataclass(frozen=True, slots=True)
class Read:
    """A text as the network reads it: log-probabilities of each word's labels, by head, (words, labels)."""

    words: Sequence[Word] = field(repr=False)
    likely: tuple[Floats, Floats] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Found:
    """What a head says of some words: code points of the original, the category, and how sure.

    That is the least likely of its words; of marks put together, the surer one's.
    """

    start: int
    end: int
    category: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Window:
    """Words low to high of a text, as the numbers of their pieces, and where each word's first piece stands."""

    low: int
    high: int
    numbers: list[int] = field(repr=False)
    firsts: list[int] = field(repr=False)


class Reading:
    """The words of a text while the network reads them, in threads of its own."""

    def __init__(self, words: Sequence[Word], with_network: Network | None = None) -> None:
        reader = with_network or network()
        self._words = words
        self._parts: list[tuple[Window, Future[tuple[Floats, Floats]]]] = [
            (one, _readers().submit(reader.read, one.numbers)) for one in windows(words)
        ]

    def done(self) -> Read:
        """Wait for what was read. O(pieces), some ten thousand a second on two cores."""
        sums = [np.zeros((len(self._words), len(names)), np.float32) for names in learnt().labels]
        weights = np.zeros(len(self._words), np.float32)
        for window, found in self._parts:
            part, weight = slice(window.low, window.high), _weight(window, len(self._words))
            weights[part] += weight
            for total, likely in zip(sums, found.result(), strict=True):
                total[part] += likely[window.firsts] * weight[:, None]
        one, two = (total / weights[:, None] for total in sums)
        return Read(self._words, (one, two))


@cache
def _readers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="finder")


# A child process has no threads of its parent's.
os.register_at_fork(after_in_child=_readers.cache_clear)


def decided(words: Sequence[Word], likely: Floats, labels: Sequence[str], more: float, wide: float) -> list[Found]:
    """The best way to label all words together. O(words x labels²).

    Args:
        words: the words of a text.
        likely: their log-probabilities, (words, labels).
        labels: the names of the labels; the first is "nothing".
        more: added to every label but the first.
        wide: a mark takes in the words beside it that are something with at least this probability: where it ends is less
            sure than that it is there, and half a phrase still tells. With 1 nothing is taken in or put together: names end
            where they end.
    """
    if not words:
        return []
    scores = likely.copy()
    scores[:, 1:] += more
    path = best_path(scores)
    something = 1 - np.exp(likely[:, 0])
    found, at, free = list[Found](), 0, 0
    while at < len(words):
        if not path[at]:
            at += 1
            continue
        low, high = at, at + 1
        while high < len(words) and path[high] and labels[path[high]][0] == "I":
            high += 1
        sure = float(np.exp(min(likely[n, path[n]] for n in range(low, high))))
        at = high
        while low > free and something[low - 1] >= wide and not path[low - 1]:
            low -= 1
        while high < len(words) and something[high] >= wide and not path[high]:
            high += 1
        category = labels[path[at - 1]][2:]
        if wide < 1 and found and found[-1].category == category and low - free <= _APART and free:
            before = found.pop()
            found.append(Found(before.start, words[high - 1].end, category, max(before.confidence, sure)))
        else:
            found.append(Found(words[low].start, words[high - 1].end, category, sure))
        at = free = max(at, high)
    return found


def windows(words: Sequence[Word]) -> list[Window]:
    """The windows of a text's words; neighbours share some, so that each word is read with what stands around it."""
    known = pretrained()
    split = [pieces((AFTER_SPACE if word.after_space else "") + word.reads) for word in words]
    made, low = list[Window](), 0
    while low < len(words):
        high, length = low, 2
        while high < len(words) and (high == low or length + len(split[high]) <= WINDOW):
            length += len(split[high])
            high += 1
        numbers, firsts = [known.begin], []
        for one in split[low:high]:
            firsts.append(len(numbers))
            numbers += one
        made.append(Window(low, high, [*numbers, known.end], firsts))
        if high == len(words):
            break
        low = max(low + 1, high - _SHARED)
    return made


def _weight(window: Window, words: int) -> Floats:
    """A word in the middle of a window is read better than one at an edge where the text goes on."""
    length = window.high - window.low
    left = np.arange(1, length + 1) if window.low else np.full(length, _SHARED)
    right = np.arange(length, 0, -1) if window.high < words else np.full(length, _SHARED)
    weight: Floats = np.minimum(np.minimum(left, right), _SHARED).astype(np.float32)
    return weight
