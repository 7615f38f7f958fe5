"""Web and sequencer killed as by `kill -9`: at every point where it could matter, and anywhere.

After each: no act without entry, no entry without act, no index twice, no act lost, the tree consistent with everything
that was ever published or cosigned, and the next run goes on.
"""

import random
import time

import pytest

from schoolgate.engines import tlog
from support.faults import Fault
from support.history import CHECKPOINT_ROW, KILLS, TILE_ROW, WORKER


@pytest.mark.parametrize(("event", "stands"), [("commit", 0), ("committed", 1)])
def test_a_and_b_an_act_killed_before_or_after_its_commit(plant, history, event, stands):
    before = len(history.look()["told"])
    ended = plant.end("file_acts", 1, fault=Fault((event,)))
    assert ended.killed
    assert not ended.lines, "whoever did the act was told nothing yet"
    assert len(history.look()["told"]) == before + stands
    history.go_on()


@pytest.mark.parametrize(
    ("steps", "nth"),
    [
        ((TILE_ROW, "sql"), 1),
        ((CHECKPOINT_ROW, "sql"), 1),
        ((CHECKPOINT_ROW, "commit"), 1),
    ],
)
def test_c_killed_while_tiles_are_written_and_nothing_is_signed_yet(plant, history, steps, nth):
    history.heard(plant.run("file_acts", 2))
    roots = history.look()["roots"]
    assert plant.end(*WORKER, fault=Fault(steps, nth)).killed
    assert history.look()["roots"] == roots, "all of a period or nothing"
    history.go_on()


def test_d_killed_among_the_files(plant, history):
    """Before each thing that is done to the folder, from the first hidden file to the last sync."""
    folder = f"{plant.var}/log"
    steps = (CHECKPOINT_ROW, "committed", "")
    events = plant.end(*WORKER, fault=Fault(steps, nth=10_000)).struck
    for nth in random.Random(13).sample(range(1, events + 1), min(events, KILLS)):
        history.heard(plant.run("file_acts", 1))
        assert plant.end(*WORKER, fault=Fault(steps, nth)).killed
        history.look()
    for event in ("write", "fsync", "rename", "synced"):
        assert plant.end(*WORKER, fault=Fault((f"{event} {folder}",))).killed
        history.look()
    history.go_on()


def test_e_a_checkpoint_in_the_database_and_none_in_public(plant, history):
    history.heard(plant.run("file_acts", 1))
    public = tlog.read_checkpoint(plant.var / "log")
    for steps in ((CHECKPOINT_ROW, "committed"), (f"rename {plant.var}/log/checkpoint",)):
        assert plant.end(*WORKER, fault=Fault(steps)).killed
        assert tlog.read_checkpoint(plant.var / "log") == public
        history.look()
    history.go_on()


@pytest.mark.parametrize("event", ['sql INSERT INTO "ledger_cosignature"', "commit", "rename"])
def test_f_a_witness_has_signed_and_the_log_has_not_heard_it(plant, history, event):
    """Also the witness killed as it remembers: what it answered it knows, and what it did not answer does no harm."""
    memory = plant.var / "witness"
    plant.run(*WORKER)
    assert plant.run("cosign", str(memory)) == [""]
    plant.run(*WORKER)
    assert plant.end("cosign", str(memory), fault=Fault((event,))).killed
    for path in memory.glob("*.checkpoint"):
        history.shown(path.read_text(encoding="utf-8"))
    history.look()
    plant.run(*WORKER)
    assert plant.run("cosign", str(memory)) == [""]
    history.go_on()


def test_g_two_sequencers_at_once_one_of_them_killed(plant, history):
    chance = random.Random(5)
    for _ in range(max(2, KILLS // 4)):
        history.heard(plant.run("file_acts", 2))
        fault = Fault(nth=chance.randint(1, 60))
        running = [plant.start(*WORKER), plant.start(*WORKER, fault=fault), plant.start(*WORKER)]
        ended = [one.end() for one in running]
        assert ended[1].killed
        for one in (ended[0], ended[2]):
            # One may find the folder held by the other: it says so, and has lost nothing.
            assert one.code == 0 or "another process is writing" in one.said, one.said
        history.look()
    history.go_on()


def test_killed_anywhere(plant, history):
    """Web and sequencer side by side, each killed at any of its events or from outside at any moment."""
    chance = random.Random(17)
    number = killed = 0
    while killed < KILLS:
        number += 1
        web = plant.start("file_acts", 6, fault=Fault(nth=chance.randint(1, 75)))
        if number % 2:
            sequencer = plant.start(*WORKER, fault=Fault(nth=chance.randint(1, 100)))
        else:
            sequencer = plant.start(*WORKER)
            time.sleep(chance.uniform(0, 0.6))
            sequencer.kill()
        for ended in (web.end(), sequencer.end()):
            assert ended.killed or ended.code == 0 or "another process" in ended.said, ended.said
            history.heard(ended.lines)
            killed += ended.killed
        history.look()
        if number % 5 == 0:
            history.go_on()
    history.go_on()
