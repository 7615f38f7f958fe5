"""The day sweep: every (place, pair) at its earliest day, with the arc it came by.

Data obtained on a day moves on that day or later while an agreement is in force: an interval temporal graph, in
which the one-pass scan over time-sorted contacts (Wu et al., VLDB 2014) is wrong, because an arc that began long ago
carries what arrives late. The sweep keeps the pass over days and repairs it: for each day, the arcs that begin that
day pull what their source holds; then a queue pushes only new pairs along the arcs in force. "Some pair survives" is
one yes/no reachability for each pair (label decomposition); all run together as the bits of two words.

With a arcs, p pairs and d_v arcs out of place v: O(a + sum of d_v x times v gets something new), at most p times a
place, so O(p a) at worst; no heap, no logarithm. An entry is kept for each time a place gets new pairs.
"""

# ruff: noqa: PLR0917, C901, PLR0912, PLR0915 - compiled functions take places and not names, and a loop in them is one function

from typing import Final, NamedTuple

import numpy as np

from schoolgate.engines.reach.national.compiled import Ints, Words, compiled
from schoolgate.engines.reach.national.fetching import fetch

# After every day.
NEVER: Final = 1 << 30
# Arcs that begin are fetched so many ahead.
_AHEAD: Final = 8


class Settled(NamedTuple):
    """What each place holds since when and by which arc: entries, linked by place, the last one first.

    An entry's key (day, order) is higher than the key of the entry it came from.
    """

    known: Words  # 2 words a place
    head: Ints  # the last entry of each place, or -1
    after: Ints  # of an entry: the one before it at the same place, or -1
    day: Ints
    arc: Ints  # by which it came; -1 - s for seed s
    order: Ints
    mask: Words  # 2 words an entry
    used: Ints  # one number: entries in use


class Seeds(NamedTuple):
    """What is held from the beginning, in order of days."""

    place: Ints
    day: Ints
    mask: Words  # 2 words each


def sweep(
    first: Ints, by_start: Ints, begins_at: Ints, begins_on: Ints, words: Words, seeds: Seeds, until: int, room: int
) -> Settled:
    """Settle everything that follows from the seeds by the last day.

    Args:
        first: Where the arcs of each place begin.
        by_start: Arcs in order of their first day.
        begins_at: The source of each of these.
        begins_on: And its first day: most sources have nothing yet, and their arcs need not be read.
        words: The arcs, as `Asked.words`.
        seeds: What is held from the beginning.
        until: The last day on which arcs begin; where they end has it in it.
        room: Entries to make room for at first; more is made when needed.
    """
    # numpy asks for large pages and compiled code does not: what is read at random is made here (a third faster).
    places = first.size - 1
    state, head = np.zeros((places, 4), np.uint64), np.full(places, -1, np.int32)
    made = np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room, np.int32), np.empty((room, 2), np.uint64)
    *links, masks, count = _swept(first, by_start, begins_at, begins_on, words, seeds, until, state, head, *made)
    after, days, arcs = (column[:count] for column in links)
    order = np.arange(count, dtype=np.int32)
    return Settled(state[:, :2].copy(), head, after, days, arcs, order, masks[:count], np.array([count], np.int32))


