"""Sealing a period: what waits becomes leaves, and the tree is signed.

Every period appends the same number of leaves, whatever happened in it: what is missing are covers, which nobody
without their openings can tell from acts. Acts never wait for this; they only stage a commitment.
"""

from django.conf import settings
from django.db import transaction

from schoolgate.engines import tlog

from .counting import counted, cover
from .keys import keys
from .models import Checkpoint, Opening, StagedLeaf, Tile
from .randomness import order_source
from .selectors import latest_checkpoint
from .sequencing import LogProblem, append, one_at_a_time
from .tiles import PAGE, TileMissing, entries_between, read_hashes, split

# Changing it shows in public; a district that outgrows it changes at the start of a school year.
TILES_A_PERIOD = 1
# Old tiles hashed anew at each sealing, drawn at random, so that damage is found long before a reader does.
TILES_LOOKED_AT = 16


@transaction.atomic
def seal_period() -> Checkpoint:
    """Seal one period: exactly `TILES_A_PERIOD` tiles of leaves, then a signed checkpoint, in one transaction.

    One leaf commits to the period's counts. Before anything is signed, the tree is held against the last checkpoint,
    that against the published one, and some old tiles against their entries: a bit that flipped, or a database restored
    from an old backup, is never signed over. The same work whatever the size of the log.

    Raises:
        LogProblem: The tiles do not make the signed root, or the published log is ahead of the database.
        KeyProblem: The signing key is missing.
    """
    one_at_a_time()
    last = latest_checkpoint()
    size = last.size if last else 0
    compare_with_published(last)
    _look_at_some(size)
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


def check_consistency() -> tlog.Frontier:
    """Compute the whole tree from its entries and hold it against every tile, the last signed and the published head.

    O(entries) hashes, about two seconds for a million; memory for one page of tiles.

    Raises:
        LogProblem: They do not fit; the message says which.
    """
    last = latest_checkpoint()
    size = last.size if last else 0
    tower = tlog.TileTower()
    try:
        for number in range(size // tlog.TILE_WIDTH):
            if number % PAGE == 0:
                entries = entries_between(number * tlog.TILE_WIDTH, min(number + PAGE, size // 256) * tlog.TILE_WIDTH)
            level = tlog.leaf_level(next(entries) for _ in range(tlog.TILE_WIDTH))
            for tile in tower.append_level(level):
                _compare(tile)
    except (TileMissing, StopIteration, RuntimeError) as problem:
        raise LogProblem(str(problem)) from problem
    grown = tower.frontier()
    if Tile.objects.count() != sum(size >> (8 * (level + 1)) for level in range(-1, 8) if level >= 0) + size // 256:
        raise LogProblem("entries were added since the last checkpoint was signed")
    if last and (grown.root != bytes(last.root) or grown != last.frontier):
        raise LogProblem("the rows of the log do not make the root that was signed: an entry was changed or moved")
    _check_signatures(last)
    compare_with_published(last)
    return grown


def compare_with_published(last: Checkpoint | None) -> None:
    """Hold the newest checkpoint of the database against the published one.

    Raises:
        LogProblem: The published log is ahead, or another.
    """
    note = tlog.read_checkpoint(settings.LOG_FOLDER) if settings.LOG_FOLDER.is_dir() else None
    if note is None:
        return
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


def _check_signatures(last: Checkpoint | None) -> None:
    if last is None:
        return
    try:
        opened = tlog.open_with_chain(last.note, keys().chain).checkpoint
    except tlog.TlogError as problem:
        raise LogProblem("the last checkpoint was not signed by this log's key") from problem
    if (opened.size, opened.root) != (last.size, bytes(last.root)):
        raise LogProblem("the last checkpoint's row is not what was signed")


def _compare(tile: tlog.Tile) -> None:
    kept = Tile.objects.filter(level=tile.name.level, number=tile.name.index).values_list("data", "root").first()
    if kept is None or (bytes(kept[0]), bytes(kept[1])) != (tile.data, tile.root):
        raise LogProblem(f"{tile.name.path} is not what its entries make: a row of the log was changed")


def _look_at_some(size: int) -> None:
    """Hash some old tiles anew, up to what the next level holds of them. A constant number of queries."""
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
