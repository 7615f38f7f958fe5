"""A whole spreadsheet: what would happen to each line, what is refused, what is read."""

from __future__ import annotations

import os
from datetime import date, time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolgate.interop.tables import (
    ColumnMapping,
    Limits,
    LineOutcome,
    ReadingError,
    ReadingProblems,
    TableRow,
    check_table,
    dry_run,
    headers_of,
    read_table,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TRIALS = int(os.environ.get("SCHOOLGATE_TRIALS", "25"))
HEADER = "ID,First,Last,DOB,School,Grade"
MARISOL = "100016,Marisol,Aguilar,2010-05-04,0350,10"
KEVIN = "100017,Kevin,Chen,2009-03-02,0350,11"
INCIDENT_HEADER = "No,School,Date,Time,Type,Student,Notes,Police"
SENTINEL = "ZQX"
type Sheet = Callable[..., "Path"]


def rows_of(path: Path, mapping: ColumnMapping) -> list[TableRow]:
    return list(read_table(path, mapping, checked=check_table(path, mapping)))


def told(outcomes: list[LineOutcome]) -> list[tuple[int, str]]:
    return [(one.line, one.outcome) for one in outcomes]


def test_students_are_read(sheet: Sheet, students: ColumnMapping) -> None:
    path = sheet(HEADER, MARISOL, "", KEVIN)
    marisol, kevin = rows_of(path, students)

    assert headers_of(path) == tuple(HEADER.split(","))
    assert dict(marisol.values) == {
        "number": "100016",
        "first": "Marisol",
        "last": "Aguilar",
        "birth_date": date(2010, 5, 4),
        "school": "0350",
        "grade": "10",
    }
    assert (kevin.line, kevin.key) == (4, ("100017", "0350"))
    assert "Chen" not in repr(kevin)


def test_incidents_are_read(sheet: Sheet, incidents: ColumnMapping) -> None:
    note = '"Argued in the hall.\nNo injury, ""calm"" after."'
    (row,) = rows_of(sheet(INCIDENT_HEADER, f"17,0350,2026-11-03,2:30 PM,Fighting,100016,{note},yes"), incidents)

    assert row.values["date"] == date(2026, 11, 3)
    assert row.values["time"] == time(14, 30)
    assert row.values["is_reported_to_police"] is True
    assert row.values["narrative"] == 'Argued in the hall.\nNo injury, "calm" after.'
    assert row.key == ("0350", "17", "100016", "Fighting", "")


def test_guardians_and_staff_are_read(sheet: Sheet) -> None:
    guardians = ColumnMapping(
        "guardians",
        {"C": "number", "S": "student_number", "F": "first", "L": "last", "G": "is_legal_guardian", "B": "begins"},
    )
    staff = ColumnMapping("staff", {"E": "number", "F": "first", "L": "last", "T": "role"})
    mother, second = rows_of(
        sheet("C,S,F,L,G,B", "9,100016,Rosa,Aguilar,yes,2020-01-01", "9,100018,Rosa,Aguilar,,"), guardians
    )
    (teacher,) = rows_of(sheet("E,F,L,T", "7,Ines,Abreu,Teacher", name="staff.csv"), staff)

    assert mother.values["is_legal_guardian"] is True
    assert "is_legal_guardian" not in second.values
    assert teacher.key == ("7", "", "Teacher")


def test_a_dry_run_says_of_every_line_what_would_happen(sheet: Sheet, students: ColumnMapping) -> None:
    path = sheet(
        HEADER,
        MARISOL,
        KEVIN,
        MARISOL,
        "100018,Elena,,2010-05-04,0350,10",
        "100019,Ana,Silva,03/04/2010,0350",
        "100020,Bea,Silva,03/04/2010,0350,9",
        "100016,Marisa,Aguilar,2010-05-04,0360,10",
        "100017,Kevin,Chen,2009-03-02,0350,12",
    )
    outcomes = list(dry_run(path, students))

    assert told(outcomes) == [
        (2, "stored"),
        (3, "stored"),
        (4, "repeated"),
        (5, "wrong"),
        (6, "wrong"),
        (7, "wrong"),
        (8, "wrong"),
        (9, "wrong"),
    ]
    assert [str(problem).partition(". ")[0] for one in outcomes for problem in one.problems] == [
        "sheet.csv, line 5: Last: expected a value",
        "sheet.csv, line 6: expected 6 cells, as many as there are columns; there are 5",
        "sheet.csv, line 7: DOB: expected a date that can mean one day only",
        "sheet.csv, line 8: ID: expected the same first, last, birth_date as in line 2, which has the same number",
        "sheet.csv, line 9: ID: expected another number, school than in line 3, which says something else",
    ]


def test_a_dry_run_asks_what_is_known(sheet: Sheet, students: ColumnMapping) -> None:
    seen: list[str] = []

    def look_up(row: TableRow) -> str:
        seen.append(str(row.values["number"]))
        return "new" if row.values["number"] == "100016" else "unchanged"

    assert told(list(dry_run(sheet(HEADER, MARISOL, KEVIN, MARISOL, "1,,,,,"), students, look_up=look_up))) == [
        (2, "new"),
        (3, "unchanged"),
        (4, "repeated"),
        (5, "wrong"),
    ]
    assert seen == ["100016", "100017"]


def test_the_check_and_the_dry_run_agree(sheet: Sheet, students: ColumnMapping) -> None:
    path = sheet(HEADER, MARISOL, "100018,=Elena,,soon,0350,10", KEVIN)
    problems = tuple(problem for one in dry_run(path, students) for problem in one.problems)

    with pytest.raises(ReadingProblems) as caught:
        check_table(path, students)

    assert caught.value.problems == problems
    assert [problem.field for problem in problems] == ["First", "Last", "DOB"]
    assert "Elena" not in str(caught.value)


def test_an_incidents_number_is_its_own_within_a_school_only(sheet: Sheet, incidents: ColumnMapping) -> None:
    same = sheet(INCIDENT_HEADER, "1,0350,2026-11-03,,,1,,", "1,0360,2026-11-04,,,2,,", "1,0350,2026-11-03,,,3,,")
    other = sheet(INCIDENT_HEADER, "1,0350,2026-11-03,,,1,,", "1,0350,2026-11-04,,,2,,", name="other.csv")

    assert len(rows_of(same, incidents)) == 3
    with pytest.raises(ReadingProblems, match=r"line 3: No: expected the same date, time, place as in line 2"):
        check_table(other, incidents)


@pytest.mark.parametrize(
    "values",
    [
        ("Honduras", "Guatemala", "United States"),
        ("Spanish", "English", "Haitian Creole", "Aguilar"),
        ("Hispanic", "White", "Black or African American"),
        ("Male", "Female", "Female", "Chen"),
        ("F-1", "Permanent Resident", "Citizen"),
        ("US Citizen", "Refugee", "Asylee", "Silva", "Chen"),
    ],
)
def test_a_column_is_refused_for_what_stands_in_it(
    sheet: Sheet, students: ColumnMapping, values: tuple[str, ...]
) -> None:
    path = sheet(HEADER, *(f"{number},Marisol,{value},,,10" for number, value in enumerate(values)))

    for run in (lambda: list(dry_run(path, students)), lambda: check_table(path, students)):
        with pytest.raises(ReadingError) as caught:
            run()
        assert "line 1: Last: expected a column of last" in str(caught.value)
        assert not [value for value in values if value in str(caught.value)]


def test_a_school_with_a_few_jordans_is_read(sheet: Sheet, students: ColumnMapping) -> None:
    names = ["Jordan", "Georgia", "Chad", "Marisol", "Kevin", "Elena", "Ana"]
    path = sheet(HEADER, *(f"{number},{name},Silva,,,10" for number, name in enumerate(names)))
    checked = check_table(path, students)

    assert checked.rows == 7
    assert [(look.field, look.telling) for look in checked.looks if look.telling] == [("first", 3)]


def test_dates_in_both_orders_are_refused_until_a_person_says(sheet: Sheet) -> None:
    columns = {"ID": "number", "First": "first", "Last": "last", "DOB": "birth_date"}
    mixed = sheet("ID,First,Last,DOB", "1,A,B,13/05/2010", "2,C,D,05/13/2010")
    ambiguous = sheet("ID,First,Last,DOB", "1,A,B,03/04/2010", name="ambiguous.csv")

    with pytest.raises(ReadingError, match="dates in one order"):
        check_table(mixed, ColumnMapping("students", columns))
    with pytest.raises(ReadingProblems, match="one day only"):
        check_table(ambiguous, ColumnMapping("students", columns))
    (row,) = rows_of(ambiguous, ColumnMapping("students", columns, "day first"))
    assert row.values["birth_date"] == date(2010, 4, 3)


def test_unmapped_columns_are_dropped_and_counted_by_name(sheet: Sheet, students: ColumnMapping) -> None:
    path = sheet(
        f"{HEADER},Country of Birth,Homeroom,Marisol's note \x1b",
        f"{MARISOL},{SENTINEL}1,{SENTINEL}2,{SENTINEL}3",
        f"{KEVIN},{SENTINEL}4,,{SENTINEL}5",
    )
    checked = check_table(path, students)
    rows = list(read_table(path, students, checked=checked))

    assert [(drop.field, drop.count) for drop in checked.drops.refused] == [("Country of Birth", 2)]
    assert [(drop.field, drop.count) for drop in checked.drops.dropped] == [("(odd name)", 2), ("Homeroom", 1)]
    assert SENTINEL not in repr(checked) + repr([dict(row.values) for row in rows])


def test_a_marker_in_any_mapped_cell_is_in_no_error(sheet: Sheet, incidents: ColumnMapping) -> None:
    width = len(INCIDENT_HEADER.split(","))
    good = ["17", "0350", "2026-11-03", "14:30", "Fighting", "100016", "A push.", "yes"]
    refused = 0
    for at in range(width):
        for word in (f"{SENTINEL} refugee", f"={SENTINEL}", f"{SENTINEL}\x07", SENTINEL * 9_000):
            cells = [*good[:at], word, *good[at + 1 :]]
            problems = [
                problem
                for one in dry_run(sheet(INCIDENT_HEADER, ",".join(cells)), incidents)
                for problem in one.problems
            ]
            refused += bool(problems)
            assert SENTINEL not in "".join(map(str, problems)) + repr(problems)
    assert refused == 4 * width


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "names of the columns"),
        (f"{HEADER}\n1,Ma\udcffrisol,A,,,".encode("utf-8", "surrogateescape"), "line 2: expected text in utf-8"),
        ("ID,First,Last,DOB,School,Grade".encode("utf-16"), "UTF-16"),
        (b"PK\x03\x04xl/workbook.xml", "a workbook or a zip"),
        (b"ID,First,Last,First,DOB,School,Grade\n", "line 1: columns 2 and 4: expected each name once"),
        (b"ID,First,Last,School,Grade\n", "DOB: expected this column"),
        (b'ID,First,Last,DOB,School,Grade\n1,"Mari,A,,,\n', "line 2: expected cells with sound quotes"),
        (b"ID,First,Last,DOB,School,Grade\r1,A,B,,,\r", "sound quotes and line ends"),
    ],
)
def test_a_file_that_is_no_table(sheet: Sheet, students: ColumnMapping, data: bytes, what: str) -> None:
    with pytest.raises(ReadingError) as caught:
        check_table(sheet(data=data), students)

    assert what in str(caught.value)


