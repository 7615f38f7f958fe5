"""The words the gate looks for, and how it looks in a text, in bytes and in what a scanner read.

This module folds text on its own and shares no code with the finder and the renderer, so that a fault of
theirs does not blind it.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

_WORD = re.compile(r"[^\W_]+")
_HEXADECIMAL = re.compile(rb"[0-9A-Fa-f]{12,}")
_SHORTEST = 3
_LONG_ENOUGH_UNSPACED = 8
_LONG_ENOUGH_IN_BYTES = 6
# Measured: whole names are found at 80 of 100 in OCR of 6 to 10.5 pt text at 100 to 200 dpi, none falsely.
_WHOLE = 80.0
_TWO_FAULTS_FROM = 8
_ONE_FAULT_FROM = 5


def words_of(text: str) -> list[str]:
    """Folded words: compatibility forms, no marks, no case, no format characters."""
    if text.isascii():
        return _WORD.findall(text.lower())
    visible = "".join(c for c in text if unicodedata.category(c) != "Cf")
    decomposed = unicodedata.normalize("NFKD", visible).casefold()
    return _WORD.findall("".join(c for c in decomposed if not unicodedata.combining(c)))


def line_of(text: str, word: int) -> int:
    """In which line of a text, from 1, the word with this number stands."""
    before = 0
    lines = text.splitlines()
    for number, line in enumerate(lines, start=1):
        before += len(words_of(line))
        if word < before:
            return number
    return max(1, len(lines))


# Bytes as folded Latin 1, for streams, which are long: letters without marks and case, digits, else a space.
_FOLDED_BYTES = bytes(
    ord(folded) if len(folded := "".join(words_of(chr(byte)))) == 1 and folded.isascii() else 32 for byte in range(256)
)


class Needles:
    """Withheld terms, compiled; its repr shows their number only."""

    def __init__(self, withheld: Iterable[str], allowed: Iterable[str]) -> None:
        given = tuple(withheld)
        folded = (variant for term in given for variant in _directions(tuple(words_of(term)), term))
        self._terms = tuple(dict.fromkeys(t for t in folded if len("".join(t)) >= _SHORTEST))
        self._unspaced = tuple(dict.fromkeys(j for j in map("".join, self._terms) if len(j) >= _LONG_ENOUGH_UNSPACED))
        self._firsts: dict[str, list[tuple[str, ...]]] = {}
        for term in self._terms:
            self._firsts.setdefault(term[0], []).append(term)
        allowed_words = {tuple(words_of(phrase)) for phrase in allowed} - {()}
        self._allowed: dict[str, list[tuple[str, ...]]] = {}
        for phrase in sorted(allowed_words, key=len, reverse=True):
            self._allowed.setdefault(phrase[0], []).append(phrase)
        self._names: dict[str, bool] = {}
        self._encoded = tuple({form for term in given for form in _encodings(term)})

    def __repr__(self) -> str:
        return f"Needles({len(self._terms)} terms)"

    @property
    def arabic(self) -> bool:
        """Whether a term is written in Arabic letters."""
        return any("\u0600" <= char <= "\u08ff" for term in self._terms for word in term for char in word)

    def in_text(self, text: str) -> bool:
        """Whether a withheld term stands in a text, outside the allowed phrases."""
        return self.place(words_of(text)) is not None

    def in_name(self, name: str) -> bool:
        """The same for names, which come many times."""
        known = self._names.get(name)
        if known is None:
            # An escape in a name is a byte of UTF-8: `#C3#A9`.
            known = self._names[name] = self.in_text(name)
        return known

    def in_stream(self, data: bytes) -> bool:
        """Whether a term stands in the text that a stream's bytes spell in Latin 1."""
        return self.place(data.translate(_FOLDED_BYTES).decode("ascii").split()) is not None

    def in_words(self, words: Sequence[str]) -> bool:
        """The same for folded words in reading order."""
        return self.place(words) is not None

    def place(self, words: Sequence[str]) -> int | None:
        """The number of the first word of a withheld term among folded words, or None.

        A term is excused only where the whole of it lies in one allowed phrase: an allowed "of" excuses nothing
        in a longer term that holds it.
        """
        excused = self._excused(words)
        for at, word in enumerate(words):
            for term in self._firsts.get(word, ()):
                end = at + len(term)
                if tuple(words[at:end]) == term and excused[at] < end:
                    return at
        if not self._unspaced:
            return None
        starts = list(accumulate(map(len, words), initial=0))
        line = "".join(words)
        for joined in self._unspaced:
            found = line.find(joined)
            while found >= 0:
                first = bisect_right(starts, found) - 1
                if excused[first] < bisect_left(starts, found + len(joined)):
                    return first
                found = line.find(joined, found + 1)
        return None

    def in_bytes(self, data: bytes) -> bool:
        """Whether a long enough term stands in bytes, in UTF-8, UTF-16 or Latin 1, also in hexadecimal, in any case."""
        views = [data.lower()]
        if b"\0" in data:
            views.append(views[0].replace(b"\0", b""))  # UTF-16 of Latin letters
        for digits in (run[start:] for run in _HEXADECIMAL.findall(data) for start in (0, 1)):
            plain = bytes.fromhex(digits[: len(digits) // 2 * 2].decode()).lower()
            views += [plain, plain.replace(b"\0", b"")]
        return any(form in view for view in views for form in self._encoded)

    def in_scan(self, words: Sequence[str]) -> bool:
        """Whether a term stands in words that OCR read and the text layer does not explain.

        Whole terms by partial ratio, single words within one fault (two from eight letters on).
        """
        if not words:
            return False
        line = "".join(words)
        for term in self._terms:
            joined = "".join(term)
            if len(joined) >= _LONG_ENOUGH_UNSPACED and len(line) >= len(joined) * 0.8:
                if fuzz.partial_ratio(joined, line, score_cutoff=_WHOLE) >= _WHOLE:
                    return True
            elif any(_near(word, joined) for word in words):
                return True
        return False

    def _excused(self, words: Sequence[str]) -> list[int]:
        """For each word, where the allowed phrase ends that reaches farthest over it, or 0."""
        ends = [0] * len(words)
        for at, word in enumerate(words):
            for phrase in self._allowed.get(word, ()):
                if tuple(words[at : at + len(phrase)]) == phrase:
                    for n in range(at, at + len(phrase)):
                        ends[n] = max(ends[n], at + len(phrase))
                    break
        return ends


def _directions(term: tuple[str, ...], written: str) -> Iterable[tuple[str, ...]]:
    """A term, and what readers make of it that take a line of Arabic or Hebrew from the left."""
    yield term
    if any(unicodedata.bidirectional(char) in ("R", "AL") for char in written):
        letters = tuple(word[::-1] for word in term)
        yield from (term[::-1], letters, letters[::-1])


def _near(word: str, term: str) -> bool:
    faults = 2 if len(term) >= _TWO_FAULTS_FROM else 1 if len(term) >= _ONE_FAULT_FROM else 0
    return Levenshtein.distance(word, term, score_cutoff=faults) <= faults


def _encodings(term: str) -> Iterable[bytes]:
    """The bytes of a term, ASCII letters in lower case, as `in_bytes` looks for them."""
    if len(term) < _LONG_ENOUGH_IN_BYTES:
        return
    for form in {term, term.lower(), term.upper(), term.title(), unicodedata.normalize("NFD", term)}:
        for encoding in ("utf-8", "utf-16-be", "utf-16-le", "latin-1"):
            try:
                data = form.encode(encoding).lower()
            except UnicodeEncodeError:
                continue
            # Where zero bytes are all that UTF-16 adds, the bytes without them are looked for.
            yield data.replace(b"\0", b"")
