"""The lexicons: what people say that tells a protected attribute, each form with the reason why, and where a text says it.

The files in `data/lexicons` are read once a process; a district adds files of its own in the same format. A form is tried
only on a text that has its anchor, the rarest words without which it cannot stand there, and compiled when that happens
first. What a form says is evidence: the tagger weighs it with everything around it.
"""

import re
import tomllib
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from schoolgate.engines.redact.categories import ATTRIBUTES
from schoolgate.engines.redact.errors import RedactError
from schoolgate.engines.redact.finder.anchors import Anchor, anchors
from schoolgate.engines.redact.finder.forms import Form, form
from schoolgate.engines.redact.normal import Folded

LANGUAGES: Final = ("en", "es", "pt", "ht", "any")
DIRECTNESS: Final = frozenset(("direct", "oblique", "proxy"))
_WORD: Final = re.compile(r"[^\W_]+")
# Code points to each side in which a topic makes a word harmless, or a person makes it matter: some fifteen words.
_AROUND: Final = 90
_SHORTEST_BEGINNING: Final = 3
# No form reaches farther from its anchor: a dozen words and the longest names of places.
_REACH: Final = 240

Lists = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Entry:
    """One reason for a mark, and the conditions under which it counts."""

    category: str
    reason: str
    directness: str
    needs: str | None
    unless: tuple[str, ...]
    always: bool = False


