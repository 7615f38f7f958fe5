"""Which column is which field: proposed from the headers, confirmed by a person, kept as JSON.

A proposal is never a mapping: only what a person confirmed is read by. A column whose name says that it may never
enter can be in neither.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, get_args

from rapidfuzz import fuzz

from schoolgate.interop.problems import Problem, ReadingError
from schoolgate.interop.tables.cells import DateOrder
from schoolgate.interop.tables.drops import shown_name
from schoolgate.interop.tables.fields import FIELDS, Field, Subject
from schoolgate.interop.tables.never import folded, is_refused_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from schoolgate.interop.tables.text import Encoding

_FORMAT: Final = "schoolgate-mapping/1"
_SIMILAR: Final = 88
_SAME: Final = 100.0
_LONG: Final = 4
_MAX_JSON: Final = 100_000
_ENCODINGS: Final[tuple[Encoding, ...]] = ("utf-8", "windows-1252")
_SEPARATORS: Final = (",", ";", "\t")
_ORDERS: Final[tuple[DateOrder, ...]] = get_args(DateOrder.__value__)

type Why = Literal["same name", "similar name"]


@dataclass(frozen=True, slots=True)
class Proposed:
    """A column that may be a field, and why."""

    field: str
    why: Why


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the headers suggest, for a person to look at.

    Attributes:
        subject: What the spreadsheet is about.
        columns: The columns that may be fields.
        refused: Columns that may never enter, by their names.
        left: Columns that nothing is proposed for.
        missing: Fields that every row needs, and no column is proposed for.
    """

    subject: Subject
    columns: Mapping[str, Proposed]
    refused: tuple[str, ...]
    left: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """What a person confirmed.

    Attributes:
        subject: What the spreadsheet is about.
        columns: The field of each column that is read; others are not.
        date_order: What dates such as 03/04/2026 mean in this spreadsheet; `None`: nobody said, so they are refused.
        encoding: Of the file.
        separator: Between cells.

    Raises:
        ReadingError: A column may never enter, a field is mapped twice or unknown, a needed one is missing.
    """

    subject: Subject
    columns: Mapping[str, str]
    date_order: DateOrder | None = None
    encoding: Encoding = "utf-8"
    separator: str = ","

    def __post_init__(self) -> None:
        if self.subject not in FIELDS:
            raise _refusal("subject", f"one of {', '.join(FIELDS)}", "Choose one.")
        known = FIELDS[self.subject]
        for column, name in self.columns.items():
            if is_refused_name(column):
                raise _refusal(shown_name(column), "a column that may enter", "This one never may: leave it out.")
            if known.field(name) is None:
                raise _refusal(shown_name(column), f"a field of {self.subject}", "Choose one of those offered.")
        if len(set(self.columns.values())) < len(self.columns):
            raise _refusal("columns", "each field once", "Two columns are mapped on one field: choose one of them.")
        if missing := [name for name in known.needed if name not in self.columns.values()]:
            raise _refusal("columns", f"a column for {', '.join(missing)}", "Every row needs it: choose its column.")
        if (
            self.date_order not in {None, *_ORDERS}
            or self.encoding not in _ENCODINGS
            or self.separator not in _SEPARATORS
        ):
            raise _refusal("settings", "a date order, encoding and separator of those offered", "Choose anew.")
        object.__setattr__(self, "columns", MappingProxyType(dict(self.columns)))

    def to_json(self) -> str:
        """The mapping as JSON, the same for the same mapping."""
        stated = {
            "format": _FORMAT,
            "subject": self.subject,
            "columns": dict(self.columns),
            "date_order": self.date_order,
            "encoding": self.encoding,
            "separator": self.separator,
        }
        return json.dumps(stated, ensure_ascii=False, indent=2, sort_keys=True) + "\n"

    @staticmethod
    def from_json(text: str) -> ColumnMapping:
        """Read what `to_json` wrote.

        Raises:
            ReadingError: It is no such mapping, or maps what may not be mapped.
        """
        try:
            stated = json.loads(text) if len(text) <= _MAX_JSON else None
        except (ValueError, RecursionError):
            stated = None
        names = {"format", "subject", "columns", "date_order", "encoding", "separator"}
        if not isinstance(stated, dict) or stated.keys() != names or stated["format"] != _FORMAT:
            raise _refusal("file", "a mapping as it was saved", "Make the mapping anew.")
        columns = stated.pop("columns")
        del stated["format"]
        is_plain = all(one is None or isinstance(one, str) for one in stated.values())
        if not is_plain or not isinstance(columns, dict) or not all(isinstance(one, str) for one in columns.values()):
            raise _refusal("columns", "a field for each column", "Make the mapping anew.")
        return ColumnMapping(columns=columns, **stated)


def propose(subject: Subject, headers: Sequence[str]) -> Proposal:
    """Suggest a field for each header that names one, or nearly does. Each field is proposed once, the surest first."""
    known = FIELDS[subject]
    refused = tuple(header for header in headers if header and is_refused_name(header))
    open_headers = [header for header in headers if header and header not in refused]
    ranked = sorted(
        (
            (score, at, header, one)
            for at, header in enumerate(open_headers)
            for score, one in _scores(header, known.fields)
        ),
        key=lambda entry: (-entry[0], entry[1]),
    )
    columns: dict[str, Proposed] = {}
    taken: set[str] = set()
    for score, _, header, one in ranked:
        if header not in columns and one.name not in taken:
            taken.add(one.name)
            columns[header] = Proposed(one.name, "same name" if score > _SAME else "similar name")
    return Proposal(
        subject=subject,
        columns=MappingProxyType({header: columns[header] for header in open_headers if header in columns}),
        refused=refused,
        left=tuple(header for header in open_headers if header not in columns),
        missing=tuple(name for name in known.needed if name not in taken),
    )


def _scores(header: str, fields: tuple[Field, ...]) -> list[tuple[float, Field]]:
    """How well a header names each field: above 100 when it is one of its names, the sooner listed the better."""
    spelled = folded(header)
    scores = []
    for one in fields:
        if spelled in one.headers:
            scores.append((2 * _SAME - one.headers.index(spelled), one))
        else:
            best = max(fuzz.ratio(spelled, name) for name in one.headers if len(name) >= _LONG)
            if best >= _SIMILAR:
                scores.append((best, one))
    return scores


def _refusal(field: str, expected: str, remedy: str) -> ReadingError:
    return ReadingError(Problem("mapping", 0, field, expected, remedy))
