"""Unknown is not false: what a missing fact may do, and what it may never do."""

import os

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schoolgate.engines.law import Rulebook, decide, outcomes, program_for
from schoolgate.engines.law.deciding.settle import settled_outcomes
from schoolgate.engines.law.text import condition as c
from support.law import Boundaries, cases, fill

TRIALS = int(os.environ.get("SCHOOLGATE_TRIALS", "25"))
relaxed = settings(
    max_examples=TRIALS, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@relaxed
@given(data=st.data())
def test_an_answer_never_revokes_what_is_settled(rulebook: Rulebook, bounds: Boundaries, data: st.DataObject) -> None:
    case = data.draw(cases(bounds, complete=False))
    before = outcomes(rulebook, case)
    for _ in range(6):
        case = fill(data.draw, bounds, case, every=False)
        after = outcomes(rulebook, case)
        assert {name: after[name] for name, value in before.items() if value != "ask"} == {
            name: value for name, value in before.items() if value != "ask"
        }
        before = after


@relaxed
@given(data=st.data())
def test_what_is_settled_holds_in_every_sampled_completion(
    rulebook: Rulebook, bounds: Boundaries, data: st.DataObject
) -> None:
    case = data.draw(cases(bounds, complete=False))
    settled = {name: value for name, value in outcomes(rulebook, case).items() if value != "ask"}
    for _ in range(4):
        complete = outcomes(rulebook, fill(data.draw, bounds, case, every=True))
        assert "ask" not in complete.values()
        assert {name: complete[name] for name in settled} == settled


@relaxed
@given(data=st.data())
def test_the_whole_is_never_looser_than_its_completions(
    rulebook: Rulebook, bounds: Boundaries, data: st.DataObject
) -> None:
    case = data.draw(cases(bounds, complete=False))
    decision = decide(rulebook, case)
    completed = decide(rulebook, fill(data.draw, bounds, case, every=True))
    if decision.outcome != "needs_review":
        assert completed.outcome == decision.outcome
        assert completed.withheld == decision.withheld
    else:
        assert decision.withheld == ("*",)
        assert decision.questions


@relaxed
@given(data=st.data())
def test_the_fast_way_and_the_explained_way_agree(rulebook: Rulebook, bounds: Boundaries, data: st.DataObject) -> None:
    case = data.draw(cases(bounds, complete=False))
    decision = decide(rulebook, case)
    assert not decision.defects
    assert {e.element: e.outcome for e in decision.elements} == settled_outcomes(rulebook, case)
    kleene = {e.element: "ask" if e.either_way else e.outcome for e in decision.elements}
    assert kleene == outcomes(rulebook, case)


@relaxed
@given(data=st.data())
def test_compiled_and_interpreted_conditions_agree(rulebook: Rulebook, bounds: Boundaries, data: st.DataObject) -> None:
    case = data.draw(cases(bounds, complete=False))
    program = program_for(rulebook, case.date, case.recipient)
    bits = rulebook.vocabulary.element_bits
    compiled: dict[tuple[str, str], bool | None] = {}
    for number, true, unknown, _ in program.survey(case.vector, case.asked):
        for element in case.decided:
            if true >> bits[element] & 1:
                compiled[program.provisions[number].id, element] = True
            elif unknown >> bits[element] & 1:
                compiled[program.provisions[number].id, element] = None
    facts = dict(zip(rulebook.facts, case.vector, strict=False))
    for provision in program.provisions:
        for element in case.decided:
            given_ = c.Given(facts, case.counsel_answers, case.recipient, element, bits[element])
            value, waits = c.evaluate(provision.condition(), given_)
            assert compiled.get((provision.id, element), False) is value
            assert bool(waits) is (value is None)


@relaxed
@given(data=st.data())
def test_answering_all_questions_of_a_round_always_ends(
    rulebook: Rulebook, bounds: Boundaries, data: st.DataObject
) -> None:
    case = data.draw(cases(bounds, complete=False))
    complete = fill(data.draw, bounds, case, every=True)
    for _ in range(40):
        decision = decide(rulebook, case)
        if not decision.questions:
            break
        asked = {question.id for question in decision.questions}
        data_now = case.to_json()
        for name in asked:
            kind = "facts" if name in rulebook.facts else "counsel_answers"
            known = complete.facts if kind == "facts" else complete.counsel_answers
            assert data_now[kind].get(name) is None
            data_now[kind][name] = known[name]
        case = bounds.parse(data_now)
    assert not decision.questions
    assert "ask" not in {e.outcome for e in decision.elements if not e.derived}
    assert decision.outcome == decide(rulebook, complete).outcome
