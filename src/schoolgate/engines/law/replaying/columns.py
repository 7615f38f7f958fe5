"""Where the facts of many cases stand: each truth a column of bits, 64 cases to a word.

A bool takes a column "true" and one "false"; an enum or a set takes one "known" and one a value, which is zero
where it is unknown; a date or a number takes "known" and a row of numbers. So "is true" and "is false" of most
tests are single operations on words, and no set is too large.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from schoolgate.engines.law.text.vocabulary import DISCLOSURE_DATE, Vocabulary

__all__ = ["WORD", "Bools", "Column", "Layout", "Numbers", "Words", "pack", "shape_digest", "unpack", "words_for"]

WORD: Final = 64

Words = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class Column(NamedTuple):
    """Names a column: `true` and `false` of a bool fact or of counsel's answer, `known`, `value`, or `asked`.

    Attributes:
        name: the fact, the provision or the element.
        code: for `value` the position of the value.
    """

    kind: str
    name: str
    code: int = 0


class Layout:
    """The columns of a vocabulary and of the provisions that ask counsel, in their order in a file."""

    def __init__(self, vocabulary: Vocabulary, counsel_ids: Iterable[str]) -> None:
        self.vocabulary = vocabulary
        self.counsel_ids = tuple(counsel_ids)

    @cached_property
    def bits(self) -> Mapping[Column, int]:
        """The number of each column of bits; those of the elements come first, in the vocabulary's order."""
        columns = [Column("asked", name) for name in self.vocabulary.elements]
        for fact in self.vocabulary.facts.values():
            if fact.type == "bool":
                columns += [Column("true", fact.name), Column("false", fact.name)]
            else:
                columns.append(Column("known", fact.name))
                columns += [Column("value", fact.name, code) for code in range(len(fact.values))]
        for name in self.counsel_ids:
            columns += [Column("true", f"counsel:{name}"), Column("false", f"counsel:{name}")]
        return {column: number for number, column in enumerate(columns)}

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """The row of each date and number; the day of disclosure is always the first."""
        names = [fact.name for fact in self.vocabulary.facts.values() if fact.type in ("date", "number")]
        return {name: row for row, name in enumerate([DISCLOSURE_DATE, *(n for n in names if n != DISCLOSURE_DATE)])}


def shape_digest(vocabulary: Vocabulary) -> str:
    """Return the sha256 of what the columns depend on: names, types, values and what hides in what, no wording."""
    shape = {
        "facts": [[fact.name, fact.type, *fact.values] for fact in vocabulary.facts.values()],
        "elements": [[element.name, *element.hides_in] for element in vocabulary.elements.values()],
        "recipients": list(vocabulary.recipients),
    }
    return hashlib.sha256(json.dumps(shape, separators=(",", ":")).encode()).hexdigest()


def words_for(cases: int) -> int:
    """Return how many words hold a bit a case."""
    return -(-cases // WORD)


def pack(truths: Bools, out: Words) -> None:
    """Write truths as bits, the first case lowest, into as many contiguous words as `words_for` says."""
    packed = np.packbits(truths, bitorder="little")
    out.view(np.uint8)[: len(packed)] = packed


def unpack(words: Words, cases: int) -> Bools:
    """Return the truths of the first cases."""
    return np.unpackbits(np.ascontiguousarray(words).view(np.uint8), count=cases, bitorder="little").view(np.bool_)
