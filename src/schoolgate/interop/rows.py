"""What every feed yields: one frozen row a record, with its place, its natural key and its digest.

No row, and nothing in a row, shows its contents in `repr`: rows reach logs and tracebacks, their contents must not.
"""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, fields
from datetime import date, time
from decimal import Decimal
from functools import cache
from typing import ClassVar

type Key = tuple[str | int, ...]
"""A natural key."""


class Silent:
    """Says what it is but not what it holds."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a row was read: file and line of its beginning, or a server's resource and the record's number."""

    file: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Row(ABC):
    """One record.

    Attributes:
        source: Where it stands; two rows that differ only here are equal.
    """

    source: Source = field(compare=False)
    digest_format: ClassVar[str]
    not_digested: ClassVar[frozenset[str]] = frozenset({"source"})

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.source.file}:{self.source.line}>"

    @property
    @abstractmethod
    def key(self) -> Key:
        """The natural key, unique among rows of this type."""

    @property
    def digest(self) -> str:
        """SHA-256 in hex of what the row says, wherever it was read and whatever the order of its lists.

        Equal digests mean that an import may leave the row alone. The digest of a person's row can be guessed by
        trying names, so keep it where the row is kept and never in a log.
        """
        stated = {
            "format": self.digest_format,
            "row": type(self).__name__,
            **{name: _plain(getattr(self, name)) for name in _names(type(self)) if name not in self.not_digested},
        }
        return hashlib.sha256(_canonical(stated).encode()).hexdigest()


def _plain(value: object) -> object:
    match value:
        case None | bool() | int() | str():
            return value
        case date() | time():
            return value.isoformat()
        case Decimal():
            return format(value.normalize(), "f")
        case tuple():
            # A list in a row has no order; a key in such a list has.
            return sorted((list(one) if isinstance(one, tuple) else _plain(one) for one in value), key=_canonical)
        case Silent():
            kind: type = type(value)
            return {name: _plain(getattr(value, name)) for name in _names(kind)}
        case _:
            raise TypeError(f"a row holds no {type(value).__name__}")


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(one.name for one in fields(kind))


# Made once: an import digests every row, and to make an encoder costs more than to use it.
_canonical = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode
