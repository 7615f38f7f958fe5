"""Kinds of report: what must follow them, who signs them off, and the memo that is kept apart."""

from dataclasses import replace
from datetime import timedelta

import pytest

from schoolgate.apps.access.moment import at, now, today
from schoolgate.apps.incidents.body import Person
from schoolgate.apps.incidents.vocabulary import MEMO, REPORT_KINDS, steps_of
from schoolgate.apps.ledger.acts import Impossible, NotAllowed

pytestmark = pytest.mark.django_db


def filed_as(cast, body, kind, username="abreu", **changes):
    from schoolgate.apps.incidents.services import file_report

    return file_report(actor=cast.actor(username), body=replace(body, report_kind=kind, **changes))


def test_every_kind_is_one_that_the_law_knows_and_every_step_names_a_clock_that_exists():
    from schoolgate.apps.incidents.models import Report
    from schoolgate.apps.schools.selectors import rulebook_named
    from schoolgate.engines import clock

    known = set(rulebook_named("boston").facts["record_kind"].values)
    assert {Report(kind=kind).record_kind for kind in REPORT_KINDS} <= known
    for kind in REPORT_KINDS:
        codes = [rule.code for rule in steps_of(kind)]
        assert len(set(codes)) == len(codes)
        for rule in steps_of(kind):
            assert not rule.clock or clock.find_rule(rule.clock)
            assert not rule.after or rule.after in codes
            assert rule.evidence in {"read", "secondary", "memory"}


def test_a_weapon_report_brings_its_copies_and_its_assessment(cast, body, sign_in):
    from schoolgate.apps.incidents.services import mark_step_done

    with pytest.raises(Impossible, match="which weapon"):
        filed_as(cast, body, "weapon_report")
    report = filed_as(cast, body, "weapon_report", weapon="A folding knife", weapon_kind="ceds:Knife")
    steps = {one.code: one for one in report.steps.all()}
    assert {code for code in steps if code.startswith("copy_")} == {
        "copy_police",
        "copy_dcf",
        "copy_student_services",
        "copy_committee",
    }
    assert {"superintendent", "assessment", "counseling", "follow_up"} <= steps.keys()
    assert steps["copy_police"].due_on == today()
    assert steps["assessment"].due_on is None
    page = sign_in("okafor").get(f"/reports/{report.pk}/").content.decode()
    assert "Copy to the local chief of police" in page
    assert "never by hand" in page
    mark_step_done(actor=cast.actor("okafor"), report=report, code="superintendent")
    with pytest.raises(Impossible, match="done already"):
        mark_step_done(actor=cast.actor("okafor"), report=report, code="superintendent")
    with pytest.raises(Impossible, match="future"):
        mark_step_done(actor=cast.actor("okafor"), report=report, code="assessment", at=now() + timedelta(hours=1))
    with pytest.raises(NotAllowed):
        mark_step_done(actor=cast.actor("doyle"), report=report, code="assessment")
    with at(now() + timedelta(days=2)):
        late = sign_in("okafor").get(f"/reports/{report.pk}/").content.decode()
    assert "Overdue" in late
    assert "Done" in late


def test_a_principal_signs_off_what_staff_signed_and_again_after_a_correction(cast, body, report, corrected, sign_in):
    from schoolgate.apps.incidents.services import sign_off

    assert report.waits_for_principal
    assert not filed_as(cast, body, "incident_report", "okafor").waits_for_principal
    assert not filed_as(cast, body, "incident_log").waits_for_principal
    page = sign_in("okafor").get("/reports/").content.decode()
    assert "1 report waits for your word" in " ".join(page.split())
    for username in ("abreu", "whitfield"):
        with pytest.raises(NotAllowed):
            sign_off(actor=cast.actor(username), report=report)
        assert sign_in(username).post(f"/reports/{report.pk}/sign-off/").status_code == 404
    assert sign_in("okafor").post(f"/reports/{report.pk}/sign-off/").status_code == 302
    version = report.versions.get()
    assert version.signed_off_by.username == "okafor"
    with pytest.raises(Impossible, match="nobody's word"):
        sign_off(actor=cast.actor("okafor"), report=report)
    corrected(report, narrative="@P1 bumped into @P2.")
    report.refresh_from_db()
    assert report.waits_for_principal
    assert report.versions.last().signed_off_at is None


