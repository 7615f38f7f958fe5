"""The second mark: two of three words inside a line stand a quarter of a point to the left or to the right.

Every third word keeps its place, so a reader compares a word with those beside it and needs no ruler.
Low, Maxemchuk, Brassil, O'Gorman, "Document Marking and Identification Using Both Line and Word Shifting"
(1995): such shifts outlast photocopiers.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import pikepdf

from schoolgate.engines.redact.marking.errors import MarkError

STEP = 0.25
_SHORTEST = 2
_IN_A_ROW = 2
_Matrix = tuple[float, float, float, float, float, float]
_UNIT: _Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a line of text.

    Attributes:
        first, last: its glyphs' places in the line.
        left, right, baseline, size: in points from the page's top left.
    """

    first: int
    last: int
    left: float
    right: float
    baseline: float
    size: float


@dataclass(frozen=True, slots=True)
class Line:
    """One operation that shows text: where it is in the content, its glyphs, its words.

    Attributes:
        at: its place in the page's content.
        glyphs: (code, adjustment before it in thousandths of the size).
        tail: the adjustment after the last glyph.
        words: in the order in which they are shown.
        size: of the font, in text space.
        advance: how far it moves on what is shown next, in text space.
    """

    at: int
    glyphs: tuple[tuple[bytes, Decimal], ...]
    tail: Decimal
    words: tuple[Word, ...]
    size: float
    advance: float

    def slots(self) -> Iterator[int]:
        """Which of its words carry a chip: inner ones of two glyphs or more, never three in a row."""
        in_a_row = 0
        for n in range(1, len(self.words) - 1):
            long_enough = self.words[n].last - self.words[n].first + 1 >= _SHORTEST
            moves = long_enough and in_a_row < _IN_A_ROW
            if moves:
                yield n
            in_a_row = in_a_row + 1 if moves else 0


def lines(page: pikepdf.Page) -> tuple[list[pikepdf.ContentStreamInstruction], list[Line]]:
    """A page's content, and its lines of text with the places of their words. O(content).

    Raises:
        MarkError: if the page holds a picture, which no release copy does.
    """
    content = _content(page)
    fonts = {name: _Font.of(font) for name, font in page.Resources.get("/Font", pikepdf.Dictionary()).items()}
    height = float(page.MediaBox[3])
    state, kept = _State(), []
    made = []
    for at, instruction in enumerate(content):
        name, operands = str(instruction.operator), instruction.operands
        if name == "q":
            kept.append(state)
            state = replace(state)
        elif name == "Q":
            state = kept.pop()
        elif name == "cm":
            state.place = _times(_matrix(list(operands)), state.place)
        elif name == "Tm":
            state.text = _matrix(list(operands))
        elif name == "BT":
            state.text = _UNIT
        elif name == "Tf":
            state.font, state.size = fonts[str(operands[0])], float(operands[1])
        elif name == "TJ" and state.font is not None:
            line = _line(at, operands[0], state.font, state, height)
            state.text = _times((1.0, 0.0, 0.0, 1.0, line.advance, 0.0), state.text)
            made.append(line)
    return content, made


def _content(page: pikepdf.Page) -> list[pikepdf.ContentStreamInstruction]:
    content = []
    for instruction in pikepdf.parse_content_stream(page):
        if not isinstance(instruction, pikepdf.ContentStreamInstruction):
            raise MarkError("a page holds a picture: mark a release copy as it was rendered")
        content.append(instruction)
    return content


def shifted(line: Line, signs: Sequence[int]) -> pikepdf.Array:
    """The line's operand with its words moved: `signs` has one of +1 (right), -1 (left) for each slot."""
    step = Decimal(str(round(1000 * STEP / line.size, 3)))
    before: dict[int, Decimal] = {}
    for n, sign in zip(line.slots(), signs, strict=True):
        word = line.words[n]
        before[word.first] = before.get(word.first, Decimal(0)) - sign * step
        before[word.last + 1] = before.get(word.last + 1, Decimal(0)) + sign * step
    made: list[object] = []
    shown = b""
    for n, (code, adjusted) in enumerate(line.glyphs):
        moved = adjusted + before.get(n, Decimal(0))
        if moved and shown:
            made.append(pikepdf.String(shown))
            shown = b""
        if moved:
            made.append(moved)
        shown += code
    made.append(pikepdf.String(shown))
    return pikepdf.Array([*made, line.tail] if line.tail else made)


@dataclass(slots=True)
class _Font:
    widths: dict[int, float]
    default: float
    spaces: frozenset[int]

    @staticmethod
    def of(font: pikepdf.Object) -> "_Font | None":
        """What is needed of a font whose codes have two bytes, which are all that a release copy has."""
        if "/DescendantFonts" not in font or "/ToUnicode" not in font:
            return None
        descendant = font.DescendantFonts[0]
        widths: dict[int, float] = {}
        listed = list(descendant.get("/W", pikepdf.Array()))
        while listed:
            first, second = int(listed[0]), listed[1]
            if isinstance(second, pikepdf.Array):
                widths.update({first + n: float(width) for n, width in enumerate(second)})
                listed = listed[2:]
            else:
                widths.update(dict.fromkeys(range(first, int(second) + 1), float(listed[2])))
                listed = listed[3:]
        spaces = re.findall(rb"<([0-9A-Fa-f]{4})>\s*<0020>", font.ToUnicode.read_bytes())
        return _Font(widths, float(descendant.get("/DW", 1000)), frozenset(int(code, 16) for code in spaces))


@dataclass(slots=True)
class _State:
    place: _Matrix = _UNIT
    text: _Matrix = _UNIT
    font: _Font | None = None
    size: float = 0.0


def _line(at: int, operand: pikepdf.Object, font: _Font, state: _State, height: float) -> Line:
    glyphs: list[tuple[bytes, Decimal]] = []
    waiting = Decimal(0)
    for item in operand:
        if isinstance(item, pikepdf.String):
            codes = bytes(item)
            for n in range(0, len(codes), 2):
                glyphs.append((codes[n : n + 2], waiting))
                waiting = Decimal(0)
        else:
            waiting += Decimal(str(item))
    to_page = _times(state.text, state.place)
    size = state.size

    def word(first: int, left: float, last: int, right: float) -> Word:
        a, b, _, d, e, f = to_page
        return Word(first, last, a * left + e, a * right + e, height - f - b * left, size * abs(d))

    x, end, words = 0.0, 0.0, []
    open_at: tuple[int, float] | None = None
    for n, (code, adjusted) in enumerate(glyphs):
        number = int.from_bytes(code, "big")
        x -= float(adjusted) * size / 1000
        if number in font.spaces:
            if open_at is not None:
                words.append(word(*open_at, n - 1, end))
            open_at = None
        elif open_at is None:
            open_at = (n, x)
        x += font.widths.get(number, font.default) * size / 1000
        end = x
    if open_at is not None:
        words.append(word(*open_at, len(glyphs) - 1, end))
    advance = x - float(waiting) * size / 1000
    return Line(at, tuple(glyphs), waiting, tuple(words), size, advance)


def _matrix(operands: Sequence[object]) -> _Matrix:
    a, b, c, d, e, f = (float(str(value)) for value in operands)
    return a, b, c, d, e, f


def _times(first: _Matrix, then: _Matrix) -> _Matrix:
    a, b, c, d, e, f = first
    g, h, i, j, k, m = then
    return a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m
