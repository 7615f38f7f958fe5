"""The same search without each agreement, for every agreement at once.

Taking an agreement away can only hurt the (state, pair) whose first arrival hangs on it in the forest of first
arrivals. So for each pair and each agreement by which that pair first arrived somewhere there is one bit, "this pair
without this agreement": it passes every agreement that the pair passes but that one. One more sweep over these bits
(as many as the forest has branches, thousands and not agreements x pairs) settles all removals, exact for dates and
pairs. Nothing static is assumed: dominators of the plain graph would miss agreements that only dates or terms make
indispensable, and are not used.

At a leaf of the forest nothing else hangs on the branch, so whether the pair arrives some other way is read off the
first search. That leaves a bit for each inner branch only.

O(two sweeps, the second with integers of as many bits as the forest has inner branches).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from operator import or_
from typing import Final

from schoolgate.engines.reach.searching.prepared import FOREVER
from schoolgate.engines.reach.searching.question import Labels
from schoolgate.engines.reach.searching.sweep import Begin, Grid, Swept, sweep

_BYTE: Final = 256
_FEW: Final = 6


@dataclass(frozen=True, slots=True)
class Layout:
    """Bits for (agreement taken away, pair), those of one agreement together.

    Attributes:
        size: How many.
        below: For each place, counted from the highest bit, how many bits are below those of its edge.
        edge_at: The edge of each place.
        own: For each edge the bits that it does not let through: those of its own removal.
        by_kind: For each kind all bits of its pairs.
        by_purpose: For each purpose likewise.
    """

    size: int
    below: Sequence[int]
    edge_at: Sequence[int]
    own: Sequence[int]
    by_kind: Sequence[int]
    by_purpose: Sequence[int]

    @classmethod
    def of(cls, labels: Labels, used: Sequence[int]) -> "Layout":
        """A bit for each pair that first arrived over each edge."""
        width, height = len(labels.kinds), len(labels.purposes)
        pairs = width * height
        edges = [edge for edge, mask in enumerate(used) if mask]
        length = (pairs + 7) // 8
        of_byte = _pairs_of_bytes(length)
        pair_at = [
            pair
            for edge in edges
            for place, byte in enumerate(used[edge].to_bytes(length, "big"))
            if byte
            for pair in of_byte[place][byte]
        ]
        size = len(pair_at)
        edge_at, below, own = list[int](), list[int](), [0] * len(used)
        for edge in edges:
            count = used[edge].bit_count()
            edge_at += [edge] * count
            left = size - len(edge_at)
            below += [left] * count
            own[edge] = (1 << count) - 1 << left
        of_kind, of_purpose = _tables(width, height)
        return cls(
            size,
            below,
            edge_at,
            own,
            [_where(pair_at, table) for table in of_kind],
            [_where(pair_at, table) for table in of_purpose],
        )


@cache
def _pairs_of_bytes(length: int) -> list[list[tuple[int, ...]]]:
    """For each place in a mask of so many bytes, the highest first, and each byte: its pairs, the highest first."""
    return [
        [tuple(8 * place + bit for bit in range(7, -1, -1) if byte >> bit & 1) for byte in range(_BYTE)]
        for place in range(length - 1, -1, -1)
    ]


@cache
def _tables(width: int, height: int) -> tuple[list[str], list[str]]:
    """For each kind, and each purpose, a digit for each pair: whether it is of it."""
    kinds = ["".join("01"[pair % width == kind] for pair in range(width * height)) for kind in range(width)]
    purposes = ["".join("01"[pair // width == one] for pair in range(width * height)) for one in range(height)]
    return kinds, purposes


def _where(values: list[int], table: str) -> int:
    """The places of the values that a table marks, as bits, the first place the highest."""
    if not values:
        return 0
    if len(table) <= _BYTE:
        return int(bytes(values).translate(table.encode().ljust(_BYTE)).decode(), 2)
    return int("".join([table[value] for value in values]), 2)


class Widener:
    """Turns masks of pairs into masks over a layout."""

    def __init__(self, labels: Labels, layout: Layout) -> None:
        """Prepare the unions of a few kinds; those of purposes and of eight pairs are remembered."""
        self._width = len(labels.kinds)
        self._layout = layout
        self._rows = [_unions(layout.by_kind[at : at + _FEW]) for at in range(0, self._width, _FEW)]
        self._columns: dict[int, int] = {}
        self._row = (1 << self._width) - 1
        self._first_kind = sum(1 << self._width * number for number in range(len(labels.purposes)))
        self._bytes: list[dict[int, int]] = [{} for _ in range((self._width * len(labels.purposes) + 7) // 8)]

    def __call__(self, mask: int) -> int:
        """All bits of the pairs of a mask."""
        if not mask:
            return 0
        purpose, kind = divmod((mask & -mask).bit_length() - 1, self._width)
        row, columns = mask >> purpose * self._width & self._row, mask >> kind & self._first_kind
        if row * columns != mask:
            return self._of_any(mask)
        # What an agreement allows: each of some kinds for each of some purposes.
        wide = 0
        for unions in self._rows:
            wide |= unions[row & len(unions) - 1]
            row >>= _FEW
        if (of_purposes := self._columns.get(columns)) is None:
            some = [bits for number, bits in enumerate(self._layout.by_purpose) if columns >> number * self._width & 1]
            of_purposes = self._columns[columns] = _union(some)
        return wide & of_purposes

    def _of_any(self, mask: int) -> int:
        wide = 0
        for place, byte in enumerate(mask.to_bytes(len(self._bytes), "little")):
            if byte:
                if (some := self._bytes[place].get(byte)) is None:
                    some = self._bytes[place][byte] = self._of_byte(place, byte)
                wide |= some
        return wide

    def _of_byte(self, place: int, byte: int) -> int:
        wide = 0
        for bit in range(8):
            if byte >> bit & 1:
                purpose, kind = divmod(8 * place + bit, self._width)
                wide |= self._layout.by_kind[kind] & self._layout.by_purpose[purpose]
        return wide


def _unions(some: Sequence[int]) -> list[int]:
    """The union of every subset of a few."""
    unions = [0]
    for bits in some:
        unions += [union | bits for union in unions]
    return unions


class Harm:
    """What taking one agreement away does.

    Attributes:
        lost: Agencies at which nothing arrives any more.
        later: Those at which something does, but first on a later day.
        narrower: Those at which some pair arrives no more, but others do.
    """

    __slots__ = ("later", "lost", "narrower")

    def __init__(self) -> None:
        """It does nothing."""
        self.lost: list[str] = []
        self.later: list[str] = []
        self.narrower: list[str] = []


@dataclass(frozen=True, slots=True)
class Without:
    """A search, and the same without each agreement.

    Attributes:
        base: With all of them.
        leaves: For each state and each edge to it, the pairs of which nothing hangs on that first arrival.
        layout: What the bits of `each` mean.
        widen: From masks of pairs to such bits.
        each: With one agreement away for each bit.
    """

    base: Swept
    leaves: Sequence[Mapping[int, int]]
    layout: Layout
    widen: Widener
    each: Swept

    def harms(self, agencies: Iterable[tuple[str, Sequence[int]]]) -> dict[int, Harm]:
        """What each removal does to agencies, given with their states, by edge; one that does nothing is not named.

        O(agencies x (bits / word + removals that do something there)).
        """
        found: dict[int, Harm] = {}
        for agency, states in agencies:
            here = [state for state in states if self.base.got[state]]
            if here:
                lacking, late, all_pairs, at_least = self._at(here)
                for edge, count in lacking.items():
                    if (harm := found.get(edge)) is None:
                        harm = found[edge] = Harm()
                    (harm.lost if count == all_pairs else harm.narrower).append(agency)
                for edge, count in late.items():
                    if count == at_least and lacking.get(edge) != all_pairs:
                        if (harm := found.get(edge)) is None:
                            harm = found[edge] = Harm()
                        harm.later.append(agency)
        return found

    def _at(self, states: Sequence[int]) -> tuple[dict[int, int], dict[int, int], int, int]:
        """For an agency's states: by edge how many pairs its removal takes, and takes on the first day; of how many."""
        got, known, each = self.base.got, self.base.known, self.each
        first = min(got[state][0][0] for state in states)
        had = still = at_first = still_at_first = 0
        for state in states:
            had |= known[state]
            still |= each.known[state]
            for day, mask in got[state]:
                if day > first:
                    break
                at_first |= mask
            for day, mask in each.got[state]:
                if day > first:
                    break
                still_at_first |= mask
        lacking = self.lacking(had, still)
        late = self.lacking(at_first, still_at_first)
        for state in states:
            if self.leaves[state]:
                self._lacking_at_leaf(state, states, first, lacking, late)
        return lacking, late, had.bit_count(), at_first.bit_count()

    def _lacking_at_leaf(
        self, state: int, states: Sequence[int], first: int, lacking: dict[int, int], late: dict[int, int]
    ) -> None:
        """Add what each leaf takes away: the pairs that come no other way at all, and none on the first day."""
        base = self.base
        others = base.again[state]
        others_at_first = arrived_first = 0
        for other in states:
            at_first = 0
            for day, mask in base.got[other]:
                if day > first:
                    break
                at_first |= mask
            if other == state:
                arrived_first = at_first
            else:
                others |= base.known[other]
                others_at_first |= at_first
        if arrived_first:
            others_at_first |= base.again_at_first[state]
        for edge, pairs in self.leaves[state].items():
            if lost := pairs & ~others:
                lacking[edge] = lacking.get(edge, 0) + lost.bit_count()
            if delayed := pairs & arrived_first & ~others_at_first:
                late[edge] = late.get(edge, 0) + delayed.bit_count()

    def lacking(self, had: int, still: int) -> dict[int, int]:
        """For each removal that takes something of `had` away: how many pairs are not in `still`."""
        found: dict[int, int] = {}
        wanted = self.widen(had) & ~still
        size, below, edge_at = self.layout.size, self.layout.below, self.layout.edge_at
        while wanted:
            place = size - wanted.bit_length()
            shift = below[place]
            of_edge = wanted >> shift
            found[edge_at[place]] = of_edge.bit_count()
            wanted ^= of_edge << shift
        return found


