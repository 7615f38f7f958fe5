"""Words about people: short forms of first names, and names that are words too."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class People:
    """Folded words. `also_words` are names that are words in one of the languages: `Grace`, `Will`, `Luz`."""

    first_names: frozenset[str]
    also_words: frozenset[str]
    nicknames: dict[str, list[str]]


@cache
def people() -> People:
    """The lists, read once a process."""
    data = tomllib.loads(files("schoolgate.engines.redact").joinpath("data", "people.toml").read_text(encoding="utf-8"))
    return People(frozenset(data["first_names"]), frozenset(data["also_words"]), data["nicknames"])
