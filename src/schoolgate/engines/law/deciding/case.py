"""The facts of one disclosure: no name, no narrative, only categories and what is known.

A case is JSON, format `schoolgate-case/1`. A fact that is absent takes its default if it has one and is
unknown otherwise; a fact that is `null` is unknown. The recipient's name is accepted and forgotten.
"""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from schoolgate.engines.law.errors import LawError, suggestion
from schoolgate.engines.law.text.files import read_text
from schoolgate.engines.law.text.vocabulary import DISCLOSURE_DATE, IDENTIFIER, Coded, Fact, parse_date

if TYPE_CHECKING:
    from pathlib import Path

    from schoolgate.engines.law.text.rulebook import Rulebook

__all__ = ["CASE_FORMAT", "Case", "case_schema", "load_case", "parse_case"]

CASE_FORMAT: Final = "schoolgate-case/1"
KEYS: Final = (
    "format",
    "id",
    "title",
    "rulebook",
    "date",
    "recipient",
    "elements",
    "facts",
    "counsel_answers",
)
DATE_PATTERN: Final = "^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}$"


@dataclass(frozen=True, slots=True)
class Case:
    """A checked case, bound to the rulebook it was parsed with.

    Attributes:
        date: the day the information would move; it chooses the law.
        elements: what is asked for, in the order asked.
        decided: the same and the derived elements that hide in them.
        facts: every fact of the rulebook, plain; None is unknown.
        vector: every fact, then every answer of counsel, coded, in the rulebook's order; None is unknown.
        asked: a mask of the positions of `decided`.
        digest: of the rulebook.
    """

    id: str
    title: str = field(repr=False)
    rulebook: str
    digest: str
    date: dt.date
    recipient: str
    elements: tuple[str, ...]
    decided: tuple[str, ...]
    facts: Mapping[str, Any]
    counsel_answers: Mapping[str, bool]
    vector: tuple[Coded, ...] = field(repr=False)
    asked: int = field(repr=False)

    def to_json(self) -> dict[str, Any]:
        """Return the case as `parse_case` reads it."""
        return {
            "format": CASE_FORMAT,
            "id": self.id,
            **({"title": self.title} if self.title else {}),
            "rulebook": self.rulebook,
            "date": self.date.isoformat(),
            "recipient": {"kind": self.recipient},
            "elements": list(self.elements),
            "facts": dict(self.facts),
            "counsel_answers": dict(self.counsel_answers),
        }


def load_case(path: "Path", rulebook: "Rulebook") -> Case:
    """Read a case file; raise `LawError` naming the file or the field."""
    try:
        data = json.loads(read_text(path), object_pairs_hook=_no_twins)
    except json.JSONDecodeError as error:
        raise LawError(f"{path}:{error.lineno}", f"is not JSON: {error.msg}", "Correct the line") from error
    except RecursionError as error:
        raise LawError(str(path), "is nested too deeply", "Write a case as its schema shows") from error
    return parse_case(data, rulebook)


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise LawError("case", "a key stands twice in one object", "Give each key once")
    return found


def parse_case(data: Mapping[str, Any], rulebook: "Rulebook") -> Case:
    """Check a case against a rulebook.

    Raises:
        LawError: with the field; no value of the case is repeated.
    """
    _object(data, "case", KEYS)
    if data.get("format") != CASE_FORMAT:
        raise LawError("format", "this format is unknown", f'Write "format": "{CASE_FORMAT}"')
    if data.get("rulebook", rulebook.id) != rulebook.id:
        raise LawError(
            "rulebook", "the case was written for another rulebook", f"Load that one, or write {rulebook.id}"
        )
    day = _date(data.get("date"))
    kind = _object(data.get("recipient"), "recipient", ("kind", "name")).get("kind")
    if not isinstance(kind, str) or kind not in rulebook.vocabulary.recipients:
        raise LawError("recipient.kind", "this kind is unknown", suggestion(str(kind), rulebook.vocabulary.recipients))
    elements = _elements(data.get("elements"), rulebook)
    stated = _object(data.get("facts", {}), "facts", rulebook.facts)
    coded = _facts(stated, rulebook, day)
    answers = _answers(data.get("counsel_answers", {}), rulebook)
    derived = [e.name for e in rulebook.vocabulary.derived if not set(e.hides_in).isdisjoint(elements)]
    decided = tuple(dict.fromkeys([*elements, *derived]))
    bits = rulebook.vocabulary.element_bits
    return Case(
        id=_text(data, "id"),
        title=_text(data, "title") if "title" in data else "",
        rulebook=rulebook.id,
        digest=rulebook.digest,
        date=day,
        recipient=kind,
        elements=elements,
        decided=decided,
        facts=MappingProxyType(
            {name: fact.decode(coded[name]) if name in coded else None for name, fact in rulebook.facts.items()}
        ),
        counsel_answers=MappingProxyType(answers),
        vector=(*map(coded.get, rulebook.facts), *map(answers.get, rulebook.counsel_ids)),
        asked=sum(1 << bits[name] for name in decided),
    )


