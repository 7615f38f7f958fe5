"""The rules by which figures are counted from what the log's entries say: a file that is published with the figures.

Who audits counts by the file, not by our program's word for it.
"""

import datetime as dt
import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from schoolgate.engines.tlog.errors import AuditError

VERSION: Final = 1
SUBJECT: Final = "subject"
_MONTHS: Final = 3
_QUARTER: Final = re.compile(r"([2-9][0-9]{3})-Q([1-4])", re.ASCII)
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,59}", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """Three months of a year. They are disjoint, since the difference of two running totals is a small number."""

    year: int
    number: int

    @classmethod
    def of(cls, day: dt.date) -> Self:
        """The quarter a day lies in."""
        return cls(day.year, (day.month - 1) // _MONTHS + 1)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `2026-Q3`.

        Raises:
            AuditError: It is not written so.
        """
        found = _QUARTER.fullmatch(text)
        if not found:
            raise AuditError("a quarter is written like 2026-Q3")
        return cls(int(found[1]), int(found[2]))

    @property
    def name(self) -> str:
        """As it is written."""
        return f"{self.year}-Q{self.number}"

    @property
    def starts(self) -> dt.date:
        """Its first day."""
        return dt.date(self.year, (self.number - 1) * _MONTHS + 1, 1)

    @property
    def next(self) -> "Quarter":
        """The one after it."""
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)

    @property
    def last(self) -> dt.date:
        """Its last day."""
        return self.next.starts - dt.timedelta(days=1)

    def bounds(self, zone: ZoneInfo) -> tuple[int, int]:
        """The POSIX seconds at which it begins and the next one does, in a time zone."""
        begin, end = (int(dt.datetime.combine(one.starts, dt.time(), zone).timestamp()) for one in (self, self.next))
        return begin, end


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure, with a cell for each row.

    Args:
        id: Its name in files.
        title: Its name for people.
        kind: The kind of act that is counted.
        distinct: Whether different students are counted, each once, instead of acts.
        once: The fact, or `subject`, that no two acts of the kind may share; empty when there is none.
        students: Whether a cell about fewer students than the threshold is hidden, however many acts it counts.
    """

    id: str
    title: str
    kind: str
    distinct: bool
    once: str
    students: bool


@dataclass(frozen=True, slots=True)
class Rules:
    """What is counted, and how.

    Args:
        digest: SHA-256 of the file, in hex.
        zone: The time zone of the district's days.
        threshold: Smaller numbers are not shown, zero included.
        settled_after: Days after a quarter's end before it is counted: what a court ordered secret is known by then.
        row: The fact that says in which row an act is counted.
        otherwise: The row of what has none of its own.
        secret: The fact that says that a court ordered the act's subject to be kept secret.
        secret_kinds: The kinds of act that say so.
        rows: Row to its title.
        figures: What is counted.
        kept: Kinds of act whose openings are never destroyed.
    """

    digest: str
    zone: ZoneInfo
    threshold: int
    settled_after: int
    row: str
    otherwise: str
    secret: str
    secret_kinds: frozenset[str]
    rows: Mapping[str, str]
    figures: tuple[Figure, ...]
    kept: frozenset[str]

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a file of rules.

        Raises:
            AuditError: It is malformed; the message says where.
        """
        try:
            raw = tomllib.loads(data.decode())
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
            raise AuditError(f"the counting rules are not TOML: {problem}") from problem
        if raw.get("version") != VERSION:
            raise AuditError(f"these counting rules are not of version {VERSION}, the one that this program knows")
        reader = _Reader(raw)
        rules = cls(
            digest=hashlib.sha256(data).hexdigest(),
            zone=reader.zone(),
            threshold=reader.number("threshold", least=2),
            settled_after=reader.number("settled_after_days", least=0),
            row=reader.name("row"),
            otherwise=reader.name("otherwise"),
            secret=reader.name("secret"),
            secret_kinds=frozenset(reader.names("secret_kinds")),
            rows=reader.rows(),
            figures=tuple(reader.figure(one) for one in reader.list("figure")),
            kept=frozenset(reader.names("kept")),
        )
        if len({one.id for one in rules.figures}) != len(rules.figures):
            raise AuditError("two figures of the counting rules have one id")
        if rules.otherwise not in rules.rows:
            raise AuditError("`otherwise` of the counting rules is one of its rows")
        if lost := sorted(rules.kinds - rules.kept):
            raise AuditError(f"openings that are counted must be kept, these are not: {', '.join(lost)}")
        return rules

    @property
    def kinds(self) -> frozenset[str]:
        """Every kind of act that counting looks at."""
        return frozenset(one.kind for one in self.figures) | self.secret_kinds

    def settled(self, quarter: Quarter) -> int:
        """The POSIX second from which a quarter may be counted."""
        day = quarter.next.starts + dt.timedelta(days=self.settled_after)
        return int(dt.datetime.combine(day, dt.time(), self.zone).timestamp())


class _Reader:
    """A file of rules, read with a word about what is wrong."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self._raw = raw

    def number(self, key: str, *, least: int) -> int:
        value = self._raw.get(key)
        if type(value) is not int or value < least:
            raise AuditError(f"`{key}` of the counting rules is a whole number, {least} or more")
        return value

    def name(self, key: str) -> str:
        return _name(self._raw.get(key), key)

    def names(self, key: str) -> list[str]:
        return [_name(one, key) for one in self.list(key)]

    def list(self, key: str) -> list[Any]:
        value = self._raw.get(key)
        if not isinstance(value, list) or not value:
            raise AuditError(f"`{key}` of the counting rules is a list that is not empty")
        return value

    def zone(self) -> ZoneInfo:
        try:
            return ZoneInfo(str(self._raw.get("zone")))
        except (ZoneInfoNotFoundError, ValueError, OSError) as problem:
            raise AuditError("`zone` of the counting rules is no time zone, such as America/New_York") from problem

    def rows(self) -> Mapping[str, str]:
        value = self._raw.get("rows")
        if not isinstance(value, dict) or not value or not all(isinstance(title, str) for title in value.values()):
            raise AuditError("`rows` of the counting rules gives each row its title")
        return MappingProxyType({_name(row, "rows"): title for row, title in value.items()})

    def figure(self, raw: object) -> Figure:
        if not isinstance(raw, dict) or not {"id", "title", "kind", "counts"} <= raw.keys():
            raise AuditError("a figure of the counting rules has an id, a title, a kind and says what it counts")
        if raw["counts"] not in {"students", "acts"} or not isinstance(raw["title"], str):
            raise AuditError(f"the figure {raw['id']!r} counts `students` or `acts`, and has a title")
        distinct = raw["counts"] == "students"
        once = _name(raw["once"], "once") if "once" in raw else ""
        if not distinct and not once:
            raise AuditError(f"the figure {raw['id']!r} counts acts, so `once` says what no two of them may share")
        return Figure(
            id=_name(raw["id"], "id"),
            title=raw["title"],
            kind=_name(raw["kind"], "kind"),
            distinct=distinct,
            once=once,
            students=distinct or raw.get("hidden_under_students") is True,
        )


def _name(value: object, key: str) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise AuditError(f"`{key}` of the counting rules is a name in small letters: {value!r} is not")
    return value
