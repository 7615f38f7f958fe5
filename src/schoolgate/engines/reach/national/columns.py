"""A network as columns of numbers: what a million agreements fit in.

Words (agencies' kinds, kinds of data, purposes, statuses) become numbers once; ids stand aside in `Names`. What
only people read (titles, sources, clauses) stays with whoever keeps the papers, under the agreement's id.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from schoolgate.engines.reach.errors import ReachError
from schoolgate.engines.reach.national.names import Names
from schoolgate.engines.reach.network.nouns import KIND, ONWARD, STATUSES, Agreement, Status
from schoolgate.engines.reach.network.whole import Network
from schoolgate.engines.reach.searching.prepared import ALWAYS, FOREVER

# Terms that are unknown or unread.
UNKNOWN_PURPOSES: Final = np.uint32(0xFFFFFFFF)
UNKNOWN_KINDS: Final = np.uint64(0xFFFFFFFFFFFFFFFF)
MOST_PURPOSES: Final = 31
MOST_KINDS: Final = 63
NO_SET: Final = -1
ONLY: Final = ONWARD.index("only")

ROWS: Final[Mapping[str, type[np.generic]]] = {
    "giver": np.int32,
    "receiver": np.int32,
    "start": np.int32,
    "end": np.int32,
    "purposes": np.uint32,
    "kinds": np.uint64,
    "onward": np.int8,
    "status": np.int8,
    "only": np.int32,
}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words that numbers stand for: kinds of agencies, kinds of data, purposes."""

    agency_kinds: tuple[str, ...]
    kinds: tuple[str, ...]
    purposes: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse more words than bits."""
        for what, words, most in (("kinds", self.kinds, MOST_KINDS), ("purposes", self.purposes, MOST_PURPOSES)):
            if len(words) > most:
                raise ReachError(f"{what}: {len(words)} different words; columns hold at most {most}")
            if len(set(words)) != len(words):
                raise ReachError(f"{what}: a word stands twice")


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Agencies and agreements, a column each; row i of all columns is agreement i. 34 bytes an agreement and its id.

    Attributes:
        vocabulary: The words behind the numbers.
        agencies: Ids of the agencies.
        agency_kind: Kind of each agency, in `vocabulary.agency_kinds`; int16.
        agreements: Ids of the agreements.
        giver: Agency whose data moves; int32.
        receiver: Agency that gets it; int32.
        start: First day as an ordinal, `ALWAYS` when unknown; int32.
        end: Last day as an ordinal, `FOREVER` when none; int32.
        purposes: Bits of allowed purposes, `UNKNOWN_PURPOSES` when unknown; uint32.
        kinds: Bits of allowed kinds, `UNKNOWN_KINDS` when unknown; uint64.
        onward: Place in `ONWARD`; int8.
        status: Place in `STATUSES`; int8.
        only: For `only`, which set of those who may get it next; `NO_SET` otherwise; int32.
        only_first: Where the words of each set begin in `only_word`, and the end; int32.
        only_word: An agency, or -1 - kind for all agencies of a kind; int32.

    Raises:
        ReachError: When a column is out of shape or a row breaks what `Network` checks, with the row.
    """

    vocabulary: Vocabulary
    agencies: Names
    agency_kind: NDArray[np.int16]
    agreements: Names
    giver: NDArray[np.int32]
    receiver: NDArray[np.int32]
    start: NDArray[np.int32]
    end: NDArray[np.int32]
    purposes: NDArray[np.uint32]
    kinds: NDArray[np.uint64]
    onward: NDArray[np.int8]
    status: NDArray[np.int8]
    only: NDArray[np.int32]
    only_first: NDArray[np.int32] = field(default_factory=lambda: np.zeros(1, np.int32))
    only_word: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))

    def __post_init__(self) -> None:
        """Check every row, in a few passes over whole columns."""
        _check_shapes(self)
        _check_rows(self)

    def __len__(self) -> int:
        return len(self.giver)

    @classmethod
    def of(cls, network: Network) -> "Columns":
        """The columns of a network, rows in its order."""
        vocabulary = Vocabulary(
            tuple(sorted({agency.kind for agency in network.agencies})),
            _words(agreement.kinds for agreement in network.agreements),
            _words(agreement.purposes for agreement in network.agreements),
        )
        kinds = {word: number for number, word in enumerate(vocabulary.agency_kinds)}
        agencies = Names.of("agencies", (agency.id for agency in network.agencies))
        sets: dict[frozenset[str], int] = {}
        places = {agency.id: number for number, agency in enumerate(network.agencies)}
        rows = [row(agreement, vocabulary, places, sets) for agreement in network.agreements]
        words = [[_only_word(word, places, kinds) for word in sorted(one)] for one in sets]
        return cls(
            vocabulary,
            agencies,
            np.array([kinds[agency.kind] for agency in network.agencies], np.int16),
            Names.of("agreements", (agreement.id for agreement in network.agreements)),
            **columns_of(rows),
            only_first=np.cumsum([0, *map(len, words)], dtype=np.int32),
            only_word=np.array([word for one in words for word in one], np.int32),
        )

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """The columns of the agreements by name."""
        return {name: getattr(self, name) for name in ROWS}

    def kind_of(self, agency: int) -> str:
        """The kind of an agency."""
        return self.vocabulary.agency_kinds[int(self.agency_kind[agency])]

    def may_pass_to(self, only: int) -> frozenset[str]:
        """The ids of the agencies that an `only` set names."""
        words = self.only_word[self.only_first[only] : self.only_first[only + 1]].tolist()
        return frozenset(self.agencies[one] for one in self._numbers_of(words))

    def names_agency(self, only: int, agency: int) -> bool:
        """Whether an `only` set names an agency, itself or by its kind."""
        words = self.only_word[self.only_first[only] : self.only_first[only + 1]]
        return bool(((words == agency) | (words == -1 - self.agency_kind[agency])).any())

    def named(self, onward_to: Iterable[str]) -> frozenset[str]:
        """The ids of the agencies that words of `onward_to` name; ReachError for a word that names none."""
        return frozenset(self.agencies[one] for one in self.numbered(onward_to))

    def numbered(self, words: Iterable[str]) -> frozenset[int]:
        """The numbers of agencies named by id, or by kind after `kind:`; ReachError for a word that names none."""
        found = []
        for word in words:
            kind = word.removeprefix(KIND)
            if kind != word and kind not in self.vocabulary.agency_kinds:
                raise ReachError(f"{word!r}: no agency is of this kind")
            found.append(self.agencies.place(word) if kind == word else -1 - self.vocabulary.agency_kinds.index(kind))
        return self._numbers_of(found)

    def _numbers_of(self, words: Iterable[int]) -> frozenset[int]:
        named: set[int] = set()
        for word in words:
            named.update(np.flatnonzero(self.agency_kind == -1 - word).tolist() if word < 0 else [word])
        return frozenset(named)


