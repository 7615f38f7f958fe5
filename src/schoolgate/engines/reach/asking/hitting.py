"""The lightest set that hits every one of some sets: a small search, or integer programming (HiGHS) when it is not.

Branch and bound on a set with the fewest ways to hit it; sets that share no way bound from below what is still to be
paid, as each needs a way of its own (Gainer-Dewar & Vera-Licona, "The minimal hitting set generation problem:
algorithms and computation", SIAM J. Discrete Math. 31(1), 2017). A district's few paths take microseconds so, less
than an integer program takes to be written down.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple

_PATIENCE: Final = 500


class Hitting:
    """Sets to hit, with what each member costs; a set that contains another is hit with it and not kept."""

    def __init__(self, weights: Mapping[str, int], *, patience: int = _PATIENCE) -> None:
        """Begin with nothing to hit.

        Args:
            weights: Whole numbers of at least 1, by member; 1 where none is given.
            patience: After how many branches an integer program takes over.
        """
        self._weights = weights
        self._patience = patience
        self._sets: list[frozenset[str]] = []
        self._least: dict[frozenset[frozenset[str]], int] = {}

    def add(self, members: frozenset[str]) -> None:
        """One more set to hit; it has a member."""
        if not any(known <= members for known in self._sets):
            self._sets = [known for known in self._sets if not members <= known]
            self._sets.append(members)

    def some(self) -> frozenset[str]:
        """A lightest set that hits all; one integer program over the different ways to hit."""
        return frozenset(_lightest(self._sets, self._weights, self._patience))

    def first(self) -> frozenset[str]:
        """Of the lightest sets the one whose members in order come first; at most one program for each member."""
        chosen: list[str] = []
        left = list(self._sets)
        while left:
            least = self._weight(left)
            for member in sorted(frozenset[str]().union(*left)):
                rest = [one for one in left if member not in one]
                if self._cost(member) + self._weight(rest) == least:
                    chosen.append(member)
                    left = rest
                    break
        return frozenset(chosen)

    def _weight(self, sets: list[frozenset[str]]) -> int:
        key = frozenset(sets)
        if key not in self._least:
            lightest = _lightest(sets, self._weights, self._patience)
            self._least[key] = sum(self._cost(member) for member in lightest)
        return self._least[key]

    def _cost(self, member: str) -> int:
        return self._weights.get(member, 1)


def _lightest(sets: Collection[frozenset[str]], weights: Mapping[str, int], patience: int) -> list[str]:
    """A lightest hitting set. Of members that hit the same sets only the cheapest, then first, is looked at."""
    hits: dict[str, int] = {}
    for number, members in enumerate(sets):
        for member in members:
            hits[member] = hits.get(member, 0) | 1 << number
    best: dict[int, str] = {}
    for member in sorted(hits, key=lambda one: (weights.get(one, 1), one)):
        best.setdefault(hits[member], member)
    ways = [_Way(some, weights.get(member, 1)) for some, member in best.items()]
    everything = (1 << len(sets)) - 1
    search = _Branching([[way for way in ways if way.hits >> number & 1] for number in range(len(sets))], patience)
    search.go_on(everything, 0, ())
    chosen = search.best if search.patience else _solved(ways, everything)
    return [best[way.hits] for way in chosen]


class _Way(NamedTuple):
    """Members that hit the same sets, given as bits, and what the cheapest of them costs."""

    hits: int
    cost: int


class _Branching:
    """A search that tries the ways of hitting one set after the other.

    Attributes:
        best: The lightest choice so far that hits all.
        patience: How many more branches it will try; once it is 0, `best` need not be the lightest.
    """

    def __init__(self, ways_of: Sequence[Sequence[_Way]], patience: int) -> None:
        """By the ways of hitting each set."""
        self.best: tuple[_Way, ...] = ()
        self.patience = patience
        self._least: int | None = None
        self._ways_of = sorted(enumerate(ways_of), key=lambda one: len(one[1]))
        self._together = {number: _union(ways) for number, ways in self._ways_of}
        self._cheapest = {number: min(way.cost for way in ways) for number, ways in self._ways_of}

    def go_on(self, left: int, paid: int, chosen: tuple[_Way, ...]) -> None:
        """Hit the sets that are left, on top of what is chosen; O(ways) for each branch."""
        if not left:
            if self._least is None or paid < self._least:
                self._least, self.best = paid, chosen
            return
        if not self.patience or (self._least is not None and paid + self._bound(left) >= self._least):
            return
        self.patience -= 1
        narrowest = next(ways for number, ways in self._ways_of if left >> number & 1)
        for way in sorted(narrowest, key=lambda one: (one.cost / (one.hits & left).bit_count(), one)):
            self.go_on(left & ~way.hits, paid + way.cost, (*chosen, way))

    def _bound(self, left: int) -> int:
        """What hitting some sets, no two of which one way hits, costs at least."""
        least, taken = 0, 0
        for number, _ in self._ways_of:
            if left >> number & 1 and not taken >> number & 1:
                least += self._cheapest[number]
                taken |= self._together[number]
        return least


def _union(ways: Collection[_Way]) -> int:
    """All sets that some of these ways hit."""
    together = 0
    for way in ways:
        together |= way.hits
    return together


def _solved(ways: Sequence[_Way], everything: int) -> list[_Way]:
    """The same as an integer program, for sets too many to try."""
    # The base class, as the public one greets on standard output, where commands print JSON.
    from highspy._core import HighsVarType, _Highs  # noqa: PLC0415 - half a second to load, and seldom needed

    solver = _Highs()
    solver.setOptionValue("output_flag", False)  # noqa: FBT003 - takes no names
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("mip_rel_gap", 0.0)
    for column, way in enumerate(ways):
        solver.addVar(0, 1)
        solver.changeColCost(column, way.cost)
        solver.changeColIntegrality(column, HighsVarType.kInteger)
    for number in range(everything.bit_length()):
        hitting = [column for column, way in enumerate(ways) if way.hits >> number & 1]
        solver.addRow(1, len(ways), len(hitting), hitting, [1.0] * len(hitting))
    solver.run()
    values = solver.getSolution().col_value
    return [way for way, value in zip(ways, values, strict=True) if round(value)]