def _union(some: Iterable[int]) -> int:
    return reduce(or_, some, 0)


def without_each(
    base: Swept,
    over: Grid,
    masks: Sequence[int],
    begin: Begin,
    labels: Labels,
    *,
    last: int = FOREVER,
    among: Collection[int] | None = None,
    whole: Collection[int] = (),
) -> Without:
    """After one search, search once more for all removals together.

    Args:
        base: What `sweep` found with all edges, traced.
        over: States and ways.
        masks: The pairs each edge lets through.
        begin: By day: states and the pairs that begin there.
        labels: What the pairs are.
        last: Go no further than this day, as the first search.
        among: Only the removals of these edges; by default of all.
        whole: States at which every arrival is an inner branch, so that `each` tells all about them.
    """
    inner, leaves = _branches(over, base, among, frozenset(whole))
    layout = Layout.of(labels, inner)
    widen = Widener(labels, layout)
    wide = [0] * len(masks)
    for ways in over.opening.values():
        for giver, edge, _, _ in ways:
            if not wide[edge] and base.known[giver] & masks[edge]:
                passing = widen(masks[edge])
                wide[edge] = passing ^ (passing & layout.own[edge])
    begin_wide = {day: [(state, widen(bits)) for state, bits in some] for day, some in begin.items()}
    each = sweep(over, wide, begin_wide if layout.size else {}, last=last, trace=False)
    return Without(base, leaves, layout, widen, each)


