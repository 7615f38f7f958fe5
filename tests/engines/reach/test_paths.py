import os
from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolgate.engines.reach import (
    Agency,
    Agreement,
    Network,
    ReachError,
    Reading,
    Status,
    all_paths,
    reach,
    verify,
    widest_path,
)
from support.networks import AGENCIES, DAYS, FIRST, KINDS, PURPOSES, busy_networks, networks, walks_to

TRIALS = settings(max_examples=int(os.environ.get("SCHOOLGATE_TRIALS", "25")), deadline=None)
readings: st.SearchStrategy[Reading] = st.sampled_from(["strict", "worst_case"])
untils = st.none() | DAYS
targets = st.sampled_from(AGENCIES[1:])
ALL: tuple[Status, ...] = ("required_by_law", "documented", "observed", "disputed")


@TRIALS
@given(networks() | busy_networks(), targets, DAYS, untils, readings)
def test_all_paths_are_the_walks_without_a_needless_round_in_order(
    network: Network, target: str, since: date, until: date | None, reading: Reading
) -> None:
    found = all_paths(network, "school", target, since, KINDS, PURPOSES, until=until, reading=reading, bound=10**6)
    walks = {
        walk: pairs
        for walk, pairs in walks_to(network, found.question, {target}).items()
        if not walk.needless and all(one.giver != target for one in walk.agreements)
    }
    expected = sorted((len(walk.ids), walk.day, walk.ids) for walk in walks)
    assert found.complete
    assert [(path.hops, path.arrives, tuple(one.id for one in path.agreements)) for path in found.paths] == expected
    assert {path.agreements: path.pairs for path in found.paths} == {
        walk.agreements: pairs for walk, pairs in walks.items()
    }
    for path in found.paths:
        verify(network, found.question, path)


@TRIALS
@given(networks() | busy_networks(), targets, DAYS, st.integers(1, 5))
def test_a_bound_keeps_the_first_paths_and_says_when_there_are_more(
    network: Network, target: str, since: date, bound: int
) -> None:
    asked = (network, "school", target, since, KINDS, PURPOSES)
    every = all_paths(*asked, reading="worst_case", bound=10**6)
    some = all_paths(*asked, reading="worst_case", bound=bound)
    assert some.paths == every.paths[:bound]
    assert some.complete == (len(every.paths) <= bound)
    assert some.stopped in {"", "bound"}


@TRIALS
@given(networks() | busy_networks(), targets, DAYS, untils, readings)
def test_the_widest_path_keeps_as_many_pairs_as_any_walk(
    network: Network, target: str, since: date, until: date | None, reading: Reading
) -> None:
    asked = (network, "school", target, since, KINDS, PURPOSES)
    found = widest_path(*asked, until=until, reading=reading)
    question = all_paths(*asked, until=until, reading=reading).question
    walks = walks_to(network, question, {target})
    if found is None:
        assert not walks
    else:
        verify(network, question, found)
        best = min((-len(pairs), len(walk.ids), walk.day) for walk, pairs in walks.items())
        assert (-len(found.pairs), found.hops, found.arrives) == best


@TRIALS
@given(networks() | busy_networks(), DAYS, untils, readings)
def test_there_is_a_path_exactly_when_somebody_is_reached(
    network: Network, since: date, until: date | None, reading: Reading
) -> None:
    answer = reach(network, "school", since, KINDS, PURPOSES, until=until, reading=reading)
    for target in AGENCIES[1:]:
        some = all_paths(network, "school", target, since, KINDS, PURPOSES, until=until, reading=reading, bound=1)
        assert bool(some.paths) == (target in answer.reached)
        if some.paths:
            assert some.paths[0].hops == answer.reached[target].fewest_hops.hops
            assert some.paths[0].arrives == answer.reached[target].fewest_hops.arrives


# Examples


