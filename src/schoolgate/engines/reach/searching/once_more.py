"""A day sweep after another one, over the ways that carried something in the first: for thousands of bits at once.

What is asked of it takes something away, so nothing comes over any other way. The days are gone through as in
`sweep`, O(ways in force at a state) for each arrival there; but ways that have closed are forgotten, which halves
what a state with many agreements looks at, and nothing is traced.
"""

from collections.abc import Sequence

from schoolgate.engines.reach.searching.grid import Begin
from schoolgate.engines.reach.searching.prepared import FOREVER
from schoolgate.engines.reach.searching.sweep import Swept

# A way: from which day, from which state, to which, with which bits, up to which day.
Live = tuple[int, int, int, int, int]
# The same while it is in force: which bits, to which state, up to which day.
_Open = tuple[int, int, int]


class OnceMore:
    """The day sweep once more over the ways that are known to carry something; those that have closed are forgotten.

    Attributes:
        found: What arrived, untraced.
    """

    __slots__ = ("_closes", "_known", "_open", "found")

    def __init__(self, count: int) -> None:
        """Nothing has arrived at so many states."""
        self.found = Swept.nothing(count)
        self._known = self.found.known
        self._open: list[list[_Open]] = [[] for _ in range(count)]
        self._closes = [FOREVER] * count

    def run(self, ways: Sequence[Live], begin: Begin, last: int) -> None:
        """Let bits flow from where they begin until the last day."""
        first, place = min(begin, default=last), 0
        known, new = self._known, dict[int, int]()
        for today in sorted({*begin, *(way[0] for way in ways if way[0] > first)}):
            if today > last:
                break
            for state, bits in begin.get(today, ()):
                self._arrive(state, bits, new)
            while place < len(ways) and ways[place][0] <= today:
                _, giver, receiver, mask, ends = ways[place]
                place += 1
                if ends >= today:
                    self._open[giver].append((mask, receiver, ends))
                    self._closes[giver] = min(self._closes[giver], ends)
                    if bits := known[giver] & mask:
                        self._arrive(receiver, bits, new)
            if new:
                self._push(today, new)

    def _arrive(self, state: int, bits: int, new: dict[int, int]) -> None:
        had = self._known[state]
        if (has := had | bits) != had:
            self._known[state] = has
            new[state] = new.get(state, 0) | has ^ had

    def _push(self, today: int, new: dict[int, int]) -> None:
        """What is new goes on, over all that is in force, until nothing is new."""
        known, got = self._known, self.found.got
        while new:
            state, arrived = new.popitem()
            got[state].append((today, arrived))
            if self._closes[state] < today:
                self._open[state] = [way for way in self._open[state] if way[2] >= today]
                self._closes[state] = min((way[2] for way in self._open[state]), default=FOREVER)
            for mask, receiver, _ in self._open[state]:
                if bits := arrived & mask:
                    had = known[receiver]
                    if (has := had | bits) != had:
                        known[receiver] = has
                        new[receiver] = new.get(receiver, 0) | has ^ had
