"""A spreadsheet by its mapping: looked at column by column, tried line by line, then read.

The look comes first: a column is refused for what stands in it, whatever it is called.
"""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from schoolgate.interop.problems import Findings, Problem, ReadingError
from schoolgate.interop.tables.agreeing import Held
from schoolgate.interop.tables.cells import Bad, Value, order_of, read_cell
from schoolgate.interop.tables.drops import DropCounts, shown_name
from schoolgate.interop.tables.fields import FIELDS, Field, Kind
from schoolgate.interop.tables.never import is_refused_name, is_refused_value
from schoolgate.interop.tables.opening import Opened, Source, open_file
from schoolgate.interop.tables.rows import CheckedTable, ColumnLook, LineOutcome, Outcome, State, TableRow
from schoolgate.interop.tables.surveying import Unheard, is_telling
from schoolgate.interop.tables.text import Encoding, Limits, Line, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from schoolgate.interop.tables.mapping import ColumnMapping

_DEFAULT_LIMITS: Final = Limits()
_EXEMPT: Final = frozenset({"language", "date", "time", "flag"})
"""Kinds of fields whose cells are held to a form that no such word has; and the language of notices is what it is."""
_UNLIKE: Final = frozenset({"number", "text"})
"""Kinds of fields whose cells are seldom the same twice."""
_REMEMBERED: Final = 2_000
"""So many different cells of a kind are read once each, for as long as the file is read."""


def headers_of(
    path: Source, *, encoding: Encoding = "utf-8", separator: str = ",", limits: Limits = _DEFAULT_LIMITS
) -> tuple[str, ...]:
    """The names of a table's columns, for `propose`; only the first line is read.

    Raises:
        ReadingError: The file is no table.
    """
    with open_file(path, limits) as opened:
        return Table(io.BufferedReader(opened), path.name, limits, encoding=encoding, separator=separator).columns


def dry_run(
    path: Source,
    mapping: ColumnMapping,
    *,
    look_up: Callable[[TableRow], State] | None = None,
    was_looked_at: bool = False,
    limits: Limits = _DEFAULT_LIMITS,
) -> Iterator[LineOutcome]:
    """Say of every line what would happen to it. Stores nothing.

    Args:
        path: Comma-separated text, in a file or in memory.
        mapping: What a person confirmed.
        look_up: Tells what is known of a row already.
        was_looked_at: Whether the same bytes went through here before by the same mapping: what stands in the columns
            is known to be fit, and is not looked at again.
        limits: What the file may cost.

    Raises:
        ReadingError: The file cannot be read at all, or a mapped column may never enter. Before the first line.

    Reads the file twice, or once; memory grows with the number of rows (16 bytes a key and a line), not with what they
    say.
    """
    reading = _Reading(path, mapping, limits)
    if not was_looked_at:
        reading.refuse_columns(reading.look())
    for result in reading.results():
        outcome: Outcome = "wrong" if result.problems else "repeated" if result.is_repeated else "stored"
        if outcome == "stored" and look_up is not None and result.row is not None:
            outcome = look_up(result.row)
        yield LineOutcome(result.line, outcome, result.problems)


def check_table(path: Source, mapping: ColumnMapping, *, limits: Limits = _DEFAULT_LIMITS) -> CheckedTable:
    """Find all that is wrong with a table.

    Raises:
        ReadingError: As for `dry_run`.
        ReadingProblems: There are bad lines; nothing may be stored then.
    """
    reading = _Reading(path, mapping, limits)
    looks = reading.look()
    reading.refuse_columns(looks)
    findings = Findings(limits.problems)
    rows = repeated = 0
    for result in reading.results():
        for problem in result.problems:
            findings.add(problem)
        rows += result.row is not None and not result.is_repeated
        repeated += result.is_repeated
    findings.raise_if_any()
    return CheckedTable(path.name, reading.sha256, rows, repeated, looks, reading.drops.report())


def read_table(
    path: Source, mapping: ColumnMapping, *, checked: CheckedTable, limits: Limits = _DEFAULT_LIMITS
) -> Iterator[TableRow]:
    """Yield the rows of a checked table, each once.

    Raises:
        ReadingError: The file is no longer what was checked. It shows at its end, after its rows were yielded: store
            them in one transaction.
    """
    reading = _Reading(path, mapping, limits)
    for result in reading.results():
        if result.row is not None and not result.is_repeated and not result.problems:
            yield result.row
    if reading.sha256 != checked.sha256:
        expected = "the file as it was when it was checked"
        raise ReadingError(Problem(path.name, 0, "", expected, "It changed meanwhile: try it again."))


@dataclass(slots=True)
class _Result:
    line: int
    row: TableRow | None
    problems: tuple[Problem, ...]
    is_repeated: bool = False


@dataclass(slots=True)
class _Look:
    filled: int = 0
    telling: int = 0
    orders: Counter[str] = field(default_factory=Counter)
    known: dict[str, tuple[bool, str]] = field(default_factory=dict)