def _branches(
    over: Grid, base: Swept, among: Collection[int] | None, whole: Collection[int]
) -> tuple[list[int], list[dict[int, int]]]:
    """The pairs of each edge on whose first arrival others hang; and, by state, those of which none does."""
    hang = [base.known[state] if state in whole else 0 for state in range(len(base.via))]
    for arrived in base.via:
        for mask, _, giver in arrived:
            hang[giver] |= mask
    givers = _several_givers(over)
    inner, leaves = [0] * len(over.edges), [dict[int, int]() for _ in base.via]
    for state, arrived in enumerate(base.via):
        for mask, edge, giver in arrived:
            if among is None or edge in among:
                branch = mask & hang[state]
                if edge in givers and (again := mask & base.again[state]):
                    # What the same agreement brings again, from what its giver holds otherwise, is no other way.
                    branch |= again & _union([base.known[other] for other in givers[edge] if other != giver])
                if branch:
                    inner[edge] |= branch
                if branch != mask:
                    leaves[state][edge] = leaves[state].get(edge, 0) | mask ^ branch
    return inner, leaves


def _several_givers(over: Grid) -> dict[int, list[int]]:
    """The states from which an edge leads, for each edge that leads from several; it leads to one only."""
    one: dict[int, int] = {}
    several: dict[int, list[int]] = {}
    for ways in over.opening.values():
        for giver, edge, _, _ in ways:
            if one.setdefault(edge, giver) != giver:
                several.setdefault(edge, [one[edge]]).append(giver)
    return several
