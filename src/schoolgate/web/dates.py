"""Dates and deadlines in words, one way on every page, letter and terminal.

Never numbers alone: 3/11 is March in one language and November in another.
"""

from datetime import date, datetime, tzinfo
from functools import lru_cache
from typing import Final

from django.utils import dateformat, timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

MOMENT = "D j M Y, H:i"
DAY = "D j M Y"
SHORT_DAY = "D j M"
# A list says the same few days on each of its rows, and to put one into words costs more than the row around it.
REMEMBERED: Final = 4096


def moment_text(moment: datetime) -> str:
    """An aware moment in the district's time, as "Mon 23 Nov 2026, 14:05".

    Raises:
        ValueError: the moment has no time zone, so that nobody knows when it was.
    """
    if timezone.is_naive(moment):
        raise ValueError("a moment without a time zone can't be shown; store it in UTC")
    return _moment_text(moment.replace(second=0, microsecond=0), timezone.get_default_timezone(), get_language())


def day_text(day: date) -> str:
    """A day as "Mon 23 Nov 2026"; of an aware moment, its day in the district."""
    return _day_text(district_day(day), DAY, get_language())


def short_day_text(day: date) -> str:
    """A day whose year is plain from what stands around it, as "Mon 23 Nov"."""
    return _day_text(district_day(day), SHORT_DAY, get_language())


@lru_cache(REMEMBERED)
def _moment_text(moment: datetime, zone: tzinfo, _language: str | None) -> str:
    return dateformat.format(timezone.localtime(moment, zone), MOMENT)


@lru_cache(REMEMBERED)
def _day_text(day: date, form: str, _language: str | None) -> str:
    return dateformat.format(day, form)


def district_day(day: date) -> date:
    """The day that an aware moment falls on in the district; a plain day stays what it is."""
    return timezone.localtime(day).date() if isinstance(day, datetime) else day


def deadline_text(due: date, days_left: int | None = None, *, counted: str = "business") -> str:
    """A deadline as a whole sentence part: "due Fri 4 Dec (8 business days left)".

    Args:
        due: The last day.
        days_left: Days from today to `due` as the statute at hand counts them (`engines.clock` does);
            negative when they have passed. Without it the year is named and nothing is counted.
        counted: "business" or "calendar": which days `days_left` counts.

    Raises:
        ValueError: `counted` is neither.
    """
    if counted not in {"business", "calendar"}:
        raise ValueError(f'days are counted as "business" or "calendar", not as "{counted}"')
    if days_left is None:
        return _("due %(day)s") % {"day": day_text(due)}
    count = abs(days_left)
    words = {"day": short_day_text(due), "count": count}
    if days_left == 0:
        return _("due today, %(day)s") % words
    if days_left < 0:
        return _passed(count, counted) % words
    return _coming(count, counted) % words


def _coming(count: int, counted: str) -> str:
    if counted == "business":
        return ngettext(
            "due %(day)s (%(count)s business day left)", "due %(day)s (%(count)s business days left)", count
        )
    return ngettext("due %(day)s (%(count)s calendar day left)", "due %(day)s (%(count)s calendar days left)", count)


def _passed(count: int, counted: str) -> str:
    if counted == "business":
        return ngettext(
            "overdue: was due %(day)s (%(count)s business day ago)",
            "overdue: was due %(day)s (%(count)s business days ago)",
            count,
        )
    return ngettext(
        "overdue: was due %(day)s (%(count)s calendar day ago)",
        "overdue: was due %(day)s (%(count)s calendar days ago)",
        count,
    )
