import os
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolgate.engines.clock import (
    RULES,
    Calendar,
    ClockError,
    Deadline,
    Event,
    business_days_left,
    counted,
    due,
    find_rule,
    state,
)

TRIALS = settings(max_examples=int(os.environ.get("SCHOOLGATE_TRIALS", "25")), deadline=None)
WORCESTER = Calendar("US-MA", "Worcester")
ZONES = {"MA": "US-MA", "NY": "US-NY", "IL": "US-IL", "CA": "US-CA"}
DAYS = st.dates(date(2021, 6, 11), date(2030, 12, 31))
BUSINESS = sorted(name for name, rule in RULES.items() if rule.unit == "business")
NOW = {name: rule for name, rule in RULES.items() if rule.in_force_to is None}
LISTED = sorted(name for name, rule in NOW.items() if rule.unit in {"business", "calendar", "school"})
FORWARD = sorted(name for name, rule in NOW.items() if rule.unit != "hours")


def calendar_for(rule_id: str, closed: frozenset[date] = frozenset()) -> Calendar:
    return Calendar(ZONES.get(rule_id[:2], "US"), "Suffolk", closures=closed, no_school=closed)


closings = st.frozensets(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=30)


@TRIALS
@given(st.sampled_from(BUSINESS), DAYS, closings)
def test_a_business_clock_never_ends_on_a_day_off(rule_id: str, day: date, closed: frozenset[date]) -> None:
    calendar = calendar_for(rule_id, closed)
    deadline = due(rule_id, day, calendar=calendar)
    assert calendar.why_no_business(deadline.due) is None
    assert all(calendar.why_no_business(one) is None for one in deadline.counted_days)
    assert len(deadline.counted_days) == RULES[rule_id].count
    assert deadline.counted_days[-1] == deadline.due > day


@TRIALS
@given(st.sampled_from(LISTED), DAYS, closings)
def test_counted_and_skipped_days_are_every_date_up_to_the_due_one(
    rule_id: str, day: date, closed: frozenset[date]
) -> None:
    deadline = due(rule_id, day, calendar=calendar_for(rule_id, closed))
    every = [day + timedelta(days=number) for number in range((deadline.due - day).days + 1)]
    shown = [*deadline.counted_days, *(one.day for one in deadline.skipped)]
    assert all(one.why for one in deadline.skipped)
    if RULES[rule_id].unit == "calendar":  # a last day that rolls is both: counted, and passed over
        assert set(every) == {*shown, deadline.due}
    else:
        assert every == sorted(shown)


@TRIALS
@given(st.sampled_from(FORWARD), DAYS, st.integers(1, 20))
def test_a_later_trigger_is_never_due_earlier(rule_id: str, day: date, later: int) -> None:
    calendar = calendar_for(rule_id)
    first = due(rule_id, day, calendar=calendar).due
    assert due(rule_id, day + timedelta(days=later), calendar=calendar).due >= first


@TRIALS
@given(st.sampled_from(BUSINESS), DAYS, st.dates(date(2026, 1, 1), date(2026, 12, 31)))
def test_one_more_closing_never_brings_a_date_forward(rule_id: str, day: date, closed: date) -> None:
    open_office = due(rule_id, day, calendar=calendar_for(rule_id)).due
    shut = due(rule_id, day, calendar=calendar_for(rule_id, frozenset({closed}))).due
    assert shut >= open_office


@TRIALS
@given(st.sampled_from(LISTED), DAYS)
def test_the_safe_date_is_first_and_the_readings_differ(rule_id: str, day: date) -> None:
    deadline = due(rule_id, day, calendar=calendar_for(rule_id))
    days = [one.day for one in deadline.alternatives]
    assert deadline.due not in days
    assert len(days) == len(set(days))
    assert all(one.why for one in deadline.alternatives)
    if RULES[rule_id].bearer == "other":
        assert all(one < deadline.due for one in days)


@TRIALS
@given(st.datetimes(datetime(2021, 7, 1), datetime(2029, 1, 1)))  # noqa: DTZ001 - the zone is put on below
def test_forty_eight_hours_are_elapsed_hours(naive: datetime) -> None:
    moment = naive.replace(tzinfo=UTC)
    deadline = due("MA-51A-48H", moment, calendar=WORCESTER)
    assert deadline.due_at is not None
    assert deadline.due_at - moment == timedelta(hours=48)
    assert deadline.due == deadline.due_at.date()


