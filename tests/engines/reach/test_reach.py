import os
from dataclasses import replace
from datetime import date
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolgate.engines.reach import (
    STATUSES,
    Agency,
    Agreement,
    Network,
    Path,
    Question,
    Reach,
    ReachError,
    Reading,
    Status,
    certificate,
    check,
    reach,
)
from schoolgate.engines.reach.searching import layers
from support.networks import (
    AGENCIES,
    DAYS,
    FIRST,
    KINDS,
    PURPOSES,
    Walk,
    all_walks,
    busy_networks,
    networks,
)

TRIALS = settings(max_examples=int(os.environ.get("SCHOOLGATE_TRIALS", "25")), deadline=None)
readings: st.SearchStrategy[Reading] = st.sampled_from(["strict", "worst_case"])
untils = st.none() | DAYS


def walks_by_end(answer: Reach) -> dict[str, dict[tuple[str, str], list[Walk]]]:
    ends: dict[str, dict[tuple[str, str], list[Walk]]] = {}
    for pair, walks in all_walks(answer.network, answer.question).items():
        for walk in walks:
            if walk.end != answer.question.start:
                ends.setdefault(walk.end, {}).setdefault(pair, []).append(walk)
    return ends


@TRIALS
@given(networks(), DAYS, untils, readings)
def test_reach_is_what_trying_every_walk_finds(
    network: Network, since: date, until: date | None, reading: Reading
) -> None:
    answer = reach(network, "school", since, KINDS, PURPOSES, until=until, reading=reading)
    oracle = walks_by_end(answer)
    assert set(answer.reached) == set(oracle)
    assert set(answer.not_reached) == set(AGENCIES) - set(oracle) - {"school"}
    for agency, by_pair in oracle.items():
        found, walks = answer.reached[agency], [walk for some in by_pair.values() for walk in some]
        assert found.pairs == set(by_pair)
        assert found.day == found.earliest.arrives == min(walk.day for walk in walks)
        assert found.fewest_hops.hops == min(len(walk.agreements) for walk in walks)
        assert found.may_pass_on == any(walk.may_pass_to for walk in walks)
        weakest = [max(STATUSES.index(one.status) for one in walk.agreements) for walk in walks]
        assert STATUSES.index(found.weakest_status) == min(weakest)
        as_strong = [len(walk.agreements) for walk, weak in zip(walks, weakest, strict=True) if weak == min(weakest)]
        assert found.strongest.hops == min(as_strong)
        for path in (found.earliest, found.fewest_hops, found.strongest):
            assert_is_a_walk(path, by_pair)


def assert_is_a_walk(path: Path, by_pair: dict[tuple[str, str], list[Walk]]) -> None:
    """All that is said to survive arrives by these agreements, and on that day."""
    taken = tuple(step.agreement for step in path.steps)
    assert path.steps[-1].pairs
    for pair in path.steps[-1].pairs:
        assert (taken, path.arrives) in {(walk.agreements, walk.day) for walk in by_pair[pair]}
    for before, after in zip(path.steps, path.steps[1:], strict=False):
        assert before.pairs >= after.pairs
        assert before.day <= after.day


@TRIALS
@given(networks(), DAYS, untils)
def test_the_worst_case_reaches_at_least_as_far(network: Network, since: date, until: date | None) -> None:
    strict = reach(network, "school", since, KINDS, PURPOSES, until=until)
    worst = reach(network, "school", since, KINDS, PURPOSES, until=until, reading="worst_case")
    for agency, found in strict.reached.items():
        assert found.pairs <= worst.reached[agency].pairs
        assert found.day >= worst.reached[agency].day


# Examples

EVERYTHING = (frozenset(KINDS), frozenset(PURPOSES))


def agreement(name: str, giver: str, receiver: str, **changes: object) -> Agreement:
    plain = Agreement(name, giver, receiver, name, None, None, *EVERYTHING, "yes", "documented", "invented")
    return replace(plain, **changes)  # type: ignore[arg-type]  # fields by name


