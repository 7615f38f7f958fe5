import os
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolgate.engines.reach import (
    LEVELS,
    READINGS,
    Agency,
    Agreement,
    Network,
    Path,
    Reach,
    ReachError,
    Reading,
    reach,
    reach_from,
    side_by_side,
    starter_network,
    verify,
)
from support.networks import AGENCIES, DAYS, FIRST, KINDS, PURPOSES, all_walks, busy_networks, networks, walks_to

TRIALS = settings(max_examples=int(os.environ.get("SCHOOLGATE_TRIALS", "25")), deadline=None)
readings: st.SearchStrategy[Reading] = st.sampled_from(READINGS)
untils = st.none() | DAYS
ORDER = tuple(LEVELS)


@TRIALS
@given(networks() | busy_networks(), DAYS, untils)
def test_side_by_side_is_the_question_asked_six_times(network: Network, since: date, until: date | None) -> None:
    both = side_by_side(network, "school", since, KINDS, PURPOSES, until=until)
    assert set(both.answers) == {(level, reading) for level in LEVELS for reading in READINGS}
    for (level, reading), answer in both.answers.items():
        alone = reach(network, "school", since, KINDS, PURPOSES, until=until, statuses=LEVELS[level], reading=reading)
        assert answer == alone == both.answer(level, reading)
        assert list(answer.reached) == list(alone.reached)


@TRIALS
@given(networks() | busy_networks(), DAYS, untils)
def test_a_row_names_the_first_level_on_which_some_walk_arrives(
    network: Network, since: date, until: date | None
) -> None:
    both = side_by_side(network, "school", since, KINDS, PURPOSES, until=until)
    walked = {
        key: {walk.end for some in all_walks(network, answer.question).values() for walk in some}
        for key, answer in both.answers.items()
    }
    rows = {row.agency.id: row for row in both.rows}
    assert set(rows) == set.union(*walked.values()) - {"school"}
    for agency, row in rows.items():
        for reading, first in (("strict", row.strict), ("worst_case", row.worst_case)):
            levels = [level for level in ORDER if agency in walked[level, reading]]  # type: ignore[index]  # a reading
            assert first == (levels[0] if levels else None)
            assert levels == [*ORDER[len(ORDER) - len(levels) :]], "more evidence takes nobody away"


def test_the_levels_grow_and_never_admit_what_is_prohibited() -> None:
    documented, disputed, observed = LEVELS.values()
    assert documented == {"required_by_law", "documented"}
    assert disputed - documented == {"disputed"}
    assert observed - disputed == {"observed"}


# Witnesses


@TRIALS
@given(networks() | busy_networks(), DAYS, untils, readings)
def test_every_path_of_an_answer_is_verified_without_the_search(
    network: Network, since: date, until: date | None, reading: Reading
) -> None:
    answer = reach(network, "school", since, KINDS, PURPOSES, until=until, reading=reading)
    for path in paths(answer):
        verify(network, answer.question, path)


@TRIALS
@given(networks() | busy_networks(), DAYS, readings, st.data())
def test_a_path_that_says_something_else_is_refused(
    network: Network, since: date, reading: Reading, data: st.DataObject
) -> None:
    answer = reach(network, "school", since, KINDS, PURPOSES, reading=reading)
    for path in paths(answer):
        number = data.draw(st.integers(0, path.hops - 1))
        step = path.steps[number]
        for wrong in (
            replace(step, day=step.day + timedelta(days=1)),
            replace(step, day=step.day - timedelta(days=1)),
            replace(step, pairs=step.pairs ^ {(PURPOSES[0], KINDS[0])}),
            replace(step, despite_promise=not step.despite_promise),
            replace(step, agreement=replace(step.agreement, title="another paper")),
        ):
            steps = (*path.steps[:number], wrong, *path.steps[number + 1 :])
            with pytest.raises(ReachError, match=rf"^steps\[{number}\]: "):
                verify(network, answer.question, Path(steps))
        without = Path(path.steps[:number] + path.steps[number + 1 :])
        if number < path.hops - 1 and path.agencies[number] != path.agencies[number + 1]:
            with pytest.raises(ReachError, match=r"^steps\[\d\]: "):
                verify(network, answer.question, without)


def paths(answer: Reach) -> list[Path]:
    return [path for one in answer.reached.values() for path in (one.earliest, one.fewest_hops, one.strongest)]


