"""When something breaks inside, nothing opens."""

import dataclasses
import os
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schoolgate.engines.law import Case, Decision, Rulebook, decide, outcomes, parse_case
from support.law import Boundaries, case_data, cases

TRIALS = int(os.environ.get("SCHOOLGATE_TRIALS", "25"))
ORDER = {
    "instrument": "court_order",
    "issuer": "court",
    "signed": True,
    "topics": ["weapon"],
    "germane_elements": [],
    "sealed_elements": [],
    "threat": False,
}


def broken(rulebook: Rulebook, fact: str, value: Any, elements: list[str]) -> Case:
    """A case whose vector holds something that no parser would have let in."""
    case = parse_case(case_data(rulebook, facts=ORDER, elements=elements), rulebook)
    vector: list[Any] = list(case.vector)
    vector[list(rulebook.facts).index(fact)] = value
    return dataclasses.replace(case, vector=tuple(vector))


def test_a_provision_that_raises_is_unknown_and_reported(synthetic: Rulebook) -> None:
    decision = decide(synthetic, broken(synthetic, "topics", "weapon", ["student_name"]))
    assert decision.outcome == "needs_review"
    assert decision.withheld == ("*",)
    assert [(d.provision, d.error) for d in decision.defects] == [("l.door", "TypeError"), ("s.door", "TypeError")]


def test_a_prohibition_that_raises_blocks(synthetic: Rulebook) -> None:
    case = broken(synthetic, "germane_elements", "religion", ["religion", "student_name"])
    decision = decide(synthetic, case)
    assert decision.outcome == "needs_review"
    assert decision.element("religion").outcome == "ask"
    assert decision.element("religion").prohibitions == ("s.floor",)
    assert decision.element("student_name").outcome == "permit"
    assert outcomes(synthetic, case) == {"religion": "ask", "student_name": "permit"}
    assert {d.provision for d in decision.defects} == {"s.floor"}


def test_an_engine_that_fails_denies_and_says_so(synthetic: Rulebook) -> None:
    case = parse_case(case_data(synthetic, facts=ORDER, elements=["student_name", "narrative"]), synthetic)
    assert decide(synthetic, case).outcome == "permit"
    decision = decide(synthetic, dataclasses.replace(case, vector=case.vector[:-1]))
    assert decision.outcome == "deny"
    assert decision.withheld == ("*",)
    assert {e.outcome for e in decision.elements} == {"deny"}
    assert [e.element for e in decision.elements if e.derived] == ["narrative_identifiers"]
    assert [(d.provision, d.error) for d in decision.defects] == [(None, "ValueError")]
    assert "ValueError" in decision.reason
    assert decision.to_json()["outcome"] == "deny"


@settings(max_examples=TRIALS, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_damage_to_one_fact_never_opens_anything(rulebook: Rulebook, bounds: Boundaries, data: st.DataObject) -> None:
    case = data.draw(cases(bounds, complete=True))
    slot = data.draw(st.integers(0, len(case.vector) - 1))
    vector: list[Any] = list(case.vector)
    unknown = decide(rulebook, dataclasses.replace(case, vector=(*vector[:slot], None, *vector[slot + 1 :])))
    vector[slot] = data.draw(st.sampled_from(["yes", 1.5, (), object()]))
    damaged: Decision = decide(rulebook, dataclasses.replace(case, vector=tuple(vector)))
    may_leave = {e.element for e in decide(rulebook, case).elements if e.outcome == "permit"}
    for name in {e.element for e in damaged.elements if e.outcome == "permit"} - may_leave:
        assert damaged.defects == ()
        assert unknown.element(name).outcome != "deny"
