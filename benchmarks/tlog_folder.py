"""A published log of any size, written without waiting for the disk: what is measured is reading it."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from schoolgate.engines import tlog

KEY = tlog.SigningKey("log.schoolgate.example/bench", bytes(range(32)))


def entries_of(first: int, stop: int) -> Iterator[bytes]:
    """Entries that look like commitments and are the same in every run."""
    return (hashlib.sha256(number.to_bytes(8)).digest() for number in range(first, stop))


def write_quickly(folder: Path, size: int) -> tlog.Frontier:
    """Write the tiles, bundles and checkpoint of the first `size` entries, whole tiles of them."""
    tower = tlog.TileTower()
    for first in range(0, size, tlog.TILE_WIDTH):
        entries = list(entries_of(first, first + tlog.TILE_WIDTH))
        _write(folder, tlog.TileName(tlog.ENTRIES, first // tlog.TILE_WIDTH).path, tlog.bundle_bytes(entries))
        for tile in tower.append_level(tlog.leaf_level(entries)):
            _write(folder, tile.name.path, tile.data)
    for tile in tower.partial_tiles():
        _write(folder, tile.name.path, tile.data)
    frontier = tower.frontier()
    note = tlog.sign_checkpoint(tlog.Checkpoint(KEY.name, size, frontier.root), KEY)
    _write(folder, "checkpoint", note.encode())
    return frontier


def _write(folder: Path, name: str, data: bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
