"""Only the ways that lie between what begins and some goals: searches asked again and again go over these alone."""

from collections.abc import Iterable, Sequence
from typing import Final

from schoolgate.engines.reach.searching.grid import Grid, Opening

_ALL: Final = -1


def between(
    over: Grid, masks: Sequence[int], goals: Iterable[int], known: Sequence[int] | None = None
) -> tuple[Grid, list[int]]:
    """Leave out every way, and of the others every bit, that leads to no goal whenever it goes.

    Days are not looked at, so what is left may still be too late: a search over it finds at the goals what one over
    everything finds there, now and after more ways have been taken away. O(ways x bits that turn up one by one).

    Args:
        over: States and ways.
        masks: For each edge the bits that it lets through.
        goals: The states that count.
        known: All that a search found, by state; ways over which nothing came are then left out too.
    """
    came = [_ALL] * len(over.number) if known is None else known
    useful = _useful(over, masks, goals, came)
    opening: dict[int, list[Opening]] = {}
    narrowed = [0] * len(masks)
    for starts, ways in over.opening.items():
        for way in ways:
            giver, edge, receiver, _ = way
            if (bits := masks[edge] & useful[receiver]) and bits & came[giver]:
                narrowed[edge] = bits
                opening.setdefault(starts, []).append(way)
    return Grid(over.edges, over.all_states, opening), narrowed


def _useful(over: Grid, masks: Sequence[int], goals: Iterable[int], came: Sequence[int]) -> list[int]:
    """For each state the bits of which some would get to a goal from there, backwards from the goals."""
    into: list[list[tuple[int, int]]] = [[] for _ in came]
    for ways in over.opening.values():
        for giver, edge, receiver, _ in ways:
            if bits := masks[edge] & came[giver]:
                into[receiver].append((giver, bits))
    useful = [0] * len(came)
    news = dict.fromkeys(goals, _ALL)
    for goal in news:
        useful[goal] = _ALL
    while news:
        state, bits = news.popitem()
        for giver, passing in into[state]:
            if (back := bits & passing) and (fresh := back & ~useful[giver]):
                useful[giver] |= fresh
                news[giver] = news.get(giver, 0) | fresh
    return useful
