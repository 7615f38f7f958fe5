"""The words the gate looks for, and how it looks in a text, in bytes and in what a scanner read.

This module folds text on its own and shares no code with the finder and the renderer, so that a fault of
theirs does not blind it.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

_WORD = re.compile(r"[^\W_]+")
_SHORTEST = 3
_LONG_ENOUGH_UNSPACED = 8
_LONG_ENOUGH_IN_BYTES = 6
# Measured: whole names are found at 80 of 100 in OCR of 6 to 10.5 pt text at 100 to 200 dpi, none falsely.
_WHOLE = 80.0
_TWO_FAULTS_FROM = 8
_ONE_FAULT_FROM = 5


def words_of(text: str) -> list[str]:
    """Folded words: compatibility forms, no marks, no case, no format characters."""
    visible = "".join(c for c in text if unicodedata.category(c) != "Cf")
    decomposed = unicodedata.normalize("NFKD", visible).casefold()
    return _WORD.findall("".join(c for c in decomposed if not unicodedata.combining(c)))


class Needles:
    """Withheld terms, compiled; its repr shows their number only."""

    def __init__(self, withheld: Iterable[str], allowed: Iterable[str]) -> None:
        given = tuple(withheld)
        folded = (tuple(words_of(term)) for term in given)
        self._terms = tuple(dict.fromkeys(t for t in folded if len("".join(t)) >= _SHORTEST))
        self._firsts: dict[str, list[tuple[str, ...]]] = {}
        for term in self._terms:
            self._firsts.setdefault(term[0], []).append(term)
        allowed_words = {tuple(words_of(phrase)) for phrase in allowed} - {()}
        # Longest first: "Hyde Park Avenue" before "Hyde Park".
        self._allowed: dict[str, list[tuple[str, ...]]] = {}
        for phrase in sorted(allowed_words, key=len, reverse=True):
            self._allowed.setdefault(phrase[0], []).append(phrase)
        self._encoded = tuple({form for term in given for form in _encodings(term)})

    def __repr__(self) -> str:
        return f"Needles({len(self._terms)} terms)"

    def in_text(self, text: str) -> bool:
        """Whether a withheld term stands in a text, outside the allowed phrases."""
        return self.in_words(words_of(text))

    def in_words(self, words: Sequence[str]) -> bool:
        """The same for folded words in reading order."""
        left = self._without_allowed(words)
        for at, word in enumerate(left):
            for term in self._firsts.get(word, ()):
                if tuple(left[at : at + len(term)]) == term:
                    return True
        unspaced = "".join(left)
        return any(len(joined) >= _LONG_ENOUGH_UNSPACED and joined in unspaced for joined in map("".join, self._terms))

    def in_bytes(self, data: bytes) -> bool:
        """Whether a long enough term stands in bytes, in UTF-8, UTF-16 or Latin 1, in usual letter cases."""
        return any(form in data for form in self._encoded)

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

    def _without_allowed(self, words: Sequence[str]) -> list[str]:
        left = list(words)
        at = 0
        while at < len(words):
            for phrase in self._allowed.get(words[at], ()):
                if tuple(words[at : at + len(phrase)]) == phrase:
                    left[at : at + len(phrase)] = ["\0"] * len(phrase)
                    at += len(phrase) - 1
                    break
            at += 1
        return left


def _near(word: str, term: str) -> bool:
    faults = 2 if len(term) >= _TWO_FAULTS_FROM else 1 if len(term) >= _ONE_FAULT_FROM else 0
    return Levenshtein.distance(word, term, score_cutoff=faults) <= faults


def _encodings(term: str) -> Iterable[bytes]:
    for form in {term, term.lower(), term.upper(), term.title(), unicodedata.normalize("NFD", term)}:
        for encoding in ("utf-8", "utf-16-be", "utf-16-le", "latin-1", "ascii"):
            try:
                data = form.encode(encoding)
            except UnicodeEncodeError:
                continue
            if len(form) >= _LONG_ENOUGH_IN_BYTES:
                yield data
                yield data.hex().encode()
                yield data.hex().upper().encode()
