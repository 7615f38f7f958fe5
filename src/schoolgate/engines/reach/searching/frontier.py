"""What is known by which day: for a set of pairs, the earliest day on which something brought them."""

from bisect import bisect_left, bisect_right


class Frontier:
    """Pairs by day. A question costs O(log days), an addition O(days)."""

    __slots__ = ("_days", "_masks")

    def __init__(self) -> None:
        """Nothing is known."""
        self._days: list[int] = []
        self._masks: list[int] = []

    def by(self, day: int) -> int:
        """All pairs known on a day."""
        place = bisect_right(self._days, day)
        return self._masks[place - 1] if place else 0

    def add(self, day: int, mask: int) -> None:
        """These pairs are known from this day on."""
        days, masks = self._days, self._masks
        place = bisect_left(days, day)
        if place == len(days) or days[place] != day:
            days.insert(place, day)
            masks.insert(place, masks[place - 1] if place else 0)
        for later in range(place, len(masks)):
            masks[later] |= mask
