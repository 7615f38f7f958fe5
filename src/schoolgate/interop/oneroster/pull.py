"""A whole roster, or what changed in it, from a server: page by page, able to go on, and then rows.

A list that is read in pages may change between two of them, and a child would be missed. So each page but the first
begins with the last record of the page before; when it does not, the list is read again from its start.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from schoolgate.interop.oneroster.answers import FIELDS, RESOURCES, Reduced, Resource, flatten, reduce
from schoolgate.interop.oneroster.assembly import Assembly
from schoolgate.interop.oneroster.client import Answer, Client, FetchError
from schoolgate.interop.oneroster.files import Summary
from schoolgate.interop.oneroster.values import Noted
from schoolgate.interop.problems import Findings, Problem, ReadingError
from schoolgate.interop.tables.drops import DropCounts
from schoolgate.interop.tables.text import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from schoolgate.interop.oneroster.rows import Row

_FORMAT: Final = "oneroster-page/1"
_RESTARTS: Final = 3
_BAD_REQUEST: Final = 400
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?Z", re.ASCII)
_DEFAULT_LIMITS = Limits()

type Page = dict[str, Any]
"""A page as it is kept, fit for JSON: allowed fields only, but names are among them, so seal it."""


@dataclass(slots=True, repr=False)
class _Fetched:
    """What is there of one resource."""

    records: list[Reduced] = field(default_factory=list)
    drops: list[tuple[str, str, bool, int]] = field(default_factory=list)
    is_whole: bool = False
    restarts: int = 0

    @property
    def last_id(self) -> object:
        return self.records[-1].get("sourcedId") if self.records else None


class RosterPull:
    """One pull of a roster.

    Args:
        client: Whom to ask.
        since: Ask only for what was modified at this moment or later, such as `2026-11-29T08:00:00Z`: the moment at
            which the last pull that was stored began. `None`: everything.
        kept: Pages that an earlier pull gave to `keep`, in their order, to go on from there.
        page_size: Records to a page; a server may give fewer.
        limits: What may be held.

    Memory grows with the roster: about 1.5 KB a user, and 2.3 KB while rows are made of them.
    """

    def __init__(
        self,
        client: Client,
        *,
        since: str | None = None,
        kept: Iterable[Page] = (),
        page_size: int = 500,
        limits: Limits = _DEFAULT_LIMITS,
    ) -> None:
        if since is not None and not _MOMENT.fullmatch(since):
            raise ReadingError(Problem("server", 0, "since", "a moment such as 2026-11-29T08:00:00Z", "Correct it."))
        self._client = client
        self._since = since
        self._page_size = page_size
        self._limits = limits
        self._optional = {"fields", "sort", "orderBy"}
        self._fetched: dict[Resource, _Fetched] = {resource: _Fetched() for resource in RESOURCES}
        for page in kept:
            self._take_kept(page)

    @property
    def is_whole(self) -> bool:
        """Whether everything is here."""
        return all(one.is_whole for one in self._fetched.values())

    def fetch(self, *, keep: Callable[[Page], None] | None = None) -> None:
        """Fetch what is still missing. After an error, call it again: it goes on where it stopped.

        Args:
            keep: Called with each page, to be able to go on in another process. It holds names: seal it.

        Raises:
            FetchError: The server does not give a page.
            ReadingError: The lists change faster than they can be read, or are longer than allowed.
        """
        for resource in RESOURCES:
            while not self._fetched[resource].is_whole:
                page = self._next_page(resource, self._fetched[resource])
                self._take(page)
                if keep:
                    keep(page)

    def check(self) -> Summary:
        """Find all that is wrong with what was fetched.

        Raises:
            ReadingError: Not everything has been fetched.
            ReadingProblems: There are bad records; nothing may be stored then.
        """
        noted = self._noted()
        assembly = self._assembly(noted)
        counts = Counter(type(row).__name__ for row in self._rows(assembly, noted))
        noted.findings.raise_if_any()
        return Summary(
            files=(),
            unread_files=(),
            never_opened=("demographics",),
            rows=MappingProxyType(dict(counts)),
            drops=noted.drops.report(),
            unfamiliar=MappingProxyType(dict(noted.unfamiliar)),
            open_references=MappingProxyType(dict(assembly.open_references)),
        )

    def rows(self) -> Iterator[Row]:
        """The rows, as `read_roster` gives those of a file. Call `check` first.

        Raises:
            ReadingError: Not everything has been fetched.
        """
        noted = self._noted()
        yield from self._rows(self._assembly(noted), noted)

    def _next_page(self, resource: Resource, fetched: _Fetched) -> Page:
        overlap = 1 if fetched.records else 0
        answer = self._ask(resource, len(fetched.records) - overlap)
        new = answer.records[overlap:]
        known = len(fetched.records) + len(new)
        first = answer.records[0].get("sourcedId") if answer.records else None
        has_moved = bool(overlap) and first != fetched.last_id
        if has_moved or (not new and answer.total is not None and known < answer.total):
            if fetched.restarts >= _RESTARTS:
                expected = "a list that holds still while it is read"
                raise ReadingError(Problem(resource, 0, "", expected, "Pull at night, when nobody edits the roster."))
            return {"format": _FORMAT, "since": self._since, "resource": resource, "restart": True}
        if known > self._limits.rows:
            expected = f"at most {self._limits.rows:,} records"
            raise ReadingError(Problem(resource, 0, "", expected, "Ask for a client that sees one district only."))
        drops = DropCounts()
        records = [reduce(resource, one, drops) for one in new]
        report = drops.report()
        return {
            "format": _FORMAT,
            "since": self._since,
            "resource": resource,
            "start": len(fetched.records),
            "records": records,
            "drops": [
                [drop.table, drop.field, refused, drop.count]
                for refused, group in ((False, report.dropped), (True, report.refused))
                for drop in group
            ],
            "is_last": not new,
        }

    def _ask(self, resource: Resource, offset: int) -> Answer:
        """One page; what a server may refuse to understand is left out when it does."""
        while True:
            try:
                return self._client.page(resource, self._parameters(resource, offset))
            except FetchError as problem:
                if problem.status != _BAD_REQUEST or not self._optional:
                    raise
                self._optional -= {"fields"} if "fields" in self._optional else {"sort", "orderBy"}

    def _parameters(self, resource: Resource, offset: int) -> dict[str, str]:
        parameters = {"limit": str(self._page_size), "offset": str(offset)}
        optional = {"fields": FIELDS[resource], "sort": "sourcedId", "orderBy": "asc"}
        parameters |= {name: value for name, value in optional.items() if name in self._optional}
        if self._since:
            parameters["filter"] = f"dateLastModified>='{self._since}'"
        return parameters

    def _take(self, page: Mapping[str, Any]) -> None:
        resource: Resource = page["resource"]
        fetched = self._fetched[resource]
        if page.get("restart"):
            self._fetched[resource] = _Fetched(restarts=fetched.restarts + 1)
            return
        fetched.records.extend(page["records"])
        fetched.drops.extend((table, name, refused, count) for table, name, refused, count in page["drops"])
        fetched.is_whole = page["is_last"]

    def _take_kept(self, page: Mapping[str, Any]) -> None:
        fetched = self._fetched.get(page.get("resource", ""))
        is_next = page.get("restart") or (fetched is not None and page.get("start") == len(fetched.records))
        is_of_this_pull = page.get("format") == _FORMAT and page.get("since") == self._since
        if not is_of_this_pull or fetched is None or not is_next:
            expected = "the pages of one pull in their order"
            raise ReadingError(Problem("kept pages", 0, "", expected, "Begin the pull again without them."))
        self._take(page)

    def _noted(self) -> Noted:
        drops = DropCounts()
        for fetched in self._fetched.values():
            for table, name, refused, count in fetched.drops:
                drops.add(table, name, refused=refused, count=count)
        return Noted(Findings(self._limits.problems), drops)

    def _assembly(self, noted: Noted) -> Assembly:
        return Assembly(noted, is_partial=lambda _entity: self._since is not None)

    def _rows(self, assembly: Assembly, noted: Noted) -> Iterator[Row]:
        if not self.is_whole:
            raise ReadingError(Problem("server", 0, "", "everything to be fetched first", "Call fetch again."))
        for resource, fetched in self._fetched.items():
            for number, record in enumerate(fetched.records, start=1):
                for flat in flatten(resource, record, number, noted):
                    yield from assembly.take(flat)
        yield from assembly.finish()
