"""What two text extractors that share no code read from a copy, with the place of each word."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO

import pypdf
import pypdfium2

from schoolgate.engines.redact.gating.needles import Needles
from schoolgate.engines.redact.gating.report import Finding


@dataclass(frozen=True, slots=True)
class PlacedWord:
    """A word of the text layer; box in points from the page's top left."""

    text: str = field(repr=False)
    left: float
    top: float
    right: float
    bottom: float


def by_pdfium(document: pypdfium2.PdfDocument, needles: Needles) -> Iterator[Finding]:
    """Text as pdfium extracts it, with hidden characters, and text outside the page."""
    for number, page in enumerate(document, start=1):
        text = page.get_textpage()
        width, height = page.get_size()
        # Extraction by range keeps characters that lie off the page; by bounds would not.
        if needles.in_text(text.get_text_range()) or needles.in_text(text.get_text_bounded()):
            yield Finding("pdfium text", "a withheld term can be selected", number)
        for item in page.get_objects(max_depth=4):
            left, bottom, right, top = item.get_bounds()
            if right < 0 or top < 0 or left > width or bottom > height:
                yield Finding("drawing", "something is drawn off the page", number)
                break


def by_pypdf(pdf: bytes, needles: Needles) -> Iterator[Finding]:
    """Text as pypdf extracts it."""
    for number, page in enumerate(pypdf.PdfReader(BytesIO(pdf)).pages, start=1):
        if needles.in_text(page.extract_text()):
            yield Finding("pypdf text", "a withheld term can be selected", number)


def placed_words(page: pypdfium2.PdfPage) -> list[PlacedWord]:
    """The words of a page with their boxes. O(characters)."""
    text = page.get_textpage()
    _, height = page.get_size()
    content = text.get_text_range()
    words: list[PlacedWord] = []
    open_: list[tuple[str, tuple[float, float, float, float]]] = []
    for at in range(min(text.count_chars(), len(content))):
        char = content[at]
        if char.isspace():
            _close(open_, words, height)
            continue
        open_.append((char, text.get_charbox(at, loose=True)))
    _close(open_, words, height)
    return words


def _close(chars: list[tuple[str, tuple[float, float, float, float]]], words: list[PlacedWord], height: float) -> None:
    if chars:
        boxes = [box for _, box in chars]
        words.append(
            PlacedWord(
                "".join(c for c, _ in chars),
                min(b[0] for b in boxes),
                height - max(b[3] for b in boxes),
                max(b[2] for b in boxes),
                height - min(b[1] for b in boxes),
            )
        )
    chars.clear()
