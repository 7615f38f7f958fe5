"""What one period appends: always a whole number of tiles, so that the log's size says nothing of the work done.

What does not fit waits for the next period. What is missing is filled with covers: commitments to records that
say they are covers, which nobody without their openings can tell from acts. The order is random, so a place in
the batch says nothing about when or by whom an act was done.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from schoolgate.engines.tlog.commitment import ENTRY_BYTES
from schoolgate.engines.tlog.errors import BatchError
from schoolgate.engines.tlog.tiles import TILE_WIDTH


@dataclass(frozen=True, slots=True)
class Batch:
    """A planned period.

    Args:
        entries: What to append, in this order: 256 times the number of tiles.
        waiting: How many of the staged commitments, counted from the end, wait for the next period.
    """

    entries: tuple[bytes, ...]
    waiting: int


def covers_needed(staged: int, *, tiles: int = 1) -> int:
    """How many covers fill a period of so many tiles.

    Raises:
        BatchError: When a number is negative, or there is no tile.
    """
    if staged < 0 or tiles < 1:
        raise BatchError("a period has at least one tile, and not less than no commitments")
    return max(0, tiles * TILE_WIDTH - staged)


def plan_batch(staged: Sequence[bytes], covers: Sequence[bytes], *, order: random.Random, tiles: int = 1) -> Batch:
    """Plan the entries of one period.

    Args:
        staged: Commitments to acts, those that have waited longest first.
        covers: Commitments to covers: exactly `covers_needed(len(staged))`, so none is kept for later.
        order: Where the order comes from; `random.SystemRandom()` outside tests.
        tiles: The fixed capacity of a period, in tiles of 256. Changing it shows in public.

    Raises:
        BatchError: When the covers are too few or too many, or a commitment is malformed or given twice.
    """
    needed = covers_needed(len(staged), tiles=tiles)
    if len(covers) != needed:
        raise BatchError(f"{len(staged)} commitments need {needed} covers, not {len(covers)}")
    entries = [*staged[: tiles * TILE_WIDTH], *covers]
    if any(len(entry) != ENTRY_BYTES for entry in entries):
        raise BatchError(f"every commitment has {ENTRY_BYTES} bytes")
    if len(set(entries)) != len(entries):
        raise BatchError("a commitment was given twice: was its randomness used twice?")
    order.shuffle(entries)
    return Batch(tuple(entries), max(0, len(staged) - tiles * TILE_WIDTH))
