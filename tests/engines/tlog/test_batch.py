"""A period appends whole tiles, whatever was done in it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolgate.engines import tlog
from support.logs import TRIALS, entries_of, order


@given(st.integers(0, 900), st.integers(1, 3), st.integers(0, 2**32))
@settings(max_examples=TRIALS, deadline=None)
def test_a_period_is_whole_tiles_and_loses_nothing(count: int, tiles: int, seed: int) -> None:
    staged = entries_of(count, "act")
    covers = entries_of(tlog.covers_needed(count, tiles=tiles), "cover")
    batch = tlog.plan_batch(staged, covers, order=order(seed), tiles=tiles)
    assert len(batch.entries) == 256 * tiles
    taken = staged[: len(staged) - batch.waiting]
    assert sorted(batch.entries) == sorted([*taken, *covers])
    assert batch.waiting == max(0, count - 256 * tiles)
    assert not (batch.waiting and covers)


def test_a_backlog_goes_out_period_by_period_oldest_first() -> None:
    waiting, gone = entries_of(600, "act"), []
    for period in range(3):
        covers = entries_of(tlog.covers_needed(len(waiting)), f"cover {period}")
        batch = tlog.plan_batch(waiting, covers, order=order(period))
        taken = waiting[: len(waiting) - batch.waiting]
        assert set(taken) <= set(batch.entries)
        gone += taken
        waiting = waiting[len(taken) :]
    assert (gone, waiting) == (entries_of(600, "act"), [])


def test_the_place_says_nothing_of_when_an_act_was_done() -> None:
    staged = entries_of(128, "act")
    covers = entries_of(128, "cover")
    batches = [tlog.plan_batch(staged, covers, order=order(seed)).entries for seed in range(60)]
    assert len(set(batches)) == 60
    first = [batch.index(staged[0]) for batch in batches]
    acts_in_front = [sum(entry in set(staged) for entry in batch[:128]) for batch in batches]
    # Uniform over 256 places: the mean of 60 is 127.5 with a deviation of 9.5.
    assert 80 < sum(first) / 60 < 175
    assert 60 < sum(acts_in_front) / 60 < 68


@pytest.mark.parametrize(
    ("staged", "covers"),
    [
        (entries_of(10), entries_of(245, "c")),
        (entries_of(10), entries_of(247, "c")),
        (entries_of(256), entries_of(1, "c")),
        (entries_of(10), entries_of(246)),
        ([*entries_of(9), bytes(31)], entries_of(246, "c")),
        ([*entries_of(9), entries_of(1)[0]], entries_of(246, "c")),
    ],
)
def test_a_period_that_would_tell_something_is_refused(staged: list[bytes], covers: list[bytes]) -> None:
    with pytest.raises(tlog.BatchError):
        tlog.plan_batch(staged, covers, order=order())


def test_a_period_has_a_tile() -> None:
    for staged, tiles in ((-1, 1), (1, 0)):
        with pytest.raises(tlog.BatchError):
            tlog.covers_needed(staged, tiles=tiles)
