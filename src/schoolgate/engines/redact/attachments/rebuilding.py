"""A page as it may leave: boxes burnt into new pixels, encoded anew, with the words outside the boxes.

Nothing of the original's bytes is carried over. The picture that was made is taken apart again and looked at: exactly
the chunks or segments that a bare picture has, nothing after its end, and one flat colour in every box.
"""

import math
import struct
import unicodedata
from collections.abc import Iterable, Sequence
from io import BytesIO

import numpy as np
from PIL import Image

from schoolgate.engines.redact.attached import AttachedPage, Box, PlacedWord
from schoolgate.engines.redact.attachments.errors import AttachmentError
from schoolgate.engines.redact.attachments.pages import DPI, POINTS, Page, Pixels, Word
from schoolgate.engines.redact.normal import invisible

# What `release` gives a picture on a letter page, in points.
INNER_WIDTH, INNER_HEIGHT = 473.0, 560.0
BOX_COLOUR = (0, 0, 0)
_QUALITY = 85
# JPEG works in squares of 8 pixels: a box that fills them whole stays one colour.
_SQUARE = 8
_TONES = 96
_PRINT = 0.10
_LEAST_SURE = 0.3
_SCALE = DPI / POINTS
_Span = tuple[int, int, int, int]


def rebuild(page: Page, boxes: Iterable[Box], title: str) -> AttachedPage:
    """A page of an attachment as it may leave.

    Args:
        page: from `open_attachment`.
        boxes: what is withheld, in points of the page, from its upper left corner. Parts outside the page do not count.
        title: what is printed above it: "Attachment 1, page 2 of 3". Never a file's name.

    Returns:
        The page, scaled to fit a letter page (`INNER_WIDTH` x `INNER_HEIGHT`). Its boxes are those that were burnt,
        which may be a little larger than those given. Same page and boxes, same bytes.

    Raises:
        AttachmentError: `not_flat`, if what was made is not what it should be.
    """
    given = list(boxes)
    picture_is_text = _text_like(page.array())
    spans = _spans(page, given, 1 if picture_is_text else _SQUARE)
    burnt = np.array(page.array())
    for left, top, right, bottom in spans:
        burnt[top:bottom, left:right] = BOX_COLOUR
    data = _png(burnt) if picture_is_text else _jpeg(burnt)
    _check(data, burnt, spans)
    scale = min(1.0, INNER_WIDTH / page.width, INNER_HEIGHT / page.height)
    kept = [word for word in page.words if _may_leave(word, spans)]
    return AttachedPage(
        data,
        page.width * scale,
        page.height * scale,
        tuple(_placed(word, scale) for word in kept),
        tuple(Box(*(n / _SCALE * scale for n in span)) for span in spans),
        _title(title),
    )


def _spans(page: Page, boxes: Iterable[Box], grid: int) -> list[_Span]:
    """Boxes in whole pixels, outward to the grid, within the page."""
    found = []
    for box in boxes:
        numbers = (box.left, box.top, box.right, box.bottom)
        if not all(math.isfinite(n) for n in numbers) or box.left > box.right or box.top > box.bottom:
            raise AttachmentError("not_flat", "a box has no place")
        left, top = (max(0, math.floor(n * _SCALE / grid) * grid) for n in numbers[:2])
        right = min(page.columns, math.ceil(box.right * _SCALE / grid) * grid)
        bottom = min(page.rows, math.ceil(box.bottom * _SCALE / grid) * grid)
        if left < right and top < bottom:
            found.append((left, top, right, bottom))
    return sorted(set(found), key=lambda span: (span[1], span[0], span[3], span[2]))


def _may_leave(word: Word, spans: Sequence[_Span]) -> bool:
    """Whether a word was read for sure enough, and lies outside every box, edges too."""
    if word.source == "layer" or word.confidence < _LEAST_SURE or not _clean(word.text):
        return False
    left, top, right, bottom = (n * _SCALE for n in (word.left, word.top, word.right, word.bottom))
    return not any(left <= s[2] and s[0] <= right and top <= s[3] and s[1] <= bottom for s in spans)


