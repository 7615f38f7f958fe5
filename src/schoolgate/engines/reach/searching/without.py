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

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from operator import or_
from typing import Final, NamedTuple

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
        """Prepare the unions of a few kinds; those of purposes are remembered."""
        self._width = len(labels.kinds)
        self._layout = layout
        self._rows = [_unions(layout.by_kind[at : at + _FEW]) for at in range(0, self._width, _FEW)]
        self._columns: dict[int, int] = {}
        self._row = (1 << self._width) - 1
        self._first_kind = sum(1 << self._width * number for number in range(len(labels.purposes)))
        self._known: dict[int, int] = {}

    def __call__(self, mask: int) -> int:
        """All bits of the pairs of a mask."""
        if (known := self._known.get(mask)) is not None:
            return known
        wide, left = 0, mask
        while left:
            purpose, kind = divmod((left & -left).bit_length() - 1, self._width)
            row = left >> purpose * self._width & self._row
            columns = left >> kind & self._first_kind
            if row * columns == left:  # what an agreement allows: each of some kinds for each of some purposes
                wide |= self._of_kinds(row) & self._of_purposes(columns)
                break
            wide |= self._of_kinds(row) & self._layout.by_purpose[purpose]
            left ^= row << purpose * self._width
        self._known[mask] = wide
        return wide

    def _of_kinds(self, row: int) -> int:
        wide = 0
        for unions in self._rows:
            wide |= unions[row & len(unions) - 1]
            row >>= _FEW
        return wide

    def _of_purposes(self, columns: int) -> int:
        if (wide := self._columns.get(columns)) is None:
            some = [bits for number, bits in enumerate(self._layout.by_purpose) if columns >> number * self._width & 1]
            wide = self._columns[columns] = _union(some)
        return wide


def _unions(some: Sequence[int]) -> list[int]:
    """The union of every subset of a few."""
    unions = [0]
    for bits in some:
        unions += [union | bits for union in unions]
    return unions


class Harm(NamedTuple):
    """What taking one agreement away does to one place.

    Attributes:
        edge: The agreement, as the number of its edge.
        lost: Nothing arrives any more.
        later: The first arrival is later.
        narrower: Some pair arrives no more.
    """

    edge: int
    lost: bool
    later: bool
    narrower: bool


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

    def harms(self, states: Collection[int]) -> Iterator[Harm]:
        """What the removals do to an agency with these states, by edge.

        A removal that is not named does nothing there. O(removals that do something + bits / word).
        """
        arrivals = [self.base.got[state] for state in states if self.base.got[state]]
        if not arrivals:
            return
        first = min(some[0][0] for some in arrivals)
        had = _union([self.base.known[state] for state in states])
        at_first = _union([mask for some in arrivals for day, mask in some if day == first])
        still = _union([self.each.known[state] for state in states])
        still_at_first = _union([mask for state in states for day, mask in self.each.got[state] if day == first])
        lacking = self.lacking(had, still)
        late = self.lacking(at_first, still_at_first)
        for state in states:
            if self.leaves[state]:
                self._lacking_at_leaf(state, states, first, lacking, late)
        everything, at_least = had.bit_count(), at_first.bit_count()
        for edge, count in lacking.items():
            if count == everything:
                yield Harm(edge, lost=True, later=False, narrower=False)
            else:
                yield Harm(edge, lost=False, later=late.get(edge) == at_least, narrower=True)
        for edge, count in late.items():
            if count == at_least and edge not in lacking:
                yield Harm(edge, lost=False, later=True, narrower=False)

    def _lacking_at_leaf(
        self, state: int, states: Collection[int], first: int, lacking: dict[int, int], late: dict[int, int]
    ) -> None:
        """Add what each leaf takes away: the pairs that come no other way at all, and none on the first day."""
        base = self.base
        besides = _union([base.known[other] for other in states if other != state])
        besides_at_first = _union(
            [mask for other in states if other != state for day, mask in base.got[other] if day == first]
        )
        others = besides | base.again[state]
        arrived_first = _union([mask for day, mask in base.got[state] if day == first])
        others_at_first = besides_at_first | base.again_at_first[state] if arrived_first else 0
        for edge, pairs in self.leaves[state].items():
            if lost := pairs & ~others:
                lacking[edge] = lacking.get(edge, 0) + lost.bit_count()
            if delayed := pairs & arrived_first & ~others_at_first:
                late[edge] = late.get(edge, 0) + delayed.bit_count()

    def lacking(self, had: int, still: int) -> dict[int, int]:
        """For each removal that takes something of `had` away: how many pairs are not in `still`."""
        found: dict[int, int] = {}
        wanted = self.widen(had)
        wanted ^= wanted & still
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
    givers: dict[tuple[int, int], list[int]] = {}
    for some in over.opening.values():
        for giver, edge, receiver, _ in some:
            givers.setdefault((edge, receiver), []).append(giver)
    inner, leaves = [0] * len(over.edges), [dict[int, int]() for _ in base.via]
    for state, arrived in enumerate(base.via):
        for mask, edge, giver in arrived:
            if among is None or edge in among:
                # What the same agreement brings again, from what its giver holds otherwise, is no other way.
                twice = [base.known[other] for other in givers[edge, state] if other != giver]
                branch = mask & (hang[state] | _union(twice) if twice else hang[state])
                inner[edge] |= branch
                if leaf := mask ^ branch:
                    leaves[state][edge] = leaves[state].get(edge, 0) | leaf
    return inner, leaves
