"""Reading an API from begin to end, page by page, so that it can be stopped anywhere and goes on there."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING

from schoolgate.interop.edfi.build import build_row
from schoolgate.interop.edfi.drops import DropReport, Survey, drop_report
from schoolgate.interop.edfi.rest.changes import (
    Gone,
    Moved,
    Rekeyed,
    holders_of,
    known_before,
    read_deletes,
    read_key_changes,
)
from schoolgate.interop.edfi.rest.fields import RESOURCES
from schoolgate.interop.edfi.rest.paging import Pages
from schoolgate.interop.edfi.rest.places import Paging, Part, Place, Progress, Step
from schoolgate.interop.edfi.rest.records import read_record
from schoolgate.interop.edfi.rest.wire import ApiError, ApiProblem, BrokenError, Value, refusal
from schoolgate.interop.edfi.rows import Row, Source
from schoolgate.interop.problems import Findings, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from schoolgate.interop.edfi.rest.client import EdfiApi

type Told = Row | Gone | Rekeyed
"""What a page tells: rows, or what became of rows that were read before."""

_CHANGES = "the API's change queries"


@dataclass(frozen=True, slots=True, repr=False)
class Page:
    """What one page told, to be stored together with how far it brings the reading.

    Attributes:
        told: In order. On the pages that are read by offset a row may come again, on a later page, when records were
            deleted meanwhile: the later is the newer.
        after: What to go on with once this page is stored.
    """

    told: tuple[Told, ...]
    after: Progress

    def __repr__(self) -> str:
        return f"<Page of {len(self.told)}>"


@dataclass(frozen=True, slots=True)
class ApiSummary:
    """What a reading found. Counts and vocabulary names only.

    Attributes:
        told: How many of each type, such as `{"IncidentRow": 21, "Gone": 1}`.
        drops: What was left behind.
        unfamiliar_descriptors: Uses of each namespace that is not Ed-Fi's own; empty text for bare values.
    """

    told: Mapping[str, int]
    drops: DropReport
    unfamiliar_descriptors: Mapping[str, int]


def begin(api: EdfiApi, *, since: int | None = None, paging: Paging | None = None) -> Progress:
    """Begin a reading.

    Args:
        api: The API.
        since: `until` of the last reading that was done, to read what has changed; nothing to read everything.
        paging: How to page; by what the API says of itself when not given.

    Raises:
        ApiError: The API cannot be read, or cannot tell what has changed since.
    """
    parts = api.parts
    chosen = paging or (Paging.CURSOR if parts.pages_by_token else Paging.OFFSET)
    if not parts.changes:
        if since is not None:
            raise refusal(_CHANGES, "urls", "change queries, to tell what has changed", "Read everything instead.")
        return Progress(api.address, None, None, chosen)
    oldest, newest = api.get(f"{parts.changes}/availableChangeVersions", {}, what=_CHANGES, read=_versions)
    if since is not None and not oldest - 1 <= since <= newest:
        expected = f"what has changed since version {since}, but it knows of {oldest} to {newest}"
        raise refusal(
            _CHANGES, "availableChangeVersions", expected, "Read everything instead; what is gone must be compared."
        )
    return Progress(api.address, since, newest, chosen)


def _versions(value: Value) -> tuple[int, int]:
    match value.value:
        case {"oldestChangeVersion": int(oldest), "newestChangeVersion": int(newest)}:
            return oldest, newest
        case {"OldestChangeVersion": int(oldest), "NewestChangeVersion": int(newest)}:  # ODS/API before 6.0
            return oldest, newest
    raise BrokenError("an oldestChangeVersion and a newestChangeVersion")


class ApiReading:
    """One run over an API's pages; what it leaves behind is counted as it goes.

    Memory is bounded by one page, and by the changed keys of one resource.
    """

    def __init__(self, api: EdfiApi) -> None:
        self._api = api
        self._survey = Survey()
        self._findings = _ApiFindings(api.limits.problems)
        self._told: Counter[str] = Counter()

    def summary(self) -> ApiSummary:
        """What was found so far, by this run."""
        return ApiSummary(
            told=MappingProxyType(dict(self._told)),
            drops=drop_report([self._survey]),
            unfamiliar_descriptors=MappingProxyType(dict(self._findings.unfamiliar)),
        )

    def check(self, progress: Progress) -> ApiSummary:
        """Read to the end and find all that is wrong with the records, keeping none.

        Raises:
            ApiError: When the API cannot be read.
            ReadingProblems: When there are bad records.
        """
        for _page in self._pages(progress):
            """Only what is wrong with it counts."""
        self._findings.raise_if_any()
        return self.summary()

    def pages(self, progress: Progress) -> Iterator[Page]:
        """Yield what there is from here on, a page at a time, each row after those it refers to.

        Store a page together with its `after`: a reading that is killed then goes on with the page that is not stored
        yet.

        Raises:
            ApiError: When the API cannot be read; names the resource and page.
            ReadingProblems: When a page holds bad records; nothing of that page is yielded.
        """
        for page in self._pages(progress):
            self._findings.raise_if_any()
            yield page

    def _pages(self, progress: Progress) -> Iterator[Page]:
        if progress.api != self._api.address:
            raise refusal("the kept progress", "api", "the API it was kept for", "Begin a new reading.")
        while not progress.is_done:
            step = progress.steps[progress.step]
            for told, place in self._step(step, progress):
                progress = progress.at(place)
                self._told.update(type(one).__name__ for one in told)
                yield Page(told, progress)

    def _step(self, step: Step, progress: Progress) -> Iterator[tuple[tuple[Told, ...], Place | None]]:
        match step.part:
            case Part.GONE:
                return self._gone(step, progress)
            case Part.REKEYED:
                return self._rekeyed(step, progress)
            case Part.ROWS:
                return self._rows(step, progress)

    def _pages_of(self, resource: str, part: Part, progress: Progress) -> Pages:
        window = {}
        if progress.since is not None and progress.until is not None:
            window = {"minChangeVersion": progress.since + 1, "maxChangeVersion": progress.until}
        name = resource if part is Part.ROWS else f"{resource}/{part}"
        return Pages(self._api, f"{self._api.parts.data}/ed-fi/{name}", name, window)

    def _gone(self, step: Step, progress: Progress) -> Iterator[tuple[tuple[Told, ...], Place | None]]:
        moved = self._moved(step.resource, progress)
        pages = self._pages_of(step.resource, Part.GONE, progress)
        holders = holders_of(moved, what=f"{step.resource}/{Part.REKEYED}")
        place = progress.place or pages.last()
        if place is None:
            yield (), None
        while place:
            shown = pages.shown(place)
            items, place = pages.by_offset(place)
            found = read_deletes(step.resource, items, what=shown)
            keys = [known_before(deleted, moved, holders, what=shown) for deleted in found]
            yield (
                tuple(
                    Gone(source=Source(shown, number), entity=RESOURCES[step.resource], key=key)
                    for number, key in enumerate(keys, start=1)
                    if key is not None
                ),
                place,
            )

    def _rekeyed(self, step: Step, progress: Progress) -> Iterator[tuple[tuple[Told, ...], Place | None]]:
        moved = self._moved(step.resource, progress)
        holders_of(moved, what=f"{step.resource}/{Part.REKEYED}")
        yield (
            tuple(
                Rekeyed(
                    source=Source(f"{step.resource}/{Part.REKEYED}", number),
                    entity=RESOURCES[step.resource],
                    old=change.old,
                    new=change.new,
                )
                for number, change in enumerate(moved.values(), start=1)
                if change.old != change.new
            ),
            None,
        )

    def _moved(self, resource: str, progress: Progress) -> dict[str, Moved]:
        moved: dict[str, Moved] = {}
        pages = self._pages_of(resource, Part.REKEYED, progress)
        place = pages.last()
        while place:
            shown = pages.shown(place)
            items, place = pages.by_offset(place)
            read_key_changes(resource, items, moved, what=shown)
            if len(moved) > self._api.limits.key_changes:
                expected = f"at most {self._api.limits.key_changes} changed keys at once"
                raise refusal(pages.name, "records", expected, "Compare with a whole reading instead.")
        return moved

    def _rows(self, step: Step, progress: Progress) -> Iterator[tuple[tuple[Told, ...], Place | None]]:
        pages = self._pages_of(step.resource, Part.ROWS, progress)
        is_resumed = progress.place is not None
        place = progress.place or self._first(pages, progress)
        while place:
            shown = pages.shown(place)
            try:
                items, after = self._page(pages, place, progress)
            except ApiError as problem:
                if not (is_resumed and place.token and problem.status == HTTPStatus.BAD_REQUEST):
                    raise
                # The token was of another day: the API may have forgotten it.
                is_resumed, place = False, self._first(pages, progress)
                continue
            is_resumed, place = False, after
            yield self._built(step.resource, items, shown), after
            if place is None:
                return
        yield (), None

    def _first(self, pages: Pages, progress: Progress) -> Place | None:
        if progress.paging is Paging.OFFSET:
            return pages.last()
        total = pages.total()
        return Place(total=total) if total else None

    def _page(self, pages: Pages, place: Place, progress: Progress) -> tuple[list[object], Place | None]:
        return pages.by_offset(place) if progress.paging is Paging.OFFSET else pages.by_token(place)

    def _built(self, resource: str, items: list[object], shown: str) -> tuple[Row, ...]:
        entity = RESOURCES[resource]
        built: list[Row] = []
        for number, item in enumerate(items, start=1):
            node = read_record(
                entity,
                item,
                what=shown,
                number=number,
                limits=self._api.limits,
                survey=self._survey,
                findings=self._findings,
            )
            if node is not None:
                built.append(build_row(node, shown, {}, self._findings))
        return tuple(built)


class _ApiFindings(Findings):
    """Findings that speak of records where those of a file speak of lines."""

    def add(self, problem: Problem) -> None:
        super().add(ApiProblem(problem.file, problem.line, problem.field, problem.expected, problem.remedy))