# One agreement as numbers, in the order of `ROWS`.
Row = tuple[int, int, int, int, int, int, int, int, int]


def row(
    agreement: Agreement,
    vocabulary: Vocabulary,
    places: Mapping[str, int],
    sets: dict[frozenset[str], int],
) -> Row:
    """An agreement as numbers; a new `only` set is added to `sets`.

    Raises:
        ReachError: For an agency or a word that is not in the columns.
    """
    for agency in (agreement.giver, agreement.receiver):
        if agency not in places:
            raise ReachError(f"{agreement.id}: no agency is called {agency!r}")
    return (
        places[agreement.giver],
        places[agreement.receiver],
        agreement.start.toordinal() if agreement.start else ALWAYS,
        agreement.end.toordinal() if agreement.end else FOREVER,
        _bits(agreement.purposes, vocabulary.purposes, int(UNKNOWN_PURPOSES)),
        _bits(agreement.kinds, vocabulary.kinds, int(UNKNOWN_KINDS)),
        ONWARD.index(agreement.onward),
        STATUSES.index(agreement.status),
        sets.setdefault(agreement.onward_to, len(sets)) if agreement.onward == "only" else NO_SET,
    )


def columns_of(rows: Sequence[Row]) -> dict[str, Any]:
    """Rows turned into columns."""
    turned = list(zip(*rows, strict=True)) or [()] * len(ROWS)
    return {name: np.array(turned[number], kind) for number, (name, kind) in enumerate(ROWS.items())}


