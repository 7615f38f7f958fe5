"""Which copies a page that was found elsewhere may be, by what is printed on it.

The dots need no suspect. The shifts between words do: they are read by laying the page beside the page of the release
that it was made from, and of a hundred thousand nobody can lay it beside each. What narrows them down is what anybody
could read: the number at the foot of the page, for whom and when it was made, the words of the text. No code plays a
part in it, so that the bound on naming a wrong copy holds.
"""

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import partial

import numpy as np
import numpy.typing as npt
import pypdfium2
import tesserocr
from django.utils import timezone
from PIL import Image, ImageFilter
from rapidfuzz import fuzz, process
from rapidfuzz.distance import Levenshtein

from schoolgate.apps.access.numbers import ALPHABET, LENGTH
from schoolgate.apps.ledger.safe import context, open_value
from schoolgate.engines.redact.gating import reading  # first: it tells Tesseract to use one thread
from schoolgate.engines.vault import VaultError
from schoolgate.web.dates import day_text

from .models import Release

_DPI = 150
# As a printer and a scanner leave it: C-7QK2M9X-0002, where O is 0 and I, L are 1.
_DASH = "[-\N{EN DASH}\N{EM DASH}._~]"
_PRINTED = re.compile(rf"\bC\s?{_DASH}?\s?([0-9A-Z]{{{LENGTH}}})(?:\s?{_DASH}\s?([0-9OIL]{{4}}))?\b")
_MISREAD = str.maketrans("OIL", "011")
# Pages that are laid beside each page found: a third of a second each.
_MOST_PAGES = 3
# Releases whose text is opened to compare: some ten milliseconds each, once.
_MOST_OPENED = 80
# Runs of three words that a page must share with a release, of those that it has.
_ALIKE = 0.15
_NAMED = 88
_FEW_WORDS = 8
# Levels that are ink, and paper; milliseconds for Tesseract, of which a page needs one thousand.
_BLACK, _WHITE = 100, 228
_PATIENCE = 60_000
# Of a page's height: enough words to know it by, and its number.
_UPPER, _FOOT = 0.4, 0.13


@dataclass(frozen=True, slots=True)
class Known:
    """What is in clear of a copy that left."""

    number: str
    agency: str
    day: date


