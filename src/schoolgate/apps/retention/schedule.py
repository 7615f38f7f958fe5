"""The schedules of `schedules.toml`: how long each series is kept, and what is past its time on a day."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).with_name("schedules.toml")
_EVIDENCE: Final = frozenset({"read", "secondary", "unverified", "district"})


class ScheduleError(Exception):
    """The file of schedules is wrong; the message says which series and what to do."""


class CountsFrom(StrEnum):
    """What starts a series' time."""

    FILING = "filing"
    LEAVING = "leaving"
    SAVING = "saving"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Series:
    """Records that are kept equally long.

    Attributes:
        code: Its name in the file.
        counts_from: What starts its time.
        years: How long, in years; or `days`, in days. Neither for what is kept.
        pack: The pack of law that brings it; empty for every district.
        evidence: "read", "secondary", "unverified" or "district".
        notice_days: For how many days families must have been told before; 0 when nobody need be.
        question: What is open about it, for counsel.
        of: "papers" for those about who may see a student's record; "records" for reports or drafts.
    """

    code: str
    title: str
    counts_from: CountsFrom
    citation: str
    source: str
    evidence: str
    plain: str
    years: int = 0
    days: int = 0
    pack: str = ""
    notice_days: int = 0
    notice_citation: str = ""
    question: str = ""
    of: str = "records"

    @property
    def kind(self) -> str:
        """What one record of it is: "report", "draft", or "papers" (those about one student)."""
        if self.of == "papers":
            return "papers"
        return "draft" if self.counts_from is CountsFrom.SAVING else "report"

    @property
    def is_kept(self) -> bool:
        """Whether nothing of it is ever proposed."""
        return self.counts_from is CountsFrom.NEVER

    @property
    def how_long(self) -> str:
        """Its length in words."""
        return f"{self.years} years" if self.years else f"{self.days} days" if self.days else "for good"

    def due_on(self, start: date) -> date:
        """The first day on which what began on `start` is past its time."""
        return years_later(start, self.years) if self.years else start + timedelta(days=self.days)

    def last_start(self, day: date) -> date:
        """The last day on which something can have begun that is past its time on `day`."""
        return years_earlier(day, self.years) if self.years else day - timedelta(days=self.days)


def years_later(day: date, years: int) -> date:
    """The same day some years on; from 29 February, 28 February where there is no 29th (as MA-SR-RET7 counts)."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def years_earlier(day: date, years: int) -> date:
    """The last day whose `years_later` is `day` or before."""
    if (day + timedelta(days=1)).day == 1 and day.month == 2:  # noqa: PLR2004 - February
        # From 28 February of a common year, 29 February of a leap year is as long ago.
        return date(day.year - years, 3, 1) - timedelta(days=1)
    return day.replace(year=day.year - years)


def read_schedules(text: bytes) -> Mapping[str, Series]:
    """Read a file of schedules.

    Raises:
        ScheduleError: A series is incomplete or contradicts itself; the message names it.
    """
    try:
        tables = tomllib.loads(text.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise ScheduleError(f"the file of schedules is no TOML: {problem}") from None
    found = {}
    for code, table in tables.items():
        try:
            one = Series(code=code, **{**table, "counts_from": CountsFrom(table.get("counts_from", ""))})
        except (TypeError, ValueError) as problem:
            raise ScheduleError(f"the series {code} cannot be read ({problem}); compare it with the others") from None
        if not (one.citation.strip() and one.source.strip() and one.plain.strip()):
            raise ScheduleError(f"the series {code} needs a citation, a source and plain words")
        if one.evidence not in _EVIDENCE:
            raise ScheduleError(f"the series {code}: evidence is {one.evidence!r}; write one of {sorted(_EVIDENCE)}")
        if not one.is_kept and (one.years > 0) == (one.days > 0):
            raise ScheduleError(f"the series {code} needs either years or days, 1 or more")
        if one.of not in {"records", "papers"} or (one.of == "papers" and one.counts_from is not CountsFrom.LEAVING):
            raise ScheduleError(f'the series {code}: of is "records", or "papers" where it counts from leaving')
        found[code] = one
    return found


@cache
def all_schedules() -> Mapping[str, Series]:
    """The schedules of the product's own file."""
    return read_schedules(FILE.read_bytes())


def schedules_digest() -> str:
    """SHA-256 of the file, which a proposal and a certificate name."""
    return sha256(FILE.read_bytes()).hexdigest()
