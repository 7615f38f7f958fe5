"""The log's tables.

Public: `Tile`, `Checkpoint` and `Cosignature`, insert-only (triggers refuse update and delete). Private: `Opening`
(what a leaf says, and the randomness that hides it), `StagedLeaf` (waiting for its period to be sealed), `Reading` (who
read what, written before the bytes are sent).
"""

import uuid

from django.db import models

from schoolgate.engines import tlog

from .models_publication import Subscription, TimeStamp  # noqa: F401 - Django looks for tables in this module


class StagedLeaf(models.Model):
    """A commitment that waits for the end of its period. Written in the act's own transaction."""

    commitment = models.BinaryField(max_length=32, unique=True)
    staged_at = models.DateTimeField()


class Opening(models.Model):
    """What one entry says: the canonical record and the 32 random bytes its commitment was made with.

    Destroying a row leaves the tree valid and its leaf meaningless.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    commitment = models.BinaryField(max_length=32, unique=True)
    randomness = models.BinaryField(max_length=32)
    record = models.TextField()
    kind = models.CharField(max_length=40)
    # The thing the act was about, so that the person concerned can be given a receipt.
    subject = models.CharField(max_length=60, blank=True, db_index=True)
    happened_at = models.DateTimeField(db_index=True)
    actor_role = models.CharField(max_length=20)
    actor_user = models.UUIDField(null=True)

    class Meta:
        indexes = [models.Index(fields=["kind", "happened_at"])]

    @property
    def commitment_hex(self) -> str:
        """The entry as the public log holds it."""
        return bytes(self.commitment).hex()


class Tile(models.Model):
    """256 hashes of one level of the tree, or 256 entries: only full ones, since a period fills whole tiles.

    Entries have the level -1, as in the engine, and stand one after the other without their lengths, which are all 32.
    What a partial tile would hold are the roots of full ones below it.
    """

    pk = models.CompositePrimaryKey("level", "number")
    level = models.SmallIntegerField()
    number = models.PositiveBigIntegerField()
    # The hash over a hash tile, which is what the level above holds of it; nothing for entries.
    root = models.BinaryField(max_length=32)
    data = models.BinaryField(max_length=8192)


class Checkpoint(models.Model):
    """A signed tree head. Every one ever signed is kept."""

    size = models.PositiveBigIntegerField(primary_key=True)
    root = models.BinaryField(max_length=32)
    # What the tree needs to grow: the roots of the largest perfect subtrees, from left to right.
    peaks = models.BinaryField()
    note = models.TextField()
    sealed_at = models.DateTimeField(db_index=True)

    @property
    def frontier(self) -> tlog.Frontier:
        """The tree as it was then, as far as growing it needs."""
        return tlog.Frontier.from_bytes(self.size, bytes(self.peaks))


class Cosignature(models.Model):
    """A witness's word that a checkpoint follows from all that it saw before: one line of a signed note."""

    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.PROTECT, related_name="cosignatures")
    # The whole verifying key, so that what is public says by whom.
    witness = models.CharField(max_length=300)
    line = models.CharField(max_length=500)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["checkpoint", "witness"], name="one_cosignature_of_a_witness")]


class Reading(models.Model):
    """Who read which record of a child, in which role, written before anything is shown."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    read_at = models.DateTimeField(db_index=True)
    user = models.UUIDField(null=True)
    role = models.CharField(max_length=20)
    # "report:<id>", "release:<id>": what was opened.
    subject = models.CharField(max_length=60, db_index=True)
    part = models.CharField(max_length=40)

    class Meta:
        # How much somebody has read today is asked before each reading.
        indexes = [models.Index(fields=["user", "read_at"], name="readings_of_a_person")]


class ReadingDigest(models.Model):
    """The digest of one day's readings, itself an entry of the log."""

    day = models.DateField(primary_key=True)
    count = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
