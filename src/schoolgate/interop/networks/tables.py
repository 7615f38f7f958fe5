"""CSV files, row by row, with the line of each row; and CSV that a spreadsheet does not run.

A cell that begins with `=`, `+`, `-` or `@` is a formula to a spreadsheet. It is written with an apostrophe before
it, as spreadsheets themselves do, and the apostrophe is taken off when read. So that nothing is lost, a cell that
begins with an apostrophe gets one more.
"""

import codecs
import csv
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from schoolgate.interop.networks.problems import Findings, shown

if TYPE_CHECKING:
    from _csv import Reader

# What makes a spreadsheet compute, a tab or return before it too; and the apostrophe that says it must not.
_FORMULA: Final = frozenset("=+-@\t\r\n'")
MAX_CELL: Final = 100_000
# A million agreements take about 300 MB.
MAX_BYTES: Final = 1024**3


@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    Attributes:
        line: Where it begins, counted from 1.
        cells: By column, as written: the apostrophe before a formula is off, spaces are as they were.
    """

    line: int
    cells: dict[str, str]


def read_rows(
    path: Path, needed: Sequence[str], findings: Findings, *, optional: Sequence[str] = (), published: bool = False
) -> Iterator[Row]:
    """The rows of a CSV file in UTF-8, with or without a byte order mark, one at a time.

    Args:
        path: The file.
        needed: Columns that must be there, in any order.
        findings: Where to note what is wrong; reading goes on where it can.
        optional: Columns that may be there.
        published: Whether it is somebody else's list: then further columns are passed over, spaces around cells
            and after commas are no part of them, and an apostrophe at their beginning is.

    Yields:
        Rows with as many cells as the header; empty lines and rows that do not fit are left out.
    """
    name = path.name
    try:
        with path.open("rb") as stream:
            if not small_enough(stream, name, findings):
                return
            # Strict, so that a quotation mark left open is told instead of swallowing the rest.
            reader = csv.reader(_decoded(stream, name, findings), strict=True, skipinitialspace=published)
            yield from _rows(reader, _Layout(name, needed, optional, published), findings)
    except OSError as problem:
        findings.stop(
            name, 0, "", f"cannot be read ({problem.strerror})", "Check that the file is there and may be read"
        )


def small_enough(stream: BinaryIO, name: str, findings: Findings) -> bool:
    """Whether a file is no larger than a network can be; if not, that is noted."""
    size = os.fstat(stream.fileno()).st_size
    if size > MAX_BYTES:
        findings.stop(name, 0, "", f"has {size} bytes", f"Take it apart: at most {MAX_BYTES} are read")
    return size <= MAX_BYTES


@dataclass(frozen=True, slots=True)
class _Layout:
    """What a file must look like."""

    name: str
    needed: Sequence[str]
    optional: Sequence[str]
    published: bool


def _rows(reader: "Reader", layout: _Layout, findings: Findings) -> Iterator[Row]:
    header: list[str] | None = None
    line, name = 1, layout.name
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as problem:
            findings.stop(name, line, "", f"is no CSV from here on ({problem})", "Look for a quotation mark left open")
            return
        at, line = line, reader.line_num + 1
        if not any(cells):
            continue
        if header is None:
            header = [cell.strip() for cell in cells]
            if not _good_header(header, at, layout, findings):
                return
        elif len(cells) != len(header):
            wrong = f"has {len(cells)} cell{'' if len(cells) == 1 else 's'} where the header has {len(header)}"
            few = f"Add the commas of the empty cells; the last that is there is for {header[len(cells) - 1]}"
            many = "Put quotation marks around cells with commas in them"
            findings.add(name, at, "", wrong, few if len(cells) < len(header) else many)
        else:
            clean = str.strip if layout.published else unguarded
            yield Row(at, dict(zip(header, map(clean, cells), strict=True)))
    if header is None and not findings.stopped:
        findings.stop(name, 0, "", "is empty", f"Begin with the columns {', '.join(layout.needed)}")


def _decoded(stream: Iterable[bytes], name: str, findings: Findings) -> Iterator[str]:
    for number, raw in enumerate(stream, start=1):
        if number == 1 and raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            findings.stop(name, 0, "", "is in UTF-16 (Unicode text)", "Save the file as CSV in UTF-8")
            return
        data = raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as problem:
            findings.add(name, number, "", f"byte {problem.start + 1} is not UTF-8", "Save the file as CSV in UTF-8")
            text = data.decode("utf-8", "replace")
        yield text


def _good_header(header: list[str], line: int, layout: _Layout, findings: Findings) -> bool:
    before = findings.count
    name, needed, optional = layout.name, layout.needed, layout.optional
    for mark, called in ((";", "semicolons"), ("\t", "tabs")):
        if len(header) == 1 and mark in header[0]:
            findings.stop(name, line, "", f"is separated by {called}", "Save it with commas between the cells")
            return False
    for column in needed:
        if column not in header:
            findings.stop(name, line, column, "this column is missing", f"The header needs {', '.join(needed)}")
    for number, column in enumerate(header):
        if column in header[:number]:
            findings.stop(name, line, column, "this column is there twice", "Keep one of them")
        elif not layout.published and column not in needed and column not in optional:
            known = ", ".join([*needed, *(one for one in optional if one not in needed)])
            findings.stop(name, line, column, f"{shown(column)} is no column of this file", f"Known are {known}")
    return findings.count == before


def unguarded(cell: str) -> str:
    """A cell without the apostrophe that keeps a spreadsheet from computing it."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in _FORMULA and len(cell) > 1 else cell


def guarded(cell: str) -> str:
    """A cell as a spreadsheet may have it; `unguarded` is the inverse."""
    return f"'{cell}" if cell[:1] in _FORMULA and cell else cell


def write_rows(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a CSV file whole or not at all.

    Raises:
        OSError: When it cannot be written; what stood there stays.
    """
    with replacing(path) as partial:
        fill(partial, header, rows)


def fill(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write rows into a file that is there for them."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows([guarded(cell) for cell in row] for row in rows)


class replacing:  # noqa: N801 - reads as a verb where it is used
    """A file beside the one to write, that takes its place at the end, or goes without a trace after an error."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Path:
        try:
            handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}.")
        except OSError as problem:
            # Nobody knows the file by the name it has while it is written.
            raise type(problem)(problem.errno, problem.strerror, str(self._path)) from None
        os.close(handle)
        self._partial = Path(name)
        return self._partial

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                # What mkstemp makes is for its owner alone; this file is as any other that is saved here.
                umask = os.umask(0)
                os.umask(umask)
                self._partial.chmod(0o666 & ~umask)
                self._partial.replace(self._path)
        finally:
            self._partial.unlink(missing_ok=True)
