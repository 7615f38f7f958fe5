"""Which parts of a page should be withheld: it proposes, a person confirms.

The finder reads the page's text; what it marks is brought back to the words' places. A box covers whole words, the
whole height of their line, and letters that reach out of it. What the program could not read is proposed too, since
a face, a signature or a scribbled name is nothing that a finder sees.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
from PIL import Image

from schoolgate.engines.redact.attached import Box
from schoolgate.engines.redact.attachments.pages import DPI, POINTS, Page, Word
from schoolgate.engines.redact.attachments.reading import SURE
from schoolgate.engines.redact.attachments.unread import shade_of_paper
from schoolgate.engines.redact.finder import find
from schoolgate.engines.redact.model import Participant

PICTURE, STROKES, UNSURE = "picture", "strokes", "unsure"
UNREAD = (PICTURE, STROKES, UNSURE)
_REASONS = {
    PICTURE: "a picture: the program cannot see who or what is on it; a person must look",
    STROKES: "handwriting, a signature, a stamp or print that cannot be read; a person must look",
    UNSURE: "print that was not read for sure, beside a name",
}
_NAMES = frozenset({"person_known", "person_unknown"})
_PAD = 1.2
_JOINED, _NEAR = 6.0, 60.0
_FURTHEST = 8
_DARKER = 50
_SCALE = DPI / POINTS


@dataclass(frozen=True, slots=True)
class Proposal:
    """A part of a page that should be withheld.

    Attributes:
        box: points.
        category: one of `categories.CATEGORIES`, or of `UNREAD` (which no law lets leave: withheld unless a person
            who looked says otherwise).
        reason: why, in words a records officer reads. Never quotes the page.
        token: whose it is, when known.
        confidence: 0 to 1.
        needs_eyes: whether the program could not read what is there.
    """

    box: Box
    category: str
    reason: str
    token: str | None = None
    confidence: float = 1.0
    needs_eyes: bool = False


def propose_boxes(page: Page, participants: Sequence[Participant]) -> tuple[Proposal, ...]:
    """The finder over a page's words, as boxes, and a box for everything that could not be read.

    Args:
        page: from `open_attachment`.
        participants: the people whom the record knows.

    Returns:
        Proposals in reading order: for each span of the finder one box a line.
    """
    words = [word for word in page.words if word.text]
    text, starts = _text(words)
    lines = {line: list(group) for line, group in groupby(words, key=lambda word: word.line)}
    spans = find(text, participants)
    named: set[int] = set()
    found: list[Proposal] = []
    for span in spans:
        marked = [n for n, start in enumerate(starts) if start < span.end and span.start < start + len(words[n].text)]
        if span.category in _NAMES:
            named.update(marked)
        boxes = _boxes([words[n] for n in marked], lines)
        found += [Proposal(box, span.category, span.reason, span.token, span.confidence) for box in boxes]
    for n, word in enumerate(words):
        beside = [m for m in (n - 1, n + 1) if m in named and words[m].line == word.line]
        if beside and n not in named and word.confidence < SURE:
            boxes = _boxes([word], lines)
            found += [Proposal(box, UNSURE, _REASONS[UNSURE], None, word.confidence, needs_eyes=True) for box in boxes]
    grown = _Grown(page)
    found = [*_joined(grown.proposal(proposal) for proposal in found)]
    for item in page.unread:
        kind = PICTURE if item.kind == PICTURE else STROKES
        found.append(Proposal(item.box, kind, _REASONS[kind], None, 0.0, needs_eyes=True))
    return tuple(sorted(found, key=lambda p: (round(p.box.top), p.box.left, p.category)))


def _text(words: Sequence[Word]) -> tuple[str, list[int]]:
    """The words as one text, and where each starts in it. Lines of a paragraph run on; paragraphs stand apart."""
    text, starts = "", []
    before: Word | None = None
    for word in words:
        if before is not None:
            if word.paragraph != before.paragraph:
                text += "\n\n"
            elif word.line != before.line and before.text.endswith("-"):
                text += "\n"
            else:
                text += " "
        starts.append(len(text))
        text += word.text
        before = word
    return text, starts


def _boxes(marked: Iterable[Word], lines: dict[int, list[Word]]) -> Iterator[Box]:
    """One box for the words of each line, as high as the line: letters with and without tails look alike."""
    for line, run in groupby(marked, key=lambda word: word.line):
        words = list(run)
        low, high = min(w.top for w in words), max(w.bottom for w in words)
        # Words far away on the line (it may be crooked) or much larger do not count.
        first, last = min(w.left for w in words) - _NEAR, max(w.right for w in words) + _NEAR
        near = [w for w in lines[line] if w.top < high and low < w.bottom and w.bottom - w.top < 2 * (high - low)]
        near = [w for w in near if first < w.right and w.left < last]
        yield Box(
            min(w.left for w in words) - _PAD,
            min(low, *(w.top for w in near)) - _PAD,
            max(w.right for w in words) + _PAD,
            max(high, *(w.bottom for w in near)) + _PAD,
        )


def _joined(found: Iterable[Proposal]) -> Iterator[Proposal]:
    """Boxes of one kind and one person that stand side by side are one."""
    waiting: list[Proposal] = []
    for proposal in sorted(found, key=lambda p: (p.category, p.token or "", round(p.box.top), p.box.left)):
        last = waiting[-1] if waiting else None
        if last and (last.category, last.token) == (proposal.category, proposal.token):
            a, b = last.box, proposal.box
            overlap = min(a.bottom, b.bottom) - max(a.top, b.top)
            if overlap > min(a.bottom - a.top, b.bottom - b.top) / 2 and b.left - a.right <= _JOINED:
                box = Box(min(a.left, b.left), min(a.top, b.top), max(a.right, b.right), max(a.bottom, b.bottom))
                waiting[-1] = replace(last, box=box, confidence=max(last.confidence, proposal.confidence))
                continue
        waiting.append(proposal)
    yield from waiting


class _Grown:
    """Makes boxes larger where a letter reaches out of them, as tails and bad readings of places do."""

    def __init__(self, page: Page) -> None:
        gray = np.asarray(Image.fromarray(page.array()).convert("L"))
        self._ink = np.abs(gray.astype(np.int16) - shade_of_paper(gray)) > _DARKER
        self._page = page

    def proposal(self, proposal: Proposal) -> Proposal:
        return replace(proposal, box=self._box(proposal.box))

    def _box(self, box: Box) -> Box:
        rows, columns = self._ink.shape
        left, top = max(0, int(box.left * _SCALE)), max(0, int(box.top * _SCALE))
        right, bottom = min(columns, int(box.right * _SCALE) + 1), min(rows, int(box.bottom * _SCALE) + 1)
        for _ in range(_FURTHEST):
            inside = self._ink[top:bottom, left:right]
            if not inside.size:
                break
            # Ink on both sides of an edge is a letter that was cut.
            grow_left = left > 0 and bool((inside[:, 0] & self._ink[top:bottom, left - 1]).any())
            grow_right = right < columns and bool((inside[:, -1] & self._ink[top:bottom, right]).any())
            grow_top = top > 0 and bool((inside[0] & self._ink[top - 1, left:right]).any())
            grow_bottom = bottom < rows and bool((inside[-1] & self._ink[bottom, left:right]).any())
            if not (grow_left or grow_right or grow_top or grow_bottom):
                break
            left, right = left - grow_left, right + grow_right
            top, bottom = top - grow_top, bottom + grow_bottom
        return Box(
            left / _SCALE, top / _SCALE, min(right / _SCALE, self._page.width), min(bottom / _SCALE, self._page.height)
        )
