"""The read log: who opened which child's record, written down before anything is shown (rule 6)."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from hashlib import sha256

from django.db import IntegrityError, connection, transaction

from schoolgate.apps.access.actors import Actor, Role
from schoolgate.apps.access.moment import now

from .acts import act, record
from .kinds import Kind
from .models import Reading, ReadingDigest
from .rows import insert_row
from .sequencing import told_of_the_database

# Rooms below refuse a reading here, by an exception, before it is written down: who has read too much today.
before_reading: list[Callable[[Actor, str], None]] = []


def log_reading(*, actor: Actor, subject: str, part: str) -> Reading:
    """Write down that `actor` is about to see `part` of `subject`; durable when this returns.

    Raises:
        RuntimeError: Called inside a transaction that could still roll the line back while the bytes are sent.
    """
    for check in before_reading:
        check(actor, subject)
    values = {"read_at": now(), "user": actor.user_id, "role": actor.role.value, "subject": subject, "part": part}
    reading = Reading(**values)
    # Durable: Django refuses the block when an outer transaction could still take it back.
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        insert_row(cursor, Reading, id=reading.id, **values)
    return reading


def close_readings(*, actor: Actor, day: date) -> None:
    """Close a day's readings, unless that was done: before, or at this moment by another process.

    Raises:
        LogProblem: The database refuses.
    """
    with told_of_the_database("the day's readings were not closed"), suppress(IntegrityError):
        if not ReadingDigest.objects.filter(day=day).exists():
            digest_readings(actor=actor, day=day)


@act(Kind.READINGS_DIGESTED, roles=frozenset({Role.ADMINISTRATOR}))
def digest_readings(*, actor: Actor, day: date) -> ReadingDigest:
    """Close a day's readings: their count and digest become one entry of the ledger.

    O(readings of the day), streamed. A day is closed once; a later change of a reading no longer fits its digest.
    """
    digest, count = reading_digest(day)
    closed = ReadingDigest.objects.create(day=day, count=count, digest=digest)
    record(actor=actor, subject=f"readings:{day.isoformat()}", facts={"count": count, "digest": digest})
    return closed


def reading_digest(day: date) -> tuple[str, int]:
    """SHA-256 over a day's readings in order, and how many there were."""
    running, count = sha256(), 0
    rows = Reading.objects.filter(read_at__date=day).order_by("read_at", "id")
    for reading in rows.iterator():
        line = (
            reading.id,
            reading.read_at.isoformat(),
            reading.user,
            reading.role,
            reading.subject,
            reading.part,
        )
        running.update("\x1f".join(map(str, line)).encode() + b"\n")
        count += 1
    return running.hexdigest(), count
