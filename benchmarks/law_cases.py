"""Random cases for the real rulebook, the same in every benchmark, and how long work on them takes."""

import dataclasses
import datetime as dt
import random
import time
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

from schoolgate.engines.law import Case, Rulebook, load_rulebook, outcomes, parse_case

RULEBOOKS = Path(__file__).resolve().parents[1] / "src" / "schoolgate" / "rulebooks"
DAY = dt.date(2026, 3, 6)
CASES = 200
ELEMENTS = 10
UNKNOWN = 0.2
SECONDS = 1.0


@cache
def boston() -> Rulebook:
    return load_rulebook(RULEBOOKS, "boston")


@cache
def complete_cases() -> list[Case]:
    chance = random.Random(20260306)
    drawn = [draw_case(boston(), number, chance) for number in range(CASES)]
    assert all(len(case.decided) == ELEMENTS for case in drawn)
    return drawn


@cache
def partial_cases() -> list[Case]:
    chance = random.Random(20260307)
    return [forget(boston(), case, chance) for case in complete_cases()]


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
    for _ in range(1000):
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


def share_permitted() -> float:
    return sum(permitted(boston(), case) for case in complete_cases()) / (CASES * ELEMENTS)


def rate(work: Callable[[Any], object], items: Iterable[Any], seconds: float = SECONDS) -> float:
    """Return items per second; they are gone through whole, again and again, for about so many seconds."""
    listed = list(items)
    done, start = 0, time.perf_counter()
    while True:
        for item in listed:
            work(item)
            done += 1
            if done % 10 == 0 and time.perf_counter() - start > seconds:
                return done / (time.perf_counter() - start)


def duration(work: Callable[[], object], times: int = 1) -> float:
    """Return the milliseconds of the fastest of several runs."""
    best = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best * 1000
