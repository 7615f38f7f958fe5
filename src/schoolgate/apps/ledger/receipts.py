"""Receipts: a file that proves a ledger entry to the person concerned; until its period is sealed, a signed promise."""

from datetime import UTC

from django.conf import settings

from schoolgate.engines import tlog

from .keys import keys
from .kinds import Kind
from .models import Checkpoint, Opening
from .publishing import cosigned
from .selectors import is_sealed, latest_checkpoint, place_of
from .tiles import read_hashes

# The act that settled a request comes before the steps that led to it.
SETTLING = (Kind.COPY_RELEASED, Kind.REFUSAL_SENT)
# An act waits for the end of its period, and longer when more happened than a period holds.
PROMISED_WITHIN = 86_400
# Tiles whose inner hashes a process keeps, 16 KB each.
TILES_KEPT = 512

_kept = tlog.KeptTiles(TILES_KEPT)


def settling(subject: str) -> Opening | None:
    """The act that settled `subject`, or None when nothing has. One query."""
    kinds = [kind.value for kind in SETTLING]
    return Opening.objects.filter(subject=subject, kind__in=kinds).order_by("-happened_at").first()


def receipt_for(subject: str, *, under: Checkpoint | None = None) -> str | None:
    """The receipt of the act that settled `subject`, or None until its period is sealed.

    Args:
        subject: What the act was about.
        under: The checkpoint to prove it under, such as one that was audited; the newest when not given.
    """
    opening = settling(subject)
    return None if opening is None else receipt_of(opening, under=under)


def receipt_of(opening: Opening, *, under: Checkpoint | None = None) -> str | None:
    """The receipt of one act. A few queries, whatever the size of the log."""
    index = place_of(opening)
    checkpoint = under if under is not None and index is not None and index < under.size else latest_checkpoint()
    if index is None or checkpoint is None:
        return None
    size = checkpoint.size
    return tlog.make_receipt(
        index=index,
        checkpoint=cosigned(checkpoint),
        chain=keys().chain,
        nodes=tlog.TileNodes(size, lambda level, number: read_hashes(size, level, number), kept=_kept, log=_log()),
        record=opening.record.encode(),
        randomness=bytes(opening.randomness),
    )


def promise_for(subject: str) -> str | None:
    """What stands for the receipt of the act that settled `subject` while it waits; None when it waits no longer."""
    opening = settling(subject)
    return None if opening is None or is_sealed(opening) else promise_of(opening)


def promise_of(opening: Opening) -> str:
    """The log's signed promise that an act will stand in it. It says the act's period, not its moment."""
    happened = int(opening.happened_at.astimezone(UTC).timestamp())
    made = happened - happened % settings.LOG_PERIOD
    promise = tlog.Promise(
        settings.LOG_ORIGIN, bytes(opening.commitment), made, made + settings.LOG_PERIOD + PROMISED_WITHIN
    )
    return tlog.sign_promise(promise, keys().signing_keys[0])


def _log() -> bytes:
    """What tells this log from another in what a process keeps: the root it began with."""
    return bytes(Checkpoint.objects.order_by("size").values_list("root", flat=True)[0])
