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
from functools import cache, cached_property, reduce
from operator import or_
from typing import Final

from schoolgate.engines.reach.searching.once_more import Live, OnceMore
from schoolgate.engines.reach.searching.prepared import FOREVER
from schoolgate.engines.reach.searching.question import Labels
from schoolgate.engines.reach.searching.sweep import Begin, Grid, Swept

_BYTE: Final = 256
_FEW: Final = 6
_LOW: Final = (1 << _FEW) - 1


@dataclass(frozen=True, slots=True)
class Layout:
    """Bits for (agreement taken away, pair), those of one agreement together.

    Attributes:
        size: How many.
        below: For each place, counted from the highest bit, how many bits are below those of its edge, and these bits.
        edge_at: The edge of each place.
        own: For each edge the bits that it does not let through: those of its own removal.
        by_kind: For each kind all bits of its pairs.
        by_purpose: For each purpose likewise.
    """

    size: int
    below: Sequence[tuple[int, int]]
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
        edge_at, below, own = list[int](), list[tuple[int, int]](), [0] * len(used)
        for edge in edges:
            count = used[edge].bit_count()
            edge_at += [edge] * count
            left = size - len(edge_at)
            below += [(left, (1 << left) - 1)] * count
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
        """Prepare the unions of a few kinds; others are made when first needed."""
        self._width = len(labels.kinds)
        self._layout = layout
        self._rows = [_unions(layout.by_kind[at : at + _FEW]) for at in range(0, self._width, _FEW)]
        self._row = (1 << self._width) - 1
        self._first_kind = sum(1 << self._width * number for number in range(len(labels.purposes)))
        self._columns: dict[int, int] = {}
        self._known: dict[int, int] = {}

    def __call__(self, mask: int) -> int:
        """All bits of the pairs of a mask; O(pairs / few), less for what an agreement allows."""
        if (known := self._known.get(mask)) is None:
            known = self._known[mask] = self.once(mask)
        return known

    def once(self, mask: int) -> int:
        """The same for a mask that will hardly be asked for again."""
        if not mask:
            return 0
        purpose, kind = divmod((mask & -mask).bit_length() - 1, self._width)
        row, columns = mask >> purpose * self._width & self._row, mask >> kind & self._first_kind
        if row * columns != mask:
            return self._of_any(mask)
        # What an agreement allows: each of some kinds for each of some purposes.
        if (of_purposes := self._columns.get(columns)) is None:
            some = [bits for number, bits in enumerate(self._layout.by_purpose) if columns >> number * self._width & 1]
            of_purposes = self._columns[columns] = _union(some)
        wide = 0
        for unions in self._rows:
            wide |= unions[row & _LOW]
            row >>= _FEW
        return wide & of_purposes

    def _of_any(self, mask: int) -> int:
        wide = 0
        for unions in self._pairs:
            if low := mask & _LOW:
                wide |= unions[low]
            mask >>= _FEW
        return wide

    @cached_property
    def _pairs(self) -> list[list[int]]:
        """The unions of a few pairs that follow each other."""
        of_kind, of_purpose = self._layout.by_kind, self._layout.by_purpose
        by_pair = [kind & purpose for purpose in of_purpose for kind in of_kind]
        return [_unions(by_pair[at : at + _FEW]) for at in range(0, len(by_pair), _FEW)]


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
        known, got, each = self.base.known, self.base.got, self.each
        if len(states) == 1:
            state = states[0]
            first, had, still = got[state][0][0], known[state], each.known[state]
            at_first, still_at_first = _on(first, got[state]), _on(first, each.got[state])
            lacking, late = self.lacking(had, still), self.lacking(at_first, still_at_first)
            self._at_leaves(state, at_first, (0, 0), lacking, late)
        else:
            first = min(got[state][0][0] for state in states)
            had, still = _union([known[state] for state in states]), _union([each.known[state] for state in states])
            on_first = {state: _on(first, got[state]) for state in states}
            at_first = _union(on_first.values())
            still_at_first = _union([_on(first, each.got[state]) for state in states])
            lacking, late = self.lacking(had, still), self.lacking(at_first, still_at_first)
            for state in states:
                elsewhere = [other for other in states if other != state]
                besides = _union([known[other] for other in elsewhere]), _union([on_first[one] for one in elsewhere])
                self._at_leaves(state, on_first[state], besides, lacking, late)
        return lacking, late, had.bit_count(), at_first.bit_count()

    def _at_leaves(
        self, state: int, at_first: int, besides: tuple[int, int], lacking: dict[int, int], late: dict[int, int]
    ) -> None:
        """Add what each leaf takes away: the pairs that come no other way at all, and none on the first day.

        Args:
            state: Where.
            at_first: What arrives there on the first day on which anything gets to the agency.
            besides: What gets to its other states, and on that day.
            lacking: How many pairs the removal of each edge takes.
            late: How many of those of the first day.
        """
        others = besides[0] | self.base.again[state]
        soon = at_first & ~(besides[1] | self.base.again_at_first[state])
        for edge, pairs in self.leaves[state].items():
            if lost := pairs & ~others:
                lacking[edge] = lacking.get(edge, 0) + lost.bit_count()
            if delayed := pairs & soon:
                late[edge] = late.get(edge, 0) + delayed.bit_count()

    def lacking(self, had: int, still: int) -> dict[int, int]:
        """For each removal that takes something of `had` away: how many pairs are not in `still`."""
        found: dict[int, int] = {}
        wanted = self.widen.once(had)
        wanted ^= wanted & still
        size, below, edge_at = self.layout.size, self.layout.below, self.layout.edge_at
        while wanted:
            place = size - wanted.bit_length()
            count, lower = below[place]
            found[edge_at[place]] = (wanted >> count).bit_count()
            wanted &= lower
        return found


