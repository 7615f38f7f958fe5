"""Pages of long lists: each begins where another ended, so that the last costs what the first does.

Counting all rows, and passing over those of earlier pages, would each cost more with every year of a district.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Model, Q, QuerySet

# A count beyond this is told as "more than 1,000": nobody acts on the rest of it.
COUNTED: Final = 1000
# To the microsecond, in UTC, of characters that an address need not escape.
_MOMENT: Final = "%Y%m%dT%H%M%S%f"


@dataclass(frozen=True, slots=True)
class Count:
    """How many there are, counted no further than to `COUNTED`."""

    number: int
    more: bool

    def __str__(self) -> str:
        return f"more than {self.number:,}" if self.more else f"{self.number:,}"


@dataclass(frozen=True, slots=True)
class Page[M: Model]:
    """Some rows of a list in its order, and the marks from which the pages before and after it begin.

    `is_whole` says that the list was read from its beginning and has no more rows.
    """

    rows: list[M]
    earlier: str = ""
    later: str = ""
    is_whole: bool = False

    @property
    def is_only(self) -> bool:
        """Whether the list has no other page."""
        return not (self.earlier or self.later)


def count_of(rows: QuerySet[Any], *, by: str = "", page: Page[Any] | None = None) -> Count:
    """How many rows there are, up to `COUNTED`. One query, which reads no more of them; none where a page has them all.

    Args:
        rows: The list.
        page: One page of it, where it was read.
        by: A column by whose index they are found soonest, where any order would pass over many that do not count.
    """
    if page and page.is_whole:
        return Count(len(page.rows), more=False)
    found = rows.order_by(*filter(None, [by]))[: COUNTED + 1].count()
    return Count(min(found, COUNTED), found > COUNTED)


def page_of[M: Model](rows: QuerySet[M], asked: Mapping[str, str], *, by: str, size: int) -> Page[M]:
    """One page of a list. One query.

    Args:
        rows: The list, without an order.
        asked: `before` or `after` with a mark, as the address has it; anything else gives the first page.
        by: The column of moments that orders it, "-" before it for the newest first; equal ones go by their keys.
        size: How many rows a page has.
    """
    newest_first, column = by.startswith("-"), by.removeprefix("-")
    mark = _read(asked.get("before", "") or asked.get("after", ""))
    back = mark is not None and bool(asked.get("before"))
    # Read from the mark on, in the list's order or, for the page before it, against it.
    falling = newest_first != back
    if mark:
        moment, key = mark
        way = "lt" if falling else "gt"
        # Twice what one comparison of pairs says, so that every database walks its index.
        beyond = Q(**{f"{column}__{way}": moment}) | Q(**{f"pk__{way}": key})
        rows = rows.filter(beyond, **{f"{column}__{way}e": moment})
    sign = "-" if falling else ""
    found = list(rows.order_by(f"{sign}{column}", f"{sign}pk")[: size + 1])
    more, found = len(found) > size, found[:size]
    if back:
        found.reverse()
        return Page(found, earlier=_mark(found, 0, column) if more else "", later=_mark(found, -1, column))
    if not mark:
        return Page(found, later=_mark(found, -1, column) if more else "", is_whole=not more)
    return Page(found, earlier=_mark(found, 0, column), later=_mark(found, -1, column) if more else "")


def _mark(rows: list[Any], place: int, column: str) -> str:
    if not rows:
        return ""
    row = rows[place]
    return f"{getattr(row, column).astimezone(UTC):{_MOMENT}}_{row.pk.hex}"


def _read(mark: str) -> tuple[datetime, UUID] | None:
    """What a mark stands for; None for what is none."""
    moment, _, key = mark.partition("_")
    try:
        return datetime.strptime(moment, _MOMENT).replace(tzinfo=UTC), UUID(key)
    except ValueError:
        return None
