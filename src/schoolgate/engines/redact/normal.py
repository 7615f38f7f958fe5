"""Folded copies of a text that remember where each character came from.

The finder looks in folded text (no accents, no case, no zero-width characters, look-alike letters made
Latin, words joined again across line ends) and answers in code points of the original. Every folded
character carries the half-open range of original code points it stands for, widened to whole graphemes:
`ß` gives two characters with one range, `e` + U+0301 one character with a range of two.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

# Letters of other scripts that print like Latin ones (Unicode TR39 confusables, the lower-case letters of
# Cyrillic, Greek and Armenian that a typist can reach). Applied after case folding.
_LOOKALIKES = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u051b\u051d\u04bb\u0432\u043d\u043a\u043c\u0442\u0433"
    "\u03b1\u03bf\u03c1\u03c5\u03bd\u03b9\u03ba\u03c4\u03c7\u03b3\u03b5\u03b7\u03c9\u0578\u057d\u0585\u0131\u0142\u00f8\u0111\u0261",
    "aeopcyxijsdqwhbhkmtraopuviktxyenwnuoilodg",
)
_PUNCTUATION = str.maketrans(
    "\u2018\u2019\u201b\u02bc\u2032`\u00b4\u201c\u201d\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d",
    "'''''''\"\"--------",
)
_JOINED_AT_LINE_END = re.compile(r"-[ \t]*\r?\n[ \t]*(?=\w)")


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text with the original range of each of its characters."""

    text: str = field(repr=False)
    starts: Sequence[int] = field(repr=False)
    ends: Sequence[int] = field(repr=False)

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The range of original code points under folded characters start (in) to end (out)."""
        return self.starts[start], max(self.ends[start:end])


def invisible(char: str) -> bool:
    """Whether a character is drawn as nothing: format controls, variation selectors, joiners."""
    return unicodedata.category(char) == "Cf" or char == "\u034f" or "\ufe00" <= char <= "\ufe0f"


def plain(text: str) -> str:
    """The folded text alone, spaces collapsed: for comparing names and terms."""
    return " ".join(fold(text).text.split())


def fold(text: str) -> Folded:
    """Folds a text. O(length); some ten million characters a second where each folds to one, as most texts do."""
    if not _JOINED_AT_LINE_END.search(text) and all(len(_fold_char(char)) == 1 for char in set(text)):
        return Folded(text.translate(_FOLDS), range(len(text)), range(1, len(text) + 1))
    skipped = {i for m in _JOINED_AT_LINE_END.finditer(text) for i in range(*m.span())}
    chars: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for at, char in enumerate(text):
        folds = _fold_char(char)
        if at in skipped or not folds:
            if ends and not (at in skipped and ends[-1] != at):
                ends[-1] = at + 1
            continue
        for folded in folds:
            chars.append(folded)
            starts.append(at)
            ends.append(at + 1)
    return Folded("".join(chars), tuple(starts), tuple(ends))


@lru_cache(maxsize=4096)
def _fold_char(char: str) -> str:
    """What a character folds to: nothing, if it is drawn as nothing or over another."""
    if char.isspace():
        return " "
    if invisible(char) or unicodedata.combining(char):
        return ""
    decomposed = unicodedata.normalize("NFKD", char).casefold()
    decomposed = unicodedata.normalize("NFKD", decomposed)
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return bare.translate(_LOOKALIKES).translate(_PUNCTUATION)


class _Folds(dict[int, str]):
    """What `str.translate` asks for each character that it meets first."""

    def __missing__(self, code: int) -> str:
        self[code] = _fold_char(chr(code))
        return self[code]


_FOLDS = _Folds()


def rewrite(folded: Folded, pattern: re.Pattern[str], replace: Callable[[re.Match[str]], Iterable[str]]) -> Folded:
    """A folded text in which matches are rewritten; each rewritten character stands for its whole match."""
    chars: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    last = 0
    for match in pattern.finditer(folded.text):
        chars += folded.text[last : match.start()]
        starts += folded.starts[last : match.start()]
        ends += folded.ends[last : match.start()]
        start, end = folded.original(*match.span())
        for char in replace(match):
            chars.append(char)
            starts.append(start)
            ends.append(end)
        last = match.end()
    chars += folded.text[last:]
    starts += folded.starts[last:]
    ends += folded.ends[last:]
    return Folded("".join(chars), tuple(starts), tuple(ends))


# What scanners and evaders make of letters. One canonical letter for each set that OCR confuses.
_SHAPES = str.maketrans({"0": "o", "1": "i", "l": "i", "|": "i", "!": "i", "3": "e", "4": "a", "5": "s", "8": "b",
                         "$": "s", "@": "a", "7": "t", "6": "g", "9": "g", "q": "g", "c": "e", "v": "u"})  # fmt: skip


def skeleton(word: str) -> str:
    """What a folded word looks like through a bad scanner: words that print alike get one skeleton."""
    shape = word
    for seen, meant in (("rn", "m"), ("vv", "w"), ("cl", "d")):
        shape = shape.replace(seen, meant)
    return shape.translate(_SHAPES)


_DIGITS_OF_SHAPE = str.maketrans({"o": "0", "l": "1", "i": "1", "|": "1", "s": "5", "b": "8", "z": "2"})


def as_digits(text: str) -> str:
    """Folded text read as digits: `84l0o95` gives `8410095`. Same length, so offsets stay."""
    return text.translate(_DIGITS_OF_SHAPE)
