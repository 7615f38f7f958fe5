from datetime import date, timedelta

import pytest

from schoolgate.engines.clock import Calendar, ClockError, due

MASSACHUSETTS = Calendar("US-MA", "Worcester")
SUFFOLK = Calendar("US-MA", "Suffolk")


def nth_weekday(year: int, month: int, weekday: int, number: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))


def statute(year: int) -> set[date]:
    """M.G.L. c.4 s.7 cl.18, written out a second time without the package."""
    fixed = [date(year, 1, 1), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25)]
    if year >= 2021:
        fixed.append(date(year, 6, 19))
    last_of_may = date(year, 5, 31)
    return {day + timedelta(days=day.weekday() == 6) for day in fixed} | {
        nth_weekday(year, 1, 0, 3),
        nth_weekday(year, 2, 0, 3),
        nth_weekday(year, 4, 0, 3),
        last_of_may - timedelta(days=last_of_may.weekday()),
        nth_weekday(year, 9, 0, 1),
        nth_weekday(year, 10, 0, 2),
        nth_weekday(year, 11, 3, 4),
    }


@pytest.mark.parametrize("year", range(2014, 2029))
def test_every_weekday_of_fifteen_years_agrees_with_the_statute(year: int) -> None:
    days = [date(year, 1, 1) + timedelta(days=number) for number in range(365)]
    weekdays = [day for day in days if day.weekday() < 5]
    closed = {day for day in weekdays if MASSACHUSETTS.why_no_business(day)}
    assert closed == {day for day in statute(year) if day.weekday() < 5}


def test_juneteenth_2020_counted_and_saturdays_move_nowhere() -> None:
    for day in (date(2020, 6, 19), date(2021, 6, 18), date(2020, 7, 3), date(2027, 12, 24), date(2028, 1, 3)):
        assert MASSACHUSETTS.why_no_business(day) is None
    assert MASSACHUSETTS.why_no_business(date(2022, 6, 20)) is not None


@pytest.mark.parametrize(
    "day", [date(2025, 3, 17), date(2025, 6, 17), date(2018, 6, 18), date(2019, 3, 18), date(2024, 3, 18)]
)
def test_suffolk_days_are_doubtful_in_suffolk_and_ordinary_elsewhere(day: date) -> None:
    assert SUFFOLK.why_no_business(day) is None
    assert SUFFOLK.doubt(day)
    assert "Suffolk" in (SUFFOLK.reread().why_no_business(day) or "")
    assert SUFFOLK.reread().reread() == SUFFOLK
    assert MASSACHUSETTS.doubt(day) is None
    assert MASSACHUSETTS.reread().why_no_business(day) is None


def test_saturday_saint_patricks_day_moves_nowhere() -> None:
    assert SUFFOLK.doubt(date(2018, 3, 19)) is None


def test_office_closings_school_closings_and_holidays_are_three_things() -> None:
    day = date(2026, 1, 26)
    office = Calendar("US-MA", closures=frozenset({day}))
    school = Calendar("US-MA", no_school=frozenset({day}))
    planned = Calendar("US-MA", planned_closures=frozenset({day}))
    assert (office.why_no_business(day), office.why_no_school(day)) == ("custodian's office closed", None)
    assert (school.why_no_business(day), school.why_no_school(day)) == (None, "no school")
    assert (planned.why_no_business(day), planned.reread().why_no_business(day)) == (
        None,
        "custodian's office closed",
    )
    assert "planned" in (planned.doubt(day) or "")
    assert all(calendar.why_no_last_day(day) is None for calendar in (office, school, planned))
    holiday = date(2026, 1, 19)
    for why in (office.why_no_business, office.why_no_school, office.why_no_last_day):
        assert "Martin Luther King" in (why(holiday) or "")


def test_a_planned_closing_shows_both_dates() -> None:
    calendar = Calendar("US-MA", planned_closures=frozenset({date(2026, 3, 10)}))
    deadline = due("MA-PR-10", date(2026, 3, 2), calendar=calendar)
    assert (deadline.due, deadline.alt_due) == (date(2026, 3, 16), date(2026, 3, 17))


def test_new_york_and_illinois_keep_their_own_days() -> None:
    new_york, illinois = Calendar("US-NY"), Calendar("US-IL")
    assert new_york.why_no_business(date(2026, 2, 12))
    assert new_york.doubt(date(2026, 2, 12))
    assert new_york.reread().why_no_business(date(2026, 2, 12)) is None
    assert new_york.why_no_business(date(2028, 2, 15)) is None
    assert new_york.why_no_business(date(2026, 7, 3)) is None
    assert illinois.why_no_business(date(2026, 3, 2))
    assert illinois.why_no_business(date(2026, 7, 3)) is None
    assert illinois.doubt(date(2026, 7, 3))
    assert Calendar("US-CA").why_no_last_day(date(2026, 3, 31))


def test_an_unknown_jurisdiction_is_refused() -> None:
    with pytest.raises(ClockError, match="US-TX"):
        Calendar("US-TX")
