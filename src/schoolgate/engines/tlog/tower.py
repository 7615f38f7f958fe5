"""Tiles made as leaves arrive: at each level the hashes of the tile that is not full yet."""

from collections.abc import Callable
from typing import Self

from schoolgate.engines.tlog.errors import TreeError
from schoolgate.engines.tlog.frontier import Frontier
from schoolgate.engines.tlog.hashing import HASH_BYTES, perfect_root
from schoolgate.engines.tlog.tiles import TILE_HEIGHT, TILE_WIDTH, Tile, TileName

_TILE_BYTES = TILE_WIDTH * HASH_BYTES


class TileTower:
    """The unfinished tile of every level: at most 8 KB a level, however large the log.

    Appending costs O(1) hashes a leaf and reads nothing. Not safe to share between threads.
    """

    def __init__(self) -> None:
        self._levels: list[bytearray] = [bytearray()]
        self._full: list[int] = [0]

    @classmethod
    def resume(cls, size: int, read: Callable[[TileName], bytes]) -> Self:
        """Go on from a published log of `size` entries.

        The result is only as good as what `read` gives: compare `frontier().root` with the checkpoint.

        Args:
            size: Entries published so far.
            read: Gives the bytes of a partial hash tile.

        Raises:
            TreeError: When a tile has not the length that the size gives it.
        """
        tower = cls()
        tower._levels, tower._full = [], []
        level = 0
        while size >> (TILE_HEIGHT * level) or level == 0:
            full, width = divmod(size >> (TILE_HEIGHT * level), TILE_WIDTH)
            data = read(TileName(level, full, width)) if width else b""
            if len(data) != width * HASH_BYTES:
                raise TreeError(f"hash tile {full} of level {level} has {len(data)} bytes, not {width} hashes")
            tower._levels.append(bytearray(data))
            tower._full.append(full)
            level += 1
        return tower

    def copy(self) -> Self:
        """Another tower of the same tree, which grows on its own."""
        other = type(self)()
        levels, full = [level[:] for level in self._levels], self._full[:]
        other._levels, other._full = levels, full  # noqa: SLF001 - another of the same kind
        return other

    @property
    def size(self) -> int:
        """How many leaves the tree has."""
        return self._full[0] * TILE_WIDTH + len(self._levels[0]) // HASH_BYTES

    def append_level(self, hashes: bytes) -> list[Tile]:
        """Append leaf hashes, 32 bytes each, concatenated; returns the tiles they filled, lower levels first."""
        if len(hashes) % HASH_BYTES:
            raise TreeError(f"a level of {len(hashes)} bytes does not hold whole hashes of {HASH_BYTES}")
        return self._append(0, hashes)

    def partial_tiles(self) -> list[Tile]:
        """The tiles that are begun and not full, as a checkpoint of this size needs them published."""
        return [
            Tile(TileName(level, self._full[level], len(data) // HASH_BYTES), bytes(data))
            for level, data in enumerate(self._levels)
            if data
        ]

    def frontier(self) -> Frontier:
        """The peaks of the tree, and by them its root. O(256 log size) hashes at worst."""
        peaks: tuple[bytes, ...] = ()
        for data in reversed(self._levels):
            peaks += Frontier().extended_by_level(bytes(data)).peaks
        return Frontier(self.size, peaks)

    def _append(self, level: int, hashes: bytes) -> list[Tile]:
        if level == len(self._levels):
            self._levels.append(bytearray())
            self._full.append(0)
        waiting = bytes(self._levels[level]) + hashes
        whole = len(waiting) - len(waiting) % _TILE_BYTES
        self._levels[level] = bytearray(waiting[whole:])
        tiles = []
        for start in range(0, whole, _TILE_BYTES):
            data = waiting[start : start + _TILE_BYTES]
            tiles.append(Tile(TileName(level, self._full[level]), data, perfect_root(data)))
            self._full[level] += 1
        above = b"".join(tile.root for tile in tiles)
        return tiles + (self._append(level + 1, above) if above else [])
