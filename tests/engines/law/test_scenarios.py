"""The scenarios, each read as prose, written as a case file, and decided as a careful lawyer would.

What they expect is kept outside this repository, in the shared data. `low` confidence means that lawyers
could disagree: those are printed and never fail.
"""

from typing import Any

import pytest

from schoolgate.engines.law import Rulebook, decide, load_case
from support.law_scenarios import (
    ARGUED,
    CASES,
    COUNSEL,
    TABLE,
    boston_rulebook,
    decision_of,
    differences,
    scenarios,
    table,
)

TAGS_WITHOUT_EXCEPTION = {"case", "warrant", "ice", "consent", "gang"}


def scored() -> list[Any]:
    return [pytest.param(s, id=s["id"]) for s in scenarios() if s["confidence"] != "low"]


@pytest.fixture(scope="module")
def boston() -> Rulebook:
    return boston_rulebook()


@pytest.mark.parametrize("scenario", scored())
def test_a_scenario_is_decided_as_expected(scenario: dict[str, Any], boston: Rulebook) -> None:
    assert list(differences(boston, scenario, decision_of(scenario, boston))) == []


def test_scenarios_on_which_lawyers_could_disagree_are_reported(boston: Rulebook) -> None:
    for scenario in scenarios():
        if scenario["confidence"] == "low":
            decision = decision_of(scenario, boston)
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


def test_every_low_scenario_says_what_counsel_must_settle_and_every_difference_is_argued(boston: Rulebook) -> None:
    assert set(COUNSEL) == {s["id"] for s in scenarios() if s["confidence"] == "low"}
    counted = [s for s in scenarios() if s["confidence"] != "low"]
    differing = {s["id"] for s in counted if list(differences(boston, s, decision_of(s, boston)))}
    assert set(ARGUED) == differing


def test_the_table_of_the_scenarios_says_what_the_rulebook_says(boston: Rulebook) -> None:
    """Write it anew with: python -m tests.support.law_scenarios."""
    assert TABLE.read_text(encoding="utf-8") == table(boston)
