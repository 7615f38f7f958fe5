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


COUNSEL = {
    "S001": "Whether a school police report of 2015 was a law-enforcement unit's record (34 CFR 99.8) and so outside "
    "FERPA. The case does not say that the unit alone kept the copy, so 99.8 is not cited; the state has no such "
    "exception in what was read, and the answer is the same either way.",
    "S053": "Whether a gang rumor and ethnicity may ride in the weapon report, which c.71 s.37L orders to be filed. "
    "We strip what is not germane.",
    "S056": "Whether a bus stop counts as school premises (37L), as the district calls it student activity.",
    "S065": "Whether Form I-138 is a lawfully issued subpoena, and whether the school follows it without a court.",
    "S066": "The same, and whether the agency's own order of silence binds (34 CFR 99.31(a)(9)(ii)(B)).",
    "S067": "What the warrant's words reach: health and the other student are left out unless it names them.",
    "S081": "Whether 8 USC 1373 or c.71 s.37L governs a status that a staff member knows and no record holds.",
    "S086": "Whether a subpoena of an immigration judge, who is an executive officer, is lawfully issued.",
    "S127": "Whether the family may see a true unit record: federal law gives no right, the state rule has no limit.",
    "S140": "Whether a family's consent lifts 37L. No such exception was read; we strip.",
    "S141": "Whether a consent signed in custody, in a language the signer does not read, is informed and free.",
    "S164": "Whether a redacted public-records copy that goes to a law-enforcement body is a 37L disclosure.",
    "S194": "What the police alone may be told when immigration enforcement is in the same team.",
}
"""What counsel must settle in the scenarios on which lawyers could disagree."""

ARGUED: dict[str, str] = {}
"""For a scenario that counts and is decided otherwise than expected: why we hold to it. None is, today."""

INTRODUCTION = """# The scenarios

{count} scenarios were written as prose by people who knew the law and not this program, with the decision a careful
lawyer would take. Each is a case in `tests/engines/law/cases`, and this table shows how the rulebook `boston` decides
it. `high` and `medium` count; on `low` lawyers could disagree. A decision that the scenario calls defensible (`also`)
and a part that it calls optional count as right. The table is generated by `tests/support/law_scenarios.py` and a test
holds it against the rulebook; none of this is legal advice.

| confidence | scenarios | decided, withheld and owed as expected |
| --- | --- | --- |
{summary}

| scenario | confidence | on | decided | withheld | expected | difference, or what counsel must settle |
| --- | --- | --- | --- | --- | --- | --- |
{rows}
"""


def table(rulebook: Rulebook) -> str:
    """Return the page that shows how each scenario is decided beside what was expected."""
    rows, agreeing, total = [], dict.fromkeys(("high", "medium", "low"), 0), dict.fromkeys(("high", "medium", "low"), 0)
    for scenario in scenarios():
        decision, expected = decision_of(scenario, rulebook), scenario["expected"]
        found = list(differences(rulebook, scenario, decision))
        level = scenario["confidence"]
        total[level] += 1
        agreeing[level] += not found
        notes = [COUNSEL.get(scenario["id"], ""), ARGUED.get(scenario["id"], ""), "; ".join(found)]
        rows.append(
            [
                f"{scenario['id']} {scenario['title']}",
                level,
                decision.date.isoformat(),
                decision.outcome,
                _parts(decision.withheld),
                " or ".join([expected["decision"], *expected.get("also", [])]) + _apart(expected),
                " ".join(note for note in notes if note),
            ]
        )
    return INTRODUCTION.format(
        count=sum(total.values()),
        summary="\n".join(f"| {level} | {total[level]} | {agreeing[level]} |" for level in total),
        rows="\n".join("| " + " | ".join(cell.replace("|", "/") for cell in row) + " |" for row in rows),
    )


def _parts(names: tuple[str, ...] | list[str]) -> str:
    return "all" if list(names) == ["*"] else ", ".join(sorted(names))


def _apart(expected: dict[str, Any]) -> str:
    parts = _parts(expected["withhold"])
    return f" without {parts}" if parts and parts != "all" else ""


if __name__ == "__main__":
    TABLE.write_text(table(boston_rulebook()), encoding="utf-8")
