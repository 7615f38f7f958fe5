"""Which characters the copy's fonts can draw, read from the font files' own tables.

A PDF/UA render stops at a character without a glyph and quotes the text, so the question is asked first.
Source of the format: OpenType specification, table `cmap`, subtable formats 4 and 12; collections (`ttcf`).
"""

import struct
import unicodedata
from functools import cache
from importlib import import_module
from pathlib import Path

from schoolgate.engines.redact.errors import RenderError
from schoolgate.engines.redact.normal import invisible

# In this order a character is looked for: package, the family's name as typst knows it, what installs it.
_PACKAGES = (
    ("fontpkg_noto_sans", "Noto Sans", "fontpkg-noto-sans"),
    ("fontpkg_noto_sans_arabic", "Noto Sans Arabic", "fontpkg-noto-sans-arabic"),
    ("noto_cjk_sans_otc", "Noto Sans CJK SC", "noto-cjk-sans-otc"),
)
_FORMAT_GROUPS = 12
# A word that is longer has no place to break and would run off the page.
_LONGEST_WORD = 40
BREAK = "\u200b"


def families() -> tuple[str, ...]:
    """The families of a copy, in the order in which a character is looked for."""
    return tuple(family for _, family, _ in _PACKAGES)


@cache
def font_files() -> tuple[Path, ...]:
    """The font files of all families, Noto Sans first.

    Raises:
        RenderError: if a font package is not installed.
    """
    return tuple(path for files in _files() for path in files)


@cache
def _files() -> tuple[tuple[Path, ...], ...]:
    found = []
    for package, _, install in _PACKAGES:
        try:
            module = import_module(package)
        except ImportError as missing:
            raise RenderError(f"a font of release copies is missing: install {install}") from missing
        folder = Path(str(module.__file__)).parent
        files = tuple(sorted(path for path in folder.rglob("*") if path.suffix in (".ttf", ".otf", ".ttc")))
        if not files:
            raise RenderError(f"the package {install} holds no font file: reinstall it")
        found.append(files)
    return tuple(found)


@cache
def drawable() -> tuple[frozenset[int], ...]:
    """For each family, the code points that every face of it can draw."""
    return tuple(
        frozenset.intersection(*(frozenset(_code_points(path.read_bytes())) for path in files)) for files in _files()
    )


def printable(text: str) -> str:
    """The text as the copy can print it.

    What is drawn as nothing (zero-width, bidirectional controls, private use, control characters) is
    dropped; what no font has is written out: `[U+1F600 grinning face]`. Composed first (NFC), so that a
    letter and its accent are one glyph; an accent that the letter's own font lacks is written out too.
    """
    if text.isascii() and text.isprintable():
        return text
    kept = []
    drawn_by = None
    for char in unicodedata.normalize("NFC", text):
        kind = unicodedata.category(char)
        if char in "\n\t" or kind in ("Zs", "Zl", "Zp"):
            kept.append(" ")
            drawn_by = None
        elif invisible(char) or kind in ("Cc", "Co", "Cs", "Cn"):
            continue
        elif (family := _family(char) if not kind.startswith("M") else _same(char, drawn_by)) is not None:
            kept.append(char)
            drawn_by = family
        else:
            kept.append(f"[U+{ord(char):04X} {unicodedata.name(char, 'unnamed').lower()}]")
            drawn_by = None
    return "".join(kept)


def breakable(text: str) -> str:
    """Printable text with a place to break in words that are wider than a line."""
    if len(text) <= _LONGEST_WORD:
        return text
    return " ".join(
        word
        if len(word) <= _LONGEST_WORD
        else BREAK.join(word[i : i + _LONGEST_WORD] for i in range(0, len(word), _LONGEST_WORD))
        for word in text.split(" ")
    )


def _family(char: str) -> int | None:
    """The first family that draws a character."""
    return next((n for n, points in enumerate(drawable()) if ord(char) in points), None)


def _same(mark: str, letter: int | None) -> int | None:
    """The family of the letter under a mark, if it draws the mark too."""
    return letter if letter is not None and ord(mark) in drawable()[letter] else None


def _code_points(font: bytes) -> set[int]:
    # Of a collection the first font: the others draw the same characters in other countries' shapes.
    at = struct.unpack_from(">I", font, 12)[0] if font[:4] == b"ttcf" else 0
    (tables,) = struct.unpack_from(">H", font, at + 4)
    records = {
        font[at + 12 + 16 * i : at + 16 + 16 * i]: struct.unpack_from(">I", font, at + 20 + 16 * i)[0]
        for i in range(tables)
    }
    start = records[b"cmap"]
    (subtables,) = struct.unpack_from(">H", font, start + 2)
    points: set[int] = set()
    for i in range(subtables):
        _, _, offset = struct.unpack_from(">HHI", font, start + 4 + 8 * i)
        (kind,) = struct.unpack_from(">H", font, start + offset)
        if kind == _FORMAT_GROUPS:
            (groups,) = struct.unpack_from(">I", font, start + offset + 12)
            for g in range(groups):
                first, last, _ = struct.unpack_from(">III", font, start + offset + 16 + 12 * g)
                points.update(range(first, last + 1))
        elif kind == 4:  # noqa: PLR2004 - the format's number in the specification
            points |= _segments(font, start + offset)
    return points


def _segments(font: bytes, at: int) -> set[int]:
    (doubled,) = struct.unpack_from(">H", font, at + 6)
    count = doubled // 2
    ends = struct.unpack_from(f">{count}H", font, at + 14)
    firsts = struct.unpack_from(f">{count}H", font, at + 16 + doubled)
    deltas = struct.unpack_from(f">{count}H", font, at + 16 + 2 * doubled)
    offsets_at = at + 16 + 3 * doubled
    offsets = struct.unpack_from(f">{count}H", font, offsets_at)
    points = set()
    for i, (first, last) in enumerate(zip(firsts, ends, strict=True)):
        for point in range(first, last + 1):
            glyph = point + deltas[i]
            if offsets[i]:
                (glyph,) = struct.unpack_from(">H", font, offsets_at + 2 * i + offsets[i] + 2 * (point - first))
            if glyph & 0xFFFF and point != 0xFFFF:  # noqa: PLR2004 - the table's end mark
                points.add(point)
    return points
