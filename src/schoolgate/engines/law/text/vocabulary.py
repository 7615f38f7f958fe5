"""The nouns a rulebook may speak of: facts, elements, recipients and their groups.

Two files declare them, next to the rulebooks.

`facts.toml`, one table a fact::

    [facts.instrument]
    type = "enum"                       # bool | enum | set | date | number
    values = ["none", "subpoena"]       # set: values, "elements", or the name of an enum fact
    question = "Which paper does the agency offer?"
    answered_by = "records_officer"
    help = "..."                        # optional
    default = "none"                    # optional: what absence from a case truly states ...
    default_because = "..."             # ... and why it does
    change = "arranged"                 # given | found_out | arranged: see `Fact`
    cost = 3                            # arranged only: 1 (a redaction) to 9 (a court)

`elements.toml`::

    [elements.gang_affiliation]
    title = "Gang affiliation"          # optional
    groups = ["listed_37l"]
    [derived.narrative_identifiers]     # an element that the engine adds when one of these is asked for
    with = ["narrative", "incident_description"]
    groups = ["identifying"]            # optional
    [recipients.local_police]
    groups = ["law_enforcement"]

A fact named `disclosure_date` of type `date` is the date of the case; a case need not repeat it.

In Cedar an enum fact `court_kind` has values like `CourtKind::"state"`; a set of elements holds elements.
"""

import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from schoolgate.engines.law.errors import LawError, suggestion
from schoolgate.engines.law.text.files import TomlFile

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "DISCLOSURE_DATE",
    "IDENTIFIER",
    "WHOLE_RECORD",
    "Element",
    "Fact",
    "FactType",
    "Recipient",
    "Vocabulary",
    "entity_type_of",
    "load_vocabulary",
]

IDENTIFIER: Final = re.compile(r"[a-z][A-Za-z0-9_]{0,63}")
DATE: Final = re.compile(r"(?:19|20|21)\d\d-\d\d-\d\d")
WHOLE_RECORD: Final = "whole_record"
DISCLOSURE_DATE: Final = "disclosure_date"

FactType = Literal["bool", "enum", "set", "date", "number"]
Answerer = Literal["records_officer", "counsel", "principal", "agency", "family", "district"]
Change = Literal["given", "found_out", "arranged"]
RESERVED_TYPES: Final = frozenset({"Action", "Element", "ElementGroup", "Recipient", "RecipientGroup", "Facts"})
CEDAR_WORDS: Final = frozenset({"true", "false", "if", "then", "else", "in", "is", "like", "has", "permit", "forbid"})
MAX_COST: Final = 9
NUMBER_LIMIT: Final = 2**53  # whole numbers that JSON readers agree on

Coded = bool | int | None


def entity_type_of(fact_name: str) -> str:
    """Return the Cedar entity type of an enum fact: `court_kind` gives `CourtKind`."""
    return "".join(part[:1].upper() + part[1:] for part in fact_name.split("_"))


