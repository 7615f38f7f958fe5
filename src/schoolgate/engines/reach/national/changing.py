"""What changes when arcs end and arcs begin: only what they touch is settled anew.

Ramalingam and Reps (J. Algorithms 1996, dynamic shortest paths) for the days of (place, pair)s: what came by an
ended arc is unsettled in order of its keys; it stays when another arc brings it the same day from something settled
before it, and otherwise unsettles what came by it. What is left is settled anew from its other arcs in order of days
(Dijkstra), together with what new arcs bring sooner. With k (place, pair)s whose day or arc changes and d arcs at
their places: O(d p + k log k) for p pairs; nothing elsewhere is read. Every change is logged and can be taken back.

Days tie all the time here (nothing takes any time within a day), so days alone do not order what came first. An
entry's key (day, order) does: whatever it came from has a lower one, before and after any change.
"""

# ruff: noqa: PLR0917 - compiled functions take places and not names, and a loop in them is one function

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from schoolgate.engines.reach.national.compiled import Ints, Words, compiled
from schoolgate.engines.reach.national.settling import Settled

# Low and high.
Pairs = tuple[np.uint64, np.uint64]
# Places in `Work.sizes`.
LOGGED: Final = 0
ITEMS: Final = 1
HEAPED: Final = 2
LOST: Final = 3
FULL: Final = 4
# In the log: this line is about an entry, not a place.
ENTRY: Final = -2


class Graph(NamedTuple):
    """The arcs of a question and those on trial."""

    first: Ints
    into_first: Ints
    into: Ints
    words: Words  # as `Asked.words`; those on trial behind the others
    trial: int  # the first arc on trial


class Work(NamedTuple):
    """Room to work in, taken once."""

    log: Ints  # 2 a line: an entry and `ENTRY`, or a place and its head
    log_mask: Words  # what it was
    item: Ints  # 3 an item: place, arc, order
    item_mask: Words
    item_day: Ints
    keys: NDArray[np.int64]
    heap: Ints
    lost: Ints
    lost_mask: Words
    sizes: Ints


def work_of(room: int) -> Work:
    """Room for this many lines of each sort."""
    return Work(
        np.empty((room, 2), np.int32),
        np.empty((room, 2), np.uint64),
        np.empty((room, 3), np.int32),
        np.empty((room, 2), np.uint64),
        np.empty(room, np.int32),
        np.empty(room, np.int64),
        np.empty(room, np.int32),
        np.empty(room, np.int32),
        np.empty((room, 2), np.uint64),
        np.zeros(5, np.int32),
    )


@compiled
def change(graph: Graph, settled: Settled, work: Work, ended: Ints, instead: Ints, trials: int) -> bool:
    """End arcs, put those on trial to use, and settle what follows.

    Args:
        graph: What leads where; the words of ended arcs become nothing (the caller puts them back).
        settled: Changed in place; `undo` takes it back.
        work: Its log grows.
        ended: Arcs that end.
        instead: For each the arc on trial that replaces it, or -1.
        trials: How many arcs are on trial.

    Returns:
        Whether there was room; if not, undo, take more room and try again.
    """
    numbers = graph.words.view(np.int32)
    work.sizes[ITEMS] = 0
    work.sizes[HEAPED] = 0
    work.sizes[LOST] = 0
    for number in range(ended.size):
        _end(graph, numbers, settled, work, ended[number], instead[number])
    for arc in ended:
        graph.words[arc, 0] = np.uint64(0)
        graph.words[arc, 1] = np.uint64(0)
    _unsettle(graph, numbers, settled, work, trials)
    work.sizes[ITEMS] = 0
    for number in range(work.sizes[LOST]):
        place = work.lost[number]
        low = work.lost_mask[number, 0] & ~settled.known[place, 0]
        high = work.lost_mask[number, 1] & ~settled.known[place, 1]
        for at in range(graph.into_first[place], graph.into_first[place + 1]):
            _offer(graph, numbers, settled, work, graph.into[at], low, high)
    every = np.uint64(0xFFFFFFFFFFFFFFFF)
    for arc in range(graph.trial, graph.trial + trials):
        _offer(graph, numbers, settled, work, arc, every, every)
    _settle(graph, numbers, settled, work, trials)
    return bool(work.sizes[FULL] == 0)