def _object(value: object, where: str, known: Mapping[str, Any] | tuple[str, ...]) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise LawError(where, "an object is expected", "Write it between { and }")
    for number, key in enumerate(value, 1):
        if key not in known:
            shown = key if isinstance(key, str) and IDENTIFIER.fullmatch(key) else f"key {number}"
            raise LawError(f"{where}.{shown}", "this field is unknown", suggestion(str(key), known))
    return value


def _text(data: Mapping[str, Any], key: str) -> str:
    value = data.get(key)
    if not isinstance(value, str) or not value.strip():
        raise LawError(key, "a text is expected", f'Write "{key}": "..."')
    return value


def _date(value: object) -> dt.date:
    try:
        return parse_date(value if isinstance(value, str) else "")
    except ValueError as error:
        raise LawError("date", "no day is given", "Write the day the information would move as YYYY-MM-DD") from error


def _elements(value: object, rulebook: "Rulebook") -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not value:
        raise LawError("elements", "nothing is asked for", "List at least one element")
    known = {name for name, element in rulebook.elements.items() if not element.hides_in}
    for number, name in enumerate(value):
        if not isinstance(name, str) or name not in known:
            remedy = suggestion(str(name), known)
            if isinstance(name, str) and name in rulebook.elements:
                remedy = "Ask for what it hides in; the engine adds it"
            raise LawError(f"elements[{number}]", "this element cannot be asked for", remedy)
    return tuple(dict.fromkeys(value))


def _facts(stated: Mapping[str, Any], rulebook: "Rulebook", day: dt.date) -> dict[str, bool | int]:
    """Return the known facts, coded."""
    coded: dict[str, bool | int] = {}
    for name, fact in rulebook.facts.items():
        value = stated.get(name, fact.default)
        if value is None:
            continue
        try:
            coded[name] = fact.encode(value)
        except ValueError as error:
            raise LawError(f"facts.{name}", str(error), "Correct it, or write null if it is not known") from error
    own_day = day.toordinal()
    if DISCLOSURE_DATE in rulebook.facts and coded.setdefault(DISCLOSURE_DATE, own_day) != own_day:
        raise LawError(f"facts.{DISCLOSURE_DATE}", "it differs from the case's date", "Leave it out")
    return coded


def _answers(value: object, rulebook: "Rulebook") -> dict[str, bool]:
    answers = _object(value, "counsel_answers", rulebook.counsel_ids)
    for number, answer in enumerate(answers.values(), 1):
        if not isinstance(answer, bool) and answer is not None:
            raise LawError(f"counsel_answers: entry {number}", "true or false is expected", "Leave it out if open")
    return {name: answers[name] for name in rulebook.counsel_ids if answers.get(name) is not None}


def case_schema(rulebook: "Rulebook") -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of cases for a rulebook.

    Each fact carries its question as `description`, and `x-answered-by`.
    """
    askable = [name for name, element in rulebook.elements.items() if not element.hides_in]
    answers = {
        name: {
            "type": ["boolean", "null"],
            "description": rulebook.provisions[name].counsel_question,
            "x-answered-by": "counsel",
        }
        for name in rulebook.counsel_ids
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"A case for {rulebook.title}",
        "type": "object",
        "required": ["format", "id", "date", "recipient", "elements"],
        "additionalProperties": False,
        "properties": {
            "format": {"const": CASE_FORMAT},
            "id": {"type": "string", "pattern": "\\S"},
            "title": {"type": "string", "pattern": "\\S"},
            "rulebook": {"const": rulebook.id},
            "date": {
                "type": "string",
                "pattern": DATE_PATTERN,
                "format": "date",
                "description": "The day the information would move",
            },
            "recipient": {
                "type": "object",
                "required": ["kind"],
                "additionalProperties": False,
                "properties": {
                    "kind": {"enum": list(rulebook.vocabulary.recipients)},
                    "name": {"type": "string"},
                },
            },
            "elements": {"type": "array", "minItems": 1, "items": {"enum": askable}},
            "facts": {
                "type": "object",
                "additionalProperties": False,
                "properties": {name: _fact_schema(fact) for name, fact in rulebook.facts.items()},
            },
            "counsel_answers": {"type": "object", "additionalProperties": False, "properties": answers},
        },
    }


def _fact_schema(fact: Fact) -> dict[str, Any]:
    shape: dict[str, Any]
    match fact.type:
        case "bool":
            shape = {"type": ["boolean", "null"]}
        case "number":
            shape = {"type": ["integer", "null"]}
        case "date":
            shape = {"type": ["string", "null"], "pattern": DATE_PATTERN, "format": "date"}
        case "enum":
            shape = {"enum": [*fact.values, None]}
        case "set":
            shape = {"type": ["array", "null"], "items": {"enum": list(fact.values)}, "uniqueItems": True}
    shape |= {"description": fact.question, "x-answered-by": fact.answered_by}
    if fact.help:
        shape["x-help"] = fact.help
    if fact.default is not None:
        shape |= {"default": fact.default, "x-default-because": fact.default_because}
    return shape