def _on(first: int, got: Iterable[tuple[int, int]]) -> int:
    """What arrived on a day before which nothing did."""
    bits = 0
    for day, some in got:
        if day > first:
            break
        bits |= some
    return bits


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
    again = OnceMore(len(base.known))
    if layout.size:
        ways = _live(base, over, masks, layout, widen)
        again.run(ways, {day: [(state, widen(bits)) for state, bits in some] for day, some in begin.items()}, last)
    return Without(base, leaves, layout, widen, again.found)


def _live(base: Swept, over: Grid, masks: Sequence[int], layout: Layout, widen: Widener) -> list[Live]:
    """The ways over which something came, over a layout, the first to open first: less arrives over no other."""
    known, wide = base.known, [0] * len(masks)
    found: list[Live] = []
    for starts in sorted(over.opening):
        for giver, edge, receiver, ends in over.opening[starts]:
            if known[giver] & masks[edge]:
                if not (passing := wide[edge]):
                    passing = wide[edge] = widen.once(masks[edge]) & ~layout.own[edge]
                found.append((starts, giver, receiver, passing, ends))
    return found


def _branches(
    over: Grid, base: Swept, among: Collection[int] | None, whole: Collection[int]
) -> tuple[list[int], list[dict[int, int]]]:
    """The pairs of each edge on whose first arrival others hang; and, by state, those of which none does."""
    hang = [base.known[state] if state in whole else 0 for state in range(len(base.via))]
    for arrived in base.via:
        for mask, _, giver in arrived:
            hang[giver] |= mask
    states = over.by_agency()
    inner, leaves = [0] * len(over.edges), [dict[int, int]() for _ in base.via]
    for state, arrived in enumerate(base.via):
        again, hanging, leaf = base.again[state], hang[state], leaves[state]
        for mask, edge, giver in arrived:
            if among is None or edge in among:
                branch = mask & hanging
                if mask & again and len(alike := states[over.edges[edge].giver]) > 1:
                    # What the same agreement brings again, from what its giver holds otherwise, is no other way.
                    branch |= mask & again & _union([base.known[other] for other in alike if other != giver])
                if branch:
                    inner[edge] |= branch
                if branch != mask:
                    leaf[edge] = leaf.get(edge, 0) | mask ^ branch
    return inner, leaves
