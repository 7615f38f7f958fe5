"""What a sweep says of agencies: since when each has what, under which promise."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from schoolgate.engines.reach.searching.prepared import NOBODY, Prepared, Promise, weaker
from schoolgate.engines.reach.searching.sweep import Grid, Swept, begin_of, grid, sweep


class First(NamedTuple):
    """What gets to an agency at all.

    Attributes:
        day: The first day, as an ordinal.
        pairs: All pairs, whenever and under whatever promise.
        free: Whether any of it may go further, be it only to some.
    """

    day: int
    pairs: int
    free: bool


class Held(NamedTuple):
    """Pairs that an agency has from a day on, under a promise."""

    day: int
    promise: Promise
    pairs: int


@dataclass(frozen=True, slots=True)
class Arrivals:
    """One question's part of a sweep; several questions can be answered by one, each with bits of its own.

    Attributes:
        over: States and ways.
        swept: What was found on them.
        promises: Of each state.
        states: The numbers of the states of each agency.
        shift: The lowest of the question's bits.
        everything: All pairs, at the lowest place.
    """

    over: Grid
    swept: Swept
    promises: Sequence[Promise]
    states: Mapping[str, Collection[int]]
    shift: int
    everything: int

    @classmethod
    def of(cls, prepared: Prepared) -> "Arrivals":
        """Sweep for one question."""
        over = grid(prepared)
        swept = sweep(over, over.masks, begin_of(prepared, over), trace=False)
        return cls.told(over, swept, prepared.labels.everything)

    @classmethod
    def told(cls, over: Grid, swept: Swept, everything: int) -> "Arrivals":
        """What a sweep of one question, or of one as the lowest bits, says."""
        return cls(over, swept, over.all_states.promises, over.by_agency(), 0, everything)

    def part(self, number: int) -> "Arrivals":
        """The same for the question with this number, of a sweep of several."""
        return replace(self, shift=number * self.everything.bit_length())

    def first(self) -> dict[str, First]:
        """What gets to each agency that anything gets to; O(states x days of arrival)."""
        window = self.everything << self.shift
        agencies, promises, got = self.over.all_states.agencies, self.promises, self.swept.got
        found: dict[str, First] = {}
        for state, bits in enumerate(self.swept.known):
            if pairs := bits & window:
                day, new = got[state][0]
                if not new & window:
                    day = next(day for day, new in got[state] if new & window)
                free, agency = promises[state] != NOBODY, agencies[state]
                pairs >>= self.shift
                if (other := found.get(agency)) is not None:
                    day, pairs, free = min(day, other.day), pairs | other.pairs, free or other.free
                found[agency] = First(day, pairs, free)
        return found

    def on_day(self, agency: str, day: int) -> int:
        """The pairs that newly get to an agency on a day."""
        pairs = 0
        for state in self.states[agency]:
            for arrived, bits in self.swept.got[state]:
                if arrived == day:
                    pairs |= bits
        return pairs >> self.shift & self.everything

    def held(self, agency: str) -> list[Held]:
        """All that an agency has, by day and promise; nothing that it otherwise has as early and as free to pass on."""
        some = [
            Held(day, self.promises[state], pairs)
            for state in self.states.get(agency, ())
            for day, bits in self.swept.got[state]
            if (pairs := bits >> self.shift & self.everything)
        ]
        some.sort(
            key=lambda one: (one.day, one.promise is not None, -len(one.promise or ()), sorted(one.promise or ()))
        )
        told: list[Held] = []
        known: dict[Promise, int] = {}
        for one in some:
            pairs = one.pairs
            for other, more in known.items():
                if weaker(other, one.promise):
                    pairs &= ~more
            if pairs:
                known[one.promise] = known.get(one.promise, 0) | pairs
                if told and told[-1][:2] == one[:2]:
                    pairs |= told.pop().pairs
                told.append(one._replace(pairs=pairs))
        return told
