"""Appends per second of the transparency log beside pymerkle, in one run.

pymerkle (GPL) is what a Python user would pick: a Merkle tree with proofs, without checkpoints or tiles. It runs here
as a peer; the product never imports it. Both hash 32-byte entries with SHA-256.
"""

import secrets
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pymerkle

from schoolgate.engines import tlog

ENTRIES = 25_600
SLOW_ENTRIES = 2_560
ORIGIN = "bench.example/log"


def rate(count: int, work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return count / (time.perf_counter() - started)


def in_memory(entries: list[bytes]) -> None:
    tree = tlog.MemoryTree()
    for entry in entries:
        tree.append(entry)
    assert len(tree.root()) == 32


def whole_periods(entries: list[bytes]) -> None:
    grown = tlog.Frontier()
    for start in range(0, len(entries), 256):
        grown = grown.extended_by_entries(entries[start : start + 256])
    assert len(grown.root) == 32


def sealed_in_sqlite(entries: list[bytes], folder: Path) -> None:
    """Each period of 256 in one durable commit: rows, root and a signed checkpoint, as the product seals it."""
    signing, _ = tlog.generate_key(ORIGIN)
    key = tlog.SigningKey.parse(signing)
    connection = sqlite3.connect(folder / "log.sqlite3", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE leaf (position INTEGER PRIMARY KEY, entry BLOB)")
    connection.execute("CREATE TABLE checkpoint (size INTEGER PRIMARY KEY, note TEXT)")
    grown = tlog.Frontier()
    for start in range(0, len(entries), 256):
        batch = entries[start : start + 256]
        grown = grown.extended_by_entries(batch)
        note = tlog.sign_checkpoint(tlog.Checkpoint(ORIGIN, grown.size, grown.root), key)
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO leaf VALUES (?, ?)", enumerate(batch, start))
        connection.execute("INSERT INTO checkpoint VALUES (?, ?)", (grown.size, note))
        connection.execute("COMMIT")
    connection.close()


def peer_in_memory(entries: list[bytes]) -> None:
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    for entry in entries:
        tree.append_entry(entry)
    assert tree.get_state()


def peer_in_sqlite(entries: list[bytes], folder: Path) -> None:
    tree = pymerkle.SqliteTree(str(folder / "peer.sqlite3"), algorithm="sha256")
    for entry in entries:
        tree.append_entry(entry)
    assert tree.get_state()


def run() -> list[tuple[str, float, str]]:
    """Measure; label, appends a second, unit."""
    entries = [secrets.token_bytes(32) for _ in range(ENTRIES)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return [
            ("tlog, in memory, one by one", rate(ENTRIES, lambda: in_memory(entries)), "appends/s"),
            ("tlog, in memory, periods of 256", rate(ENTRIES, lambda: whole_periods(entries)), "appends/s"),
            (
                "tlog, SQLite (WAL, FULL), sealed and signed periods of 256",
                rate(ENTRIES, lambda: sealed_in_sqlite(entries, folder)),
                "appends/s",
            ),
            ("pymerkle, in memory, one by one", rate(ENTRIES, lambda: peer_in_memory(entries)), "appends/s"),
            (
                "pymerkle, SQLite, one by one",
                rate(SLOW_ENTRIES, lambda: peer_in_sqlite(entries[:SLOW_ENTRIES], folder)),
                "appends/s",
            ),
        ]


def main() -> None:
    for label, per_second, unit in run():
        print(f"{label:<62} {per_second:>12,.0f} {unit}")


if __name__ == "__main__":
    main()