@dataclass(frozen=True)
class Written:
    """A form of an entry, compiled when it is first met; `more` are anchors besides the rarest."""

    entry: Entry
    written: str
    lists: Lists = field(repr=False)
    more: tuple[Anchor, ...] = ()

    @cached_property
    def form(self) -> Form:
        """The form, read."""
        return form(self.written, self.lists)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The form on whole words."""
        return self.form.compiled()


@dataclass(frozen=True, slots=True)
class Hit:
    """Words that say what an entry is about: code points of the original.

    `counts` is whether its conditions hold: the words it needs are near, and no topic that makes it harmless.
    """

    start: int
    end: int
    entry: Entry
    counts: bool


class Places:
    """Where the words of a folded text and their beginnings stand."""

    def __init__(self, folded: str) -> None:
        self.words: dict[str, list[int]] = {}
        for match in _WORD.finditer(folded):
            self.words.setdefault(match.group(), []).append(match.start())
        self.beginnings: dict[str, list[int]] = {}
        for word, places in self.words.items():
            for length in range(_SHORTEST_BEGINNING, len(word) + 1):
                self.beginnings.setdefault(word[:length], []).extend(places)
        self._of: dict[int, list[int]] = {}

    def near(self, places: list[int], others: Sequence[Anchor]) -> list[int]:
        """Those places in whose reach each of the others stands too."""
        for other in others:
            theirs = self._of.get(id(other))
            if theirs is None:
                theirs = self._of[id(other)] = sorted(
                    place
                    for keys, index in ((other.words, self.words), (other.beginnings, self.beginnings))
                    for key in index.keys() & keys
                    for place in index[key]
                )
            places = [one for one in places if bisect_left(theirs, one - _REACH) < bisect_right(theirs, one + _REACH)]
        return places


class Lexicons:
    """All forms by their anchors."""

    def __init__(self, read: Sequence[tuple[str, Mapping[str, Any]]], shared: Lists) -> None:
        self._always: list[Written] = []
        self._by_word: dict[str, list[Written]] = {}
        self._by_beginning: dict[str, list[Written]] = {}
        self._near: dict[tuple[str, str], re.Pattern[str]] = {}
        for name, data in read:
            lists = {**shared, **data.get("lists", {})}
            for number, raw in enumerate(data.get("entry", ()), start=1):
                self._add(name, number, raw, lists)

    def _add(self, name: str, number: int, raw: Mapping[str, Any], lists: Lists) -> None:
        category = raw.get("category", name)
        forms = [one for language in LANGUAGES for one in raw.get(language, ())]
        problem = (
            f"there is no category {category!r}" if category not in ATTRIBUTES
            else "it has no reason" if not raw.get("reason")
            else "its directness is none of direct, oblique, proxy" if raw.get("directness") not in DIRECTNESS
            else "it has no forms" if not forms
            else ""
        )  # fmt: skip
        if problem:
            raise RedactError(f"lexicon {name}, entry {number}: {problem}")
        entry = Entry(
            category, raw["reason"], raw["directness"], raw.get("needs"), tuple(raw.get("unless", ())),
            raw.get("always", False),
        )  # fmt: skip
        for wanted in (*entry.unless, *([entry.needs] if entry.needs else ())):
            if wanted not in lists:
                raise RedactError(f"lexicon {name}, entry {number}: there is no list {wanted!r}")
        for one in forms:
            rarest, *more = anchors(one, lists) or (None,)
            written = Written(entry, one, lists, tuple(more))
            if rarest is None:
                self._always.append(written)
                continue
            for word in rarest.words:
                self._by_word.setdefault(word, []).append(written)
            for beginning in rarest.beginnings:
                self._by_beginning.setdefault(beginning, []).append(written)

    def all(self) -> Iterator["Written"]:
        """Every form, each once."""
        indexed = (one for index in (self._by_word, self._by_beginning) for forms in index.values() for one in forms)
        return iter({id(one): one for one in (*self._always, *indexed)}.values())

    def possible(self, folded: str) -> list[tuple[Written, list[tuple[int, int]]]]:
        """The forms whose anchors stand near each other in a folded text, and the parts of it where they can be.

        O(words and the forms with these rarest anchors).
        """
        words = Places(folded)
        # As sets: to compare with the keys of a dictionary, all of them are gone through.
        all_words, all_beginnings = frozenset(words.words), frozenset(words.beginnings)
        found: dict[int, tuple[Written, list[int]]] = {}
        for index, keys in ((self._by_word, words.words), (self._by_beginning, words.beginnings)):
            for key in keys.keys() & index.keys():
                for one in index[key]:
                    if id(one) in found:
                        found[id(one)][1].extend(keys[key])
                    elif all(more.stands_in(all_words, all_beginnings) for more in one.more):
                        found[id(one)] = (one, list(keys[key]))
        everywhere = [(one, [(0, len(folded))]) for one in self._always]
        near = ((one, words.near(places, one.more)) for one, places in found.values())
        return [*everywhere, *((one, _parts(folded, places)) for one, places in near if places)]

    def hits(self, original: str, folded: Folded) -> Iterator[Hit]:
        """Where the forms stand in a text. O(length x forms that are possible)."""
        for one, parts in self.possible(folded.text):
            for low, high in parts:
                for match in one.pattern.finditer(folded.text, low, high):
                    start, end = match.span(1 if one.form.marked and match.group(1) is not None else 0)
                    if start == end:
                        continue
                    begun, ended = folded.original(start, end)
                    if one.form.capital and not original[begun].isupper():
                        continue
                    yield Hit(begun, ended, one.entry, self._counts(one, folded.text, match))

    def _counts(self, one: Written, text: str, match: re.Match[str]) -> bool:
        entry = one.entry
        if not entry.unless and not entry.needs:
            return True
        before, after = text[max(0, match.start() - _AROUND) : match.start()], text[match.end() : match.end() + _AROUND]
        near = f"{before}\0{match.group()}\0{after}"
        if entry.needs and not self._list(entry.needs, one.lists).search(near):
            return False
        return not any(self._list(topic, one.lists).search(near) for topic in entry.unless)

    def _list(self, name: str, lists: Lists) -> re.Pattern[str]:
        # Lists of one name may differ between files: the words themselves are the key.
        key = (name, str(id(lists[name])))
        if key not in self._near:
            words = "|".join(form(word, {}).expression for word in lists[name])
            self._near[key] = re.compile(rf"(?<![^\W_])(?:{words})(?![^\W_])")
        return self._near[key]


def _parts(folded: str, places: list[int]) -> list[tuple[int, int]]:
    """The parts of a text around the places of an anchor, those that meet made one; they begin and end between words."""
    parts = list[tuple[int, int]]()
    for place in sorted(places):
        low, high = folded.rfind(" ", 0, max(0, place - _REACH)) + 1, folded.find(" ", place + _REACH)
        high = len(folded) if high < 0 else high
        if parts and low <= parts[-1][1]:
            parts[-1] = (parts[-1][0], high)
        else:
            parts.append((low, high))
    return parts


@cache
def lexicons(district: Path | None = None) -> Lexicons:
    """The product's lexicons and those of a district: `*.toml` files in a folder, named by category or with one in each entry.

    Raises:
        RedactError: A file cannot be read or an entry is not one; it names the file and the entry.
    """
    folder = files("schoolgate.engines.redact").joinpath("data", "lexicons")
    read = [(name, _read(folder.joinpath(f"{name}.toml").read_text(encoding="utf-8"), name)) for name in ATTRIBUTES]
    shared = _read(folder.joinpath("lists.toml").read_text(encoding="utf-8"), "lists")["lists"]
    if district is not None:
        read += [
            (path.stem, _read(path.read_text(encoding="utf-8"), path.name)) for path in sorted(district.glob("*.toml"))
        ]
    return Lexicons(read, shared)


def _read(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise RedactError(f"lexicon {name}: {problem}") from None