@TRIALS
@given(DAYS, st.integers(0, 40))
def test_days_run_and_days_left_add_up(day: date, later: int) -> None:
    deadline = due("MA-PR-25", day, calendar=WORCESTER)
    on = day + timedelta(days=later)
    assert counted(deadline, on) + business_days_left(deadline, on) == 25
    assert business_days_left(deadline, deadline.due) == 0


def events(*pairs: tuple[str, date]) -> list[Event]:
    return [Event(kind, day) for kind, day in pairs]


def pr25(*more: Event) -> Deadline:
    return due("MA-PR-25", date(2026, 4, 27), calendar=WORCESTER, events=more)


def test_only_agreement_extension_and_court_orders_move_production() -> None:
    plain = pr25().due
    for kind in ("petition", "clarified", "school_closed", "response"):
        moved = pr25(Event(kind, date(2026, 5, 4)))
        assert moved.due == plain
    assert pr25(Event("agree", date(2026, 5, 4), until=date(2026, 8, 1))).due == date(2026, 8, 1)
    assert pr25(Event("agree", date(2026, 5, 4), until=date(2026, 5, 5))).due == plain
    assert len(pr25(Event("extend", date(2026, 5, 4))).counted_days) == 55
    assert len(pr25(Event("extend", date(2026, 5, 4), units=400)).counted_days) == 55
    assert len(pr25(Event("extend", date(2026, 5, 4), units=10)).counted_days) == 35


@pytest.mark.parametrize("kind", ["petition", "extend", "fee_notice", "agree", "clarified"])
def test_nothing_of_the_sort_moves_the_first_response(kind: str) -> None:
    event = Event(kind, date(2026, 3, 4), until=date(2026, 9, 1), units=9)
    deadline = due("MA-PR-10", date(2026, 3, 2), calendar=WORCESTER, events=[event])
    assert deadline.due == date(2026, 3, 16)
    assert deadline.ignored == (() if kind == "clarified" else (kind,))


def test_an_open_stop_is_shown_as_stopped() -> None:
    deadline = pr25(Event("stop", date(2026, 5, 11)))
    assert deadline.due == pr25().due
    assert state(deadline, date(2026, 5, 10)) == "running"
    assert state(deadline, date(2026, 6, 30)) == "stopped"


def test_an_agency_has_its_own_numbers() -> None:
    extend = [Event("extend", date(2026, 3, 10))]
    agency = due("MA-PR-EXT", date(2026, 3, 2), calendar=WORCESTER, events=extend, custodian="agency")
    assert (len(agency.counted_days), agency.rule) == (35, "MA-PR-EXT")


def test_the_law_in_force_on_the_day_of_receipt_is_applied() -> None:
    old = due("MA-PR-10", date(2016, 12, 31), calendar=WORCESTER)
    assert (old.rule, old.due) == ("MA-PR-10-OLD", date(2017, 1, 10))
    assert due("MA-PR-10", date(2017, 1, 1), calendar=WORCESTER).rule == "MA-PR-10"
    with pytest.raises(ClockError, match="not in force after 2016-12-31"):
        due("MA-PR-10-OLD", date(2017, 1, 1), calendar=WORCESTER)
    with pytest.raises(ClockError, match="not in force before 2017-01-01"):
        due("MA-PR-25", date(2016, 12, 31), calendar=WORCESTER)


def test_deemed_receipt_begins_on_its_switch_day() -> None:
    saturday = date(2021, 6, 12)
    assert due("MA-PR-10", saturday, calendar=WORCESTER).counted_days[0] == date(2021, 6, 15)
    earlier = due("MA-PR-10", date(2021, 6, 5), calendar=WORCESTER)
    assert (earlier.counted_days[0], earlier.due, earlier.alt_due) == (
        date(2021, 6, 7),
        date(2021, 6, 18),
        date(2021, 6, 21),
    )
    written = due("MA-PR-10", date(2019, 5, 14), calendar=WORCESTER, channel="mail")
    assert (written.due, written.alt_due) == (date(2019, 5, 29), date(2019, 5, 28))
    oral = due("MA-PR-10", date(2021, 6, 10), calendar=WORCESTER, channel="oral")
    assert oral.counted_days[0] == date(2021, 6, 10)
    assert due("MA-PR-10", date(2021, 6, 11), calendar=WORCESTER, channel="oral").counted_days[0] == date(2021, 6, 14)


