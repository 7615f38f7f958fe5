from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schoolgate.engines.reach import Network, ReachError, Reading, choke_points, ranked_agreements
from schoolgate.engines.reach.asking.answers import answer
from schoolgate.engines.reach.asking.choke import rank
from schoolgate.engines.reach.searching.prepared import prepare
from schoolgate.engines.reach.searching.question import Holder
from support.networks import AGENCIES, DAYS, FIRST, KINDS, PURPOSES, busy_networks, networks
from support.reaching import ASKED, TRIALS, agreement, network_of, outcomes, question_of, readings, untils, without


@TRIALS
@given(networks() | busy_networks(), DAYS, untils, readings)
def test_each_agreement_takes_away_what_its_removal_takes_away(
    network: Network, since: date, until: date | None, reading: Reading
) -> None:
    ranked = ranked_agreements(
        network, "school", since=since, kinds=KINDS, purposes=PURPOSES, until=until, reading=reading
    )
    question = question_of(since=since, until=until, reading=reading)
    whole = outcomes(network, question)
    found = {one.agreement.id: (set(one.lost), set(one.later), set(one.narrower)) for one in ranked}
    expected = {}
    for one in network.agreements:
        left = outcomes(without(network, [one.id]), question)
        lost = whole.keys() - left.keys()
        later = {name for name in left if left[name].day > whole[name].day}
        narrower = {name for name in left if left[name].pairs < whole[name].pairs}
        if lost or later or narrower:
            expected[one.id] = (lost, later, narrower)
    assert found == expected
    sizes = [len(one.lost) for one in ranked]
    assert sizes == sorted(sizes, reverse=True)


@TRIALS
@given(networks() | busy_networks(), DAYS, st.none() | st.frozensets(st.sampled_from(AGENCIES)))
def test_with_several_holders_too_whatever_each_promised(
    network: Network, since: date, may_pass_to: frozenset[str] | None
) -> None:
    question = replace(question_of(since=FIRST), also=(Holder("police", since, may_pass_to),))
    ranked = rank(prepare(network, question))
    found = {one.agreement.id: set(one.lost) for one in ranked if one.lost}

    def reached(left: Network) -> set[str]:
        return set(answer(prepare(left, question)).reached)

    whole = reached(network)
    expected = {one.id: whole - reached(without(network, [one.id])) for one in network.agreements}
    assert found == {name: lost for name, lost in expected.items() if lost}


@TRIALS
@given(networks() | busy_networks(), DAYS, readings)
def test_choke_points_are_exactly_what_every_path_uses(network: Network, since: date, reading: Reading) -> None:
    targets = ("ice", "center")
    chokes = choke_points(network, "school", targets, since=since, kinds=KINDS, purposes=PURPOSES, reading=reading)
    question = question_of(since=since, reading=reading)
    whole = outcomes(network, question)
    expected = {}
    for one in network.agreements:
        left = outcomes(without(network, [one.id]), question)
        if cut := tuple(target for target in targets if target in whole and target not in left):
            expected[one.id] = (cut, whole.keys() - left.keys())
    assert {one.agreement.id: (one.targets, set(one.lost)) for one in chokes} == expected
    sizes = [(-len(one.targets), -len(one.lost)) for one in chokes]
    assert sizes == sorted(sizes)


# Examples


def test_the_agreement_that_cuts_most_comes_first_and_duties_are_marked() -> None:
    network = network_of(
        agreement("duty", "school", "police", status="required_by_law"),
        agreement("to-center", "police", "center"),
        agreement("to-state", "center", "state"),
        agreement("other-way", "police", "state", start=date(2026, 5, 1)),
    )
    first, second, third = ranked_agreements(network, "school", keep=["duty"], **ASKED)
    assert (first.agreement.id, first.endable, first.lost) == ("duty", False, ("police", "center", "state"))
    assert (second.agreement.id, second.endable, second.lost, second.later) == (
        "to-center",
        True,
        ("center",),
        ("state",),
    )
    assert (third.agreement.id, third.lost, third.later) == ("to-state", (), ("state",))


def test_targets_come_before_numbers() -> None:
    network = network_of(
        agreement("to-ice", "school", "ice"),
        agreement("to-police", "school", "police"),
        agreement("to-center", "police", "center"),
    )
    assert ranked_agreements(network, "school", **ASKED)[0].agreement.id == "to-police"
    first = ranked_agreements(network, "school", ["ice"], **ASKED)[0]
    assert (first.agreement.id, first.targets) == ("to-ice", ("ice",))


def test_more_kinds_than_fit_a_byte_are_told_apart() -> None:
    kinds = [f"kind {number}" for number in range(300)]
    network = network_of(
        agreement("most", "school", "police", kinds=frozenset(kinds)),
        agreement("one", "school", "ice", kinds=frozenset(kinds[7:8])),
        agreement("all", "police", "ice", kinds=frozenset(kinds)),
    )
    ranked = ranked_agreements(network, "school", since=FIRST, kinds=kinds, purposes=PURPOSES)
    assert {one.agreement.id: (one.lost, one.narrower) for one in ranked} == {
        "most": (("police",), ("ice",)),
        "all": ((), ("ice",)),
    }


def test_unknown_names_are_refused() -> None:
    network = network_of(agreement("a", "school", "police"))
    with pytest.raises(ReachError, match="'nobody'"):
        ranked_agreements(network, "school", ["nobody"], **ASKED)
    with pytest.raises(ReachError, match="'nine'"):
        ranked_agreements(network, "school", keep=["nine"], **ASKED)
    with pytest.raises(ReachError, match="'nobody'"):
        choke_points(network, "school", ["nobody"], **ASKED)
