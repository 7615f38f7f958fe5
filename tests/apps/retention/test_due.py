"""What is past its time on a day, what is held and why."""

from datetime import timedelta

import pytest
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext

from schoolgate.apps.access.actors import VISITOR
from schoolgate.apps.access.moment import at, now
from schoolgate.apps.families.services import contest
from schoolgate.apps.incidents.body import Body
from schoolgate.apps.incidents.models import Draft
from schoolgate.apps.incidents.services import save_draft
from schoolgate.apps.ledger.acts import Impossible, NotAllowed
from schoolgate.apps.retention.models import Departure, HoldKind
from schoolgate.apps.retention.schedule import all_schedules, years_later
from schoolgate.apps.retention.selectors import find_series, preview, series_here, waiting_for_others, why_held
from schoolgate.apps.retention.services import lift_hold, place_hold, record_departure
from schoolgate.demonstration import story
from support.seen import accepted, told

pytestmark = pytest.mark.django_db


def subjects(found):
    return {one.subject for one in found.rows}


def leave(cast, officer, child, day):
    return record_departure(actor=officer, student=cast.students[child], left_on=day, how=Departure.How.GRADUATED)


def test_a_report_is_past_its_five_years_on_the_day_and_not_before(officer, five_years, old):
    day = years_later(old.filed_at.astimezone().date(), 5)
    assert subjects(preview(officer, five_years, day)) == {f"report:{old.pk}"}
    assert not preview(officer, five_years, day - timedelta(days=1)).past


def test_a_new_report_is_not_past_its_time(cast, officer, five_years, today):
    story.file_the_report(cast)
    assert not preview(officer, five_years, today).past


def test_only_the_office_may_look(cast, five_years, today):
    for username in ("abreu", "okafor", "aguilar", "doyle", "park", "admin"):
        with pytest.raises(Http404):
            preview(cast.actor(username), five_years, today)
    with pytest.raises(Http404):
        preview(VISITOR, five_years, today)


def test_another_district_has_no_ordinance_of_boston(cast):
    from schoolgate.apps.schools.models import District

    assert "student_report" in {one.code for one in series_here()}
    District.objects.update(rulebook="california")
    codes = {one.code for one in series_here()}
    assert "student_report" not in codes
    assert "temporary_record" not in codes
    assert "ledger" in codes
    with pytest.raises(Http404):
        find_series("student_report")


def test_seven_years_count_from_when_the_last_student_left(cast, officer, old, today):
    series = all_schedules()["temporary_record"]
    assert not preview(officer, series, today).past
    leave(cast, officer, "marisol", today - timedelta(days=8 * 366))
    assert not preview(officer, series, today).past
    assert waiting_for_others(officer, series, today) == 1
    left = today - timedelta(days=7 * 365 - 30)
    leave(cast, officer, "kevin", left)
    assert not preview(officer, series, today).past
    seen = preview(officer, series, years_later(left, 7))
    assert subjects(seen) == {f"report:{old.pk}"}
    assert seen.rows[0].due_on == years_later(left, 7)
    assert waiting_for_others(officer, series, years_later(left, 7)) == 0


def test_a_departure_is_corrected_by_a_later_word_and_never_lies_ahead(cast, officer, counsel, today):
    leave(cast, officer, "kevin", today)
    leave(cast, officer, "kevin", today - timedelta(days=3))
    assert Departure.objects.get().left_on == today - timedelta(days=3)
    with pytest.raises(Impossible, match="future"):
        leave(cast, officer, "kevin", today + timedelta(days=1))
    with pytest.raises(NotAllowed):
        leave(cast, counsel, "kevin", today)


@pytest.mark.parametrize("covers", ["report", "student", "school", "all"])
def test_a_hold_keeps_what_it_covers(covers, *, cast, officer, five_years, old, today, hold):
    given = {"report": old, "student": cast.students["kevin"], "school": cast.school}
    hold(HoldKind.LITIGATION, **({covers: given[covers]} if covers in given else {}))
    seen = preview(officer, five_years, today)
    assert (seen.free, seen.held) == (0, {"litigation": 1})
    assert seen.kept_back[0].why == "Held for a lawsuit, a subpoena or an appeal"


