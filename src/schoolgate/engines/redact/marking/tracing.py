"""Whose copy is this: a page found elsewhere in, the copies it was made from out, or nobody.

What each mark says of the pages is compared with every code ever issued; whoever scores above the threshold is
named, all of them when several put their copies together. The vectors compared depend on the pages, the public
layout and the release that the pages look like, never on a code: the bound holds for any file whatsoever.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from schoolgate.engines.redact.marking import files, lattice, pictures, register, words
from schoolgate.engines.redact.marking.codes import CHIPS, WRONG, Issued, threshold
from schoolgate.engines.redact.marking.errors import MarkError
from schoolgate.engines.redact.marking.pictures import Bytes, Doubles, Picture

# A page's gray levels at 150 dpi in; copies, and which page of their release, from 1, out.
type Narrow = Callable[[Bytes], Iterable[tuple[str, int]]]
# Releases whose pages are kept at a time: two megabytes a page.
_KEPT = 16


class Kind(StrEnum):
    """Which of the two marks."""

    DOTS = "dots"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Named:
    """A copy whose code is in the pages, with its score by the mark that shows it best."""

    copy: str
    score: float
    kind: Kind


@dataclass(frozen=True, slots=True)
class Look:
    """What one mark gave.

    Attributes:
        kind: the mark.
        best: the highest score among all codes, whether or not it names anybody.
        fit: how surely the mark's place was found: for dots the pilots' score (a page without dots stays
            under 6), for words how alike the pages and the release are, 1 for equal.
    """

    kind: Kind
    best: float
    fit: float


@dataclass(frozen=True, slots=True)
class Traced:
    """The answer.

    Attributes:
        named: every copy above the threshold, highest first; empty means none.
        looks: what each mark gave.
        threshold: the score from which a copy is named.
        codes: how many codes were compared.
        hypotheses: how many vectors they were compared with: one a mark for all pages together and, where there are
            several, one a mark for each page.
        pages: for each page, in order, the copies that this page alone names.
        wrong: the bound on the chance that anybody at all is named who has nothing to do with the pages.
    """

    named: tuple[Named, ...]
    looks: tuple[Look, ...]
    threshold: float
    codes: int
    hypotheses: int
    pages: tuple[tuple[Named, ...], ...] = ()
    wrong: float = WRONG

    def __str__(self) -> str:
        """The answer in words."""
        marks = " and ".join(str(look.kind) for look in self.looks)
        chance = f"The chance that anyone is named who has nothing to do with the pages is at most {self.wrong:g}"
        compared = f"compared with all {self.codes:,} codes that were issued, by {marks}"
        if not self.named:
            best = max((look.best for look in self.looks), default=0.0)
            return f"No copy is named: the best score is {best:.1f}, and {self.threshold:.1f} is needed ({compared})."
        each = "; ".join(f"copy {n.copy} by its {n.kind}, score {n.score:.1f}" for n in self.named)
        several = " Several names mean that their copies were put together." if len(self.named) > 1 else ""
        return f"Made from {each}. {self.threshold:.1f} is needed ({compared}). {chance}.{several}"


def trace(
    pages: bytes | Iterable[npt.ArrayLike],
    codes: Issued,
    *,
    release: Callable[[str], bytes | None] | None = None,
    suspects: Sequence[str] = (),
    narrow: Narrow | None = None,
    dpi: float | None = None,
) -> Traced:
    """Names the copies that pages were made from.

    On one core: 0.5 s a page for the dots, 1.2 s more for the words of a release of two pages, 0.1 s a mark to be
    compared with 100,000 codes. Pages are taken one at a time, so a long file takes no more memory than a short one.

    Args:
        pages: a PDF, PNG, JPEG or TIFF, or pages as gray pictures (height x width, 0 black to 255 white) of 72 to
            400 dpi, upright or upside down, turned by 3 degrees at most.
        codes: every code that was ever issued.
        release: copy id -> the release as it was before it was marked, or None if it is gone. Needed for the
            shifts between words; the dots are read without it.
        suspects: copies whose release the pages may be, by their printed number or their text. They must not
            be chosen by a score: the bound holds because nothing here knows a code before it is compared. For each
            page, the page that it looks most like is taken, so that several cost time (a third of a second a page)
            and nothing of the bound.
        narrow: where the suspects are too many: a page's gray levels at 150 dpi -> which pages of which releases it
            may be, chosen as `suspects` are.
        dpi: of the pictures; without it, what a file says, else they are taken to show the width of a letter page.

    Raises:
        MarkError: if there is no page, a picture is not gray, or a file cannot be read.
    """
    shelf = _Shelf(release)
    given = tuple(sheet for suspect in dict.fromkeys(suspects) for sheet in shelf.sheets(suspect))
    sums = {kind: _Sum(np.zeros(CHIPS)) for kind in Kind}
    alone: list[dict[Kind, _Sum]] = []
    for page in _pictures(pages, dpi):
        own = {kind: _Sum(np.zeros(CHIPS)) for kind in Kind}
        _add_dots(own[Kind.DOTS], page)
        if known := (*given, *shelf.narrowed(page, narrow)):
            _add_words(own[Kind.WORDS], page, known)
        for kind, one in own.items():
            sums[kind].chips += one.chips
            sums[kind].fit = max(sums[kind].fit, one.fit)
        alone.append(own)
    if not alone:
        raise MarkError("there is no page to trace")
    kinds = [kind for kind in Kind if kind is Kind.DOTS or shelf.used]
    vectors = [(sums, kinds)] if len(alone) == 1 else [(one, kinds) for one in (sums, *alone)]
    hypotheses = len(vectors) * len(kinds)
    needed = threshold(len(codes.copies), hypotheses)
    found = [_named(codes, one, kinds, needed) for one, kinds in vectors]
    (whole, looks), each = found[0], [named for named, _ in found[1:]] or [found[0][0]]
    best: dict[str, Named] = {}
    for candidate in (candidate for some in (whole, *each) for candidate in some):
        same = best.get(candidate.copy, candidate)
        best[candidate.copy] = max(same, candidate, key=lambda either: either.score)
    named = tuple(sorted(best.values(), key=lambda either: -either.score))
    return Traced(named, looks, needed, len(codes.copies), hypotheses, tuple(each))


def _named(
    codes: Issued, sums: Mapping[Kind, "_Sum"], kinds: Sequence[Kind], needed: float
) -> tuple[tuple[Named, ...], tuple[Look, ...]]:
    """Whom these sums name, and what each mark gave. O(copies)."""
    best: dict[int, Named] = {}
    looks = []
    every = codes.scores(np.stack([sums[kind].chips for kind in kinds]))
    for kind, scores in zip(kinds, every, strict=True):
        looks.append(Look(kind, float(scores.max(initial=0.0)), sums[kind].fit))
        for n in np.flatnonzero(scores >= needed).tolist():
            one = Named(codes.copies[n], float(scores[n]), kind)
            best[n] = max(best.get(n, one), one, key=lambda named: named.score)
    return tuple(sorted(best.values(), key=lambda one: -one.score)), tuple(looks)


class _Shelf:
    """The releases that pages are laid onto: a few are kept, since the next page is mostly of the same."""

    def __init__(self, release: Callable[[str], bytes | None] | None) -> None:
        self._release = release
        self._kept: dict[str, tuple[words.Sheet, ...]] = {}
        self.used = False

    def sheets(self, copy_id: str) -> tuple[words.Sheet, ...]:
        """The pages of a copy's release; none when it is gone."""
        if copy_id not in self._kept:
            pdf = self._release(copy_id) if self._release else None
            while len(self._kept) >= _KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[copy_id] = words.sheets(pdf) if pdf is not None else ()
        self.used |= bool(self._kept[copy_id])
        return self._kept[copy_id]

    def narrowed(self, page: Picture, narrow: Narrow | None) -> Iterator[words.Sheet]:
        """The pages of releases that somebody who read this page takes it for."""
        for copy_id, number in narrow(page.levels()) if narrow else ():
            yield from self.sheets(copy_id)[number - 1 : number]


