"""Decisions per second of the law engine beside cedarpy, on the real rulebook and the same complete cases.

A decision is one element of one case; every case asks for ten. cedarpy answers yes or no for one element of a
complete case, with the facts as a dictionary in every call; `parse_case and outcomes` is the row that does the
same work from the same kind of data. cedarpy decides with deny-overrides only: it joins no layers.
"""

import dataclasses
import datetime as dt
import json
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cedarpy

from schoolgate.engines.law import Case, Rulebook, decide, load_rulebook, outcomes, parse_case

RULEBOOKS = Path(__file__).resolve().parents[1] / "src" / "schoolgate" / "rulebooks"
DAY = dt.date(2026, 3, 6)
CASES = 200
ELEMENTS = 10
UNKNOWN = 0.2
SECONDS = 1.0


def draw_fact(rulebook: Rulebook, name: str, chance: random.Random) -> bool | int:
    fact = rulebook.facts[name]
    match fact.type:
        case "bool":
            return chance.random() < 0.5
        case "enum":
            return chance.randrange(len(fact.values))
        case "set":
            return sum({1 << chance.randrange(len(fact.values)) for _ in range(chance.randrange(4))})
        case "date":
            return DAY.toordinal() - chance.randrange(-60, 600)
        case _:
            return chance.randrange(-1, 25)


def draw_case(rulebook: Rulebook, number: int, chance: random.Random) -> Case:
    """Draw a complete case: half of them as they fall, half improved step by step until more of it may leave.

    Random facts alone open almost no door, and shut doors are cheap for a lazy engine.
    """
    askable = [name for name, element in rulebook.elements.items() if not element.hides_in]
    derived_from = {name for element in rulebook.elements.values() for name in element.hides_in}
    plain = [name for name in askable if name not in derived_from]
    coded = {name: draw_fact(rulebook, name, chance) for name in rulebook.facts if name != "disclosure_date"}
    case = parse_case(
        {
            "format": "schoolgate-case/1",
            "id": f"B{number:04d}",
            "rulebook": rulebook.id,
            "date": DAY.isoformat(),
            "recipient": {"kind": chance.choice(sorted(rulebook.vocabulary.recipients))},
            "elements": chance.sample(plain, ELEMENTS),
            "facts": {name: rulebook.facts[name].decode(code) for name, code in coded.items()},
            "counsel_answers": dict.fromkeys(rulebook.counsel_ids, True),
        },
        rulebook,
    )
    return improved(rulebook, case, chance) if number % 2 else case


def improved(rulebook: Rulebook, case: Case, chance: random.Random) -> Case:
    names = [name for name in rulebook.facts if name != "disclosure_date"]
    slots = {name: slot for slot, name in enumerate(rulebook.facts)}
    best = permitted(rulebook, case)
    for _ in range(400):
        vector = list(case.vector)
        for name in chance.sample(names, 2):
            vector[slots[name]] = draw_fact(rulebook, name, chance)
        other = dataclasses.replace(case, vector=tuple(vector))
        if permitted(rulebook, other) >= best:
            case, best = other, permitted(rulebook, other)
    facts = {
        name: rulebook.facts[name].decode(code)
        for name, code in zip(rulebook.facts, case.vector, strict=False)
        if code is not None
    }
    return parse_case({**case.to_json(), "facts": facts}, rulebook)


def permitted(rulebook: Rulebook, case: Case) -> int:
    return list(outcomes(rulebook, case).values()).count("permit")


def forget(rulebook: Rulebook, case: Case, chance: random.Random) -> Case:
    """Make a fifth of the facts unknown."""
    data = case.to_json()
    kept = {name: None if chance.random() < UNKNOWN else value for name, value in data["facts"].items()}
    return parse_case({**data, "facts": {**kept, "disclosure_date": None}}, rulebook)


