"""Appending to the log: entries become tiles, the tree grows, its new head is signed. One sequencer at a time."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import batched

from django.conf import settings
from django.db import Error, connection, transaction

from schoolgate.apps.access.moment import now
from schoolgate.engines import tlog

from .keys import keys
from .models import Checkpoint, Tile
from .rows import insert_row
from .schedule import period_began
from .selectors import latest_checkpoint
from .tiles import TileMissing, entries_and_hashes, has_entries_from, split, tower_of, write_tiles

# Any number, the same in every process: one sequencer at a time.
SEQUENCER_LOCK = 7_221_019


class LogProblem(Exception):  # noqa: N818 - a problem of the log, told to its administrator
    """The log does not fit what was signed or published. Nothing may be signed until a person has looked."""


@contextmanager
def told_of_the_database(undone: str) -> Iterator[None]:
    """Turn what a full disk or a lost server does to a transaction into words.

    Args:
        undone: What was not done.

    Raises:
        LogProblem: Says what happened, that nothing is lost, and what to do.
    """
    try:
        yield
    except Error as problem:
        what = str(problem).partition("\n")[0]
        raise LogProblem(
            f"{undone}: the database says, {what}. Nothing is half-done and no act is lost: make room or mend the disk "
            "or the server, and run `schoolgate worker --once`"
        ) from problem


@dataclass(slots=True)
class _Remembered:
    """The tree as this process left it: good only while the last checkpoint is still the one it is of."""

    root: bytes = b""
    tower: tlog.TileTower | None = None


_remembered = _Remembered()


def one_at_a_time() -> None:
    """SQLite's IMMEDIATE transaction lets one writer in; PostgreSQL needs a lock that ends with the transaction."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SEQUENCER_LOCK])


def append(entries: Sequence[bytes]) -> Checkpoint:
    """Append whole tiles of entries to the log and sign its new head, in the transaction that is open.

    What was written is read back and hashed anew before it is signed: a bit that flipped in between is never signed
    over. O(entries) hashes, whatever the size of the log.

    Args:
        entries: 32 bytes each; a multiple of 256 of them.

    Raises:
        LogProblem: The tree does not fit the last checkpoint, or what was written is not what is read back.
        KeyProblem: The signing key is missing.
    """
    if not connection.in_atomic_block:
        raise LogProblem("entries are appended in a transaction, with what they are about")
    if not entries or len(entries) % tlog.TILE_WIDTH or any(len(entry) != tlog.HASH_BYTES for entry in entries):
        raise LogProblem("entries of 32 bytes are appended by the tile, 256 at a time")
    last = latest_checkpoint()
    tower, frontier = _tree(last)
    first = tower.size // tlog.TILE_WIDTH
    made = tower.append_level(tlog.leaf_level(entries))
    joined = b"".join(entries)
    width = tlog.TILE_WIDTH * tlog.HASH_BYTES
    bundles = [
        (tlog.ENTRIES, first + number, b"", joined[start : start + width])
        for number, start in enumerate(range(0, len(joined), width))
    ]
    write_tiles([*bundles, *((tile.name.level, tile.name.index, tile.root, tile.data) for tile in made)])
    for tile in made:
        if tile.name.level == 0:
            frontier = frontier.extended_by_subtree(8, tile.root)
    _read_back(first, len(bundles), last.frontier if last else tlog.Frontier(), frontier)
    signed = tlog.Checkpoint(settings.LOG_ORIGIN, frontier.size, frontier.root)
    note = tlog.sign_checkpoint(signed, *keys().signing_keys)
    # Where the clock went back, time stands still until it is past again: a later size is never of an earlier time.
    # It is told in public, so it is when the schedule says and not when the work was done.
    began = period_began(now())
    sealed = max(began, last.sealed_at) if last else began
    row = {
        "size": frontier.size,
        "root": frontier.root,
        "peaks": frontier.to_bytes(),
        "note": note,
        "sealed_at": sealed,
    }
    with connection.cursor() as cursor:
        insert_row(cursor, Checkpoint, **row)
    transaction.on_commit(lambda: _remember(frontier.root, tower))
    return Checkpoint(**row)


def _tree(last: Checkpoint | None) -> tuple[tlog.TileTower, tlog.Frontier]:
    if last is None:
        if Tile.objects.exists():
            raise LogProblem("there are tiles and no checkpoint: what was signed is gone")
        return tlog.TileTower(), tlog.Frontier()
    try:
        frontier = last.frontier
    except tlog.TreeError as problem:
        raise LogProblem(f"the last checkpoint's peaks are damaged: {problem}") from problem
    if frontier.root != bytes(last.root):
        raise LogProblem("the last checkpoint's peaks do not make its root: a row was changed")
    if has_entries_from(last.size // tlog.TILE_WIDTH):
        raise LogProblem("entries were added since the last checkpoint was signed")
    if _remembered.tower is not None and _remembered.root == bytes(last.root) and _remembered.tower.size == last.size:
        return _remembered.tower.copy(), frontier
    try:
        tower = tower_of(last.size)
    except (TileMissing, tlog.TlogError) as problem:
        raise LogProblem(str(problem)) from problem
    if tower.frontier().root != frontier.root:
        raise LogProblem("the tiles of the log do not make the root that was signed: an entry was changed or moved")
    return tower, frontier


def _read_back(first: int, count: int, before: tlog.Frontier, after: tlog.Frontier) -> None:
    """Hash what the database now holds, and compare tiles and root."""
    problem = LogProblem("what was written does not make the new root: the memory or the disk is failing")
    pairs = entries_and_hashes(first)
    if len(pairs) != 2 * count:
        raise problem
    grown = before
    for entries, hashes in batched(pairs, 2):
        level = tlog.leaf_level(split(entries))
        if level != hashes:
            raise LogProblem("a hash that was written is not that of its entry: the memory or the disk is failing")
        grown = grown.extended_by_level(level)
    if grown != after:
        raise problem


def _remember(root: bytes, tower: tlog.TileTower) -> None:
    _remembered.root, _remembered.tower = root, tower