def agreement(name: str, giver: str, receiver: str, **changes: object) -> Agreement:
    plain = Agreement(
        name, giver, receiver, name, None, None, frozenset(KINDS), frozenset(PURPOSES), "yes", "documented", "invented"
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # fields by name


def network_of(*some: Agreement) -> Network:
    return Network(tuple(Agency(name, name, "unknown_recipient") for name in AGENCIES), some)


def test_each_way_in_which_a_path_stops_to_hold_is_named() -> None:
    one, two = agreement("one", "school", "police"), agreement("two", "police", "ice")
    answer = reach(network_of(one, two), "school", FIRST, KINDS, PURPOSES)
    path = answer.reached["ice"].earliest

    def refused(match: str, *now: Agreement, question: object = answer.question) -> None:
        steps = tuple(replace(step, agreement=now[number]) for number, step in enumerate(path.steps))
        with pytest.raises(ReachError, match=match):
            verify(network_of(*now), question, Path(steps))  # type: ignore[arg-type]  # a question

    refused("'one' is disputed, which the question does not admit", replace(one, status="disputed"), two)
    refused(r"steps\[1\]: 'two' moves nothing after 2025-01-01", one, replace(two, end=date(2025, 1, 1)))
    refused("0 pairs survive, the path says 4", one, replace(two, kinds=frozenset()))
    refused("'police' must not pass this on to 'ice'", replace(one, onward="no"), two)
    refused("'one' moves nothing after", one, two, question=replace(answer.question, until=date(2025, 1, 1)))
    refused("'school' is not among those who hold", one, two, question=replace(answer.question, start="center"))
    with pytest.raises(ReachError, match="at least one step"):
        verify(answer.network, answer.question, Path(()))
    with pytest.raises(ReachError, match="'two'"):
        verify(network_of(one), answer.question, path)
    with pytest.raises(ReachError, match="'two' is another agreement"):
        verify(network_of(one, replace(two, clause="4")), answer.question, path)


def test_the_paths_of_the_starter_network_hold() -> None:
    network = starter_network()
    both = side_by_side(network, network.agencies[0].id, date(2020, 12, 30), {"incident_report"}, {"law_enforcement"})
    for answer in both.answers.values():
        for path in paths(answer):
            verify(network, answer.question, path)


# Several holders

holdings = st.dictionaries(st.sampled_from(AGENCIES), DAYS, min_size=1, max_size=3)
promises = st.dictionaries(st.sampled_from(AGENCIES), st.frozensets(st.sampled_from(AGENCIES), max_size=2), max_size=2)


@TRIALS
@given(networks() | busy_networks(), holdings, promises, untils, readings)
def test_reach_from_several_is_what_trying_every_walk_from_each_finds(
    network: Network,
    holders: dict[str, date],
    promised: dict[str, frozenset[str]],
    until: date | None,
    reading: Reading,
) -> None:
    bound = {agency: to for agency, to in promised.items() if agency in holders}
    answer = reach_from(network, holders, KINDS, PURPOSES, may_pass_to=bound, until=until, reading=reading)
    assert {one.agency: one.since for one in answer.question.holders} == holders
    assert answer.question.start == next(iter(holders))
    walks = walks_to(network, answer.question, set(AGENCIES) - set(holders))
    assert set(answer.reached) == {walk.end for walk in walks}
    assert set(answer.not_reached) == set(AGENCIES) - set(holders) - set(answer.reached)
    for agency, one in answer.reached.items():
        there = {walk: pairs for walk, pairs in walks.items() if walk.end == agency}
        assert one.day == min(walk.day for walk in there)
        assert one.pairs == frozenset().union(*there.values())
        assert one.fewest_hops.hops == min(len(walk.agreements) for walk in there)
    for path in paths(answer):
        assert path.agencies[0] in holders
        verify(network, answer.question, path)


@TRIALS
@given(networks() | busy_networks(), DAYS, untils, readings)
def test_one_holder_is_the_plain_question(network: Network, since: date, until: date | None, reading: Reading) -> None:
    alone = reach_from(network, {"school": since}, KINDS, PURPOSES, until=until, reading=reading)
    assert alone == reach(network, "school", since, KINDS, PURPOSES, until=until, reading=reading)


def test_a_holder_that_promised_is_bound_and_a_statute_is_not() -> None:
    network = network_of(
        agreement("paper", "police", "center"),
        agreement("statute", "police", "ice", status="required_by_law"),
        agreement("named", "police", "state"),
    )
    free = reach_from(network, {"police": FIRST}, KINDS, PURPOSES)
    bound = reach_from(network, {"police": FIRST}, KINDS, PURPOSES, may_pass_to={"police": []})
    partly = reach_from(network, {"police": FIRST}, KINDS, PURPOSES, may_pass_to={"police": ["state"]})
    assert [set(answer.reached) for answer in (free, bound, partly)] == [
        {"center", "ice", "state"},
        {"ice"},
        {"ice", "state"},
    ]
    assert bound.reached["ice"].earliest.steps[0].despite_promise


def test_holders_that_are_nobody_are_refused() -> None:
    network = network_of()
    with pytest.raises(ReachError, match="holders is empty"):
        reach_from(network, {}, KINDS, PURPOSES)
    with pytest.raises(ReachError, match="'nobody'"):
        reach_from(network, {"school": FIRST, "nobody": FIRST}, KINDS, PURPOSES)
    with pytest.raises(ReachError, match="'police' is not among the holders school"):
        reach_from(network, {"school": FIRST}, KINDS, PURPOSES, may_pass_to={"police": []})
    with pytest.raises(ReachError, match="'nobody'"):
        reach_from(network, {"school": FIRST}, KINDS, PURPOSES, may_pass_to={"school": ["nobody"]})
