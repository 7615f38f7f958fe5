"""What is gone at the source, and what has another key there: as they bear on what was read before.

Ed-Fi's `/deletes` and `/keyChanges` tell what happened between two change versions (Change Queries, ODS/API 5.3-cqe,
6.1 and later). A record may have changed its key before it was deleted, and another may have taken its key; the
record's resource id says which is which.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from schoolgate.interop.edfi.rest.fields import KEYS, RESOURCES
from schoolgate.interop.edfi.rest.wire import ApiError, refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schoolgate.interop.edfi.rows import Key, Source

_SCHOOL_ID = re.compile(r"0*[1-9]\d{0,18}", re.ASCII)
_MAX_TEXT = 306
_NO_KEYS = (
    "ODS/API 5.1 to 5.3 without the change query enhancements names no keys, so what is gone cannot be found here: "
    "have it updated, and until then compare with a whole reading."
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class _Change:
    source: Source = field(compare=False)
    entity: str

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.entity} {self.source.file}:{self.source.line}>"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Gone(_Change):
    """A record that was deleted at the source.

    Attributes:
        source: Where it was read.
        entity: What it was, such as `DisciplineIncident`.
        key: The natural key under which it was known before this reading, shaped as the row's own `key`.
    """

    key: Key


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Rekeyed(_Change):
    """A record that has another natural key now. All of one reading hold at once: two may have swapped theirs.

    A record that is gone too is among them; it comes as `Gone` first, under its old key.

    Attributes:
        source: Where it was read.
        entity: What it is.
        old: The key under which it was known before this reading.
        new: The key it has now.
    """

    old: Key
    new: Key


@dataclass(frozen=True, slots=True, repr=False)
class Moved:
    """One record's change of key over the whole window."""

    old: Key
    new: Key
    first_version: int
    last_version: int


@dataclass(frozen=True, slots=True, repr=False)
class Deleted:
    """One record that was deleted, under the key that it had then."""

    identifier: str
    key: Key
    version: int


def read_key_changes(resource: str, items: Iterable[object], moved: dict[str, Moved], *, what: str) -> None:
    """Add a page of key changes to those known, by resource id; several changes of a record become one.

    Raises:
        ApiError: When one is not what it should be.
    """
    for number, item in enumerate(items, start=1):
        identifier, version, stated = _read_change(item, what, number)
        old, new = (_key(resource, stated.get(name), what, number) for name in ("oldKeyValues", "newKeyValues"))
        known = moved.setdefault(identifier, Moved(old, new, version, version))
        if version < known.first_version:
            moved[identifier] = Moved(old, known.new, version, known.last_version)
        elif version > known.last_version:
            moved[identifier] = Moved(known.old, new, known.first_version, version)


def holders_of(moved: dict[str, Moved], *, what: str) -> dict[Key, str]:
    """Who held each old key before the window, by resource id.

    Raises:
        ApiError: When two records did in turn: which of them is the one known here, nobody can tell.
    """
    holders: dict[Key, str] = {}
    for identifier, change in moved.items():
        if holders.setdefault(change.old, identifier) != identifier:
            raise _mixed_up(what)
    return holders


def known_before(deleted: Deleted, moved: dict[str, Moved], holders: dict[Key, str], *, what: str) -> Key | None:
    """The key under which a deleted record was known before the window; nothing when it was made within it.

    Args:
        deleted: The record.
        moved: The window's changes of keys, by resource id.
        holders: As `holders_of` tells.
        what: The resource and page.

    Raises:
        ApiError: When another record had this key too, and nobody can tell which of them is the one known here.
    """
    if deleted.identifier in moved:
        return moved[deleted.identifier].old
    other = holders.get(deleted.key)
    if other is None:
        return deleted.key
    if deleted.version < moved[other].last_version:
        raise _mixed_up(what)
    return None  # The other had the key and left it; this one took it and was deleted.


def _mixed_up(what: str) -> ApiError:
    remedy = "Compare with a whole reading, and look at the records whose keys changed."
    return refusal(what, "key", "each old key of one record only, for two would be mixed up", remedy)


def read_deletes(resource: str, items: Iterable[object], *, what: str) -> list[Deleted]:
    """A page of deletes.

    Raises:
        ApiError: When one is not what it should be, or the API names no keys.
    """
    found = []
    for number, item in enumerate(items, start=1):
        identifier, version, stated = _read_change(item, what, number)
        found.append(Deleted(identifier, _key(resource, stated.get("keyValues"), what, number), version))
    return found


def _read_change(item: object, what: str, number: int) -> tuple[str, int, dict[object, object]]:
    match item:
        case {"id": str(identifier), "changeVersion": int(version), **others} if identifier:
            return identifier.casefold().replace("-", ""), version, others
    raise refusal(_record(what, number), "change", "an id and a changeVersion", "Tell whoever runs the API.")


def _key(resource: str, stated: object, what: str, number: int) -> Key:
    if not isinstance(stated, dict):
        raise refusal(_record(what, number), "key", "the values of its natural key", _NO_KEYS)
    return tuple(_part(name, stated.get(name), what, number) for name in KEYS[RESOURCES[resource]])


def _part(name: str, value: object, what: str, number: int) -> str | int:
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if name == "schoolId" and _SCHOOL_ID.fullmatch(text) and int(text) < 2**63:
        return int(text)
    if name == "disciplineDate" and _is_date(text[:10]):
        return text[:10]
    if name not in {"schoolId", "disciplineDate"} and 0 < len(text) <= _MAX_TEXT:
        return text
    raise refusal(_record(what, number), name, "a value that can be a key", "Tell whoever runs the API.")


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _record(what: str, number: int) -> str:
    return f"{what}, record {number}"
