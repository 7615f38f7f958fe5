"""The scenarios, each read as prose, written as a case file, and decided as a careful lawyer would.

What they expect is kept outside this repository, in the shared data. `low` confidence means that lawyers
could disagree: those are printed and never fail.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from schoolgate.engines.law import Decision, Rulebook, decide, load_case, load_rulebook

REPOSITORY = Path(__file__).resolve().parents[3]
CASES = Path(__file__).parent / "cases"
SCENARIOS = REPOSITORY / ".." / "shared" / "data" / "scenarios.jsonl"
TAGS_WITHOUT_EXCEPTION = {"case", "warrant", "ice", "consent", "gang"}


def scenarios() -> list[dict[str, Any]]:
    return [json.loads(line) for line in SCENARIOS.read_text(encoding="utf-8").splitlines() if line]


def scored() -> list[Any]:
    return [pytest.param(s, id=s["id"]) for s in scenarios() if s["confidence"] != "low"]


@pytest.fixture(scope="module")
def boston() -> Rulebook:
    return load_rulebook(REPOSITORY / "src" / "schoolgate" / "rulebooks", "boston")


def cited(rulebook: Rulebook, decision: Decision) -> set[str]:
    """Every citation that the decision shows: outcome, votes, the paper that failed, duties."""
    shown = {c.citation for c in decision.citations} | {c.citation for c in decision.considered}
    shown |= {duty.citation for duty in decision.obligations}
    votes = (vote for element in decision.elements for vote in element.votes)
    return shown | {rulebook.provisions[name].citation for vote in votes for name in vote.provisions}


def is_part_of(one: str, other: str) -> bool:
    """34 CFR 99.31(a) is part of 34 CFR 99.31, and 34 CFR 99.31 is no part of 34 CFR 99.3."""
    return one == other or (one.startswith(other) and one[len(other)] in "( ,.")


def differences(rulebook: Rulebook, scenario: dict[str, Any], decision: Decision) -> Iterator[str]:
    expected = scenario["expected"]
    allowed = [expected["decision"], *expected.get("also", [])]
    if decision.outcome not in allowed:
        yield f"decided {decision.outcome}, expected {' or '.join(allowed)}"
    optional = set(expected.get("withhold_optional", []))
    withheld, due = set(decision.withheld) - optional, set(expected["withhold"]) - optional
    if decision.outcome == expected["decision"] and withheld != due:
        yield f"withheld {sorted(withheld)}, expected {sorted(due)}"
    if missing := set(expected["obligations"]) - {duty.name for duty in decision.obligations}:
        yield f"obligations missing: {sorted(missing)}"
    shown = cited(rulebook, decision)
    if missing := {basis for basis in expected["basis"] if not any(is_part_of(c, basis) for c in shown)}:
        yield f"citations missing: {sorted(missing)}"
    if "must_not_cite_37L" in scenario["tags"] and any("37L" in citation for citation in shown):
        yield "cites 37L before it was law"


@pytest.mark.parametrize("scenario", scored())
def test_a_scenario_is_decided_as_expected(scenario: dict[str, Any], boston: Rulebook) -> None:
    decision = decide(boston, load_case(CASES / f"{scenario['id']}.json", boston))
    assert list(differences(boston, scenario, decision)) == []


def test_scenarios_on_which_lawyers_could_disagree_are_reported(boston: Rulebook) -> None:
    for scenario in scenarios():
        if scenario["confidence"] == "low":
            decision = decide(boston, load_case(CASES / f"{scenario['id']}.json", boston))
            found = "; ".join(differences(boston, scenario, decision)) or "agrees"
            print(f"{scenario['id']} {scenario['title']}: {found}")  # noqa: T201 - the report is the point


def test_every_scenario_has_its_case_on_the_day_the_information_moves(boston: Rulebook) -> None:
    for scenario in scenarios():
        case = load_case(CASES / f"{scenario['id']}.json", boston)
        moved = scenario.get("facts", {}).get("disclosure_date", scenario["date"])
        assert case.date.isoformat() == moved, scenario["id"]
        assert case.recipient == scenario["recipient"]["kind"], scenario["id"]
        assert set(scenario["record"]["contains"]) <= set(case.elements), scenario["id"]
    tagged = {s["id"] for s in scenarios() if TAGS_WITHOUT_EXCEPTION & set(s["tags"])}
    assert tagged <= {path.stem for path in CASES.glob("S*.json")}


def test_no_scenario_meets_a_defect(boston: Rulebook) -> None:
    for path in sorted(CASES.glob("S*.json")):
        assert decide(boston, load_case(path, boston)).defects == (), path.name