def network_of(*some: Agreement) -> Network:
    return Network(tuple(Agency(name, name, "unknown_recipient") for name in AGENCIES), some)


def test_what_arrives_after_an_agreement_ended_does_not_move_on() -> None:
    network = network_of(
        agreement("late", "school", "police", start=date(2026, 3, 1)),
        agreement("ended", "police", "center", end=date(2026, 2, 28)),
    )
    answer = reach(network, "school", FIRST, KINDS, PURPOSES)
    assert set(answer.reached) == {"police"}
    crossings = certificate(answer, "center").crossings
    assert [(crossing.agreement.id, crossing.why) for crossing in crossings] == [("ended", "dates")]


def test_the_first_and_last_day_count() -> None:
    network = network_of(
        agreement("one", "school", "police", start=date(2026, 3, 1)),
        agreement("two", "police", "center", end=date(2026, 3, 1)),
    )
    assert reach(network, "school", FIRST, KINDS, PURPOSES).reached["center"].day == date(2026, 3, 1)


def test_kind_and_purpose_must_survive_on_the_same_path() -> None:
    network = network_of(
        agreement("k", "school", "police", kinds=frozenset(KINDS[:1]), purposes=frozenset(PURPOSES[:1])),
        agreement("p", "school", "police", kinds=frozenset(KINDS[1:]), purposes=frozenset(PURPOSES[1:])),
        agreement("mixed", "police", "ice", kinds=frozenset(KINDS[:1]), purposes=frozenset(PURPOSES[1:])),
    )
    answer = reach(network, "school", FIRST, KINDS, PURPOSES)
    assert answer.reached["police"].kinds == set(KINDS)
    assert certificate(answer, "ice").crossings[0].why == "labels"


def test_a_ban_on_passing_on_stops_all_but_what_was_observed() -> None:
    banned = agreement("banned", "school", "police", onward="no")
    paper = agreement("paper", "police", "center")
    seen = agreement("seen", "police", "ice", status="observed")
    answer = reach(network_of(banned, paper, seen), "school", FIRST, KINDS, PURPOSES)
    assert set(answer.reached) == {"police", "ice"}
    assert not answer.reached["police"].may_pass_on
    assert answer.reached["ice"].weakest_status == "observed"
    assert certificate(answer, "center").crossings[0].why == "onward"


def test_unknown_terms_are_no_when_strict_and_yes_in_the_worst_case() -> None:
    unread = agreement("unread", "school", "police", kinds=None)
    silent = agreement("silent", "police", "ice", onward="unknown")
    network = network_of(unread, silent, agreement("on", "ice", "center"))
    assert not reach(network, "school", FIRST, KINDS, PURPOSES).reached
    worst = reach(network, "school", FIRST, KINDS, PURPOSES, reading="worst_case")
    assert set(worst.reached) == {"police", "ice", "center"}


@pytest.mark.parametrize(
    ("status", "reading", "statuses", "expected"),
    [
        ("prohibited", "worst_case", None, False),
        ("prohibited", "strict", ["prohibited"], True),
        ("disputed", "strict", None, False),
        ("disputed", "worst_case", None, True),
        ("observed", "strict", None, True),
        ("documented", "strict", ["required_by_law"], False),
    ],
)
def test_which_evidence_is_admitted(
    status: Status,
    reading: Reading,
    statuses: list[Status] | None,
    expected: bool,  # noqa: FBT001 - an example
) -> None:
    network = network_of(agreement("a", "school", "police", status=status))
    answer = reach(network, "school", FIRST, KINDS, PURPOSES, statuses=statuses, reading=reading)
    assert ("police" in answer.reached) is expected
    if not expected:
        assert certificate(answer, "police").crossings[0].why == "status"


