"""The finder's word lists, read once from the TOML files of `data/` and compiled.

Hyperscan answers in one pass which of the patterns can match at all; Python's `re` then places those few.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import hyperscan

_DATA = "schoolgate.engines.redact"
_SHORTEST_WORD = 5


@dataclass(frozen=True, slots=True)
class Rule:
    """One compiled pattern of the attribute lexicon and the conditions under which it counts."""

    pattern: re.Pattern[str]
    category: str
    reason: str
    need: str
    topic: bool
    shout: bool
    clause: bool
    capital: bool


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All attribute rules, the cues they ask for, and the words that a bad scan may have garbled."""

    rules: tuple[Rule, ...]
    cues: dict[str, re.Pattern[str]]
    vocabulary: frozenset[str]
    database: Any

    def possible(self, folded: str) -> list[Rule]:
        """The rules of which at least one may match. O(length of the text)."""
        seen: set[int] = set()

        def note(number: int, _from: int, _to: int, _flags: int, _context: object) -> None:
            seen.add(number)

        self.database.scan(folded.encode("ascii", "replace"), match_event_handler=note)
        return [self.rules[i] for i in sorted(seen)]


@dataclass(frozen=True, slots=True)
class People:
    """Words by which people who are not in the record are found, and short forms of first names."""

    titles: frozenset[str]
    relations: frozenset[str]
    greetings: frozenset[str]
    signoffs: frozenset[str]
    not_people: frozenset[str]
    first_names: frozenset[str]
    also_words: frozenset[str]
    nicknames: dict[str, list[str]]


@cache
def attributes() -> Lexicon:
    """The attribute lexicon. Compiled once a process, in about half a second."""
    data, tables = _read("attributes.toml"), _read("places.toml")
    rules = []
    for group in data["group"]:
        patterns = group.get("patterns") or [r"\b(?:" + "|".join(tables[group["table"]]) + r")\b"]
        rules += [
            Rule(
                re.compile(pattern),
                group["category"],
                group["reason"],
                group.get("need", ""),
                group.get("topic", False),
                group.get("shout", False),
                group.get("clause", False),
                group.get("capital", False),
            )
            for pattern in patterns
        ]
    words = {w for rule in rules for w in re.findall(r"[a-z]{5,}", rule.pattern.pattern)}
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        # Hyperscan has no group names; as a prefilter it may drop what it cannot express.
        expressions=[rule.pattern.pattern.replace("?P<mark>", "").encode() for rule in rules],
        ids=list(range(len(rules))),
        flags=[hyperscan.HS_FLAG_PREFILTER | hyperscan.HS_FLAG_SINGLEMATCH] * len(rules),
    )
    cues = {name: re.compile(cue) for name, cue in data["cues"].items()}
    return Lexicon(tuple(rules), cues, frozenset(words), database)


@cache
def people() -> People:
    """The word lists about people."""
    data = _read("people.toml")
    return People(
        titles=frozenset(data["titles"]),
        relations=frozenset(data["relations"]),
        greetings=frozenset(data["greetings"]),
        signoffs=frozenset(data["signoffs"]),
        not_people=frozenset(data["not_people"]),
        first_names=frozenset(data["first_names"]),
        also_words=frozenset(data["also_words"]),
        nicknames=data["nicknames"],
    )


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files(_DATA).joinpath("data", name).read_text(encoding="utf-8"))
