"""A page of an attachment as it was opened: its picture, its words and what nobody has read yet."""

import json
import struct
import zlib
from dataclasses import asdict, dataclass, field
from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image

from schoolgate.engines.redact.attached import Box
from schoolgate.engines.redact.attachments.errors import AttachmentError

DPI = 150
POINTS = 72
LONGEST = 17 * DPI
Pixels = npt.NDArray[np.uint8]
_HEAD = struct.Struct(">4sII")
_MAGIC = b"SGP1"
_MOST_WORDS = 40_000


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a page.

    Attributes:
        text: as it is believed to be.
        left, top, right, bottom: points from the page's upper left corner.
        confidence: 0 to 1; how sure the reading is.
        line: words with one number stand on one line.
        paragraph: lines with one number belong together.
        source: `ocr` (read in the picture), `agreed` (the file's text layer has it too, and spells it),
            `drawn` (we drew it), `layer` (only the file's text layer has it, where the picture shows
            something that could not be read: good for finding, never to be released as text).
    """

    text: str = field(repr=False)
    left: float
    top: float
    right: float
    bottom: float
    confidence: float
    line: int
    paragraph: int
    source: str


@dataclass(frozen=True, slots=True)
class Unread:
    """A part of a page where something is, and no word could be read: a person must look.

    `kind` is `picture` (a photograph, a face, a logo) or `strokes` (handwriting, a signature, a stamp, bad print).
    """

    box: Box
    kind: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page of an attachment, opened. It holds the original's content: it is as secret as that.

    Attributes:
        pixels: RGB rows from the top, 150 an inch.
        columns, rows: pixels.
        words: in reading order.
        unread: what needs a person's eyes.
        kind: `pdf`, `picture`, `mail` or `text`.
        part: where it was: () the attachment itself, (2,) a message's second attachment, (2, 1) that one's first.
        number: of this part's pages, from 1.
        of: how many pages this part has.
        notes: what a reviewer should know, in words; no content is quoted.
    """

    pixels: bytes = field(repr=False)
    columns: int
    rows: int
    words: tuple[Word, ...] = field(repr=False)
    unread: tuple[Unread, ...]
    kind: str
    part: tuple[int, ...]
    number: int
    of: int
    notes: tuple[str, ...] = ()

    @property
    def width(self) -> float:
        """Points."""
        return self.columns * POINTS / DPI

    @property
    def height(self) -> float:
        """Points."""
        return self.rows * POINTS / DPI

    @property
    def needs_eyes(self) -> bool:
        """Whether there is something on the page that the program could not read."""
        return bool(self.unread)

    def array(self) -> Pixels:
        """The pixels as rows x columns x 3; not to be written to."""
        return np.frombuffer(self.pixels, np.uint8).reshape(self.rows, self.columns, 3)

    def png(self) -> bytes:
        """The page as a picture for the reviewer: everything is on it."""
        held = BytesIO()
        Image.fromarray(self.array()).save(held, "PNG", compress_level=1)
        return held.getvalue()

    def packed(self) -> bytes:
        """Everything as bytes, to be kept (encrypted) so that a page need not be read again."""
        told = {name: getattr(self, name) for name in ("columns", "rows", "kind", "part", "number", "of", "notes")}
        told["words"] = [list(asdict(word).values()) for word in self.words]
        told["unread"] = [[*asdict(item.box).values(), item.kind] for item in self.unread]
        head = json.dumps(told, ensure_ascii=False).encode()
        body = zlib.compress(self.pixels, 1)
        return _HEAD.pack(_MAGIC, len(head), len(body)) + head + body

    @classmethod
    def unpacked(cls, kept: bytes) -> "Page":
        """The page that `packed` gave.

        Raises:
            AttachmentError: `damaged`, if these are not its bytes.
        """
        try:
            magic, head, body = _HEAD.unpack_from(kept)
            told = json.loads(kept[_HEAD.size : _HEAD.size + head])
            pixels = zlib.decompress(kept[_HEAD.size + head :])
            if (magic, _HEAD.size + head + body) != (_MAGIC, len(kept)):
                raise AttachmentError("damaged")
            if len(pixels) != 3 * told["columns"] * told["rows"]:
                raise AttachmentError("damaged")
            return cls(
                pixels,
                told["columns"],
                told["rows"],
                tuple(Word(*word) for word in told["words"]),
                tuple(Unread(Box(*item[:4]), item[4]) for item in told["unread"]),
                told["kind"],
                tuple(told["part"]),
                told["number"],
                told["of"],
                tuple(told["notes"]),
            )
        except (struct.error, zlib.error, ValueError, KeyError, TypeError):
            raise AttachmentError("damaged") from None


def in_points(pixels: float) -> float:
    """Pixels of a page's picture as points."""
    return pixels * POINTS / DPI
