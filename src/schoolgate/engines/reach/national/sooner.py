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
from schoolgate.engines.reach.national.fetching import fetch
from schoolgate.engines.reach.national.settling import Seeds, Settled


class Room(NamedTuple):
    """Room to work in, taken once and left clean."""

    known: Words  # 2 words a place: what is settled here beyond the base
    fresh: Words  # 2 words a place: what of it is not passed on yet
    touched: NDArray[np.bool]  # a place that was touched
    carried: NDArray[np.bool]  # an agreement that carried something
    first_waiting: Ints  # of each day: the first that waits, or -1


class Base(NamedTuple):
    """What is settled already, place by place in order of days, so that it is read in one go."""

    known: Words  # 2 words a place
    first: Ints  # where the rows of each place begin, and the end
    rows: Words  # 3 words an entry: its pairs, and its day in the lower half of the third


class Sooner(NamedTuple):
    """What comes sooner than by the base, in order of days."""

    place: Ints
    day: Ints
    arc: Ints  # by which it came; -1 - s for seed s
    mask: Words  # 2 words each
    agreements: Ints  # those that carried some of it


def base_of(settled: Settled, target: Ints, seeds: Seeds) -> Base:
    """A state as the sweep left it, sorted by place; entries are in order of days already. O(entries + places).

    Args:
        settled: What `sweep` made.
        target: Where each arc leads.
        seeds: What the sweep began with.
    """
    # Made by numpy, which asks for large pages: these are read at random.
    used = int(settled.used[0])
    first, rows = np.zeros(settled.head.size + 1, np.int32), np.empty((used, 3), np.uint64)
    _lay_out(settled.arc[:used], settled.day, settled.mask, target, seeds.place, first, rows)
    return Base(settled.known, first, rows)


@compiled
def _lay_out(arcs: Ints, days: Ints, masks: Words, target: Ints, seeds: Ints, first: Ints, rows: Words) -> None:
    day_of = rows.view(np.int32)
    for arc in arcs:
        first[1 + (target[arc] if arc >= 0 else seeds[-1 - arc])] += 1
    for place in range(first.size - 1):
        first[place + 1] += first[place]
    at = first[:-1].copy()
    for entry in range(arcs.size):
        place = target[arcs[entry]] if arcs[entry] >= 0 else seeds[-1 - arcs[entry]]
        row = at[place]
        at[place] += 1
        rows[row, 0] = masks[entry, 0]
        rows[row, 1] = masks[entry, 1]
        day_of[row, 4] = days[entry]


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
    first: Ints, words: Words, agreement: Ints, base: Base, seeds: Seeds, begin: int, until: int, room: Room
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
    base_known, base_first, rows = base
    known, fresh, carried_by, first_waiting = room.known, room.fresh, room.carried, room.first_waiting
    days_of = rows.view(np.int32)
    days = first_waiting.size
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
        waiting[waits, 0] = first_waiting[at]
        waiting[waits, 1] = seeds.place[seed]
        waiting[waits, 2] = -1 - seed
        waiting_mask[waits] = seeds.mask[seed]
        first_waiting[at] = waits
        waits += 1
    for at in range(days):
        item = first_waiting[at]
        if item < 0:
            continue
        first_waiting[at] = -1
        day = begin + at
        back = 0
        while item >= 0:
            place = waiting[item, 1]
            low, high = _news(
                base_known, base_first, rows, days_of, known, place, day, waiting_mask[item, 0], waiting_mask[item, 1]
            )
            if low | high != none:
                if count == found.shape[0]:
                    found, found_mask = _wider(found), _wider(found_mask)
                if fresh[place, 0] | fresh[place, 1] == none:
                    if back == queue.size:
                        queue = _longer(queue)
                    queue[back] = place
                    back += 1
                _keep(known, fresh, found, found_mask, count, place, day, waiting[item, 2], low, high)
                count += 1
            item = waiting[item, 0]
        front = 0
        while front < back:
            here = queue[front]
            front += 1
            if front + 1 < back:
                fetch(fresh, queue[front + 1])
                fetch(first, queue[front + 1])
            if front < back:
                fetch(words, first[queue[front]])
            new_low = fresh[here, 0]
            new_high = fresh[here, 1]
            fresh[here, 0] = none
            fresh[here, 1] = none
            end = first[here + 1]
            for arc in range(first[here], end):
                ahead = numbers[min(arc + 4, end - 1), 4]
                fetch(base_known, ahead)
                fetch(known, ahead)
                low = words[arc, 0] & new_low
                high = words[arc, 1] & new_high
                if low | high == none:
                    continue
                arrives = max(day, numbers[arc, 6])
                if arrives > numbers[arc, 5] or arrives > until:
                    continue
                if not carried_by[agreement[arc]]:
                    carried_by[agreement[arc]] = True
                    if carries == carried.size:
                        carried = _longer(carried)
                    carried[carries] = agreement[arc]
                    carries += 1
                place = numbers[arc, 4]
                low, high = _news(base_known, base_first, rows, days_of, known, place, arrives, low, high)
                if low | high == none:
                    continue
                if arrives > day:
                    if waits == waiting.shape[0]:
                        waiting, waiting_mask = _wider(waiting), _wider(waiting_mask)
                    waiting[waits, 0] = first_waiting[arrives - begin]
                    waiting[waits, 1] = place
                    waiting[waits, 2] = arc
                    waiting_mask[waits, 0] = low
                    waiting_mask[waits, 1] = high
                    first_waiting[arrives - begin] = waits
                    waits += 1
                    continue
                if count == found.shape[0]:
                    found, found_mask = _wider(found), _wider(found_mask)
                if fresh[place, 0] | fresh[place, 1] == none:
                    if back == queue.size:
                        queue = _longer(queue)
                    queue[back] = place
                    back += 1
                _keep(known, fresh, found, found_mask, count, place, day, arc, low, high)
                count += 1
    for entry in range(count):
        known[found[entry, 0], 0] = none
        known[found[entry, 0], 1] = none
    for number in range(carries):
        carried_by[carried[number]] = False
    return Sooner(
        found[:count, 0].copy(),
        found[:count, 1].copy(),
        found[:count, 2].copy(),
        found_mask[:count],
        carried[:carries],
    )


@compiled
def _news(
    base_known: Words,
    base_first: Ints,
    rows: Words,
    days_of: Ints,
    known: Words,
    place: int,
    day: int,
    low: np.uint64,
    high: np.uint64,
) -> tuple[np.uint64, np.uint64]:
    """Of these pairs, those that a place has by this day neither by the base nor beyond it."""
    low &= ~known[place, 0]
    high &= ~known[place, 1]
    if (low & base_known[place, 0]) | (high & base_known[place, 1]) == np.uint64(0):
        return low, high
    for row in range(base_first[place], base_first[place + 1]):
        if days_of[row, 4] > day or low | high == np.uint64(0):
            break
        low &= ~rows[row, 0]
        high &= ~rows[row, 1]
    return low, high


@compiled
def _keep(
    known: Words,
    fresh: Words,
    found: Ints,
    found_mask: Words,
    count: int,
    place: int,
    day: int,
    arc: int,
    low: np.uint64,
    high: np.uint64,
) -> None:
    known[place, 0] |= low
    known[place, 1] |= high
    fresh[place, 0] |= low
    fresh[place, 1] |= high
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
