"""Pages of attachments: the picture is the one that was looked at, its boxes are flat, its words can be read in it.

The allow-list of pictures: a copy may hold those of the attached pages that the gate is given, in their order,
dot for dot, and no other.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from io import BytesIO

import numpy as np
import numpy.typing as npt
import pikepdf
from PIL import Image

from schoolgate.engines.redact.attached import AttachedPage, Box, PlacedWord
from schoolgate.engines.redact.gating.drawn import Drawn, Painted, text_of
from schoolgate.engines.redact.gating.needles import words_of
from schoolgate.engines.redact.gating.report import Finding

_BUILD_AGAIN = "Build the page of the attachment again from its picture, and look at its boxes."
_JPEG, _PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
# Which parts of a JPEG hold the picture: quantisation, frames, tables, scans, restarts; JFIF's own head.
_JPEG_PARTS = frozenset((0xDB, 0xC0, 0xC1, 0xC2, 0xC4, 0xDA, 0xDD, 0xE0, 0xEE))
_PNG_PARTS = frozenset((b"IHDR", b"IDAT", b"IEND", b"PLTE", b"pHYs"))
_JFIF_HEAD = 16
# JPEG spreads an edge over the block it lies in, of 16 dots with halved colours; far from it a flat area is flat.
_BLOCK, _NEAR_EDGE, _FAR_FROM_EDGE = 16, 64, 4
_TOUCHING = 0.15
_LONG = 40
# A character that no font has: `[U+1F600 grinning face]`.
_WRITTEN_OUT = re.compile(r"\[U\+[0-9A-F]{4,6} [^\]]*\]")

Dots = npt.NDArray[np.uint8]


def placed(pages: Sequence[Drawn], file: pikepdf.Pdf) -> list[tuple[Drawn, Painted, pikepdf.Object | None]]:
    """Every picture that is drawn, in order: page, where, the object."""
    found = []
    for page in pages:
        objects = file.pages[page.number - 1].Resources.get("/XObject", pikepdf.Dictionary())
        found += [(page, item, objects.get(item.name)) for item in page.painted if item.kind == "picture"]
    return found


def check(
    drawn: Sequence[tuple[Drawn, Painted, pikepdf.Object | None]],
    attached: Sequence[AttachedPage],
    pages: Sequence[Drawn],
    own: Sequence[str],
) -> Iterator[Finding]:
    """The pictures and the text below each, against the pages that were attached. O(dots).

    Args:
        drawn: what the copy holds, from `placed`.
        attached: the pages that it should hold.
        pages: all pages of the copy.
        own: the copy's own texts, which may stand below a picture too.

    Raises:
        OSError, ValueError, pikepdf.PdfError: if a picture cannot be read.
    """
    if len(drawn) != len(attached):
        yield Finding("picture", f"the copy draws {len(drawn)} pictures; {len(attached)} pages were attached")
        return
    for (page, _, source), given in zip(drawn, attached, strict=True):
        if source is None or source.get("/Subtype") != "/Image" or not _same(source, given.picture):
            yield Finding("picture", "a picture is not that of the attached page", page.number, _BUILD_AGAIN)
        if _parts(given.picture):
            yield Finding("picture", "a picture's file holds more than a picture", page.number, _BUILD_AGAIN)
        dots = dots_of(given)
        if not all(_flat(dots, box, given) for box in given.boxes):
            yield Finding("picture", "a box of a picture is not one flat colour", page.number, _BUILD_AGAIN)
        if any(_under(word, box) for word in given.words for box in given.boxes):
            what = "a word of the text below a picture comes from under a box"
            yield Finding("picture", what, page.number, _BUILD_AGAIN)
    yield from _texts(drawn, attached, pages, own)


def dots_of(page: AttachedPage) -> Dots:
    """A page's picture, (height, width, 3).

    Raises:
        OSError: if it is no picture.
    """
    with Image.open(BytesIO(page.picture), formats=("PNG", "JPEG")) as picture:
        return np.asarray(picture.convert("RGB"))


def _same(source: pikepdf.Object, given: bytes) -> bool:
    if not isinstance(source, pikepdf.Stream):
        return False
    if source.get("/Filter") == "/DCTDecode":
        return source.read_raw_bytes() == given
    with Image.open(BytesIO(given), formats=("PNG",)) as picture:
        size = [int(source.Width), int(source.Height)] == [picture.width, picture.height]
        dots = source.read_bytes()
        mode = "L" if len(dots) == picture.width * picture.height else "RGB"
        bits = int(source.BitsPerComponent)
        return size and bits == 8 and dots == picture.convert(mode).tobytes()  # noqa: PLR2004 - bits of a dot


def _parts(picture: bytes) -> bool:
    """Whether a picture's file has parts besides the picture: metadata, comments, a thumbnail, bytes after its end."""
    return _more_in_jpeg(picture) if picture.startswith(_JPEG) else _more_in_png(picture)