def test_the_strong_detour_is_preferred_to_the_weak_shortcut() -> None:
    network = network_of(
        agreement("shortcut", "school", "ice", status="disputed"),
        agreement("law", "school", "police", status="required_by_law"),
        agreement("paper", "police", "ice", start=date(2026, 5, 1)),
    )
    found = reach(network, "school", FIRST, KINDS, PURPOSES, reading="worst_case").reached["ice"]
    assert [step.agreement.id for step in found.fewest_hops.steps] == ["shortcut"]
    assert [step.agreement.id for step in found.strongest.steps] == ["law", "paper"]
    assert (found.weakest_status, found.earliest.weakest_status) == ("documented", "disputed")


def test_questions_that_ask_nothing_or_of_nobody_are_refused() -> None:
    network = network_of()
    with pytest.raises(ReachError, match="'nobody'"):
        reach(network, "nobody", FIRST, KINDS, PURPOSES)
    with pytest.raises(ReachError, match="kinds and purposes"):
        reach(network, "school", FIRST, [], PURPOSES)
    with pytest.raises(ReachError, match="statuses: 'rumour'"):
        reach(network, "school", FIRST, KINDS, PURPOSES, statuses=["rumour"])  # type: ignore[list-item]  # refused
    with pytest.raises(ReachError, match="'nobody'"):
        certificate(reach(network, "school", FIRST, KINDS, PURPOSES), "nobody")


def test_the_question_is_kept_with_the_answer() -> None:
    answer = reach(network_of(), "school", FIRST, KINDS, PURPOSES)
    admitted: frozenset[Status] = frozenset({"required_by_law", "documented", "observed"})
    assert answer.question == Question("school", FIRST, frozenset(KINDS), frozenset(PURPOSES), None, admitted, "strict")


@TRIALS
@given(busy_networks(), DAYS, untils, readings)
def test_busy_networks_are_searched_as_by_every_walk(
    network: Network, since: date, until: date | None, reading: Reading
) -> None:
    answer = reach(network, "school", since, KINDS, PURPOSES, until=until, reading=reading)
    check(answer)
    oracle = walks_by_end(answer)
    assert set(answer.reached) == set(oracle)
    for agency, by_pair in oracle.items():
        found, walks = answer.reached[agency], [walk for some in by_pair.values() for walk in some]
        shortest = min((len(walk.agreements), walk.day) for walk in walks)
        assert found.pairs == set(by_pair)
        assert (found.earliest.arrives, found.earliest.hops) == min((walk.day, len(walk.agreements)) for walk in walks)
        assert (found.fewest_hops.hops, found.fewest_hops.arrives) == shortest
        for path in (found.earliest, found.fewest_hops, found.strongest):
            assert_is_a_walk(path, by_pair)


@TRIALS
@given(networks() | busy_networks(), DAYS, readings)
def test_as_of_a_day_only_what_held_that_day_counts(network: Network, day: date, reading: Reading) -> None:
    """A copy made on a day, as things stood that day: the agreements in force are all that matters."""
    then = reach(network, "school", day, KINDS, PURPOSES, until=day, reading=reading)
    in_force = [
        replace(one, start=None, end=None)
        for one in network.agreements
        if (one.start is None or one.start <= day) and (one.end is None or day <= one.end)
    ]
    timeless = reach(Network(network.agencies, tuple(in_force)), "school", day, KINDS, PURPOSES, reading=reading)
    assert {agency: one.pairs for agency, one in then.reached.items()} == {
        agency: one.pairs for agency, one in timeless.reached.items()
    }
    assert {one.day for one in then.reached.values()} <= {day}


def test_two_answers_to_one_question_are_equal_and_another_is_not() -> None:
    network = network_of(agreement("one", "school", "police"), agreement("two", "police", "ice"))
    here, there = (reach(network, "school", FIRST, KINDS, PURPOSES) for _ in range(2))
    assert here == there
    assert hash(here.reached["ice"]) == hash(there.reached["ice"])
    assert here.reached["ice"] != here.reached["police"]
    assert here.holdings == there.holdings
    assert len(here.holdings) == 3
    later = reach(network, "school", date(2026, 2, 1), KINDS, PURPOSES)
    assert later.reached["ice"] != here.reached["ice"]
    assert here.reached["ice"] != "ice"


