"""The tree as the database holds it: full tiles only, and what is computed from them."""

from collections.abc import Iterator, Sequence

from django.db import connection

from schoolgate.engines import tlog

from .models import Tile

ENTRY_BYTES = tlog.HASH_BYTES
# Tiles that are read in one query: 2 MB.
PAGE = 256
# Past the models, since it is what each entry and each proof costs.
_INSERT = "INSERT INTO ledger_tile (level, number, root, data) VALUES (%s, %s, %s, %s)"
_ONE = "SELECT data FROM ledger_tile WHERE level = %s AND number = %s"
_ROOTS = "SELECT root FROM ledger_tile WHERE level = %s AND number >= %s AND number < %s ORDER BY number"
_ENTRIES_AND_HASHES = "SELECT data FROM ledger_tile WHERE level IN (%s, 0) AND number >= %s ORDER BY number, level"
_ANY = "SELECT 1 FROM ledger_tile WHERE level = %s AND number >= %s LIMIT 1"


class TileMissing(Exception):  # noqa: N818 - a problem of the log, told to its administrator
    """A tile that the size of the log asks for is not in the database."""


def read_tile(level: int, number: int) -> bytes:
    """The 8,192 bytes of a full tile. One query.

    Raises:
        TileMissing: There is none.
    """
    found = _column(_ONE, level, number)
    if not found:
        raise TileMissing(f"tile {number} of level {level} is missing from the database")
    return found[0]


def read_hashes(size: int, level: int, number: int) -> bytes:
    """The hashes of a tile in a log of `size` entries: of one that is not full, the roots of the tiles below it.

    Raises:
        TileMissing: The database does not hold them.
    """
    width = tlog.width_of(size, level, number)
    if width == tlog.TILE_WIDTH:
        return read_tile(level, number)
    first = number * tlog.TILE_WIDTH
    roots = _column(_ROOTS, level - 1, first, first + width)
    if level == 0 or len(roots) != width:
        raise TileMissing(f"tiles below tile {number} of level {level} are missing from the database")
    return b"".join(roots)


def entries_between(first: int, stop: int) -> Iterator[bytes]:
    """The entries from `first` up to `stop`, both whole tiles, in order, streamed.

    Raises:
        TileMissing: One of them is not there.
    """
    for start in range(first // tlog.TILE_WIDTH, stop // tlog.TILE_WIDTH, PAGE):
        end = min(start + PAGE, stop // tlog.TILE_WIDTH)
        rows = Tile.objects.filter(level=tlog.ENTRIES, number__gte=start, number__lt=end).order_by("number")
        expected = start
        for number, data in rows.values_list("number", "data"):
            if number != expected:
                break
            yield from split(data)
            expected += 1
        if expected != end:
            raise TileMissing(f"entries {expected * tlog.TILE_WIDTH} and following are missing from the database")


def hash_tiles(first: int, stop: int, *, level: int = 0) -> dict[int, tuple[bytes, bytes]]:
    """The hash tiles of a level that are there from number `first` up to `stop`: data and root. One query."""
    rows = Tile.objects.filter(level=level, number__gte=first, number__lt=stop)
    return {number: (bytes(data), bytes(root)) for number, data, root in rows.values_list("number", "data", "root")}


def split(data: bytes | memoryview) -> list[bytes]:
    """The entries of a tile of entries."""
    whole = bytes(data)
    return [whole[start : start + ENTRY_BYTES] for start in range(0, len(whole), ENTRY_BYTES)]


def tower_of(size: int) -> tlog.TileTower:
    """The unfinished tile of each level, from the roots of the full ones. O(log size) queries of at most 255 roots."""
    return tlog.TileTower.resume(size, lambda name: read_hashes(size, name.level, name.index))


def write_tiles(tiles: Sequence[tuple[int, int, bytes, bytes]]) -> None:
    """Insert tiles: level, number, root, data."""
    with connection.cursor() as cursor:
        cursor.executemany(_INSERT, tiles)


def entries_and_hashes(first: int) -> list[bytes]:
    """The data of every tile of entries from number `first` on, each followed by its hash tile's. One query."""
    return _column(_ENTRIES_AND_HASHES, tlog.ENTRIES, first)


def has_entries_from(number: int) -> bool:
    """Whether a tile of entries with this number or a later one is there. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_ANY, [tlog.ENTRIES, number])
        return cursor.fetchone() is not None


def _column(query: str, *values: int) -> list[bytes]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return [bytes(row[0]) for row in cursor.fetchall()]
