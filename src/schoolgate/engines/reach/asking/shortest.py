"""One search for all paths of all sorts from a question's holders to everybody."""

from functools import cached_property
from typing import Literal

from schoolgate.engines.reach.asking.witness import Path, Told
from schoolgate.engines.reach.network.nouns import Status
from schoolgate.engines.reach.searching.arrivals import Arrivals
from schoolgate.engines.reach.searching.grades import Grades
from schoolgate.engines.reach.searching.grid import grid
from schoolgate.engines.reach.searching.layers import Goal, Layers, Met
from schoolgate.engines.reach.searching.prepared import FOREVER, Prepared

Sort = Literal["earliest", "fewest_hops", "strongest"]


class Shortest:
    """Bits for pairs, evidence and hops, swept once; a path is followed back and put into words when asked for."""

    def __init__(self, prepared: Prepared) -> None:
        """Search."""
        self._over = grid(prepared)
        self._states, self._labels = self._over.by_agency(), prepared.labels
        edges, pairs = self._over.edges, self._labels.everything
        self._graded: Grades = prepared.kept.get("grades", lambda: Grades.of(edges, pairs))
        self._everything = self._graded.everything
        begin = self._graded.begin(prepared, self._over)
        self._layers = Layers(self._over, self._graded.wide, begin, self._graded.width)
        holders = prepared.question.holders
        self._told = {one.agency: Told(one.since.toordinal(), self._labels, one.may_pass_to) for one in holders}
        self._paths: dict[str, Path] = {}

    def arrivals(self) -> Arrivals:
        """The same search by the day alone: on whatever evidence, by however many agreements."""
        swept = self._layers.swept
        return Arrivals.told(self._over, swept, self._labels.everything).part(self._graded.last)

    def path(self, agency: str, sort: Sort, first_day: int) -> Path:
        """A path of a sort to an agency that is reached, on that day first."""
        met = self._fewest[agency]
        if sort == "earliest" and met.day > first_day:
            return self._in_words(self._met(agency, self._everything, first_day))
        if sort == "strongest" and (strength := self._strength(agency)) != self._graded.strongest(met.what):
            return self._in_words(self._met(agency, self._graded.every(strength)))
        if (path := self._paths.get(agency)) is None:
            path = self._paths[agency] = self._in_words(met)
        return path

    def weakest_status(self, agency: str) -> Status:
        """The weakest evidence on a path that is as strong as possible."""
        return self._graded.statuses[self._strength(agency)]

    @cached_property
    def _fewest(self) -> dict[str, Met]:
        """To each agency a shortest path; of those that arrive first, one on strong evidence."""
        all_met = zip(self._states, self._layers.nearest(self._states.values()), strict=True)
        return {
            agency: met or self._met(agency, self._everything) for agency, met in all_met if met or self._far(agency)
        }

    def _far(self, agency: str) -> bool:
        """Whether something arrives by more agreements than were counted."""
        return self._layers.whenever(self._states[agency]) != 0

    def _met(self, agency: str, bits: int, by: int = FOREVER) -> Met:
        met = self._layers.met(Goal(self._states[agency], bits, by))
        if met is None:
            raise AssertionError(f"{agency!r} is reached, but not found again")
        return met

    def _strength(self, agency: str) -> int:
        return self._graded.strongest(self._layers.whenever(self._states[agency]))

    def _in_words(self, met: Met) -> Path:
        edges = [self._over.edges[number] for number in met.edges()]
        return self._told[edges[0].giver].along(edges)
