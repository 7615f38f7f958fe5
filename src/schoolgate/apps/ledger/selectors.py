"""Reads of the log."""

from typing import Any, Final

from django.db.models import QuerySet

from schoolgate.apps.access.lists import Listing
from schoolgate.engines import tlog

from .kinds import OF_SEALING
from .models import Checkpoint, Opening, StagedLeaf, Tile
from .rows import newest
from .schedule import period_began
from .tiles import split

# Of acts in a list.
PAGE: Final = 100


def latest_checkpoint() -> Checkpoint | None:
    """The newest sealed period's checkpoint. One query, which every sealing and every proof pays."""
    return newest(Checkpoint, "size")


def acts() -> QuerySet[Opening]:
    """Every act's entry, newest first, for the auditor; what sealing writes is no act."""
    return Opening.objects.exclude(kind__in=OF_SEALING).order_by("-happened_at", "-id")


def _in_a_list(rows: QuerySet[Opening]) -> QuerySet[Opening, Any]:
    return rows.values_list("pk", "happened_at", "kind", "actor_role", "subject", "commitment", named=True)


# The same page by page, as named tuples.
ACTS = Listing(acts, _in_a_list, by="-happened_at", counted_by="-happened_at", size=PAGE)


def is_sealed(opening: Opening) -> bool:
    """Whether an act stands in the signed log, and no longer waits. One query."""
    return not StagedLeaf.objects.filter(commitment=bytes(opening.commitment)).exists()


def place_of(opening: Opening) -> int | None:
    """The index of an act's leaf; None while it waits for its period to be sealed.

    No index leads from a commitment to its place, since that would cost each entry more than all the rest: the periods
    sealed after the act are looked through, oldest first. Mostly one of the first two holds it: three queries.
    """
    if not is_sealed(opening):
        return None
    commitment = bytes(opening.commitment)
    # A checkpoint bears the time at which the period before it ended, which may lie before its last acts.
    earlier = Checkpoint.objects.filter(sealed_at__lt=period_began(opening.happened_at)).order_by("-size").first()
    begin = earlier.size // tlog.TILE_WIDTH if earlier else 0
    found = _place(commitment, Tile.objects.filter(level=tlog.ENTRIES, number__gte=begin).order_by("number"))
    # A clock that went back: the act bears a later time than the checkpoint that holds it.
    if found is not None:
        return found
    return _place(commitment, Tile.objects.filter(level=tlog.ENTRIES, number__lt=begin).order_by("-number"))


def _place(commitment: bytes, tiles: QuerySet[Tile]) -> int | None:
    for number, data in tiles.values_list("number", "data").iterator(chunk_size=4):
        if commitment in bytes(data) and commitment in (entries := split(data)):
            return number * tlog.TILE_WIDTH + entries.index(commitment)
    return None