class Peer:
    """cedarpy with the doors and prohibitions of one day as one policy set, parsed beforehand."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        texts = [p.cedar for p in rulebook.in_force(DAY) if p.effect in ("door", "prohibition")]
        self.policies = cedarpy.PolicySet.from_str("\n".join(texts))
        self.schema = cedarpy.Schema.from_str(rulebook.vocabulary.cedar_schema)
        self.entities = self._entities()

    def _entities(self) -> list[dict[str, Any]]:
        vocabulary = self.rulebook.vocabulary
        return [
            {
                "uid": {"type": kind, "id": name},
                "attrs": {},
                "parents": [{"type": f"{kind}Group", "id": group} for group in member.groups],
            }
            for kind, members in (("Recipient", vocabulary.recipients), ("Element", vocabulary.elements))
            for name, member in members.items()
        ]

    def requests(self, case: Case) -> list[dict[str, Any]]:
        """One request an element; the facts go with each."""
        context: dict[str, Any] = {}
        for name, fact in self.rulebook.facts.items():
            value = case.facts[name]
            match fact.type:
                case "enum":
                    context[name] = {"__entity": {"type": fact.entity_type, "id": value}}
                case "set":
                    context[name] = [{"__entity": {"type": fact.entity_type, "id": item}} for item in value]
                case "date":
                    context[name] = {"__extn": {"fn": "datetime", "arg": value}}
                case _:
                    context[name] = value
        return [
            {
                "principal": {"type": "Recipient", "id": case.recipient},
                "action": {"type": "Action", "id": "disclose"},
                "resource": {"type": "Element", "id": element},
                "context": context,
            }
            for element in case.decided
        ]


def rate(work: Callable[[Any], object], items: list[Any], per_item: int) -> float:
    """Return units per second; the items are gone through whole, again and again, for about `SECONDS`."""
    done, start = 0, time.perf_counter()
    while True:
        for item in items:
            work(item)
            done += 1
            if done % 10 == 0 and time.perf_counter() - start > SECONDS:
                return done * per_item / (time.perf_counter() - start)


def run() -> list[tuple[str, float, str]]:
    """Measure; return label, units per second, unit."""
    chance = random.Random(20260306)
    rulebook = load_rulebook(RULEBOOKS, "boston")
    complete = [draw_case(rulebook, number, chance) for number in range(CASES)]
    partial = [forget(rulebook, case, chance) for case in complete]
    for case in [*complete, *partial]:
        assert len(case.decided) == ELEMENTS
        decide(rulebook, case)  # compiles what the rows use
    peer = Peer(rulebook)
    entities = cedarpy.Entities.from_json_str(json.dumps(peer.entities), peer.schema)
    requests = [peer.requests(case) for case in complete]
    allowed = sum(permitted(rulebook, case) for case in complete) / (CASES * ELEMENTS)
    unit = "decisions/s"

    def one_by_one(batch: list[dict[str, Any]]) -> None:
        for request in batch:
            cedarpy.is_authorized(request, peer.policies, entities, peer.schema)

    def together(batch: list[dict[str, Any]]) -> None:
        cedarpy.is_authorized_batch(batch, peer.policies, entities, peer.schema)

    documents = [case.to_json() for case in complete]
    return [
        (
            f"outcomes, complete cases ({allowed:.0%} permitted)",
            rate(lambda case: outcomes(rulebook, case), complete, ELEMENTS),
            unit,
        ),
        (
            f"outcomes, {UNKNOWN:.0%} of the facts unknown",
            rate(lambda case: outcomes(rulebook, case), partial, ELEMENTS),
            unit,
        ),
        (
            "parse_case and outcomes, complete cases",
            rate(lambda data: outcomes(rulebook, parse_case(data, rulebook)), documents, ELEMENTS),
            unit,
        ),
        (
            "decide, complete cases: with citations and obligations",
            rate(lambda case: decide(rulebook, case), complete, ELEMENTS),
            unit,
        ),
        (
            f"decide, {UNKNOWN:.0%} unknown: with questions too",
            rate(lambda case: decide(rulebook, case), partial, ELEMENTS),
            unit,
        ),
        ("cedarpy is_authorized, complete cases", rate(one_by_one, requests, ELEMENTS), unit),
        ("cedarpy is_authorized_batch, ten at a time", rate(together, requests, ELEMENTS), unit),
    ]


def main() -> None:
    for label, per_second, unit in run():
        print(f"{label:58} {per_second:12,.0f} {unit}")


if __name__ == "__main__":
    main()
