"""Pages of long lists: each begins where another ended, so that the last costs what the first does.

Counting all rows, and passing over those of earlier pages, would each cost more with every year of a district.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet

# A count beyond this is told as "more than 200": nobody acts on the rest of it.
COUNTED: Final = 200
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
class Page[R]:
    """Some rows of a list in its order, and the marks from which the pages before and after it begin.

    `count` says how many there are, where the page was read far enough to know.
    """

    rows: list[R]
    earlier: str = ""
    later: str = ""
    count: Count | None = None

    @property
    def is_only(self) -> bool:
        """Whether the list has no other page."""
        return not (self.earlier or self.later)


def some_of(rows: QuerySet[Any], *, by: str = "") -> QuerySet[Any]:
    """As many rows as are counted and one more, found soonest by a column's index where one is named."""
    return rows.order_by(*filter(None, [by]))[: COUNTED + 1]


def counted(found: int) -> Count:
    """A number of `some_of`, as it is told."""
    return Count(min(found, COUNTED), found > COUNTED)


@dataclass(frozen=True, slots=True)
class Turn:
    """Which page is asked for: the first, or one that begins behind a row, or before it when `back`."""

    back: bool = False
    moment: datetime | None = None
    key: UUID | None = None


def turn_of(asked: Mapping[str, str]) -> Turn:
    """`before` or `after` with a mark, as the address has it; anything else gives the first page."""
    mark = _read(asked.get("before", "") or asked.get("after", ""))
    return Turn(bool(asked.get("before")), *mark) if mark else Turn()


def turned[R](rows: QuerySet[Any, R], turn: Turn, *, by: str, size: int) -> QuerySet[Any, R]:
    """The rows of a page and one more, in the list's order or, for a page before a mark, against it."""
    newest_first, column = by.startswith("-"), by.removeprefix("-")
    falling = newest_first != turn.back
    if turn.moment:
        way = "lt" if falling else "gt"
        # Twice what one comparison of pairs says, so that every database walks its index.
        beyond = Q(**{f"{column}__{way}": turn.moment}) | Q(**{f"pk__{way}": turn.key})
        rows = rows.filter(beyond, **{f"{column}__{way}e": turn.moment})
    sign = "-" if falling else ""
    return rows.order_by(f"{sign}{column}", f"{sign}pk")[: size + 1]


def paged[R](found: list[R], turn: Turn, *, by: str, size: int) -> Page[R]:
    """The page that `turned` found, in the list's order."""
    column = by.removeprefix("-")
    more, found = len(found) > size, found[:size]
    if turn.back:
        found.reverse()
        return Page(found, earlier=_mark(found, 0, column) if more else "", later=_mark(found, -1, column))
    if not turn.moment:
        return Page(found, later=_mark(found, -1, column) if more else "")
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
