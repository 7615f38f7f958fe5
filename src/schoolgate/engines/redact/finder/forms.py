"""The small language in which the lexicons write what people say, and its regular expressions.

A form is written as it is said, folded (lower case, no accents):

    sin papeles                 words, with any spaces or line ends between them
    (no|without) papers         one of several
    pa gen [okenn] papye        a word that may be there
    indocumentad*               any ending
    waiting ~3 hearing          up to three other words between, within a sentence
    speaks <{language}>         any word of a list; only what is in < > is marked
    18-th                       the hyphen may be a space, a hyphen or nothing
    # years                     a number
    ^ice                        the original begins with a capital letter
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from schoolgate.engines.redact.errors import RedactError

MARK: Final = "mark"
_SPACES: Final = " +"
# One other word of the same sentence, and the spaces before it.
_OTHER_WORD: Final = r"(?: +[^\s.!?;]+)"
# A word of a list with one of these is a form of several parts.
_WITH_PARTS: Final = frozenset("([{<~^")
_CLOSES: Final = {"(": ")", "[": "]", "<": ">"}

Lists = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Form:
    """A form of a lexicon as a regular expression over folded text.

    Attributes:
        written: As it stands in the lexicon.
        expression: Without word boundaries; group 1, if any, is what is marked.
        capital: Whether the original must begin with a capital letter.
        marked: Whether only a part is marked.
    """

    written: str
    expression: str
    capital: bool
    marked: bool

    def compiled(self) -> re.Pattern[str]:
        """For `re`, on whole words."""
        return re.compile(rf"(?<![^\W_]){self.expression}(?![^\W_])")


@dataclass(slots=True)
class _Part:
    """What stands between two spaces: an expression, and how often it is there."""

    expression: str = ""
    optional: bool = False
    gap: int = 0


class _Reader:
    """Reads one form, from left to right."""

    def __init__(self, written: str, lists: Lists) -> None:
        self.written, self.lists, self.marked = written, lists, False
        self._at = 0

    def wrong(self, why: str) -> RedactError:
        """What is wrong, and where."""
        return RedactError(f"form {self.written!r}, character {self._at + 1}: {why}")

    def sequence(self, until: str) -> str:
        """Parts up to a closing character, joined by spaces."""
        parts, part, empty = list[_Part](), _Part(), True
        while self._at < len(self.written) and self.written[self._at] not in until:
            if self.written[self._at] == " ":
                if not empty:
                    parts.append(part)
                part, empty = _Part(), True
                self._at += 1
                continue
            if part.optional or part.gap:
                raise self.wrong("a space must stand after what may be missing")
            self._atom(part)
            empty = False
        if not empty:
            parts.append(part)
        if not any(not one.optional and not one.gap for one in parts):
            raise self.wrong("nothing that must be there")
        if parts[0].gap or parts[-1].gap:
            raise self.wrong("other words may stand between words only")
        return "".join(_joined(parts))

    def _atom(self, part: _Part) -> None:
        match self.written[self._at]:
            case "(":
                part.expression += f"(?:{'|'.join(self._alternatives('('))})"
            case "[":
                if part.expression:
                    raise self.wrong("a space must stand before what may be missing")
                part.expression, part.optional = f"(?:{'|'.join(self._alternatives('['))})", True
            case "<":
                if self.marked:
                    raise self.wrong("only one part can be marked")
                self.marked = True
                part.expression += f"({'|'.join(self._alternatives('<'))})"
            case "{":
                part.expression += self._list()
            case "~":
                part.gap = self._number()
            case ")" | "]" | ">" | "}" | "|" as closing:
                raise self.wrong(f"{closing!r} closes nothing")
            case char:
                part.expression += _character(char)
                self._at += 1

    def _alternatives(self, opening: str) -> Iterator[str]:
        begun, closing = self._at, _CLOSES[opening]
        while self._at < len(self.written) and (self._at == begun or self.written[self._at] == "|"):
            self._at += 1
            yield self.sequence(closing + "|")
        if self._at == len(self.written):
            self._at = begun
            raise self.wrong(f"{opening!r} is not closed")
        self._at += 1

    def _list(self) -> str:
        end = self.written.find("}", self._at)
        name = self.written[self._at + 1 : end] if end > 0 else ""
        if name not in self.lists:
            raise self.wrong(f"there is no list {name!r}" if name else "'{' is not closed")
        self._at = end + 1
        return _any_of(tuple(self.lists[name]))

    def _number(self) -> int:
        found = re.compile(r"~([1-9])(?= |$)").match(self.written, self._at)
        if not found:
            raise self.wrong("after ~ stands a number of words from 1 to 9, then a space")
        self._at = found.end()
        return int(found[1])


def _joined(parts: Sequence[_Part]) -> Iterator[str]:
    """Parts with the spaces between them; what may be missing takes its space along."""
    begun = False
    for part in parts:
        if part.gap:
            yield f"{_OTHER_WORD}{{0,{part.gap}}}"
        elif not begun:
            yield f"(?:{part.expression}{_SPACES})?" if part.optional else part.expression
            begun = not part.optional
        else:
            yield f"(?:{_SPACES}{part.expression})?" if part.optional else f"{_SPACES}{part.expression}"


@lru_cache(maxsize=256)
def _any_of(words: tuple[str, ...]) -> str:
    """Any word of a list, the longest first; a word of a list is a form without lists.

    What words begin with alike is written once: a list of hundreds is left after a letter or two.
    """
    tree, others = dict[str, Any](), list[str]()
    for word in words:
        if set(word) & _WITH_PARTS:
            others.append(form(word, {}).expression)
            continue
        node = tree
        for char in word:
            node = node.setdefault(_SPACES if char == " " else _character(char), {})
        node[""] = {}
    return f"(?:{'|'.join([*sorted(others, key=len, reverse=True), *([_branches(tree)] if tree else [])])})"


def _branches(tree: Mapping[str, Any]) -> str:
    options = [begun + _branches(rest) for begun, rest in sorted(tree.items()) if begun]
    if not options:
        return ""
    together = options[0] if len(options) == 1 and "" not in tree else f"(?:{'|'.join(options)})"
    return f"{together}?" if "" in tree else together


def _character(char: str) -> str:
    return {"*": r"[^\W_]*", "#": r"[0-9]+", "-": "[ -]?"}.get(char) or re.escape(char)


def form(written: str, lists: Lists) -> Form:
    """Read a form. O(its length and that of the lists it names).

    Raises:
        RedactError: With the form, the character and what is wrong there.
    """
    capital = written.startswith("^")
    reader = _Reader(written.removeprefix("^"), lists)
    expression = reader.sequence("")
    return Form(written, expression, capital, reader.marked)
