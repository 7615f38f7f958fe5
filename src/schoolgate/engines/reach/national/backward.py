"""Backwards: which agencies reach some targets, in how many steps, and until when it is not too late.

One sweep from the targets against the arcs answers it for every agency at once. For a day that is asked about, what
an agency holds since then gets there when it can leave in time: each (place, pair) keeps the latest day on which it
may arrive there and still get to a target (latest departure; Wu et al., VLDB 2014, backwards over intervals: by an
arc to a place with latest day l it is min(last day of the arc, l), if the arc begins by l). Layer by layer, so the
first layer that finds an agency has the fewest steps.

O(layers x arcs into places that improve x their entries); a place improves once for each pair and each later day.
When something first arrives depends on where it comes from: ask `reach_national` from there.
"""

# ruff: noqa: PLR0917, C901, PLR0915 - compiled functions take places and not names, and a loop in them is one function

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np

from schoolgate.engines.reach.errors import ReachError
from schoolgate.engines.reach.national.asked import Asked, asked, halves
from schoolgate.engines.reach.national.compiled import Ints, Words, compiled
from schoolgate.engines.reach.national.index import Index
from schoolgate.engines.reach.network.nouns import Status


@dataclass(frozen=True, slots=True, eq=False)
class Leading:
    """Who can reach the targets with what they hold since a day; a row for each agency.

    Attributes:
        asked: The question; its start is empty.
        targets: Numbers of the targets, rising.
        steps: The fewest agreements to a target; 0 for targets, -1 for those that reach none.
        latest: The last day, as an ordinal, on which something held there can still get to a target; -1 for none.
        pairs: Which pairs can: two words an agency.
    """

    asked: Asked
    targets: Ints
    steps: Ints
    latest: Ints
    pairs: Words

    def sources(self) -> dict[str, int]:
        """Ids of all agencies that reach a target, with the fewest steps; without the targets."""
        ids = self.asked.index.columns.agencies
        return {ids[int(one)]: int(self.steps[one]) for one in np.flatnonzero(self.steps > 0)}


def leading_to(
    index: Index,
    targets: Iterable[str],
    since: date,
    kinds: Iterable[str],
    purposes: Iterable[str],
    *,
    until: date | None = None,
    statuses: Iterable[Status] | None = None,
) -> Leading:
    """Everything that can reach one of the targets: ids of agencies, or kinds of agencies after `kind:`.

    Raises:
        ReachError: For no target, an unknown one, a kind that no agency has; else as for `reach_national`.
    """
    numbers = np.array(sorted(index.columns.numbered(targets)), np.int32)
    if not numbers.size:
        raise ReachError("name at least one target, or a kind of agency that there is")
    question = asked(index, "", since, kinds, purposes, until=until, statuses=statuses)
    places = np.array([place for one in numbers for place in index.places_of(int(one))], np.int32)
    arcs = index.arcs
    every = np.array(halves(question.labels.everything), np.uint64)
    days = since.toordinal(), question.until
    steps, latest, pairs = _backwards(
        arcs.into_first, arcs.into, question.words, places, every, days, len(index.columns.agencies)
    )
    return Leading(question, numbers, steps[index.rank], latest[index.rank], pairs[index.rank])


@compiled
def _backwards(
    into_first: Ints, into: Ints, words: Words, targets: Ints, every: Words, days: tuple[int, int], agencies: int
) -> tuple[Ints, Ints, Words]:
    since, until = days
    numbers = words.view(np.int32)
    places = into_first.size - 1
    none = np.uint64(0)
    steps = np.full(places, -1, np.int32)
    latest = np.full(places, -1, np.int32)
    pairs = np.zeros((places, 2), np.uint64)
    head = np.full(places, -1, np.int32)
    # Of an entry: the one before it at its place, the place, the latest day.
    links = np.empty((2 * places + 16, 3), np.int32)
    masks = np.empty((2 * places + 16, 2), np.uint64)
    used = 0
    for place in targets:
        if head[place] < 0:
            head[place] = used
            links[used] = np.array([-1, place, until], np.int32)
            masks[used] = every
            steps[place] = 0
            latest[place] = until
            pairs[place] = every
            used += 1
    begin = 0
    layer = 0
    while begin < used:
        end = used
        layer += 1
        for entry in range(begin, end):
            here = links[entry, 1]
            limit = links[entry, 2]
            for at in range(into_first[here], into_first[here + 1]):
                arc = into[at]
                low = words[arc, 0] & masks[entry, 0]
                high = words[arc, 1] & masks[entry, 1]
                day = min(limit, numbers[arc, 5])
                if low | high == none or numbers[arc, 6] > limit or day < since:
                    continue
                place = numbers[arc, 7]
                held = head[place]
                while held >= 0 and low | high != none:
                    if links[held, 2] >= day:
                        low &= ~masks[held, 0]
                        high &= ~masks[held, 1]
                    elif held >= end:
                        # Found in this layer and not yet followed: what is later now need not be followed twice.
                        masks[held, 0] &= ~low
                        masks[held, 1] &= ~high
                    held = links[held, 0]
                if low | high == none:
                    continue
                if used == links.shape[0]:
                    links = np.concatenate((links, np.empty_like(links)))
                    masks = np.concatenate((masks, np.empty_like(masks)))
                links[used, 0] = head[place]
                links[used, 1] = place
                links[used, 2] = day
                masks[used, 0] = low
                masks[used, 1] = high
                head[place] = used
                used += 1
                pairs[place, 0] |= low
                pairs[place, 1] |= high
                latest[place] = max(latest[place], day)
                if steps[place] < 0:
                    steps[place] = layer
        begin = end
    return steps[:agencies], latest[:agencies], pairs[:agencies]
