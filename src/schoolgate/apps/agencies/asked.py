"""What the pages of the network ask the engine: about a school's reports, on one day, for every purpose there is."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from django.urls import reverse

from schoolgate.engines import reach

from .readers import is_watched

SCHOOL: Final = "school"
# Both sorts of report that a school files. A weapon report leaves by duties of its own.
REPORT: Final = frozenset({"incident_report", "weapon_report"})
POLICE_WORK: Final = frozenset({"law_enforcement"})
WIDEST: Final[reach.Level] = "observed"


@dataclass(frozen=True, slots=True)
class Asked:
    """One question to the network, from our schools to the kinds of agencies that are watched.

    Attributes:
        network: As the reader may see it.
        on: The day on which the report is made.
        reading: How unknown terms are read.
        level: How weak the evidence may be.
        until: The last day looked at; None looks at everything that is agreed on now.
    """

    network: reach.Network
    on: date
    reading: reach.Reading = "worst_case"
    level: reach.Level = WIDEST
    until: date | None = None

    @property
    def schools(self) -> tuple[str, ...]:
        """Where reports are made."""
        return tuple(one.id for one in self.network.agencies if one.kind == SCHOOL)

    @property
    def targets(self) -> tuple[str, ...]:
        """The agencies of a watched kind."""
        return tuple(one.id for one in self.network.agencies if is_watched(one.kind))

    @property
    def purposes(self) -> frozenset[str]:
        """Every purpose that some agreement names: nobody can say for which of them a reader would come."""
        return POLICE_WORK.union(*(one.purposes or () for one in self.network.agreements))

    @property
    def statuses(self) -> frozenset[reach.Status]:
        """The evidence that is admitted."""
        return reach.LEVELS[self.level]

    def answer(self, *holders: str) -> reach.Reach:
        """Who could reach a report that these hold; our schools unless named."""
        return reach.reach_from(
            self.network,
            dict.fromkeys(holders or self.schools, self.on),
            REPORT,
            self.purposes,
            until=self.until,
            statuses=self.statuses,
            reading=self.reading,
        )


def address(one: reach.Agency | reach.Agreement) -> str:
    """The page of an agency or an agreement, for drawings and tables."""
    return _page("agencies:agreement" if isinstance(one, reach.Agreement) else "agencies:agency", one.id)


@lru_cache(maxsize=4096)
def _page(name: str, slug: str) -> str:
    """Some pages hold a thousand links."""
    return reverse(name, args=[slug])
