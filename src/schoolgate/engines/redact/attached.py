"""Pages of attachments as they may leave: a picture in which the boxes are burnt, and the words outside them."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PlacedWord:
    """A word that OCR or a text layer gave, and where it stands: points from the page's upper left corner."""

    text: str = field(repr=False)
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Box:
    """A part of a page that is withheld: points from the page's upper left corner."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class AttachedPage:
    """One page of an attachment, rebuilt: nothing of the original file is in it.

    Attributes:
        picture: PNG or JPEG, RGB, of one frame, without metadata; every box is burnt into it as one flat colour.
        width: points; at most a letter page's inner width when it is set.
        height: points.
        words: what can be read outside the boxes, in reading order.
        boxes: what was withheld.
        title: what the page is, as printed above it: "Attachment 1, page 2 of 3". Never a file's name.
    """

    picture: bytes = field(repr=False)
    width: float
    height: float
    words: tuple[PlacedWord, ...] = field(repr=False)
    boxes: tuple[Box, ...]
    title: str
