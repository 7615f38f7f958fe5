"""The log's tables.

Public: `Leaf` and `Checkpoint`, insert-only (triggers refuse update and delete). Private: `Opening` (what a leaf
says, and the randomness that hides it), `StagedLeaf` (waiting for its period to be sealed), `Reading` (who read
what, written before the bytes are sent).
"""

import uuid

from django.db import models

from .kinds import Kind


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
    kind = models.CharField(max_length=40, choices=[(kind.value, kind.value) for kind in Kind])
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


class Leaf(models.Model):
    """One entry of the public log: 32 bytes at a position."""

    index = models.PositiveBigIntegerField(primary_key=True)
    commitment = models.BinaryField(max_length=32, unique=True)


class Checkpoint(models.Model):
    """A signed tree head. Every one ever signed is kept."""

    size = models.PositiveBigIntegerField(primary_key=True)
    root = models.BinaryField(max_length=32)
    note = models.TextField()
    sealed_at = models.DateTimeField()


class Reading(models.Model):
    """Who read which record of a child, in which role, written before anything is shown."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    read_at = models.DateTimeField(db_index=True)
    user = models.UUIDField(null=True)
    role = models.CharField(max_length=20)
    # "report:<id>", "release:<id>": what was opened.
    subject = models.CharField(max_length=60, db_index=True)
    part = models.CharField(max_length=40)


class ReadingDigest(models.Model):
    """The digest of one day's readings, itself an entry of the log."""

    day = models.DateField(primary_key=True)
    count = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
