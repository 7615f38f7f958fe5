"""The schedules: each has its law, and the days are those that the statute's clock counts."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schoolgate.apps.retention.schedule import (
    ScheduleError,
    all_schedules,
    read_schedules,
    years_earlier,
    years_later,
)
from schoolgate.engines import clock

DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))
WHOLE = """
[one]
title = "One"
counts_from = "filing"
years = 5
citation = "c"
source = "s"
evidence = "read"
plain = "p"
"""


def test_every_series_has_a_citation_a_source_and_how_well_it_is_known():
    found = all_schedules()
    assert set(found) == {
        "student_report",
        "temporary_record",
        "relation_papers",
        "transcript",
        "ledger",
        "unsigned_drafts",
    }
    assert found["student_report"].years == 5
    assert found["temporary_record"].years == 7
    assert found["transcript"].years == 60
    assert found["transcript"].is_kept


@given(day=DAYS)
def test_seven_years_are_those_of_the_clock_of_the_regulation(day):
    boston = clock.Calendar(jurisdiction="US-MA", county="Suffolk")
    assert all_schedules()["temporary_record"].due_on(day) == clock.due("ma-sr-ret7", day, calendar=boston).due


@given(day=DAYS, start=DAYS, years=st.integers(1, 60))
def test_what_is_past_its_time_began_on_the_last_start_or_before(day, start, years):
    assert (years_later(start, years) <= day) == (start <= years_earlier(day, years))
    last = years_earlier(day, years)
    assert years_later(last, years) <= day < years_later(last + timedelta(days=1), years)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('citation = "c"', 'citation = " "', "one needs a citation"),
        ("years = 5", "years = 5\ndays = 3", "either years or days"),
        ("years = 5", "", "either years or days"),
        ('"read"', '"sure"', "evidence is 'sure'"),
        ('"filing"', '"birth"', "series one cannot be read"),
        ("years = 5", "yaers = 5", "series one cannot be read"),
        ("[one]", "[one", "no TOML"),
        ('"filing"', '"filing"\nof = "papers"', "papers.* where it counts from leaving"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place(old, new, said):
    assert read_schedules(WHOLE.encode())["one"].years == 5
    with pytest.raises(ScheduleError, match=said):
        read_schedules(WHOLE.replace(old, new).encode())
