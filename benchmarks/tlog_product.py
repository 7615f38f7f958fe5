"""The log as the product keeps it, in an installation and a process of its own.

`python -m benchmarks.tlog_product append` prints a figure a line; `tlog_append` and `tlog_proofs` show them beside
their peers.
"""

import os
import random
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from functools import partial

from django.db import transaction

from benchmarks import tlog_installation as installation
from benchmarks.elsewhere import Figure, forget_peak, peak_memory, seconds_a_step, tell
from schoolgate.apps.ledger.sequencing import append
from schoolgate.apps.ledger.tiles import read_hashes
from schoolgate.engines import tlog

BATCH = 256
BATCHES = 64
COLD = 200
SIZES = (1_000_192, 10_000_128)
PROVEN = 1_000_192


def batches() -> list[list[bytes]]:
    return [[os.urandom(tlog.HASH_BYTES) for _ in range(BATCH)] for _ in range(BATCHES)]


def appends() -> Iterator[None]:
    """Append batches to the log as it stands: the product's own function, each in a transaction of its own."""
    for batch in batches():
        with transaction.atomic():
            append(batch)
        yield


def appends_to_nothing() -> Iterator[None]:
    installation.empty_log()
    return appends()


def raw_appends() -> Iterator[None]:
    """Hash the same batches and insert the same rows, and nothing else."""
    installation.empty_log()
    with closing(sqlite3.connect(installation.database(), isolation_level=None)) as database:
        database.execute("PRAGMA synchronous=FULL")
        for number, batch in enumerate(batches()):
            database.execute("BEGIN IMMEDIATE")
            level = tlog.leaf_level(batch)
            root = tlog.Frontier().extended_by_level(level).root
            rows = [(tlog.ENTRIES, number, b"", b"".join(batch)), (0, number, root, level)]
            database.executemany("INSERT INTO ledger_tile (level, number, root, data) VALUES (?, ?, ?, ?)", rows)
            database.execute(
                "INSERT INTO ledger_checkpoint (size, root, peaks, note, sealed_at) VALUES (?, ?, ?, ?, ?)",
                ((number + 1) * BATCH, root, root, "n" * 200, "2026-11-28 00:00:00"),
            )
            database.execute("COMMIT")
            yield


def append_figures() -> Iterator[Figure]:
    """Batches: the raw cost, and the product at three sizes of the log."""
    what = "log, SQLite, 256 a commit, tiles sealed, read back, signed"
    yield "256 entries a commit, hashed and inserted raw", BATCH / seconds_a_step(raw_appends), "durable appends"
    yield what, BATCH / seconds_a_step(appends_to_nothing), "durable appends"
    for size in SIZES:
        installation.grow_to(size)
        yield f"{what}, {size // 1000:,},000 in it", BATCH / seconds_a_step(appends), "durable appends"


def proof_figures() -> Iterator[Figure]:
    """Cold: nothing is kept from one proof to the next."""
    installation.empty_log()
    installation.grow_to(PROVEN)
    source = random.Random(7)

    def cold() -> Iterator[None]:
        for _ in range(COLD):
            nodes = tlog.TileNodes(PROVEN, partial(read_hashes, PROVEN))
            tlog.inclusion_proof(source.randrange(PROVEN), PROVEN, nodes)
            yield

    yield "log of 1,000,000, inclusion proofs, cold, from SQLite", 1 / seconds_a_step(cold), "proofs"


def memory_figures(size: str) -> Iterator[Figure]:
    """The most memory that appending to a log of that size took."""
    installation.empty_log()
    installation.grow_to(int(size))
    forget_peak()
    for _ in appends():
        pass
    yield "memory", peak_memory(), "MB"


def main() -> None:
    installation.install()
    figures = {"append": append_figures, "proofs": proof_figures, "memory": memory_figures}[sys.argv[1]]
    tell(figures(*sys.argv[2:]))


if __name__ == "__main__":
    main()
