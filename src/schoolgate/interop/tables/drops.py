"""What was left behind while reading: names of fields and counts, never a value."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

_PLAIN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_. /()-]{0,79}", re.ASCII)
_MAX_NAMES = 2_000


@dataclass(frozen=True, slots=True, order=True)
class Drop:
    """How often one field was left behind with something in it.

    Attributes:
        table: The file, or the server's resource.
        field: The column's or field's name; `(odd name)` when that itself could be somebody's data.
        count: Cells that were not empty.
    """

    table: str
    field: str
    count: int


@dataclass(frozen=True, slots=True)
class DropReport:
    """What was not imported.

    Attributes:
        dropped: Fields that nothing here needs.
        refused: Fields that are never imported because they tell, or let one infer, status, origin or sex; and
            cells of other fields whose words did.
    """

    dropped: tuple[Drop, ...]
    refused: tuple[Drop, ...]

    @property
    def dropped_count(self) -> int:
        """Cells in all of dropped fields."""
        return sum(drop.count for drop in self.dropped)

    @property
    def refused_count(self) -> int:
        """Cells in all of refused fields."""
        return sum(drop.count for drop in self.refused)


class DropCounts:
    """Counts what is left behind, in memory bounded by the number of names."""

    def __init__(self) -> None:
        self._counts: dict[bool, Counter[tuple[str, str]]] = {False: Counter(), True: Counter()}

    def add(self, table: str, field: str, *, refused: bool, count: int = 1) -> None:
        """Count cells that were left behind."""
        key = (table, shown_name(field))
        counts = self._counts[refused]
        if key not in counts and len(counts) >= _MAX_NAMES:
            key = (table, "(other)")
        counts[key] += count

    def report(self) -> DropReport:
        """The counts, ordered by name."""
        dropped, refused = (
            tuple(sorted(Drop(table, field, count) for (table, field), count in self._counts[kind].items()))
            for kind in (False, True)
        )
        return DropReport(dropped, refused)


def shown_name(name: str) -> str:
    """A column's name as it may be repeated: a name that is not a plain one could be somebody's data."""
    return name.strip() if _PLAIN_NAME.fullmatch(name.strip()) else "(odd name)"
