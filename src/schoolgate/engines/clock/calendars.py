"""Which days count: legal holidays by statute, closed offices, days without school, and the doubtful ones.

Massachusetts: M.G.L. c.4 s.7 cl.18, where a holiday moves to Monday only from a Sunday and never from a
Saturday; 950 CMR 32.02 for business days. New York: Gen. Constr. Law 24. The `holidays` package (0.95 or
newer; older ones invent Massachusetts days) gives the dates without any shift, and the shift is done here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

import holidays

from schoolgate.engines.clock.errors import ClockError

_ZONES: Final = {
    "US": "America/New_York",
    "US-CA": "America/Los_Angeles",
    "US-IL": "America/Chicago",
    "US-MA": "America/New_York",
    "US-NY": "America/New_York",
}
_SATURDAY: Final = 5
_SUNDAY: Final = 6
_DAY: Final = timedelta(days=1)
_NOT_LEGAL: Final = frozenset({"Susan B. Anthony Day"})  # days of remembrance that the package lists
# Where the state's own text, as far as read, has no Friday for a Saturday holiday but offices often take one.
_FRIDAY_IN_DOUBT: Final = frozenset({"US", "US-CA", "US-IL"})
_OFTEN_WORKED: Final = {"US-NY": frozenset({"Lincoln's Birthday", "Election Day"})}
_SUFFOLK: Final = (("Evacuation Day", 3, 17), ("Bunker Hill Day", 6, 17))


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days of one custodian.

    Three different things stay apart: a legal holiday, a closed records office, a day without school. Only
    the first two stop a business-day clock, only the first and third a school-day clock, none a
    calendar-day clock.

    Attributes:
        jurisdiction: `US`, `US-MA`, `US-NY`, `US-IL` or `US-CA`; decides holidays and time zone.
        county: Only `Suffolk` matters, in Massachusetts.
        closures: Weekdays on which the records office was closed unexpectedly (snow).
        planned_closures: Weekdays on which it was closed by plan; whether they count is not settled.
        no_school: Weekdays without school.
        other_reading: Take the doubtful days the other way; `due` uses it for the second date it shows.

    Raises:
        ClockError: When the jurisdiction is unknown.
    """

    jurisdiction: str = "US-MA"
    county: str | None = None
    closures: frozenset[date] = frozenset()
    planned_closures: frozenset[date] = frozenset()
    no_school: frozenset[date] = frozenset()
    other_reading: bool = False

    def __post_init__(self) -> None:
        """Refuse a jurisdiction without a calendar."""
        if self.jurisdiction not in _ZONES:
            raise ClockError(f"no calendar for jurisdiction {self.jurisdiction!r}; known: {', '.join(_ZONES)}")

    @property
    def zone(self) -> ZoneInfo:
        """The zone whose midnight ends a day here (*Booker*, 324 Mass. 264)."""
        return ZoneInfo(_ZONES[self.jurisdiction])

    def reread(self) -> "Calendar":
        """The same calendar with every doubtful day taken the other way."""
        return replace(self, other_reading=not self.other_reading)

    def legal_holiday(self, day: date) -> str | None:
        """The name of the legal holiday, doubtful ones by this calendar's reading."""
        name = _statewide(self.jurisdiction, day.year).get(day)
        if name is not None:
            worked = name in _OFTEN_WORKED.get(self.jurisdiction, ())
            return None if worked and self.other_reading else name
        return self._doubtful_holiday(day) if self.other_reading else None

    def doubt(self, day: date) -> str | None:
        """Why it is not settled whether this weekday counts, if so."""
        if is_weekend(day):
            return None
        name = _statewide(self.jurisdiction, day.year).get(day)
        if name is not None:
            worked = name in _OFTEN_WORKED.get(self.jurisdiction, ())
            return f"{name}: a public holiday on which many districts work" if worked else None
        if holiday := self._doubtful_holiday(day):
            return f"{holiday}: a holiday on which public offices may have to stay open"
        if day in self.planned_closures:
            return "planned closing of the office; only unexpected ones are named by the regulation"
        return None

    def why_no_business(self, day: date) -> str | None:
        """Why this is not a business day; None when it is one."""
        if is_weekend(day):
            return f"{day:%A}"
        if holiday := self.legal_holiday(day):
            return f"legal holiday: {holiday}"
        closed = day in self.closures or (self.other_reading and day in self.planned_closures)
        return "custodian's office closed" if closed else None

    def why_no_school(self, day: date) -> str | None:
        """Why this is not a school day; None when it is one. Suffolk's two are, unless in `no_school`."""
        if is_weekend(day):
            return f"{day:%A}"
        if holiday := _statewide(self.jurisdiction, day.year).get(day):
            return f"no school: legal holiday: {holiday}"
        return "no school" if day in self.no_school else None

    def why_no_last_day(self, day: date) -> str | None:
        """Why a calendar-day limit that may roll does not end here. Closed offices do not move it."""
        if is_weekend(day):
            return f"{day:%A}"
        holiday = self.legal_holiday(day)
        return f"legal holiday: {holiday}" if holiday else None

    def _doubtful_holiday(self, day: date) -> str | None:
        if self.jurisdiction == "US-MA" and (self.county or "").casefold() == "suffolk":
            return _suffolk(day.year).get(day)
        if self.jurisdiction in _FRIDAY_IN_DOUBT and day.weekday() == _SATURDAY - 1:
            name = _fixed_saturday(self.jurisdiction, day + _DAY)
            return f"{name} (Friday before a Saturday)" if name else None
        return None


def is_weekend(day: date) -> bool:
    """Saturday or Sunday."""
    return day.weekday() >= _SATURDAY


def _fixed_saturday(jurisdiction: str, saturday: date) -> str | None:
    return _statewide(jurisdiction, saturday.year).get(saturday)


@lru_cache(maxsize=512)
def _statewide(jurisdiction: str, year: int) -> Mapping[date, str]:
    state = jurisdiction.partition("-")[2] or None
    # A New Year's Day on a Sunday moves within its own year, so one year at a time is enough.
    listed = holidays.country_holidays("US", subdiv=state, years=year, observed=False)
    days: dict[date, str] = {}
    for day, names in sorted(listed.items()):
        legal = [name for name in names.split("; ") if name not in _NOT_LEGAL]
        if legal:
            days[day] = "; ".join(legal)
    moved = {day + _DAY: name for day, name in days.items() if day.weekday() == _SUNDAY}
    shifted = {day: f"{name} (day following a Sunday)" for day, name in moved.items() if day not in days}
    return MappingProxyType(days | shifted)


@lru_cache(maxsize=128)
def _suffolk(year: int) -> Mapping[date, str]:
    days: dict[date, str] = {}
    for name, month, number in _SUFFOLK:
        day = date(year, month, number)
        days[day + _DAY if day.weekday() == _SUNDAY else day] = f"{name}, Suffolk County"
    return MappingProxyType(days)
