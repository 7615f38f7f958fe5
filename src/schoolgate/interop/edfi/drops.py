"""What was left behind while parsing: names and counts, never a value."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

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


class Survey:
    """What one file holds, counted in memory bounded by the number of names, whatever the file's size.

    Attributes:
        records: How many records of each kind that is read.
        sha256: Of the stored bytes, in hex; empty until the file has been read to its end.
    """

    def __init__(self) -> None:
        self.records: Counter[str] = Counter()
        self.sha256 = ""
        self.drops: dict[bool, Counter[tuple[str, str]]] = {False: Counter(), True: Counter()}

    def add_drop(self, path: tuple[str, ...], *, refused: bool) -> None:
        """Count one occurrence of the field at `path`, which starts with the record's name."""
        entity, *fields = [name if _PLAIN_NAME.fullmatch(name) else "(odd name)" for name in path]
        key = (entity, "/".join(fields))
        counts = self.drops[refused]
        if key not in counts and len(counts) >= _MAX_NAMES:
            key = ("(other)", "")
        counts[key] += 1


def drop_report(surveys: Iterable[Survey]) -> DropReport:
    """The counts of all files together, ordered by name."""
    totals: dict[bool, Counter[tuple[str, str]]] = {False: Counter(), True: Counter()}
    for survey in surveys:
        for refused, counts in survey.drops.items():
            totals[refused].update(counts)
    dropped, refused_ = (
        tuple(sorted(Drop(entity, field, count) for (entity, field), count in totals[refused].items()))
        for refused in (False, True)
    )
    return DropReport(dropped=dropped, refused=refused_)
