"""What somebody can bring about in a case, and what comes with it.

`arrangements.toml`, next to the vocabulary, one table for each arranged fact that has limits::

    [judge_signature]
    to = [true]                     # the values that can be brought about; without the line, every value

    [named_in_paper]
    members = "add"                 # a set: members can be added, or removed; without the line, both

    [instrument]
    to = ["consent", "court_order"]
    [instrument.costs]              # where a value takes more or less than the fact's own cost
    consent = 3
    [instrument.brings.court_order] # what is true as soon as the value is
    court_issued = true
    judge_signature = true
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

from schoolgate import rulebooks
from schoolgate.engines.kept import Kept
from schoolgate.engines.law.text.files import TomlFile
from schoolgate.engines.law.text.vocabulary import MAX_COST, Fact, Vocabulary

__all__ = ["Arrangement", "arrangements_for", "load_arrangements", "shipped_folder"]

FILE: Final = "arrangements.toml"
WORDS_OF_BOOL: Final = {"true": True, "false": False}

_kept: Kept[tuple[tuple[object, ...], ...], Mapping[str, "Arrangement"]] = Kept(8)


@dataclass(frozen=True, slots=True)
class Arrangement:
    """How far one fact can be brought about.

    Attributes:
        costs: by coded value, what it takes; for a set, by position of the member.
        adds: members of a set can be added.
        removes: members of a set can be removed.
        brings: by coded value, the coded facts that come with it.
    """

    fact: str
    costs: Mapping[int, int]
    adds: bool
    removes: bool
    brings: Mapping[int, Mapping[str, int]]


def shipped_folder() -> Path:
    """Return the folder of the rulebooks that come with the program."""
    return Path(rulebooks.__file__).parent


def load_arrangements(folder: Path, vocabulary: Vocabulary, *, strict: bool = True) -> Mapping[str, Arrangement]:
    """Read `arrangements.toml` of a folder; without the file every value of an arranged fact can be brought about.

    Facts that this vocabulary does not arrange are refused, or without `strict` passed over.
    Dates and numbers cannot: they are awaited or counted, not arranged.

    Raises:
        LawError: a name or a value is unknown, or a fact is not an arranged one.
    """
    path = folder / FILE
    file = TomlFile.read(path) if path.is_file() else TomlFile(FILE, "", {})
    facts = {name: fact for name, fact in vocabulary.facts.items() if fact.change == "arranged"}
    for name in file.data:
        if name not in facts and strict:
            raise file.error((name,), "it is no fact that can be arranged", 'Set change = "arranged" in facts.toml')
    found = {
        name: _arrangement(file, fact, vocabulary, strict=strict)
        for name, fact in facts.items()
        if fact.type in ("bool", "enum", "set")
    }
    return MappingProxyType(found)


def arrangements_for(vocabulary: Vocabulary) -> Mapping[str, Arrangement]:
    """Return the arrangements that come with the program, read once for a vocabulary."""
    arranged = (fact for fact in vocabulary.facts.values() if fact.change == "arranged")
    key = tuple((fact.name, fact.type, fact.values, fact.cost) for fact in arranged)
    return _kept.get(key, lambda: load_arrangements(shipped_folder(), vocabulary, strict=False))


def _arrangement(file: TomlFile, fact: Fact, vocabulary: Vocabulary, *, strict: bool) -> Arrangement:
    path = (fact.name,)
    file.only_keys(path, {"to", "members", "costs", "brings"})
    members: Literal["add", "remove", "both"] = "both"
    if "members" in file.table(path):
        members = file.choice(path, "members", ("add", "remove"))
    codes = range(2) if fact.type == "bool" else range(len(fact.values))
    costs = dict.fromkeys(codes, fact.cost)
    table = file.table(path)
    if "to" in table and isinstance(table["to"], list):
        costs = {_code(file, (*path, "to"), fact, value): fact.cost for value in table["to"]}
    for value, cost in file.table((*path, "costs")).items():
        code = _code(file, (*path, "costs", value), fact, value)
        if code not in costs or not isinstance(cost, int) or not 1 <= cost <= MAX_COST:
            raise file.error((*path, "costs", value), "a cost of 1 to 9 of a value in `to` is expected", "Correct it")
        costs[code] = cost
    brings = {
        _code(file, (*path, "brings", value), fact, value): _brought(
            file, (*path, "brings", value), vocabulary, strict=strict
        )
        for value in file.table((*path, "brings"))
    }
    return Arrangement(fact.name, costs, members != "remove", members != "add", brings)


def _brought(file: TomlFile, path: tuple[str, ...], vocabulary: Vocabulary, *, strict: bool) -> Mapping[str, int]:
    brought: dict[str, int] = {}
    for name, value in file.table(path).items():
        fact = vocabulary.facts.get(name)
        if fact is None or fact.change != "arranged":
            if not strict:
                continue
            raise file.error((*path, name), "it is no fact that can be arranged", "Name an arranged fact")
        brought[name] = _code(file, (*path, name), fact, value)
    return brought


def _code(file: TomlFile, path: tuple[str, ...], fact: Fact, value: object) -> int:
    if fact.type == "bool" and isinstance(value, str):
        value = WORDS_OF_BOOL.get(value)
    try:
        return int(fact.encode(value))
    except ValueError as error:
        raise file.error(path, str(error), "Correct the value") from error
