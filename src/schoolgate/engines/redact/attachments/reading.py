"""The words of a picture: read in a sandbox of their own, held against the file's text layer, and what was not read.

A text layer is believed only where the picture says the same: it may be hidden, stale or made to mislead. Where the
picture shows something that nobody could read, the layer's word helps to find, and never leaves.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self, cast

import numpy as np
from PIL import Image
from rapidfuzz.distance import Levenshtein

from schoolgate.engines.redact.attachments import unread
from schoolgate.engines.redact.attachments.errors import AttachmentError
from schoolgate.engines.redact.attachments.inside import wire
from schoolgate.engines.redact.attachments.pages import Pixels, Unread, Word, in_points
from schoolgate.engines.redact.attachments.sandbox import Job, Sandbox
from schoolgate.engines.redact.normal import fold

LANGUAGE = "spa"  # the best single set for all Latin script, measured on en, es, pt and ht
SURE = 0.6
_GRAY = "L"
_PAGE_SECONDS = 180.0
_CPU_SECONDS, _MEMORY = 1800, 2 << 30
_PAGE, _SCATTERED = b"P", b"S"
_QUARTER = 4
_TURNS = (0, 90, 180, 270)
# Letters read for sure on a page that stands upright; below this it may lie on its side.
_UPRIGHT = 20
_CLEARLY, _MOSTLY = 1.5, 0.6
_SMALL = 1300
_FLAT, _BLANK = 40, 8
_MOST_WORDS = 20_000
_LAYER_ROW = 6


@dataclass(frozen=True, slots=True)
class Read:
    """A word as Tesseract read it, in pixels."""

    text: str
    confidence: float
    left: int
    top: int
    right: int
    bottom: int
    line: int
    paragraph: int


Layer = Sequence[tuple[str, float, float, float, float]]


def tessdata() -> Path:
    """The file of Tesseract's Spanish data: `SCHOOLGATE_TESSDATA`, or where Debian and Ubuntu install it.

    Raises:
        AttachmentError: `no_reader`, if there is none.
    """
    told = os.environ.get("SCHOOLGATE_TESSDATA")
    places = [Path(told)] if told else sorted(Path("/usr/share/tesseract-ocr").glob("*/tessdata"), reverse=True)
    places += [] if told else [Path("/usr/share/tessdata"), Path("/usr/local/share/tessdata")]
    for place in places:
        file = place / f"{LANGUAGE}.traineddata"
        if file.is_file():
            return file.resolve()
    raise AttachmentError("no_reader")


class Reader:
    """Tesseract in a sandbox, started at the first picture; a context manager."""

    def __init__(self) -> None:
        """Nothing is started yet."""
        self._sandbox: Sandbox | None = None

    def upright(self, pixels: Pixels) -> tuple[Pixels, list[Read]]:
        """A picture turned so that it can be read, and its words.

        Raises:
            AttachmentError: if the reader fails.
        """
        picture = Image.fromarray(pixels).convert(_GRAY)
        low, high = cast("tuple[int, int]", picture.getextrema())
        if high - low < _BLANK:
            return pixels, []
        words = self._read(picture, _PAGE)
        if _stands(words) or not unread.anything(np.asarray(picture)):
            return pixels, words
        small = picture.copy()
        small.thumbnail((_SMALL, _SMALL))
        found = {turn: _sense(self._read(small.rotate(turn, expand=True), _PAGE)) for turn in _TURNS}
        best = max(_TURNS, key=lambda turn: found[turn])
        if best and found[best] >= max(_UPRIGHT, _CLEARLY * found[0]):
            pixels = np.ascontiguousarray(np.rot90(pixels, best // 90))
            words = self._read(Image.fromarray(pixels).convert(_GRAY), _PAGE)
        return pixels, words

    def scattered(self, pixels: Pixels, top: int, left: int) -> list[Read]:
        """Words of a part of a picture that lie anywhere; places are those of the whole."""
        return [
            replace(w, left=w.left + left, top=w.top + top, right=w.right + left, bottom=w.bottom + top)
            for w in self._read(Image.fromarray(pixels).convert(_GRAY), _SCATTERED)
        ]

    def close(self) -> None:
        """Ends the sandbox."""
        if self._sandbox:
            self._sandbox.close()
            self._sandbox = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read(self, picture: Image.Image, mode: bytes) -> list[Read]:
        if self._sandbox is None:
            place = (tessdata(), f"/tessdata/{LANGUAGE}.traineddata")
            self._sandbox = Sandbox(Job("inside.reading", _CPU_SECONDS, _MEMORY, (place,)))
        self._sandbox.send(mode + wire.SIZE.pack(*picture.size) + picture.tobytes(), _PAGE_SECONDS)
        table = self._sandbox.table(_PAGE_SECONDS)
        if not isinstance(table, list) or len(table) > _MOST_WORDS:
            raise AttachmentError("crashed")
        return [_checked(row, *picture.size) for row in table]


def words_of(reader: Reader, pixels: Pixels, layer: Layer) -> tuple[Pixels, tuple[Word, ...], tuple[Unread, ...]]:
    """A page's picture upright, its words and what could not be read.

    Args:
        reader: an open reader.
        pixels: rows x columns x 3.
        layer: the words of the file's text layer with their boxes in pixels; not believed.

    Raises:
        AttachmentError: if the reader fails.
    """
    turned, read = reader.upright(pixels)
    if turned is not pixels:
        layer = ()  # its places are those of the page that lay on its side
    gray = np.asarray(Image.fromarray(turned).convert(_GRAY))
    regions = unread.regions(gray, _boxes(read))
    if regions:
        more = _more(reader, turned, regions, read)
        if more:
            read += more
            regions = unread.regions(gray, _boxes(read))
    words = [_agreed(word, layer) for word in read]
    words += _only_in_layer(layer, read, gray)
    return turned, tuple(words), tuple(unread.described(turned, regions))


def _boxes(read: Iterable[Read]) -> list[tuple[int, int, int, int]]:
    return [(w.left, w.top, w.right, w.bottom) for w in read if w.confidence >= SURE]


def _more(reader: Reader, pixels: Pixels, regions: Sequence[unread.Region], read: Sequence[Read]) -> list[Read]:
    """Words in pictures, which the reading of a page passes over."""
    line = max((w.line for w in read), default=0) + 1
    paragraph = max((w.paragraph for w in read), default=0) + 1
    found: list[Read] = []
    for left, top, right, bottom in regions:
        part = np.ascontiguousarray(pixels[top:bottom, left:right])
        found += [
            replace(w, line=w.line + line, paragraph=w.paragraph + paragraph)
            for w in reader.scattered(part, top, left)
            if w.confidence >= SURE and any(c.isalnum() for c in w.text) and not any(_meet(w, r) for r in read)
        ]
        line = max((w.line for w in found), default=line) + 1
        paragraph = max((w.paragraph for w in found), default=paragraph) + 1
    return found


def _meet(a: Read, b: Read) -> bool:
    return a.left < b.right and b.left < a.right and a.top < b.bottom and b.top < a.bottom


def _stands(words: Sequence[Read]) -> bool:
    """Whether a page was read so well that it must stand upright."""
    letters = sum(len(w.text) for w in words)
    return _sense(words) >= max(_UPRIGHT, _MOSTLY * letters)


def _sense(words: Iterable[Read]) -> int:
    """The letters of words that were read for sure, lie along the page and are no single signs."""
    return sum(
        len(w.text)
        for w in words
        if w.confidence >= SURE and len(w.text) > 1 and w.text[0].isalnum() and w.right - w.left > w.bottom - w.top
    )


def _checked(row: object, width: int, height: int) -> Read:
    """A row of the reader's table, which may be the work of a hostile picture."""
    match row:
        case [str(text), float() | int() as sure, int(left), int(top), int(right), int(bottom), int(line), int(para)]:
            left, right = (min(max(0, n), width) for n in (left, right))
            top, bottom = (min(max(0, n), height) for n in (top, bottom))
            if left < right and top < bottom and 0 <= sure <= 100:  # noqa: PLR2004 - percent
                return Read(text, sure / 100, left, top, right, bottom, line, para)
    raise AttachmentError("crashed")


