from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schoolgate.engines import reach
from schoolgate.engines.kept import Kept
from support.networks import AGENCIES, DAYS, FIRST, KINDS, PURPOSES, busy_networks, networks
from support.reaching import TRIALS, agreement, network_of, readings, untils

HOLDERS = st.dictionaries(st.sampled_from(AGENCIES), DAYS, min_size=1, max_size=2)
PROMISES = st.dictionaries(st.sampled_from(AGENCIES), st.frozensets(st.sampled_from(AGENCIES), max_size=2), max_size=2)
PURPOSES_ASKED = st.sampled_from((PURPOSES, PURPOSES[:1]))
ASKED = st.lists(st.tuples(HOLDERS, PROMISES, PURPOSES_ASKED, untils, readings), min_size=2, max_size=12)


@TRIALS
@given(networks() | busy_networks(), ASKED)
def test_what_was_asked_before_changes_no_answer(
    network: reach.Network,
    asked: list[tuple[dict[str, date], dict[str, frozenset[str]], tuple[str, ...], date | None, reach.Reading]],
) -> None:
    for holders, promises, purposes, until, reading in asked:
        some = {agency: promise for agency, promise in promises.items() if agency in holders}
        again, anew = (
            reach.reach_from(one, holders, KINDS, purposes, may_pass_to=some, until=until, reading=reading)
            for one in (network, replace(network))
        )
        assert dict(again.reached) == dict(anew.reached)
        assert again.not_reached == anew.not_reached
        assert {agency: set(some) for agency, some in again.holdings.items()} == {
            agency: set(some) for agency, some in anew.holdings.items()
        }
        reach.check(again)


def test_a_changed_network_knows_nothing_of_the_one_before() -> None:
    before = network_of(agreement("a", "school", "police"))
    asked = ("school", FIRST, KINDS, PURPOSES)
    assert set(reach.reach(before, *asked).reached) == {"police"}
    after = before.with_agreements([agreement("b", "police", "ice")])
    assert set(reach.reach(after, *asked).reached) == {"police", "ice"}
    assert set(reach.reach(before, *asked).reached) == {"police"}


def test_networks_are_equal_and_hashed_by_what_they_say_not_by_what_was_asked() -> None:
    one, other = network_of(agreement("a", "school", "police")), network_of(agreement("a", "school", "police"))
    reach.reach(one, "school", FIRST, KINDS, PURPOSES)
    assert one == other
    assert hash(one) == hash(other)
    assert repr(one) == repr(other)


def test_only_the_last_few_are_kept() -> None:
    kept, done = Kept(2), list[str]()

    def get(asked: str) -> str:
        def work() -> str:
            done.append(asked)
            return asked.upper()

        return kept.get(asked, work)

    assert [get(asked) for asked in "abaca"] == list("ABACA")
    assert done == ["a", "b", "c"]
    assert len(kept) == 2
    assert get("b") == "B"
    assert done == ["a", "b", "c", "b"]


def test_work_that_fails_is_not_kept() -> None:
    kept = Kept()
    with pytest.raises(ZeroDivisionError):
        kept.get("one", lambda: 1 // 0)
    assert kept.get("one", lambda: 1) == 1


def test_threads_that_ask_at_once_get_the_same() -> None:
    kept, together = Kept(), Barrier(4)

    def work() -> object:
        together.wait(timeout=30)
        return object()

    with ThreadPoolExecutor(4) as threads:
        results = list(threads.map(lambda _: kept.get("one", work), range(4)))
    assert len(set(results)) == 1
