"""Whose copy is this: pages found elsewhere, and the copies that left."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import groupby

from schoolgate.apps.access.actors import Actor
from schoolgate.apps.ledger.readings import log_reading
from schoolgate.engines.redact import marking

from .marks import issued_codes, unmarked_copy
from .models import Release
from .narrowing import Narrowing
from .selectors import fetches_of


@dataclass(frozen=True, slots=True)
class TracedCopy:
    """A copy that pages were made from, and to whom it went.

    Attributes:
        number: of the copy.
        agency: to whom it was given.
        released_at: when.
        pages: the pages found that name it, from 1; empty where only all of them together do.
        score: by the mark that shows it best.
        kind: which mark that is.
        opened: how often the recipient opened it, and how often the district's own office did.
    """

    number: str
    agency: str
    released_at: datetime
    pages: tuple[int, ...]
    score: float
    kind: str
    opened: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Answer:
    """What tracing a file gave.

    Attributes:
        copies: those named; empty means none.
        same_file: the number of the copy that this very file is, byte for byte; empty where it is none.
        printed: numbers of copies read on the pages that no mark confirms.
        pages: how many the file has.
        traced: what the engine says.
    """

    copies: tuple[TracedCopy, ...]
    same_file: str
    printed: tuple[str, ...]
    pages: int
    traced: marking.Traced


def trace_file(
    data: bytes, *, actor: Actor, dpi: float | None = None, suspects: Sequence[str] = (), read: bool = True
) -> Answer:
    """Name the copies that a file's pages were made from, and write down that somebody was told.

    Under five seconds a page among 100,000 copies. `read=False` reads no words off the pages: then the shifts
    between words are looked for only in the copies of `suspects`.

    Raises:
        MarkError: The file cannot be traced; says why.
        GateError: Tesseract has no data.
        VaultError: A key of marks is gone.
    """
    known = Release.objects.select_related("agency", "mark_key")
    same = known.filter(sha256=sha256(data).hexdigest()).first()
    codes = issued_codes()
    narrowing = Narrowing.of_all()
    for number in suspects:
        if number not in narrowing.known:
            raise marking.MarkError(f"there is no copy {number} with marks: check its number")
    traced = marking.trace(
        data, codes, release=_release_of(), suspects=suspects, narrow=narrowing if read else None, dpi=dpi
    )
    rows = {one.number: one for one in known.filter(number__in=[named.copy for named in traced.named])}
    if same is not None:
        rows.setdefault(same.number, same)
    for release in rows.values():
        # Before anybody is shown whose it is.
        log_reading(actor=actor, subject=f"release:{release.pk}", part="traced")
    return Answer(
        copies=tuple(_copy(rows[named.copy], named, traced.pages) for named in traced.named),
        same_file=same.number if same else "",
        printed=tuple(number for number in narrowing.printed if number in narrowing.known and number not in rows),
        pages=len(traced.pages),
        traced=traced,
    )


def _release_of() -> Callable[[str], bytes | None]:
    def unmarked(number: str) -> bytes | None:
        found = Release.objects.select_related("mark_key").filter(number=number).first()
        return unmarked_copy(found) if found else None

    return unmarked


def _copy(release: Release, named: marking.Named, pages: Sequence[Sequence[marking.Named]]) -> TracedCopy:
    opened = fetches_of(release)
    by_recipient = sum(one.by_recipient for one in opened)
    return TracedCopy(
        number=release.number,
        agency=release.agency.name,
        released_at=release.released_at,
        pages=tuple(n for n, some in enumerate(pages, start=1) if release.number in {one.copy for one in some}),
        score=named.score,
        kind=named.kind.value,
        opened=(by_recipient, len(opened) - by_recipient),
    )


def page_ranges(pages: Sequence[int]) -> str:
    """Numbers of pages in words: "page 2", "pages 1-3 and 5"."""
    runs = []
    for _, run in groupby(enumerate(pages), key=lambda place: place[1] - place[0]):
        numbers = [number for _, number in run]
        runs.append(str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}-{numbers[-1]}")
    listed = runs[0] if len(runs) == 1 else f"{', '.join(runs[:-1])} and {runs[-1]}"
    return f"page {listed}" if len(pages) == 1 else f"pages {listed}"
