from collections.abc import Mapping
from datetime import date
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schoolgate.engines.reach import Network, ReachError, Reading, next_path, smallest_cut
from schoolgate.engines.reach.asking.hitting import Hitting
from schoolgate.engines.reach.searching.between import between
from schoolgate.engines.reach.searching.grid import begin_of, grid
from schoolgate.engines.reach.searching.prepared import prepare
from schoolgate.engines.reach.searching.sweep import sweep
from support.networks import DAYS, KINDS, PURPOSES, busy_networks, networks
from support.reaching import ASKED, TRIALS, agreement, network_of, outcomes, question_of, readings, without

IDS = [f"a{number}" for number in range(9)]
COSTS = st.dictionaries(st.sampled_from(IDS), st.integers(1, 3))
TARGETS = st.sampled_from([("ice",), ("ice", "center"), ("center", "state", "police")])


def best_of_all_subsets(  # noqa: PLR0917 - one question
    network: Network,
    targets: tuple[str, ...],
    kept: frozenset[str],
    costs: Mapping[str, int],
    since: date,
    reading: Reading,
) -> tuple[str, ...] | None:
    """The lightest cut, among equals the first by its ids, from trying every set that may be ended."""
    question = question_of(since=since, reading=reading)
    whole = outcomes(network, question)
    if not whole.keys() & set(targets):
        return ()
    ids = sorted({one.id for one in network.agreements} - kept)
    every = [some for size in range(len(ids) + 1) for some in combinations(ids, size)]
    every.sort(key=lambda some: (sum(costs.get(one, 1) for one in some), some))
    for some in every:
        if not outcomes(without(network, some), question).keys() & set(targets):
            return some
    return None


@TRIALS
@given(networks() | busy_networks(), TARGETS, st.frozensets(st.sampled_from(IDS), max_size=3), COSTS, DAYS, readings)
def test_the_smallest_cut_is_the_best_of_all_subsets(  # noqa: PLR0917 - what is drawn
    network: Network,
    targets: tuple[str, ...],
    kept: frozenset[str],
    costs: dict[str, int],
    since: date,
    reading: Reading,
) -> None:
    ids = {one.id for one in network.agreements}
    cut = smallest_cut(
        network,
        "school",
        targets,
        since=since,
        kinds=KINDS,
        purposes=PURPOSES,
        reading=reading,
        keep=kept & ids,
        weights={one: weight for one, weight in costs.items() if one in ids},
    )
    expected = best_of_all_subsets(network, targets, kept, costs, since, reading)
    assert (None if cut is None else tuple(one.id for one in cut)) == expected


@TRIALS
@given(
    st.lists(st.frozensets(st.sampled_from(IDS), min_size=1, max_size=4), max_size=7),
    COSTS,
    st.sampled_from([0, 2, 1_000]),
)
def test_hitting_sets_are_lightest_and_first(sets: list[frozenset[str]], costs: dict[str, int], patience: int) -> None:
    hitting = Hitting(costs, patience=patience)
    for one in sets:
        hitting.add(one)
    every = [some for size in range(len(IDS) + 1) for some in combinations(IDS, size)]
    every.sort(key=lambda some: (sum(costs.get(one, 1) for one in some), some))
    best = next(some for some in every if all(members.intersection(some) for members in sets))
    assert hitting.first() == frozenset(best)
    assert sum(costs.get(one, 1) for one in hitting.some()) == sum(costs.get(one, 1) for one in best)
    assert all(members & hitting.some() for members in sets)


@TRIALS
@given(networks() | busy_networks(), TARGETS, st.randoms(use_true_random=False), DAYS, readings)
def test_ending_one_of_each_path_shown_cuts_off_in_the_end(
    network: Network, targets: tuple[str, ...], choice: object, since: date, reading: Reading
) -> None:
    question = question_of(since=since, reading=reading)
    ended: list[str] = []
    for _ in range(len(network.agreements) + 1):
        path = next_path(
            network, "school", targets, since=since, kinds=KINDS, purposes=PURPOSES, reading=reading, ended=ended
        )
        left = without(network, ended)
        reached = outcomes(left, question).keys() & set(targets)
        if path is None:
            assert not reached
            return
        ids = [step.agreement.id for step in path.steps]
        assert path.steps[-1].agreement.receiver in reached
        assert not set(ids) & set(ended)
        ended.append(choice.choice(ids))  # type: ignore[attr-defined]  # hypothesis' random
    pytest.fail("every path ends an agreement that was not ended, so there are no more paths than agreements")


