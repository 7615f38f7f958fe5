"""Sealing a period: what waits becomes leaves, and the tree is signed.

Every period appends the same number of leaves, whatever happened in it: what is missing are covers, which nobody
without their openings can tell from acts. Acts never wait for this; they only stage a commitment.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from schoolgate.engines import tlog

from .counting import counted, cover
from .keys import keys
from .kinds import Kind
from .models import Checkpoint, Opening, StagedLeaf, Tile
from .randomness import order_source
from .selectors import latest_checkpoint
from .sequencing import LogProblem, append, one_at_a_time, told_of_the_database
from .tiles import PAGE, TileMissing, entries_between, hash_tiles, read_hashes, split

if TYPE_CHECKING:
    from datetime import datetime

# Changing it shows in public; a district that outgrows it changes at the start of a school year.
TILES_A_PERIOD = 1
# How often the whole log is looked at, when it grows meanwhile.
TIMES_LOOKED = 8
# Old tiles hashed anew at each sealing, drawn at random, so that damage is found long before a reader does.
TILES_LOOKED_AT = 16


def seal_period() -> Checkpoint:
    """Seal one period: exactly `TILES_A_PERIOD` tiles of leaves, then a signed checkpoint, in one transaction.

    One leaf commits to the period's counts. Before anything is signed, the tree is held against the last checkpoint,
    that against the published one, and some old tiles against their entries and their files: a bit that flipped, or a
    database restored from an old backup, is never signed over. The same work whatever the size of the log.

    Raises:
        LogProblem: The tiles do not make the signed root, the published log is ahead of the database or damaged, or the
            database refuses. Nothing was sealed.
        KeyProblem: The signing key is missing.
    """
    with told_of_the_database("no period was sealed"), transaction.atomic():
        return _seal()


def _seal() -> Checkpoint:
    one_at_a_time()
    last = latest_checkpoint()
    size = last.size if last else 0
    public = compare_with_published(last)
    _look_at_some(size, public)
    room = TILES_A_PERIOD * tlog.TILE_WIDTH - 1
    staged = list(StagedLeaf.objects.order_by("staged_at", "id")[:room])
    waiting = [bytes(one.commitment) for one in staged]
    made = [counted(waiting, first=size)]
    made += [cover() for _ in range(tlog.covers_needed(len(waiting) + 1, tiles=TILES_A_PERIOD))]
    Opening.objects.bulk_create(made)
    planned, covers = [*waiting, bytes(made[0].commitment)], [bytes(one.commitment) for one in made[1:]]
    batch = tlog.plan_batch(planned, covers, order=order_source(), tiles=TILES_A_PERIOD)
    checkpoint = append(batch.entries)
    StagedLeaf.objects.filter(pk__in=[one.pk for one in staged]).delete()
    return checkpoint


def check_consistency(progress: Callable[[int, int], None] | None = None) -> tlog.Frontier:
    """Compute the whole tree from its entries and hold it against every tile, every signed and the published head.

    O(entries) hashes and a signature for each period, about three seconds for a million; two queries a page of 65,536
    entries; memory for one page.

    Where a period is sealed meanwhile, what is found may be of that alone, and everything is looked at again.

    Args:
        progress: Told after each page how many entries were checked, and how many there are.

    Raises:
        LogProblem: They do not fit; the message says which.
    """
    for _ in range(TIMES_LOOKED):
        last = latest_checkpoint()
        try:
            return _checked(last, progress)
        except LogProblem as problem:
            found, newest = problem, latest_checkpoint()
            if (newest.size if newest else 0) == (last.size if last else 0):
                break
    raise found


def _checked(last: Checkpoint | None, progress: Callable[[int, int], None] | None) -> tlog.Frontier:
    size = last.size if last else 0
    tower, heads = tlog.TileTower(), _Heads()
    try:
        for first in range(0, size // tlog.TILE_WIDTH, PAGE):
            stop = min(first + PAGE, size // tlog.TILE_WIDTH)
            held = hash_tiles(first, stop)
            entries = entries_between(first * tlog.TILE_WIDTH, stop * tlog.TILE_WIDTH)
            for _ in range(first, stop):
                level = tlog.leaf_level(next(entries) for _ in range(tlog.TILE_WIDTH))
                for tile in tower.append_level(level):
                    _compare(tile, held)
                    heads.grow(tile)
            if progress:
                progress(stop * tlog.TILE_WIDTH, size)
    except (TileMissing, StopIteration, RuntimeError) as problem:
        raise LogProblem(str(problem)) from problem
    grown = tower.frontier()
    heads.finish()
    _check_that_none_is_gone(size)
    if Tile.objects.count() != sum(size >> (8 * (level + 1)) for level in range(-1, 8) if level >= 0) + size // 256:
        raise LogProblem("entries were added since the last checkpoint was signed")
    if last and (grown.root != bytes(last.root) or grown != last.frontier):
        raise LogProblem("the rows of the log do not make the root that was signed: an entry was changed or moved")
    compare_with_published(last)
    return grown


def _check_that_none_is_gone(size: int) -> None:
    """Where a period began, the one before it was signed. Memory for a number a period."""
    counts = Opening.objects.filter(kind=Kind.PERIOD_COUNTED.value).values_list("record", flat=True)
    try:
        begun = {tlog.read_canonical(record.encode()).get("first") for record in counts.iterator()}
    except tlog.CommitmentError as problem:
        raise LogProblem("the opening of a period's count was changed: it cannot be read") from problem
    signed = set(Checkpoint.objects.values_list("size", flat=True))
    if gone := [one for one in begun - signed - {0} if isinstance(one, int) and one < size]:
        raise LogProblem(f"the checkpoint of {min(gone)} entries was signed, and its row is gone")


def compare_with_published(last: Checkpoint | None) -> int:
    """Hold the newest checkpoint of the database against the published one; returns how many entries that covers.

    Raises:
        LogProblem: The published log is ahead, or another.
    """
    note = tlog.read_checkpoint(settings.LOG_FOLDER) if settings.LOG_FOLDER.is_dir() else None
    if note is None:
        return 0
    size = last.size if last else 0
    try:
        public = tlog.open_with_chain(note, keys().chain).checkpoint
    except tlog.TlogError as problem:
        raise LogProblem(f"the published checkpoint cannot be read: {problem}") from problem
    if public.size > size:
        raise LogProblem(
            f"{public.size} entries are published and the database holds {size}: it was restored from an older "
            "backup. Sign nothing with it; restore a newer one"
        )
    if last and public.size == size and public.root != bytes(last.root):
        raise LogProblem("another root is published for the same size: the log was forked")
    return public.size


class _Heads:
    """Every checkpoint ever signed, held against the tree as it grows."""

    def __init__(self) -> None:
        self._chain = keys().chain
        self._frontier = tlog.Frontier()
        self._kept: Iterator[Checkpoint] = iter(())
        self._next = self._following()
        self._sealed_at: datetime | None = None

    def grow(self, tile: tlog.Tile) -> None:
        """The next tile of the tree."""
        if tile.name.level:
            return
        self._frontier = self._frontier.extended_by_subtree(8, tile.root)
        if self._next and self._next.size == self._frontier.size:
            self._check(self._next)
            self._next = self._following()

    def finish(self) -> None:
        """There must be none that was not reached."""
        if self._next:
            raise LogProblem(f"a checkpoint of {self._next.size} entries was signed, and no tree of that size is there")

    def _following(self) -> Checkpoint | None:
        """The next one, of a page that was read whole: an open cursor would outlive a problem that is found."""
        if found := next(self._kept, None):
            return found
        self._kept = iter(Checkpoint.objects.filter(size__gt=self._frontier.size).order_by("size")[:PAGE])
        return next(self._kept, None)

    def _check(self, head: Checkpoint) -> None:
        try:
            opened = tlog.open_with_chain(head.note, self._chain).checkpoint
        except tlog.TlogError as problem:
            raise LogProblem(f"the checkpoint of {head.size} entries was not signed by this log's key") from problem
        if (opened.size, opened.root) != (head.size, bytes(head.root)):
            raise LogProblem(f"the row of the checkpoint of {head.size} entries is not what was signed")
        if opened.root != self._frontier.root:
            raise LogProblem(f"the first {head.size} entries are not those that were signed: one was changed or moved")
        if self._sealed_at and head.sealed_at < self._sealed_at:
            raise LogProblem(f"the checkpoint of {head.size} entries says it is older than the one before")
        self._sealed_at = head.sealed_at


def _compare(tile: tlog.Tile, held: Mapping[int, tuple[bytes, bytes]]) -> None:
    number, level = tile.name.index, tile.name.level
    kept = held.get(number) if level == 0 else hash_tiles(number, number + 1, level=level).get(number)
    if kept != (tile.data, tile.root):
        raise LogProblem(f"{tile.name.path} is not what its entries make: a row of the log was changed")


def _look_at_some(size: int, public: int) -> None:
    """Hash some old tiles anew, up to what the next level holds of them, and read what is published of them.

    A constant number of queries and files.
    """
    count = size // tlog.TILE_WIDTH
    chosen = order_source().sample(range(count), min(count, TILES_LOOKED_AT))
    rows = Tile.objects.filter(level__in=(tlog.ENTRIES, 0), number__in=chosen).values_list(
        "number", "level", "data", "root"
    )
    held = {(number, level): (bytes(data), bytes(root)) for number, level, data, root in rows}
    for number in chosen:
        entries, hashes = held.get((number, tlog.ENTRIES)), held.get((number, 0))
        if entries is None or hashes is None:
            raise LogProblem(f"tile {number} is missing from the database")
        level = tlog.leaf_level(split(entries[0]))
        if level != hashes[0] or tlog.Frontier().extended_by_level(level).root != hashes[1]:
            raise LogProblem(f"tile {number} is not what its entries make: a row of the log was changed")
    try:
        above = {number // tlog.TILE_WIDTH for number in chosen}
        tops = {number: read_hashes(size, 1, number) for number in above}
    except TileMissing as problem:
        raise LogProblem(str(problem)) from problem
    for number in chosen:
        place = number % tlog.TILE_WIDTH * tlog.HASH_BYTES
        if tops[number // tlog.TILE_WIDTH][place : place + tlog.HASH_BYTES] != held[number, 0][1]:
            raise LogProblem(f"tile {number} is not what the level above holds of it: a row of the log was changed")
        if number < public // tlog.TILE_WIDTH:
            _compare_published(
                tlog.TileName(tlog.ENTRIES, number), tlog.bundle_bytes(split(held[number, tlog.ENTRIES][0]))
            )
            _compare_published(tlog.TileName(0, number), held[number, 0][0])


def _compare_published(name: tlog.TileName, data: bytes) -> None:
    try:
        published = tlog.read_tile(settings.LOG_FOLDER, name)
    except tlog.TileError:
        published = b""
    if published != data:
        what = "is missing from" if published is None else "was changed in"
        raise LogProblem(
            f"{name.path} {what} the published folder {settings.LOG_FOLDER}. Remove it and `checkpoint` there, and run "
            "`schoolgate worker --once`: all is then written again, and compared"
        )
