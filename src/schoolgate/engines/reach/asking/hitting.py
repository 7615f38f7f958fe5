"""The lightest set that hits every one of some sets, by integer programming (HiGHS)."""

from collections.abc import Collection, Mapping


class Hitting:
    """Sets to hit, with what each member costs; a set that contains another is hit with it and not kept."""

    def __init__(self, weights: Mapping[str, int]) -> None:
        """Begin with nothing to hit.

        Args:
            weights: Whole numbers of at least 1, by member; 1 where none is given.
        """
        self._weights = weights
        self._sets: list[frozenset[str]] = []
        self._least: dict[frozenset[frozenset[str]], int] = {}

    def add(self, members: frozenset[str]) -> None:
        """One more set to hit; it has a member."""
        if not any(known <= members for known in self._sets):
            self._sets = [known for known in self._sets if not members <= known]
            self._sets.append(members)

    def some(self) -> frozenset[str]:
        """A lightest set that hits all; one integer program over the different ways to hit."""
        return frozenset(_lightest(self._sets, self._weights))

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
            self._least[key] = sum(self._cost(member) for member in _lightest(sets, self._weights))
        return self._least[key]

    def _cost(self, member: str) -> int:
        return self._weights.get(member, 1)


def _lightest(sets: Collection[frozenset[str]], weights: Mapping[str, int]) -> list[str]:
    """A lightest hitting set. Of members that hit the same sets only the cheapest, then first, is looked at."""
    hits: dict[str, int] = {}
    for number, members in enumerate(sets):
        for member in members:
            hits[member] = hits.get(member, 0) | 1 << number
    best: dict[int, str] = {}
    for member in sorted(hits, key=lambda one: (weights.get(one, 1), one)):
        best.setdefault(hits[member], member)
    everything = (1 << len(sets)) - 1
    if everything in best:
        light = min(weights.get(one, 1) for one in hits)
        if weights.get(best[everything], 1) == light:
            return [best[everything]]  # one member hits all, and none is lighter
    return _solved(best, weights) if sets else []


def _solved(best: Mapping[int, str], weights: Mapping[str, int]) -> list[str]:
    """Choose among members, given by the sets each hits as bits, so that all sets are hit."""
    # The base class, as the public one greets on standard output, where commands print JSON.
    from highspy._core import HighsVarType, _Highs  # noqa: PLC0415 - half a second to load, and seldom needed

    ways = list(best)
    solver = _Highs()
    solver.setOptionValue("output_flag", False)  # noqa: FBT003 - takes no names
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("mip_rel_gap", 0.0)
    for column, way in enumerate(ways):
        solver.addVar(0, 1)
        solver.changeColCost(column, weights.get(best[way], 1))
        solver.changeColIntegrality(column, HighsVarType.kInteger)
    for number in range(max(ways).bit_length()):
        hitting = [column for column, way in enumerate(ways) if way >> number & 1]
        solver.addRow(1, len(ways), len(hitting), hitting, [1.0] * len(hitting))
    solver.run()
    values = solver.getSolution().col_value
    return [best[way] for way, value in zip(ways, values, strict=True) if round(value)]