def _placed(word: Word, scale: float) -> PlacedWord:
    return PlacedWord(_clean(word.text), *(n * scale for n in (word.left, word.top, word.right, word.bottom)))


def _clean(text: str) -> str:
    """A word without what is drawn as nothing: it could carry anything."""
    return "".join(
        c for c in text if not invisible(c) and unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )


def _title(title: str) -> str:
    one_line = " ".join(word for word in map(_clean, title.split()) if word)
    if not one_line:
        raise AttachmentError("not_flat", "a page needs a title")
    return one_line


def _text_like(pixels: Pixels) -> bool:
    """Whether a page compresses better as it is: few tones, as in print; else it is a photograph or a scan."""
    coarse = pixels[::2, ::2].astype(np.int16)
    across = np.abs(np.diff(coarse, axis=1)).max(axis=2)
    changing = float(((across > 0) & (across < _TONES)).mean())
    return changing < _PRINT or pixels.size < 3 * 64 * 64


def _png(pixels: Pixels) -> bytes:
    held = BytesIO()
    Image.fromarray(pixels).save(held, "PNG", compress_level=6)
    return held.getvalue()


def _jpeg(pixels: Pixels) -> bytes:
    held = BytesIO()
    Image.fromarray(pixels).save(held, "JPEG", quality=_QUALITY, subsampling=0, optimize=False, progressive=False)
    return held.getvalue()


def _check(data: bytes, burnt: Pixels, spans: Sequence[_Span]) -> None:
    """Takes the picture apart again.

    Raises:
        AttachmentError: `not_flat`, if it holds anything but a picture of these pixels with flat boxes.
    """
    if not (_bare_png(data) or _bare_jpeg(data)):
        raise AttachmentError("not_flat", "the picture holds more than a picture")
    with Image.open(BytesIO(data), formats=["PNG", "JPEG"]) as opened:
        seen = np.asarray(opened.convert("RGB"))
    if seen.shape != burnt.shape:
        raise AttachmentError("not_flat", "the picture has another size")
    if data.startswith(b"\x89PNG") and not np.array_equal(seen, burnt):
        raise AttachmentError("not_flat", "the picture is another")
    for left, top, right, bottom in spans:
        if not (seen[top:bottom, left:right] == np.array(BOX_COLOUR, np.uint8)).all():
            raise AttachmentError("not_flat", "a box is not one colour")


def _bare_png(data: bytes) -> bool:
    """Whether these bytes are a PNG of a header, pixels and an end, and nothing else, also not after it."""
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        return False
    at, kinds = 8, []
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        kinds.append(kind)
        at += 12 + length
    inner = set(kinds[1:-1])
    return at == len(data) and kinds[:1] == [b"IHDR"] and kinds[-1:] == [b"IEND"] and inner == {b"IDAT"}


def _bare_jpeg(data: bytes) -> bool:
    """Whether these bytes are a JPEG of tables, one frame and one scan, with the plain JFIF mark, and nothing else."""
    if not data.startswith(b"\xff\xd8\xff\xe0\x00\x10JFIF\0"):
        return False
    at, allowed = 20, {0xDB, 0xC0, 0xC4, 0xDA}
    while at + 4 <= len(data):
        mark, kind, length = struct.unpack_from(">BBH", data, at)
        if mark != 0xFF or kind not in allowed:  # noqa: PLR2004 - every segment begins with it
            return False
        at += 2 + length
        if kind == 0xDA:  # noqa: PLR2004 - start of scan: what follows is pixels, up to the end mark
            scan = data[at:-2]
            stuffed = scan.replace(b"\xff\0", b"")
            return data.endswith(b"\xff\xd9") and b"\xff" not in stuffed
    return False
