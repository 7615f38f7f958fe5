"""Decision diagrams, against the interpreter on completions and against a solver on all of them."""

import os
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schoolgate.engines.law import Rulebook
from schoolgate.engines.law.deciding.diagram import FALSE, TERMINALS, TRUE, Diagram, OverBudgetError
from schoolgate.engines.law.proving.terms import Terms
from schoolgate.engines.law.text import condition as c

TRIALS = int(os.environ.get("SCHOOLGATE_TRIALS", "25"))
relaxed = settings(max_examples=TRIALS, deadline=None, suppress_health_check=list(HealthCheck))

NUMBERS = ("age", "copies")
DATES = ("consent_date", "return_date")
DAY = 737_000
# Of conditions drawn at random a few in a thousand need more nodes than the engine would spend on them.
AMPLE = 1_000_000


def sides(fact_names: tuple[str, ...], codes: tuple[int, ...]) -> st.SearchStrategy[tuple[c.Operand, c.Operand]]:
    fact = st.sampled_from(fact_names).map(c.FactValue)
    other = st.one_of(fact, st.sampled_from(codes).map(c.Code))
    return st.tuples(fact, other).flatmap(st.permutations).map(tuple)  # type: ignore[arg-type]


def compared(names: tuple[str, ...], codes: tuple[int, ...]) -> st.SearchStrategy[c.Condition]:
    op = st.sampled_from(("eq", "lt", "le"))
    return st.builds(lambda op, both: c.Compare(op, *both), op, sides(names, codes))


def set_atoms() -> st.SearchStrategy[c.Condition]:
    op = st.sampled_from(("within", "meets", "equals"))
    topics = sides(("topics",), (0, 1, 3, 7))
    elements = sides(("germane_elements", "sealed_elements"), (0, 5))
    return st.builds(lambda op, both: c.Sets(op, *both), op, st.one_of(topics, elements))


def atoms() -> st.SearchStrategy[c.Condition]:
    codes = st.sets(st.integers(0, 5), max_size=3).map(sorted).map(tuple)
    return st.one_of(
        st.sampled_from([c.Flag("signed"), c.Flag("threat"), c.Answer("s.doubtful"), c.Constant(value=True)]),
        st.builds(c.OneOf, st.just("instrument"), codes),
        st.just(c.Within("issuer", "accepted_issuers")),
        st.just(c.Compare("eq", c.FactValue("issuer"), c.Code(1))),
        st.sampled_from([c.AboutElement("germane_elements"), c.AboutElement("sealed_elements")]),
        compared(NUMBERS, (3, 4, 14)),
        compared(DATES, (DAY, DAY + 1)),
        set_atoms(),
    )


def conditions() -> st.SearchStrategy[c.Condition]:
    return st.recursive(
        atoms(),
        lambda inner: st.one_of(
            inner.map(c.Not),
            st.lists(inner, min_size=1, max_size=4).map(lambda parts: c.All(tuple(parts))),
            st.lists(inner, min_size=1, max_size=4).map(lambda parts: c.Any(tuple(parts))),
            st.builds(c.If, inner, inner, inner),
        ),
        max_leaves=9,
    )


@st.composite
def known_facts(draw: st.DrawFn, rulebook: Rulebook) -> dict[str, bool | int | None]:
    options = {
        "instrument": st.integers(0, 5),
        "issuer": st.integers(0, 2),
        "accepted_issuers": st.integers(0, 7),
        "topics": st.integers(0, 7),
        "germane_elements": st.integers(0, 63),
        "sealed_elements": st.integers(0, 63),
        "signed": st.booleans(),
        "threat": st.booleans(),
        "age": st.integers(2, 5),
        "copies": st.integers(13, 15),
        "consent_date": st.integers(DAY - 1, DAY + 2),
        "return_date": st.integers(DAY - 1, DAY + 2),
    }
    names = draw(st.sets(st.sampled_from(sorted(options)), max_size=5))
    return {name: draw(options[name]) if name in names else None for name in options}


def walk_down(diagram: Diagram, node: int, chosen: dict[int, int]) -> int:
    while node >= TERMINALS:
        level, children = diagram.nodes[node]
        node = children[chosen[level]]
    return node


def completion(diagram: Diagram, known: dict[str, bool | int | None], chosen: dict[int, int]) -> c.Given:
    """The facts that a choice of one class for each variable stands for."""
    facts = dict(known)
    answers: dict[str, bool] = {}
    for level, variable in enumerate(diagram.variables):
        code = variable.classes[chosen[level]].codes[0]
        if isinstance(variable.about, c.Answer):
            answers[variable.about.provision] = bool(code)
        elif variable.member is not None:
            facts[variable.about.fact] = (facts.get(variable.about.fact) or 0) | code << variable.member
        elif variable.about.fact in ("signed", "threat"):
            facts[variable.about.fact] = bool(code)
        else:
            facts[variable.about.fact] = code
    for name in ("germane_elements", "sealed_elements", "accepted_issuers", "topics"):
        facts[name] = facts.get(name) or 0
    return c.Given(facts, answers, "local_police", "", 1)