def test_a_hold_keeps_nothing_else(cast, *, officer, five_years, old, today, hold):
    other = story.file_the_report(cast)
    hold(HoldKind.COUNSEL, report=other)
    assert preview(officer, five_years, today).free == 1


def test_a_hold_stands_from_its_first_day_to_its_end(officer, five_years, old, today, hold):
    hold(HoldKind.RECORDS_REQUEST, report=old, starts=today + timedelta(days=2), until=today + timedelta(days=5))
    held = [preview(officer, five_years, today + timedelta(days=ahead)).held for ahead in (1, 2, 4, 5)]
    assert held == [{}, {"records_request": 1}, {"records_request": 1}, {}]


def test_counsel_alone_lifts_a_hold_and_only_once(officer, *, counsel, five_years, old, today, hold):
    made = hold(report=old)
    with pytest.raises(NotAllowed):
        lift_hold(actor=officer, hold=made)
    lift_hold(actor=counsel, hold=made)
    assert preview(officer, five_years, today).free == 1
    with pytest.raises(Impossible, match="ended already"):
        lift_hold(actor=counsel, hold=made)


def test_why_something_is_held_is_sealed(old, hold):
    made = hold(report=old)
    assert why_held(made).startswith("Aguilar against")
    assert b"Aguilar" not in bytes(made.sealed_why)


@pytest.mark.parametrize(("why", "ahead", "said"), [(" ", 1, "Write why"), ("A case", 0, "ends after it began")])
def test_a_hold_needs_a_reason_and_an_end_after_its_beginning(why, *, ahead, said, counsel, old, today):
    from schoolgate.apps.retention.services import Scope

    with pytest.raises(Impossible, match=said):
        place_hold(
            actor=counsel,
            kind=HoldKind.COUNSEL,
            scope=Scope(report=old),
            why=why,
            starts=today,
            until=today + timedelta(days=ahead),
        )


def test_an_open_request_holds_and_an_answered_one_does_not(cast, officer, five_years, old, today):
    from schoolgate.apps.requests.services import refuse

    _, decision = story.asked_and_decided(cast, old, story.ICE)
    assert preview(officer, five_years, today).held == {"open_request": 1}
    refuse(actor=officer, decision=decision)
    assert preview(officer, five_years, today).free == 1


def test_an_open_case_of_a_copy_seen_elsewhere_holds(cast, officer, five_years, old, today):
    tip = told(cast, "aguilar", giver="east-harbor", receiver="boston-police")
    accepted(cast, tip, giver="east-harbor", receiver="boston-police", report=old)
    assert preview(officer, five_years, today).held == {"open_case": 1}


def test_a_familys_objection_holds_for_a_year_after_its_decision_was_due(cast, officer, five_years, old, today):
    made = contest(actor=cast.actor("aguilar"), report=old, text="She was not there.")
    assert preview(officer, five_years, today).held == {"objection": 1}
    later = made.decision_due + timedelta(days=365)
    assert preview(officer, five_years, later - timedelta(days=1)).held == {"objection": 1}
    assert preview(officer, five_years, later).free == 1


def test_a_draft_that_nobody_touched_for_a_year_is_past_its_time(cast, officer, today):
    series = all_schedules()["unsigned_drafts"]
    with at(now() - timedelta(days=366)):
        draft = save_draft(actor=cast.actor("abreu"), body=Body(narrative="@P1 ran."))
    save_draft(actor=cast.actor("abreu"), body=Body(narrative="@P1 walked."))
    assert Draft.objects.count() == 2
    assert subjects(preview(officer, series, today)) == {f"draft:{draft.pk}"}


def test_a_preview_costs_the_same_for_one_and_for_many(cast, officer, five_years, today):
    def queries():
        with CaptureQueriesContext(
            connection,
        ) as seen:
            preview(officer, five_years, today)
        return len(seen)

    many = []
    with at(now() - timedelta(days=6 * 366)):
        for _ in range(3):
            story.file_the_report(cast)
            many.append(queries())
    story_queries = queries()
    assert preview(officer, five_years, today).free == 3
    assert story_queries <= 3
