"""Pages that people of the office open seldom, in a real browser: axe clean, and no wider than a phone."""

import shutil
from datetime import timedelta

import pytest
from django.urls import reverse

from schoolgate.demonstration import story
from schoolgate.demonstration.cast import PASSWORD, open_demonstration
from support.seen import left_on_condition

pytestmark = pytest.mark.browser


@pytest.fixture
def cast(real_transactions, settings, tmp_path):
    """The demonstration with keys of its own, one of which is destroyed."""
    shutil.copytree(settings.KEYS, tmp_path / "keys")
    settings.KEYS, settings.LOG_FOLDER = tmp_path / "keys", tmp_path / "log"
    return open_demonstration()


def test_an_order_to_expunge_and_who_holds_copies(cast, visit):
    from schoolgate.apps.access.moment import today
    from schoolgate.apps.incidents.models import OrderKind
    from schoolgate.apps.incidents.order_services import carry_out_order, enter_order

    report = left_on_condition(cast, story.file_the_report(cast)).request.report
    order = enter_order(
        actor=cast.actor("whitfield"),
        report=report,
        kind=OrderKind.EXPUNGE,
        dated_on=today(),
        court="Suffolk Juvenile Court",
        docket="JV-26-118",
    )
    counsel = visit(scripts=True).sign_in("raman", PASSWORD)
    carry_out_order(actor=cast.actor("raman"), order=order)
    counsel.open(reverse("incidents:holders", args=[order.pk]))
    assert "1 of 1 copy is with somebody who was not told" in counsel.answer
    counsel.check("holders-untold")
    counsel.page.locator("main form").get_by_role("button").first.click()
    counsel.page.wait_for_load_state()
    counsel.check("holders-wrong")


def test_a_certificate_whose_key_has_ended(cast, visit):
    from schoolgate.apps.access.actors import SYSTEM
    from schoolgate.apps.access.moment import at, now, today
    from schoolgate.apps.ledger.keys import keys
    from schoolgate.apps.retention.destroying import carry_out
    from schoolgate.apps.retention.epoch_services import end_epoch, enter_rewrapping, start_next_epoch
    from schoolgate.apps.retention.schedule import all_schedules
    from schoolgate.apps.retention.selectors import preview
    from schoolgate.apps.retention.services import families_told, propose, sign
    from schoolgate.apps.retention.wrapped import rewrap

    with at(now() - timedelta(days=6 * 366)):
        story.file_the_report(cast)
    officer, counsel, series = cast.actor("whitfield"), cast.actor("raman"), all_schedules()["student_report"]
    made = propose(actor=officer, series=series, day=today(), seen=preview(officer, series, today()).digest)
    families_told(actor=officer, proposal=made, on=today() - timedelta(days=31))
    sign(actor=counsel, proposal=made, seen=made.digest)
    carry_out(made)
    first = keys().provider.current_epoch()
    start_next_epoch(actor=SYSTEM)
    enter_rewrapping(actor=SYSTEM, walked=rewrap())
    person = visit(scripts=True).sign_in("whitfield", PASSWORD)
    page = reverse("retention:certificate", args=[made.pk])
    person.open(page)
    assert "Not yet gone" in person.text
    person.check("certificate-not-yet")
    with at(now() + timedelta(hours=1)):
        end_epoch(actor=SYSTEM, name=first)
    person.open(page)
    assert "no backup, no replica" in person.text
    person.check("certificate-ended")


def test_who_may_see_a_student_and_who_reads_unusually_much(cast, visit):
    from uuid import uuid4

    from schoolgate.apps.access.moment import now
    from schoolgate.apps.ledger.models import Reading
    from schoolgate.apps.people.unusual.services import notice_due

    story.file_the_report(cast)
    teacher, yesterday = cast.users["abreu"].pk, now() - timedelta(days=1)
    Reading.objects.bulk_create(
        Reading(read_at=yesterday, user=teacher, role="staff", subject=f"report:{uuid4()}", part="whole")
        for _ in range(60)
    )
    assert notice_due()
    officer = visit(scripts=True).sign_in("whitfield", PASSWORD)
    officer.open("/families/")
    officer.check("families")
    officer.open(reverse("people:student", args=[cast.students["marisol"].pk]))
    officer.check("student")
    officer.open("/readings/")
    officer.check("unusual")
    student = visit(scripts=True).sign_in("marisol", PASSWORD)
    student.open("/my-record/who/")
    student.check("my-record-who")


def test_a_new_first_password_is_shown_once(cast, visit):
    from schoolgate.apps.people.signing_in.models import ChangeKind, ChangeReason
    from schoolgate.apps.people.signing_in.services import ask_change

    doyle = cast.users["doyle"]
    officer = visit(scripts=True).sign_in("whitfield", PASSWORD)
    officer.open(reverse("signing_in:person", args=[doyle.pk]))
    assert "not yet chosen a password of their own" in officer.text
    officer.check("first-password-to-ask")
    ask_change(actor=cast.actor("admin"), user=doyle, what=ChangeKind.FIRST_PASSWORD, reason=ChangeReason.BEGIN)
    officer.open(reverse("signing_in:door"))
    officer.check("sign-in-change-waits")
    officer.press("Agree", exact=True)
    assert "it is shown only now" in officer.answer
    officer.check("first-password-given")


def test_sign_ins_are_opened(cast, visit):
    admin = visit(scripts=True).sign_in("admin", PASSWORD)
    admin.follow("Switch your power on")
    admin.page.get_by_text("To give or end roles", exact=True).click()
    admin.page.get_by_label("What are you about to do").fill("Opens a sign-in for our new counsel.")
    admin.press("Switch the power on")
    admin.open("/roles/")
    admin.follow("Open a sign-in")
    admin.check("sign-in-to-open")
    admin.page.get_by_label("How colleagues know the person").fill("Ms. Ito")
    admin.page.get_by_label("The name to sign in with").fill("Ito")
    admin.page.get_by_text("Counsel", exact=True).click()
    admin.press("Open the sign-in")
    assert "Write 3 to 60 small letters" in admin.text
    admin.check("sign-in-refused")
    admin.page.get_by_label("The name to sign in with").fill("ito")
    admin.press("Open the sign-in")
    assert "Ms. Ito: it is shown only now" in admin.answer
    admin.check("sign-in-opened")
    officer = visit(scripts=True).sign_in("whitfield", PASSWORD)
    officer.open("/roles/waiting/")
    officer.check("role-of-a-new-sign-in-waits")
    kevin = reverse("people:student", args=[cast.students["kevin"].pk])
    officer.open(kevin)
    officer.check("who-can-sign-in")
    officer.follow("Enter a new person")
    officer.check("new-person")
    officer.open(kevin)
    officer.follow("Open a sign-in for the student")
    officer.check("student-sign-in")
