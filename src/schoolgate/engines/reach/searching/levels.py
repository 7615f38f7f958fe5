"""A queue in which equals come out together."""

import heapq
from collections.abc import Hashable
from typing import Any


class Level[Place: Hashable, Item]:
    """What waits under one key; pairs that one item has claimed at a place need not wait there twice."""

    __slots__ = ("claimed", "waiting")

    def __init__(self) -> None:
        """Nothing waits."""
        self.waiting: list[Item] = []
        self.claimed: dict[Place, int] = {}

    def claim(self, place: Place, mask: int) -> int:
        """The pairs that nobody has claimed there yet; they are claimed now."""
        before = self.claimed.get(place, 0)
        new = mask & ~before
        if new:
            self.claimed[place] = before | new
        return new


class Levels[Key: tuple[Any, ...], Place: Hashable, Item]:
    """Levels by key, the lowest first; O(log keys) for a new key and for each level taken."""

    __slots__ = ("_levels", "_order")

    def __init__(self) -> None:
        """Nothing waits."""
        self._order: list[Key] = []
        self._levels: dict[Key, Level[Place, Item]] = {}

    def at(self, key: Key) -> Level[Place, Item]:
        """The level of a key."""
        if (level := self._levels.get(key)) is None:
            level = self._levels[key] = Level()
            heapq.heappush(self._order, key)
        return level

    def pop(self) -> Level[Place, Item] | None:
        """Take the lowest level; None when nothing waits."""
        return self._levels.pop(heapq.heappop(self._order)) if self._order else None