def test_an_extension_asked_too_late_is_only_the_other_reading() -> None:
    received = date(2026, 1, 12)
    late = due("IL-FOIA-EXT5", received, calendar=Calendar("US-IL"), events=[Event("extend", date(2026, 1, 21))])
    assert (late.due, late.alt_due) == (date(2026, 1, 20), date(2026, 1, 27))
    family = due("MA-37H34-HEAR3", date(2026, 3, 2), calendar=WORCESTER, events=[Event("extend", date(2026, 3, 6))])
    assert (family.due, family.alt_due) == (date(2026, 3, 5), date(2026, 3, 12))


def test_families_are_told_seven_days_after_the_reason_for_delay_ends() -> None:
    plain = due("NY-2D-FAM60", date(2025, 1, 17), calendar=Calendar("US-NY"))
    delayed = due(
        "NY-2D-FAM60",
        date(2025, 1, 17),
        calendar=Calendar("US-NY"),
        events=events(("stop", date(2025, 2, 3)), ("resume", date(2025, 5, 2))),
    )
    assert plain.due == date(2025, 3, 18)
    assert (delayed.due, delayed.alt_due) == (date(2025, 5, 9), date(2025, 3, 18))
    assert len(delayed.counted_days) + len(delayed.skipped) == (delayed.due - delayed.trigger).days + 1


def test_validation_restarts_the_five_years() -> None:
    entry = date(2021, 7, 1)
    validated = due("CFR23-5Y", entry, calendar=WORCESTER, events=events(("validated", date(2025, 7, 2))))
    too_late = due("CFR23-5Y", entry, calendar=WORCESTER, events=events(("validated", date(2026, 7, 2))))
    assert (validated.due, too_late.due) == (date(2030, 7, 2), date(2026, 7, 1))


def test_leap_days() -> None:
    retention = due("MA-SR-RET7", date(2020, 2, 29), calendar=WORCESTER)
    assert (retention.due, retention.alt_due) == (date(2027, 2, 28), date(2027, 3, 1))
    assert due("MA-SR-RET60", date(1960, 2, 29), calendar=WORCESTER).due == date(2020, 2, 29)
    birthday = due("AGE18", date(2008, 2, 29), calendar=WORCESTER)
    assert (birthday.due, birthday.alt_due) == (date(2026, 3, 1), date(2026, 2, 28))


def test_notice_comes_ten_days_before_compliance_or_at_once() -> None:
    rule = "notice-before-compliance"
    assert due(rule, date(2026, 3, 20), calendar=WORCESTER).due == date(2026, 3, 10)
    sooner = due(rule, date(2026, 3, 20), calendar=WORCESTER, events=events(("compliance_date", date(2026, 3, 17))))
    assert sooner.due == date(2026, 3, 7)
    at_once = due(rule, date(2026, 3, 20), calendar=WORCESTER, events=events(("served", date(2026, 3, 16))))
    assert at_once.due == date(2026, 3, 16)
    assert len(at_once.counted_days) == 4


def test_an_objection_is_due_at_the_hour_of_compliance() -> None:
    served, comply = "2026-06-01T11:00:00-04:00", datetime.fromisoformat("2026-06-08T10:00:00-04:00")
    deadline = due(
        "MA-R45-OBJ10",
        datetime.fromisoformat(served),
        calendar=WORCESTER,
        events=[Event("compliance_date", comply)],
    )
    assert deadline.due_at == comply


def test_suffolk_doubt_goes_to_whom_the_date_protects() -> None:
    suffolk = Calendar("US-MA", "Suffolk")
    appeal = due("MA-PR-APPEAL90", date(2025, 12, 17), calendar=suffolk)
    objection = due("MA-R45-OBJ10", date(2026, 3, 7), calendar=suffolk)
    assert (appeal.due, appeal.alt_due) == (date(2026, 3, 18), date(2026, 3, 17))
    assert (objection.due, objection.alt_due) == (date(2026, 3, 17), date(2026, 3, 18))


@pytest.mark.parametrize(
    ("rule_id", "done", "on", "expected"),
    [
        ("MA-PR-10", None, date(2026, 3, 16), "running"),
        ("MA-PR-10", None, date(2026, 3, 17), "late; fee barred"),
        ("MA-PR-10", ("response", date(2026, 3, 16)), date(2026, 3, 20), "timely; fee allowed"),
        ("MA-PR-10", ("response", date(2026, 3, 17)), date(2026, 3, 20), "late; fee barred"),
        ("MA-PR-10", ("response", date(2026, 3, 17)), date(2026, 3, 16), "running"),
        ("MA-SR-10", ("access_given", date(2026, 3, 12)), date(2026, 3, 12), "timely"),
        ("MA-SR-NONCUST21", None, date(2026, 3, 23), "not yet"),
        ("MA-SR-NONCUST21", None, date(2026, 3, 24), "allowed"),
    ],
)
def test_states(rule_id: str, done: tuple[str, date] | None, on: date, expected: str) -> None:
    happened = events(done) if done else []
    assert state(due(rule_id, date(2026, 3, 2), calendar=WORCESTER, events=happened), on) == expected