@compiled
def undo(settled: Settled, work: Work, logged: int, count: int) -> None:
    """Take back all that was logged since, the last first."""
    for line in range(work.sizes[LOGGED] - 1, logged - 1, -1):
        which = work.log[line, 0]
        if work.log[line, 1] == ENTRY:
            settled.mask[which, 0] = work.log_mask[line, 0]
            settled.mask[which, 1] = work.log_mask[line, 1]
        else:
            settled.head[which] = work.log[line, 1]
            settled.known[which, 0] = work.log_mask[line, 0]
            settled.known[which, 1] = work.log_mask[line, 1]
    work.sizes[LOGGED] = logged
    work.sizes[FULL] = 0
    settled.used[0] = count


@compiled
def _end(graph: Graph, numbers: Ints, settled: Settled, work: Work, arc: int, instead: int) -> None:
    """Unsettle what came by an arc, but for what its replacement brings on the same day."""
    place = numbers[arc, 4]
    entry = settled.head[place]
    while entry >= 0:
        following = settled.after[entry]
        if settled.arc[entry] == arc:
            low = settled.mask[entry, 0]
            high = settled.mask[entry, 1]
            day = settled.day[entry]
            order = settled.order[entry]
            _remove(settled, work, place, entry, low, high)
            if instead >= 0 and numbers[instead, 4] == place:
                kept_low, kept_high = _brought(graph, numbers, settled, instead, day, order, low, high)
                if kept_low | kept_high != np.uint64(0):
                    _keep(settled, work, place, day, instead, order, kept_low, kept_high)
                    low &= ~kept_low
                    high &= ~kept_high
            if low | high != np.uint64(0):
                _push(work, place, day, arc, order, low, high)
        entry = following


@compiled
def _unsettle(graph: Graph, numbers: Ints, settled: Settled, work: Work, trials: int) -> None:
    """Orphans in order of their keys: each finds another arc for the same day or leaves its own orphans."""
    none = np.uint64(0)
    while work.sizes[HEAPED] > 0 and work.sizes[FULL] == 0:
        item = _pop(work)
        place = work.item[item, 0]
        order = work.item[item, 2]
        day = work.item_day[item]
        low = work.item_mask[item, 0]
        high = work.item_mask[item, 1]
        for at in range(graph.into_first[place], graph.into_first[place + 1]):
            arc = graph.into[at]
            kept_low, kept_high = _brought(graph, numbers, settled, arc, day, order, low, high)
            if kept_low | kept_high != none:
                _keep(settled, work, place, day, arc, order, kept_low, kept_high)
                low &= ~kept_low
                high &= ~kept_high
                if low | high == none:
                    break
        if low | high == none:
            continue
        lost = work.sizes[LOST]
        if lost == work.lost.size:
            work.sizes[FULL] = 1
            return
        work.lost[lost] = place
        work.lost_mask[lost, 0] = low
        work.lost_mask[lost, 1] = high
        work.sizes[LOST] = lost + 1
        for arc in range(graph.first[place], graph.first[place + 1]):
            _orphan(graph, numbers, settled, work, arc, low, high)
        for arc in range(graph.trial, graph.trial + trials):
            if numbers[arc, 7] == place:
                _orphan(graph, numbers, settled, work, arc, low, high)


@compiled
def _orphan(
    graph: Graph, numbers: Ints, settled: Settled, work: Work, arc: int, low: np.uint64, high: np.uint64
) -> None:
    """Unsettle what came by an arc of these pairs."""
    low &= graph.words[arc, 0]
    high &= graph.words[arc, 1]
    if low | high == np.uint64(0):
        return
    place = numbers[arc, 4]
    if (low & settled.known[place, 0]) | (high & settled.known[place, 1]) == np.uint64(0):
        return
    entry = settled.head[place]
    while entry >= 0:
        following = settled.after[entry]
        if settled.arc[entry] == arc:
            gone_low = low & settled.mask[entry, 0]
            gone_high = high & settled.mask[entry, 1]
            if gone_low | gone_high != np.uint64(0):
                day = settled.day[entry]
                order = settled.order[entry]
                _remove(settled, work, place, entry, gone_low, gone_high)
                _push(work, place, day, arc, order, gone_low, gone_high)
        entry = following


