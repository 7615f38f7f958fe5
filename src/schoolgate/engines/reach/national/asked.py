"""A question put to an index: which pairs each arc lets through."""

# ruff: noqa: PLR0917 - compiled functions take places and not names

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from schoolgate.engines.reach.errors import ReachError
from schoolgate.engines.reach.national.columns import UNKNOWN_KINDS, UNKNOWN_PURPOSES
from schoolgate.engines.reach.national.compiled import Ints, Words, compiled
from schoolgate.engines.reach.national.index import Arcs, Index, Terms
from schoolgate.engines.reach.network.nouns import STATUSES, Status
from schoolgate.engines.reach.searching.prepared import FOREVER
from schoolgate.engines.reach.searching.question import Labels, Question, several

WORD: Final = 64
MOST_PAIRS: Final = 2 * WORD
_LOW: Final = (1 << WORD) - 1

# What an arc is to a question, as four words: pairs 0 to 63, pairs 64 to 127, then as int32: where it leads, its
# last day (no later than the question's), its first day, where it comes from. Half a cache line: all that a search
# asks of an arc comes at once.
TARGET: Final = 4
ENDS: Final = 5
STARTS: Final = 6
SOURCE: Final = 7


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """An index prepared for a question.

    Attributes:
        index: What is searched.
        question: What is asked; its start may be empty when several schools ask.
        labels: Its pairs as bits.
        words: The arcs as uint64, 4 each.
        until: Last day looked at, as an ordinal.
    """

    index: Index
    question: Question
    labels: Labels
    words: Words
    until: int

    @property
    def numbers(self) -> Ints:
        """The same bytes as int32, 8 an arc."""
        return self.words.view(np.int32)

    @property
    def everything(self) -> tuple[int, int]:
        """All pairs asked about, as two words."""
        return halves(self.labels.everything)


def asked(
    index: Index,
    start: str,
    since: date,
    kinds: Iterable[str],
    purposes: Iterable[str],
    *,
    until: date | None = None,
    statuses: Iterable[Status] | None = None,
) -> Asked:
    """Prepare a question as `reach` takes it; the reading is the index's.

    O(arcs), eight words at a look-up; nothing when the same was asked of the same index a moment ago.

    Raises:
        ReachError: When nothing is asked about, for an unknown status, and for more than 128 pairs at once.
    """
    if statuses is None:
        left_out = {"prohibited"} if index.reading == "worst_case" else {"prohibited", "disputed"}
        statuses = [status for status in STATUSES if status not in left_out]
    words = several("kinds", kinds), several("purposes", purposes), until, several("statuses", statuses)
    question = Question(start, since, *words, index.reading)  # type: ignore[arg-type]  # it checks the statuses
    labels = Labels.of(question)
    pairs = len(labels.kinds) * len(labels.purposes)
    if pairs > MOST_PAIRS:
        raise ReachError(f"{pairs} pairs of purpose and kind; at most {MOST_PAIRS} are answered at once: ask in parts")
    last = until.toordinal() if until else FOREVER
    kept = labels, question.statuses, last
    masked = index.kept.get(kept, lambda: _masked(index, question, labels, last))
    return Asked(index, question, labels, masked, last)


def _masked(index: Index, question: Question, labels: Labels, last: int) -> Words:
    """What each arc is to a question, whoever holds the data."""
    known, width = index.columns.vocabulary, len(labels.kinds)
    # Made by numpy, which asks for large pages: a search reads it at random.
    masked = np.empty((index.arcs.source.size, 4), np.uint64)
    _mask(
        masked,
        index.arcs,
        index.terms,
        np.array([status in question.statuses for status in STATUSES]),
        _spread(_places(labels.purposes, known.purposes), width),
        np.bitwise_or.reduce([_row_at(row * width, width) for row in range(len(labels.purposes))]),
        _by_byte(_places(labels.kinds, known.kinds)),
        width,
        last,
        worst=index.reading == "worst_case",
    )
    return masked


def halves(mask: int) -> tuple[int, int]:
    """A mask as two words."""
    return mask & _LOW, mask >> WORD


def whole(low: int, high: int) -> int:
    """Two words as one mask."""
    return int(low) | int(high) << WORD


def _places(words: tuple[str, ...], known: tuple[str, ...]) -> Ints:
    """The bit of each word in the columns, -1 for a word they do not know."""
    return np.array([known.index(word) if word in known else -1 for word in words], np.int32)


def _by_byte(places: Ints) -> Words:
    """For each byte of a column of kinds and each value of it, the bits of the question; 8 by 256."""
    table = np.zeros((8, 256), np.uint64)
    for bit, place in enumerate(places):
        if place >= 0:
            has = np.arange(256) >> (place % 8) & 1 == 1
            table[place // 8, has] |= np.uint64(1 << bit)
    return table


def _spread(places: Ints, width: int) -> Words:
    """For each byte of a column of purposes and each value of it: where the row of kinds goes; 4 by 256 by 3."""
    table = np.zeros((4, 256, 3), np.uint64)
    for number, place in enumerate(places):
        if place >= 0:
            table[place // 8, np.arange(256) >> (place % 8) & 1 == 1] |= _row_at(number * width, width)
    return table


def _row_at(at: int, width: int) -> Words:
    """Where a row of kinds goes, as three words, which are or-ed for several rows.

    The row times the first gives the low half of the pairs, times the second the high half (rows do not overlap, so
    nothing is carried); the third is how far a row that lies across the border is shifted down: only one can.
    """
    low, high = (1 << at, 0) if at < WORD else (0, 1 << at - WORD)
    return np.array([low, high, WORD - at if at < WORD < at + width else 0], np.uint64)


@compiled
def _mask(
    words: Words,
    arcs: Arcs,
    terms: Terms,
    admitted: NDArray[np.bool],
    purposes: Words,
    all_purposes: Words,
    kinds: Words,
    width: int,
    until: int,
    worst: bool,  # noqa: FBT001 - called by name
) -> None:
    numbers = words.view(np.int32)
    none = np.uint64(0)
    every = np.uint64(0xFFFFFFFFFFFFFFFF) >> np.uint64(64 - width)
    unread = every if worst else none
    for arc in range(arcs.source.size):
        low = none
        high = none
        if admitted[terms.status[arc]]:
            kept = unread
            if terms.kinds[arc] != UNKNOWN_KINDS:
                kept = none
                rest = terms.kinds[arc]
                byte = 0
                while rest != none:
                    kept |= kinds[byte, np.uint8(rest)]
                    rest >>= np.uint64(8)
                    byte += 1
            low_rows = none
            high_rows = none
            across = none
            if terms.purposes[arc] != UNKNOWN_PURPOSES:
                rest = np.uint64(terms.purposes[arc])
                byte = 0
                while rest != none:
                    low_rows |= purposes[byte, np.uint8(rest), 0]
                    high_rows |= purposes[byte, np.uint8(rest), 1]
                    across |= purposes[byte, np.uint8(rest), 2]
                    rest >>= np.uint64(8)
                    byte += 1
            elif worst:
                low_rows, high_rows, across = all_purposes[0], all_purposes[1], all_purposes[2]
            low = kept * low_rows
            high = kept * high_rows
            if across != none:
                high |= kept >> across
        words[arc, 0] = low
        words[arc, 1] = high
        numbers[arc, 4] = arcs.target[arc]
        numbers[arc, 5] = min(arcs.ends[arc], until)
        numbers[arc, 6] = arcs.starts[arc]
        numbers[arc, 7] = arcs.source[arc]
