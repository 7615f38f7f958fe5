"""Every leaf's opening, for the auditor: what `schoolgate log openings` writes."""

import json
from collections.abc import Iterator
from itertools import batched

from django.conf import settings

from schoolgate.apps.ledger.acts import Impossible
from schoolgate.apps.ledger.kinds import Kind
from schoolgate.apps.ledger.models import Checkpoint, Opening
from schoolgate.apps.ledger.students import auditors_key
from schoolgate.apps.ledger.tiles import entries_between
from schoolgate.engines import tlog
from schoolgate.engines.tlog.openings import Head, Leaf


def opening_lines(checkpoint: Checkpoint) -> Iterator[bytes]:
    """The lines of the file, streamed: one query for 256 leaves.

    Raises:
        Impossible: A leaf has no opening, and no act says that it was destroyed.
        TileMissing: Entries are missing from the database.
    """
    destroyed = _destroyed()
    yield Head(settings.LOG_ORIGIN, checkpoint.size, auditors_key()).line
    first = 0
    for entries in batched(entries_between(0, checkpoint.size), tlog.TILE_WIDTH):
        rows = Opening.objects.filter(commitment__in=entries).values_list("commitment", "record", "randomness")
        held = {bytes(commitment): (record, bytes(randomness)) for commitment, record, randomness in rows}
        for index, entry in enumerate(entries, first):
            if entry in held:
                record, randomness = held[entry]
                yield Leaf(index, record.encode(), randomness).line
            elif entry.hex() in destroyed:
                yield Leaf(index, b"", b"", destroyed[entry.hex()]).line
            else:
                raise Impossible(f"Leaf {index} has no opening, and no act says that it was destroyed.")
        first += len(entries)


def _destroyed() -> dict[str, str]:
    """Commitment to the act that destroyed its opening."""
    acts = Opening.objects.filter(kind=Kind.OPENING_DESTROYED.value).values_list("id", "record")
    return {json.loads(record)["facts"]["commitment"]: str(entry) for entry, record in acts.iterator()}
