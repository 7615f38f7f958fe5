"""What is asked of a network, and (purpose, kind) pairs as bits."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import compress, product
from typing import Final, Literal, get_args

from schoolgate.engines.reach.errors import ReachError
from schoolgate.engines.reach.network.nouns import STATUSES, Agreement, Status

Reading = Literal["strict", "worst_case"]
READINGS: Final[tuple[Reading, ...]] = get_args(Reading)
Pair = tuple[str, str]
# The agencies to which something may be passed on; None is everybody, the empty set nobody.
Promise = frozenset[str] | None
_FEW: Final = 10
# Binary digits as what is true and what is not.
_WHETHER: Final = bytes.maketrans(b"0", b"\0")


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who has the data already.

    Attributes:
        agency: The id of an agency.
        since: The day it begins to have it.
        may_pass_to: The agencies it may pass it on to, by what it promised when it got it; None is everybody.
    """

    agency: str
    since: date
    may_pass_to: Promise = None


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: whose data, since when, which kinds and purposes, and how unknown terms are read.

    Attributes:
        start: The agency that holds the data; with several, the first one named.
        since: The day it begins to hold it.
        kinds: Kinds of the data.
        purposes: Purposes somebody might use it for.
        until: The last day on which anything moves; None for no such day.
        statuses: Evidence that is admitted.
        reading: How unknown terms are read.
        may_pass_to: What the start itself promised: the agencies it may pass the data on to; None is everybody.
        also: Others who have the data already.
    """

    start: str
    since: date
    kinds: frozenset[str]
    purposes: frozenset[str]
    until: date | None
    statuses: frozenset[Status]
    reading: Reading
    may_pass_to: Promise = None
    also: tuple[Holder, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what would silently be answered with "nobody"."""
        if self.reading not in READINGS:
            raise ReachError(f"reading: {self.reading!r} is none of {', '.join(READINGS)}")
        if unknown := sorted(self.statuses - set(STATUSES)):
            raise ReachError(f"statuses: {unknown[0]!r} is none of {', '.join(STATUSES)}")
        if not self.kinds or not self.purposes:
            raise ReachError("kinds and purposes must each name at least one, or nothing can be reached")

    @property
    def holders(self) -> tuple[Holder, ...]:
        """Everybody who has the data already, the start first."""
        return (Holder(self.start, self.since, self.may_pass_to), *self.also)


def several(name: str, words: Iterable[str]) -> frozenset[str]:
    """Words as a set; a single text, whose letters would be taken for words, is refused with ReachError."""
    if isinstance(words, str):
        raise ReachError(f"{name}: {words!r} is one text; give a list of words")
    return frozenset(words)


@dataclass(frozen=True, slots=True)
class Labels:
    """Pairs of purpose and kind as bits: the kinds of the first purpose, then those of the second, and so on."""

    kinds: tuple[str, ...]
    purposes: tuple[str, ...]
    pairs: tuple[Pair, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Name the pairs by their bits."""
        object.__setattr__(self, "pairs", tuple(product(self.purposes, self.kinds)))

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
        row = _bits(self.row, agreement.kinds, reading)
        return row * _bits(self.columns, agreement.purposes, reading)

    @property
    def row(self) -> dict[str, int]:
        """The bit of each kind within one purpose."""
        return {kind: 1 << number for number, kind in enumerate(self.kinds)}

    @property
    def columns(self) -> dict[str, int]:
        """The lowest bit of each purpose: times the bits of a row, the pairs."""
        return {purpose: 1 << number * len(self.kinds) for number, purpose in enumerate(self.purposes)}

    def masks(self, agreements: Iterable[Agreement], reading: Reading) -> Iterator[int]:
        """The pairs each agreement allows, words turned into bits once for each different set of them."""
        row, columns = self.row, self.columns
        rows: dict[frozenset[str] | None, int] = {}
        column: dict[frozenset[str] | None, int] = {}
        for one in agreements:
            if (kinds := rows.get(one.kinds)) is None:
                kinds = rows[one.kinds] = _bits(row, one.kinds, reading)
            if (purposes := column.get(one.purposes)) is None:
                purposes = column[one.purposes] = _bits(columns, one.purposes, reading)
            yield kinds * purposes

    def names(self, mask: int) -> frozenset[Pair]:
        """The pairs of a mask; O(pairs)."""
        if mask.bit_count() > _FEW:
            return frozenset(compress(self.pairs, f"{mask:b}"[::-1].encode().translate(_WHETHER)))
        named: list[Pair] = []
        while mask:
            highest = mask.bit_length() - 1
            named.append(self.pairs[highest])
            mask ^= 1 << highest
        return frozenset(named)


def _bits(of: dict[str, int], allowed: frozenset[str] | None, reading: Reading) -> int:
    if allowed is None:
        return sum(of.values()) if reading == "worst_case" else 0
    mask = 0
    for word in allowed:
        mask |= of.get(word, 0)
    return mask
