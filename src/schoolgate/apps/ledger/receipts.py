"""Receipts: a file that proves a ledger entry to the person concerned."""

from functools import lru_cache

from schoolgate.engines import tlog

from .keys import keys
from .kinds import Kind
from .models import Checkpoint, Leaf, Opening
from .selectors import latest_checkpoint

# The act that settled a request comes before the steps that led to it.
SETTLING = (Kind.COPY_RELEASED, Kind.REFUSAL_SENT)


def receipt_for(subject: str) -> str | None:
    """The receipt of the act that settled `subject`, or None until its period is sealed.

    O(log entries) rows are read after the first receipt of a process.
    """
    opening = (
        Opening.objects.filter(subject=subject, kind__in=[kind.value for kind in SETTLING])
        .order_by("-happened_at")
        .first()
    )
    checkpoint = latest_checkpoint()
    leaf = Leaf.objects.filter(commitment=bytes(opening.commitment)).first() if opening else None
    if opening is None or checkpoint is None or leaf is None:
        return None
    return tlog.make_receipt(
        index=leaf.index,
        checkpoint=checkpoint.note,
        vkey=keys().verifying_key,
        nodes=_nodes(bytes(Checkpoint.objects.order_by("size").values_list("root", flat=True)[0])),
        record=opening.record.encode(),
        randomness=bytes(opening.randomness),
    )


@lru_cache(maxsize=1)
def _nodes(first_root: bytes) -> tlog.LeafNodes:  # noqa: ARG001 - tells one log from another
    """What a process remembers of the log that began with this root: nothing in it ever changes."""
    return tlog.LeafNodes(_leaf_hashes)


def _leaf_hashes(first: int, stop: int) -> bytes:
    rows = Leaf.objects.filter(index__gte=first, index__lt=stop).order_by("index")
    return tlog.leaf_level(bytes(row) for row in rows.values_list("commitment", flat=True))
