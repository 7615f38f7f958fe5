"""Text as pages: letter pages of Noto Sans on white, each word with its place."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from schoolgate.engines.redact import glyphs
from schoolgate.engines.redact.attachments.errors import AttachmentError
from schoolgate.engines.redact.attachments.pages import DPI, Pixels, Word, in_points

_WIDTH, _HEIGHT = round(8.5 * DPI), 11 * DPI
_MARGIN = DPI // 2
_ROOM = _WIDTH - 2 * _MARGIN
_SIZE, _STEP = 22, 31
_ON_A_PAGE = (_HEIGHT - 2 * _MARGIN) // _STEP
_TAB = 40
_MOST_PAGES = 300
_UNDRAWN = "[...]"
_INK = (20, 24, 32)
_LATIN, _CHINESE = "Noto Sans", "Noto Sans CJK SC"
_FILES = {_LATIN: "NotoSans[", _CHINESE: "NotoSansCJK"}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text as given; a name, for headers and our own words, stands before it in bold."""

    text: str = field(repr=False)
    name: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One page: its pixels, its words, and whether some word could not be drawn."""

    pixels: Pixels = field(repr=False)
    words: tuple[Word, ...] = field(repr=False)
    incomplete: bool


# A word to be drawn: its text, how far from the left in pixels, how wide, and whether it is bold.
_Placed = tuple[str, float, float, bool]


def draw(lines: Sequence[Line]) -> list[Drawn]:
    """The pages of a text. O(characters).

    Raises:
        AttachmentError: `too_many_pages`.
    """
    if len(lines) > _MOST_PAGES * _ON_A_PAGE:
        raise AttachmentError("too_many_pages")
    rows: list[tuple[int, list[_Placed]]] = []
    paragraph = 0
    for line in lines:
        if not line.text.strip() and not line.name:
            paragraph += 1
            rows.append((paragraph, []))
            continue
        # A header's line is a paragraph of its own; lines of a text run on.
        paragraph += bool(line.name)
        rows += [(paragraph, row) for row in _wrapped(line)]
        if len(rows) > _MOST_PAGES * _ON_A_PAGE:
            raise AttachmentError("too_many_pages")
    return [_page(rows[at : at + _ON_A_PAGE], at) for at in range(0, max(1, len(rows)), _ON_A_PAGE)]


def _page(rows: Sequence[tuple[int, list[_Placed]]], first: int) -> Drawn:
    image = Image.new("RGB", (_WIDTH, _HEIGHT), "white")
    pen = ImageDraw.Draw(image)
    words = []
    incomplete = False
    for number, (paragraph, row) in enumerate(rows):
        top = _MARGIN + number * _STEP
        for text, left, width, bold in row:
            pen.text((left, top), text, fill=_INK, font=_font_of(text, bold=bold))
            incomplete = incomplete or text == _UNDRAWN
            x, y, x2, y2 = (in_points(n) for n in (left, top, left + width, top + _STEP - 1))
            words.append(Word(text, x, y, x2, y2, 1.0, first + number, paragraph, "drawn"))
    return Drawn(np.asarray(image), tuple(words), incomplete)


def _wrapped(line: Line) -> Iterator[list[_Placed]]:
    """A line's words, set into rows that fit the page."""
    row: list[_Placed] = []
    at = float(_MARGIN)
    given = [(word, 0.0, True) for word in line.name.split()]
    given += [(word, before, False) for word, before in _words(line.text)]
    for text, before, bold in given:
        at += before if row or not bold else 0.0
        for piece in _pieces(_drawable(text), bold=bold):
            width = _font_of(piece, bold=bold).getlength(piece)
            if at + width > _WIDTH - _MARGIN and row:
                yield row
                row, at = [], float(_MARGIN)
            row.append((piece, at, width, bold))
            at += width
        at += _space()
    yield row


def _words(text: str) -> Iterator[tuple[str, float]]:
    """Words, and by how many pixels more than one space each is set off from what is before it."""
    before, word = -1, ""
    for char in [*text, " "]:
        if not char.isspace():
            word += char
            continue
        if word:
            yield word, max(0, before) * _space()
            word, before = "", -1
        before += 4 if char == "\t" else 1
        before = min(before, _TAB)


def _pieces(text: str, *, bold: bool) -> Iterator[str]:
    """A word, cut where it is wider than the page. O(characters): a word may be a megabyte long."""
    start, width = 0, 0.0
    for at, char in enumerate(text):
        step = _width(char, bold=bold)
        if width + step > _ROOM:
            yield text[start:at]
            start, width = at, 0.0
        width += step
    yield text[start:]


@lru_cache(4096)
def _width(char: str, *, bold: bool) -> float:
    return _font_of(char, bold=bold).getlength(char)


def _drawable(word: str) -> str:
    """A word as it can be drawn: signs that no font has are named, a word in another script is left out."""
    word = unicodedata.normalize("NFC", word)
    if any(all(ord(char) in points for char in word) for points in _points().values()):
        return word
    latin = _points()[_LATIN]
    if any(char.isalnum() and ord(char) not in latin for char in word):
        return _UNDRAWN
    kept = [char if ord(char) in latin else f"[{unicodedata.name(char, 'sign').lower()}]" for char in word]
    return "".join(kept).replace(" ", "-")


@cache
def _points() -> dict[str, frozenset[int]]:
    """The code points of the fonts with which we can draw. Arabic is not: its letters would have to be joined."""
    known = dict(zip(glyphs.families(), glyphs.drawable(), strict=True))
    return {family: known[family] for family in (_LATIN, _CHINESE) if family in known}


def _font_of(text: str, *, bold: bool) -> ImageFont.FreeTypeFont:
    latin = _points()[_LATIN]
    return _font(_LATIN if all(ord(char) in latin for char in text) else _CHINESE, bold=bold)


@cache
def _font(family: str, *, bold: bool) -> ImageFont.FreeTypeFont:
    begin = _FILES[family]
    file = next(path for path in glyphs.font_files() if path.name.startswith(begin))
    font = ImageFont.truetype(str(file), _SIZE, layout_engine=ImageFont.Layout.BASIC)
    if bold and family == _LATIN:
        font.set_variation_by_name("Bold")
    return font


@cache
def _space() -> float:
    return _font(_LATIN, bold=False).getlength(" ")
