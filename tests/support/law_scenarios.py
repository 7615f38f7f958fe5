"""The scenarios of the shared data, the cases written from them, and the table that shows how each is decided."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from schoolgate.engines.law import Decision, Rulebook, decide, load_case, load_rulebook

REPOSITORY = Path(__file__).resolve().parents[2]
RULEBOOKS = REPOSITORY / "src" / "schoolgate" / "rulebooks"
CASES = REPOSITORY / "tests" / "engines" / "law" / "cases"
SCENARIOS = REPOSITORY / ".." / "shared" / "data" / "scenarios.jsonl"
TABLE = REPOSITORY / "docs" / "scenarios.md"


def scenarios() -> list[dict[str, Any]]:
    """Return every scenario, in the order of the file."""
    return [json.loads(line) for line in SCENARIOS.read_text(encoding="utf-8").splitlines() if line]


def boston_rulebook() -> Rulebook:
    """Load the law of Boston as it is in force."""
    return load_rulebook(RULEBOOKS, "boston")


def decision_of(scenario: dict[str, Any], rulebook: Rulebook) -> Decision:
    """Decide the case that was written from a scenario."""
    return decide(rulebook, load_case(CASES / f"{scenario['id']}.json", rulebook))


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
    """Say where a decision differs from what the scenario expects; `also` and `withhold_optional` count as right."""
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