class _Reading:
    """Passes over one table by one mapping."""

    def __init__(self, path: Source, mapping: ColumnMapping, limits: Limits) -> None:
        self._path = path
        self._mapping = mapping
        self._limits = limits
        self._known = FIELDS[mapping.subject]
        self.drops = DropCounts()
        self.sha256 = ""
        self._cells: dict[Kind, dict[str, Value | Bad | None]] = {one.kind: {} for one in self._known.fields}

    def look(self) -> tuple[ColumnLook, ...]:
        """What stands in the mapped columns; malformed lines are passed over here."""
        looks = {column: _Look() for column in self._mapping.columns}
        with open_file(self._path, self._limits) as opened:
            table = self._table(opened)
            fields = self._fields_at(table)
            for line in table.lines(Unheard()):
                for at, (column, one) in fields.items():
                    cell = line.cells[at].strip()
                    if cell:
                        _note(looks[column], cell, one)
        return tuple(
            ColumnLook(
                column=shown_name(column),
                field=name,
                filled=looks[column].filled,
                telling=looks[column].telling,
                orders=MappingProxyType(dict(looks[column].orders)),
                is_refused=is_telling(looks[column].telling, looks[column].filled),
            )
            for column, name in self._mapping.columns.items()
        )

    def refuse_columns(self, looks: tuple[ColumnLook, ...]) -> None:
        """Refuse the whole table for what stands in a column.

        Raises:
            ReadingError: A column holds what may never enter, or dates in both orders.
        """
        for look in looks:
            if look.is_refused:
                expected = f"a column of {look.field}; {look.telling} of {look.filled} cells tell of origin or status"
                raise self._refusal(look.column, expected, "Such a column never enters: take it out of the mapping.")
            both = look.orders.get("month first") and look.orders.get("day first")
            if both and self._mapping.date_order is None:
                expected = "dates in one order; some have the month first, some the day"
                raise self._refusal(look.column, expected, "Write them all alike, best as 2026-09-30.")

    def results(self) -> Iterator[_Result]:
        """Each line's row or problems."""
        held = Held(self._known)
        malformed = _Kept()
        with open_file(self._path, self._limits) as opened:
            table = self._table(opened)
            fields = self._fields_at(table)
            left = [(at, name) for at, name in enumerate(table.columns) if at not in fields]
            for line in table.lines(malformed):
                yield from malformed.take()
                for at, name in left:
                    if line.cells[at]:
                        self.drops.add(self._path.name, name, refused=is_refused_name(name))
                yield self._result(line, fields, held)
            yield from malformed.take()
            self.sha256 = opened.sha256

    def _result(self, line: Line, fields: Mapping[int, tuple[str, Field]], held: Held) -> _Result:
        values: dict[str, Value] = {}
        problems = []
        for at, (column, one) in fields.items():
            value = self._value(line.cells[at], one.kind)
            if isinstance(value, Bad):
                problems.append(self._problem(line, column, value.expected, value.remedy))
            elif value is not None:
                values[one.name] = value
            elif one.is_needed:
                problems.append(self._problem(line, column, "a value", "Every row needs it: fill it in."))
        begins, ends = values.get("begins"), values.get("ends")
        if isinstance(begins, date) and isinstance(ends, date) and ends < begins:
            problems.append(self._problem(line, self._column("ends"), "a day not before the first", "Correct it."))
        row = TableRow(self._mapping.subject, self._path.name, line.number, MappingProxyType(values))
        if problems:
            return _Result(line.number, None, tuple(problems))
        said = held.hold(row)
        if said.expected:
            return _Result(
                line.number, None, (self._problem(line, self._column(said.field), said.expected, said.remedy),)
            )
        return _Result(line.number, row, (), is_repeated=said.is_repeated)

    def _value(self, cell: str, kind: Kind) -> Value | Bad | None:
        """What `read_cell` says of it: a day, a school, a place stands in thousands of lines."""
        if kind in _UNLIKE:
            return read_cell(cell, kind, self._mapping.date_order)
        known = self._cells[kind]
        if cell in known:
            return known[cell]
        value = read_cell(cell, kind, self._mapping.date_order)
        if len(known) < _REMEMBERED:
            known[cell] = value
        return value

    def _table(self, opened: Opened) -> Table:
        source, mapping = io.BufferedReader(opened), self._mapping
        return Table(source, self._path.name, self._limits, encoding=mapping.encoding, separator=mapping.separator)

    def _fields_at(self, table: Table) -> dict[int, tuple[str, Field]]:
        """Where each mapped column stands, and its field.

        Raises:
            ReadingError: A mapped column is not there.
        """
        if missing := [column for column in self._mapping.columns if column not in table.columns]:
            named = ", ".join(shown_name(column) for column in missing)
            raise self._refusal(named, "this column, as the mapping says", "It has another header: map it anew.")
        found = {}
        for at, column in enumerate(table.columns):
            one = self._known.field(self._mapping.columns.get(column, ""))
            if one is not None:
                found[at] = (column, one)
        return found

    def _column(self, name: str) -> str:
        return next((column for column, one in self._mapping.columns.items() if one == name), name)

    def _problem(self, line: Line, column: str, expected: str, remedy: str) -> Problem:
        return Problem(self._path.name, line.number, shown_name(column), expected, remedy)

    def _refusal(self, column: str, expected: str, remedy: str) -> ReadingError:
        return ReadingError(Problem(self._path.name, 1, column, expected, remedy))


class _Kept(Findings):
    """Problems of lines that have no cells to read, as results."""

    def __init__(self) -> None:
        super().__init__()
        self._results: list[_Result] = []

    def add(self, problem: Problem) -> None:
        """Keep it until it is taken."""
        self._results.append(_Result(problem.line, None, (problem,)))

    def take(self) -> list[_Result]:
        """Those since the last time."""
        taken, self._results = self._results, []
        return taken


def _note(look: _Look, cell: str, one: Field) -> None:
    look.filled += 1
    told = look.known.get(cell)
    if told is None:
        told = one.kind not in _EXEMPT and is_refused_value(cell), (order_of(cell) or "") if one.kind == "date" else ""
        if one.kind not in _UNLIKE and len(look.known) < _REMEMBERED:
            look.known[cell] = told
    is_telling_cell, order = told
    look.telling += is_telling_cell
    if order:
        look.orders[order] += 1
