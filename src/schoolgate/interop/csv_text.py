"""Tables as CSV text that no spreadsheet computes with."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Final

# What makes a spreadsheet take a cell for a formula (OWASP ASVS 5.0, 1.2.10); the apostrophe says that it is none.
_FORMULA: Final = tuple("=+-@\t\r\n\0'")


def safe_cell(cell: str) -> str:
    """A cell with an apostrophe before it where a spreadsheet would compute, or would take an apostrophe off."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A CSV file (RFC 4180, lines end with CR LF), every cell made safe. O(cells)."""
    stream = StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return stream.getvalue()