@compiled
def _swept(
    first: Ints,
    by_start: Ints,
    begins_at: Ints,
    begins_on: Ints,
    words: Words,
    seeds: Seeds,
    until: int,
    state: Words,  # known pairs and those not yet pushed: one half of a cache line a place
    head: Ints,
    after: Ints,  # of each entry, as in `Settled`
    days: Ints,
    by_arc: Ints,
    masks: Words,
) -> tuple[Ints, Ints, Ints, Words, int]:
    places = first.size - 1
    arcs = by_start.size
    numbers = words.view(np.int32)
    queue = np.empty(places + 1, np.int32)
    count = 0
    none = np.uint64(0)
    seed = 0
    begin = 0
    day = seeds.day[0] if seeds.day.size else NEVER
    while begin < arcs and begins_on[begin] <= day:
        begin += 1
    while day < NEVER:
        front = 0
        back = 0
        # Seeds of the day, then arcs that begin, then what follows: each is (from, pairs) offered to a place.
        while True:
            if seed < seeds.day.size and seeds.day[seed] == day:
                place = seeds.place[seed]
                low = seeds.mask[seed, 0] & ~state[place, 0]
                high = seeds.mask[seed, 1] & ~state[place, 1]
                arc = -1 - seed
                seed += 1
            elif begin < arcs and begins_on[begin] == day:
                arc = by_start[begin]
                source = begins_at[begin]
                begin += 1
                if begin + _AHEAD < arcs:
                    fetch(words, by_start[begin + _AHEAD])
                    fetch(state, begins_at[begin + _AHEAD])
                if state[source, 0] | state[source, 1] == none or numbers[arc, 5] < day:
                    continue
                low = words[arc, 0] & state[source, 0]
                high = words[arc, 1] & state[source, 1]
                if low | high == none:
                    continue
                place = numbers[arc, 4]
                low &= ~state[place, 0]
                high &= ~state[place, 1]
            else:
                break
            if low | high != none:
                if count == masks.shape[0]:
                    after, days, by_arc, masks = _longer(after), _longer(days), _longer(by_arc), _wider(masks)
                if state[place, 2] | state[place, 3] == none and first[place] < first[place + 1]:
                    queue[back] = place
                    back += 1
                _keep(state, head, after, days, by_arc, masks, count, place, day, arc, low, high)
                count += 1
        waiting = back
        while waiting > 0:
            here = queue[front]
            front = 0 if front == places else front + 1
            waiting -= 1
            if waiting > 1:
                ahead = queue[front + 1 if front < places else 0]
                fetch(state, ahead)
                fetch(first, ahead)
            if waiting > 0:
                fetch(words, first[queue[front]])
            new_low = state[here, 2]
            new_high = state[here, 3]
            state[here, 2] = none
            state[here, 3] = none
            for arc in range(first[here], first[here + 1]):
                if numbers[arc, 6] > day:
                    break
                fetch(state, numbers[min(arc + 4, arcs - 1), 4])
                if numbers[arc, 5] < day:
                    continue
                low = words[arc, 0] & new_low
                high = words[arc, 1] & new_high
                if low | high == none:
                    continue
                place = numbers[arc, 4]
                low &= ~state[place, 0]
                high &= ~state[place, 1]
                if low | high == none:
                    continue
                if count == masks.shape[0]:
                    after, days, by_arc, masks = _longer(after), _longer(days), _longer(by_arc), _wider(masks)
                if state[place, 2] | state[place, 3] == none and first[place] < first[place + 1]:
                    queue[back] = place
                    back = 0 if back == places else back + 1
                    waiting += 1
                _keep(state, head, after, days, by_arc, masks, count, place, day, arc, low, high)
                count += 1
        day = NEVER
        if seed < seeds.day.size:
            day = min(day, seeds.day[seed])
        if begin < arcs and begins_on[begin] <= until:
            day = min(day, begins_on[begin])
    return after, days, by_arc, masks, count


@compiled
def _keep(
    state: Words,
    head: Ints,
    after: Ints,
    days: Ints,
    by_arc: Ints,
    masks: Words,
    count: int,
    place: int,
    day: int,
    arc: int,
    low: np.uint64,
    high: np.uint64,
) -> None:
    state[place, 0] |= low
    state[place, 1] |= high
    state[place, 2] |= low
    state[place, 3] |= high
    after[count] = head[place]
    days[count] = day
    by_arc[count] = arc
    masks[count, 0] = low
    masks[count, 1] = high
    head[place] = count


@compiled
def _wider(rows: Words) -> Words:
    more = np.empty((2 * rows.shape[0] + 16, 2), np.uint64)
    more[: rows.shape[0]] = rows
    return more


@compiled
def _longer(column: Ints) -> Ints:
    more = np.empty(2 * column.size + 16, np.int32)
    more[: column.size] = column
    return more