def test_ten_thousand_parallel_agreements_a_cycle_and_a_long_chain() -> None:
    parallel = [
        agreement(f"p{number}", "school", "police", start=date(2026, 1, 1) if number else None)
        for number in range(10_000)
    ]
    more = [agreement(f"q{number}", "police", "ice", kinds=frozenset(KINDS[number % 2 :])) for number in range(10_000)]
    answer = reach(network_of(*parallel, *more, agreement("back", "ice", "school")), "school", FIRST, KINDS, PURPOSES)
    assert answer.reached["ice"].pairs == {(purpose, kind) for purpose in PURPOSES for kind in KINDS}
    assert answer.reached["ice"].strongest.hops == 2
    names = [f"n{number}" for number in range(3_001)]
    chain = Network(
        tuple(Agency(name, name, "unknown_recipient") for name in names),
        tuple(agreement(f"a{number}", *names[number : number + 2]) for number in range(3_000)),
    )
    found = reach(chain, "n0", FIRST, KINDS, PURPOSES)
    assert found.reached["n3000"].fewest_hops.hops == 3_000
    assert found.reached["n3000"] == reach(chain, "n0", FIRST, KINDS, PURPOSES).reached["n3000"]


def test_what_is_held_freely_is_not_told_again_as_bound() -> None:
    network = network_of(agreement("bound", "school", "police", onward="no"), agreement("free", "school", "police"))
    [held] = reach(network, "school", FIRST, KINDS, PURPOSES).holdings["police"]
    assert held.may_pass_to is None


def test_an_early_detour_does_not_hide_the_short_way_that_is_in_time() -> None:
    network = network_of(
        agreement("early", "school", "center"),
        agreement("on", "center", "police"),
        agreement("short", "school", "police", start=date(2026, 1, 3)),
        agreement("last", "police", "ice", start=date(2026, 1, 5)),
    )
    found = reach(network, "school", FIRST, KINDS, PURPOSES).reached["ice"]
    assert [step.agreement.id for step in found.earliest.steps] == ["short", "last"]
    assert found.earliest.arrives == date(2026, 1, 5)


def test_the_strongest_path_may_be_much_longer_than_the_shortest_and_the_earliest() -> None:
    names = [f"n{number}" for number in range(13)]
    later = date(2026, 1, 9)
    network = Network(
        tuple(Agency(name, name, "unknown_recipient") for name in names),
        (
            *(agreement(f"a{number:02}", *names[number : number + 2], start=FIRST) for number in range(12)),
            agreement("seen", "n0", "n12", status="observed", start=later),
        ),
    )
    found = reach(network, "n0", FIRST, KINDS, PURPOSES).reached["n12"]
    assert [step.agreement.id for step in found.fewest_hops.steps] == ["seen"]
    assert (found.strongest.hops, found.earliest.hops) == (12, 12)
    assert (found.weakest_status, found.day, found.fewest_hops.arrives) == ("documented", FIRST, later)


@TRIALS
@given(busy_networks(), DAYS, readings)
def test_paths_are_as_short_however_few_agreements_the_first_search_counts(
    network: Network, since: date, reading: Reading
) -> None:
    deep = reach(network, "school", since, KINDS, PURPOSES, reading=reading)
    with patch.object(layers, "_DEPTH", 1):
        again = reach(network, "school", since, KINDS, PURPOSES, reading=reading)
        for agency, one in deep.reached.items():
            other = again.reached[agency]
            assert [(path.hops, path.arrives) for path in (one.earliest, one.fewest_hops)] == [
                (path.hops, path.arrives) for path in (other.earliest, other.fewest_hops)
            ]
            assert (one.strongest.hops, one.weakest_status) == (other.strongest.hops, other.weakest_status)