def agreement(name: str, giver: str, receiver: str, **changes: object) -> Agreement:
    plain = Agreement(
        name, giver, receiver, name, None, None, frozenset(KINDS), frozenset(PURPOSES), "yes", "documented", "invented"
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # fields by name


def network_of(*some: Agreement) -> Network:
    names = dict.fromkeys(end for one in some for end in (one.giver, one.receiver))
    return Network(tuple(Agency(name, name, "unknown_recipient") for name in names), some)


def ids(network: Network, target: str, **how: object) -> list[list[str]]:
    found = all_paths(network, "school", target, FIRST, KINDS, PURPOSES, **how)  # type: ignore[arg-type]  # by name
    return [[one.id for one in path.agreements] for path in found.paths]


def test_a_round_counts_only_when_it_frees_the_data_of_a_promise() -> None:
    network = network_of(
        agreement("promised", "school", "police", onward="no"),
        agreement("statute", "police", "state", status="required_by_law"),
        agreement("back", "state", "police"),
        agreement("on", "police", "ice"),
    )
    assert ids(network, "ice") == [["promised", "statute", "back", "on"]]
    [path] = all_paths(network, "school", "ice", FIRST, KINDS, PURPOSES).paths
    assert path.agencies == ("school", "police", "state", "police", "ice")
    assert [step.agreement.id for step in path.despite_promises] == ["statute"]


def test_a_cycle_adds_no_paths() -> None:
    network = network_of(
        agreement("a", "school", "police"),
        agreement("b", "police", "center"),
        agreement("c", "center", "school"),
        agreement("d", "center", "police"),
        agreement("e", "center", "ice"),
    )
    assert ids(network, "ice") == [["a", "b", "e"]]


def test_parallel_agreements_are_paths_of_their_own_and_ten_thousand_are_no_trouble() -> None:
    first = [agreement(f"p{number:05}", "school", "police") for number in range(10_000)]
    second = [agreement(f"q{number:05}", "police", "ice") for number in range(10_000)]
    found = all_paths(network_of(*first, *second), "school", "ice", FIRST, KINDS, PURPOSES, bound=20)
    assert [[one.id for one in path.agreements] for path in found.paths] == [
        ["p00000", f"q{number:05}"] for number in range(20)
    ]
    assert found.stopped == "bound"


def test_what_arrives_first_comes_first_among_paths_of_as_many_hops() -> None:
    network = network_of(
        agreement("a", "school", "police", start=date(2026, 3, 1)),
        agreement("b", "school", "police"),
        agreement("c", "police", "ice"),
        agreement("d", "police", "ice", start=date(2026, 2, 1)),
        agreement("e", "police", "ice", end=date(2026, 2, 2)),
    )
    assert ids(network, "ice") == [["b", "c"], ["b", "e"], ["b", "d"], ["a", "c"], ["a", "d"]]


def test_a_long_chain_is_one_path() -> None:
    chain = [agreement("a0", "school", "n1")]
    chain += [agreement(f"a{number}", f"n{number}", f"n{number + 1}") for number in range(1, 500)]
    network = network_of(*chain)
    [path] = all_paths(network, "school", "n500", FIRST, KINDS, PURPOSES).paths
    assert path.hops == 500
    assert path == widest_path(network, "school", "n500", FIRST, KINDS, PURPOSES)


def layers(width: int, depth: int) -> Network:
    """As many paths as `width` to the power of `depth`, all of which arrive late."""
    places = [["school"], *([f"n{level}.{one}" for one in range(width)] for level in range(depth)), ["gate"]]
    steps = [
        agreement(f"{giver}>{receiver}", giver, receiver)
        for here, there in pairwise(places)
        for giver in here
        for receiver in there
    ]
    return network_of(*steps, agreement("last", "gate", "ice", start=date(2027, 1, 1)))


def test_a_bound_is_kept_in_little_time_where_paths_are_without_number() -> None:
    found = all_paths(layers(6, 12), "school", "ice", FIRST, KINDS, PURPOSES, bound=50, effort=2_000)
    assert (len(found.paths), found.stopped) == (50, "bound")
    assert {path.hops for path in found.paths} == {14}


def test_giving_up_is_said_and_what_was_found_stands() -> None:
    network = layers(3, 3)
    every = all_paths(network, "school", "ice", FIRST, KINDS, PURPOSES)
    some = all_paths(network, "school", "ice", FIRST, KINDS, PURPOSES, effort=12)
    assert (len(every.paths), every.stopped) == (27, "")
    assert (some.stopped, some.complete) == ("effort", False)
    assert some.paths == every.paths[: len(some.paths)]
    with pytest.raises(ReachError, match=r"not decided after 2 partial paths; ask about fewer kinds"):
        widest_path(network, "school", "ice", FIRST, KINDS, PURPOSES, effort=2)


def test_the_widest_path_takes_the_detour_that_keeps_more() -> None:
    narrow = agreement("narrow", "school", "ice", kinds=frozenset(KINDS[:1]))
    network = network_of(narrow, agreement("one", "school", "police"), agreement("two", "police", "ice"))
    found = widest_path(network, "school", "ice", FIRST, KINDS, PURPOSES)
    assert found is not None
    assert [one.id for one in found.agreements] == ["one", "two"]
    assert reach(network, "school", FIRST, KINDS, PURPOSES).reached["ice"].fewest_hops.agreements == (narrow,)


def test_a_path_says_what_is_not_known_about_it() -> None:
    network = network_of(
        agreement("unread", "school", "police", kinds=None, start=FIRST, onward="unknown"),
        agreement("plain", "police", "ice", clause="section 4(b)"),
    )
    [path] = all_paths(network, "school", "ice", FIRST, KINDS, PURPOSES, reading="worst_case").paths
    assert [step.agreement.id for step in path.unknown_terms] == ["unread"]
    assert [step.agreement.id for step in path.unknown_starts] == ["plain"]
    assert [step.unknown_onward for step in path.steps] == [True, False]
    assert path.steps[1].agreement.clause == "section 4(b)"
    assert not path.despite_promises


def test_questions_without_an_end_are_refused() -> None:
    network = network_of(agreement("a", "school", "ice"))
    with pytest.raises(ReachError, match="'nobody'"):
        all_paths(network, "school", "nobody", FIRST, KINDS, PURPOSES)
    with pytest.raises(ReachError, match="holds the data already"):
        widest_path(network, "school", "school", FIRST, KINDS, PURPOSES)
    with pytest.raises(ReachError, match="ask for 1 or more"):
        all_paths(network, "school", "ice", FIRST, KINDS, PURPOSES, bound=0)
