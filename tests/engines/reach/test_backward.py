import os
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolgate.engines.reach import Agency, Agreement, Network, ReachError, Reading, reach, sources, verify
from support.networks import AGENCIES, DAYS, FIRST, HIDDEN, KINDS, PURPOSES, busy_networks, networks, walks_to

TRIALS = settings(max_examples=int(os.environ.get("SCHOOLGATE_TRIALS", "25")), deadline=None)
readings: st.SearchStrategy[Reading] = st.sampled_from(["strict", "worst_case"])
untils = st.none() | DAYS
ends = st.sets(st.sampled_from(AGENCIES), min_size=1, max_size=2).map(lambda some: tuple(sorted(some)))
# One day after all that begins or ends in the invented networks.
AFTER = FIRST + timedelta(days=9)


@TRIALS
@given(networks() | busy_networks(), ends, DAYS, untils, readings)
def test_sources_are_those_from_which_some_walk_arrives(
    network: Network, targets: tuple[str, ...], since: date, until: date | None, reading: Reading
) -> None:
    found = sources(network, targets, since, KINDS, PURPOSES, until=until, reading=reading)
    assert {*found.found, *found.others} == set(AGENCIES) - set(targets)
    for agency in set(AGENCIES) - set(targets):
        walks = walks_to(network, found.question(agency), targets)
        if not walks:
            assert agency in found.others
            continue
        one = found.found[agency]
        assert one.agency.id == agency
        assert one.pairs == frozenset().union(*walks.values())
        assert one.arrives == one.earliest.arrives == min(walk.day for walk in walks)
        assert one.hops == one.fewest_hops.hops == min(len(walk.agreements) for walk in walks)
        assert one.last_day == last_day(network, agency, targets, since, until, reading)
        for path in (one.earliest, one.fewest_hops):
            verify(network, found.question(agency), path)
            assert path.agencies[-1] in targets
        assert one.target == one.fewest_hops.agencies[-1]


def last_day(  # noqa: PLR0917 - one question
    network: Network, agency: str, targets: tuple[str, ...], since: date, until: date | None, reading: Reading
) -> date | None:
    """By trying every day, and one after all others."""

    def arrives(day: date) -> bool:
        answer = reach(network, agency, day, KINDS, PURPOSES, until=until, reading=reading)
        return not answer.reached.keys().isdisjoint(targets)

    if arrives(AFTER):
        return None
    days = [FIRST + timedelta(days=number) for number in range(9)]
    return max(day for day in days if day >= since and arrives(day))


@TRIALS
@given(networks() | busy_networks(), DAYS, untils, readings)
def test_backward_and_forward_agree(network: Network, since: date, until: date | None, reading: Reading) -> None:
    found = sources(network, ["ice"], since, KINDS, PURPOSES, until=until, reading=reading)
    for agency in AGENCIES:
        if agency != "ice":
            answer = reach(network, agency, since, KINDS, PURPOSES, until=until, reading=reading)
            there = answer.reached.get("ice")
            one = found.found.get(agency)
            assert (one is None) == (there is None)
            if one and there:
                assert (one.pairs, one.arrives, one.hops) == (there.pairs, there.day, there.fewest_hops.hops)


# Examples


