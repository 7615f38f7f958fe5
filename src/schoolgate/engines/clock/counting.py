"""The arithmetic of days: counting, rolling, adding years. No law in here."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta

from schoolgate.engines.clock.deadlines import Skipped
from schoolgate.engines.clock.errors import ClockError

DAY = timedelta(days=1)
_FEBRUARY = 2
_LEAP_DAY = 29
Reason = Callable[[date], str | None]


def count_days(first: date, count: int, why_not: Reason) -> tuple[list[date], list[Skipped]]:
    """Walk from `first` until `count` days have counted.

    Returns:
        The counted days and the skipped ones before the last of them. Linear in the number of days walked.

    Raises:
        ClockError: When fewer than one day in forty counts, so that a broken calendar cannot loop for ever.
    """
    counted: list[date] = []
    skipped: list[Skipped] = []
    day = first
    while len(counted) < count:
        if (reason := why_not(day)) is None:
            counted.append(day)
        else:
            skipped.append(Skipped(day, reason))
        if len(skipped) > 40 * (count + 30):
            raise ClockError(f"no end found for {count} days from {first}: the calendar has hardly a day that counts")
        day += DAY
    return counted, skipped


def next_day(day: date, why_not: Reason) -> date:
    """The first day from `day` on that counts."""
    counted, _ = count_days(day, 1, why_not)
    return counted[0]


def roll(day: date, why_not: Reason) -> tuple[date, list[Skipped]]:
    """Move a last day forward past days on which it cannot end; the days passed are returned with reasons."""
    counted, passed = count_days(day, 1, why_not)
    return counted[0], [Skipped(one.day, f"last day cannot end on this day: {one.why}") for one in passed]


def every_day(_: date) -> str | None:
    """The rule of calendar days: each one counts."""
    return None


def paused(stops: Iterable[tuple[date, date | None]], why_not: Reason) -> Reason:
    """Leave out the days of closed stops: the stop day counts, the restart day does not (a convention)."""
    closed = [(start, end) for start, end in stops if end is not None]

    def why(day: date) -> str | None:
        if (reason := why_not(day)) is not None:
            return reason
        for start, end in closed:
            if start < day < end:
                return "clock stopped"
            if start < day == end:
                return "clock restarts; restart day not counted"
        return None

    return why


def add_years(day: date, years: int, leap: str) -> tuple[date, date | None]:
    """The same day some years on; from 29 February, the day named by `leap` and the other possible one."""
    if (day.month, day.day) != (_FEBRUARY, _LEAP_DAY):
        return day.replace(year=day.year + years), None
    march = date(day.year + years, 3, 1)
    last_of_february = march - DAY
    if last_of_february.day == _LEAP_DAY:
        return last_of_february, None
    return (last_of_february, march) if leap == "28 February" else (march, last_of_february)


def days_between(first: date, end: date) -> list[date]:
    """Every date from `first` up to and without `end`."""
    return [first + DAY * number for number in range((end - first).days)]
