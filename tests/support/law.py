"""Rulebooks and cases for the law engine's tests, and cedarpy as an independent oracle."""

import dataclasses
import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import cedarpy
from cedarpy import policies_to_pst, pst
from hypothesis import strategies as st

from schoolgate.engines.law import WHOLE_RECORD, Case, Fact, Provision, Rulebook, parse_case
from schoolgate.engines.law.text import condition as c

Coded = dict[str, bool | int | None]


class Draw(Protocol):
    """Draws from a strategy: in a composite strategy, or in a test."""

    def __call__[T](self, strategy: st.SearchStrategy[T]) -> T: ...


REPOSITORY = Path(__file__).resolve().parents[2]
REAL_RULEBOOKS = REPOSITORY / "src" / "schoolgate" / "rulebooks"


def case_data(rulebook: Rulebook, /, **changes: object) -> dict[str, Any]:
    """A plain case for a rulebook, with changes."""
    return {
        "format": "schoolgate-case/1",
        "id": "S001",
        "rulebook": rulebook.id,
        "date": "2025-03-06",
        "recipient": {"kind": "local_police"},
        "elements": ["student_name"],
        "facts": {},
        **changes,
    }


class Boundaries:
    """For each fact the coded values that a rulebook's conditions tell apart, and their neighbours."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self.conditions = [rule.condition for p in rulebook.provisions.values() for rule in p.rules]
        self.near: dict[str, set[int]] = {name: set() for name in rulebook.facts}
        for condition in self.conditions:
            for part in c.walk(condition):
                self._note(part)
        every_day = {p.in_force_from for p in rulebook.provisions.values()}
        every_day |= {p.in_force_until for p in rulebook.provisions.values() if p.in_force_until}
        days = {day + dt.timedelta(days=step) for day in every_day for step in (-1, 0, 1)}
        self.days = [*sorted(day for day in days if 1900 <= day.year < 2200), dt.date(2025, 3, 6)]

    def parse(self, data: Mapping[str, Any]) -> Case:
        """Parse a case with this rulebook."""
        return parse_case(data, self.rulebook)

    def _note(self, part: c.Condition) -> None:
        if isinstance(part, c.Compare | c.Sets):
            facts = [side.fact for side in (part.left, part.right) if isinstance(side, c.FactValue)]
            codes = [side.value for side in (part.left, part.right) if isinstance(side, c.Code)]
            for fact in facts:
                for code in codes or [700_000]:
                    self.near[fact] |= {code - 1, code, code + 1} if isinstance(part, c.Compare) else {code, 0}

    def values(self, fact: Fact) -> st.SearchStrategy[bool | int]:
        """Coded values of a fact."""
        near = sorted(self.near[fact.name])
        match fact.type:
            case "bool":
                return st.booleans()
            case "enum":
                return st.integers(0, len(fact.values) - 1)
            case "set":
                some = st.lists(st.integers(0, len(fact.values) - 1), max_size=4).map(
                    lambda b: sum({1 << i for i in b})
                )
                return st.one_of(some, st.sampled_from(near)) if near else some
            case "date":
                low, high = dt.date(1990, 1, 1).toordinal(), dt.date(2030, 1, 1).toordinal()
                return st.sampled_from([n for n in near if low <= n <= high] or [low, high])
            case "number":
                return st.sampled_from(near or [0, 1])


@st.composite
def cases(draw: st.DrawFn, bounds: Boundaries, *, complete: bool, element_count: int = 3) -> Case:
    """A case at the boundaries of a rulebook, steered so that some of its provisions hold."""
    rulebook = bounds.rulebook
    askable = sorted(name for name, element in rulebook.elements.items() if not element.hides_in)
    elements = draw(st.lists(st.sampled_from(askable), min_size=1, max_size=element_count, unique=True))
    recipient = draw(st.sampled_from(sorted(rulebook.vocabulary.recipients)))
    coded: Coded = {
        name: draw(bounds.values(fact)) for name, fact in rulebook.facts.items() if name != "disclosure_date"
    }
    for _ in range(draw(st.integers(0, 3))):
        target = draw(st.sampled_from(bounds.conditions))
        chosen = steer(draw, target, coded, rulebook)
        recipient = chosen.get("recipient", recipient)
        if chosen.get("element") in askable and chosen["element"] not in elements:
            elements = [*elements, chosen["element"]]
    day = draw(st.sampled_from(bounds.days))
    answers: dict[str, bool | None] = {name: draw(st.booleans()) for name in rulebook.counsel_ids}
    if not complete:
        unknown = draw(st.sets(st.sampled_from([*coded, *answers]), max_size=8))
        coded |= {name: None for name in unknown if name in coded}
        answers |= {name: None for name in unknown if name in answers}
    return build(rulebook, day=day, recipient=recipient, elements=tuple(elements), coded=coded, answers=answers)


def build(
    rulebook: Rulebook,
    *,
    day: dt.date,
    recipient: str,
    elements: tuple[str, ...],
    coded: Mapping[str, bool | int | None],
    answers: Mapping[str, bool | None],
) -> Case:
    """Parse a case whose facts are given coded; None stays unknown even where the fact has a default."""
    facts = {name: None if code is None else rulebook.facts[name].decode(code) for name, code in coded.items()}
    return parse_case(
        case_data(
            rulebook,
            date=day.isoformat(),
            recipient={"kind": recipient},
            elements=list(elements),
            facts=facts,
            counsel_answers=dict(answers),
        ),
        rulebook,
    )


def steer(draw: Draw, condition: c.Condition, coded: Coded, rulebook: Rulebook, *, want: bool = True) -> dict[str, str]:
    """Set facts so that a condition becomes true (mostly); return the recipient and element it needs."""
    needs: dict[str, str] = {}
    match condition:
        case c.Not(part):
            needs = steer(draw, part, coded, rulebook, want=not want)
        case c.All(parts) | c.Any(parts):
            every = isinstance(condition, c.All) is want
            for part in parts if every else [draw(st.sampled_from(parts))]:
                needs |= steer(draw, part, coded, rulebook, want=want)
        case c.If(test, then, otherwise):
            branch = draw(st.booleans())
            needs |= steer(draw, test, coded, rulebook, want=branch)
            needs |= steer(draw, then if branch else otherwise, coded, rulebook, want=want)
        case c.RecipientIn(kinds) if want and kinds:
            needs["recipient"] = draw(st.sampled_from(sorted(kinds)))
        case c.ElementIn(names) if want and names - {WHOLE_RECORD}:
            needs["element"] = draw(st.sampled_from(sorted(names - {WHOLE_RECORD})))
        case _:
            _set_fact(draw, condition, coded, rulebook, want=want)
    coded.pop("disclosure_date", None)
    return needs


def _set_fact(draw: Draw, atom: c.Condition, coded: Coded, rulebook: Rulebook, *, want: bool) -> None:
    match atom:
        case c.Flag(fact):
            coded[fact] = want
        case c.OneOf(fact, codes):
            others = [code for code in range(len(rulebook.facts[fact].values)) if code not in codes]
            options = list(codes) if want else others
            if options:
                coded[fact] = draw(st.sampled_from(options))
        case c.Compare(op, c.FactValue(fact), c.Code(value)):
            coded[fact] = _compared(rulebook.facts[fact], op, value, want=want)
        case c.Compare("lt" | "le" as op, c.Code(value), c.FactValue(fact)):
            coded[fact] = value + (op == "lt") if want else value - (op == "le")
        case c.Sets("within" | "meets", c.Code(value), c.FactValue(fact)):
            before = coded.get(fact) or 0
            coded[fact] = before | value if want else before & ~value
        case _:
            pass


def _compared(fact: Fact, op: str, value: int, *, want: bool) -> int:
    if fact.type == "enum":
        return value if want else (value + 1) % len(fact.values)
    if op == "eq":
        return value if want else value + 1
    return value - (op == "lt") if want else value + (op == "le")


def fill(draw: Draw, bounds: Boundaries, case: Case, *, every: bool) -> Case:
    """Answer every unknown of a case, or one of them."""
    rulebook = bounds.rulebook
    coded = dict(zip(rulebook.facts, case.vector, strict=False))
    coded.pop("disclosure_date", None)
    answers: dict[str, bool | None] = {name: case.counsel_answers.get(name) for name in rulebook.counsel_ids}
    unknown = [name for name, value in [*coded.items(), *answers.items()] if value is None]
    for name in unknown if every or not unknown else [draw(st.sampled_from(unknown))]:
        if name in coded:
            coded[name] = draw(bounds.values(rulebook.facts[name]))
        else:
            answers[name] = draw(st.booleans())
    return build(
        rulebook,
        day=case.date,
        recipient=case.recipient,
        elements=case.elements,
        coded=coded,
        answers=answers,
    )


def cedar_context(rulebook: Rulebook, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of a complete case as a Cedar context."""
    context: dict[str, Any] = {}
    for name, fact in rulebook.facts.items():
        value = facts[name]
        match fact.type:
            case "enum":
                context[name] = _entity(fact.entity_type, value)
            case "set":
                context[name] = [_entity(fact.entity_type, member) for member in value]
            case "date":
                context[name] = {"__extn": {"fn": "datetime", "arg": value}}
            case _:
                context[name] = value
    return context


