"""A PostgreSQL server whose write-ahead log cannot be made to last, or that is killed: with a disk it waits for."""

import random
import time

import pytest

from support.faults import Installation
from support.history import TRIALS, WORKER, History
from support.postgres import server
from support.real_disk import syncs_of_a_server_fail

FAILURES = max(3, TRIALS // 4)
FAILED = 3


@pytest.fixture(scope="module")
def own_server():
    with server(synced=True) as started:
        yield started


@pytest.fixture(scope="module")
def opened_there(own_server, installed, tmp_path_factory):
    plant = Installation(tmp_path_factory.mktemp("faults"), installed, own_server.url)
    yield plant
    plant.close()


@pytest.fixture
def plant(opened_there):
    """The district as it was when it was new."""
    opened_there.restore("base")
    return opened_there


@pytest.fixture
def history(plant):
    """What it shows and says from now on."""
    return History(plant)


def test_acts_and_a_worker_whose_server_cannot_sync(plant, history, own_server):
    acts_refused = workers_refused = 0
    for nth in range(1, FAILURES + 1):
        with syncs_of_a_server_fail(own_server, nth):
            ended = plant.end("file_acts", 3)
        own_server.wait()
        acts_refused += ended.code
        told = sum(line.startswith(("student:", "agency:")) for line in ended.lines)
        assert told <= nth - 1 if ended.code else told == 3, ended.said
        history.heard(ended.lines)
        history.look()
        with syncs_of_a_server_fail(own_server, nth):
            ended = plant.end(*WORKER)
        own_server.wait()
        assert "Traceback" not in ended.said
        assert ended.code in (0, FAILED), ended.said
        if ended.code:
            workers_refused += 1
            assert "schoolgate worker --once" in ended.said
        history.look()
    assert acts_refused
    assert workers_refused
    assert "could not fdatasync" in own_server.log, "it panicked, and did not merely go away"
    history.go_on()


def test_a_server_that_is_killed_at_any_moment(plant, history, own_server):
    chance = random.Random(13)
    for _ in range(FAILURES):
        running = [plant.start("file_acts", 40), plant.start(*WORKER)]
        time.sleep(chance.uniform(0.05, 0.5))
        own_server.kill()
        for each in running:
            history.heard(each.end().lines)
        own_server.wait()
        history.look()
    history.go_on()
