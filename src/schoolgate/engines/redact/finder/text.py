"""A text prepared once for all finders: folded, with its words and its sentences."""

import re
from dataclasses import dataclass, field
from functools import cached_property

from schoolgate.engines.redact.normal import Folded, fold, rewrite

_WORD = re.compile(r"[^\W_]+")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<!-)\n+")
_WRAPPED_OR_END = re.compile(r"(?<=[.!?])\s+|(?<!-)\n+(?![a-z])")
_SPACED_OUT = re.compile(r"(?<!\S)[^\s@](?: [^\s](?=[\s,;:!?)]|$)){3,}")
_LETTERS = str.maketrans("013457$@", "oieastsa")


@dataclass(frozen=True)
class Text:
    """The original and what the finders look at. Offsets of words are those of the folded text."""

    original: str = field(repr=False)

    @cached_property
    def folded(self) -> Folded:
        """The folded text."""
        return fold(self.original)

    @cached_property
    def words(self) -> list[tuple[int, int, str]]:
        """Folded words as (start, end, word)."""
        return [(m.start(), m.end(), m.group()) for m in _WORD.finditer(self.folded.text)]

    @cached_property
    def chatty(self) -> bool:
        """Whether nobody minded capitals here, so that a lower-case name is still a name."""
        starts = re.findall(r"(?:^|[.!?\n]\s*)([^\W\d_])", self.original)
        return bool(starts) and sum(c.islower() for c in starts) * 2 > len(starts)

    def joined(self) -> Folded:
        """The folded text with letters that were s p a c e d out joined, and digits in them read as letters."""

        def join(match: re.Match[str]) -> str:
            letters = match.group().replace(" ", "")
            leet = not letters.isdigit() and sum(c.isalpha() for c in letters) * 2 >= len(letters)
            return letters.translate(_LETTERS) if leet and "@" not in letters else letters

        return rewrite(self.folded, _SPACED_OUT, join)

    def capital(self, start: int) -> bool:
        """Whether the original of this folded character is a capital."""
        return self.original[self.folded.starts[start]].isupper()

    @cached_property
    def sentences(self) -> list[tuple[int, int]]:
        """Sentences as original ranges."""
        ranges, start = [], 0
        ends = _SENTENCE_END if self.chatty else _WRAPPED_OR_END
        for m in ends.finditer(self.original):
            ranges.append((start, m.start()))
            start = m.end()
        return [*ranges, (start, len(self.original))]

    def sentence_of(self, at: int) -> tuple[int, int]:
        """The original range of the sentence at an original place."""
        return next((s for s in self.sentences if s[0] <= at <= s[1]), (0, len(self.original)))
