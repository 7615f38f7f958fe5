"""Whether lines of one table agree: what repeats, what contradicts, what would make one of two."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from schoolgate.interop.tables.rows import TableRow, spelled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schoolgate.interop.tables.fields import SubjectFields


@dataclass(frozen=True, slots=True)
class Said:
    """What earlier lines make of a row: nothing, a repetition, or a contradiction in `field`."""

    is_repeated: bool = False
    field: str = ""
    expected: str = ""
    remedy: str = ""


_NOTHING_SAID: Final = Said()


class Held:
    """What earlier lines said, by digests only: 16 bytes for a key, 16 for what it says."""

    def __init__(self, known: SubjectFields) -> None:
        self._known = known
        self._names = tuple(one.name for one in known.fields)
        self._rows: dict[bytes, tuple[bytes, int]] = {}
        self._owners: dict[bytes, tuple[bytes, int]] = {}

    def hold(self, row: TableRow) -> Said:
        """Hold a row against earlier ones, and remember it."""
        owner, agreeing, key = self._known.owner, self._known.agreeing, self._known.key
        told = {name: spelled(value) for name, value in row.values.items()}
        agreed = _digest(told, agreeing)
        known_agreed, first = self._owners.setdefault(_digest(told, owner), (agreed, row.line))
        if known_agreed != agreed:
            named, same = " and ".join(owner), ", ".join(agreeing)
            expected = f"the same {same} as in line {first}, which has the same {named}"
            return Said(field=owner[-1], expected=expected, remedy="Two would become one: correct one of them.")
        whole = _digest(told, self._names)
        known, line = self._rows.setdefault(_digest(told, key), (whole, row.line))
        if line == row.line:
            return _NOTHING_SAID
        if known == whole:
            return Said(is_repeated=True)
        expected = f"another {', '.join(key)} than in line {line}, which says something else"
        return Said(field=key[0], expected=expected, remedy="Keep the line that is right.")


def _digest(told: Mapping[str, str], names: tuple[str, ...]) -> bytes:
    """Of the values of some fields, empty where nothing is said: no cell holds the character between them."""
    said = "\x1f".join([told.get(name, "") for name in names])
    return hashlib.blake2b(said.encode(), digest_size=16).digest()
