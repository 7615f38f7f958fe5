"""Small spreadsheets, as files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from schoolgate.interop.tables import ColumnMapping

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STUDENTS = {"ID": "number", "First": "first", "Last": "last", "DOB": "birth_date", "School": "school", "Grade": "grade"}
INCIDENTS = {
    "No": "number",
    "School": "school",
    "Date": "date",
    "Time": "time",
    "Type": "behavior",
    "Student": "student_number",
    "Notes": "narrative",
    "Police": "is_reported_to_police",
}


@pytest.fixture
def sheet(tmp_path: Path) -> Callable[..., Path]:
    """Write lines to a file; bytes are written as they are."""

    def write(*lines: str, name: str = "sheet.csv", data: bytes | None = None) -> Path:
        path = tmp_path / name
        path.write_bytes("\r\n".join(lines).encode() if data is None else data)
        return path

    return write


@pytest.fixture
def students() -> ColumnMapping:
    return ColumnMapping("students", STUDENTS)


@pytest.fixture
def incidents() -> ColumnMapping:
    return ColumnMapping("incidents", INCIDENTS)