@relaxed
@given(data=st.data())
def test_a_diagram_says_what_the_interpreter_says(synthetic: Rulebook, data: st.DataObject) -> None:
    condition = data.draw(conditions())
    known = data.draw(known_facts(synthetic))
    diagram = Diagram(synthetic.facts, known, {}, [(condition, 1)], budget=AMPLE)
    node = diagram.of(condition, 1)
    for _ in range(5):
        chosen = {
            level: data.draw(st.integers(0, len(variable.classes) - 1))
            for level, variable in enumerate(diagram.variables)
        }
        value, _waits = c.evaluate(condition, completion(diagram, known, chosen))
        assert value is not None
        assert walk_down(diagram, node, chosen) == value


@relaxed
@given(data=st.data())
def test_a_diagram_is_constant_exactly_when_a_solver_says_so(synthetic: Rulebook, data: st.DataObject) -> None:
    condition = data.draw(conditions())
    known = data.draw(known_facts(synthetic))
    diagram = Diagram(synthetic.facts, known, {}, [(condition, 1)], budget=AMPLE)
    node = diagram.of(condition, 1)
    terms = Terms(synthetic.vocabulary, synthetic.counsel_ids)
    solver = terms.solver()
    solver.add(*terms.axioms, terms.elements[list(synthetic.elements)[1]])
    solver.add(*[terms.equals(name, int(code)) for name, code in known.items() if code is not None])
    term = terms.of(condition)
    assert (str(solver.check(term)) == "sat") is (node != FALSE)
    assert (str(solver.check(terms.no(term))) == "sat") is (node != TRUE)


@relaxed
@given(data=st.data())
def test_a_node_depends_on_its_support_and_on_nothing_else(synthetic: Rulebook, data: st.DataObject) -> None:
    condition = data.draw(conditions())
    diagram = Diagram(synthetic.facts, {}, {}, [(condition, 1)], budget=AMPLE)
    node = diagram.of(condition, 1)
    support = diagram.support(node)
    for about in {variable.about for variable in diagram.variables}:
        levels = [level for level, variable in enumerate(diagram.variables) if variable.about == about]
        matters = False
        for reached in reachable(diagram, node):
            if diagram.nodes[reached][0] in levels:
                children = diagram.nodes[reached][1]
                assert len(set(children)) > 1
                matters = True
        assert matters is (about in support)


def reachable(diagram: Diagram, node: int) -> set[int]:
    seen: set[int] = set()
    rest = [node]
    while rest:
        here = rest.pop()
        if here >= TERMINALS and here not in seen:
            seen.add(here)
            rest += diagram.nodes[here][1]
    return seen


@relaxed
@given(data=st.data())
def test_equal_conditions_are_the_same_node(synthetic: Rulebook, data: st.DataObject) -> None:
    one, two = data.draw(conditions()), data.draw(conditions())
    diagram = Diagram(synthetic.facts, {}, {}, [(one, 1), (two, 1)], budget=AMPLE)
    first, second = diagram.of(one, 1), diagram.of(two, 1)
    assert diagram.of(c.All((one, two)), 1) == diagram.of(c.All((two, one)), 1) == diagram.all((first, second))
    assert diagram.of(c.Not(c.Any((one, two))), 1) == diagram.of(c.All((c.negate(one), c.negate(two))), 1)
    assert diagram.of(c.Any((one, c.Not(one))), 1) == TRUE
    assert diagram.of(c.All((one, c.negate(one))), 1) == FALSE
    assert diagram.opposite(diagram.opposite(first)) == first


def test_days_that_are_compared_with_each_other_can_stand_in_any_order(synthetic: Rulebook) -> None:
    early, late = c.FactValue("consent_date"), c.FactValue("return_date")
    both = c.All((c.Compare("lt", early, late), c.Compare("lt", late, c.Code(DAY + 1)), c.Compare("le", early, late)))
    boxed = c.All((c.Compare("lt", c.Code(DAY), early), c.Compare("lt", early, late), both))
    diagram = Diagram(synthetic.facts, {}, {}, [(both, 0), (boxed, 0)])
    assert diagram.of(both, 0) >= TERMINALS
    assert diagram.of(boxed, 0) == FALSE  # no day lies between a day and the next


def test_every_value_that_a_condition_tells_apart_has_its_class(synthetic: Rulebook) -> None:
    condition = c.All(
        (
            c.OneOf("instrument", (1, 2)),
            c.Compare("lt", c.FactValue("age"), c.Code(14)),
            c.Compare("le", c.Code(3), c.FactValue("age")),
        )
    )
    diagram = Diagram(synthetic.facts, {}, {}, [(condition, 0)])
    instrument, age = diagram.variables
    assert [one.codes for one in instrument.classes] == [(0, 3, 4, 5), (1, 2)]
    assert [(one.low, one.high) for one in age.classes] == [(None, 2), (3, 13), (14, None)]
    inside = [
        chosen
        for chosen in product(range(2), range(3))
        if walk_down(diagram, diagram.of(condition, 0), dict(enumerate(chosen)))
    ]
    assert inside == [(1, 1)]


def test_a_diagram_that_grows_too_large_says_so(synthetic: Rulebook) -> None:
    many = c.All(tuple(c.Sets("meets", c.FactValue("germane_elements"), c.Code(1 << bit)) for bit in range(6)))
    with pytest.raises(OverBudgetError):
        Diagram(synthetic.facts, {}, {}, [(many, 0)], budget=4).of(many, 0)
