"""What was left behind while parsing: names and counts, never a value."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

_MAX_NAMES = 2_000
_PLAIN_NAME = re.compile(r"@?[A-Za-z][A-Za-z0-9]{0,99}")


@dataclass(frozen=True, slots=True, order=True)
class Drop:
    """How often one field was left behind.

    Attributes:
        entity: The record's element name.
        field: Path of the field below the record, such as `BirthData/BirthCity`; empty for a whole record.
        count: Occurrences.
    """

    entity: str
    field: str
    count: int


@dataclass(frozen=True, slots=True)
class DropReport:
    """What was not imported.

    Attributes:
        dropped: Fields and whole records that nothing here needs.
        refused: Fields that are never imported because they tell, or let one infer, status or origin.
    """

    dropped: tuple[Drop, ...]
    refused: tuple[Drop, ...]

    @property
    def dropped_count(self) -> int:
        """Occurrences in all of dropped fields and records."""
        return sum(drop.count for drop in self.dropped)

    @property
    def refused_count(self) -> int:
        """Occurrences in all of refused fields."""
        return sum(drop.count for drop in self.refused)


class DropCounter:
    """Counts dropped fields in memory bounded by the number of names, whatever the file holds."""

    def __init__(self) -> None:
        self._counts: dict[bool, Counter[tuple[str, str]]] = {False: Counter(), True: Counter()}

    def add(self, path: tuple[str, ...], *, refused: bool) -> None:
        """Count one occurrence of the field at `path`, which starts with the record's name."""
        entity, *fields = [name if _PLAIN_NAME.fullmatch(name) else "(odd name)" for name in path]
        key = (entity, "/".join(fields))
        counts = self._counts[refused]
        if key not in counts and len(counts) >= _MAX_NAMES:
            key = ("(other)", "")
        counts[key] += 1

    def report(self) -> DropReport:
        """The counts so far, ordered by name."""
        dropped, refused = (
            tuple(sorted(Drop(entity, field, count) for (entity, field), count in self._counts[flag].items()))
            for flag in (False, True)
        )
        return DropReport(dropped=dropped, refused=refused)