def parse_date(text: str) -> dt.date:
    """Read `YYYY-MM-DD`, years 1900 to 2199; raise `ValueError` for anything else."""
    if not DATE.fullmatch(text):
        raise ValueError("not a date of the form YYYY-MM-DD between 1900 and 2199")
    return dt.date.fromisoformat(text)


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of a case.

    Attributes:
        values: the values of an enum, or the members a set may have; empty for the other types.
        entity_type: the Cedar type of the values; empty for bool, date and number.
        default: what absence from a case states, or None when absence states nothing.
        change: `given` facts stay as they are (a date, an age, who asks); `found_out` facts can only be learned;
            `arranged` ones somebody can bring about (a signature, a consent, a judge's order).
        cost: how much it takes to bring an arranged fact about, 1 to 9; 0 for the others.
    """

    name: str
    type: FactType
    values: tuple[str, ...]
    entity_type: str
    question: str
    answered_by: Answerer
    help: str = ""
    default: Any = None
    default_because: str = ""
    change: Change = "found_out"
    cost: int = 0
    codes: Mapping[str, int] = field(repr=False, compare=False, default_factory=dict)

    def encode(self, value: object) -> bool | int:
        """Return the number that evaluation uses for a plain value of a case.

        An enum is the position of its value, a set a mask of positions, a date its day number.

        Raises:
            ValueError: the value does not have this fact's type; the message does not repeat it.
        """
        match self.type, value:
            case "bool", bool():
                return value
            case "number", int() if not isinstance(value, bool) and abs(value) <= NUMBER_LIMIT:
                return value
            case "date", str():
                return parse_date(value).toordinal()
            case "enum", str() if value in self.codes:
                return self.codes[value]
            case "set", list() | tuple() if all(isinstance(item, str) and item in self.codes for item in value):
                return sum(1 << self.codes[item] for item in set(value))
        raise ValueError(self.expected)

    def decode(self, code: int) -> bool | int | str | list[str]:
        """Return the plain value that `encode` was given; sets come back sorted."""
        match self.type:
            case "date":
                return dt.date.fromordinal(code).isoformat()
            case "enum":
                return self.values[code]
            case "set":
                return sorted(name for name, bit in self.codes.items() if code >> bit & 1)
            case _:
                return code

    @property
    def expected(self) -> str:
        """Say what a value of this fact looks like."""
        shown = ", ".join(self.values[:40])
        match self.type:
            case "bool":
                return "true or false is expected"
            case "number":
                return f"a whole number up to {NUMBER_LIMIT} is expected"
            case "date":
                return "a date of the form YYYY-MM-DD between 1900 and 2199 is expected"
            case "enum":
                return f"one of these is expected: {shown}"
            case "set":
                return f"a list with members among these is expected: {shown}"


@dataclass(frozen=True, slots=True)
class Element:
    """The smallest part of a record that is decided on its own.

    Attributes:
        hides_in: for a derived element, the elements that bring it with them; empty for the others.
    """

    name: str
    title: str
    groups: tuple[str, ...]
    hides_in: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recipient:
    """A kind of recipient and the groups it belongs to."""

    name: str
    title: str
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Vocabulary:
    """All nouns of a rulebook. Names are unique and safe to write into Cedar and Python."""

    facts: Mapping[str, Fact]
    elements: Mapping[str, Element]
    recipients: Mapping[str, Recipient]

    @cached_property
    def element_groups(self) -> Mapping[str, frozenset[str]]:
        """Elements by group."""
        return _by_group(self.elements)

    @cached_property
    def recipient_groups(self) -> Mapping[str, frozenset[str]]:
        """Recipient kinds by group."""
        return _by_group(self.recipients)

    @cached_property
    def element_bits(self) -> Mapping[str, int]:
        """The position of each element, the whole record last."""
        return MappingProxyType({name: bit for bit, name in enumerate([*self.elements, WHOLE_RECORD])})

    @cached_property
    def derived(self) -> tuple[Element, ...]:
        """The elements that the engine adds by itself."""
        return tuple(element for element in self.elements.values() if element.hides_in)

    @cached_property
    def cedar_schema(self) -> str:
        """The Cedar schema of this vocabulary; every fact is a required attribute of the context."""
        lines = []
        for kind, groups in (("Recipient", self.recipient_groups), ("Element", self.element_groups)):
            members = ", ".join(f'"{name}"' for name in groups)
            lines.append(f"entity {kind}Group enum [{members}];" if groups else f"entity {kind}Group;")
            lines.append(f"entity {kind} in [{kind}Group];")
        declared = {"Element"}
        for fact in self.facts.values():
            if fact.entity_type and fact.entity_type not in declared:
                declared.add(fact.entity_type)
                members = ", ".join(f'"{value}"' for value in fact.values)
                lines.append(f"entity {fact.entity_type} enum [{members}];")
        lines.append("type Facts = {")
        lines.extend(f"  {fact.name}: {_cedar_type(fact)}," for fact in self.facts.values())
        lines.append("};")
        lines.append('action "disclose", "release", "refuse", "review" appliesTo {')
        lines.append("  principal: [Recipient], resource: [Element], context: Facts")
        lines.append("};")
        return "\n".join(lines) + "\n"

    @cached_property
    def digest(self) -> str:
        """The sha256 in hex over `to_json`."""
        return hashlib.sha256(json.dumps(self.to_json(), separators=(",", ":")).encode()).hexdigest()

    def to_json(self) -> dict[str, object]:
        """Return everything that can change a decision or a question, for the rulebook's digest."""
        return {
            "facts": {
                fact.name: [
                    fact.type,
                    list(fact.values),
                    fact.entity_type,
                    fact.question,
                    fact.answered_by,
                    fact.help,
                    fact.default,
                    fact.default_because,
                ]
                for fact in self.facts.values()
            },
            "elements": {e.name: [e.title, list(e.groups), list(e.hides_in)] for e in self.elements.values()},
            "recipients": {r.name: [r.title, list(r.groups)] for r in self.recipients.values()},
        }


def _by_group(members: Mapping[str, Element] | Mapping[str, Recipient]) -> Mapping[str, frozenset[str]]:
    groups: dict[str, set[str]] = {}
    for member in members.values():
        for group in member.groups:
            groups.setdefault(group, set()).add(member.name)
    return MappingProxyType({name: frozenset(groups[name]) for name in sorted(groups)})


def _cedar_type(fact: Fact) -> str:
    match fact.type:
        case "bool":
            return "__cedar::Bool"
        case "number":
            return "__cedar::Long"
        case "date":
            return "__cedar::datetime"
        case "enum":
            return fact.entity_type
        case "set":
            return f"Set<{fact.entity_type}>"


def load_vocabulary(folder: "Path") -> Vocabulary:
    """Read `facts.toml` and `elements.toml`.

    Raises:
        LawError: a file is missing or malformed; the message names the file and the line.
    """
    things = TomlFile.read(folder / "elements.toml")
    things.only_keys((), {"elements", "derived", "recipients"})
    elements = _elements(things)
    recipients = {
        name: Recipient(name, things.text_or_none(path, "title", ""), _names(things, path, "groups"))
        for name, path in _tables(things, "recipients", {"title", "groups"})
    }
    if not elements or not recipients:
        raise LawError(things.name, "no elements or no recipients", "Declare [elements.X] and [recipients.Y]")
    facts_file = TomlFile.read(folder / "facts.toml")
    facts_file.only_keys((), {"facts"})
    facts = _facts(facts_file, tuple(elements))
    return Vocabulary(MappingProxyType(facts), MappingProxyType(elements), MappingProxyType(recipients))


def _tables(file: TomlFile, kind: str, keys: set[str]) -> list[tuple[str, tuple[str, ...]]]:
    """Return name and path of each `[kind.NAME]`, sorted by name, with names and keys checked."""
    found: list[tuple[str, tuple[str, ...]]] = []
    for name in sorted(file.table((kind,))):
        path = (kind, name)
        if not IDENTIFIER.fullmatch(name) or name in CEDAR_WORDS:
            raise file.error(path, "this name cannot be used", "Use letters, digits and _, a small letter first")
        file.only_keys(path, keys)
        found.append((name, path))
    return found


def _names(file: TomlFile, path: tuple[str, ...], key: str) -> tuple[str, ...]:
    names = file.strings(path, key)
    for name in names:
        if not IDENTIFIER.fullmatch(name):
            raise file.error((*path, key), "a name in it cannot be used", "Use letters, digits and _")
    if len(set(names)) < len(names):
        raise file.error((*path, key), "a name stands in it twice", "Name each once")
    return names


def _elements(file: TomlFile) -> dict[str, Element]:
    elements = {
        name: Element(name, file.text_or_none(path, "title", ""), _names(file, path, "groups"))
        for name, path in _tables(file, "elements", {"title", "groups"})
    }
    plain = set(elements)
    for name, path in _tables(file, "derived", {"title", "groups", "with"}):
        hides_in = _names(file, path, "with")
        for other in hides_in:
            if other not in plain or other == name:
                raise file.error((*path, "with"), "it names no element", suggestion(other, plain - {name}))
        if not hides_in:
            raise file.error(path, "with is missing", "List the elements that bring it with them")
        known = elements.get(name, Element(name, "", ()))
        groups = tuple(sorted({*known.groups, *_names(file, path, "groups")}))
        elements[name] = Element(name, file.text_or_none(path, "title", "") or known.title, groups, hides_in)
    if WHOLE_RECORD in elements:
        raise file.error(("elements", WHOLE_RECORD), "this name is the engine's own", "Remove it")
    return dict(sorted(elements.items()))


def _facts(file: TomlFile, elements: tuple[str, ...]) -> dict[str, Fact]:
    keys = {"type", "values", "question", "answered_by", "help", "default", "default_because", "change", "cost"}
    tables = _tables(file, "facts", keys)
    enums = {name: _names(file, path, "values") for name, path in tables if file.table(path).get("type") == "enum"}
    facts: dict[str, Fact] = {}
    types: dict[str, str] = {}
    for name, path in tables:
        kind = file.choice(path, "type", get_args(FactType))
        owner, values = _values(file, path, kind, enums, elements)
        entity_type = "Element" if owner == "elements" else entity_type_of(owner) if owner else ""
        taken = entity_type in RESERVED_TYPES or types.setdefault(entity_type, owner) != owner
        if owner and owner != "elements" and taken:
            raise file.error(path, f"its Cedar type {entity_type} is taken", "Choose another name")
        draft = Fact(
            name=name,
            type=kind,
            values=values,
            entity_type=entity_type,
            question=file.text_of(path, "question"),
            answered_by=file.choice(path, "answered_by", get_args(Answerer)),
            help=file.text_or_none(path, "help", ""),
            default=_plain(file.table(path).get("default")),
            default_because=file.text_or_none(path, "default_because", ""),
            change=file.choice(path, "change", get_args(Change)) if "change" in file.table(path) else "found_out",
            cost=_cost(file, path),
            codes=MappingProxyType({value: code for code, value in enumerate(values)}),
        )
        _check_default(file, path, draft)
        facts[name] = draft
    if DISCLOSURE_DATE in facts and facts[DISCLOSURE_DATE].type != "date":
        raise file.error(("facts", DISCLOSURE_DATE), "it must be a date", 'Write type = "date"')
    return facts


def _values(
    file: TomlFile,
    path: tuple[str, ...],
    kind: FactType,
    enums: Mapping[str, tuple[str, ...]],
    elements: tuple[str, ...],
) -> tuple[str, tuple[str, ...]]:
    """Return who owns the Cedar type of the values ("elements", a fact, or nobody) and the values."""
    given = file.table(path).get("values")
    if kind not in ("enum", "set"):
        if given is not None:
            raise file.error((*path, "values"), f"a {kind} has no values", "Remove the line")
        return "", ()
    if kind == "set" and isinstance(given, str):
        if given == "elements":
            return "elements", elements
        if given in enums:
            return given, enums[given]
        raise file.error((*path, "values"), "it names no enum fact", suggestion(given, {"elements", *enums}))
    values = _names(file, path, "values")
    if not values:
        raise file.error(path, "values is missing", "List the values, or for a set write elements")
    return path[-1], values


def _cost(file: TomlFile, path: tuple[str, ...]) -> int:
    cost = file.table(path).get("cost", 0)
    arranged = file.table(path).get("change") == "arranged"
    if not isinstance(cost, int) or isinstance(cost, bool) or not (1 <= cost <= MAX_COST if arranged else cost == 0):
        raise file.error((*path, "cost"), "an arranged fact costs 1 to 9, the others nothing", "Correct change or cost")
    return cost


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, dt.date) else value


def _check_default(file: TomlFile, path: tuple[str, ...], fact: Fact) -> None:
    if (fact.default is None) != (not fact.default_because):
        raise file.error(
            path,
            "default and default_because belong together",
            "Give both, or neither if absence states nothing",
        )
    if fact.default is not None:
        try:
            fact.encode(fact.default)
        except ValueError as error:
            raise file.error((*path, "default"), str(error), "Correct the default") from error
