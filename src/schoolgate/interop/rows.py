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
from typing import ClassVar, cast

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
            **{one.name: _plain(getattr(self, one.name)) for one in fields(self) if one.name not in self.not_digested},
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
            # Each is a dataclass, as any other is; the type says nothing of it.
            return {one.name: _plain(getattr(value, one.name)) for one in fields(cast("Source", value))}
        case _:
            raise TypeError(f"a row holds no {type(value).__name__}")


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
