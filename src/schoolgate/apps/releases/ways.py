"""Ways that use an agreement that is new or changed: one search in a network of two floors.

Downstairs are the agreements that were there already, upstairs all of them; what is new leads up. Whoever is reached
upstairs is reached by a way that uses something new (a product with an automaton of two states).
"""

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Final

from schoolgate.apps.agencies.readers import WIDEST, Copy, is_watched, purposes_of
from schoolgate.engines import reach

UP: Final = ":up"
STAIRS: Final = ":stairs"


@dataclass(frozen=True, slots=True)
class NewWay:
    """The shortest way to somebody by something new."""

    agreements: tuple[reach.Agreement, ...]
    day: date


class Newcomers:
    """The ways by new agreements in one network; nothing is searched before it is asked for."""

    def __init__(self, network: reach.Network, new: frozenset[str]) -> None:
        """Take the slugs of the agreements that are new or changed."""
        self.network, self.new = network, new
        self._answers: dict[Copy, reach.Reach] = {}

    def to(self, agency: str, copy: Copy) -> NewWay | None:
        """The shortest way by which a copy can get to an agency with a new agreement on it.

        None where there is none, and where the shortest comes twice to one place: such a way says nothing that a
        way without the detour does not. One search a copy, in a network twice as large.
        """
        if not self.new:
            return None
        found = self._answer(copy).reached.get(agency + UP)
        if found is None:
            return None
        path = found.fewest_hops
        places = [copy.holder, *(step.agreement.receiver.removesuffix(UP) for step in path.steps)]
        if len(set(places)) < len(places):
            return None
        steps = (step.agreement.id.removesuffix(UP).removesuffix(STAIRS) for step in path.steps)
        return NewWay(tuple(self.network.agreement(slug) for slug in steps), path.arrives)

    def _answer(self, copy: Copy) -> reach.Reach:
        if copy not in self._answers:
            self._answers[copy] = reach.reach(
                self._floors,
                copy.holder,
                copy.since,
                copy.kinds,
                purposes_of(self.network, copy.purpose),
                statuses=reach.LEVELS[WIDEST],
                reading="worst_case",
            )
        return self._answers[copy]

    @cached_property
    def _floors(self) -> reach.Network:
        agencies = [replace(one, part_of="") for one in self.network.agencies]
        up = [replace(one, id=one.id + UP) for one in agencies]
        agreements = []
        for one in self.network.agreements:
            # A way ends where it first comes to somebody watched.
            if is_watched(self.network.agency(one.giver).kind):
                continue
            to = frozenset(word for name in one.onward_to for word in _both(name))
            above = replace(one, id=one.id + UP, giver=one.giver + UP, receiver=one.receiver + UP, onward_to=to)
            if one.id in self.new:
                agreements += [above, replace(one, id=one.id + STAIRS, receiver=one.receiver + UP, onward_to=to)]
            else:
                agreements += [above, replace(one, onward_to=to)]
        return reach.Network((*agencies, *up), tuple(agreements))


def _both(name: str) -> tuple[str, ...]:
    """Whom a promise names, on both floors; a kind of agency is the same on both."""
    return (name,) if name.startswith(reach.KIND) else (name, name + UP)