@dataclass(slots=True)
class _Sum:
    """The chips of all pages together, and the best fit of any page."""

    chips: Doubles
    fit: float = 0.0


def _pictures(pages: bytes | Iterable[npt.ArrayLike], dpi: float | None) -> Iterator[Picture]:
    """One page at a time, so that a long file takes no more memory than a short one."""
    if isinstance(pages, bytes):
        yield from files.pages_of(pages, dpi)
    else:
        yield from (pictures.picture(page, dpi) for page in pages)


def _add_dots(total: _Sum, page: Picture) -> None:
    """Each page counts as much as its pilots are sure: they know no code."""
    dots = lattice.read_dots(page)
    length = float(np.sqrt(dots.chips @ dots.chips))
    if length:
        total.chips += max(dots.pilots, 0.0) / length * dots.chips
    total.fit = max(total.fit, dots.pilots)


def _add_words(total: _Sum, page: Picture, known: Sequence[words.Sheet]) -> None:
    """The page is laid onto the page of a release that it looks most like, whose words then say where it differs."""
    scan = register.ink(page)
    levels = register.straight(scan)
    tried = [(register.laid(scan, levels, sheet.ink()), sheet) for sheet in known]
    rough, sheet = max(tried, key=lambda one: one[0].likeness)
    total.chips += words.read_shifts(scan, register.settled(scan, rough, sheet.ink()), sheet)
    total.fit = max(total.fit, rough.likeness)
