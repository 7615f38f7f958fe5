"""Which characters the copy's font can draw, read from the font file's own table.

A PDF/UA render stops at a character without a glyph and quotes the text, so the question is asked first.
Source of the format: OpenType specification, table `cmap`, subtable formats 4 and 12.
"""

import struct
import unicodedata
from functools import cache
from importlib import import_module
from pathlib import Path

from schoolgate.engines.redact.errors import RenderError
from schoolgate.engines.redact.normal import invisible

_FORMAT_GROUPS = 12


@cache
def font_files() -> tuple[Path, ...]:
    """The files of Noto Sans.

    Raises:
        RenderError: if the font package is not installed.
    """
    try:
        package = import_module("fontpkg_noto_sans")
    except ImportError as missing:
        raise RenderError("the font of release copies is missing: install fontpkg-noto-sans") from missing
    files = tuple(sorted(Path(str(package.__file__)).parent.rglob("*.ttf")))
    if not files:
        raise RenderError("the package fontpkg-noto-sans holds no .ttf file: reinstall it")
    return files


@cache
def drawable() -> frozenset[int]:
    """Code points that every face of the font can draw."""
    faces = [frozenset(_code_points(path.read_bytes())) for path in font_files()]
    return frozenset.intersection(*faces)


def printable(text: str) -> str:
    """The text as the copy can print it.

    What is drawn as nothing (zero-width, bidirectional controls, private use, control characters) is
    dropped; what the font lacks is written out: `[U+1F600 GRINNING FACE]`. Composed first (NFC), so that a
    letter and its accent are one glyph.
    """
    kept = []
    known = drawable()
    for char in unicodedata.normalize("NFC", text):
        kind = unicodedata.category(char)
        if char in "\n\t" or kind in ("Zs", "Zl", "Zp"):
            kept.append(" ")
        elif invisible(char) or kind in ("Cc", "Co", "Cs", "Cn"):
            continue
        elif ord(char) in known:
            kept.append(char)
        else:
            kept.append(f"[U+{ord(char):04X} {unicodedata.name(char, 'UNNAMED')}]")
    return "".join(kept)


def _code_points(font: bytes) -> set[int]:
    (tables,) = struct.unpack_from(">H", font, 4)
    records = {font[12 + 16 * i : 16 + 16 * i]: struct.unpack_from(">I", font, 20 + 16 * i)[0] for i in range(tables)}
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
