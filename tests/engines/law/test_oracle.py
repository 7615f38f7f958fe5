"""On complete cases the engine and cedarpy must agree on every provision and every element."""

import os

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schoolgate.engines.law import WHOLE_RECORD, Act, Case, Outcome, Rulebook, outcomes, program_for
from schoolgate.engines.law.text.provision import Provision
from support.law import Boundaries, CedarOracle, cases

TRIALS = int(os.environ.get("SCHOOLGATE_TRIALS", "25"))
relaxed = settings(
    max_examples=TRIALS,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def found(rulebook: Rulebook, case: Case, act: Act, elements: tuple[str, ...]) -> dict[str, frozenset[str]]:
    """By element the provisions that the engine finds true; a complete case leaves none unknown."""
    program = program_for(rulebook, case.date, case.recipient, act)
    bits = rulebook.vocabulary.element_bits
    asked = sum(1 << bits[name] for name in elements)
    true: dict[str, set[str]] = {name: set() for name in elements}
    for number, mask, unknown, error in program.survey(case.vector, asked):
        assert error is None
        assert not unknown
        for name in elements:
            if mask >> bits[name] & 1:
                true[name].add(program.provisions[number].id)
    return {name: frozenset(ids) for name, ids in true.items()}


def counted(rulebook: Rulebook, case: Case, provision: Provision, act: Act) -> bool:
    """Whether the engine looks at a provision for this recipient and act, and counsel did not answer no."""
    effects = ("door", "prohibition") if act == "disclose" else ("obligation",)
    layer_counts = provision.effect != "door" or provision.layer in rulebook.layers_for(case.recipient)
    return provision.effect in effects and layer_counts and case.counsel_answers.get(provision.id, True)


def expected_outcome(rulebook: Rulebook, case: Case, holding: frozenset[str]) -> Outcome:
    provisions = [rulebook.provisions[name] for name in holding]
    if any(p.effect == "prohibition" for p in provisions):
        return "deny"
    open_layers = {p.layer for p in provisions if p.effect == "door"}
    return "permit" if open_layers >= set(rulebook.layers_for(case.recipient)) else "deny"


@relaxed
@given(data=st.data())
def test_the_same_provisions_hold_as_cedar_says(
    rulebook: Rulebook, bounds: Boundaries, oracle: CedarOracle, data: st.DataObject
) -> None:
    case = data.draw(cases(bounds, complete=True))
    acts: tuple[Act, ...] = ("disclose", "release", "refuse", "review")
    for act in acts:
        elements = case.decided if act == "disclose" else (WHOLE_RECORD,)
        truth = {
            element: frozenset(i for i in ids if counted(rulebook, case, rulebook.provisions[i], act))
            for element, ids in oracle.satisfied(case, elements, act).items()
        }
        assert found(rulebook, case, act, elements) == truth
        if act == "disclose":
            wanted = {element: expected_outcome(rulebook, case, ids) for element, ids in truth.items()}
            assert outcomes(rulebook, case) == wanted


def test_the_drawn_cases_make_every_provision_of_the_small_rulebook_hold(synthetic: Rulebook) -> None:
    bounds = Boundaries(synthetic)
    held: set[str] = set()

    @settings(max_examples=150, deadline=None, database=None, derandomize=True)
    @given(case=cases(bounds, complete=True))
    def collect(case: Case) -> None:
        for act in ("disclose", "release", "refuse", "review"):
            elements = case.decided if act == "disclose" else (WHOLE_RECORD,)
            held.update(*found(synthetic, case, act, elements).values())

    collect()
    assert held == {name for name, provision in synthetic.provisions.items() if provision.rules}