def _agreed(word: Read, layer: Layer) -> Word:
    """A word that was read, in the layer's spelling where both have it at that place."""
    text, source, sure = word.text, "ocr", word.confidence
    middle = (word.top + word.bottom) / 2
    met = sorted(
        (w for w in layer if w[2] <= middle <= w[4] and w[1] < word.right and word.left < w[3]), key=lambda w: w[1]
    )
    joined = [m[0] for m in met] + (["".join(m[0] for m in met)] if len(met) > 1 else [])
    for other in joined:
        read, has = fold(word.text).text, fold(other).text
        if Levenshtein.distance(read, has) <= max(len(read), len(has)) // _QUARTER:
            text, source, sure = other, "agreed", max(sure, SURE)
            break
    left, top, right, bottom = (in_points(n) for n in (word.left, word.top, word.right, word.bottom))
    return Word(text, left, top, right, bottom, round(sure, 2), word.line, word.paragraph, source)


def _only_in_layer(layer: Layer, read: Sequence[Read], gray: unread.Gray) -> Iterable[Word]:
    """Words of the layer where the picture shows something, and nothing, or not that, was read for sure."""
    sure = [w for w in read if w.confidence >= SURE]
    line = max((w.line for w in read), default=0)
    paragraph = max((w.paragraph for w in read), default=0) + 1
    rows, columns = gray.shape
    below = None
    for text, left, top, right, bottom in layer:
        x, y = (left + right) / 2, (top + bottom) / 2
        part = gray[max(0, int(top)) : min(rows, int(bottom) + 1), max(0, int(left)) : min(columns, int(right) + 1)]
        if not part.size or int(part.max()) - int(part.min()) < _FLAT:
            continue
        if any(w.left <= x <= w.right and w.top <= y <= w.bottom for w in sure):
            continue
        if below is None or abs(y - below) > _LAYER_ROW:
            line += 1
        below = y
        box = [in_points(n) for n in (left, top, right, bottom)]
        yield Word(text, box[0], box[1], box[2], box[3], 0.0, line, paragraph, "layer")
