"""A replay of a history is what deciding each of its cases one by one would be."""

import dataclasses
import os
import random
from collections import Counter

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schoolgate.engines.law import (
    WHOLE_RECORD,
    Act,
    Case,
    LawError,
    Rulebook,
    amend,
    decide,
    outcomes,
    parse_case,
    program_for,
)
from schoolgate.engines.law.replaying.changes import changes
from schoolgate.engines.law.replaying.columns import unpack, words_for
from schoolgate.engines.law.replaying.history import History
from schoolgate.engines.law.replaying.replay import Replayed, replay, settled, survey
from schoolgate.engines.law.replaying.schedule import CHUNK, code_for
from schoolgate.engines.law.replaying.vector import Builder
from schoolgate.engines.law.text import condition as c
from support.law import Boundaries, cases
from support.law_files import provision
from support.law_many import scattered

TRIALS = int(os.environ.get("SCHOOLGATE_TRIALS", "25"))
relaxed = settings(
    max_examples=TRIALS, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
ACTS: tuple[Act, ...] = ("disclose", "release", "refuse", "review")


def by_id(history: History) -> dict[str, int]:
    return {history.id_of(place): place for place in range(len(history))}


def kleene(rulebook: Rulebook) -> Rulebook:
    """The rulebook without decisions either way, so that `decide` joins what `outcomes` says."""
    return dataclasses.replace(rulebook, either_way=False)


@relaxed
@given(data=st.data())
def test_a_drawn_case_is_replayed_as_it_is_decided(rulebook: Rulebook, bounds: Boundaries, data: st.DataObject) -> None:
    case = data.draw(cases(bounds, complete=data.draw(st.booleans())))
    replayed = replay(rulebook, History.of(rulebook, [case]))
    assert replayed.outcomes(0) == outcomes(rulebook, case)
    assert replayed.whole_of(0) == decide(kleene(rulebook), case).outcome


@pytest.mark.parametrize("count", [1, 63, 64, 65, 128, 300])
def test_a_history_of_any_length_is_replayed_exactly(synthetic: Rulebook, count: int) -> None:
    drawn = scattered(Boundaries(synthetic), random.Random(count), count)
    history = History.of(synthetic, drawn)
    replayed, places = replay(synthetic, history), by_id(history)
    assert len(replayed.whole) == count
    wholes: Counter[str] = Counter()
    elements: Counter[tuple[str, str]] = Counter()
    for case in drawn:
        told = outcomes(synthetic, case)
        assert replayed.outcomes(places[case.id]) == told
        whole = decide(kleene(synthetic), case).outcome
        assert replayed.whole_of(places[case.id]) == whole
        wholes[whole] += 1
        elements.update(told.items())
    assert {name: number for name, number in replayed.counts().items() if number} == dict(wholes)
    assert {
        (name, outcome): number
        for name, by_outcome in replayed.element_counts().items()
        for outcome, number in by_outcome.items()
        if number
    } == dict(elements)
    if count == 300:
        assert set(wholes) == {"permit", "permit_redacted", "deny", "needs_review"}


def test_more_cases_than_fit_a_chunk(synthetic: Rulebook) -> None:
    chance = random.Random(5)
    base = [case for case in scattered(Boundaries(synthetic), chance, 300) if case.recipient == "local_police"]
    many = []
    for number in range(CHUNK * 64 + 500):
        one, other = chance.choice(base), chance.choice(base)
        cut = chance.randrange(1, len(one.vector))
        many.append(dataclasses.replace(one, id=str(number), vector=one.vector[:cut] + other.vector[cut:]))
    disclosed = list(synthetic.facts).index("disclosure_date")
    many = [
        dataclasses.replace(
            case,
            vector=(*case.vector[:disclosed], case.date.toordinal(), *case.vector[disclosed + 1 :]),
        )
        for case in many
    ]
    history = History.of(synthetic, many)
    replayed, places = replay(synthetic, history), by_id(history)
    for case in [*chance.sample(many, 800), *sorted(many, key=lambda case: case.date)[-200:]]:
        assert replayed.outcomes(places[case.id]) == outcomes(synthetic, case)


@pytest.mark.parametrize("act", ACTS)
def test_a_survey_finds_what_each_program_finds(rulebook: Rulebook, act: Act) -> None:
    drawn = scattered(Boundaries(rulebook), random.Random(act), 40)
    history = History.of(rulebook, drawn)
    places = by_id(history)
    names = list(rulebook.elements) if act == "disclose" else [WHOLE_RECORD]
    found: dict[tuple[int, str, str], bool | None] = {}
    for standing in survey(rulebook, history, act):
        for offset, (true, unknown) in enumerate(zip(standing.true, standing.unknown, strict=True)):
            assert not (true and unknown)
            for element in standing.elements:
                key = (standing.start + offset, standing.provision, element)
                assert key not in found
                found[key] = True if true else None if unknown else False
    bits = rulebook.vocabulary.element_bits
    seen = set()
    for case in drawn:
        program = program_for(rulebook, case.date, case.recipient, act)
        told: dict[tuple[str, str], bool | None] = {}
        for number, true, unknown, error in program.survey(case.vector, sum(1 << bits[name] for name in names)):
            assert error is None
            for name in names:
                if (true | unknown) >> bits[name] & 1:
                    told[program.provisions[number].id, name] = True if true >> bits[name] & 1 else None
        mine = {key[1:]: value for key, value in found.items() if key[0] == places[case.id] and value is not False}
        assert mine == told
        seen |= set(told.values())
    assert True in seen
    assert None in seen or act == "refuse"


def test_what_asks_is_settled_as_decide_settles_it(rulebook: Rulebook) -> None:
    drawn = scattered(Boundaries(rulebook), random.Random(9), 40 if rulebook.id == "boston" else 150)
    history = History.of(rulebook, drawn)
    kleene_only, places = replay(rulebook, history), by_id(history)
    replayed = settled(rulebook, kleene_only)
    for case in drawn:
        decision = decide(rulebook, case)
        assert replayed.outcomes(places[case.id]) == {one.element: one.outcome for one in decision.elements}
        assert replayed.whole_of(places[case.id]) == decision.outcome
    assert (replayed.ask != kleene_only.ask).any() or rulebook.id == "boston"
    switched_off = amend(kleene(rulebook))
    assert np.array_equal(settled(switched_off, replay(switched_off, history)).ask, kleene_only.ask)
    with pytest.raises(LawError, match="another rulebook or version"):
        settled(switched_off, kleene_only)


def differences(old: Rulebook, new: Rulebook, drawn: list[Case]) -> dict[str, dict[str, tuple[str, str]]]:
    """What changes, case by case and one at a time."""
    found = {}
    for case in drawn:
        before = outcomes(old, case)
        slots = dict(zip([*old.facts, *old.counsel_ids], case.vector, strict=True))
        vector = tuple(slots.get(name) for name in [*new.facts, *new.counsel_ids])
        after = outcomes(new, dataclasses.replace(case, digest=new.digest, vector=vector))
        moved = {name: (before[name], after[name]) for name in before if before[name] != after[name]}
        if moved:
            found[case.id] = moved
    return found


DRAFTS: list[tuple[list[str], list[str]]] = [
    ([], ["s.floor"]),
    ([], ["l.door", "s.doubtful"]),
    ([provision("f.new", 'permit (principal, action == Action::"disclose", resource) when { context.threat };')], []),
    (
        [
            provision(
                "a.asks",
                'permit (principal, action == Action::"disclose", resource) when { context.signed };',
                'counsel_question = "Is it so?"',
            )
        ],
        ["s.sealed"],
    ),
]


@pytest.mark.parametrize(("texts", "without"), DRAFTS)
def test_changes_are_the_cases_that_are_decided_differently(
    synthetic: Rulebook, texts: list[str], without: list[str]
) -> None:
    drawn = scattered(Boundaries(synthetic), random.Random(11), 400)
    draft = amend(synthetic, texts, without=without)
    history = History.of(synthetic, drawn)
    before, after = replay(synthetic, history), replay(draft, history)
    found = changes(before, after)
    wanted = differences(synthetic, draft, drawn)
    assert wanted
    assert found.total == 400
    assert {history.id_of(int(place)) for place in found.cases} == set(wanted)
    assert {history.id_of(int(place)): found.of(int(place)) for place in found.cases} == wanted
    for (one, two), places in found.whole.items():
        for place in map(int, places):
            assert (before.whole_of(place), after.whole_of(place)) == (one, two)
    moved = sum(len(places) for places in found.whole.values())
    assert moved == int((before.whole != after.whole).sum())
    nothing = changes(before, replay(synthetic, history))
    assert not len(nothing.cases)
    assert not nothing.whole
    assert not nothing.elements
    assert nothing.of(3) == {}


def test_a_draft_of_the_same_words_replays_with_the_code_that_is_there(synthetic: Rulebook) -> None:
    history = History.of(synthetic, scattered(Boundaries(synthetic), random.Random(2), 50))
    draft = amend(synthetic, without=["s.floor"])
    again = amend(synthetic, without=["s.floor"])
    assert draft is not again
    day, kind = max(draft.cutovers), "local_police"
    assert program_for(draft, day, kind) is program_for(again, day, kind)
    assert program_for(draft, day, kind) is not program_for(synthetic, day, kind)
    assert np.array_equal(replay(draft, history).permit, replay(again, history).permit)


def test_answers_are_found_by_provision_in_every_history(synthetic: Rulebook) -> None:
    draft = amend(synthetic, [provision("a.asks", "", 'general = true\ncounsel_question = "Is it so?"')])
    assert draft.counsel_ids != synthetic.counsel_ids
    plain, wider = (
        scattered(Boundaries(synthetic), random.Random(3), 80),
        scattered(Boundaries(draft), random.Random(3), 80),
    )
    for rulebook in (synthetic, draft):
        for history in (History.of(synthetic, plain), History.of(draft, wider)):
            replayed = replay(rulebook, history)
            for place in range(80):
                case = parse_case(history.case(place, rulebook), rulebook)
                assert replayed.outcomes(place) == outcomes(rulebook, case)


def test_only_replays_of_one_history_are_compared(synthetic: Rulebook) -> None:
    drawn = scattered(Boundaries(synthetic), random.Random(2), 5)
    one, two = (replay(synthetic, History.of(synthetic, drawn)) for _ in range(2))
    with pytest.raises(LawError, match="two histories"):
        changes(one, two)


def test_an_empty_history_replays_to_nothing(synthetic: Rulebook) -> None:
    replayed: Replayed = replay(synthetic, History.of(synthetic, []))
    assert replayed.counts() == {"deny": 0, "needs_review": 0, "permit_redacted": 0, "permit": 0}
    assert replayed.element_counts() == {}
    with pytest.raises(IndexError):
        replayed.outcomes(0)


def operands(kind: str) -> st.SearchStrategy[c.Operand]:
    names = {"number": ["age", "copies"], "date": ["consent_date", "return_date"]}[kind]
    codes = st.integers(-1, 15) if kind == "number" else st.integers(733000, 739000)
    return st.one_of(st.sampled_from(names).map(c.FactValue), codes.map(c.Code))


def set_operands(names: list[str], size: int) -> st.SearchStrategy[c.Operand]:
    return st.one_of(st.sampled_from(names).map(c.FactValue), st.integers(0, 2**size - 1).map(c.Code))


def conditions(rulebook: Rulebook) -> st.SearchStrategy[c.Condition]:
    """Conditions of every kind over the small rulebook's facts."""
    size = len(rulebook.elements)
    order = st.sampled_from(["eq", "lt", "le"])
    join = st.sampled_from(["within", "meets", "equals"])
    about = ["germane_elements", "sealed_elements"]
    issuer = st.one_of(st.just(c.FactValue("issuer")), st.integers(0, 2).map(c.Code))
    atoms: list[st.SearchStrategy[c.Condition]] = [
        st.sampled_from(["signed", "threat", "withdrawn"]).map(c.Flag),
        st.sampled_from(["s.doubtful", "s.sealed", "not.asked"]).map(c.Answer),
        st.booleans().map(c.Constant),
        *(st.builds(c.Compare, order, operands(kind), operands(kind)) for kind in ("number", "date")),
        st.builds(c.Compare, st.just("eq"), issuer, issuer),
        st.sets(st.integers(0, 5)).map(lambda codes: c.OneOf("instrument", tuple(sorted(codes)))),
        st.just(c.Within("issuer", "accepted_issuers")),
        st.builds(c.Sets, join, set_operands(about, size), set_operands(about, size)),
        st.builds(c.Sets, join, set_operands(["topics"], 3), set_operands(["topics"], 3)),
        st.sampled_from(about).map(c.AboutElement),
    ]
    return st.recursive(
        st.one_of(atoms),
        lambda parts: st.one_of(
            parts.map(c.Not),
            st.lists(parts, min_size=1, max_size=3).map(lambda p: c.All(tuple(p))),
            st.lists(parts, min_size=1, max_size=3).map(lambda p: c.Any(tuple(p))),
            st.builds(c.If, parts, parts, parts),
        ),
        max_leaves=8,
    )


@pytest.fixture(scope="module")
def stored(synthetic: Rulebook) -> tuple[History, list[Case]]:
    drawn = scattered(Boundaries(synthetic), random.Random(7), 150)
    history = History.of(synthetic, drawn)
    places = by_id(history)
    return history, sorted(drawn, key=lambda case: places[case.id])


def test_words_and_interpreter_agree_on_random_conditions(
    synthetic: Rulebook, stored: tuple[History, list[Case]]
) -> None:
    history, drawn = stored

    @settings(max_examples=4 * TRIALS, deadline=None)
    @given(st.lists(conditions(synthetic), min_size=1, max_size=3), st.integers(0, len(synthetic.elements) - 1))
    def check(several: list[c.Condition], bit: int) -> None:
        builder = Builder(history.layout)
        rails = [value for condition in several for value in builder.rail(condition, bit)]
        results = np.zeros((len(rails), words_for(len(history))), np.uint64)
        code_for(builder, rails).run(history.bits, history.numbers, 0, results)
        told = [unpack(row, len(history)) for row in results]
        for place, case in enumerate(drawn):
            facts = dict(zip(synthetic.facts, case.vector, strict=False))
            given_ = c.Given(facts, case.counsel_answers, case.recipient, "", bit)
            for number, condition in enumerate(several):
                value, _ = c.evaluate(condition, given_)
                true, false = told[2 * number][place], told[2 * number + 1][place]
                assert (bool(true), bool(false)) == (value is True, value is False)

    check()