@compiled
def _brought(
    graph: Graph, numbers: Ints, settled: Settled, arc: int, day: int, order: int, low: np.uint64, high: np.uint64
) -> Pairs:
    """Of these pairs, those that an arc brings on exactly this day from entries with a lower key."""
    low &= graph.words[arc, 0]
    high &= graph.words[arc, 1]
    found_low = np.uint64(0)
    found_high = np.uint64(0)
    if low | high == found_low or numbers[arc, 5] < day or numbers[arc, 6] > day:
        return found_low, found_high
    source = numbers[arc, 7]
    if (low & settled.known[source, 0]) | (high & settled.known[source, 1]) == found_low:
        return found_low, found_high
    entry = settled.head[source]
    while entry >= 0:
        since = settled.day[entry]
        if max(since, numbers[arc, 6]) == day and (since < day or settled.order[entry] < order):
            found_low |= low & settled.mask[entry, 0]
            found_high |= high & settled.mask[entry, 1]
        entry = settled.after[entry]
    return found_low, found_high


@compiled
def _offer(
    graph: Graph, numbers: Ints, settled: Settled, work: Work, arc: int, low: np.uint64, high: np.uint64
) -> None:
    """Queue what an arc brings of these pairs where it is sooner than what is held."""
    low &= graph.words[arc, 0]
    high &= graph.words[arc, 1]
    source = numbers[arc, 7]
    none = np.uint64(0)
    if (low & settled.known[source, 0]) | (high & settled.known[source, 1]) == none:
        return
    last = numbers[arc, 5]
    entry = settled.head[source]
    while entry >= 0:
        some_low = low & settled.mask[entry, 0]
        some_high = high & settled.mask[entry, 1]
        day = max(settled.day[entry], numbers[arc, 6])
        if some_low | some_high != none and day <= last:
            some_low, some_high = _sooner(settled, numbers[arc, 4], day, some_low, some_high)
            if some_low | some_high != none:
                _push(work, numbers[arc, 4], day, arc, 0, some_low, some_high)
        entry = settled.after[entry]


@compiled
def _settle(graph: Graph, numbers: Ints, settled: Settled, work: Work, trials: int) -> None:
    """Dijkstra over days: keep what is sooner than what is held, and offer it on."""
    none = np.uint64(0)
    while work.sizes[HEAPED] > 0 and work.sizes[FULL] == 0:
        item = _pop(work)
        place = work.item[item, 0]
        day = work.item_day[item]
        low, high = _sooner(settled, place, day, work.item_mask[item, 0], work.item_mask[item, 1])
        if low | high == none:
            continue
        if (low & settled.known[place, 0]) | (high & settled.known[place, 1]) != none:
            entry = settled.head[place]
            while entry >= 0:
                gone_low = low & settled.mask[entry, 0]
                gone_high = high & settled.mask[entry, 1]
                if gone_low | gone_high != none:
                    _remove(settled, work, place, entry, gone_low, gone_high)
                entry = settled.after[entry]
        _keep(settled, work, place, day, work.item[item, 1], settled.used[0], low, high)
        for arc in range(graph.first[place], graph.first[place + 1]):
            _pass_on(graph, numbers, settled, work, arc, day, low, high)
        for arc in range(graph.trial, graph.trial + trials):
            if numbers[arc, 7] == place:
                _pass_on(graph, numbers, settled, work, arc, day, low, high)


@compiled
def _pass_on(
    graph: Graph, numbers: Ints, settled: Settled, work: Work, arc: int, day: int, low: np.uint64, high: np.uint64
) -> None:
    low &= graph.words[arc, 0]
    high &= graph.words[arc, 1]
    if low | high == np.uint64(0):
        return
    day = max(day, numbers[arc, 6])
    if day <= numbers[arc, 5]:
        low, high = _sooner(settled, numbers[arc, 4], day, low, high)
        if low | high != np.uint64(0):
            _push(work, numbers[arc, 4], day, arc, 0, low, high)


