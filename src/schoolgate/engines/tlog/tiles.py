"""Tiles and entry bundles of C2SP tlog-tiles 0.1.0: their paths, their bytes, and which ones a size has.

A hash tile holds up to 256 hashes of one level (level l + 1 has a hash for each full tile of level l); an
entry bundle up to 256 entries, each after its length as two bytes, big-endian.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Self

from schoolgate.engines.tlog.errors import TileError
from schoolgate.engines.tlog.hashing import HASH_BYTES, MAX_SIZE
from schoolgate.engines.tlog.strict import decimal

TILE_HEIGHT: Final = 8
TILE_WIDTH: Final = 1 << TILE_HEIGHT
MAX_LEVEL: Final = 63
ENTRIES: Final = -1
"""Stands as the level of an entry bundle."""
MAX_ENTRY_BYTES: Final = 0xFFFF

_LENGTH_BYTES: Final = 2
_LENGTH: Final = range(_LENGTH_BYTES)
_PATH: Final = re.compile(
    r"tile/(?P<level>entries|[0-9]{1,2})/(?P<index>(?:x[0-9]{3}/)*[0-9]{3})(?:\.p/(?P<width>[0-9]{1,3}))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, order=True)
class TileName:
    """Which tile: its level (`ENTRIES` for a bundle), its index in the level, and how many it holds, 1 to 256."""

    level: int
    index: int
    width: int = TILE_WIDTH

    def __post_init__(self) -> None:
        if not ENTRIES <= self.level <= MAX_LEVEL:
            raise TileError(f"tile level {self.level}: levels go from 0 to {MAX_LEVEL}")
        if not 0 <= self.index <= MAX_SIZE:
            raise TileError("a tile index goes from 0 to 2^63 - 1")
        if not 1 <= self.width <= TILE_WIDTH:
            raise TileError(f"tile width {self.width}: a tile holds from 1 to {TILE_WIDTH}")

    @property
    def path(self) -> str:
        """The path below the log's prefix, such as `tile/0/x001/234/067.p/12`."""
        groups = [f"{self.index % 1000:03d}"]
        higher = self.index // 1000
        while higher:
            groups.append(f"x{higher % 1000:03d}")
            higher //= 1000
        level = "entries" if self.level == ENTRIES else str(self.level)
        partial = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{level}/{'/'.join(reversed(groups))}{partial}"

    @classmethod
    def parse(cls, path: str) -> Self:
        """Read a path that `path` would write.

        Raises:
            TileError: When it is written in any other way.
        """
        found = _PATH.fullmatch(path)
        if not found:
            raise TileError("the path is not that of a tile or entry bundle")
        level, width = found["level"], found["width"]
        try:
            name = cls(
                ENTRIES if level == "entries" else decimal(level),
                int(found["index"].replace("/", "").replace("x", "")),
                TILE_WIDTH if width is None else decimal(width),
            )
        except ValueError as problem:
            raise TileError(f"the path is not that of a tile: {problem}") from problem
        if name.path != path:
            raise TileError("the path is not written in its one way")
        return name


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile and its bytes; of a full hash tile just made also the hash over it, which the next level holds."""

    name: TileName
    data: bytes
    root: bytes = b""


def width_of(size: int, level: int, index: int) -> int:
    """How many hashes or entries that tile holds in a log of `size` entries: 0 when it has no such tile."""
    held = size >> (TILE_HEIGHT * max(level, 0))
    return max(0, min(TILE_WIDTH, held - index * TILE_WIDTH))


def tile_names(size: int) -> Iterator[TileName]:
    """Every bundle and hash tile that a log of `size` entries serves: full ones, and the last partial ones."""
    for level in (ENTRIES, *range(MAX_LEVEL + 1)):
        held = size >> (TILE_HEIGHT * max(level, 0))
        if held == 0:
            return
        full, partial = divmod(held, TILE_WIDTH)
        for index in range(full):
            yield TileName(level, index)
        if partial:
            yield TileName(level, full, partial)


def bundle_bytes(entries: Iterable[bytes]) -> bytes:
    """The bytes of an entry bundle.

    Raises:
        TileError: When there are no entries, more than 256, or one is longer than 65,535 bytes.
    """
    parts: list[bytes] = []
    for position, entry in enumerate(entries):
        if len(entry) > MAX_ENTRY_BYTES:
            raise TileError(f"entry {position} of the bundle has more than {MAX_ENTRY_BYTES} bytes")
        parts += (len(entry).to_bytes(_LENGTH_BYTES), entry)
    if not 1 <= len(parts) // 2 <= TILE_WIDTH:
        raise TileError(f"a bundle holds from 1 to {TILE_WIDTH} entries, not {len(parts) // 2}")
    return b"".join(parts)


def parse_bundle(data: bytes, width: int) -> tuple[bytes, ...]:
    """The entries of a bundle that must hold exactly `width` of them.

    Raises:
        TileError: When it holds fewer or more, or ends inside an entry.
    """
    step = int.from_bytes(data[:_LENGTH_BYTES]) + _LENGTH_BYTES
    if len(data) == width * step and all(data[place::step] == data[place : place + 1] * width for place in _LENGTH):
        # All of one length, as every log of commitments has them: nothing to be looked for.
        return tuple(data[start + _LENGTH_BYTES : start + step] for start in range(0, len(data), step))
    entries: list[bytes] = []
    position = 0
    while position < len(data):
        start = position + _LENGTH_BYTES
        end = start + int.from_bytes(data[position:start])
        if len(data) < start or len(data) < end:
            raise TileError(f"the bundle ends inside entry {len(entries)}")
        entries.append(data[start:end])
        position = end
    if len(entries) != width:
        raise TileError(f"the bundle holds {len(entries)} entries, not {width}")
    return tuple(entries)


def bundle_prefix(data: bytes, width: int) -> bytes:
    """The bytes of a bundle's first `width` entries: what its partial version of that width is.

    Raises:
        TileError: When it does not hold so many.
    """
    position = 0
    for entry in range(width):
        start = position + _LENGTH_BYTES
        position = start + int.from_bytes(data[position:start])
        if len(data) < start or len(data) < position:
            raise TileError(f"the bundle ends inside entry {entry}")
    return data[:position]


def start_of_tile(data: bytes, served: TileName, width: int) -> bytes:
    """The first `width` hashes or entries of a tile that was served under a name, which says how many it holds.

    Raises:
        TileError: When it holds more or fewer than its name says, or fewer than asked for.
    """
    of_entries = served.level == ENTRIES
    whole = len(bundle_prefix(data, served.width)) if of_entries else served.width * HASH_BYTES
    if len(data) != whole or width > served.width:
        raise TileError(f"{served.path} has {len(data)} bytes where {whole} belong")
    return bundle_prefix(data, width) if of_entries else data[: width * HASH_BYTES]