def _more_in_png(picture: bytes) -> bool:
    at = len(_PNG)
    while at < len(picture):
        kind = picture[at + 4 : at + 8]
        if kind not in _PNG_PARTS:
            return True
        at += 12 + int.from_bytes(picture[at : at + 4], "big")
        if kind == b"IEND":
            return at != len(picture)
    return True


def _more_in_jpeg(picture: bytes) -> bool:
    at = 2
    while at + 4 <= len(picture) and picture[at] == 0xFF:  # noqa: PLR2004 - a marker begins with it
        marker, length = picture[at + 1], int.from_bytes(picture[at + 2 : at + 4], "big")
        if marker not in _JPEG_PARTS or (marker == 0xE0 and length != _JFIF_HEAD):  # noqa: PLR2004 - APP0
            return True
        at += 2 + length
        if marker == 0xDA:  # noqa: PLR2004 - a scan: its data runs to the next marker that is none of its own
            while at + 1 < len(picture) and (picture[at] != 0xFF or picture[at + 1] in (0, *range(0xD0, 0xD8))):  # noqa: PLR2004 - the same
                at = picture.find(b"\xff", at + 1 if picture[at] != 0xFF else at + 2)  # noqa: PLR2004 - the same
                if at < 0:
                    return True
            if picture[at : at + 2] == b"\xff\xd9":
                return at + 2 != len(picture)
    return True


def _flat(dots: Dots, box: Box, page: AttachedPage) -> bool:
    high, wide, _ = dots.shape
    left, right = round(box.left * wide / page.width), round(box.right * wide / page.width)
    top, bottom = round(box.top * high / page.height), round(box.bottom * high / page.height)
    # A dot at the edge may belong to either side of it, by rounding.
    inner = dots[max(0, top) + 1 : bottom - 1, max(0, left) + 1 : right - 1].astype(np.int16)
    if inner.size == 0:
        return False
    off = np.abs(inner - np.median(inner.reshape(-1, 3), axis=0)).max(axis=2)
    if not page.picture.startswith(_JPEG):
        return bool(off.max() == 0)
    far = off[_BLOCK:-_BLOCK, _BLOCK:-_BLOCK]
    return bool(off.max() <= _NEAR_EDGE and (far.size == 0 or far.max() <= _FAR_FROM_EDGE))


def _under(word: PlacedWord, box: Box) -> bool:
    wide = min(word.right, box.right) - max(word.left, box.left)
    high = min(word.bottom, box.bottom) - max(word.top, box.top)
    if wide <= 0 or high <= 0:
        return False
    return wide * high > _TOUCHING * (word.right - word.left) * (word.bottom - word.top)


def _texts(
    drawn: Sequence[tuple[Drawn, Painted, pikepdf.Object | None]],
    attached: Sequence[AttachedPage],
    pages: Sequence[Drawn],
    own: Sequence[str],
) -> Iterator[Finding]:
    """From a picture to the next one, only its words, titles and the copy's own texts are set."""
    known = [tuple(words_of(text)) for text in (*own, *(page.title for page in attached))]
    for n, ((first, _, _), given) in enumerate(zip(drawn, attached, strict=True)):
        end = drawn[n + 1][0].number if n + 1 < len(drawn) else len(pages) + 1
        left = Counter(word for one in given.words for word in words_of(one.text))
        # A very long word is broken where the line ends.
        long = ["".join(words_of(one.text)) for one in given.words if len(one.text) > _LONG]
        for page in pages[first.number - 1 : max(end - 1, first.number)]:
            text = _WRITTEN_OUT.sub(" ", text_of([item for item in page.shown if item.tag is not None]))
            for line in text.splitlines():
                words = words_of(line)
                left.subtract(() if any(_runs_in(tuple(words), one) for one in known) else words)
            if any(count < 0 and not any(word in one for one in long) for word, count in left.items()):
                what = "a text below a picture is not among the words that were read in it"
                yield Finding("picture", what, page.number, _BUILD_AGAIN)
                break


def _runs_in(words: tuple[str, ...], text: tuple[str, ...]) -> bool:
    """Whether words follow each other so in a text: a line of it."""
    return any(text[n : n + len(words)] == words for n in range(len(text) - len(words) + 1))
