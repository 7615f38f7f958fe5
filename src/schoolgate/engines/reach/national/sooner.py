"""What some data reaches sooner than other data: the day sweep over what differs only.

A base is settled (`settling`). Something more is given at some places, and only what comes there sooner than by the
base, or at all, is settled and passed on; the base is read and never changed. The days are walked as in the sweep,
but over what is waiting: what an arc brings waits in the list of its day. With k (place, pair)s that come sooner
and d arcs at their places: O(d p + days) for p pairs, and nothing elsewhere is read.
"""

# ruff: noqa: PLR0917, C901, PLR0912, PLR0915 - compiled functions take places and not names, and a loop in them is one function

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from schoolgate.engines.reach.national.compiled import Ints, Words, compiled
from schoolgate.engines.reach.national.settling import Seeds, Settled


class Room(NamedTuple):
    """Room to work in, taken once and left clean."""

    known: Words  # 2 words a place: what is settled here beyond the base
    fresh: Words  # 2 words a place: what of it is not passed on yet
    touched: NDArray[np.bool]  # a place that was touched
    carried: NDArray[np.bool]  # an agreement that carried something
    first_waiting: Ints  # of each day: the first that waits, or -1


class Sooner(NamedTuple):
    """What comes sooner than by the base, in order of days."""

    place: Ints
    day: Ints
    arc: Ints  # by which it came; -1 - s for seed s
    mask: Words  # 2 words each
    agreements: Ints  # those that carried some of it


def room_for(places: int, agreements: int, days: int) -> Room:
    """Room for this many places, agreements and days."""
    return Room(
        np.zeros((places, 2), np.uint64),
        np.zeros((places, 2), np.uint64),
        np.zeros(places, np.bool),
        np.zeros(agreements, np.bool),
        np.full(days, -1, np.int32),
    )


