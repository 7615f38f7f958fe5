"""What may be drawn on a page of a release copy: text that can be seen, thin lines, pale panels, true boxes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from schoolgate.engines.redact.gating.drawn import Area, Drawn, Painted, Shown, text_of
from schoolgate.engines.redact.gating.needles import Needles, line_of, words_of
from schoolgate.engines.redact.gating.report import Finding

BOX_WIDTH, BOX_HEIGHT = 54.0, 10.5
# By the language of the copy. A box says this and nothing else.
LABELS: Mapping[str, str] = {"en": "withheld", "es": "retenido", "pt": "omitido", "ht": "pa montre"}
SAME_WORDS = (
    "If these words are rightly shown there and withheld elsewhere in the report, the gate cannot tell the two apart. "
    "Mark them alike in all places, widen the mark to the whole sentence, or write the sentence in other words."
)
_EXACT = 0.02
_TOUCHING = 0.5
_BLACK = 0.999
_PALE = 0.1
_READABLE = 0.45
_SMALLEST_TYPE = 4.0
_WIDEST_LINE = 1.0


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found on a page, and where its boxes and pictures are."""

    findings: tuple[Finding, ...]
    boxes: tuple[Area, ...]
    pictures: tuple[Painted, ...]
    labels: frozenset[str]


def check(page: Drawn, needles: Needles) -> Checked:
    """Everything about one page that its content says by itself. O(items * boxes)."""
    boxes = [item for item in page.painted if item.kind == "fill" and _is_box(item)]
    pictures = tuple(item for item in page.painted if item.kind == "picture")
    labels: list[str] = []
    findings = [Finding("drawing", fault, page.number) for fault in page.faults]
    findings += _text(page, needles)
    findings += _paint(page, boxes)
    findings += _covered(page, boxes, pictures, labels)
    return Checked(tuple(findings), tuple(box.area for box in boxes), pictures, frozenset(labels))


def _is_box(item: Painted) -> bool:
    left, top, right, bottom = item.area
    return (
        item.rectangle
        and item.dark >= _BLACK
        and abs(right - left - BOX_WIDTH) < _EXACT
        and abs(bottom - top - BOX_HEIGHT) < _EXACT
    )


def _text(page: Drawn, needles: Needles) -> Iterator[Finding]:
    shown = list(page.shown)
    text = text_of(shown)
    at = needles.place(words_of(text))
    if at is not None:
        yield Finding(
            "glyphs",
            f"a withheld term is set, in line {line_of(text, at)} as the page draws it",
            page.number,
            SAME_WORDS,
        )
    for data in page.strings:
        if needles.in_text(decoded(data)):
            yield Finding("string", "a withheld term stands in a property of the page's content", page.number)
    for item in shown:
        left, top, right, bottom = item.area
        if item.hidden or item.size < _SMALLEST_TYPE:
            yield Finding("drawing", "text is drawn invisibly or too small to read", page.number)
        if left < 0 or top < 0 or right > page.width or bottom > page.height:
            yield Finding("drawing", "text is drawn off the page", page.number)


def _paint(page: Drawn, boxes: Sequence[Painted]) -> Iterator[Finding]:
    written: list[Shown] = []
    for item in page.items:
        if isinstance(item, Shown):
            written.append(item)
            continue
        left, top, right, bottom = item.area
        if left < 0 or top < 0 or right > page.width or bottom > page.height:
            yield Finding("drawing", "something is drawn off the page", page.number)
        if item.kind == "fill" and any(_meet(text.area, item.area) for text in written):
            yield Finding("drawing", "something is painted over text", page.number)
        if item.kind == "fill" and item.dark >= _PALE and item not in boxes:
            if _is_box(Painted("fill", item.area, 1.0, rectangle=item.rectangle)):
                yield Finding("box", "a box is not black: what is under it shows through", page.number)
            elif not item.is_bar:
                yield Finding("box", "a dark area is not of the one width and height that boxes have", page.number)
        elif item.kind == "stroke" and item.width > _WIDEST_LINE:
            yield Finding("drawing", "a line is as thick as a box", page.number)


def _covered(
    page: Drawn, boxes: Sequence[Painted], pictures: Sequence[Painted], labels: list[str]
) -> Iterator[Finding]:
    """Nothing stands on a box but its label, nothing on a picture, and pale text nowhere else."""
    for n, box in enumerate(boxes):
        if any(_meet(box.area, other.area) for other in boxes[:n]):
            yield Finding("box", "two boxes lie on each other", page.number)
        over = [item for item in page.shown if _meet(item.area, box.area)]
        says = " ".join(words_of(text_of(over)))
        labels.append(says)
        if says not in LABELS.values() or not all(inside(item.area, box.area) for item in over):
            yield Finding("box", "on a box stands something else than its label", page.number)
    for picture in pictures:
        others = [item for item in page.items if item is not picture and not _frames(item, picture)]
        if any(_meet(item.area, picture.area) for item in others):
            yield Finding("picture", "something is drawn on a picture", page.number)
    for item in page.shown:
        if item.dark < _READABLE and not any(inside(item.area, box.area) for box in boxes):
            yield Finding("drawing", "text has nearly the colour of the paper", page.number)


def _frames(item: Shown | Painted, picture: Painted) -> bool:
    """Whether an item is the thin frame around a picture."""
    return (
        isinstance(item, Painted)
        and item.kind == "stroke"
        and all(abs(a - b) < _TOUCHING for a, b in zip(item.area, picture.area, strict=True))
    )


def _meet(one: Area, other: Area) -> bool:
    return (
        one[0] < other[2] - _TOUCHING
        and other[0] < one[2] - _TOUCHING
        and one[1] < other[3] - _TOUCHING
        and other[1] < one[3] - _TOUCHING
    )


def boxes_of(page: Drawn) -> tuple[Area, ...]:
    """Where a page has boxes of the true size and colour."""
    return tuple(item.area for item in page.painted if item.kind == "fill" and _is_box(item))


def inside(one: Area, other: Area) -> bool:
    """Whether an area lies in another, within half a point."""
    return (
        one[0] >= other[0] - _TOUCHING
        and one[1] >= other[1] - _TOUCHING
        and one[2] <= other[2] + _TOUCHING
        and one[3] <= other[3] + _TOUCHING
    )


def decoded(data: bytes) -> str:
    """A PDF text string: UTF-16 with its mark, UTF-8 with its mark, or PDFDocEncoding, nearly Latin 1."""
    if data.startswith((b"\xfe\xff", b"\xff\xfe")):
        return data.decode("utf-16", "replace")
    if data.startswith(b"\xef\xbb\xbf"):
        return data.decode("utf-8-sig", "replace")
    return data.decode("latin-1")
