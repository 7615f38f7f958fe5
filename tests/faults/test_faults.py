"""Processes that are really killed, and two that seal at once: no act lost, no index twice, nothing contradicted."""

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest
from django.db import connection

from support.commands import bare_environment

KILLS = max(4, int(os.environ.get("SCHOOLGATE_TRIALS", "25")) // 6)


@pytest.fixture
def installation(installed, commands, tmp_path):
    """A demonstration district in a folder of its own, and ways to run commands on it and to start one."""
    folder = tmp_path / "var"
    shutil.copytree(installed, folder)
    environment = bare_environment(SCHOOLGATE_VAR=folder, SCHOOLGATE_DEMO=1)

    def start(*arguments: str) -> subprocess.Popen:
        program = [sys.executable, "-c", "from schoolgate.cli.main import run; run()", *arguments]
        return subprocess.Popen(program, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def finish(*arguments: str, code: int = 0) -> str:
        done = commands.run(*arguments, environment=environment)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    return folder, start, finish


def test_a_worker_killed_at_any_moment_loses_and_contradicts_nothing(installation):
    folder, start, finish = installation
    finish("worker", "--once")
    chance = random.Random(7)
    earlier = folder / "earlier-checkpoint"
    for _ in range(KILLS):
        earlier.write_bytes((folder / "log" / "checkpoint").read_bytes())
        running = start("worker", "--once")
        time.sleep(chance.uniform(0.3, 1.6))
        running.send_signal(signal.SIGKILL)
        running.communicate()
        # The next run goes on where the killed one stopped, and what was published still holds.
        finish("worker", "--once")
        key = str(folder / "keys" / "log-verifying")
        finish("verify", "log", str(folder / "log"), "--key", key, "--earlier", str(earlier))
    finish("doctor")


def test_two_that_seal_at_once_take_turns(real_transactions, settings, tmp_path):
    from schoolgate.apps.ledger.models import Checkpoint, StagedLeaf, Tile
    from schoolgate.apps.ledger.publishing import publish
    from schoolgate.apps.ledger.sealing import check_consistency, seal_period
    from schoolgate.demonstration.cast import open_demonstration

    settings.LOG_FOLDER = tmp_path / "log"
    open_demonstration()
    problems = []

    def seal() -> None:
        try:
            seal_period()
        except Exception as problem:  # noqa: BLE001 - whatever it is, the test shows it
            problems.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=seal) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    assert sorted(Checkpoint.objects.values_list("size", flat=True)) == [256, 512, 768]
    assert Tile.objects.filter(level=-1).count() == 3
    assert not StagedLeaf.objects.exists()
    check_consistency()
    publish()


def test_a_missing_key_refuses_to_start_and_names_it(installation):
    folder, _, finish = installation
    (folder / "keys" / "log-signing").unlink()
    assert "log-signing" in finish("serve", "--port", "0", code=3)
