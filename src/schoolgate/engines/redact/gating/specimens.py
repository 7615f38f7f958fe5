"""What a scanner has to read of a page: each drawn word once, and whatever is no word.

A reader of pixels takes as long as the text is, and texts repeat themselves. A word is its glyphs: the same codes of
the same font at the same size are the same dots, so each is read where it is first drawn. The words are cut out and
set in rows; what is left of a page, without its words, its verified boxes and its long thin lines, is read as it is
if there is ink in it: a picture, curves, a hand.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import ceil, floor

import numpy as np
from PIL import Image

from schoolgate.engines.redact.attached import PlacedWord
from schoolgate.engines.redact.gating.drawn import Area, Drawn, Painted

_WHITE = 255
# Gray values below are ink; panels are paler, and what is painted paler still is refused as drawing.
_INK = 215
_ROW, _BETWEEN_WORDS, _BETWEEN_ROWS = 1000, 8, 7
# A reader's time is the width of what it reads. Letters this narrow read as well (measured: 5 of 616 words of prose
# unexplained, 3 at full width, in two thirds of the time); at .65 three times as many are misread.
_NARROW = 0.85
_ABOVE, _BELOW, _BESIDE = 1.0, 0.34, 0.7
_LONG_LINE = 60.0

Key = tuple[tuple[int, int], tuple[int, ...], int, int]


@dataclass(frozen=True, slots=True)
class Specimen:
    """A word as it was first drawn: its dots, what its font says it means, and on which page."""

    image: Image.Image = field(repr=False)
    text: str = field(repr=False)
    page: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """Specimens in rows.

    Attributes:
        image: gray.
        words: what should be read, where, in points.
        pages: on which page each word was first drawn.
    """

    image: Image.Image = field(repr=False)
    words: tuple[PlacedWord, ...] = field(repr=False)
    pages: tuple[int, ...]


def take(page: Drawn, image: Image.Image, dpi: float, covered: Sequence[Area], seen: set[Key]) -> list[Specimen]:
    """The words of a page that were not drawn before; they and what is verified are painted white in the image."""
    scale = dpi / 72
    for area in covered:
        _erase(image, area, scale)
    taken: list[Specimen] = []
    places: list[Area] = []
    for item in page.shown:
        for word in item.words:
            left, right = word.left - _BESIDE, word.right + _BESIDE
            place = (left, item.baseline - _ABOVE * item.size, right, item.baseline + _BELOW * item.size)
            places.append(place)
            key = (item.font, word.codes, round(item.size * 10), round(item.dark * 100))
            if key not in seen:
                seen.add(key)
                taken.append(Specimen(image.crop(_dots(place, scale)), word.text, page.number))
    for place in places:
        _erase(image, place, scale)
    for area in (edge for painted in page.painted for edge in _thin(painted)):
        _erase(image, area, scale)
    return taken


def is_blank(image: Image.Image) -> bool:
    """Whether nothing is left that could be read."""
    return int(np.asarray(image).min()) >= _INK


def sheets(specimens: Sequence[Specimen], dpi: float, count: int) -> Iterator[Sheet]:
    """Specimens set in rows on so many sheets, like heights together and otherwise in their order."""
    ordered = sorted(specimens, key=lambda one: one.image.height)
    wide = sum(one.image.width + _BETWEEN_WORDS for one in ordered)
    start, taken = 0, 0
    for n in range(1, count + 1):
        end = start
        while end < len(ordered) and (n == count or taken < wide * n / count):
            taken += ordered[end].image.width + _BETWEEN_WORDS
            end += 1
        if end > start:
            yield _sheet(ordered[start:end], dpi)
        start = end


def _sheet(specimens: Sequence[Specimen], dpi: float) -> Sheet:
    places: list[tuple[int, int]] = []
    x, y, high = _BETWEEN_WORDS, _BETWEEN_ROWS, 0
    widest = max(one.image.width for one in specimens)
    row = max(_ROW, widest + 2 * _BETWEEN_WORDS)
    for one in specimens:
        if x + one.image.width + _BETWEEN_WORDS > row:
            x, y, high = _BETWEEN_WORDS, y + high + _BETWEEN_ROWS, 0
        places.append((x, y))
        x += one.image.width + _BETWEEN_WORDS
        high = max(high, one.image.height)
    sheet = Image.new("L", (row, y + high + _BETWEEN_ROWS), _WHITE)
    points = 72 / dpi
    words = []
    for one, (left, top) in zip(specimens, places, strict=True):
        sheet.paste(one.image, (left, top))
        right, bottom = left + one.image.width, top + one.image.height
        across = points * _NARROW
        words.append(PlacedWord(one.text, left * across, top * points, right * across, bottom * points))
    narrow = sheet.resize((round(sheet.width * _NARROW), sheet.height), Image.Resampling.BILINEAR)
    return Sheet(narrow, tuple(words), tuple(one.page for one in specimens))


def _thin(item: Painted) -> Iterator[Area]:
    """The edges of a long line, a frame or a bar that the drawing check lets pass. Short strokes could be letters."""
    left, top, right, bottom = item.area
    half = max(item.width, 1.0) / 2 + 0.6
    if item.kind == "stroke" and max(right - left, bottom - top) >= _LONG_LINE:
        yield left - half, top - half, right + half, top + half
        yield left - half, bottom - half, right + half, bottom + half
        yield left - half, top - half, left + half, bottom + half
        yield right - half, top - half, right + half, bottom + half
    elif item.kind == "fill" and item.is_bar:
        yield left - half, top - half, right + half, bottom + half


def _dots(area: Area, scale: float) -> tuple[int, int, int, int]:
    left, top, right, bottom = area
    return round(left * scale), round(top * scale), round(right * scale), round(bottom * scale)


def _erase(image: Image.Image, area: Area, scale: float) -> None:
    """Paint white every dot that the area touches."""
    left, top, right, bottom = (side * scale for side in area)
    image.paste(_WHITE, (floor(left), floor(top), ceil(right), ceil(bottom)))
