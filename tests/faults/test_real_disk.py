"""The operating system itself refuses: a sync that fails inside SQLite, a file system with no room left.

SQLite alone writes where it runs: these need no database server, and a server's own disk is its own to guard.
"""

import random

import pytest

from support.faults import Installation
from support.history import TRIALS, WORKER, History
from support.real_disk import end_on_a_full_disk, end_where_syncs_fail, syncs

FAILURES = max(3, TRIALS // 4)
FAILED = 3


@pytest.fixture
def plant(opened: Installation) -> Installation:
    """The district as it was when it was new."""
    opened.restore("base")
    return opened


@pytest.fixture
def history(plant: Installation) -> History:
    """What it shows and says from now on."""
    return History(plant)


def test_a_worker_whose_syncs_fail(plant, history, tmp_path):
    """Each sync in turn, of the database, of a file, of a folder: it ends in words, and the next one goes on."""
    count = syncs(plant, tmp_path / "syncs", *WORKER)
    assert count > 8
    failed = 0
    for nth in random.Random(5).sample(range(1, count + 1), min(count, FAILURES)):
        history.heard(plant.run("file_acts", 1))
        ended = end_where_syncs_fail(plant, nth, *WORKER)
        assert "Traceback" not in ended.said
        assert ended.code in (0, FAILED), ended.said
        if ended.code:
            failed += 1
            assert "schoolgate worker --once" in ended.said, ended.said
        history.look()
        history.go_on()
    assert failed


def test_an_act_whose_sync_fails_is_whole_or_was_not(plant, history, tmp_path):
    """Where the commit cannot be made to last, whoever acted is not told that it was done."""
    count = syncs(plant, tmp_path / "syncs", "file_acts", 2)
    refused = 0
    for nth in range(1, count + 1):
        ended = end_where_syncs_fail(plant, nth, "file_acts", 2)
        told = sum(line.startswith(("student:", "agency:")) for line in ended.lines)
        # The last sync, when the file is closed, moves what lasts already.
        assert (ended.code, told) in ((1, 0), (1, 1), (0, 2)), ended.said
        refused += ended.code
        history.heard(ended.lines)
        history.look()
    assert refused >= 2, "each act waits for the disk"
    history.go_on()


def test_a_file_system_with_no_room_left(plant, history):
    chance, refused = random.Random(8), 0
    for room in [0, *(chance.randrange(0, 400_000) for _ in range(FAILURES))]:
        history.heard(plant.run("file_acts", 1))
        ended = end_on_a_full_disk(plant, room, *WORKER)
        assert "Traceback" not in ended.said
        assert ended.code in (0, FAILED), ended.said
        if ended.code:
            refused += 1
            assert "schoolgate worker --once" in ended.said, ended.said
        history.look()
    assert refused
    history.go_on()


def test_acts_on_a_file_system_with_no_room_left(plant, history):
    chance, refused = random.Random(9), 0
    for room in [0, *(chance.randrange(0, 100_000) for _ in range(FAILURES))]:
        ended = end_on_a_full_disk(plant, room, "file_acts", 3)
        refused += ended.code != 0
        history.heard(ended.lines)
        history.look()
    assert refused
    history.go_on()