@TRIALS
@given(networks() | busy_networks(), TARGETS, st.sets(st.integers(0, 8)), DAYS, readings)
def test_over_the_ways_between_the_same_arrives_at_the_targets_whatever_ends(
    network: Network, targets: tuple[str, ...], ended: set[int], since: date, reading: Reading
) -> None:
    prepared = prepare(network, question_of(since=since, reading=reading))
    whole = grid(prepared)
    begin = begin_of(prepared, whole)
    goals = [state for target in targets for state in whole.states(target)]
    known = sweep(whole, whole.masks, begin).known
    for over, masks in (between(whole, whole.masks, goals), between(whole, whole.masks, goals, known)):
        assert all(mask & ~wide == 0 for mask, wide in zip(masks, whole.masks, strict=True))
        left = [[0 if edge in ended else mask for edge, mask in enumerate(some)] for some in (whole.masks, masks)]
        before, after = sweep(whole, left[0], begin), sweep(over, left[1], begin)
        assert [arrivals(before.got[goal]) for goal in goals] == [arrivals(after.got[goal]) for goal in goals]


def arrivals(got: list[tuple[int, int]]) -> dict[int, int]:
    """All that arrives by day, in however many steps."""
    found: dict[int, int] = {}
    for day, bits in got:
        found[day] = found.get(day, 0) | bits
    return found


# Examples


def test_only_what_leads_to_a_target_is_searched_again() -> None:
    network = network_of(
        agreement("a", "school", "police"),
        agreement("b", "police", "ice", kinds=frozenset(KINDS[:1])),
        agreement("aside", "police", "center"),
        agreement("nowhere", "state", "ice"),
    )
    prepared = prepare(network, question_of())
    whole = grid(prepared)
    goals = whole.states("ice")
    known = sweep(whole, whole.masks, begin_of(prepared, whole)).known
    over, masks = between(whole, whole.masks, goals, known)
    named = [whole.edges[edge].agreement.id for ways in over.opening.values() for _, edge, _, _ in ways]
    assert sorted(named) == ["a", "b"]
    assert {whole.edges[edge].agreement.id: mask.bit_count() for edge, mask in enumerate(masks) if mask} == {
        "a": len(PURPOSES),
        "b": len(PURPOSES),
    }


def test_what_must_stay_can_leave_no_cut() -> None:
    network = network_of(
        agreement("law", "school", "police", status="required_by_law"), agreement("paper", "police", "ice")
    )

    def cut(target: str, *keep: str) -> list[str] | None:
        found = smallest_cut(network, "school", target, keep=keep, **ASKED)
        return None if found is None else [one.id for one in found]

    assert cut("ice", "law") == ["paper"]
    assert cut("ice", "law", "paper") is None
    assert cut("center") == []


def test_a_cut_in_time_is_not_a_cut_of_the_plain_graph() -> None:
    """The detour is too late for the last agreement, so only the short way needs a cut, although both are drawn."""
    network = network_of(
        agreement("short", "school", "police", end=date(2026, 2, 1)),
        agreement("detour", "school", "center"),
        agreement("late", "center", "police", start=date(2026, 6, 1)),
        agreement("last", "police", "ice", end=date(2026, 3, 1)),
    )
    found = smallest_cut(network, "school", "ice", keep=["last"], **ASKED)
    assert found is not None
    assert [one.id for one in found] == ["short"]


def test_a_dear_agreement_is_spared_for_two_cheap_ones() -> None:
    network = network_of(
        agreement("dear", "school", "police"),
        agreement("left", "police", "ice"),
        agreement("right", "police", "center"),
    )

    def cut(weight: int) -> list[str]:
        found = smallest_cut(network, "school", ["ice", "center"], weights={"dear": weight}, **ASKED)
        return [one.id for one in found or ()]

    assert [cut(1), cut(2), cut(3)] == [["dear"], ["dear"], ["left", "right"]]


def test_the_shortest_path_is_shown_first() -> None:
    network = network_of(
        agreement("a", "school", "police"),
        agreement("b", "police", "ice"),
        agreement("direct", "school", "ice"),
        agreement("other", "school", "center"),
    )

    def shown(*ended: str) -> list[str]:
        path = next_path(network, "school", ["ice"], ended=ended, **ASKED)
        return [step.agreement.id for step in path.steps] if path else []

    assert [shown(), shown("direct"), shown("direct", "a")] == [["direct"], ["a", "b"], []]


def test_what_cannot_be_asked_is_refused() -> None:
    network = network_of(agreement("a", "school", "police"))
    for wrong, said in (
        ({"targets": ["nobody"]}, "'nobody'"),
        ({"targets": ["school"]}, "is where the data is"),
        ({"targets": ["ice"], "keep": ["nine"]}, "'nine'"),
        ({"targets": ["ice"], "weights": {"a": 0}}, "costs 0"),
    ):
        with pytest.raises(ReachError, match=said):
            smallest_cut(network, "school", **wrong, **ASKED)  # type: ignore[arg-type]  # refused
    with pytest.raises(ReachError, match="'nine'"):
        next_path(network, "school", ["ice"], ended=["nine"], **ASKED)
