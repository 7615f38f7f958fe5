"""Four evaluators, one law: generated source, words of bits, a solver and cedarpy; and no answer is ever taken back.

`make trials` goes through more than 100,000 cases of the real rulebook.
"""

import os
import random
from collections.abc import Iterable

import pytest

from schoolgate.engines.law import (
    WHOLE_RECORD,
    Act,
    Case,
    Outcome,
    Rulebook,
    decide,
    load_rulebook,
    outcomes,
    program_for,
)
from schoolgate.engines.law.deciding.settle import settled_outcomes
from schoolgate.engines.law.replaying.history import History
from schoolgate.engines.law.replaying.replay import replay, survey
from support.law import REAL_RULEBOOKS, Boundaries, CedarOracle
from support.law_many import ManyCases, Solver

TRIALS = int(os.environ.get("SCHOOLGATE_TRIALS", "25"))
CASES = TRIALS * (100 if TRIALS >= 1000 else 8)
PARTS = 2 if TRIALS < 1000 else 16
SEEDS = 80 if TRIALS < 1000 else 1000
ACTS: tuple[Act, ...] = ("disclose", "release", "refuse", "review")

Holding = dict[str, frozenset[tuple[str, str]]]


@pytest.fixture(scope="session", params=["boston", "synthetic"])
def many(request: pytest.FixtureRequest) -> ManyCases:
    if request.param == "boston":
        return ManyCases(Boundaries(load_rulebook(REAL_RULEBOOKS, "boston")), SEEDS)
    return ManyCases(Boundaries(request.getfixturevalue("synthetic")), SEEDS)


@pytest.fixture(scope="session")
def cedar(many: ManyCases) -> CedarOracle:
    return CedarOracle(many.rulebook)


