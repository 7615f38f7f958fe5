"""What two text extractors that share no code read from a copy."""

from collections.abc import Collection, Iterator
from io import BytesIO

import pypdf
import pypdfium2
from pypdf.generic import NameObject

from schoolgate.engines.redact.gating.needles import Needles, line_of, words_of
from schoolgate.engines.redact.gating.pages import SAME_WORDS
from schoolgate.engines.redact.gating.report import Finding


def by_pdfium(document: pypdfium2.PdfDocument, needles: Needles) -> Iterator[Finding]:
    """Text as pdfium extracts it, with hidden characters, and what lies outside the page."""
    for number, page in enumerate(document, start=1):
        text = page.get_textpage()
        width, height = page.get_size()
        # Extraction by range keeps characters that lie off the page; by bounds would not.
        yield from _selected("pdfium text", text.get_text_range(), needles, number)
        if needles.in_text(text.get_text_bounded()):
            yield Finding(
                "pdfium text", "a withheld term can be selected by dragging over the page", number, SAME_WORDS
            )
        for item in page.get_objects(max_depth=4):
            left, bottom, right, top = item.get_bounds()
            if right < 0 or top < 0 or left > width or bottom > height:
                yield Finding("drawing", "something is drawn off the page", number)
                break


def by_pypdf(pdf: bytes, needles: Needles, dotted: Collection[int]) -> Iterator[Finding]:
    """Text as pypdf extracts it, without the dots of pages on which they were compared: reading those takes seconds."""
    for number, page in enumerate(pypdf.PdfReader(BytesIO(pdf)).pages, start=1):
        if number in dotted:
            page[NameObject("/Contents")] = page.raw_get("/Contents")[1]
        yield from _selected("pypdf text", page.extract_text(), needles, number)


def _selected(layer: str, text: str, needles: Needles, number: int) -> Iterator[Finding]:
    at = needles.place(words_of(text))
    if at is not None:
        what = f"a withheld term can be selected, in line {line_of(text, at)} of the page's text"
        yield Finding(layer, what, number, SAME_WORDS)
