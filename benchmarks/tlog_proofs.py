"""Inclusion proofs per second from a log of 1,000,000 entries, beside pymerkle on the same entries in the same run.

pymerkle proves from memory and keeps the roots of subtrees that it has computed. Ours come from tiles: kept ones, as in
a process that makes many receipts, and cold ones, from files and from the database, when nothing is kept. Each proof
has 20 hashes; all lead to one root, which is looked at before anything is timed.

pymerkle is GPL: it is compared with here and used nowhere else.
"""

import hashlib
import random
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pymerkle

from benchmarks.elsewhere import Figure, measured, seconds_a_step
from benchmarks.tlog_folder import entries_of, write_quickly
from schoolgate.engines import tlog

ENTRIES = 1_000_192
PROOFS = 2_000
COLD = 200
LOG = b"bench"


def read_from(folder: Path, level: int, index: int) -> bytes:
    data = tlog.read_tile(folder, tlog.TileName(level, index, tlog.width_of(ENTRIES, level, index)))
    assert data is not None
    return data


def kept_proof(folder: Path, kept: tlog.KeptTiles, index: int) -> tuple[bytes, ...]:
    nodes = tlog.TileNodes(ENTRIES, partial(read_from, folder), kept=kept, log=LOG)
    return tlog.inclusion_proof(index, ENTRIES, nodes)


def cold_proof(folder: Path, index: int) -> tuple[bytes, ...]:
    return tlog.inclusion_proof(index, ENTRIES, tlog.TileNodes(ENTRIES, partial(read_from, folder)))


def peer_proof(tree: pymerkle.InmemoryTree, index: int) -> tuple[bytes, ...]:
    # Its path begins with the leaf itself, and it counts from 1.
    return tuple(map(bytes, tree.prove_inclusion(index + 1, ENTRIES).path[1:]))


def per_second(prove: Callable[[int], object], count: int) -> float:
    def steps() -> Iterator[object]:
        source = random.Random(7)
        return (prove(source.randrange(ENTRIES)) for _ in range(count))

    return 1 / seconds_a_step(steps)


def run() -> list[Figure]:
    """Measure: what, how many per second, of what."""
    kept = tlog.KeptTiles(ENTRIES // tlog.TILE_WIDTH * 2)
    tree = pymerkle.InmemoryTree()
    tree.append_entries(list(entries_of(0, ENTRIES)))
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        root = write_quickly(folder, ENTRIES).root
        for index in (0, 777_777, ENTRIES - 1):
            (entry,) = entries_of(index, index + 1)
            assert kept_proof(folder, kept, index) == cold_proof(folder, index) == peer_proof(tree, index)
            leaf = hashlib.sha256(b"\x00" + entry).digest()
            tlog.verify_inclusion(leaf, index, ENTRIES, kept_proof(folder, kept, index), root)
        for index in range(0, ENTRIES, tlog.TILE_WIDTH):
            kept_proof(folder, kept, index)
        return [
            (
                "log of 1,000,000, inclusion proofs, tiles kept",
                per_second(partial(kept_proof, folder, kept), PROOFS),
                "proofs",
            ),
            (
                "pymerkle InmemoryTree of 1,000,000, inclusion proofs",
                per_second(partial(peer_proof, tree), PROOFS),
                "proofs",
            ),
            (
                "log of 1,000,000, inclusion proofs, cold, from files",
                per_second(partial(cold_proof, folder), COLD),
                "proofs",
            ),
            *measured("tlog_product", "proofs"),
        ]


if __name__ == "__main__":
    for label, figure, unit in run():
        print(f"{label:62} {figure:12,.0f} {unit}/s")
