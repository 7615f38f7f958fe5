"""Changes of the law are noticed: stored trials against the rulebooks, and mutants against the trials."""

import dataclasses
import os
from random import Random

import pytest

from schoolgate.engines.law.proving.closure import test_of as closure_of
from schoolgate.engines.law.proving.mutate import mutants
from schoolgate.engines.law.proving.trials import differences, lines_of, read_trials
from schoolgate.engines.law.text import condition as c
from support.law import Boundaries
from support.mutation import COMMAND, PINNED, Stored, survivors_of

TRIALS = int(os.environ.get("SCHOOLGATE_TRIALS", "25"))
LARGEST = 900_000
LEAST_NOTICED = 0.95


@pytest.fixture(scope="module")
def stored() -> Stored:
    return Stored.read()


def test_every_provision_answers_as_counsel_reviewed_it(stored: Stored) -> None:
    found = [str(one) for one in stored.differences()]
    shown = "\n".join(found[:40])
    assert not found, f"{len(found)} answers changed. Review them, then run `{COMMAND}`:\n{shown}"


def test_every_provision_with_a_condition_has_trials_both_ways_for_each_of_its_acts(stored: Stored) -> None:
    for name, provision in stored.provisions.items():
        acts = {act for rule in provision.rules for act in rule.actions}
        mine = stored.trials.get(name, [])
        assert acts <= {act for trial in mine for act in trial.acts}, f"{name}: run `{COMMAND}`"
        assert not mine or any(trial.holds or trial.turns for trial in mine), name


def test_no_trial_is_left_of_a_provision_that_is_gone(stored: Stored) -> None:
    assert set(stored.trials) <= set(stored.provisions), f"run `{COMMAND}`"


def test_the_files_stay_small_enough_to_read() -> None:
    for path in PINNED.glob("*.jsonl"):
        assert path.stat().st_size < LARGEST, path.name


def test_mutants_of_the_law_are_noticed(stored: Stored) -> None:
    """A sample anew in each run; all of them with many trials. Survivors are printed and named when it fails."""
    everything = TRIALS >= 1000
    seed = Random().randrange(2**32)
    sample = stored.mutants if everything else Random(seed).sample(stored.mutants, max(300, 12 * TRIALS))
    left, equal = survivors_of(stored, sample)
    noticed = len(sample) - equal - len(left)
    told = "; ".join(f"{one.provision}: {one.what}" for one in left)
    print(f"seed {seed}: {noticed} of {len(sample) - equal} noticed, {equal} proved equal. Survivors: {told or 'none'}")  # noqa: T201
    assert noticed >= LEAST_NOTICED * (len(sample) - equal), f"seed {seed}: {told}"


def test_a_changed_provision_is_told_with_the_case_and_the_condition(stored: Stored) -> None:
    name = "us.ma.37L-proxies"
    moved = next(one for one in mutants(stored.provisions[name], stored.vocabulary) if one.what.endswith("a day later"))
    told = [str(one) for trial in stored.trials[name] for one in differences(trial, moved.mutated, stored.vocabulary)]
    assert any("but date = 2020-12-31: stored: holds; the rulebook now says: does not hold" in one for one in told)


def test_a_provision_that_is_gone_is_told(stored: Stored) -> None:
    trial = stored.trials["us.ma.37L-proxies"][0]
    (told,) = differences(trial, None, stored.vocabulary)
    assert "is not there" in str(told)


def test_trials_are_read_as_they_are_written(stored: Stored) -> None:
    some = [trial for trials in stored.trials.values() for trial in trials][:50]
    assert list(read_trials(lines_of(some), "here")) == some


def test_a_trial_that_loses_a_value_no_longer_agrees(stored: Stored) -> None:
    trial = next(one for one in stored.trials["us.ma.37L-proxies"] if isinstance(one.turns.get("recipient"), dict))
    kept = trial.turns["recipient"]["all_but"][1:]
    wrong = dataclasses.replace(trial, turns={**trial.turns, "recipient": {"all_but": kept}})
    assert len(list(differences(wrong, stored.provisions[trial.provision], stored.vocabulary))) == 1


def test_every_mutant_is_another_tree(stored: Stored) -> None:
    for name in Random(TRIALS).sample(sorted(stored.provisions), 20):
        provision = stored.provisions[name]
        for one in mutants(provision, stored.vocabulary):
            assert one.mutated != provision


def test_found_trials_tell_every_mutant_that_is_none_by_proof(stored: Stored) -> None:
    name = Random().choice(sorted(name for name, one in stored.provisions.items() if one.rules))
    provision = stored.provisions[name]
    found = stored.search.trials(provision)
    for one in mutants(provision, stored.vocabulary):
        told = any(next(differences(trial, one.mutated, stored.vocabulary), None) for trial in found)
        assert told is not stored.equivalent(one), (name, one.what)


def test_cases_that_are_there_already_stay(stored: Stored) -> None:
    provision = stored.provisions["us.ma.37L-proxies"]
    found = stored.search.trials(provision)
    assert stored.search.trials(provision, found) == found
    assert stored.search.trials(provision, found[:1])[0] == found[0]


def test_nested_functions_say_what_the_interpreter_says(bounds: Boundaries) -> None:
    book = bounds.rulebook
    random = Random()
    for _ in range(20 * TRIALS):
        condition = random.choice(bounds.conditions)
        facts = {name: random.choice([None, *_some_values(bounds, name, random)]) for name in book.facts}
        answers = {name: random.random() < 0.5 for name in book.counsel_ids if random.random() < 0.7}
        element = random.choice(list(book.elements))
        given = c.Given(
            facts,
            answers,
            random.choice(list(book.vocabulary.recipients)),
            element,
            book.vocabulary.element_bits[element],
        )
        test = closure_of(condition)
        assert test((facts, given.recipient, element, given.element_bit, answers)) is c.evaluate(condition, given)[0]


def _some_values(bounds: Boundaries, name: str, random: Random) -> list[bool | int]:
    fact = bounds.rulebook.facts[name]
    match fact.type:
        case "bool":
            return [False, True]
        case "enum":
            return list(range(len(fact.values)))
        case "set":
            return [random.getrandbits(len(fact.values)), 0, *bounds.near[name]]
        case _:
            return [*bounds.near[name], 700_000]
