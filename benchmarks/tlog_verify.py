"""Verifying a published log of 1,000,000 entries, beside the SHA-256 that it cannot do without; and what memory takes.

The raw row hashes one leaf and one inner node for each entry in a plain loop, and does nothing else: no file is read,
nothing is compared. Memory is the most that a process of its own held while it appended to, verified or monitored a log
of 1,000,000 entries, less what one held for 100,000: it does not grow with the log.
"""

import hashlib
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from benchmarks.elsewhere import Figure, forget_peak, measured, peak_memory, tell
from benchmarks.tlog_folder import KEY, write_quickly
from schoolgate.engines import tlog

ENTRIES = 1_000_192
FEWER = 100_096
ROUNDS = 2


def rate(work: Callable[[], object]) -> float:
    """Entries per second, the better of a few rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - began)
    return ENTRIES / best


def raw() -> None:
    entry, pair = bytes(tlog.HASH_BYTES), bytes(2 * tlog.HASH_BYTES)
    for _ in range(ENTRIES):
        hashlib.sha256(b"\x00" + entry).digest()
        hashlib.sha256(b"\x01" + pair).digest()


def verify(folder: Path) -> None:
    assert tlog.verify_folder(folder, KEY.verifying_key.text).valid


def monitor(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as memory:
        watching = tlog.Monitor(
            KEY.verifying_key, partial(fetch, folder), tlog.MonitorMemory(Path(memory)), tlog.Expectations()
        )
        assert watching.look(int(time.time())) == []


def fetch(folder: Path, path: str) -> bytes | None:
    try:
        return (folder / path).read_bytes()
    except OSError:
        return None


def memory_of(what: str, folder: str) -> Iterator[Figure]:
    forget_peak()
    {"verify": verify, "monitor": monitor}[what](Path(folder))
    yield "memory", peak_memory(), "MB"


def grown(few: list[Figure], many: list[Figure]) -> float:
    return max(0.0, many[0][1] - few[0][1])


def run() -> list[Figure]:
    """Measure: what, how many per second, of what."""
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        write_quickly(Path(first), FEWER)
        write_quickly(Path(second), ENTRIES)
        return [
            ("log of 1,000,000 verified from an export", rate(partial(verify, Path(second))), "entries"),
            ("raw SHA-256 of 1,000,000 leaves and nodes", rate(raw), "entries"),
            (
                "memory that appending to 1,000,000 takes more than to 100,000",
                grown(measured("tlog_product", "memory", str(FEWER)), measured("tlog_product", "memory", str(ENTRIES))),
                "MB",
            ),
            *(
                (
                    f"memory that a {what} of 1,000,000 takes more than of 100,000",
                    grown(measured("tlog_verify", what, first), measured("tlog_verify", what, second)),
                    "MB",
                )
                for what in ("verify", "monitor")
            ),
        ]


if __name__ == "__main__":
    if len(sys.argv) > 1:
        tell(memory_of(*sys.argv[1:]))
    else:
        for label, figure, unit in run():
            print(f"{label:62} {figure:12,.1f} {unit}")