@dataclass(slots=True)
class Narrowing:
    """Reads pages, and says which pages of which copies each may be. Remembers what it opened.

    Attributes:
        known: every copy with marks, the newest first, by number.
        printed: the numbers that were read on the pages, whether or not there is such a copy; where one letter was
            misread, the copy's.
    """

    known: dict[str, Known]
    printed: Counter[str] = field(default_factory=Counter)
    _texts: dict[str, list[frozenset[tuple[str, ...]]]] = field(default_factory=dict)

    @classmethod
    def of_all(cls) -> "Narrowing":
        """Of every copy that left with marks. One query."""
        rows = Release.objects.filter(mark_key__isnull=False).order_by("-released_at", "id")
        found = rows.values_list("number", "agency__name", "released_at")
        return cls(
            {number: Known(number, agency, timezone.localdate(moment)) for number, agency, moment in found.iterator()}
        )

    def __call__(self, levels: npt.NDArray[np.uint8]) -> list[tuple[str, int]]:
        """The pages of copies that a page may be, by what is read on it; none where nothing fits."""
        for way in (levels, levels[::-1, ::-1]):
            words = _words(way)
            if len(words) >= _FEW_WORDS and (found := self._by_number(words) or self._by_text(words)):
                return found
        return []

    def _by_number(self, words: list[str]) -> list[tuple[str, int]]:
        """By the number at the foot of the page, which says which page it is too; one letter may be misread."""
        found: dict[str, int] = {}
        for number, page in _numbers(words):
            near = [number] if number in self.known else self._nearly(number)
            # Of two copies that it may name as well, it names neither.
            self.printed[near[0] if len(near) == 1 else number] += 1
            for one in near:
                found[one] = found.get(one, 0) or page
        said, shingles = [], _shingles(words)
        for number, at in found.items():
            for page, known in enumerate(self._text_of(number), start=1):
                # A number is changed more easily than a text: it counts where the page says what that copy says.
                if at in (0, page) and len(shingles & known) >= _ALIKE * len(shingles):
                    said.append((number, page))
        return said[:_MOST_PAGES]

    def _nearly(self, number: str) -> list[str]:
        alike = process.extract(number, self.known.keys(), scorer=Levenshtein.distance, score_cutoff=1, limit=2)
        return [one for one, _, _ in alike]

    def _by_text(self, words: list[str]) -> list[tuple[str, int]]:
        """By the words, among the copies made for the agencies that the page names, on the days that it names."""
        shingles, fits = _shingles(words), []
        if not shingles:
            return []
        for number in self._candidates(" ".join(words)):
            for page, known in enumerate(self._text_of(number), start=1):
                fits.append((len(shingles & known) / len(shingles), number, page))
        fits.sort(key=lambda fit: -fit[0])
        return [(number, page) for share, number, page in fits[:_MOST_PAGES] if share >= _ALIKE]

    def _candidates(self, text: str) -> list[str]:
        named = partial(fuzz.partial_ratio, score_cutoff=_NAMED)
        folded = text.casefold()
        agencies = {one.agency for one in self.known.values()}
        said = {agency for agency in agencies if named(agency.casefold(), folded)} or agencies
        told = {day for day in {one.day for one in self.known.values()} if day_text(day).casefold() in folded}
        rows = [one for one in self.known.values() if one.agency in said]
        of_day = [one for one in rows if one.day in told]
        return [one.number for one in (of_day or rows)[:_MOST_OPENED]]

    def _text_of(self, number: str) -> list[frozenset[tuple[str, ...]]]:
        """The runs of three words of each page of a copy; none when it is gone. Opened by the program alone."""
        if number not in self._texts:
            release = Release.objects.get(number=number)
            place = context("releases.release", release.pk, "copy")
            try:
                pdf = open_value(place, release.wrapped_key, release.sealed_copy)
            except VaultError:
                self._texts[number] = []
            else:
                with pypdfium2.PdfDocument(pdf) as opened:
                    self._texts[number] = [_shingles(page.get_textpage().get_text_range().split()) for page in opened]
        return self._texts[number]


def _words(levels: npt.NDArray[np.uint8]) -> list[str]:
    """The words of a page's upper part and of its foot by Tesseract, in reading order. Under a second on one core.

    Grain of the paper is taken away first: Tesseract takes each grain for a letter, and minutes for a page of them.

    Raises:
        GateError: if Tesseract has no data.
    """
    height = len(levels)
    told = np.concatenate((levels[: round(_UPPER * height)], levels[-round(_FOOT * height) :]))
    image = Image.fromarray(told).filter(ImageFilter.GaussianBlur(0.5))
    image = image.point([min(255, max(0, (level - _BLACK) * 255 // (_WHITE - _BLACK))) for level in range(256)])
    folder = str(reading.tessdata(os.environ.get("SCHOOLGATE_TESSDATA"), reading.LATIN))
    with tesserocr.PyTessBaseAPI(path=folder, lang=reading.LATIN, psm=tesserocr.PSM.SINGLE_BLOCK) as api:
        api.SetImage(image)
        api.SetSourceResolution(_DPI)
        api.Recognize(_PATIENCE)
        return str(api.GetUTF8Text()).split()


def _numbers(words: Iterable[str]) -> Iterator[tuple[str, int]]:
    """The copies' numbers among the words, and which page each says that it is, or 0."""
    for match in _PRINTED.finditer(" ".join(words).upper()):
        number = match[1].translate(_MISREAD)
        if set(number) <= set(ALPHABET):
            yield f"C-{number}", int((match[2] or "0").translate(_MISREAD))


def _shingles(words: Iterable[str]) -> frozenset[tuple[str, ...]]:
    """Runs of three words, letters and digits alone."""
    plain = ["".join(filter(str.isalnum, word)).casefold() for word in words]
    plain = [word for word in plain if word]
    return frozenset(zip(plain, plain[1:], plain[2:], strict=False))
