"""Whether lines of one table agree: what repeats, what contradicts, what would make one of two."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from schoolgate.interop.tables.rows import TableRow, spelled

if TYPE_CHECKING:
    from schoolgate.interop.tables.fields import SubjectFields


@dataclass(frozen=True, slots=True)
class Said:
    """What earlier lines make of a row: nothing, a repetition, or a contradiction in `field`."""

    is_repeated: bool = False
    field: str = ""
    expected: str = ""
    remedy: str = ""


class Held:
    """What earlier lines said, by digests only: 16 bytes for a key, 16 for what it says."""

    def __init__(self, known: SubjectFields) -> None:
        self._known = known
        self._rows: dict[bytes, tuple[bytes, int]] = {}
        self._owners: dict[bytes, tuple[bytes, int]] = {}

    def hold(self, row: TableRow) -> Said:
        """Hold a row against earlier ones, and remember it."""
        owner, agreeing, key = self._known.owner, self._known.agreeing, self._known.key
        agreed = _digest(row, agreeing)
        known_agreed, first = self._owners.setdefault(_digest(row, owner), (agreed, row.line))
        if known_agreed != agreed:
            named, same = " and ".join(owner), ", ".join(agreeing)
            expected = f"the same {same} as in line {first}, which has the same {named}"
            return Said(field=owner[-1], expected=expected, remedy="Two would become one: correct one of them.")
        whole = _digest(row, tuple(sorted(row.values)))
        known, line = self._rows.setdefault(_digest(row, key), (whole, row.line))
        if line == row.line:
            return Said()
        if known == whole:
            return Said(is_repeated=True)
        expected = f"another {', '.join(key)} than in line {line}, which says something else"
        return Said(field=key[0], expected=expected, remedy="Keep the line that is right.")


def _digest(row: TableRow, names: tuple[str, ...]) -> bytes:
    said = "\x1e".join(f"{name}\x1f{spelled(row.values.get(name))}" for name in names)
    return hashlib.sha256(said.encode()).digest()[:16]
