"""Appends per second to the transparency log, beside pymerkle on the same entries in the same run.

Both hash as RFC 9162 says, and the roots are compared. In memory both keep what proofs need; the row that says
so keeps only the frontier, which is what sealing a period needs. On disk: SQLite with a write-ahead log and
`synchronous=FULL` for both, so a row counts once a commit has reached the disk. Ours is the product's own function on
its own database (`tlog_product`), and does more in its commit: tiles are sealed, read back and hashed again, and the
root is signed with Ed25519. What an act pays for its entry is measured in `tlog_acts`.

pymerkle is GPL: it is compared with here and used nowhere else.
"""

import hashlib
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import batched
from pathlib import Path

import pymerkle

from benchmarks.elsewhere import measured
from schoolgate.engines import tlog

BATCH = 256
ENTRIES = 32_768
SINGLE_COMMITS = 512
ROUNDS = 3


def entries_of(count: int) -> list[bytes]:
    return [hashlib.sha256(number.to_bytes(8)).digest() for number in range(count)]


def rate(count: int, work: Callable[[], object]) -> float:
    """Entries per second, the best of a few rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - began)
    return count / best


def one_by_one(entries: list[bytes]) -> bytes:
    tree = tlog.MemoryTree()
    for entry in entries:
        tree.append(entry)
    return tree.root()


def by_batch(entries: list[bytes]) -> bytes:
    """Grow the tree a batch at a time, with the root after each."""
    tree, root = tlog.MemoryTree(), b""
    for batch in batched(entries, BATCH):
        tree.append_level(tlog.leaf_level(batch))
        root = tree.root()
    return root


def frontier_by_batch(entries: list[bytes]) -> bytes:
    """The same, keeping the peaks only."""
    frontier = tlog.Frontier()
    root = frontier.root
    for batch in batched(entries, BATCH):
        frontier = frontier.extended_by_entries(batch)
        root = frontier.root
    return root


def peer_one_by_one(entries: list[bytes]) -> bytes:
    tree = pymerkle.InmemoryTree()
    for entry in entries:
        tree.append_entry(entry)
    return bytes(tree.get_root())


def peer_by_batch(entries: list[bytes]) -> bytes:
    tree = pymerkle.InmemoryTree()
    root = b""
    for batch in batched(entries, BATCH):
        tree.append_entries(list(batch))
        root = bytes(tree.get_root())
    return root


def peer_durable(path: Path, entries: list[bytes], batch_size: int, *, tuned: bool = True, roots: bool = True) -> bytes:
    """Commit to pymerkle's tree.

    Args:
        path: A new database.
        entries: What to append.
        batch_size: Entries a commit.
        tuned: Whether SQLite waits for the disk as ours does, with a write-ahead log, or as the library leaves it.
        roots: Whether the root is computed after each commit of more than one entry, as ours is.
    """
    with pymerkle.SqliteTree(str(path)) as tree:
        if tuned:
            tree.con.execute("PRAGMA journal_mode=WAL")
            tree.con.execute("PRAGMA synchronous=FULL")
        root = b""
        for batch in batched(entries, batch_size):
            if batch_size == 1:
                tree.append_entry(batch[0])
            else:
                tree.append_entries(list(batch))
                root = bytes(tree.get_root()) if roots else b""
        return root or bytes(tree.get_root())


def durable_rate(count: int, work: Callable[[Path], object]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        paths: Iterator[Path] = (Path(folder) / f"{number}.sqlite3" for number in range(ROUNDS))
        return rate(count, lambda: work(next(paths)))


def same_roots() -> None:
    """Before anything is timed: all ways give one root."""
    entries = entries_of(1000)
    with tempfile.TemporaryDirectory() as folder:
        roots = {
            one_by_one(entries),
            by_batch(entries),
            frontier_by_batch(entries),
            peer_one_by_one(entries),
            peer_by_batch(entries),
            peer_durable(Path(folder) / "b", entries, BATCH),
        }
    assert len(roots) == 1, "the trees differ"


def run() -> list[tuple[str, float, str]]:
    """Measure: what, how many per second, of what."""
    same_roots()
    entries = entries_of(ENTRIES)
    single = entries[:SINGLE_COMMITS]
    memory: list[tuple[str, Callable[[list[bytes]], bytes]]] = [
        ("log, in memory, 256 at a time, root after each", by_batch),
        ("log, in memory, frontier only, 256 at a time, root after each", frontier_by_batch),
        ("pymerkle InmemoryTree, 256 at a time, root after each", peer_by_batch),
        ("log, in memory, one by one", one_by_one),
        ("pymerkle InmemoryTree, one by one", peer_one_by_one),
    ]
    return [
        *((label, rate(ENTRIES, partial(work, entries)), "appends") for label, work in memory),
        *measured("tlog_product", "append"),
        (
            "pymerkle SqliteTree, 256 a commit, root after each",
            durable_rate(ENTRIES, lambda path: peer_durable(path, entries, BATCH)),
            "durable appends",
        ),
        (
            "pymerkle SqliteTree, 256 a commit, no roots: leaves hashed only",
            durable_rate(ENTRIES, lambda path: peer_durable(path, entries, BATCH, roots=False)),
            "durable appends",
        ),
        (
            "pymerkle SqliteTree, one a commit",
            durable_rate(SINGLE_COMMITS, lambda path: peer_durable(path, single, 1)),
            "durable appends",
        ),
        (
            "pymerkle SqliteTree, one a commit, as it comes: no write-ahead log",
            durable_rate(SINGLE_COMMITS, lambda path: peer_durable(path, single, 1, tuned=False)),
            "durable appends",
        ),
        *measured("tlog_acts"),
    ]


def main() -> None:
    for label, per_second, unit in run():
        print(f"{label:62} {per_second:12,.0f} {unit}/s")


if __name__ == "__main__":
    main()
