"""A disk that fails or is full: nothing half-done is left, the error says what to do, the next run succeeds."""

import os
import random

import pytest

from schoolgate.engines import tlog
from support.faults import Fault
from support.history import CHECKPOINT_ROW, TILE_ROW, TRIALS, WORKER

FAILURES = max(2, TRIALS // 5)
FAILED = 3


def told(ended, *words: str) -> None:
    """It ended with its own exit code, in words that a person can act on."""
    assert ended.code == FAILED, ended.said
    assert "Traceback" not in ended.said
    assert "schoolgate worker --once" in ended.said
    for word in words:
        assert word in ended.said.lower(), ended.said


@pytest.mark.parametrize(
    ("event", "how"), [("fsync", "EIO"), ("write", "ENOSPC"), ("open", "ENOSPC"), ("rename", "EIO")]
)
def test_a_folder_that_cannot_be_written(plant, history, event, how):
    """Every sync of a file or of a folder, every write, every name."""
    steps = (CHECKPOINT_ROW, "committed", f"{event} {plant.var}/log")
    events = plant.end(*WORKER, fault=Fault(steps, nth=10_000)).struck
    assert events
    for nth in random.Random(3).sample(range(1, events + 1), min(events, FAILURES // 2)):
        ended = plant.end(*WORKER, fault=Fault(steps, nth, how, lasting=how == "ENOSPC"))
        told(ended, os.strerror({"EIO": 5, "ENOSPC": 28}[how]).lower(), "still whole")
        history.look()
        assert not [*(plant.var / "log").rglob(".*.tmp")] or event == "open"
    history.go_on()


def test_a_sync_of_a_folder_that_failed_is_done_by_the_next_run(plant, history):
    """Also of a folder that is there by then: that it is there does not mean that its name would survive."""
    plant.run(*WORKER)
    for made in ("tile", "tile/0", "tile/entries", "tile/1"):
        steps = (CHECKPOINT_ROW, "committed", f"synced {plant.var}/log/{made}")
        assert plant.end(*WORKER, fault=Fault(steps, nth=10_000)).struck >= 1, f"{made} is synced each time"
    history.go_on()


@pytest.mark.parametrize(
    "steps",
    [
        (TILE_ROW,),
        (CHECKPOINT_ROW, "commit"),
        ('sql INSERT INTO "ledger_opening"',),
        ('sql INSERT INTO "ledger_readingdigest"',),
    ],
)
def test_a_database_that_cannot_write(plant, history, steps):
    history.heard(plant.run("file_acts", 1))
    told(plant.end(*WORKER, fault=Fault(steps, how="ENOSPC")), "no space left", "no act is lost")
    history.look()
    history.go_on()


def test_an_act_that_cannot_be_written_is_undone_whole(plant, history):
    for event in ('sql INSERT INTO "ledger_opening"', 'sql INSERT INTO "ledger_stagedleaf"', "commit"):
        ended = plant.end("file_acts", 1, fault=Fault((event,), how="ENOSPC"))
        assert ended.code == 1
        assert not any(line.startswith("student:") for line in ended.lines)
        history.look()
    history.go_on()


def test_files_that_may_not_grow(plant, history):
    """The operating system's own refusal, of the database's file and of the tiles alike."""
    chance = random.Random(11)
    for _ in range(FAILURES):
        history.heard(plant.run("file_acts", 1))
        ended = plant.end("limited", chance.choice((4096, 8000, 8192, 20_000, 200_000, 500_000)), "worker", "--once")
        assert ended.code in (0, FAILED), ended.said
        if ended.code:
            told(ended)
        history.look()
    history.go_on()


def test_what_is_published_is_whole_whenever_the_disk_fails(plant, history):
    key = (plant.var / "keys" / "log-verifying").read_text(encoding="ascii").strip()
    steps = (CHECKPOINT_ROW, "committed", "")
    for nth in random.Random(9).sample(range(1, 40), FAILURES):
        plant.end(*WORKER, fault=Fault(steps, nth, "EIO"))
        assert tlog.verify_folder(plant.var / "log", key).valid
    history.go_on()
