"""What a file holds beside what one sees in it: who made it, where, with what, what it said before.

Read out of its bytes without opening it: a file of a stranger's is opened in a sandbox or not at all. Pictures can be
freed of it without a changed pixel. A PDF cannot, unless it is drawn anew, and is told about.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

WORDS: Final = {
    "author": "who made it",
    "place": "where it was taken",
    "device": "the device or the program that made it",
    "time": "when it was made",
    "revisions": "what it said before it was changed",
    "files": "other files inside it",
    "comments": "comments or fields that somebody filled in",
    "script": "programs that run when it is opened",
    "other": "more than one sees, which is of no known sort",
    "unread": "parts that cannot be looked into",
}
# No more of a PDF is unpacked to be looked into than this, in all.
MOST_UNPACKED: Final = 32 << 20


@dataclass(frozen=True, slots=True)
class Beside:
    """What a file holds beside what one sees.

    Attributes:
        codes: of `WORDS`, in their order.
        cleaned: the same picture without it; None where it could not be taken away, or nothing had to be.
    """

    codes: tuple[str, ...] = ()
    cleaned: bytes | None = None


def beside(content: bytes, media_type: str) -> Beside:
    """Look at a file of a known sort. O(bytes), of a PDF at most `MOST_UNPACKED` more."""
    if media_type == "text/plain":
        return Beside()
    if media_type == "application/pdf":
        return Beside(_in_order(_of_pdf(content)))
    try:
        codes, cleaned = (_of_png if media_type == "image/png" else _of_jpeg)(content)
    except (IndexError, struct.error, ValueError):
        return Beside(("unread",))
    return Beside(_in_order(codes), cleaned if cleaned != content else None)


def in_words(codes: list[str] | tuple[str, ...]) -> str:
    """What a file holds beside, as the end of a sentence: "who made it, and where it was taken"."""
    said = [WORDS[one] for one in codes if one in WORDS]
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])}, and {said[-1]}" if said else ""


def _in_order(codes: set[str]) -> tuple[str, ...]:
    return tuple(one for one in WORDS if one in codes)


# PNG: chunks of a length, a name, data and a sum (ISO/IEC 15948, 5.3). Those kept change how a pixel looks.
_PNG_KEPT: Final = frozenset({"IHDR", "PLTE", "IDAT", "IEND", "tRNS", "gAMA", "cHRM", "sRGB", "iCCP", "sBIT", "pHYs"})
_PNG_BEGINS: Final = b"\x89PNG\r\n\x1a\n"
_NUMBER: Final = 4


def _of_png(content: bytes) -> tuple[set[str], bytes]:
    kept, codes, place = [_PNG_BEGINS], set[str](), len(_PNG_BEGINS)
    name = ""
    while name != "IEND":
        (length,) = struct.unpack_from(">I", content, place)
        name = content[place + _NUMBER : place + 2 * _NUMBER].decode("latin-1")
        end = place + 3 * _NUMBER + length
        if end > len(content):
            raise ValueError(name)
        chunk = content[place:end]
        data = chunk[2 * _NUMBER : -_NUMBER]
        place = end
        if name in _PNG_KEPT:
            kept.append(chunk)
        elif name == "eXIf":
            codes |= _of_exif(data)
        elif name == "tIME":
            codes.add("time")
        else:
            codes |= _of_words(data) if name in {"tEXt", "iTXt"} else {"other"}
    if place < len(content):
        codes.add("other")
    return codes, b"".join(kept)


# JPEG: segments of a mark, a length and data up to the scan (ITU T.81, B.1); 0xE0 to 0xEF are programs' own.
_SOI, _EOI, _SOS, _COMMENT, _STUFFED = 0xD8, 0xD9, 0xDA, 0xFE, 0x00
_APP0, _APP1, _APP2, _APP13, _APP14, _APP15 = 0xE0, 0xE1, 0xE2, 0xED, 0xEE, 0xEF
# What of programs' own parts says how a pixel looks: the size of a dot, and how colours were mixed.
_LOOK: Final = frozenset({_APP0, _APP14})
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})


def _of_jpeg(content: bytes) -> tuple[set[str], bytes]:
    kept, codes = [content[:2]], set[str]()
    for mark, part in _segments(content):
        data = part[4:]
        if mark == _APP1 and data.startswith(b"Exif\0\0"):
            codes |= _of_exif(data[6:])
            if turned := _orientation(data[6:]):
                # How the picture is held is all that is seen of it.
                kept.append(_exif_of(turned))
        elif mark == _APP1:
            codes |= _of_words(data)
        elif mark == _COMMENT:
            codes.add("comments")
        elif mark == _APP13:
            codes |= {"author", "other"}
        elif _APP0 <= mark <= _APP15 and not (mark in _LOOK or data.startswith(b"ICC_PROFILE\0")):
            codes.add("other")
        else:
            kept.append(part)
    clean = b"".join(kept)
    if _end_of(content) < len(content):
        codes.add("other")
    return codes, clean


def _segments(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Each mark up to the end of the picture, with its bytes; after a scan's head all that it holds."""
    place = 2
    while True:
        start = place
        if content[place] != 0xFF:  # noqa: PLR2004 - every mark begins so
            raise ValueError("no mark where one must be")
        while content[place] == 0xFF:  # noqa: PLR2004 - the same
            place += 1
        mark = content[place]
        place += 1
        if mark == _EOI:
            yield mark, content[start:place]
            return
        if mark not in _ALONE:
            (length,) = struct.unpack_from(">H", content, place)
            place += length
            if place > len(content):
                raise ValueError("it ends within a part")
        if mark == _SOS:
            place = _after_scan(content, place)
        yield mark, content[start:place]


