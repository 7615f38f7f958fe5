"""What reading a mapped table yields: rows, what would happen to each line, what stands in each column."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from typing import TYPE_CHECKING, Literal

from schoolgate.interop.tables.fields import FIELDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schoolgate.interop.problems import Problem
    from schoolgate.interop.tables.cells import Value
    from schoolgate.interop.tables.drops import DropReport
    from schoolgate.interop.tables.fields import Subject

type State = Literal["new", "changed", "unchanged"]
type Outcome = Literal["new", "changed", "unchanged", "stored", "repeated", "wrong"]


@dataclass(frozen=True, slots=True, repr=False)
class TableRow:
    """One line as values.

    Attributes:
        subject: What it is about.
        file: The file's name.
        line: Where the line starts.
        values: By field; empty cells and fields without a column are left out.
    """

    subject: Subject
    file: str
    line: int
    values: Mapping[str, Value]

    def __repr__(self) -> str:
        return f"<TableRow {self.subject} {self.file}:{self.line}>"

    @property
    def key(self) -> tuple[str, ...]:
        """What tells the row from others of its subject."""
        return tuple(spelled(self.values.get(name)) for name in FIELDS[self.subject].key)


@dataclass(frozen=True, slots=True)
class LineOutcome:
    """What would happen to one line.

    Attributes:
        line: Where it starts.
        outcome: `new`, `changed`, `unchanged` as `look_up` says, `stored` without one; `repeated` when an earlier line
            says the same; `wrong` when it cannot be read, and then nothing of the file would be stored.
        problems: What is wrong with it.
    """

    line: int
    outcome: Outcome
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class ColumnLook:
    """What stands in a mapped column: counts only.

    Attributes:
        column: Its header, when that is a plain name.
        field: What it is mapped on.
        filled: Cells that are not empty.
        telling: Cells that are a country, language, race, sex or status, or speak of one.
        orders: Dates by what they tell of the order of month and day.
        is_refused: Whether the column may not enter for what stands in it.
    """

    column: str
    field: str
    filled: int
    telling: int
    orders: Mapping[str, int]
    is_refused: bool


@dataclass(frozen=True, slots=True)
class CheckedTable:
    """A table as it was when it was checked: counts and names of columns only.

    Attributes:
        file: Its name.
        sha256: Of its bytes, in hex.
        rows: How many there are.
        repeated: Lines that say what an earlier line said.
        looks: What stands in the mapped columns.
        drops: Cells of columns that were not read.
    """

    file: str
    sha256: str
    rows: int
    repeated: int
    looks: tuple[ColumnLook, ...]
    drops: DropReport


def spelled(value: Value | None) -> str:
    """A value as text; empty for none."""
    match value:
        case None:
            return ""
        case date() | time():
            return value.isoformat()
        case bool():
            return str(value)
        case _:
            return value