def status_of(columns: Columns, agreement: int) -> Status:
    """The status of an agreement."""
    return cast("Status", STATUSES[columns.status[agreement]])


def _words(some: Iterable[frozenset[str] | None]) -> tuple[str, ...]:
    return tuple(sorted(set[str]().union(*(words for words in some if words is not None))))


def _only_word(word: str, places: Mapping[str, int], kinds: Mapping[str, int]) -> int:
    return -1 - kinds[word.removeprefix(KIND)] if word.startswith(KIND) else places[word]


def _bits(allowed: frozenset[str] | None, words: tuple[str, ...], unknown: int) -> int:
    if allowed is None:
        return unknown
    # A word no other agreement and no question knows cannot be asked for, so it needs no bit.
    return sum(1 << number for number, word in enumerate(words) if word in allowed)


def _check_shapes(columns: Columns) -> None:
    for name, kind in ROWS.items():
        column = getattr(columns, name)
        if column.dtype != kind or column.shape != (len(columns.agreements),):
            expected = f"{len(columns.agreements)} of {np.dtype(kind)}"
            raise ReachError(f"{name}: {column.shape} of {column.dtype}; one for each agreement is {expected}")
    if columns.agency_kind.dtype != np.int16 or columns.agency_kind.shape != (len(columns.agencies),):
        raise ReachError(f"agency_kind: one int16 for each of the {len(columns.agencies)} agencies is needed")
    first = columns.only_first
    if first.dtype != np.int32 or columns.only_word.dtype != np.int32 or not first.size:
        raise ReachError("only_first, only_word: int32 is needed, and at least one number in the first")
    if first[0] != 0 or first[-1] != columns.only_word.size or (np.diff(first) < 0).any():
        raise ReachError("only_first: must rise from 0 to the number of words in only_word")


def _check_rows(columns: Columns) -> None:
    agencies = len(columns.agencies)
    vocabulary = columns.vocabulary
    known_purposes = columns.purposes == UNKNOWN_PURPOSES
    known_kinds = columns.kinds == UNKNOWN_KINDS
    has_set = columns.onward == ONLY
    for column, wrong, says in (
        ("giver", _outside(columns.giver, 0, agencies), f"no agency has this number; there are {agencies}"),
        ("receiver", _outside(columns.receiver, 0, agencies), f"no agency has this number; there are {agencies}"),
        ("receiver", columns.giver == columns.receiver, "giver and receiver are the same"),
        ("start", _outside(columns.start, ALWAYS, FOREVER + 1), "no day has this number"),
        ("end", _outside(columns.end, 1, FOREVER + 1), "no day has this number"),
        ("end", columns.end < columns.start, "is before the start"),
        ("purposes", ~known_purposes & (columns.purposes >> np.uint32(len(vocabulary.purposes)) > 0), "unknown bit"),
        ("kinds", ~known_kinds & (columns.kinds >> np.uint64(len(vocabulary.kinds)) > 0), "unknown bit"),
        ("onward", _outside(columns.onward, 0, len(ONWARD)), f"none of {', '.join(ONWARD)}"),
        ("status", _outside(columns.status, 0, len(STATUSES)), f"none of {', '.join(STATUSES)}"),
        ("only", has_set & _outside(columns.only, 0, columns.only_first.size - 1), "no such set"),
        ("only", ~has_set & (columns.only != NO_SET), "names a set, but onward is not 'only'"),
    ):
        if wrong.any():
            place = int(wrong.argmax())
            raise ReachError(f"agreements[{place}].{column}: {getattr(columns, column)[place]}: {says}")
    if _outside(columns.agency_kind, 0, len(vocabulary.agency_kinds)).any():
        raise ReachError(f"agency_kind: there are {len(vocabulary.agency_kinds)} kinds of agencies")
    if _outside(columns.only_word, -len(vocabulary.agency_kinds), agencies).any():
        raise ReachError("only_word: neither an agency nor a kind of one")


def _outside(column: NDArray[np.integer], low: int, high: int) -> NDArray[np.bool]:
    return (column < low) | (column >= high)
