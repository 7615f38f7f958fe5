"""The School Committee's page: which agreements lead where, and which one to end."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from django.urls import reverse
from django.utils.functional import cached_property

from schoolgate.engines import reach

from . import words
from .agency_page import days, link
from .asked import REPORT, Asked
from .registry import holds, on_day

COLUMNS: Final = ("Agreement", "From", "To", "When", "How well it is known", "May it be passed on", "Leads there")
GRID_COLUMNS: Final = ("On which evidence", "Strict: only terms that were read", "Worst case: unread terms permit it")
SOON: Final = timedelta(days=180)
# So many agreements to end are listed; the table below has all.
CHOKES_LISTED: Final = 10
WATCHED_NAME: Final = "immigration enforcement"


@dataclass(frozen=True, slots=True)
class Choke:
    """One agreement to end.

    Attributes:
        agreement: Which.
        share: The share of our schools from which a path goes through it, in words.
        alone: From how many schools every path goes through it.
        percent: That share as a number.
        between: The two agencies.
    """

    agreement: reach.Agreement
    share: str
    alone: int
    percent: int
    between: str

    @property
    def by_law(self) -> bool:
        """Whether a law orders it: then no party can end it."""
        return self.agreement.status == "required_by_law"

    @property
    def address(self) -> str:
        """What would change if it ended."""
        return f"{reverse('agencies:what-if')}?end={self.agreement.id}"


@dataclass(frozen=True)
class Map:
    """A network on a day, as the School Committee asks about it. Computed once where it is asked."""

    network: reach.Network
    on: date

    @cached_property
    def asked(self) -> Asked:
        """The widest question: what nobody has read may permit it, and all evidence counts."""
        return Asked(self.network, self.on, until=self.on)

    @cached_property
    def holding(self) -> tuple[reach.Agreement, ...]:
        """The agreements by which something may move on that day."""
        return tuple(one for one in self.network.agreements if holds(one, self.on))

    @cached_property
    def answer(self) -> reach.Reach | None:
        """Who could reach a report of that day; None without a school."""
        return self.asked.answer() if self.asked.schools else None

    @cached_property
    def exposures(self) -> tuple[reach.Exposure, ...]:
        """Which agreements lead from our schools to what is watched, and from how many schools."""
        return exposures(self.asked)

    @cached_property
    def leading(self) -> frozenset[str]:
        """The agreements that lead there."""
        return frozenset(one.agreement.id for one in self.exposures)

    @cached_property
    def steps(self) -> int:
        """The fewest agreements between one of our schools and what is watched; 0 when nothing leads there."""
        reached = self.answer.reached if self.answer else {}
        return min((reached[one].fewest_hops.hops for one in self.asked.targets if one in reached), default=0)

    @cached_property
    def chokes(self) -> tuple[Choke, ...]:
        """The agreements to end, those that cut most first."""
        schools = len(self.asked.schools)
        return tuple(
            Choke(
                one.agreement,
                f"{len(one.through)} of {schools}",
                len(one.only),
                round(one.share),
                " > ".join(self.network.agency(end).name for end in (one.agreement.giver, one.agreement.receiver)),
            )
            for one in sorted(self.exposures, key=lambda one: (-len(one.only), -len(one.through), one.agreement.id))[
                :CHOKES_LISTED
            ]
        )

    @cached_property
    def best(self) -> tuple[Choke, int] | None:
        """The agreement to end first, and how many would then no longer lead there, itself among them.

        A duty under a law cannot be ended by the district, so it is none.
        """
        for choke in self.chokes:
            if choke.by_law:
                continue
            # Where every path of every school goes through it, nothing is left to be searched.
            if choke.alone == len(frozenset().union(*(one.through for one in self.exposures))):
                return choke, len(self.leading)
            kept = tuple(one for one in self.network.agreements if one.id != choke.agreement.id)
            left = exposures(replace(self.asked, network=reach.Network(self.network.agencies, kept)))
            return choke, len(self.leading) - len(left)
        return None

    @property
    def sentence(self) -> str:
        """The page's first sentence."""
        count = words.counted(len(self.holding), "agreement")
        if not self.network.agreements:
            return "No agreement is entered yet."
        if not self.asked.schools:
            return "No school of ours stands in the registry yet, so nobody can say where its reports could go."
        if not self.leading:
            return f"None of our {count} leads from our schools to {WATCHED_NAME}."
        verb = "leads" if len(self.leading) == 1 else "lead"
        steps = words.counted(self.steps, "step")
        first = f"{len(self.leading)} of our {count} {verb} to {WATCHED_NAME}, in {steps} at the fewest"
        if self.best is None:
            return f"{first}."
        choke, cut = self.best
        giver = self.network.agency(choke.agreement.giver).name
        receiver = self.network.agency(choke.agreement.receiver).name
        what = "all of them" if cut == len(self.leading) else f"{cut} of them"
        return f"{first}; ending one, from {giver} to {receiver}, would cut {what}."

    @property
    def lead(self) -> str:
        """The second sentence: how much of it rests on terms that nobody has read."""
        said = "This says what agreements permit, not what happened."
        if not self.leading:
            return said
        sure = len(exposures(replace(self.asked, reading="strict")))
        if sure == len(self.leading):
            return f"All of these terms were read. {said}"
        if not sure:
            return (
                f"All of them may, since nobody has read all the terms on the way; what was read opens no path. {said}"
            )
        verb = "leads" if sure == 1 else "lead"
        return f"By terms that were read, {sure} {verb} there; the others may, since nobody has read them. {said}"

    @cached_property
    def grid(self) -> tuple[tuple[str, ...], ...]:
        """For each level of evidence and both readings: how many agreements lead there, and how near it is."""
        return tuple(
            (words.LEVELS[level], *(self._cell(level, reading) for reading in ("strict", "worst_case")))
            for level in reach.LEVELS
        )

    def _cell(self, level: reach.Level, reading: reach.Reading) -> str:
        asked = replace(self.asked, level=level, reading=reading)
        if not asked.schools or not asked.targets:
            return "Nobody"
        # Most networks hold nothing disputed or observed: what admits the same agreements is asked once.
        admitted = asked.statuses & {one.status for one in self.holding}
        key = (admitted, reading)
        if key not in self._asked_before:
            self._asked_before[key] = asked.answer().reached
        reached = self._asked_before[key]
        hops = [reached[one].fewest_hops.hops for one in asked.targets if one in reached]
        if not hops:
            return f"No path; {words.counted(len(reached), 'other agency', 'other agencies')}"
        others = len(reached) - len(hops)
        return f"In {words.counted(min(hops), 'step')}; {words.counted(others, 'other agency', 'other agencies')}"

    @cached_property
    def _asked_before(self) -> dict[tuple[frozenset[reach.Status], reach.Reading], Mapping[str, reach.Reached]]:
        widest = self.asked.statuses & {one.status for one in self.holding}
        return {(widest, "worst_case"): self.answer.reached} if self.answer else {}

    @property
    def ending_soon(self) -> tuple[reach.Agreement, ...]:
        """The agreements that end within half a year, the first to end first."""
        soon = [one for one in self.holding if one.end and one.end <= self.on + SOON]
        return tuple(sorted(soon, key=lambda one: (one.end or date.max, one.id)))

    @property
    def rows(self) -> tuple[tuple[object, ...], ...]:
        """What the drawing shows: every agreement that holds on the day, those that lead there first, then the bans."""
        ordered = sorted(self.holding, key=lambda one: (one.id not in self.leading, one.title.casefold(), one.id))
        return tuple(self._row(one) for one in (*ordered, *(one for one in self.prohibited if on_day(one, self.on))))

    def _row(self, one: reach.Agreement) -> tuple[object, ...]:
        return (
            link(one),
            link(self.network.agency(one.giver)),
            link(self.network.agency(one.receiver)),
            days(one),
            words.status(one.status),
            words.ONWARD[one.onward],
            "yes" if one.id in self.leading else "no",
        )

    @property
    def prohibited(self) -> tuple[reach.Agreement, ...]:
        """What a rule forbids: listed, never counted."""
        return tuple(one for one in self.network.agreements if one.status == "prohibited")


def exposures(asked: Asked) -> tuple[reach.Exposure, ...]:
    """The agreements on a path from one of our schools to what is watched."""
    if not asked.schools or not asked.targets:
        return ()
    return reach.exposure(
        asked.network,
        asked.schools,
        asked.targets,
        since=asked.on,
        kinds=REPORT,
        purposes=asked.purposes,
        until=asked.until,
        statuses=asked.statuses,
        reading=asked.reading,
    )


def years_of(found: Map) -> list[tuple[int, date, bool]]:
    """The years in which something began or ended: the year, its last day, whether that is shown."""
    years = {day.year for one in found.network.agreements for day in (one.start, one.end) if day}
    return [(year, date(year, 12, 31), found.on == date(year, 12, 31)) for year in sorted(years)]
