from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schoolgate.engines.reach import (
    STATUSES,
    Agency,
    Agreement,
    Network,
    Reach,
    ReachError,
    Reading,
    compare,
    expiring,
    opened,
    reach,
)
from support.networks import DAYS, FIRST, HIDDEN, KINDS, PURPOSES, all_walks, networks
from support.reaching import ADMITTED, TRIALS, agreement, network_of, outcomes, question_of, readings, without


@TRIALS
@given(networks(), networks(), DAYS, DAYS, readings)
def test_two_answers_differ_by_what_every_walk_finds(
    one: Network, other: Network, since: date, later: date, reading: Reading
) -> None:
    before = reach(one, "school", since, KINDS, PURPOSES, reading=reading)
    after = reach(other, "school", later, KINDS, PURPOSES, reading=reading)
    change = compare(before, after)
    old = outcomes(one, question_of(since=since, reading=reading))
    new = outcomes(other, question_of(since=later, reading=reading))
    both = old.keys() & new.keys()
    assert set(change.gained) == new.keys() - old.keys()
    assert set(change.lost) == old.keys() - new.keys()
    assert set(change.sooner) == {name for name in both if new[name].day < old[name].day}
    assert set(change.later) == {name for name in both if new[name].day > old[name].day}
    assert set(change.wider) == {name for name in both if new[name].pairs - old[name].pairs}
    assert set(change.narrower) == {name for name in both if old[name].pairs - new[name].pairs}
    assert (change.before, change.after) == (before, after)
    assert list(change.gained) == sorted(change.gained, key=list(after.reached).index)


def weakest_of_the_best_walk(network: Network, reading: Reading, agency: str) -> int:
    return min(
        max(STATUSES.index(one.status) for one in walk.agreements)
        for walks in all_walks(network, question_of(reading=reading)).values()
        for walk in walks
        if walk.end == agency
    )


@TRIALS
@given(networks(), networks(), readings)
def test_what_opened_is_what_is_new_earlier_wider_or_better_known(
    one: Network, other: Network, reading: Reading
) -> None:
    before = reach(one, "school", FIRST, KINDS, PURPOSES, reading=reading)
    after = reach(other, "school", FIRST, KINDS, PURPOSES, reading=reading)
    old, new = (outcomes(network, question_of(reading=reading)) for network in (one, other))
    expected = {
        name
        for name in new.keys() & set(HIDDEN)
        if name not in old
        or new[name].day < old[name].day
        or new[name].pairs - old[name].pairs
        or weakest_of_the_best_walk(other, reading, name) < weakest_of_the_best_walk(one, reading, name)
    }
    found = opened(before, after, ["hidden"])
    assert {item.agency.id for item in found} == expected
    assert [item.day for item in found] == sorted(item.day for item in found)


@TRIALS
@given(networks(), DAYS, st.integers(0, 5), readings)
def test_what_ends_soon_takes_away_what_renewing_all_but_it_would_keep(
    network: Network, today: date, days: int, reading: Reading
) -> None:
    found = expiring(network, "school", today=today, within_days=days, kinds=KINDS, purposes=PURPOSES, reading=reading)
    last = today + timedelta(days=days)
    ending = [
        one
        for one in network.agreements
        if one.end is not None and today <= one.end <= last and one.status in ADMITTED[reading]
    ]
    assert {one.agreement.id for one in found.agreements} == {one.id for one in ending}
    assert [one.agreement.end for one in found.agreements] == sorted(one.agreement.end for one in found.agreements)  # type: ignore[type-var]  # all end
    renewed = Network(
        network.agencies, tuple(replace(one, end=None) if one in ending else one for one in network.agreements)
    )
    question = question_of(since=last + timedelta(days=1), reading=reading)
    whole = outcomes(renewed, question)
    for one in found.agreements:
        left = outcomes(without(renewed, [one.agreement.id]), question)
        assert set(one.lost) == whole.keys() - left.keys()
        assert set(one.later) == {name for name in left if left[name].day > whole[name].day}
        assert set(one.narrower) == {name for name in left if left[name].pairs < whole[name].pairs}
    assert set(found.together.lost) == whole.keys() - outcomes(network, question).keys()
    assert found.first_day == question.since


# Examples


def test_a_second_better_known_way_is_news_and_a_lost_one_is_not() -> None:
    weak = agreement("weak", "school", "ice", status="disputed")
    agencies = (Agency("school", "School", "school"), Agency("ice", "ICE", "federal_immigration"))

    def answer(*some: Agreement) -> Reach:
        return reach(Network(agencies, some), "school", FIRST, KINDS, PURPOSES, reading="worst_case")

    before, after = answer(weak), answer(weak, agreement("law", "school", "ice", status="required_by_law"))
    assert [one.agency.id for one in opened(before, after, ["federal_immigration"])] == ["ice"]
    assert opened(after, before, ["federal_immigration"]) == ()
    assert opened(before, after, ["court"]) == ()


def test_an_agreement_that_ends_tomorrow_closes_the_only_way() -> None:
    network = network_of(
        agreement("ends", "school", "police", end=FIRST + timedelta(days=1)), agreement("stays", "police", "ice")
    )
    found = expiring(network, "school", today=FIRST, within_days=30, kinds=KINDS, purposes=PURPOSES)
    assert [(one.agreement.id, one.lost) for one in found.agreements] == [("ends", ("police", "ice"))]
    assert found.together.lost == ("police", "ice")
    assert found.together.before.reached["ice"].earliest.hops == 2
    assert not expiring(network, "school", today=FIRST, within_days=0, kinds=KINDS, purposes=PURPOSES).agreements


def test_days_behind_are_refused() -> None:
    with pytest.raises(ReachError, match="within_days is -1"):
        expiring(network_of(), "school", today=FIRST, within_days=-1, kinds=KINDS, purposes=PURPOSES)
