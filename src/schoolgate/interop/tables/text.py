"""Comma-separated text from bytes, a row at a time: where each row stands, and every limit that a hostile file needs.

RFC 4180 is what is written; what is read is that with a byte order mark, with either line end, and with line breaks
inside quotes.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Never

from schoolgate.interop.problems import Findings, Problem, ReadingError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Protocol

    class LineSource(Protocol):
        """Bytes by lines, as a binary file gives them."""

        def readline(self, size: int = -1, /) -> bytes:
            """The next line with its end, at most `size` bytes; empty at the end."""


MIB = 1024 * 1024
type Encoding = Literal["utf-8", "windows-1252"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a table may cost.

    Attributes:
        file_bytes: Size of one file, unpacked.
        all_bytes: Size of all files of a zip, unpacked.
        line_bytes: One line of text.
        columns: Cells in a row.
        rows: Rows of one file.
        zip_ratio: Unpacked to packed bytes, looked at once 8 MiB are unpacked.
        zip_entries: Files in a zip.
        problems: Bad rows after which reading stops.
    """

    file_bytes: int = 1024 * MIB
    all_bytes: int = 2048 * MIB
    line_bytes: int = MIB
    columns: int = 500
    rows: int = 5_000_000
    zip_ratio: int = 200
    zip_entries: int = 100
    problems: int = 100


@dataclass(frozen=True, slots=True, repr=False)
class Line:
    """One row: the line its first cell starts on, and its cells, one for each column."""

    number: int
    cells: tuple[str, ...]


class Table:
    """A comma-separated file, read once from its first line to its last.

    Attributes:
        name: For messages.
        columns: The names in the first row, without surrounding spaces; empty where a column has none.
    """

    def __init__(
        self, source: LineSource, name: str, limits: Limits, *, encoding: Encoding = "utf-8", separator: str = ","
    ) -> None:
        self.name = name
        self._limits = limits
        self._encoding = encoding
        self._lines = _Lines(source, name, limits, encoding)
        self._reader = csv.reader(self._lines, delimiter=separator, strict=True)
        header = self._next()
        if header is None or not any(cell.strip() for cell in header):
            raise self._refusal(1, "", "the names of the columns in the first line", "Add them, or export it again.")
        self.columns = tuple(cell.strip() for cell in header)
        self._refuse_columns()

    def lines(self, findings: Findings) -> Iterator[Line]:
        """The rows after the first; empty ones are passed over, those of a wrong length are problems.

        Raises:
            ReadingError: When the file cannot be read on.
            ReadingProblems: When there are too many problems.
        """
        width = len(self.columns)
        rows = 0
        while True:
            number = self._lines.count + 1
            cells = self._next()
            if cells is None:
                return
            if not any(cells):
                continue
            rows += 1
            if rows > self._limits.rows:
                raise self._refusal(number, "", f"at most {self._limits.rows:,} rows", "Split the file.")
            if len(cells) != width:
                expected = f"{width} cells, as many as there are columns; there are {len(cells)}"
                remedy = "A comma in a cell needs quotes around the cell, and a row must not be cut short."
                findings.add(Problem(self.name, number, "", expected, remedy))
                continue
            yield Line(number, tuple(cells))

    def _next(self) -> list[str] | None:
        start = self._lines.count + 1
        try:
            row = next(self._reader, None)
        except csv.Error:
            remedy = "A quote inside a quoted cell is written twice, and every quoted cell must end: export it again."
            raise self._refusal(start, "", "cells with sound quotes and line ends", remedy) from None
        if row is not None and len(row) > self._limits.columns:
            raise self._refusal(start, "", f"at most {self._limits.columns} columns", "Remove those you don't need.")
        return row

    def _refuse_columns(self) -> None:
        """Two columns of one name are told by their places: without a header, the first line is somebody's data."""
        first: dict[str, int] = {}
        for at, name in enumerate(self.columns, start=1):
            if name and name in first:
                remedy = "Two columns share a name: rename or remove one. The first line must name the columns."
                raise self._refusal(1, f"columns {first[name]} and {at}", "each name once", remedy)
            first[name] = at

    def _refusal(self, line: int, field: str, expected: str, remedy: str) -> ReadingError:
        return ReadingError(Problem(self.name, line, field, expected, remedy))


class _Lines:
    """Lines as text, counted; refuses what is no text."""

    def __init__(self, source: LineSource, name: str, limits: Limits, encoding: Encoding) -> None:
        self._source = source
        self._name = name
        self._limits = limits
        self._encoding = encoding
        self.count = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        data = self._source.readline(self._limits.line_bytes + 1)
        if not data:
            raise StopIteration
        self.count += 1
        if self.count == 1:
            if data.startswith((b"\xff\xfe", b"\xfe\xff")):
                self._refuse("text in UTF-8", "It is in UTF-16: save it as `CSV UTF-8`.")
            if data.startswith(b"PK\x03\x04"):
                remedy = (
                    "It is a workbook or a zip: save the sheet as `CSV UTF-8`. Open it, choose the sheet, then File, "
                    "Save As, and that as the type; on the web, File, Download, Comma-separated values."
                )
                self._refuse("comma-separated text", remedy)
            data = data.removeprefix(b"\xef\xbb\xbf")
        if len(data) > self._limits.line_bytes:
            self._refuse(f"lines of at most {self._limits.line_bytes:,} bytes", "A quote may be missing: look there.")
        if b"\x00" in data:
            self._refuse("text without NUL bytes", "It is no text, or damaged: export it again.")
        try:
            return data.decode("cp1252" if self._encoding == "windows-1252" else "utf-8")
        except UnicodeDecodeError:
            remedy = "Save it as `CSV UTF-8`, or say which encoding it is in: letters would come out wrong."
            self._refuse(f"text in {self._encoding}", remedy)

    def _refuse(self, expected: str, remedy: str) -> Never:
        raise ReadingError(Problem(self._name, self.count, "", expected, remedy)) from None
