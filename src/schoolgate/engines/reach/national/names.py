"""Many ids in one block of bytes, found by a table of numbers: a million strings would take longer to load."""

# ruff: noqa: PLR0917 - compiled functions take places and not names

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from schoolgate.engines.reach.errors import ReachError
from schoolgate.engines.reach.national.compiled import NONE, Ints, compiled

_LINE: Final = 10

Bytes = NDArray[np.uint8]


class Names:
    """Ids in order, each on a line of its own.

    Args:
        what: What they are ids of, for messages.
        text: Each id followed by a line end, UTF-8.

    Raises:
        ReachError: For an id that is empty or used twice, with its place, and for bytes that are no lines of UTF-8.
            O(bytes).
    """

    __slots__ = ("_bytes", "_ends", "_table", "text", "what")

    def __init__(self, what: str, text: bytes) -> None:
        self.what = what
        self.text = text
        if text and text[-1] != _LINE:
            raise ReachError(f"{what}: the last id has no line end; the file is cut short")
        try:
            text.decode()
        except UnicodeDecodeError as error:
            raise ReachError(f"{what}: the ids are not UTF-8 at byte {error.start}") from error
        self._bytes: Bytes = np.frombuffer(text, np.uint8)
        self._ends: Ints = np.flatnonzero(self._bytes == _LINE).astype(np.int32)
        empty = np.diff(self._ends, prepend=NONE) == 1
        if empty.any():
            raise ReachError(f"{what}[{int(empty.argmax())}].id is empty")
        self._table, twice = _tabled(self._bytes, self._ends)
        if twice != NONE:
            raise ReachError(f"{what}[{twice}].id: {self[twice]!r} is used twice; ids must be unique")

    @classmethod
    def of(cls, what: str, names: Iterable[str]) -> "Names":
        """Keep these ids; ReachError as for the class, and for an id of several lines."""
        listed = list(names)
        for place, name in enumerate(listed):
            if "\n" in name:
                raise ReachError(f"{what}[{place}].id: {name!r} must be one line")
        return cls(what, "".join(f"{name}\n" for name in listed).encode())

    def __len__(self) -> int:
        return self._ends.size

    def __getitem__(self, place: int) -> str:
        begins = int(self._ends[place - 1]) + 1 if place else 0
        return self.text[begins : int(self._ends[place])].decode()

    def __contains__(self, name: str) -> bool:
        return self._find(name) != NONE

    def place(self, name: str) -> int:
        """Where an id stands; O(its length).

        Raises:
            ReachError: When there is no such id.
        """
        found = self._find(name)
        if found == NONE:
            raise ReachError(f"{self.what}: there is no {name!r} among the {len(self)} known")
        return found

    def _find(self, name: str) -> int:
        wanted = np.frombuffer(name.encode(), np.uint8)
        return int(_found(self._bytes, self._ends, self._table, wanted, 0, wanted.size))


@compiled
def _tabled(text: Bytes, ends: Ints) -> tuple[Ints, int]:
    """A hash table (FNV-1a, open addressing, at most half full) of the lines, and a line that was there before."""
    size = 2
    while size < 2 * ends.size:
        size *= 2
    table = np.full(size, -1, np.int32)
    begins = 0
    for line in range(ends.size):
        if _found(text, ends, table, text, begins, ends[line]) >= 0:
            return table, line
        at = _hash(text, begins, ends[line]) & (size - 1)
        while table[at] >= 0:
            at = (at + 1) & (size - 1)
        table[at] = line
        begins = ends[line] + 1
    return table, -1


@compiled
def _found(text: Bytes, ends: Ints, table: Ints, wanted: Bytes, low: int, high: int) -> int:
    """The line that equals these bytes of `wanted`, or -1."""
    at = _hash(wanted, low, high) & (table.size - 1)
    while table[at] >= 0:
        line = table[at]
        begins = ends[line - 1] + 1 if line > 0 else 0
        if ends[line] - begins == high - low:
            same = True
            for number in range(high - low):
                if text[begins + number] != wanted[low + number]:
                    same = False
                    break
            if same:
                return int(line)
        at = (at + 1) & (table.size - 1)
    return -1


@compiled
def _hash(text: Bytes, low: int, high: int) -> int:
    found = np.uint64(14695981039346656037)
    for at in range(low, high):
        found = (found ^ np.uint64(text[at])) * np.uint64(1099511628211)
    return int((found ^ (found >> np.uint64(32))) & np.uint64(0x7FFFFFFF))
