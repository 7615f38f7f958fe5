"""Measuring in a process of its own: what needs Django's settings, or whose memory is asked for."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

type Figure = tuple[str, float, str]

ROUNDS = 3


def measured(module: str, *arguments: str) -> list[Figure]:
    """What `python -m benchmarks.MODULE ARGUMENTS` prints with `tell`: what, how many, of what."""
    command = [sys.executable, "-m", f"benchmarks.{module}", *arguments]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return [(label, figure, unit) for label, figure, unit in map(json.loads, done.stdout.splitlines())]


def tell(figures: Iterator[Figure]) -> None:
    for figure in figures:
        print(json.dumps(figure), flush=True)


def seconds_a_step(begin: Callable[[], Iterator[object]]) -> float:
    """Seconds for each step of what `begin` gives, all steps together, in the best of a few rounds.

    The first step of each round is not counted: it finds caches empty.
    """
    best = float("inf")
    for _ in range(ROUNDS):
        steps = begin()
        next(steps)
        began, count = time.perf_counter(), 0
        for _ in steps:
            count += 1
        best = min(best, (time.perf_counter() - began) / count)
    return best


def forget_peak() -> None:
    """From now on `peak_memory` knows nothing of what was before."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def peak_memory() -> float:
    """The most memory that this process has held, in MB."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024
