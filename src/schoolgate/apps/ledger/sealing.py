"""Sealing a period: what waits becomes leaves, the tree is signed, the folder is published.

Every period appends the same number of leaves, whatever happened in it: what is missing are covers, which nobody
without their openings can tell from acts. Acts never wait for this; they only stage a commitment.
"""

from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.db import connection, transaction

from schoolgate.apps.access.actors import Role
from schoolgate.apps.access.moment import now
from schoolgate.engines import tlog

from .keys import keys
from .kinds import Kind
from .models import Checkpoint, Leaf, Opening, StagedLeaf
from .randomness import fresh_randomness, order_source
from .selectors import latest_checkpoint

# Changing it shows in public; a district that outgrows it changes at the start of a school year.
TILES_A_PERIOD = 1
# Any number, the same in every process: one sequencer at a time.
SEQUENCER_LOCK = 7_221_019
PAGE = 8192


class LogProblem(Exception):  # noqa: N818 - a problem of the log, told to its administrator
    """The log does not fit what was signed or published. Nothing may be signed until a person has looked."""


@transaction.atomic
def seal_period() -> Checkpoint:
    """Seal one period: exactly `TILES_A_PERIOD` tiles of leaves, then a signed checkpoint, in one transaction.

    Before signing, the whole tree is computed anew from the rows and held against the last checkpoint, and that
    against the published one: a bit that flipped, or a database restored from an old backup, is never signed over.
    O(entries) hashes, about one second for a million.

    Raises:
        LogProblem: The rows do not make the signed root, or the published log is ahead of the database.
        KeyProblem: The signing key is missing.
    """
    _one_at_a_time()
    grown = check_consistency()
    # One more than fits would do: the rest waits where it is.
    staged = list(StagedLeaf.objects.order_by("staged_at", "id")[: TILES_A_PERIOD * tlog.TILE_WIDTH])
    waiting = [bytes(one.commitment) for one in staged]
    covers = _covers(tlog.covers_needed(len(waiting), tiles=TILES_A_PERIOD))
    batch = tlog.plan_batch(waiting, covers, order=order_source(), tiles=TILES_A_PERIOD)
    Leaf.objects.bulk_create(
        Leaf(index=index, commitment=entry) for index, entry in enumerate(batch.entries, start=grown.size)
    )
    grown = grown.extended_by_entries(batch.entries)
    key = tlog.SigningKey.parse(keys().signing_key)
    note = tlog.sign_checkpoint(tlog.Checkpoint(settings.LOG_ORIGIN, grown.size, grown.root), key)
    StagedLeaf.objects.filter(pk__in=[one.pk for one in staged]).delete()
    return Checkpoint.objects.create(size=grown.size, root=grown.root, note=note, sealed_at=now())


def check_consistency() -> tlog.Frontier:
    """Compute the tree from the rows and hold it against the last signed and the published checkpoint.

    Raises:
        LogProblem: They do not fit; the message says which.
    """
    last = latest_checkpoint()
    size = last.size if last else 0
    grown = tlog.Frontier().extended_by_entries(_entries(0, size))
    if Leaf.objects.count() != size or grown.size != size:
        raise LogProblem("entries are missing or were added since the last checkpoint was signed")
    if last and grown.root != bytes(last.root):
        raise LogProblem("the rows of the log do not make the root that was signed: an entry was changed or moved")
    key = tlog.VerifyingKey.parse(keys().verifying_key)
    if last and tlog.open_checkpoint(last.note, key).checkpoint.root != grown.root:
        raise LogProblem("the last checkpoint was not signed by this log's key")
    _compare_with_published(key, size, last)
    return grown


def publish() -> Path:
    """Write the published folder up to the last checkpoint: new tiles first, the checkpoint last. Safe to repeat.

    The files bear the time of the checkpoint, never that of an act.
    """
    last = latest_checkpoint()
    folder: Path = settings.LOG_FOLDER
    if last is None:
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    vkey = keys().verifying_key
    first = tlog.resume_at(folder, vkey) if (folder / "checkpoint").exists() else 0
    sealed = int(last.sealed_at.astimezone(UTC).timestamp())
    tlog.write_folder(folder, _entries(first, last.size), last.note, vkey=vkey, first=first, modified=sealed)
    return folder


def _compare_with_published(key: tlog.VerifyingKey, size: int, last: Checkpoint | None) -> None:
    note = tlog.read_checkpoint(settings.LOG_FOLDER) if settings.LOG_FOLDER.is_dir() else None
    if note is None:
        return
    try:
        public = tlog.open_checkpoint(note, key).checkpoint
    except tlog.TlogError as problem:
        raise LogProblem(f"the published checkpoint cannot be read: {problem}") from problem
    if public.size > size:
        raise LogProblem(
            f"{public.size} entries are published and the database holds {size}: it was restored from an older "
            "backup. Sign nothing with it; restore a newer one"
        )
    if last and public.size == size and public.root != bytes(last.root):
        raise LogProblem("another root is published for the same size: the log was forked")


def _entries(first: int, stop: int) -> Iterator[bytes]:
    """The leaves from `first` up to `stop`, in order, streamed."""
    rows = Leaf.objects.filter(index__gte=first, index__lt=stop).order_by("index")
    for expected, (index, commitment) in enumerate(rows.values_list("index", "commitment").iterator(PAGE), first):
        if index != expected:
            raise LogProblem(f"entry {expected} is missing from the database")
        yield bytes(commitment)


def _covers(count: int) -> list[bytes]:
    """Commitments to records that say they are covers; their openings are kept for the auditor."""
    openings = []
    for _ in range(count):
        entry, randomness = uuid4(), fresh_randomness()
        record = tlog.canonical({"entry": str(entry), "kind": Kind.COVER.value})
        openings.append(
            Opening(
                id=entry,
                commitment=tlog.commit(record, randomness),
                randomness=randomness,
                record=record.decode(),
                kind=Kind.COVER.value,
                happened_at=now(),
                actor_role=Role.ADMINISTRATOR.value,
            )
        )
    Opening.objects.bulk_create(openings)
    return [bytes(one.commitment) for one in openings]


def _one_at_a_time() -> None:
    """SQLite's IMMEDIATE transaction lets one writer in; PostgreSQL needs a lock that ends with the transaction."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SEQUENCER_LOCK])
