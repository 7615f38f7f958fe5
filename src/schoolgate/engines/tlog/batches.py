"""Whether each period holds what its count says: one leaf of it, made before it was signed."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from schoolgate.engines.tlog.tiles import TILE_WIDTH

MOST_TILES: Final = 256
"""Tiles that a period can have: more than that without a count is a finding."""


@dataclass(slots=True)
class TileOfActs:
    """256 leaves, opened.

    Args:
        first: Index of the first.
        kinds: Kind of act to how many are here.
        destroyed: Indexes of those whose openings were destroyed.
        vectors: The counts of periods that stand here: where the period begins, and kind to number.
    """

    first: int
    kinds: Counter[str] = field(default_factory=Counter)
    destroyed: list[int] = field(default_factory=list)
    vectors: list[tuple[int, dict[str, int]]] = field(default_factory=list)


@dataclass(slots=True)
class _Lacking:
    """A period some of whose acts were destroyed: what its count says more than was opened."""

    leaves: list[int]
    kinds: Counter[str]


class Batches:
    """The periods of a log, tile by tile. Remembers one period, and of those with destroyed openings what they lack."""

    def __init__(self) -> None:
        self._tiles: list[TileOfActs] = []
        self._vector: tuple[int, dict[str, int]] | None = None
        self._lacking: list[_Lacking] = []

    def add(self, tile: TileOfActs) -> list[str]:
        """The next tile; returns what is wrong with the periods that end before or in it."""
        self._tiles.append(tile)
        found = []
        for first, counts in tile.vectors:
            if not any(first == one.first for one in self._tiles):
                found.append(f"a count of the period from entry {first} stands at entries {tile.first} and following")
            elif self._vector is not None and self._vector[0] == first:
                found.append(f"the period from entry {first} is counted twice")
            else:
                found += self._close(first)
                self._vector = first, counts
        if len(self._tiles) > MOST_TILES:
            found += self._close(tile.first + TILE_WIDTH)
        return found

    def finish(self, destroyed: Iterable[tuple[int, str]]) -> Iterator[str]:
        """The last period, and those that lack what was destroyed.

        Args:
            destroyed: Leaf and kind of what acts say was destroyed, in the order of the leaves.
        """
        if self._tiles:
            yield from self._close(self._tiles[-1].first + TILE_WIDTH)
        known = iter(destroyed)
        leaf, kind = next(known, (-1, ""))
        for one in self._lacking:
            kinds: Counter[str] = Counter()
            for index in one.leaves:
                while 0 <= leaf < index:
                    leaf, kind = next(known, (-1, ""))
                if leaf == index:
                    kinds[kind] += 1
            if kinds != one.kinds:
                yield f"what was destroyed at leaf {one.leaves[0]} and following is not what the period's count lacks"

    def _close(self, end: int) -> list[str]:
        """Hold the tiles before `end` against the count that is theirs."""
        tiles = [one for one in self._tiles if one.first < end]
        self._tiles = [one for one in self._tiles if one.first >= end]
        vector, self._vector = self._vector, None
        if not tiles:
            return []
        if vector is None:
            return [f"no leaf counts the period of entries {tiles[0].first} to {tiles[-1].first + TILE_WIDTH - 1}"]
        held: Counter[str] = Counter()
        for one in tiles:
            held.update(one.kinds)
        said = Counter(vector[1])
        leaves = [index for one in tiles for index in one.destroyed]
        lacking = said - held
        found = [
            f"the period from entry {vector[0]} holds {held[kind]} {kind}, and its count says {said[kind]}"
            for kind in sorted(held - said)
        ]
        if len(leaves) != lacking.total():
            found += [
                f"the period from entry {vector[0]} holds {held[kind]} {kind}, and its count says {said[kind]}"
                for kind in sorted(lacking)
            ] or [f"the period from entry {vector[0]} lacks {len(leaves)} openings, and its count no act"]
        elif leaves:
            self._lacking.append(_Lacking(leaves, lacking))
        return found
