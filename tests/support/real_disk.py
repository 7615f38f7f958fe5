"""A disk that really fails or is really full, as the operating system tells it to a new process.

Nothing inside the process knows of it: SQLite's own calls get the error. Where the processes of `support.faults` can be
killed and failed at any named point, these fail wherever the system is asked to make something last.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.faults import Ended, Installation
from support.postgres import Server

SYNCS = "fsync,fdatasync"


def end_where_syncs_fail(plant: Installation, nth: int, action: str, *arguments: object) -> Ended:
    """Run an action of support/faulty.py in a new process whose `nth` wish to sync fails: EIO, by strace."""
    inject = [f"--inject={SYNCS}:error=EIO:when={nth}"]
    trace = ["strace", "--follow-forks", "--quiet=all", f"--trace={SYNCS}", *inject, "--output=/dev/null"]
    return _end([*trace, *_program(action, *arguments)], plant.environment)


def syncs(plant: Installation, log: Path, action: str, *arguments: object) -> int:
    """How often an action wishes to sync. It is run for it."""
    trace = ["strace", "--follow-forks", "--quiet=all", f"--trace={SYNCS}", f"--output={log}"]
    ended = _end([*trace, *_program(action, *arguments)], plant.environment)
    assert ended.code == 0, ended.said
    return log.read_text(encoding="utf-8").count("sync(")


def end_on_a_full_disk(plant: Installation, room: int, action: str, *arguments: object) -> Ended:
    """Run an action where only `room` bytes are free, on a file system of its own; its files come back as they were."""
    size = sum(path.stat().st_size for path in plant.var.rglob("*") if path.is_file())
    # What files take in whole pages, and the pages of folders.
    whole = size + 4096 * 2 * sum(1 for _ in plant.var.rglob("*"))
    disk, back = plant.var.parent / "disk", plant.var.parent / "back"
    disk.mkdir(exist_ok=True)
    shutil.rmtree(back, ignore_errors=True)
    back.mkdir()
    steps = (
        f"cp -a '{plant.var}' '{disk}/var'; "
        f"free=$(df --output=avail -B1 '{disk}' | tail -1); "
        f"head -c $((free - {room})) /dev/zero > '{disk}/filler'; "
        f"\"$@\"; code=$?; cp -a '{disk}/var' '{back}/'; exit $code"
    )
    walls = ["bwrap", "--dev-bind", "/", "/", "--size", str(whole + room + 65536), "--tmpfs", str(disk)]
    environment = {**plant.environment, "SCHOOLGATE_VAR": str(disk / "var")}
    ended = _end([*walls, "bash", "-c", steps, "bash", *_program(action, *arguments)], environment)
    shutil.rmtree(plant.var)
    (back / "var").rename(plant.var)
    return ended


def _program(action: str, *arguments: object) -> list[str]:
    return [sys.executable, "-P", "-m", "support.faulty", "now", action, *map(str, arguments)]


def _end(command: list[str], environment: dict[str, str]) -> Ended:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return Ended(done.returncode, done.stdout + done.stderr)


@contextmanager
def syncs_of_a_server_fail(server: Server, nth: int) -> Iterator[None]:
    """Inside, each process of a PostgreSQL server that begins gets EIO at its `nth` sync of the write-ahead log.

    The server does not go on after that: it panics, and recovers when it is outside.

    Args:
        server: A server that syncs.
        nth: Counted in each process alone.
    """
    inject = ["--trace=fdatasync", f"--inject=fdatasync:error=EIO:when={nth}", "--output=/dev/null"]
    command = ["strace", "--follow-forks", *inject, "--attach", str(server.pid)]
    tracer = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert tracer.stderr
        said = tracer.stderr.readline()
        assert "attached" in said, said
        yield
    finally:
        tracer.terminate()
        tracer.communicate()
