from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schoolgate.engines.reach import Agency, Agreement, Network, Reach, ReachError, Reading, reach, what_if
from schoolgate.engines.reach.asking.what_if import Difference
from support.networks import DAYS, FIRST, KINDS, PURPOSES, agreements, networks
from support.reaching import TRIALS, agreement, network_of, outcomes, question_of, readings, untils

ADDED = st.lists(st.integers(90, 92).flatmap(agreements), max_size=2, unique_by=lambda one: one.id)


def ended(network: Network, ends: dict[str, date]) -> list[Agreement]:
    """The agreements that are left, each with its end."""
    left = []
    for one in network.agreements:
        last = ends.get(one.id)
        if last is None:
            left.append(one)
        elif one.start is None or one.start <= last:
            left.append(replace(one, end=min(last, one.end or last)))
    return left


@TRIALS
@given(st.data(), networks(), DAYS, untils, readings)
def test_the_difference_is_that_of_trying_every_walk_before_and_after(
    data: st.DataObject, network: Network, since: date, until: date | None, reading: Reading
) -> None:
    ids = [one.id for one in network.agreements]
    some = st.lists(st.sampled_from(ids), unique=True, max_size=2) if ids else st.just([])
    touched: list[str] = data.draw(some)
    ends = {name: data.draw(DAYS) for name in touched[:1]}
    amended = [replace(data.draw(agreements(0)), id=name) for name in touched[1:]]
    added: list[Agreement] = data.draw(ADDED)
    change = what_if(
        network, "school", since, KINDS, PURPOSES, add=added, end=ends, amend=amended, until=until, reading=reading
    )
    new = {one.id: one for one in amended}
    after = Network(network.agencies, (*(new.get(one.id, one) for one in ended(network, ends)), *added))
    assert change.after.network == after
    question = question_of(since=since, until=until, reading=reading)
    assert_is_the_difference(change, outcomes(network, question), outcomes(after, question))
    assert_says_the_same(change.before, reach(network, "school", since, KINDS, PURPOSES, until=until, reading=reading))
    assert_says_the_same(change.after, reach(after, "school", since, KINDS, PURPOSES, until=until, reading=reading))


def assert_is_the_difference(change: Difference, old: dict, new: dict) -> None:  # type: ignore[type-arg]  # outcomes
    both = old.keys() & new.keys()
    assert set(change.gained) == new.keys() - old.keys()
    assert set(change.lost) == old.keys() - new.keys()
    assert set(change.sooner) == {one for one in both if new[one].day < old[one].day}
    assert set(change.later) == {one for one in both if new[one].day > old[one].day}
    assert set(change.wider) == {one for one in both if new[one].pairs - old[one].pairs}
    assert set(change.narrower) == {one for one in both if old[one].pairs - new[one].pairs}
    assert change.nothing == (old == new)


def assert_says_the_same(one: Reach, other: Reach) -> None:
    assert one == other
    assert dict(one.reached) == dict(other.reached)
    assert {name: set(some) for name, some in one.holdings.items()} == {
        name: set(some) for name, some in other.holdings.items()
    }


@TRIALS
@given(networks(), DAYS, agreements(99))
def test_one_more_agreement_never_takes_reach_away(network: Network, since: date, more: Agreement) -> None:
    change = what_if(network, "school", since, KINDS, PURPOSES, add=[more])
    assert change.lost == change.later == change.narrower == ()
    assert set(change.after.reached) == {*change.before.reached, *change.gained}


# Examples


def test_ending_an_agreement_on_a_day_keeps_what_moved_before() -> None:
    network = network_of(
        agreement("one", "school", "police", start=date(2026, 3, 1)), agreement("two", "police", "ice")
    )
    late = what_if(network, "school", FIRST, KINDS, PURPOSES, end={"one": date(2026, 6, 1)})
    early = what_if(network, "school", FIRST, KINDS, PURPOSES, end={"one": date(2026, 2, 1)})
    assert (late.lost, early.lost) == ((), ("police", "ice"))
    assert late.nothing


def test_amending_an_agreement_shows_both_sides_with_their_paths() -> None:
    network = network_of(agreement("one", "school", "police"), agreement("two", "police", "ice"))
    kept = what_if(network, "school", FIRST, KINDS, PURPOSES, amend=[replace(network.agreement("one"), onward="no")])
    assert kept.lost == ("ice",)
    assert kept.before.reached["ice"].earliest.hops == 2
    less = replace(network.agreement("two"), kinds=frozenset(KINDS[:1]), start=FIRST + timedelta(days=9))
    change = what_if(network, "school", FIRST, KINDS, PURPOSES, amend=[less])
    assert (change.later, change.narrower, change.sooner, change.wider) == (("ice",), ("ice",), (), ())
    assert change.after.reached["ice"].day == FIRST + timedelta(days=9)


def test_a_promise_to_a_kind_counts_the_agencies_of_the_whole_network() -> None:
    agencies = tuple(Agency(name, name, kind) for name, kind in (("a", "school"), ("b", "police"), ("c", "court")))
    network = Network(agencies, (agreement("ab", "a", "b"), agreement("bc", "b", "c")))
    only = replace(network.agreement("ab"), onward="only", onward_to=frozenset({"kind:court"}))
    assert what_if(network, "a", FIRST, KINDS, PURPOSES, amend=[only]).nothing


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"end": {"nine": FIRST}}, "'nine'"),
        ({"amend": [agreement("nine", "school", "police")]}, "'nine'"),
        ({"add": [agreement("one", "school", "police")]}, "use `amend`"),
        ({"add": [agreement("two", "school", "school")]}, "giver and receiver are the same"),
        ({"add": [agreement("two", "school", "ice"), agreement("two", "ice", "state")]}, "changed twice"),
        ({"amend": [agreement("one", "school", "nobody")]}, "'nobody'"),
        ({"amend": [agreement("one", "school", "ice")], "end": {"one": FIRST}}, "both ended and amended"),
    ],
)
def test_a_change_that_does_not_fit_is_refused(changes: dict[str, object], said: str) -> None:
    network = network_of(agreement("one", "school", "police"))
    with pytest.raises(ReachError, match=said):
        what_if(network, "school", FIRST, KINDS, PURPOSES, **changes)  # type: ignore[arg-type]  # refused
