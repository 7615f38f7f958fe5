"""What a person sees of a text or of HTML: no hidden element, no comment, no control character."""

import re
import unicodedata
from html.parser import HTMLParser

_BLOCKS = frozenset(
    re.findall(
        r"\w+",
        "address article aside blockquote br caption dd div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 "
        "h5 h6 header hr legend li main nav ol p pre section table tbody tfoot thead tr ul",
    )
)
_EMPTY = frozenset(re.findall(r"\w+", "area base br col embed hr img input link meta source track wbr"))
_UNSEEN = frozenset(re.findall(r"\w+", "head script style title template noscript object iframe svg math datalist"))
_MOST_DEEP = 200
# Each alone makes text unreadable to a person. Sizes up to 1 px count as none.
_HIDES = re.compile(
    r"display:none|visibility:(?:hidden|collapse)|opacity:0?\.?0*(?:[;!]|$)|mso-hide:all"
    r"|font-size:(?:0?\.[01]\d*|0|1px)(?:px|pt|em|rem|%)?(?:[;!]|$)"
    r"|(?<![-\w])(?:max-)?(?:height|width):(?:0|1px)(?:px|pt|em|%)?(?:[;!]|$)"
    r"|text-indent:-\d{3,}|(?:left|top|margin-left):-\d{3,}|clip:rect\(0|clip-path:inset\((?:50|100)%"
    r"|(?<![-\w])color:(?:transparent|rgba\(\d+,\d+,\d+,0(?:\.0*)?\))"
)
_COLOUR = re.compile(r"(?<![-\w])color:([^;!]+)")
_GROUND = re.compile(r"background(?:-color)?:([^;!]+)")
Colour = tuple[int, int, int]
_NAMES = {"white": (255, 255, 255), "black": (0, 0, 0), "ivory": (255, 255, 240), "snow": (255, 250, 250)}
_AT_RULE = re.compile(r"@[^{};]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_NEAR = 24
_SHORT_HEX, _LONG_HEX = 4, 7
_WHITE = (255, 255, 255)
_SPACES = re.compile(r"[^\S\n]+")
_LINES = re.compile(r"\n{3,}")


def decoded(data: bytes) -> str:
    """Bytes as text: by their mark, else UTF-8, else Windows-1252 (which has a character for nearly every byte)."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def tidy(text: str) -> str:
    """Text without what is drawn as nothing or turns the order of letters around; lines and tabs are kept."""
    kept = []
    for char in text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n").replace("\x85", "\n"):
        kind = unicodedata.category(char)
        if char in "\n\t":
            kept.append(char)
        elif kind.startswith("Z"):
            kept.append("\n" if kind in ("Zl", "Zp") else " ")
        elif kind not in ("Cc", "Cf", "Cs", "Co", "Cn"):
            kept.append(char)
    return _LINES.sub("\n\n", "".join(kept)).strip()


def visible(html: str) -> tuple[str, bool]:
    """The text of HTML that a person sees, and whether there is text that they do not."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = (_SPACES.sub(" ", line).strip() for line in "".join(reader.seen).split("\n"))
    return _LINES.sub("\n\n", "\n".join(lines)).strip(), bool("".join(reader.hidden).strip())


class _Reader(HTMLParser):
    """Follows open elements, and which of them hide what is in them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[str] = []
        self.hidden: list[str] = []
        # Each open element: its name, whether it hides, whether it is no text at all, and the ground under it.
        self._open: list[tuple[str, bool, bool, Colour | None]] = [("", False, False, _WHITE)]
        self._hiding: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        _, hidden, unseen, ground = self._open[-1]
        told = {name: value or "" for name, value in attrs}
        if tag in _BLOCKS:
            self.seen.append("\n")
        elif tag in ("td", "th"):
            self.seen.append("  ")
        if tag == "img" and told.get("alt", "").strip():
            self.hidden.append(told["alt"])
        if tag in _EMPTY:
            return
        style = re.sub(r"\s+", "", told.get("style", "").casefold())
        behind = _GROUND.search(style)
        here = _colour(behind, told.get("bgcolor")) or ground
        if "background" in told or (behind and "(" in behind[1] and not behind[1].startswith("rgb")):
            here = None  # a picture lies under the text: no colour of it says that it is hidden
        ink = _colour(_COLOUR.search(style), told.get("color"))
        hidden = hidden or "hidden" in told or bool(_HIDES.search(style)) or self._ruled(tag, told)
        if ink is not None and here is not None:
            hidden = hidden or all(abs(a - b) <= _NEAR for a, b in zip(ink, here, strict=True))
        if len(self._open) < _MOST_DEEP:
            self._open.append((tag, hidden, unseen or tag in _UNSEEN, here))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.seen.append("\n")
        # A stray end tag closes nothing; a missing one is made up for by its parent's.
        if any(name == tag for name, *_ in self._open):
            while self._open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        tag, hidden, unseen, _ = self._open[-1]
        if tag == "style":
            self._learn(data)
        elif not unseen:
            (self.hidden if hidden else self.seen).append(data if tag == "pre" else data.replace("\n", " "))

    def _learn(self, style: str) -> None:
        """Which tags, classes and ids a style sheet hides: the last simple part of each selector."""
        # Rules for narrow screens or for paper are not those of the window in which the message was read.
        plain = _AT_RULE.sub("", _COMMENT.sub("", style.casefold()))
        for selectors, rules in _RULE.findall(plain):
            if _HIDES.search(re.sub(r"\s+", "", rules)):
                for selector in selectors.split(","):
                    parts = re.findall(r"[.#]?[\w-]+", selector.split()[-1] if selector.split() else "")
                    self._hiding.update(parts[-1:])

    def _ruled(self, tag: str, told: dict[str, str]) -> bool:
        names = {tag, f"#{told.get('id', '').casefold()}", *(f".{c}" for c in told.get("class", "").casefold().split())}
        return bool(names & self._hiding)


def _colour(found: re.Match[str] | None, attribute: str | None) -> Colour | None:
    """Red, green and blue of a CSS colour that is written out, or None."""
    text = (found[1] if found else attribute or "").strip().casefold()
    if text in _NAMES:
        return _NAMES[text]
    if re.match(r"#[0-9a-f]{3}(?![0-9a-f])", text):
        text = "#" + "".join(2 * digit for digit in text[1:_SHORT_HEX])
    if re.match(r"#[0-9a-f]{6}", text):
        return int(text[1:3], 16), int(text[3:5], 16), int(text[5:_LONG_HEX], 16)
    numbers = re.match(r"rgba?\((\d+),(\d+),(\d+)[^)]*\)", text)
    return (int(numbers[1]), int(numbers[2]), int(numbers[3])) if numbers else None
