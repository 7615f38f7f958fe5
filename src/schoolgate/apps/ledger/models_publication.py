"""The tables of publication: who asked for the daily checkpoint by mail, and what outside clocks said."""

import uuid

from django.db import models


class Subscription(models.Model):
    """Somebody who asked for the newest checkpoint once a day. The address is sealed, and goes with the row."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    # By which an address that is there already is found again, without the address.
    address_index = models.BinaryField(max_length=32, unique=True)
    wrapped_key = models.BinaryField()
    sealed_address = models.BinaryField()
    # The page on which it was asked for, below which the links of the mails lie.
    page = models.CharField(max_length=300)
    asked_at = models.DateTimeField(db_index=True)
    # Mails that the page sent on request, of this day only.
    asked_times = models.PositiveSmallIntegerField(default=1)
    # Null until whoever reads the address's mail said yes.
    confirmed_at = models.DateTimeField(null=True, db_index=True)
    # The day of the last mail that was begun, and what it held.
    begun_on = models.DateField(null=True)
    begun_size = models.PositiveBigIntegerField(default=0)
    # What the last mail held that surely was handed over; where the two differ, a mail was cut off.
    sent_size = models.PositiveBigIntegerField(default=0)


class TimeStamp(models.Model):
    """What an authority of time said of a checkpoint: an RFC 3161 answer, which anybody can check."""

    checkpoint = models.ForeignKey("ledger.Checkpoint", on_delete=models.PROTECT, related_name="time_stamps")
    authority = models.CharField(max_length=300)
    answer = models.BinaryField()
    # The authority's own time.
    stamped_at = models.DateTimeField()
    received_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["checkpoint", "authority"], name="one_stamp_of_an_authority"),)
