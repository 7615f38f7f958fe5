"""One cell at a time: what it means, and what could mean two things."""

from __future__ import annotations

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schoolgate.interop.tables.cells import Bad, read_cell, read_date

DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 12, 31))


@pytest.mark.parametrize(
    "text",
    [
        "2010-05-04",
        "2010/5/4",
        "2010.05.04",
        "2010-05-04 00:00:00",
        "2010-05-04T00:00:00.000",
        "4 May 2010",
        "4-May-2010",
        "04 may 2010",
        "May 4, 2010",
        "May 4th, 2010",
        "5/4/2010 12:00 AM",
    ],
)
def test_days_in_notations_that_mean_one_day(text: str) -> None:
    assert read_date(text, "month first") == date(2010, 5, 4)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("13/05/2010", date(2010, 5, 13)),
        ("05/13/2010", date(2010, 5, 13)),
        ("05/05/2010", date(2010, 5, 5)),
        ("Sept 30, 2010", date(2010, 9, 30)),
    ],
)
def test_days_that_can_mean_one_day_only_need_no_order(text: str, found: date) -> None:
    assert read_date(text, None) == found


@pytest.mark.parametrize("text", ["03/04/2010", "3-4-2010", "12.1.2010"])
def test_days_that_could_mean_two_are_refused_until_a_person_says(text: str) -> None:
    refused = read_date(text, None)

    assert isinstance(refused, Bad)
    assert "one day only" in refused.expected
    assert read_date("03/04/2010", "month first") == date(2010, 3, 4)
    assert read_date("03/04/2010", "day first") == date(2010, 4, 3)


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("5/4/10", "month first"),
        ("40302", None),
        ("2010-02-30", None),
        ("13/13/2010", None),
        ("13/05/2010", "month first"),
        ("05/13/2010", "day first"),
        ("May 2010", None),
        ("Foo 4, 2010", None),
        ("0210-05-04", None),
        ("2010-05/04", None),
        ("2010-05-04 10:30", None),
        ("\u0662\u0660\u0661\u0660-\u0660\u0665-\u0660\u0664", None),
        ("yesterday", None),
    ],
)
def test_what_is_no_day_is_refused(text: str, order: str | None) -> None:
    assert isinstance(read_date(text, order), Bad)


@given(day=DAYS)
def test_every_way_to_write_a_day_gives_that_day_or_asks(day: date) -> None:
    american, european = f"{day.month}/{day.day}/{day.year}", f"{day.day}.{day.month}.{day.year}"

    assert read_date(day.isoformat(), None) == day
    assert read_date(f"{day:%d} {day:%B} {day.year}", None) == day
    assert read_date(american, "month first") == day
    assert read_date(european, "day first") == day
    for text in (american, european):
        found = read_date(text, None)
        assert found == day or isinstance(found, Bad)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("14:30", time(14, 30)),
        ("2:30 PM", time(14, 30)),
        ("2:30pm", time(14, 30)),
        ("12:05 a.m.", time(0, 5)),
        ("12:05 PM", time(12, 5)),
        ("08:15:59", time(8, 15, 59)),
    ],
)
def test_times(text: str, found: time) -> None:
    assert read_cell(text, "time", None) == found


@pytest.mark.parametrize("text", ["25:00", "14:30 PM", "0:30 AM", "noon", "1430", "14:60"])
def test_no_times(text: str) -> None:
    assert isinstance(read_cell(text, "time", None), Bad)


@pytest.mark.parametrize(("text", "found"), [("Yes", True), ("n", False), ("TRUE", True), ("0", False), ("Sí", True)])
def test_flags(text: str, found: bool) -> None:  # noqa: FBT001 - the example
    assert read_cell(text, "flag", None) is found


def test_unknown_is_not_no() -> None:
    assert read_cell(" ", "flag", None) is None
    assert isinstance(read_cell("unknown", "flag", None), Bad)
    assert isinstance(read_cell("X", "flag", None), Bad)


@pytest.mark.parametrize("kind", ["number", "name", "date", "time", "flag", "code", "language", "text"])
@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "=HYPERLINK(A1)",
        "+1234",
        "-2+3",
        "@SUM(A1)",
        "#N/A",
        "#REF!",
        "######",
        "a\x00b",
        "a\u202eb",
        "\x1b[2Ja",
    ],
)
def test_formulas_errors_and_hidden_marks_are_refused_in_every_field(kind: str, text: str) -> None:
    assert isinstance(read_cell(text, kind, None), Bad)


@pytest.mark.parametrize("text", ["1.00016E+05", "1E5", "100016.0", "x" * 65, "№ 7", "a,b", "<b>"])
def test_numbers_that_a_spreadsheet_changed_or_that_are_none(text: str) -> None:
    assert isinstance(read_cell(text, "number", None), Bad)


@pytest.mark.parametrize("text", ["123-45-6789", "900-70-0000", "A12345678", "A-012345678", "N0012345678", "Guatemala"])
def test_numbers_of_papers_are_refused(text: str) -> None:
    assert isinstance(read_cell(text, "number", None), Bad)


@pytest.mark.parametrize("text", ["0012345", "255901107", "CB-2026-17", "0350", "A1234", "2026/17"])
def test_numbers_of_the_district_are_kept_as_they_are(text: str) -> None:
    assert read_cell(text, "number", None) == text


@pytest.mark.parametrize(
    "text",
    [
        "Refugee",
        "ELL",
        "Honduras",
        "HONDURAS ",
        "República Dominicana",
        "Hispanic",
        "White",
        "Spanish",
        "Undocumented",
        "Non-Citizen",
        "Permanent Resident",
        "F-1",
        "Female",
        "born in Guatemala",
        "here on a visa",
        "ref\u0075gee",
    ],
)
def test_a_code_that_tells_of_origin_or_status_is_refused_without_being_repeated(text: str) -> None:
    found = read_cell(text, "code", None)

    assert isinstance(found, Bad)
    assert text.strip() not in f"{found.expected} {found.remedy}"


@pytest.mark.parametrize("text", ["Fighting", "10", "Cafeteria", "Parent", "Race track", "Grandmother"])
def test_ordinary_codes_are_kept(text: str) -> None:
    assert read_cell(text, "code", None) == text


@pytest.mark.parametrize(
    "text",
    [
        "He said his mother is undocumented.",
        "Student was born in El Salvador.",
        "told officer about her green card",
        "ICE was told of his immigration status",
        "El padre es indocumentado",
        "her SSN is 123-45-6789",
    ],
)
def test_a_narrative_that_speaks_of_status_is_refused(text: str) -> None:
    assert isinstance(read_cell(text, "text", None), Bad)


def test_an_ordinary_narrative_is_kept_with_its_lines() -> None:
    text = "Two students argued.\nOne pushed the other - no injury.\n- Parents called at 2:30."

    assert read_cell(text, "text", None) == text


@pytest.mark.parametrize("text", ["Jordan", "Georgia", "White", "José Ñúñez", "O'Neill-Smith", "阿", "French"])
def test_names_that_are_also_places_are_names(text: str) -> None:
    assert read_cell(text, "name", None) == text


@pytest.mark.parametrize(("text", "found"), [("es", "es"), ("PT-BR", "pt-br"), ("hat", "hat")])
def test_the_language_of_notices_is_a_code(text: str, found: str) -> None:
    assert read_cell(text, "language", None) == found
    assert isinstance(read_cell("Spanish", "language", None), Bad)
