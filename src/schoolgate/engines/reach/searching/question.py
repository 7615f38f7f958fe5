"""What is asked of a network, and (purpose, kind) pairs as bits."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from schoolgate.engines.reach.network.nouns import Agreement, Status

Reading = Literal["strict", "worst_case"]
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: whose data, since when, which kinds and purposes, and how unknown terms are read."""

    start: str
    since: date
    kinds: frozenset[str]
    purposes: frozenset[str]
    until: date | None
    statuses: frozenset[Status]
    reading: Reading


@dataclass(frozen=True, slots=True)
class Labels:
    """Pairs of purpose and kind as bits: the kinds of the first purpose, then those of the second, and so on."""

    kinds: tuple[str, ...]
    purposes: tuple[str, ...]

    @classmethod
    def of(cls, question: Question) -> "Labels":
        """One bit for each pair the question asks about."""
        return cls(tuple(sorted(question.kinds)), tuple(sorted(question.purposes)))

    @property
    def everything(self) -> int:
        """All bits."""
        return (1 << len(self.kinds) * len(self.purposes)) - 1

    def mask(self, agreement: Agreement, reading: Reading) -> int:
        """The pairs an agreement allows; unknown terms allow nothing, or everything in the worst case."""
        row = _bits(self.kinds, agreement.kinds, reading)
        columns = _bits(self.purposes, agreement.purposes, reading)
        width = len(self.kinds)
        return sum(row << width * number for number in range(len(self.purposes)) if columns >> number & 1)

    def names(self, mask: int) -> frozenset[Pair]:
        """The pairs of a mask."""
        width = len(self.kinds)
        return frozenset(
            (self.purposes[bit // width], self.kinds[bit % width])
            for bit in range(mask.bit_length())
            if mask >> bit & 1
        )


def _bits(words: tuple[str, ...], allowed: frozenset[str] | None, reading: Reading) -> int:
    if allowed is None:
        return (1 << len(words)) - 1 if reading == "worst_case" else 0
    return sum(1 << number for number, word in enumerate(words) if word in allowed)
