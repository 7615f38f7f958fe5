"""Lists that many people read, page by page: their queries are put into SQL once for each shape."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from schoolgate.web.paging import COUNTED, Count, Page, Turn, counted, paged, some_of, turn_of, turned

from .prepared import Prepared


class Listing[Row]:
    """A list in the order of a column of moments, with its pages and its number."""

    def __init__(
        self,
        build: Callable[..., QuerySet[Any]],
        said: Callable[[Any], QuerySet[Any, Row]],
        *,
        by: str,
        size: int,
        counted_by: str = "",
        **kinds: type,
    ) -> None:
        """Describe it.

        Args:
            build: Gives the list for values of these names, as `Prepared` takes it, without an order.
            said: Of such a query, the one for what a page says of each row: to count them needs less.
            by: The column, "-" before it for the newest first; equal ones go by their keys.
            size: How many rows a page has.
            counted_by: A column by whose index rows are found soonest, where any order would pass over many.
            kinds: The type of each value.
        """
        self._by, self._size = by, size

        def page(*, back: bool, moment: datetime | None, key: UUID | None, **values: Any) -> QuerySet[Any, Row]:  # noqa: ANN401 - of the kinds
            # The first page is read as far as rows are counted: that costs less than to count them besides.
            return turned(said(build(**values)), Turn(back, moment, key), by=by, size=size if moment else COUNTED)

        self._pages: Prepared[Row] = Prepared(page, moment=datetime, key=UUID, **kinds)
        self._some: Prepared[Any] = Prepared(lambda **values: some_of(build(**values), by=counted_by), **kinds)

    def page(self, asked: Mapping[str, str], **values: object) -> Page[Row]:
        """The page that `before` or `after` in an address asks for (`turn_of`). One query."""
        turn = turn_of(asked)
        found = self._pages(back=turn.back, moment=turn.moment, key=turn.key, **values)
        page = paged(found, turn, by=self._by, size=self._size)
        return page if turn.moment else replace(page, count=counted(len(found)))

    def count(self, page: Page[Row] | None = None, **values: object) -> Count:
        """How many rows there are, up to `COUNTED`. One query; none where the list's first page was read."""
        if page and page.count:
            return page.count
        return counted(self._some.count(**values))
