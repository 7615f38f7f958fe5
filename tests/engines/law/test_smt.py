"""Terms say about a case what the evaluators say: both values, three values, obligations; models are cases."""

import datetime as dt
import os

import pytest
import z3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schoolgate.engines.law import WHOLE_RECORD, Act, Rulebook, amend, outcomes, parse_case, program_for
from schoolgate.engines.law.proving.smt import LawTerms, Rails, Terms, UnsureLaw, case_of, holds, number_of, stated
from schoolgate.engines.law.text import condition as c
from support.law import Boundaries, cases, fill
from support.law_files import provision

TRIALS = int(os.environ.get("SCHOOLGATE_TRIALS", "25"))
relaxed = settings(
    max_examples=TRIALS, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
ACTS: tuple[Act, ...] = ("release", "refuse", "review")


@pytest.fixture(scope="module")
def law(rulebook: Rulebook) -> LawTerms:
    return LawTerms(rulebook, Terms(rulebook.vocabulary, rulebook.counsel_ids))


@pytest.fixture(scope="module")
def unsure(law: LawTerms) -> UnsureLaw:
    return UnsureLaw(law.rulebook, Rails(law.terms))


@pytest.fixture(scope="module")
def solver(law: LawTerms, unsure: UnsureLaw) -> z3.Solver:
    solver = law.solver()
    solver.add(*unsure.definitions, *unsure.rails.axioms)
    return solver


def entailed(solver: z3.Solver, term: z3.BoolRef) -> bool | None:
    """Whether what was asserted forces a term; None when it leaves both values open."""
    maybe, maybe_not = (solver.check(one) == z3.sat for one in (term, z3.Not(term)))
    assert maybe or maybe_not
    return None if maybe and maybe_not else maybe


@relaxed
@given(data=st.data())
def test_a_complete_case_is_permitted_exactly_when_the_compiled_rules_permit(
    data: st.DataObject, bounds: Boundaries, law: LawTerms, solver: z3.Solver
) -> None:
    case = data.draw(cases(bounds, complete=True))
    solver.push()
    solver.add(*stated(case, law.terms, law.rulebook))
    told = {name: entailed_for(solver, law, name, law.permitted) for name in case.decided}
    solver.pop()
    assert told == {name: outcome == "permit" for name, outcome in outcomes(law.rulebook, case).items()}


def entailed_for(solver: z3.Solver, law: LawTerms, element: str, term: z3.BoolRef) -> bool | None:
    solver.push()
    solver.add(law.terms.elements[element])
    value = entailed(solver, term)
    solver.pop()
    return value


@relaxed
@given(data=st.data())
def test_an_obligation_is_owed_exactly_when_the_compiled_rules_say_so(
    data: st.DataObject, bounds: Boundaries, law: LawTerms, solver: z3.Solver
) -> None:
    case = data.draw(cases(bounds, complete=True))
    bit = 1 << law.rulebook.vocabulary.element_bits[WHOLE_RECORD]
    solver.push()
    solver.add(*stated(case, law.terms, law.rulebook), law.terms.elements[case.elements[0]])
    assert solver.check() == z3.sat
    model = solver.model()
    for act in ACTS:
        program = program_for(law.rulebook, case.date, case.recipient, act)
        survey = program.survey(case.vector, bit)
        owed = {program.provisions[number].obligation for number, true, _, _ in survey if true}
        assert {name for (when, name), term in law.owed.items() if when == act and holds(model, term)} == owed
    solver.pop()


@relaxed
@given(data=st.data())
def test_with_unknown_facts_the_rails_say_what_three_valued_evaluation_says(
    data: st.DataObject, bounds: Boundaries, law: LawTerms, unsure: UnsureLaw, solver: z3.Solver
) -> None:
    case = data.draw(cases(bounds, complete=False))
    permit, ask, _ = program_for(law.rulebook, case.date, case.recipient).decide(case.vector, case.asked)
    bits = law.rulebook.vocabulary.element_bits
    solver.push()
    solver.add(*stated(case, law.terms, law.rulebook, known=unsure.rails))
    for name in case.decided:
        permitted, unsettled = permit >> bits[name] & 1, ask >> bits[name] & 1
        told = [entailed_for(solver, law, name, term) for term in (unsure.permitted, unsure.denied)]
        assert told == [bool(permitted), not permitted and not unsettled]
    solver.pop()


@relaxed
@given(data=st.data())
def test_each_condition_and_its_opposite_agree_with_the_tree(
    data: st.DataObject, bounds: Boundaries, law: LawTerms, unsure: UnsureLaw, solver: z3.Solver
) -> None:
    case = data.draw(cases(bounds, complete=False))
    condition = data.draw(st.sampled_from(bounds.conditions))
    element = case.elements[0]
    given_case = c.Given(
        dict(zip(law.rulebook.facts, case.vector, strict=False)),
        case.counsel_answers,
        case.recipient,
        element,
        law.rulebook.vocabulary.element_bits[element],
    )
    solver.push()
    solver.add(*stated(case, law.terms, law.rulebook, known=unsure.rails), law.terms.elements[element])
    for tree in (condition, c.Not(condition)):
        value, _ = c.evaluate(tree, given_case)
        rails = (unsure.rails.true(tree), unsure.rails.false(tree))
        assert [entailed(solver, rail) for rail in rails] == [value is True, value is False]
        if value is not None:
            assert entailed(solver, law.terms.of(tree)) is value
    solver.pop()


@relaxed
@given(data=st.data())
def test_a_model_is_a_complete_case_that_says_what_the_model_says(
    data: st.DataObject, law: LawTerms, solver: z3.Solver
) -> None:
    name = data.draw(st.sampled_from([key for key, act in law.provisions if act == "disclose"]))
    target = law.provisions[name, "disclose"]
    assert solver.check(target) == z3.sat
    model = solver.model()
    case = parse_case(case_of(model, law.terms, law.rulebook), law.rulebook)
    assert None not in case.vector
    assert case.date.toordinal() == number_of(model, law.terms.day)
    element = next(name for name, term in law.terms.elements.items() if holds(model, term))
    assert (outcomes(law.rulebook, case)[element] == "permit") is holds(model, law.permitted)
    solver.push()
    solver.add(*stated(case, law.terms, law.rulebook), law.terms.elements[element])
    assert entailed(solver, target) is True
    solver.pop()


def test_a_derived_element_is_asked_for_through_what_brings_it(law: LawTerms, solver: z3.Solver) -> None:
    derived = law.rulebook.vocabulary.derived[0]
    assert solver.check(law.terms.elements[derived.name]) == z3.sat
    case = parse_case(case_of(solver.model(), law.terms, law.rulebook), law.rulebook)
    assert derived.name in case.decided
    assert solver.check(law.terms.elements[derived.name], law.terms.askable) == z3.unsat


def test_a_case_of_a_model_can_leave_unknown_what_the_rails_leave_unknown(
    law: LawTerms, unsure: UnsureLaw, solver: z3.Solver
) -> None:
    facts = [name for name in law.rulebook.facts if name != "disclosure_date"]
    unknown = [law.terms.no(unsure.rails.facts[name]) for name in facts[:3]]
    known = [unsure.rails.facts[name] for name in facts[3:]]
    assert solver.check(*unknown, *known) == z3.sat
    case = parse_case(case_of(solver.model(), law.terms, law.rulebook, known=unsure.rails), law.rulebook)
    assert [name for name in facts if case.facts[name] is None] == facts[:3]


def test_two_rulebooks_share_the_variables_of_a_case(synthetic: Rulebook) -> None:
    text = provision("f.more", 'permit (principal, action == Action::"disclose", resource) when { context.signed };')
    draft = amend(synthetic, [text])
    terms = Terms(synthetic.vocabulary, sorted({*synthetic.counsel_ids, *draft.counsel_ids}))
    old, new = LawTerms(synthetic, terms, "old:"), LawTerms(draft, terms, "new:")
    solver = old.solver()
    solver.add(*new.definitions)
    assert solver.check(old.permitted, terms.no(new.permitted)) == z3.unsat
    assert solver.check(new.permitted, terms.no(old.permitted)) == z3.sat
    data = case_of(solver.model(), terms, synthetic)
    element = data["elements"][0]
    assert outcomes(synthetic, parse_case(data, synthetic))[element] == "deny"
    assert outcomes(draft, parse_case(data, draft))[element] == "permit"


def test_a_second_case_differs_only_in_the_facts_that_vary(law: LawTerms) -> None:
    names = [name for name in law.rulebook.facts if name != "disclosure_date"]
    varied = law.terms.varied(names[:1], "other:")
    solver = law.solver()
    solver.add(*varied.axioms)
    for name in law.rulebook.facts:
        same = law.terms.same(varied, name)
        assert (solver.check(law.terms.no(same)) == z3.sat) is (name == names[0])


def test_every_day_of_a_case_format_is_possible_and_no_other(law: LawTerms, solver: z3.Solver) -> None:
    for day, possible in (
        (dt.date(1900, 1, 1), True),
        (dt.date(2199, 12, 31), True),
        (dt.date(1899, 12, 31), False),
        (dt.date(2200, 1, 1), False),
    ):
        assert (solver.check(law.terms.day == day.toordinal()) == z3.sat) is possible


def test_a_case_and_its_completions_are_told_alike(
    law: LawTerms, solver: z3.Solver, bounds: Boundaries, unsure: UnsureLaw
) -> None:
    """What is sure with facts unknown is so in every completion: proved at once, then seen in one."""
    for sure, opposite in ((unsure.permitted, law.terms.no(law.permitted)), (unsure.denied, law.permitted)):
        assert solver.check(sure, opposite) == z3.unsat
        assert solver.check(sure, law.terms.no(opposite)) == z3.sat
    unknown = law.terms.any(map(law.terms.no, unsure.rails.facts.values()))
    assert solver.check(unsure.permitted, unknown) == z3.sat
    model = solver.model()
    case = parse_case(case_of(model, law.terms, law.rulebook, known=unsure.rails), law.rulebook)
    assert None in case.vector
    element = next(name for name, term in law.terms.elements.items() if holds(model, term))

    @settings(max_examples=5, deadline=None, database=None)
    @given(data=st.data())
    def completed(data: st.DataObject) -> None:
        assert outcomes(law.rulebook, fill(data.draw, bounds, case, every=True))[element] == "permit"

    completed()