def _after_scan(content: bytes, place: int) -> int:
    """The place of the first mark behind what a scan holds."""
    while True:
        place = content.index(b"\xff", place)
        if content[place + 1] not in {_STUFFED, 0xFF, *_ALONE}:
            return place
        place += 1 if content[place + 1] == 0xFF else 2  # noqa: PLR2004 - filling


def _end_of(content: bytes) -> int:
    return 2 + sum(len(part) for _, part in _segments(content))


# Exif: a TIFF of entries of a tag, a type, a count and a value or its place (CIPA DC-008, 4.6.2).
_ORIENTATION, _GPS = 0x0112, 0x8825
_TAGS: Final = {
    0x010E: "comments",
    0x010F: "device",
    0x0110: "device",
    0x0131: "device",
    0x0132: "time",
    0x013B: "author",
    _GPS: "place",
    0x8298: "author",
    0x8769: "device",
    0x9C9D: "author",
}
_ENTRY: Final = 12


def _entries(tiff: bytes) -> Iterator[tuple[int, int]]:
    """Tag and the first number of each entry of the first list."""
    order = {b"II": "<", b"MM": ">"}[tiff[:2]]
    (place,) = struct.unpack_from(f"{order}I", tiff, 4)
    (many,) = struct.unpack_from(f"{order}H", tiff, place)
    for number in range(many):
        tag, _, _, value = struct.unpack_from(f"{order}HHIH", tiff, place + 2 + _ENTRY * number)
        yield tag, value


def _of_exif(tiff: bytes) -> set[str]:
    try:
        found = {_TAGS.get(tag, "other") for tag, _ in _entries(tiff) if tag != _ORIENTATION}
    except (struct.error, KeyError):
        return {"unread"}
    return found


def _orientation(tiff: bytes) -> int:
    """How the picture is held, from 2 to 8; 0 for upright or not told."""
    try:
        found = dict(_entries(tiff)).get(_ORIENTATION, 0)
    except (struct.error, KeyError):
        return 0
    return found if 2 <= found <= 8 else 0  # noqa: PLR2004 - the standard's numbers


def _exif_of(orientation: int) -> bytes:
    tiff = struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, _ORIENTATION, 3, 1, orientation, 0, 0)
    return struct.pack(">BBH6s", 0xFF, _APP1, 8 + len(tiff), b"Exif\0\0") + tiff


def _of_words(data: bytes) -> set[str]:
    """What words of a known sort (XMP, or a pair of a name and a text) tell."""
    low = data.lower()
    looked = {"place": b"gps", "author": rb"creator\b|author|artist|copyright", "device": rb"creatortool|software|make"}
    found = {code for code, words in looked.items() if re.search(words, low)}
    return found or {"other"}


# PDF: words of its own language that stand where something is that no page shows (ISO 32000-2).
_PDF_LOOKED: Final = {
    "author": rb"/Author\b|dc:creator",
    "device": rb"/Creator\b|/Producer\b|xmp:CreatorTool|pdf:Producer",
    "time": rb"/CreationDate\b|/ModDate\b|xmp:CreateDate",
    "files": rb"/EmbeddedFiles?\b|/Filespec\b",
    "comments": rb"/AcroForm\b|/Subtype\s*/(?:Text|FreeText|Highlight|Popup|StrikeOut|Stamp|Ink)\b",
    "script": rb"/JavaScript\b|/JS\b|/Launch\b",
    "other": rb"/PieceInfo\b|/OCProperties\b|/Thumb\b|/XFA\b",
    "unread": rb"/Encrypt\b",
}


def _of_pdf(content: bytes) -> set[str]:
    found = {code for code, words in _PDF_LOOKED.items() if re.search(words, content)}
    # One made to be shown while it loads has two ends and has never been changed.
    ends = content.count(b"startxref")
    if ends > (2 if b"/Linearized" in content[:1024] else 1):
        found.add("revisions")
    left = MOST_UNPACKED
    for match in re.finditer(rb"/Type\s*/(?:ObjStm|Metadata)\b", content):
        text = _unpacked(content, match.end(), left)
        if text is None:
            found.add("unread")
            continue
        left -= len(text)
        found |= {code for code, words in _PDF_LOOKED.items() if re.search(words, text)}
    return found


def _unpacked(content: bytes, place: int, most: int) -> bytes | None:
    """The stream that begins behind a place; None where it is no plain or deflated one, or there is too much of it."""
    start = re.compile(rb"stream\r?\n").search(content, place)
    end = content.find(b"endstream", start.end()) if start else -1
    if start is None or end < 0 or most <= 0:
        return None
    head, data = content[max(0, place - 200) : start.start()], content[start.end() : end]
    if b"/FlateDecode" not in head:
        return data if b"/Filter" not in head else None
    inflate = zlib.decompressobj()
    try:
        text = inflate.decompress(data, most)
    except zlib.error:
        return None
    return None if inflate.unconsumed_tail else text