def test_a_file_without_headers_tells_nothing_of_its_first_line(sheet: Sheet, students: ColumnMapping) -> None:
    for lines in ((MARISOL, KEVIN), ("100016,Aguilar,Aguilar,2010-05-04,0350,10", KEVIN)):
        with pytest.raises(ReadingError) as caught:
            check_table(sheet(*lines), students)
        assert not [cell for line in lines for cell in line.split(",") if len(cell) > 2 and cell in str(caught.value)]


def test_a_folder_or_nothing_is_no_table(sheet: Sheet, students: ColumnMapping, tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nothing.csv"):
        with pytest.raises(ReadingError, match="a file that can be read"):
            check_table(path, students)


def test_what_excel_on_windows_saves_is_read_when_a_person_says_so(sheet: Sheet) -> None:
    path = sheet(data="ID;First;Last\r\n1;José;Núñez\r\n".encode("cp1252"))
    columns = {"ID": "number", "First": "first", "Last": "last"}

    (row,) = rows_of(path, ColumnMapping("students", columns, None, "windows-1252", ";"))

    assert (row.values["first"], row.values["last"]) == ("José", "Núñez")
    assert headers_of(path, encoding="windows-1252", separator=";") == ("ID", "First", "Last")


def test_a_file_that_changed_since_the_check_is_refused(sheet: Sheet, students: ColumnMapping) -> None:
    path = sheet(HEADER, MARISOL)
    checked = check_table(path, students)
    sheet(HEADER, MARISOL, KEVIN)

    with pytest.raises(ReadingError, match="changed meanwhile"):
        list(read_table(path, students, checked=checked))


def test_limits(sheet: Sheet, students: ColumnMapping) -> None:
    path = sheet(HEADER, MARISOL, KEVIN)
    for limits, what in (
        (Limits(rows=1), "at most 1 rows"),
        (Limits(file_bytes=40), "at most 0 MiB"),
        (Limits(columns=3), "at most 3 columns"),
        (Limits(line_bytes=10), "lines of at most 10 bytes"),
    ):
        with pytest.raises(ReadingError, match=what):
            check_table(path, students, limits=limits)


def test_a_period_that_ends_before_it_begins(sheet: Sheet) -> None:
    columns = {"ID": "number", "F": "first", "L": "last", "In": "begins", "Out": "ends"}
    path = sheet("ID,F,L,In,Out", "1,A,B,2026-09-08,2026-01-01")

    with pytest.raises(ReadingProblems, match="line 2: Out: expected a day not before"):
        check_table(path, ColumnMapping("students", columns))


@settings(max_examples=TRIALS * 4, deadline=None)
@given(data=st.binary(max_size=300))
def test_whatever_bytes_come_it_is_a_table_error_or_rows(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "sheet.csv"
    path.write_bytes(b"a,b,c\n" + data)
    mapping = ColumnMapping("students", {"a": "number", "b": "first", "c": "last"})
    try:
        outcomes = list(dry_run(path, mapping))
    except ReadingError as problem:
        outcomes = []
        told_lines = str(problem)
    else:
        told_lines = "".join(str(one) for line in outcomes for one in line.problems)

    assert all(one.problems or one.outcome in {"stored", "repeated"} for one in outcomes)
    assert told_lines.isprintable() or "\n" in told_lines