def test_a_principal_of_another_school_signs_nothing_off(cast, report):
    from schoolgate.apps.incidents.services import sign_off
    from schoolgate.apps.schools.models import School

    other = School.objects.create(name="West Harbor", external_id="4031")
    elsewhere = replace(cast.actor("okafor"), schools=frozenset({other.pk}))
    with pytest.raises(NotAllowed):
        sign_off(actor=elsewhere, report=report)


@pytest.fixture
def memo(cast, body):
    return filed_as(cast, body, MEMO)


def test_a_memo_is_known_to_its_author_the_principal_and_counsel_alone(cast, memo, sign_in):
    from schoolgate.apps.incidents.models import Incident, Report
    from schoolgate.apps.incidents.searching import Wanted, search

    knows = {"abreu", "okafor", "raman"}
    for username in cast.users:
        actor, client = cast.actor(username), sign_in(username)
        seen = Report.objects.visible_to(actor).filter(pk=memo.pk).exists()
        assert seen is (username in knows), username
        assert search(actor, Wanted(number=memo.number)).exists() is seen, username
        assert search(actor, Wanted(student=cast.students["marisol"].pk)).exists() is seen, username
        page = client.get(f"/reports/{memo.pk}/")
        assert (page.status_code == 200) is seen, username
        listed = client.get("/reports/")
        assert (listed.status_code == 200 and memo.number in listed.content.decode()) is seen, username
    assert not Incident.objects.told_openly().filter(pk=memo.incident_id).exists()


def test_a_colleague_who_responded_and_a_principal_whom_it_concerns_do_not_know_of_it(cast, body):
    from schoolgate.apps.incidents.models import Report
    from schoolgate.apps.people.models import StaffMember

    staff = {one.user_id: one.pk for one in StaffMember.objects.filter(user__isnull=False)}
    okafor, abreu = (staff[cast.users[one].pk] for one in ("okafor", "abreu"))
    about = (*body.people, Person("S1", "involved", staff=okafor))
    memo = filed_as(cast, body, MEMO, people=about)
    assert not Report.objects.visible_to(cast.actor("okafor")).filter(pk=memo.pk).exists()
    assert Report.objects.visible_to(cast.actor("abreu")).filter(pk=memo.pk).exists()
    assert Report.objects.visible_to(cast.actor("raman")).filter(pk=memo.pk).exists()
    theirs = filed_as(cast, body, MEMO, "okafor", people=(*body.people, Person("S1", "responded", staff=abreu)))
    assert not Report.objects.visible_to(cast.actor("abreu")).filter(pk=theirs.pk).exists()


def test_a_memo_leaves_by_no_request(cast, memo):
    from schoolgate.apps.incidents.selectors import KeptShut, unsealed
    from schoolgate.apps.requests.selectors import reports_to_match

    assert memo not in reports_to_match(cast.actor("raman"), memo.number)
    with pytest.raises(KeptShut, match="kept apart"):
        unsealed(memo)


def test_forty_eight_hours_count_from_the_call(cast, memo, sign_in):
    from zoneinfo import ZoneInfo

    written = memo.steps.get(code="written")
    assert written.due_on is None
    called = now() - timedelta(hours=3)
    text = called.astimezone(ZoneInfo("America/New_York")).strftime("%Y-%m-%dT%H:%M")
    client = sign_in("abreu")
    assert client.post(f"/reports/{memo.pk}/steps/oral/", {"at": "noon"}).status_code == 302
    assert memo.steps.get(code="oral").done_at is None
    client.post(f"/reports/{memo.pk}/steps/oral/", {"at": text})
    written.refresh_from_db()
    assert written.due_on == (called + timedelta(hours=48)).astimezone(ZoneInfo("America/New_York")).date()
    assert client.post(f"/reports/{memo.pk}/steps/moon/").status_code == 404