def agreement(name: str, giver: str, receiver: str, **changes: object) -> Agreement:
    plain = Agreement(
        name, giver, receiver, name, None, None, frozenset(KINDS), frozenset(PURPOSES), "yes", "documented", "invented"
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # fields by name


def network_of(*some: Agreement) -> Network:
    names = dict.fromkeys((*AGENCIES, *(end for one in some for end in (one.giver, one.receiver))))
    return Network(tuple(Agency(name, name, "hidden" if name in HIDDEN else "open") for name in names), some)


def test_the_last_day_is_the_earliest_end_further_on() -> None:
    network = network_of(
        agreement("one", "school", "police", end=date(2026, 9, 1)),
        agreement("two", "police", "center", start=date(2026, 2, 1), end=date(2026, 6, 1)),
        agreement("three", "center", "ice", start=date(2026, 5, 1), end=date(2026, 12, 1)),
    )
    found = sources(network, ["ice"], FIRST, KINDS, PURPOSES).found
    days = {name: (one.last_day, one.arrives, one.hops) for name, one in found.items()}
    assert days == {
        "center": (date(2026, 12, 1), date(2026, 5, 1), 1),
        "police": (date(2026, 6, 1), date(2026, 5, 1), 2),
        "school": (date(2026, 6, 1), date(2026, 5, 1), 3),
    }
    assert not sources(network, ["ice"], date(2026, 6, 2), KINDS, PURPOSES).found.keys() - {"center"}


def test_a_slow_way_with_time_to_spare_does_not_hide_a_quick_one() -> None:
    network = network_of(
        agreement("quick", "police", "ice", end=date(2026, 3, 1)),
        agreement("slow", "police", "ice", start=date(2026, 8, 1)),
        agreement("early", "school", "police", end=date(2026, 2, 1)),
        agreement("late", "state", "police", start=date(2026, 4, 1)),
    )
    found = sources(network, ["ice"], FIRST, KINDS, PURPOSES).found
    assert (found["school"].arrives, found["school"].last_day) == (FIRST, date(2026, 2, 1))
    assert (found["state"].arrives, found["state"].last_day) == (date(2026, 8, 1), None)
    assert (found["police"].arrives, found["police"].last_day) == (FIRST, None)


def test_those_inside_already_can_be_left_out_and_are_still_ways_in() -> None:
    network = network_of(agreement("one", "school", "center"), agreement("two", "center", "ice"))
    found = sources(network, ["ice"], FIRST, KINDS, PURPOSES, leave_out=["hidden"])
    assert list(found.found) == ["school"]
    assert found.others == ("police", "state")


def test_a_promise_counts_on_the_way_and_statutes_go_over_it() -> None:
    network = network_of(
        agreement("promised", "school", "police", onward="no"),
        agreement("paper", "police", "ice"),
        agreement("statute", "police", "state", status="required_by_law"),
        agreement("seen", "state", "ice", status="observed"),
    )
    found = sources(network, ["ice"], FIRST, KINDS, PURPOSES).found
    assert {name: one.hops for name, one in found.items()} == {"police": 1, "state": 1, "school": 3}
    path = found["school"].fewest_hops
    assert [step.despite_promise for step in path.steps] == [False, True, False]


def test_only_promises_let_named_agencies_and_kinds_through() -> None:
    network = network_of(
        agreement("named", "school", "police", onward="only", onward_to=frozenset({"ice"})),
        agreement("kind", "state", "police", onward="only", onward_to=frozenset({"kind:open"})),
        agreement("on", "police", "ice"),
    )
    assert set(sources(network, ["ice"], FIRST, KINDS, PURPOSES).found) == {"school", "police"}


def test_ten_thousand_parallel_agreements_and_a_cycle() -> None:
    first = [
        agreement(f"p{number}", "school", "police", end=FIRST + timedelta(days=number % 300))
        for number in range(10_000)
    ]
    second = [
        agreement(f"q{number}", "police", "ice", start=FIRST + timedelta(days=number % 300)) for number in range(10_000)
    ]
    network = network_of(*first, *second, agreement("back", "police", "school"))
    found = sources(network, ["ice"], FIRST, KINDS, PURPOSES).found
    assert found["school"].last_day == FIRST + timedelta(days=299)
    assert found["police"].last_day is None
    assert found["school"].arrives == FIRST


def test_a_long_chain_is_no_trouble() -> None:
    chain = [agreement(f"a{number}", f"n{number}", f"n{number + 1}") for number in range(3_000)]
    found = sources(network_of(*chain), ["n3000"], FIRST, KINDS, PURPOSES).found
    assert found["n0"].hops == found["n0"].earliest.hops == 3_000


def test_questions_about_nobody_are_refused() -> None:
    network = network_of()
    with pytest.raises(ReachError, match="targets is empty"):
        sources(network, [], FIRST, KINDS, PURPOSES)
    with pytest.raises(ReachError, match="'nobody'"):
        sources(network, ["nobody"], FIRST, KINDS, PURPOSES)
    with pytest.raises(ReachError, match="of kind 'martian'"):
        sources(network, ["ice"], FIRST, KINDS, PURPOSES, leave_out=["martian"])
    with pytest.raises(ReachError, match="'nobody'"):
        sources(network, ["ice"], FIRST, KINDS, PURPOSES).question("nobody")