def test_a_hold_forbids_destruction_only_while_it_is_open() -> None:
    held = due(
        "MA-SR-RET7",
        date(2018, 6, 15),
        calendar=WORCESTER,
        events=events(("stop", date(2025, 5, 30)), ("resume", date(2025, 6, 9))),
    )
    states = [state(held, date(2025, month, day)) for month, day in ((5, 29), (5, 30), (6, 8), (6, 9), (6, 16))]
    assert states == ["running", "hold; do not destroy", "hold; do not destroy", "running", "late"]


def test_names_are_found_in_any_case_and_by_citation() -> None:
    assert find_rule("ma-sr-10").id == "MA-SR-10"
    assert find_rule("ma-sr-noncust21").id == "MA-SR-NONCUST21"
    assert find_rule("Notice-Before-Compliance").id == "notice-before-compliance"
    assert find_rule("99.31(a)(9)").unit == "no_number"
    with pytest.raises(ClockError, match="MA-XX-1"):
        find_rule("MA-XX-1")


def test_times_without_an_offset_and_dates_for_hours_are_refused() -> None:
    naive = datetime(2026, 3, 2, 10, 15)  # noqa: DTZ001 - what is refused
    with pytest.raises(ClockError, match="offset"):
        due("MA-PR-10", naive, calendar=WORCESTER)
    with pytest.raises(ClockError, match="'response'"):
        due("MA-PR-10", date(2026, 3, 2), calendar=WORCESTER, events=[Event("response", naive)])
    with pytest.raises(ClockError, match="offset"):
        due("MA-51A-48H", date(2026, 3, 2), calendar=WORCESTER)


def test_a_calendar_without_open_days_ends_with_an_error() -> None:
    shut = frozenset(date(2026, 1, 1) + timedelta(days=number) for number in range(4000))
    with pytest.raises(ClockError, match="hardly a day"):
        due("MA-PR-10", date(2026, 3, 2), calendar=Calendar("US-MA", closures=shut))


# Every id of the sheet's table, its grouped rows taken apart.
SHEET = """
 MA-PR-10 MA-PR-10-OLD MA-PR-25 MA-PR-15 MA-PR-PET20 MA-PR-PETDET10 MA-PR-EXT MA-PR-APPEAL90
MA-PR-SUPDEC10 MA-SR-10 MA-SR-NONCUST21 MA-SR-AMEND7 MA-SR-SUP14 MA-SR-COMM28 MA-SR-COMMDEC14
23.07(4)(a) 23.07(4)(g) MA-SR-RET7 MA-SR-RET60 MA-AGE14 AGE18 FERPA-45 FERPA-30 99.31(a)(9)
MA-37H-APPEAL10 MA-37H12-APPEAL5 MA-37H12-HEAR3 MA-37H12-DEC5 MA-37H34-APPEAL5 MA-37H34-HEAR3
MA-37H34-DEC5 MA-EMERG2 MA-37L-WEAPON MA-37L-TRANSFER MA-51A-48H MA-R45-OBJ10 CFR23-5Y CA-CPRA-10
CA-CPRA-EXT14 IL-FOIA-5 IL-FOIA-EXT5 IL-FOIA-COMM21 IL-ISSRA-10 IL-ISSRA-EXT5 NY-FOIL-ACK5
NY-FOIL-20 NY-FOIL-APPEAL30 NY-FOIL-APPDEC10 NY-2D-VENDOR7 NY-2D-CPO10 NY-2D-FAM60 NY-2D-DELAY7
"""


@pytest.mark.parametrize("rule_id", SHEET.split())
def test_every_clock_of_the_sheet_runs_and_cites(rule_id: str) -> None:
    rule = find_rule(rule_id)
    year = 2015 if rule.in_force_to else 2026
    trigger = datetime(year, 3, 2, 15, tzinfo=UTC)
    deadline = due(rule_id, trigger, calendar=calendar_for(rule.id))
    assert deadline.citation
    assert deadline.evidence in {"read", "secondary", "memory"}
    assert deadline.due >= date(year, 3, 2)
    number = re.search(r"-(?:[A-Z]*?)(\d+)H?(?:-OLD)?$", rule.id)
    total = rule.extension if "-EXT" in rule.id else rule.count
    assert number is None or int(number[1]) == total
