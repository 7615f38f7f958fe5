"""Where the hashes inside a tree come from when a proof is made.

A `Nodes` answers for perfect subtrees only: `nodes(height, index)` is the hash over the leaves from
`index * 2**height` up to, not including, `(index + 1) * 2**height`. Everything else is computed from these.
"""

from collections.abc import Callable, Iterable

from schoolgate.engines.kept import Kept
from schoolgate.engines.tlog.errors import TreeError
from schoolgate.engines.tlog.frontier import Frontier
from schoolgate.engines.tlog.hashing import (
    EMPTY_ROOT,
    HASH_BYTES,
    PAIR_BYTES,
    leaf_level,
    node_hash,
    parent_level,
)
from schoolgate.engines.tlog.tiles import TILE_HEIGHT, TILE_WIDTH, width_of

type Nodes = Callable[[int, int], bytes]


def range_root(first: int, stop: int, nodes: Nodes) -> bytes:
    """The root over leaves `first` to `stop - 1`, for a range that occurs in an RFC 9162 tree. O(log n) nodes.

    Raises:
        TreeError: When the range is not one a tree of any size splits into.
    """
    width = stop - first
    if width < 0 or first < 0:
        raise TreeError(f"leaves {first} to {stop} are no range")
    if width == 0:
        return EMPTY_ROOT
    height = (width - 1).bit_length()
    if first & ((1 << height) - 1):
        raise TreeError(f"leaves {first} to {stop} do not form a subtree")
    peaks = []
    while first < stop:
        height = (stop - first).bit_length() - 1
        peaks.append(nodes(height, first >> height))
        first += 1 << height
    root = peaks.pop()
    for peak in reversed(peaks):
        root = node_hash(peak, root)
    return root


def frontier_of(size: int, nodes: Nodes) -> Frontier:
    """The frontier of the first `size` leaves. O(log size) nodes."""
    peaks, first = [], 0
    for height in range(size.bit_length() - 1, -1, -1):
        if size >> height & 1:
            peaks.append(nodes(height, first >> height))
            first += 1 << height
    return Frontier(size, tuple(peaks))


class MemoryTree:
    """A whole tree in memory, 64 bytes a leaf: for tests, small logs and one run of a program.

    Itself a `Nodes`. Appending costs O(1) hashes on average, O(log n) at worst.
    """

    def __init__(self, entries: Iterable[bytes] = ()) -> None:
        self._levels: list[bytearray] = [bytearray()]
        for entry in entries:
            self.append(entry)

    def __len__(self) -> int:
        return len(self._levels[0]) // HASH_BYTES

    def __call__(self, height: int, index: int) -> bytes:
        """The hash over one perfect subtree; see `Nodes`."""
        if 0 <= height < len(self._levels) and index >= 0:
            found = bytes(self._levels[height][index * HASH_BYTES : (index + 1) * HASH_BYTES])
            if found:
                return found
        raise TreeError(f"a tree of {len(self)} leaves has no subtree {index} of height {height}")

    def append(self, entry: bytes) -> int:
        """Append one entry; returns its index."""
        index = len(self)
        self.append_level(leaf_level((entry,)))
        return index

    def append_level(self, level: bytes) -> None:
        """Append leaf hashes, 32 bytes each, concatenated."""
        height = 0
        while level:
            if height == len(self._levels):
                self._levels.append(bytearray())
            here = self._levels[height]
            # A last hash without a sibling had no parent yet.
            unpaired = len(here) - len(here) % PAIR_BYTES
            here += level
            level = parent_level(bytes(here[unpaired : len(here) - len(here) % PAIR_BYTES]))
            height += 1

    def root(self, size: int | None = None) -> bytes:
        """The root over the first `size` leaves, by default over all. O(log n) hashes."""
        return range_root(0, len(self) if size is None else size, self)


class KeptTiles:
    """The inner hashes of tiles that were asked for last, which never change. Safe to share between threads.

    Args:
        limit: How many tiles are kept, 16 KB each.
    """

    def __init__(self, limit: int) -> None:
        self._kept: Kept[tuple[bytes, int, int, int], tuple[bytes, ...]] = Kept(limit)

    def inner(
        self, log: bytes, level: int, index: int, width: int, read: Callable[[int, int], bytes]
    ) -> tuple[bytes, ...]:
        """The levels inside the first `width` hashes of a tile, lowest first; `log` tells one log from another."""
        return self._kept.get((log, level, index, width), lambda: _inner(read(level, index), level, index, width))


class TileNodes:
    """A `Nodes` over the hash tiles of a log of `size` leaves. What is inside a tile is hashed once: 255 hashes.

    Args:
        size: The size of the log the tiles are of.
        read: Gives the bytes of the hash tile of a level and index, at least as wide as this size makes it.
        kept: Where to keep what is inside tiles; without it the last few are kept for this object alone.
        log: What tells this log from another in `kept`, such as its origin.
    """

    def __init__(
        self, size: int, read: Callable[[int, int], bytes], *, kept: KeptTiles | None = None, log: bytes = b""
    ) -> None:
        self._size = size
        self._read = read
        self._kept = kept or KeptTiles(_KEPT_ALONE)
        self._log = log
        # The tile of each level that was asked for last: one after the other, a path's hashes come from the same.
        self._last: dict[int, tuple[int, tuple[bytes, ...]]] = {}

    def __call__(self, height: int, index: int) -> bytes:
        """The hash over one perfect subtree; see `Nodes`. O(1) when its tile is kept."""
        if (index + 1) << height > self._size:
            raise TreeError(f"a tree of {self._size} leaves has no subtree {index} of height {height}")
        level, inner = divmod(height, TILE_HEIGHT)
        tile, offset = divmod(index << inner, TILE_WIDTH)
        last = self._last.get(level)
        if last is None or last[0] != tile:
            width = width_of(self._size, level, tile)
            last = self._last[level] = tile, self._kept.inner(self._log, level, tile, width, self._read)
        place = (offset >> inner) * HASH_BYTES
        return last[1][inner][place : place + HASH_BYTES]


# A proof asks two tiles a level at most.
_KEPT_ALONE = 16


def _inner(data: bytes, level: int, index: int, width: int) -> tuple[bytes, ...]:
    if len(data) < width * HASH_BYTES:
        raise TreeError(f"hash tile {index} of level {level} has only {len(data)} bytes")
    levels = [data[: width * HASH_BYTES]]
    while len(levels[-1]) > HASH_BYTES:
        # A last hash without a sibling has no parent inside this tree.
        levels.append(parent_level(levels[-1][: len(levels[-1]) // PAIR_BYTES * PAIR_BYTES]))
    return tuple(levels)