@compiled
def sooner(
    first: Ints, words: Words, agreement: Ints, base: Settled, seeds: Seeds, begin: int, until: int, room: Room
) -> Sooner:
    """Settle what the seeds bring sooner than the base has it.

    Args:
        first: Where the arcs of each place begin.
        words: The arcs, as `Asked.words`.
        agreement: The agreement of each arc.
        base: What is settled already.
        seeds: What is given besides, in any order.
        begin: The first day of all.
        until: The last day on which arcs begin.
        room: Where to work; as long as the days from the first to the last on which arcs begin.
    """
    numbers = words.view(np.int32)
    none = np.uint64(0)
    days = room.first_waiting.size
    waiting = np.empty((256, 3), np.int32)  # the next of the day, place, arc
    waiting_mask = np.empty((256, 2), np.uint64)
    waits = 0
    found = np.empty((256, 3), np.int32)  # place, day, arc
    found_mask = np.empty((256, 2), np.uint64)
    count = 0
    queue = np.empty(256, np.int32)
    carried = np.empty(256, np.int32)
    carries = 0
    for seed in range(seeds.place.size):
        if waits == waiting.shape[0]:
            waiting, waiting_mask = _wider(waiting), _wider(waiting_mask)
        at = seeds.day[seed] - begin
        waiting[waits, 0] = room.first_waiting[at]
        waiting[waits, 1] = seeds.place[seed]
        waiting[waits, 2] = -1 - seed
        waiting_mask[waits] = seeds.mask[seed]
        room.first_waiting[at] = waits
        waits += 1
    for at in range(days):
        item = room.first_waiting[at]
        if item < 0:
            continue
        room.first_waiting[at] = -1
        day = begin + at
        back = 0
        while item >= 0:
            place = waiting[item, 1]
            low, high = _news(base, room.known, place, day, waiting_mask[item, 0], waiting_mask[item, 1])
            if low | high != none:
                if count == found.shape[0]:
                    found, found_mask = _wider(found), _wider(found_mask)
                if room.fresh[place, 0] | room.fresh[place, 1] == none:
                    if back == queue.size:
                        queue = _longer(queue)
                    queue[back] = place
                    back += 1
                _keep(room, found, found_mask, count, place, day, waiting[item, 2], low, high)
                count += 1
            item = waiting[item, 0]
        front = 0
        while front < back:
            here = queue[front]
            front += 1
            new_low = room.fresh[here, 0]
            new_high = room.fresh[here, 1]
            room.fresh[here, 0] = none
            room.fresh[here, 1] = none
            for arc in range(first[here], first[here + 1]):
                low = words[arc, 0] & new_low
                high = words[arc, 1] & new_high
                if low | high == none:
                    continue
                arrives = max(day, numbers[arc, 6])
                if arrives > numbers[arc, 5] or arrives > until:
                    continue
                if not room.carried[agreement[arc]]:
                    room.carried[agreement[arc]] = True
                    if carries == carried.size:
                        carried = _longer(carried)
                    carried[carries] = agreement[arc]
                    carries += 1
                place = numbers[arc, 4]
                low, high = _news(base, room.known, place, arrives, low, high)
                if low | high == none:
                    continue
                if arrives > day:
                    if waits == waiting.shape[0]:
                        waiting, waiting_mask = _wider(waiting), _wider(waiting_mask)
                    waiting[waits, 0] = room.first_waiting[arrives - begin]
                    waiting[waits, 1] = place
                    waiting[waits, 2] = arc
                    waiting_mask[waits, 0] = low
                    waiting_mask[waits, 1] = high
                    room.first_waiting[arrives - begin] = waits
                    waits += 1
                    continue
                if count == found.shape[0]:
                    found, found_mask = _wider(found), _wider(found_mask)
                if room.fresh[place, 0] | room.fresh[place, 1] == none:
                    if back == queue.size:
                        queue = _longer(queue)
                    queue[back] = place
                    back += 1
                _keep(room, found, found_mask, count, place, day, arc, low, high)
                count += 1
    for entry in range(count):
        room.known[found[entry, 0], 0] = none
        room.known[found[entry, 0], 1] = none
    for number in range(carries):
        room.carried[carried[number]] = False
    return Sooner(
        found[:count, 0].copy(),
        found[:count, 1].copy(),
        found[:count, 2].copy(),
        found_mask[:count],
        carried[:carries],
    )


@compiled
def _news(
    base: Settled, known: Words, place: int, day: int, low: np.uint64, high: np.uint64
) -> tuple[np.uint64, np.uint64]:
    """Of these pairs, those that a place has by this day neither by the base nor beyond it."""
    low &= ~known[place, 0]
    high &= ~known[place, 1]
    if (low & base.known[place, 0]) | (high & base.known[place, 1]) == np.uint64(0):
        return low, high
    entry = base.head[place]
    while entry >= 0 and low | high != np.uint64(0):
        if base.day[entry] <= day:
            low &= ~base.mask[entry, 0]
            high &= ~base.mask[entry, 1]
        entry = base.after[entry]
    return low, high


@compiled
def _keep(
    room: Room,
    found: Ints,
    found_mask: Words,
    count: int,
    place: int,
    day: int,
    arc: int,
    low: np.uint64,
    high: np.uint64,
) -> None:
    room.known[place, 0] |= low
    room.known[place, 1] |= high
    room.fresh[place, 0] |= low
    room.fresh[place, 1] |= high
    found[count, 0] = place
    found[count, 1] = day
    found[count, 2] = arc
    found_mask[count, 0] = low
    found_mask[count, 1] = high


@compiled
def _wider[T: np.generic](rows: NDArray[T]) -> NDArray[T]:
    more = np.empty((2 * rows.shape[0], rows.shape[1]), rows.dtype)
    more[: rows.shape[0]] = rows
    return more


@compiled
def _longer(row: Ints) -> Ints:
    more = np.empty(2 * row.size, np.int32)
    more[: row.size] = row
    return more
