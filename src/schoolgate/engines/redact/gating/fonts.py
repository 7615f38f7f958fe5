"""Fonts hold the glyphs that are drawn and no other, and name no character that is not drawn.

A subset that kept a withheld letter would say that the letter was in the text. Sources: OpenType specification
(`glyf`, `loca`), Adobe Technical Notes 5176 (CFF) and 5177 (charstrings).
"""

import struct
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

import pikepdf

from schoolgate.engines.redact.gating.drawn import Drawn
from schoolgate.engines.redact.gating.report import Finding
from schoolgate.engines.redact.gating.typefaces import Font

_CHARSTRINGS = 17
_END_OF_GLYPH = 14
_EMPTY = 2  # a width and the end: a glyph without an outline


def check(file: pikepdf.Pdf, pages: Iterable[Drawn], fonts: Mapping[tuple[int, int], Font]) -> Iterator[Finding]:
    """Every font of the file against what its pages draw. O(glyphs).

    Raises:
        ValueError, KeyError, struct.error: if a font is not what its format says.
    """
    drawn: dict[tuple[int, int], set[int]] = {}
    for page in pages:
        for item in page.shown:
            drawn.setdefault(item.font, set()).update(item.codes)
    for source in file.objects:
        if not (isinstance(source, pikepdf.Dictionary) and source.get("/Type") == "/Font"):
            continue
        if "/DescendantFonts" in source:
            font = fonts.get(source.objgen) or Font(source)
            yield from _subset(font, drawn.get(source.objgen, set()))
        elif source.get("/Subtype") not in ("/CIDFontType0", "/CIDFontType2"):
            yield Finding("font", "a font is not of the kind that a release copy has")


def _subset(font: Font, drawn: set[int]) -> Iterator[Finding]:
    meanings = font.meanings
    descriptor = font.source.DescendantFonts[0].FontDescriptor
    if "/FontFile2" in descriptor:
        undrawn = _glyphs_with_outlines(descriptor.FontFile2.read_bytes()) - drawn - {0}
        more = len(undrawn) > _parts_of_accented(meanings.values())
    elif "/FontFile3" in descriptor:
        more = bool(_drawn_in_cff(descriptor.FontFile3.read_bytes()) - drawn - {0})
    else:
        more = False
        yield Finding("font", "a font is not embedded")
    if more:
        yield Finding("font", "a font holds a glyph that no page draws")
    if set(meanings) - drawn:
        yield Finding("font", "a font names a character that no page draws")
    if drawn - set(meanings):
        yield Finding("font", "a page draws a glyph of which its font says not what it means")


def _glyphs_with_outlines(font: bytes) -> set[int]:
    """Numbers of the glyphs that have an outline, components of composite glyphs left out."""
    (tables,) = struct.unpack_from(">H", font, 4)
    at = {font[12 + 16 * i : 16 + 16 * i]: struct.unpack_from(">I", font, 20 + 16 * i)[0] for i in range(tables)}
    (count,) = struct.unpack_from(">H", font, at[b"maxp"] + 4)
    (wide,) = struct.unpack_from(">h", font, at[b"head"] + 50)
    shape = f">{count + 1}{'I' if wide else 'H'}"
    places = [p * (1 if wide else 2) for p in struct.unpack_from(shape, font, at[b"loca"])]
    full = {g for g in range(count) if places[g + 1] > places[g]}
    return full - {c for g in full for c in _components(font, at[b"glyf"] + places[g])}


def _components(font: bytes, at: int) -> Iterator[int]:
    (contours,) = struct.unpack_from(">h", font, at)
    if contours >= 0:
        return
    at += 10
    more = True
    while more:
        flags, glyph = struct.unpack_from(">HH", font, at)
        yield glyph
        # Arguments are two words or two bytes; a scale follows as one, two or four words (OpenType `glyf`).
        at += 4 + (4 if flags & 1 else 2)
        at += 2 if flags & 0x8 else 4 if flags & 0x40 else 8 if flags & 0x80 else 0
        more = bool(flags & 0x20)


def _parts_of_accented(meanings: Iterable[str]) -> int:
    """How many glyphs the accented letters of a font can leave behind as parts: base, each accent, each step.

    A bold or a light face is cut out of a variable font; its accented letters become outlines of their own,
    and the parts they were made of stay in the file, without a code and without a name.
    """
    steps = (len(unicodedata.normalize("NFD", letters)) - len(letters) for letters in meanings)
    return sum(2 * step for step in steps)


def _drawn_in_cff(font: bytes) -> set[int]:
    """Numbers of the glyphs of a CFF font that have an outline."""
    _, at = _index(font, font[2])
    tops, _ = _index(font, at)
    (charstrings,) = _operands(tops[0], _CHARSTRINGS)
    glyphs, _ = _index(font, charstrings)
    return {n for n, glyph in enumerate(glyphs) if not _is_empty(glyph)}


def _is_empty(glyph: bytes) -> bool:
    return glyph[-1:] == bytes([_END_OF_GLYPH]) and len(glyph) <= 1 + _EMPTY


def _index(font: bytes, at: int) -> tuple[list[bytes], int]:
    """The entries of a CFF INDEX, and what follows it."""
    (count,) = struct.unpack_from(">H", font, at)
    if count == 0:
        return [], at + 2
    size = font[at + 2]
    begin = at + 3
    places = [int.from_bytes(font[begin + n * size : begin + (n + 1) * size], "big") for n in range(count + 1)]
    data = begin + (count + 1) * size - 1
    return [font[data + a : data + b] for a, b in pairwise(places)], data + places[-1]


def _operands(dictionary: bytes, wanted: int) -> list[int]:
    """The numbers before an operator of a CFF DICT; reals are skipped."""
    at, numbers = 0, list[int]()
    while at < len(dictionary):
        first = dictionary[at]
        at += 1
        match first:
            case _ if first <= 21:  # noqa: PLR2004 - the operators
                if first == wanted:
                    return numbers
                at += first == 12  # noqa: PLR2004 - an operator of two bytes
                numbers = []
            case 28:
                numbers.append(int.from_bytes(dictionary[at : at + 2], "big", signed=True))
                at += 2
            case 29:
                numbers.append(int.from_bytes(dictionary[at : at + 4], "big", signed=True))
                at += 4
            case 30:
                while dictionary[at] & 0x0F != 0x0F and dictionary[at] >> 4 != 0x0F:  # noqa: PLR2004 - the end mark
                    at += 1
                at += 1
            case _ if first <= 246:  # noqa: PLR2004 - one byte
                numbers.append(first - 139)
            case _ if first <= 250:  # noqa: PLR2004 - two bytes, positive
                numbers.append((first - 247) * 256 + dictionary[at] + 108)
                at += 1
            case _:
                numbers.append(-(first - 251) * 256 - dictionary[at] - 108)
                at += 1
    raise ValueError("a CFF font has no charstrings")
