"""One page after another, each checked against the count that the API states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from schoolgate.interop.edfi.rest.places import Place
from schoolgate.interop.edfi.rest.wire import BrokenError, Value, refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schoolgate.interop.edfi.rest.client import EdfiApi

_NEXT = "Next-Page-Token"
_TOTAL = "Total-Count"
_SHORT = "Records would be missed: run again, and tell whoever runs the API when it stays so."


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of one part of one resource.

    Attributes:
        api: Who is asked.
        url: Of the part.
        name: Of the part, such as `students` or `students/deletes`, for errors.
        window: The change versions that are asked for.
    """

    api: EdfiApi
    url: str
    name: str
    window: Mapping[str, int]

    def total(self) -> int:
        """How many records there are now."""
        query: dict[str, str | int] = {**self.window, "offset": 0, "limit": 0, "totalCount": "true"}
        return self.api.get(self.url, query, what=f"{self.name}, its count", read=lambda value: value.count(_TOTAL))

    def last(self) -> Place | None:
        """The last page by offset, to begin with; nothing when there are no records."""
        total, size = self.total(), self.api.limits.page_size
        return Place(offset=(total - 1) // size * size, total=total) if total else None

    def by_offset(self, place: Place) -> tuple[list[object], Place | None]:
        """The records of a page, and the page before it."""
        size = self.api.limits.page_size

        def read(value: Value) -> list[object]:
            items = self._list(value)
            # Records may have been deleted since the first count: what counts is the page's own.
            due = min(size, max(0, value.count(_TOTAL) - place.offset))
            if not due <= len(items) <= size:
                raise BrokenError(f"{due} records on the page, not {len(items)}")
            return items

        query: dict[str, str | int] = {**self.window, "offset": place.offset, "limit": size, "totalCount": "true"}
        items = self.api.get(self.url, query, what=self.shown(place), read=read)
        before = Place(max(0, place.offset - size), seen=place.seen + len(items), total=place.total)
        return items, before if place.offset else None

    def by_token(self, place: Place) -> tuple[list[object], Place | None]:
        """The records of a page, and the page that it names as the next."""

        def read(value: Value) -> tuple[list[object], str]:
            token = value.answer.header(_NEXT)
            if token and token == place.token:
                raise BrokenError("the token of another page")
            return self._list(value), token

        # The first page is asked for without a size: the size is for use with a token only.
        paged: dict[str, str | int] = (
            {"pageToken": place.token, "pageSize": self.api.limits.page_size} if place.token else {}
        )
        items, token = self.api.get(self.url, {**self.window, **paged}, what=self.shown(place), read=read)
        seen = place.seen + len(items)
        if token:
            return items, Place(token=token, seen=seen, total=place.total)
        if seen < place.total and seen < (due := self.total()):
            raise refusal(self.name, "records", f"{min(due, place.total)} on all pages, not {seen}", _SHORT)
        return items, None

    def _list(self, value: Value) -> list[object]:
        """The records; each once, or as many as are counted may come and one be missed.

        Changes of keys may name a record several times.
        """
        if not isinstance(value.value, list):
            raise BrokenError("a list of records")
        items = cast("list[object]", value.value)
        named = [one["id"] for one in items if isinstance(one, dict) and isinstance(one.get("id"), str)]
        if "/" not in self.name and len(set(named)) < len(named):
            raise BrokenError("each record once on a page")
        return items

    def shown(self, place: Place) -> str:
        """The resource and page, for an error."""
        if place.token:
            return f"{self.name}, page after record {place.seen}"
        return f"{self.name}, page at offset {place.offset}"
