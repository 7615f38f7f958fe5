"""What a page's content draws, read operator by operator with the gate's own reader.

A release copy uses few operators. Any other stops the copy, so nothing here has to be understood that a copy
never says: no clipped text, no patterns, no transparency, no text but in two-byte codes. Places are points from
the page's upper left corner. Source of the operators: ISO 32000-1, annex A.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import pikepdf

from schoolgate.engines.redact.gating.typefaces import Font

Matrix = tuple[float, float, float, float, float, float]
Area = tuple[float, float, float, float]
_UNIT: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_OTHERS = frozenset(
    (  # noqa: SIM905 - a name a line would be forty lines
        "b B b* B* BI BX d d0 d1 DP EI EX F f* gs i ID j J K k MP ri s sc SC sh T* Tc Td TD TL Ts Tw Tz v W* y ' \""
    ).split()
)
# A bar beside a claim: thin, and taller than a letter.
_WIDEST_BAR, _SHORTEST_BAR = 2.5, 16.0


@dataclass(frozen=True, slots=True)
class Word:
    """Glyphs between two spaces: their codes, what they mean, and from where to where they stand."""

    codes: tuple[int, ...] = field(repr=False)
    text: str = field(repr=False)
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class Shown:
    """Glyphs that one operation shows.

    Attributes:
        text: what they mean by the font's own table.
        area: from their left to their right, and from a line's upper edge to its lower.
        size: of the type, in points on the page.
        dark: 0 white to 1 black.
        hidden: drawn by a mode that leaves nothing on the page.
        tag: the number of the marked content that holds it, None in an artifact.
        font: the font's object.
        codes: which glyphs.
        words: the same, word by word.
    """

    text: str = field(repr=False)
    area: Area
    baseline: float
    size: float
    dark: float
    hidden: bool
    tag: int | None
    font: tuple[int, int]
    codes: frozenset[int] = field(repr=False)
    words: tuple[Word, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Painted:
    """A path that is filled or stroked, or a picture.

    Attributes:
        kind: `fill`, `stroke` or `picture`.
        rectangle: whether a path is one rectangle along the page's edges.
        width: of a stroke, in points.
        name: of a picture, among the page's resources.
    """

    kind: str
    area: Area
    dark: float
    rectangle: bool = False
    width: float = 0.0
    name: str = ""

    @property
    def is_bar(self) -> bool:
        """Whether this is a thin upright bar, which no letter is."""
        left, top, right, bottom = self.area
        return self.rectangle and right - left <= _WIDEST_BAR and bottom - top >= _SHORTEST_BAR


@dataclass(frozen=True, slots=True)
class Drawn:
    """All that a page draws, in order, and what in it a release copy never has."""

    number: int
    width: float
    height: float
    items: tuple[Shown | Painted, ...]
    faults: tuple[str, ...]
    strings: tuple[bytes, ...] = field(repr=False)

    @property
    def shown(self) -> Iterator[Shown]:
        """The text, in order."""
        return (item for item in self.items if isinstance(item, Shown))

    @property
    def painted(self) -> Iterator[Painted]:
        """The paths and pictures, in order."""
        return (item for item in self.items if isinstance(item, Painted))


def text_of(shown: Sequence[Shown]) -> str:
    """The text of operations in their order: joined where one goes on where the last ended."""
    parts: list[str] = []
    before: Shown | None = None
    for item in shown:
        beside = before is not None and abs(item.baseline - before.baseline) < 1
        if before is not None and not (beside and abs(item.area[0] - before.area[2]) < item.size / 5):
            parts.append(" " if beside else "\n")
        parts.append(item.text)
        before = item
    return "".join(parts)


def read_page(
    page: pikepdf.Page, number: int, fonts: dict[tuple[int, int], Font], *, without_dots: bool = False
) -> Drawn:
    """Read one page. O(content).

    Args:
        page: the page.
        number: its number, from 1.
        fonts: those known so far, by object; new ones are added.
        without_dots: leave out the first of the streams, because it was compared with a copy's dots.

    Raises:
        ValueError, KeyError, pikepdf.PdfError: if the content is not what its operators need.
    """
    contents = page.obj.get("/Contents")
    parts = list(contents) if isinstance(contents, pikepdf.Array) else [contents]
    reader = _Reader(page, fonts)
    for part in parts[without_dots:]:
        if part is not None:
            for instruction in pikepdf.parse_content_stream(part):
                reader.take(str(instruction.operator), list(instruction.operands))
    return Drawn(
        number,
        reader.right,
        reader.top,
        tuple(reader.items),
        tuple(dict.fromkeys(reader.faults)),
        tuple(reader.strings),
    )


@dataclass(slots=True)
class _State:
    place: Matrix = _UNIT
    fill: float = 1.0
    stroke: float = 1.0
    line: float = 1.0
    clipped: bool = False


class _Reader:
    def __init__(self, page: pikepdf.Page, fonts: dict[tuple[int, int], Font]) -> None:
        box = [float(side) for side in page.obj.MediaBox]
        self.right, self.top = box[2], box[3]
        self.fonts = fonts
        self.resources = page.Resources
        self.items: list[Shown | Painted] = []
        self.faults: list[str] = []
        self.strings: list[bytes] = []
        self._state, self._kept = _State(), list[_State]()
        self._text = _UNIT
        self._font: Font | None = None
        self._size, self._mode = 0.0, 0
        self._path: list[tuple[float, float]] = []
        self._straight, self._clip = True, False
        self._tags: list[int | None] = []

    def take(self, name: str, operands: list[pikepdf.Object]) -> None:
        """One instruction."""
        if not (
            self._take_state(name, operands) or self._take_paint(name, operands) or self._take_text(name, operands)
        ):
            # Only names that the format knows are repeated: any others are somebody's words.
            self.faults.append(f"the operator {name} is used" if name in _OTHERS else "an unknown operator is used")

    def _take_state(self, name: str, operands: list[pikepdf.Object]) -> bool:
        match name:
            case "q":
                self._kept.append(replace(self._state))
            case "Q":
                self._state = self._kept.pop() if self._kept else _State()
            case "cm":
                self._state.place = times(_numbers(operands), self._state.place)
            case "scn" | "g" | "rg":
                self._state.fill = self._dark(operands)
            case "SCN" | "G" | "RG":
                self._state.stroke = self._dark(operands)
            case "w":
                self._state.line = float(operands[0])
            case "cs" | "CS" | "M":
                pass
            case _:
                return False
        return True

    def _take_paint(self, name: str, operands: list[pikepdf.Object]) -> bool:
        match name:
            case "m" | "l" | "c" | "h" | "re":
                self._draw(name, operands)
            case "f" | "S":
                self._paint("fill" if name == "f" else "stroke")
            case "W":
                self._clip = True
            case "n":
                self._state.clipped = self._state.clipped or self._clip
                self._path, self._straight, self._clip = [], True, False
            case "Do":
                self._picture(str(operands[0]))
            case _:
                return False
        return True

    def _take_text(self, name: str, operands: list[pikepdf.Object]) -> bool:
        match name:
            case "BT":
                self._text = _UNIT
            case "Tr":
                self._mode = int(operands[0])
            case "Tf":
                self._set_font(str(operands[0]), float(operands[1]))
            case "Tm":
                self._text = _numbers(operands)
            case "TJ":
                self._show(list(operands[0]))
            case "Tj":
                self._show(operands)
            case "BDC" | "BMC":
                self._open(operands)
            case "EMC":
                del self._tags[-1:]
            case "ET":
                pass
            case _:
                return False
        return True

    def _set_font(self, name: str, size: float) -> None:
        source = self.resources.get("/Font", pikepdf.Dictionary()).get(name)
        self._size = size
        if source is None or "/ToUnicode" not in source or "/DescendantFonts" not in source:
            self._font = None
            self.faults.append("text is set in a font that says not what its glyphs mean")
            return
        self._font = self.fonts.setdefault(source.objgen, Font(source))

    def _show(self, operand: list[pikepdf.Object]) -> None:
        if self._font is None:
            return
        codes, spans, advance = self._glyphs(self._font, operand)
        to_page = times(self._text, self._state.place)
        size = self._size * max(abs(to_page[3]), abs(to_page[2]))
        wide = advance * self._size / 1000
        left, baseline = self._on_page(to_page, 0, 0)
        right, end = self._on_page(to_page, wide, 0)
        across, meanings = to_page[0] * self._size / 1000, self._font.meanings
        if self._state.clipped:
            self.faults.append("text is clipped")
        if abs(end - baseline) > 1:
            self.faults.append("text is turned")
        self.items.append(
            Shown(
                "".join(meanings.get(code, "\ufffd") for code in codes),
                (min(left, right), baseline - 0.8 * size, max(left, right), baseline + 0.2 * size),
                baseline,
                size,
                self._state.fill,
                self._mode != 0,
                self._tags[-1] if self._tags else None,
                self._font.source.objgen,
                frozenset(codes),
                tuple(
                    Word(
                        tuple(codes[a:b]),
                        "".join(meanings.get(code, "\ufffd") for code in codes[a:b]),
                        min(left + x * across, left + y * across),
                        max(left + x * across, left + y * across),
                    )
                    for a, b, x, y in spans
                ),
            )
        )
        self._text = times((1.0, 0.0, 0.0, 1.0, wide, 0.0), self._text)

    @staticmethod
    def _glyphs(
        font: Font, operand: list[pikepdf.Object]
    ) -> tuple[list[int], list[tuple[int, int, float, float]], float]:
        """The codes, each word's (first, end, left, right), and the advance, in thousandths of the size."""
        codes: list[int] = []
        spans: list[tuple[int, int, float, float]] = []
        advance, begun, starts, ends = 0.0, -1, 0.0, 0.0
        widths, default, meanings = font.widths, font.default, font.meanings
        for item in operand:
            if not isinstance(item, pikepdf.String):
                advance -= float(item)
                continue
            data = bytes(item)
            for n in range(0, len(data), 2):
                code = int.from_bytes(data[n : n + 2], "big")
                space = meanings.get(code, "?").isspace()
                if space and begun >= 0:
                    spans.append((begun, len(codes), starts, ends))
                    begun = -1
                elif not space and begun < 0:
                    begun, starts = len(codes), advance
                codes.append(code)
                advance += widths.get(code, default)
                ends = advance
        if begun >= 0:
            spans.append((begun, len(codes), starts, ends))
        return codes, spans, advance

    def _on_page(self, matrix: Matrix, x: float, y: float) -> tuple[float, float]:
        a, b, c, d, e, f = matrix
        return a * x + c * y + e, self.top - (b * x + d * y + f)

    def _draw(self, name: str, operands: list[pikepdf.Object]) -> None:
        numbers = [float(value) for value in operands]
        if name == "re":
            x, y, wide, high = numbers
            numbers = [x, y, x + wide, y, x + wide, y + high, x, y + high]
        self._straight = (self._straight or not self._path) and name != "c"
        self._path += [self._on_page(self._state.place, numbers[n], numbers[n + 1]) for n in range(0, len(numbers), 2)]

    def _paint(self, kind: str) -> None:
        if self._state.clipped:
            self.faults.append("a line or an area is clipped")
        if self._path:
            xs, ys = [x for x, _ in self._path], [y for _, y in self._path]
            area = (min(xs), min(ys), max(xs), max(ys))
            corners = {(x in (area[0], area[2])) and (y in (area[1], area[3])) for x, y in self._path}
            a, b, _, _, _, _ = self._state.place
            self.items.append(
                Painted(
                    kind,
                    area,
                    self._state.fill if kind == "fill" else self._state.stroke,
                    rectangle=self._straight and corners == {True} and len(self._path) >= 4,  # noqa: PLR2004 - corners
                    width=self._state.line * max(abs(a), abs(b)),
                )
            )
        self._path, self._straight = [], True

    def _picture(self, name: str) -> None:
        corners = [self._on_page(self._state.place, x, y) for x in (0, 1) for y in (0, 1)]
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        a, b, c, d, _, _ = self._state.place
        if abs(b) > 0.001 or abs(c) > 0.001 or a <= 0 or d <= 0:  # noqa: PLR2004 - upright but for rounding
            self.faults.append("a picture is turned or mirrored")
        self.items.append(Painted("picture", (min(xs), min(ys), max(xs), max(ys)), 0.0, name=name))

    def _open(self, operands: list[pikepdf.Object]) -> None:
        properties = operands[1] if len(operands) > 1 else None
        tag = None
        if isinstance(properties, pikepdf.Dictionary):
            self.strings += [bytes(value) for _, value in properties.items() if isinstance(value, pikepdf.String)]
            tag = int(properties["/MCID"]) if "/MCID" in properties else None
        elif properties is not None:
            self.faults.append("marked content refers to a layer")
        self._tags.append(tag)

    def _dark(self, operands: list[pikepdf.Object]) -> float:
        if not operands or any(isinstance(value, pikepdf.Name) for value in operands):
            self.faults.append("a pattern is used as a colour")
            return 1.0
        parts = [float(value) for value in operands]
        if len(parts) == 1:
            return 1 - parts[0]
        if len(parts) == 3:  # noqa: PLR2004 - red, green, blue
            return 1 - (0.299 * parts[0] + 0.587 * parts[1] + 0.114 * parts[2])
        self.faults.append("a colour is not gray or RGB")
        return 1.0


def times(first: Matrix, then: Matrix) -> Matrix:
    """One change of places after another."""
    a, b, c, d, e, f = first
    g, h, i, j, k, m = then
    return a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m


def _numbers(operands: Sequence[pikepdf.Object]) -> Matrix:
    a, b, c, d, e, f = (float(value) for value in operands)
    return a, b, c, d, e, f
