from datetime import date
from pathlib import Path

import pytest

from schoolgate.interop.agency_lists import day_of, read_287g, read_field_offices, read_ori, read_pending_287g
from schoolgate.interop.networks import FileProblems

HEADER = "STATE,LAW ENFORCEMENT AGENCY,TYPE,COUNTY,SUPPORT TYPE,SIGNED,MOA,ADDENDUM\n"


def test_the_list_of_287g_agreements(agencies: Path) -> None:
    listed = read_287g(agencies / "participating_2025-07-18.csv")
    assert len(listed.rows) == 832
    first = listed.rows[0]
    assert (first.line, first.state, first.agency) == (2, "AL", "Cherokee County Sheriff's Office")
    assert (first.type, first.county, first.model, first.model_code) == (
        "County",
        "Cherokee County",
        "Warrant Service Officer",
        "wso",
    )
    assert (first.signed, first.moa, first.addendum) == (date(2025, 6, 25), "link pending", "")
    assert {row.county for row in listed.rows if row.agency == "Orlando Police Department"} == {""}
    assert not {row.county for row in listed.rows} & {"#N/A", "#NA", "N/A"}
    assert sum(row.signed is None for row in listed.rows) == 1
    assert {row.model_code for row in listed.rows} == {"tfm", "wso", "jem"}


def test_dates_that_are_none_are_repaired_only_when_one_reading_is_possible(agencies: Path) -> None:
    listed = read_287g(agencies / "participating_2025-07-18.csv")
    by_line = {row.line: row for row in listed.rows}
    assert [(note.line, note.wrong, note.remedy, by_line[note.line].signed) for note in listed.notes] == [
        (639, "'5025-07-07' is no date that can be", "The first day counts as not known", None),
        (775, "'7/72025' is no date", "Taken as 2025-07-07, the one way to read it", date(2025, 7, 7)),
        (785, "'05/082025' is no date", "Taken as 2025-05-08, the one way to read it", date(2025, 5, 8)),
    ]


@pytest.mark.parametrize(
    ("text", "signed"),
    [
        ("2025-06-25", date(2025, 6, 25)),
        ("7/7/2025", date(2025, 7, 7)),
        ("7/72025", date(2025, 7, 7)),
        ("77/2025", date(2025, 7, 7)),
        ("0101/2025", date(2025, 1, 1)),
        ("112/2025", None),  # 1/12 or 11/2, were it not for the list's day: see below
        ("13/1/2025", None),
        ("2/30/2025", None),
        ("2025-13-01", None),
        ("1995-01-01", None),
        ("2026-08-01", None),
        ("07072025", None),
        ("pending", None),
        ("", None),
    ],
)
def test_a_date_is_read_in_one_way_or_not_at_all(tmp_path: Path, text: str, signed: date | None) -> None:
    path = tmp_path / "list.csv"
    path.write_text(f"{HEADER}OHIO,Butler County Sheriff's Office,County,Butler County,Task Force Model,{text},link,\n")
    listed = read_287g(path, published=date(2026, 7, 18))
    assert listed.rows[0].signed == signed
    assert bool(listed.notes) == (text != "2025-06-25")


def test_no_agreement_is_younger_than_its_list(tmp_path: Path) -> None:
    """Of 1/12 and 11/2 only the first can have been signed by July."""
    path = tmp_path / "participating_2025-07-18.csv"
    path.write_text(f"{HEADER}OHIO,Butler County Sheriff's Office,County,Butler County,Task Force Model,112/2025,,\n")
    assert read_287g(path).rows[0].signed == date(2025, 1, 12)


def test_who_applied(agencies: Path) -> None:
    rows = read_pending_287g(agencies / "pending_2025-07-18.csv").rows
    assert len(rows) == 26
    southside = next(row for row in rows if row.agency == "Southside Place Police Department")
    assert (southside.state, southside.county, southside.model_code) == ("TX", "", "tfm")
    assert not hasattr(southside, "signed")


def test_ori_codes(agencies: Path) -> None:
    listed = read_ori(agencies / "agency_ori_crosswalk.csv")
    assert len(listed.rows) == 759
    kodiak = next(row for row in listed.rows if row.agency == "kodiak police")
    assert (kodiak.state, kodiak.county, kodiak.zip, kodiak.ori) == ("AK", "", "99615", "AK0010500")
    assert kodiak.agency_type == "(003) Local Police"
    assert len(listed.notes) == sum(not row.ori for row in listed.rows) == 79
    assert all(len(row.ori) == 9 for row in listed.rows if row.ori)


def test_field_offices_with_quoted_headers(agencies: Path) -> None:
    rows = read_field_offices(agencies / "ice-areas-of-responsibility.csv").rows
    assert len(rows) == 426
    assert [(row.office, row.state, row.county) for row in rows[:2]] == [("Atlanta", "GA", ""), ("Atlanta", "NC", "")]
    albany = next(row for row in rows if row.county == "Albany")
    assert (albany.office, albany.state, albany.notes) == (
        "Buffalo",
        "NY",
        "Counties in Upstate New York not in the NYC AOR",
    )


def test_a_list_with_wrong_rows_is_refused_whole(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(
        f"\ufeff{HEADER}"
        "OHIO,Butler County Sheriff's Office,County,Butler County,Task Force Model,2025-01-01,link,\n"
        "OHOI,Clinton County Sheriff's Office,County,,Task Force Model,2025-01-01,link,\n"
        "OHIO,NA,County,,Task Force Model,2025-01-01,link,\n"
        "OHIO,Short\n"
    )
    with pytest.raises(FileProblems) as problem:
        read_287g(path)
    assert [(one.line, one.field) for one in problem.value.problems] == [
        (3, "STATE"),
        (4, "LAW ENFORCEMENT AGENCY"),
        (5, ""),
    ]


def test_another_list_is_told_by_its_columns(agencies: Path) -> None:
    with pytest.raises(FileProblems, match="SIGNED: this column is missing"):
        read_287g(agencies / "pending_2025-07-18.csv")


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("participating_2025-07-18.csv", date(2025, 7, 18)),
        ("agency_access20240426.csv", date(2024, 4, 26)),
        ("list.csv", None),
        ("list_2025-13-01.csv", None),
        ("20240426123.csv", None),
    ],
)
def test_the_day_of_a_list_stands_in_its_name(name: str, day: date | None) -> None:
    assert day_of(Path(name)) == day