@compiled
def _sooner(settled: Settled, place: int, day: int, low: np.uint64, high: np.uint64) -> Pairs:
    """Of these pairs, those that the place does not have by this day."""
    left_low = low & settled.known[place, 0]
    left_high = high & settled.known[place, 1]
    low &= ~left_low
    high &= ~left_high
    entry = settled.head[place]
    while entry >= 0 and left_low | left_high != np.uint64(0):
        has_low = left_low & settled.mask[entry, 0]
        has_high = left_high & settled.mask[entry, 1]
        if settled.day[entry] > day:
            low |= has_low
            high |= has_high
        left_low &= ~has_low
        left_high &= ~has_high
        entry = settled.after[entry]
    return low, high


@compiled
def _remove(settled: Settled, work: Work, place: int, entry: int, low: np.uint64, high: np.uint64) -> None:
    if _logs(work, entry, ENTRY, settled.mask[entry, 0], settled.mask[entry, 1]) and _logs(
        work, place, settled.head[place], settled.known[place, 0], settled.known[place, 1]
    ):
        settled.mask[entry, 0] &= ~low
        settled.mask[entry, 1] &= ~high
        settled.known[place, 0] &= ~low
        settled.known[place, 1] &= ~high


@compiled
def _keep(
    settled: Settled, work: Work, place: int, day: int, arc: int, order: int, low: np.uint64, high: np.uint64
) -> None:
    entry = settled.used[0]
    if entry == settled.day.size:
        work.sizes[FULL] = 1
    elif _logs(work, place, settled.head[place], settled.known[place, 0], settled.known[place, 1]):
        settled.after[entry] = settled.head[place]
        settled.day[entry] = day
        settled.arc[entry] = arc
        settled.order[entry] = order
        settled.mask[entry, 0] = low
        settled.mask[entry, 1] = high
        settled.head[place] = entry
        settled.known[place, 0] |= low
        settled.known[place, 1] |= high
        settled.used[0] = entry + 1


@compiled
def _logs(work: Work, which: int, what: int, low: np.uint64, high: np.uint64) -> bool:
    line = work.sizes[LOGGED]
    if line == work.log.shape[0]:
        work.sizes[FULL] = 1
        return False
    work.log[line, 0] = which
    work.log[line, 1] = what
    work.log_mask[line, 0] = low
    work.log_mask[line, 1] = high
    work.sizes[LOGGED] = line + 1
    return True


@compiled
def _push(work: Work, place: int, day: int, arc: int, order: int, low: np.uint64, high: np.uint64) -> None:
    """Put an item on the heap, by day and then by order, or by turn where there is none."""
    item = work.sizes[ITEMS]
    if item == work.keys.size:
        work.sizes[FULL] = 1
        return
    work.sizes[ITEMS] = item + 1
    work.item[item, 0] = place
    work.item[item, 1] = arc
    work.item[item, 2] = order
    work.item_day[item] = day
    work.item_mask[item, 0] = low
    work.item_mask[item, 1] = high
    key = np.int64(day) << 32 | (np.int64(order) if order > 0 else np.int64(item))
    work.keys[item] = key
    at = work.sizes[HEAPED]
    work.sizes[HEAPED] = at + 1
    while at > 0:
        above = (at - 1) >> 1
        if work.keys[work.heap[above]] <= key:
            break
        work.heap[at] = work.heap[above]
        at = above
    work.heap[at] = item


@compiled
def _pop(work: Work) -> int:
    top = int(work.heap[0])
    size = work.sizes[HEAPED] - 1
    work.sizes[HEAPED] = size
    last = work.heap[size]
    key = work.keys[last]
    at = 0
    while True:
        below = 2 * at + 1
        if below >= size:
            break
        if below + 1 < size and work.keys[work.heap[below + 1]] < work.keys[work.heap[below]]:
            below += 1
        if work.keys[work.heap[below]] >= key:
            break
        work.heap[at] = work.heap[below]
        at = below
    work.heap[at] = last
    return top
