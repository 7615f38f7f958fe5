"""A text's words and signs as the model reads them: nothing invisible, look-alike letters of other scripts as Latin ones."""

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Final

from schoolgate.engines.redact.normal import invisible

_WORD: Final = re.compile("(?:[^\\W_][\u0300-\u036f]*)+|[^\\w\\s]|_")
# Cyrillic and Greek letters that print like Latin ones, with their case (Unicode TR39).
_LOOKALIKES: Final = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u051b\u051d\u04bb"
    "\u03b1\u03bf\u03c1\u03c5\u03bd\u03b9\u03ba\u03c4\u03c7\u03b5"
    "\u0410\u0415\u041e\u0420\u0421\u0423\u0425\u0406\u0408\u0405\u041d\u041a\u041c\u0422\u0412"
    "\u0391\u039f\u03a1\u03a5\u039d\u0399\u039a\u03a4\u03a7\u0395\u0392\u0396\u0397\u039c",
    "aeopcyxijsdqwhaopuviktxeAEOPCYXIJSHKMTBAOPYNIKTXEBZHM",
)
_QUOTES: Final = str.maketrans("\u2018\u2019\u201c\u201d", "''\"\"")


@dataclass(frozen=True, slots=True)
class Word:
    """A word or a sign: code points of the original, how it reads, and whether space stands before it."""

    start: int
    end: int
    reads: str = field(repr=False)
    after_space: bool


def words(text: str) -> list[Word]:
    """The words and signs of a text. O(length)."""
    at = [n for n, char in enumerate(text) if char.isascii() or not invisible(char)]
    view = text if len(at) == len(text) else "".join(text[n] for n in at)
    found = []
    for match in _WORD.finditer(view):
        reads = match.group()
        if not reads.isascii():
            reads = unicodedata.normalize("NFKC", reads).translate(_LOOKALIKES).translate(_QUOTES)
        start = match.start()
        found.append(Word(at[start], at[match.end() - 1] + 1, reads, start == 0 or view[start - 1].isspace()))
    return found