def draw(many: ManyCases, chance: random.Random, *, complete: bool) -> list[Case]:
    places = many.places(chance, max(6, CASES // 400))
    return [many.draw(chance, chance.choice(places), complete=complete) for _ in range(-(-CASES // PARTS))]


def elements_for(case: Case, act: Act) -> tuple[str, ...]:
    return case.decided if act == "disclose" else (WHOLE_RECORD,)


def by_source(rulebook: Rulebook, case: Case, act: Act) -> Holding:
    """By element the provisions that the generated source finds true."""
    program = program_for(rulebook, case.date, case.recipient, act)
    bits = rulebook.vocabulary.element_bits
    names = elements_for(case, act)
    found: dict[str, set[tuple[str, str]]] = {name: set() for name in names}
    for number, true, unknown, error in program.survey(case.vector, sum(1 << bits[name] for name in names)):
        assert error is None
        assert not unknown
        for name in names:
            if true >> bits[name] & 1:
                found[name].add((program.provisions[number].id, act))
    return {name: frozenset(holding) for name, holding in found.items()}


def by_cedar(case: Case, act: Act, cedar: CedarOracle) -> Holding:
    """The same from cedarpy and counsel's answers, with the doors that nobody asks for this recipient."""
    return {
        element: frozenset((name, act) for name in holding if case.counsel_answers.get(name, True))
        for element, holding in cedar.satisfied(case, elements_for(case, act), act).items()
    }


def needed(rulebook: Rulebook, case: Case, holding: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """What a program looks at: no doors of layers that are not declared for the recipient."""
    layers = rulebook.layers_for(case.recipient)
    return frozenset(
        (name, act) for name, act in holding if (p := rulebook.provisions[name]).effect != "door" or p.layer in layers
    )


def by_words(rulebook: Rulebook, history: History, act: Act) -> list[dict[str, set[tuple[str, str]]]]:
    """The same from the columns, for each case of a history and every element for which some provision holds."""
    found: list[dict[str, set[tuple[str, str]]]] = [{} for _ in range(len(history))]
    for standing in survey(rulebook, history, act):
        assert not standing.unknown.any()
        for place in standing.true.nonzero()[0]:
            for element in standing.elements:
                found[standing.start + int(place)].setdefault(element, set()).add((standing.provision, act))
    return found


def joined(rulebook: Rulebook, case: Case, holding: Iterable[tuple[str, str]]) -> Outcome:
    """The outcome of an element by the architecture's words, from the provisions that hold."""
    provisions = [rulebook.provisions[name] for name, _ in holding]
    if any(p.effect == "prohibition" for p in provisions):
        return "deny"
    opened = {p.layer for p in provisions if p.effect == "door"}
    return "permit" if opened >= set(rulebook.layers_for(case.recipient)) else "deny"


@pytest.mark.parametrize("part", range(PARTS))
def test_source_words_solver_and_cedar_agree_on_complete_cases(many: ManyCases, cedar: CedarOracle, part: int) -> None:
    chance = random.Random(part)
    rulebook, solver = many.rulebook, Solver(many.law, many.solver)
    drawn = draw(many, chance, complete=True)
    history = History.of(rulebook, drawn)
    places = {history.id_of(place): place for place in range(len(history))}
    replayed = replay(rulebook, history)
    words = {act: by_words(rulebook, history, act) for act in ACTS}
    seen: set[Outcome] = set()
    for case in drawn:
        place = places[case.id]
        source = {act: by_source(rulebook, case, act) for act in ACTS}
        duty = chance.choice(ACTS[1:])
        truth = {act: by_cedar(case, act, cedar) for act in ("disclose", duty)}
        for act, found in truth.items():
            assert {name: needed(rulebook, case, holding) for name, holding in found.items()} == source[act]
        told = outcomes(rulebook, case)
        assert replayed.outcomes(place) == told
        seen.update(told.values())
        facts = solver.stated(case)
        duties = {pair for act in ACTS[1:] for pair in source[act][WHOLE_RECORD]}
        assert {pair for act in ACTS[1:] for pair in words[act][place].get(WHOLE_RECORD, set())} == duties
        for element, holding in source["disclose"].items():
            assert told[element] == joined(rulebook, case, holding)
            assert words["disclose"][place].get(element, set()) == holding
            permitted = told[element] == "permit"
            everything = truth["disclose"][element] | duties
            assert solver.agrees(facts, element, permitted=permitted, holding=everything)
    assert seen == {"permit", "deny"}


@pytest.mark.parametrize("part", range(PARTS))
def test_every_completion_agrees_with_what_was_answered(many: ManyCases, part: int) -> None:
    chance = random.Random(1000 + part)
    rulebook = many.rulebook
    drawn = draw(many, chance, complete=False)
    answered = {case.id: outcomes(rulebook, case) for case in drawn}
    either_way = {case.id: settled_outcomes(rulebook, case) for case in drawn}
    completed = {case.id: many.completions(case, chance, most=32) for case in drawn}
    history = History.of(rulebook, [case for found in completed.values() for case in found])
    replayed = replay(rulebook, history)
    places = {history.id_of(place): place for place in range(len(history))}
    asked = 0
    for case in drawn:
        told = either_way[case.id]
        assert {name: value for name, value in answered[case.id].items() if value != "ask"}.items() <= told.items()
        asked += "ask" in told.values()
        for completion in completed[case.id]:
            complete = replayed.outcomes(places[completion.id])
            assert "ask" not in complete.values()
            assert {name: complete[name] for name, value in told.items() if value != "ask"} == {
                name: value for name, value in told.items() if value != "ask"
            }
    assert asked


@pytest.mark.parametrize("part", range(PARTS))
def test_decide_answers_what_the_fast_ways_answer(many: ManyCases, part: int) -> None:
    chance = random.Random(2000 + part)
    rulebook = many.rulebook
    drawn = draw(many, chance, complete=False)
    history = History.of(rulebook, drawn)
    replayed = replay(rulebook, history)
    places = {history.id_of(place): place for place in range(len(history))}
    for case in drawn:
        decision = decide(rulebook, case)
        assert not decision.defects
        told = {element.element: element.outcome for element in decision.elements}
        assert told == settled_outcomes(rulebook, case)
        kleene = replayed.outcomes(places[case.id])
        assert kleene == outcomes(rulebook, case)
        if kleene == told:
            assert replayed.whole_of(places[case.id]) == decision.outcome