def _entity(kind: str, name: str) -> dict[str, Any]:
    return {"__entity": {"type": kind, "id": name}}


def cedar_entities(rulebook: Rulebook) -> list[dict[str, Any]]:
    """Recipients and elements with their groups, and the groups."""
    vocabulary = rulebook.vocabulary
    found: list[dict[str, Any]] = []
    for kind, members, groups in (
        ("Recipient", vocabulary.recipients, vocabulary.recipient_groups),
        ("Element", vocabulary.elements, vocabulary.element_groups),
    ):
        found += [{"uid": {"type": f"{kind}Group", "id": name}, "attrs": {}, "parents": []} for name in groups]
        found += [
            {
                "uid": {"type": kind, "id": name},
                "attrs": {},
                "parents": [{"type": f"{kind}Group", "id": group} for group in member.groups],
            }
            for name, member in members.items()
        ]
    return [*found, {"uid": {"type": "Element", "id": WHOLE_RECORD}, "attrs": {}, "parents": []}]


class CedarOracle:
    """Asks cedarpy which provisions hold: each forbid is turned into a permit, so `reasons` names all."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self.schema = cedarpy.Schema.from_str(rulebook.vocabulary.cedar_schema)
        self.entities = cedarpy.Entities.from_json_str(json.dumps(cedar_entities(rulebook)), self.schema)
        self.sets: dict[int, cedarpy.PolicySet] = {}

    def shadow(self, day: dt.date) -> cedarpy.PolicySet:
        era = self.rulebook.era(day)
        if era not in self.sets:
            self.sets[era] = shadow_set(self.rulebook.in_force(day))
        return self.sets[era]

    def satisfied(self, case: Case, elements: tuple[str, ...], action: str) -> dict[str, frozenset[str]]:
        """By element the ids of the provisions whose Cedar policies hold."""
        context = cedar_context(self.rulebook, case.facts)
        requests = [
            {
                "principal": f'Recipient::"{case.recipient}"',
                "action": f'Action::"{action}"',
                "resource": f'Element::"{element}"',
                "context": context,
            }
            for element in elements
        ]
        answers = cedarpy.is_authorized_batch(requests, self.shadow(case.date), self.entities, self.schema)
        for answer in answers:
            assert not answer.diagnostics.errors, answer.diagnostics.errors
            assert answer.decision is not cedarpy.Decision.NoDecision
        return {
            element: frozenset(reason.split("#")[0] for reason in answer.diagnostics.reasons)
            for element, answer in zip(elements, answers, strict=True)
        }


def shadow_set(provisions: tuple[Provision, ...]) -> cedarpy.PolicySet:
    """All policies of the provisions as permits, each named `provision#number`."""
    policies: dict[str, pst.Template] = {}
    for provision in provisions:
        for number, template in enumerate(policies_to_pst(provision.cedar).static_policies.values()):
            name = f"{provision.id}#{number}"
            policies[name] = dataclasses.replace(template, id=name, effect="permit")
    empty: Any = pst.FrozenMap()
    return cedarpy.PolicySet.from_pst(
        pst.PolicySet(templates=empty, static_policies=pst.FrozenMap(policies), template_links=empty)
    )
