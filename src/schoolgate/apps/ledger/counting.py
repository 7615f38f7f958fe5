"""What a period holds, counted: one record in each batch of entries, committed to like every other.

A reader of the log learns nothing of it. The auditor opens it, and the district can never afterwards claim that a
period held more or fewer acts of a kind than it says.
"""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID, uuid4

from schoolgate.apps.access.actors import Role
from schoolgate.apps.access.moment import now
from schoolgate.engines import tlog

from .kinds import Kind
from .models import Opening
from .randomness import fresh_randomness


def opening_of(record: dict[str, object], *, kind: Kind, entry: UUID) -> Opening:
    """An opening that no act writes, with fresh randomness."""
    randomness = fresh_randomness()
    canonical = tlog.canonical(record)
    return Opening(
        id=entry,
        commitment=tlog.commit(canonical, randomness),
        randomness=randomness,
        record=canonical.decode(),
        kind=kind.value,
        happened_at=now(),
        actor_role=Role.ADMINISTRATOR.value,
    )


def counted(staged: Sequence[bytes], *, first: int) -> Opening:
    """The count vector of the batch that will begin at entry `first`, with those commitments in it. One query."""
    kinds = Counter(Opening.objects.filter(commitment__in=staged).values_list("kind", flat=True))
    entry = uuid4()
    record = {
        "entry": str(entry),
        "kind": Kind.PERIOD_COUNTED.value,
        "first": first,
        "counts": {kind: kinds[kind] for kind in sorted(kinds)},
    }
    return opening_of(record, kind=Kind.PERIOD_COUNTED, entry=entry)


def cover() -> Opening:
    """A record that says it is a cover."""
    entry = uuid4()
    return opening_of({"entry": str(entry), "kind": Kind.COVER.value}, kind=Kind.COVER, entry=entry)
