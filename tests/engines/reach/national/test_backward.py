import os
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolgate.engines.reach import Agency, Agreement, Network, ReachError, Reading, reach
from schoolgate.engines.reach.national.answers import reach_national
from schoolgate.engines.reach.national.backward import leading_to
from schoolgate.engines.reach.national.columns import Columns
from schoolgate.engines.reach.national.index import index
from support import national as country
from support.networks import AGENCIES, DAYS, FIRST, KINDS, PURPOSES, networks

TRIALS = settings(max_examples=int(os.environ.get("SCHOOLGATE_TRIALS", "25")), deadline=None)
readings: st.SearchStrategy[Reading] = st.sampled_from(["strict", "worst_case"])


@TRIALS
@given(networks(), DAYS, st.none() | DAYS, readings)
def test_the_steps_back_are_the_fewest_steps_forward(
    network: Network, since: date, until: date | None, reading: Reading
) -> None:
    indexed = index(Columns.of(network), reading)
    for target in ("ice", "center"):
        found = leading_to(indexed, [target], since, KINDS, PURPOSES, until=until)
        forward = {
            start: reach(network, start, since, KINDS, PURPOSES, until=until, reading=reading).reached.get(target)
            for start in AGENCIES
            if start != target
        }
        assert found.sources() == {start: one.fewest_hops.hops for start, one in forward.items() if one is not None}
        for start, one in forward.items():
            number = indexed.columns.agencies.place(start)
            mask = int(found.pairs[number, 0])
            assert found.asked.labels.names(mask) == (one.pairs if one else frozenset())


@TRIALS
@given(networks(), DAYS, readings)
def test_the_latest_day_is_the_last_on_which_it_is_not_too_late(
    network: Network, since: date, reading: Reading
) -> None:
    indexed = index(Columns.of(network), reading)
    found = leading_to(indexed, ["kind:hidden"], since, KINDS, PURPOSES)
    assert {indexed.columns.agencies[int(one)] for one in found.targets} == {"center", "ice"}
    for start in ("school", "police", "state"):
        latest = int(found.latest[indexed.columns.agencies.place(start)])
        for day in range(since.toordinal(), since.toordinal() + 12):
            reached = reach(network, start, date.fromordinal(day), KINDS, PURPOSES, reading=reading).reached
            assert bool({"center", "ice"} & reached.keys()) == (day <= latest)


def test_an_agreement_that_begins_after_the_last_day_leads_nowhere() -> None:
    later = Agreement(
        "later",
        "police",
        "ice",
        "",
        FIRST + timedelta(1),
        None,
        frozenset(KINDS),
        frozenset(PURPOSES),
        "yes",
        "documented",
        "invented",
    )
    agencies = (Agency("police", "Police", "local_police"), Agency("ice", "ICE", "federal_immigration"))
    indexed = index(Columns.of(Network(agencies, (later,))))
    assert leading_to(indexed, ["ice"], FIRST, KINDS, PURPOSES, until=FIRST).sources() == {}
    assert leading_to(indexed, ["ice"], FIRST, KINDS, PURPOSES).sources() == {"police": 1}


def test_a_larger_network_is_the_same_backwards_and_forwards() -> None:
    indexed = index(country.national(20_000, seed=8, only=0.05))
    asking = (country.SINCE, country.KINDS, country.PURPOSES)
    target = country.giver_of(indexed.columns)
    back = leading_to(indexed, [target], *asking)
    number = indexed.columns.agencies.place(target)
    leads = 0
    for start in range(0, 5_000, 250):
        if start != number:
            found = reach_national(indexed, indexed.columns.agencies[start], *asking).summary()
            assert (found.day[number] >= 0) == (back.steps[start] > 0)
            assert (found.pairs[number] == back.pairs[start]).all()
            leads += int(back.steps[start] > 0)
    assert leads


def test_targets_nobody_knows_are_refused() -> None:
    indexed = index(country.national(100))
    with pytest.raises(ReachError, match="at least one target"):
        leading_to(indexed, [], FIRST, KINDS, PURPOSES)
    with pytest.raises(ReachError, match="'kind:moon': no agency"):
        leading_to(indexed, ["kind:moon"], FIRST, KINDS, PURPOSES)
    with pytest.raises(ReachError, match="'nobody'"):
        leading_to(indexed, ["nobody"], FIRST, KINDS, PURPOSES)
