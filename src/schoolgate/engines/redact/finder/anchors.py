"""Which words must stand in a text for a form to be found in it, so that only a few forms are tried on each text."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Final

Lists = Mapping[str, Sequence[str]]

_CLOSES: Final = {"(": ")", "[": "]", "<": ">", "{": "}"}
_MOST_SPELLINGS: Final = 2000
# A beginning shorter than this begins too many words.
_SHORTEST_BEGINNING: Final = 3


@dataclass(frozen=True, slots=True)
class Anchor:
    """One of these words, or a word with one of these beginnings, stands wherever the form does."""

    words: frozenset[str]
    beginnings: frozenset[str]

    def stands_in(self, words: AbstractSet[str], beginnings: AbstractSet[str]) -> bool:
        """Whether it stands among the words of a text, or the beginnings of its words."""
        return not (self.words.isdisjoint(words) and self.beginnings.isdisjoint(beginnings))

    @property
    def cost(self) -> float:
        """Roughly how often it is met: short words are common ones."""
        return float(
            sum(len(word) ** -4.0 for word in self.words) + sum(3 * len(one) ** -4.0 for one in self.beginnings)
        )


def anchors(written: str, lists: Lists) -> tuple[Anchor, ...]:
    """The anchors of a form, the rarest first; none if no word must be there. O(its length and its lists')."""
    found = [one for part in _parts(written.removeprefix("^")) if (one := _anchor_of(part, lists))]
    return tuple(sorted(found, key=lambda one: one.cost))


def _parts(written: str) -> list[str]:
    """What stands between the spaces outside brackets; what is only marked stands for itself."""
    parts, depth, begun = [], 0, 0
    written = _without_marking(written)
    for at, char in enumerate(written):
        depth += char in "([{"
        depth -= char in ")]}"
        if char == " " and not depth:
            parts.append(written[begun:at])
            begun = at + 1
    return [part for part in (*parts, written[begun:]) if part and part[0] not in "[~"]


def _without_marking(written: str) -> str:
    """`<a|b>` as `(a|b)`, and `<a>` as `a`: what is marked may hold spaces of its own."""
    begun, end = written.find("<"), written.find(">")
    if begun < 0 or end < 0:
        return written
    inside = written[begun + 1 : end]
    depth, choice = 0, False
    for char in inside:
        depth += char in "([{"
        depth -= char in ")]}"
        choice = choice or (char == "|" and not depth)
    return (
        f"{written[:begun]}({inside}){written[end + 1 :]}" if choice else written[:begun] + inside + written[end + 1 :]
    )


def _anchor_of(part: str, lists: Lists) -> Anchor | None:
    if part[0] in "({" and _end(part, 0) == len(part) - 1:
        return _any_word(tuple(lists.get(part[1:-1], ()))) if part[0] == "{" else _one_of(_choices(part[1:-1]), lists)
    spelled = _spelled(part, lists)
    if spelled is None:
        return None
    words, beginnings = set[str](), set[str]()
    for one in spelled:
        best = _longest(one)
        if best is None:
            return None
        (beginnings if best.endswith("*") else words).add(best.removesuffix("*"))
    return Anchor(frozenset(words), frozenset(beginnings))


@lru_cache(maxsize=512)
def _any_word(words: tuple[str, ...]) -> Anchor | None:
    return _one_of(words, {})


@lru_cache(maxsize=512)
def _spelled_words(words: tuple[str, ...]) -> tuple[str, ...] | None:
    found = [one for word in words for one in (_spelled(word, {}) or ["\0"])]
    return None if "\0" in found else tuple(found)


def _one_of(options: Sequence[str], lists: Lists) -> Anchor | None:
    """One of several wordings: the rarest anchor of each, taken together."""
    words, beginnings = set[str](), set[str]()
    for option in options:
        plain = option.split(" ")
        # Nearly all words of the lists are written so, and there are tens of thousands.
        if all(map(str.isalnum, plain)):
            words.add(max(plain, key=len))
            continue
        rarest = next(iter(anchors(option, lists)), None)
        if rarest is None:
            return None
        words |= rarest.words
        beginnings |= rarest.beginnings
    return Anchor(frozenset(words), frozenset(beginnings)) if options else None


def _spelled(part: str, lists: Lists) -> list[str] | None:
    """Every spelling of a part, choices and lists taken apart; None if there are too many."""
    atoms: list[Sequence[str]] = []
    at = 0
    while at < len(part):
        char = part[at]
        if char in "([{":
            end = _end(part, at)
            inside = part[at + 1 : end]
            deep: Sequence[str] | None
            if char == "{":
                deep = _spelled_words(tuple(lists.get(inside, ())))
            else:
                options = [*_choices(inside), *([""] if char == "[" else [])]
                deep = [one for option in options for one in (_spelled(option, lists) or ["\0"])]
            if deep is None or "\0" in deep:
                return None
            atoms.append(deep)
            at = end + 1
        else:
            end = at
            while end < len(part) and part[end] not in "([{":
                end += 1
            pieces = part[at:end].split("-")
            atoms += [one for n, piece in enumerate(pieces) for one in (([["", " "]] if n else []) + [[piece]])]
            at = end
    size = 1
    for one in atoms:
        size *= len(one)
    if size > _MOST_SPELLINGS:
        return None
    return ["".join(one) for one in product(*atoms)]


def _end(part: str, at: int) -> int:
    depth = 0
    for n in range(at, len(part)):
        depth += part[n] in "([{"
        depth -= part[n] in ")]}"
        if not depth:
            return n
    return len(part) - 1


def _choices(inside: str) -> list[str]:
    options, depth, begun = [], 0, 0
    for at, char in enumerate(inside):
        depth += char in "([{"
        depth -= char in ")]}"
        if char == "|" and not depth:
            options.append(inside[begun:at])
            begun = at + 1
    return [*options, inside[begun:]]


def _longest(spelling: str) -> str | None:
    """The longest word of a spelling; with a star where what follows is open."""
    best = ""
    for piece in spelling.split():
        if piece[0] == "~":
            continue
        runs, run = list[str](), ""
        for char in piece + " ":
            if char.isalnum():
                run += char
            else:
                if run:
                    # What a star follows may go on in the same word.
                    runs.append(run + ("*" if char == "*" else ""))
                run = ""
        # After a star a word may have begun before it.
        usable = [one for n, one in enumerate(runs) if not (n and runs[n - 1].endswith("*"))]
        if piece[0] in "*#":
            usable = [one for one in usable if not piece[1:].startswith(one.removesuffix("*"))]
        for one in usable:
            length = len(one) - 2 * one.endswith("*")
            if length > len(best) - 2 * best.endswith("*") and not (
                one.endswith("*") and len(one) - 1 < _SHORTEST_BEGINNING
            ):
                best = one
    return best or None
