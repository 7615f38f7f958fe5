"""The main job, end to end, in a real browser: file, request, decide, release, family page, public page."""

from datetime import timedelta
from io import BytesIO

import pypdf
import pytest
import time_machine
from django.utils import timezone

from schoolgate.demonstration.cast import PASSWORD, open_demonstration

pytestmark = pytest.mark.browser

WITHHELD = ("MS-13", "Eagle Hill", "Kevin", "Chen")


@pytest.fixture
def opened(real_transactions, settings, tmp_path):
    settings.LOG_FOLDER = tmp_path / "log"
    return open_demonstration()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_the_main_job(scripts, opened, visit):
    from schoolgate.apps.ledger.publishing import publish
    from schoolgate.apps.ledger.sealing import seal_period

    file_a_report(visit(scripts=scripts))
    ask_for_it(visit(scripts=scripts))
    officer = visit(scripts=scripts).sign_in("whitfield", PASSWORD)
    match_it(officer)
    answer_it(visit(scripts=scripts))
    confirm_and_notify(officer)
    with time_machine.travel(timezone.now() + timedelta(days=11)):
        release_it(visit(scripts=scripts))
        seal_period()
        publish()
        receive_it(visit(scripts=scripts))
        family_reads(visit(scripts=scripts))
        public_reads(visit(scripts=scripts))


def file_a_report(teacher):
    teacher.sign_in("abreu", PASSWORD)
    teacher.check("reports-empty")
    teacher.open("/file/")
    teacher.check("file")
    teacher.press("Start a report")
    page = teacher.page
    page.get_by_label("Day it happened").fill((timezone.localdate() - timedelta(days=1)).isoformat())
    page.get_by_label("Where").select_option("hallway")
    page.get_by_label("What kind of incident").select_option("attempted_fight_mediated")
    teacher.check("when")
    teacher.press("Save and go to the people")
    for kind, name in (("student", "Marisol Aguilar"), ("student", "Kevin Chen"), ("staff", "Ms. Abreu")):
        # The combo box hides its list once scripts run; the list is still what is sent.
        page.locator(f"select[name={kind}]").select_option(label=name, force=True)
        teacher.press("Add this person")
    assert "@P1" in teacher.text
    assert "@S1" in teacher.text
    teacher.check("who")
    teacher.follow("Go to what happened")
    page.get_by_label("What happened").fill(
        "@P1 and @P2 argued at the east stairs. @S1 stepped in. @P1 lives in Eagle Hill."
    )
    teacher.press("Save and check")
    assert "records where the student lives" in teacher.text
    page.get_by_label("It matters because").first.fill("To plan a safe way home")
    page.get_by_text("Add something that somebody said").click()
    page.get_by_label("About whom").select_option("P1")
    page.get_by_label("What is said").fill("@P1 hangs around with MS-13.")
    page.get_by_label("What it is about").select_option("gang_affiliation")
    page.get_by_label("Who says so").fill("A student passing by")
    page.get_by_label("How do they know").fill("Hearsay")
    teacher.press("Add this, and save")
    for reason in page.get_by_label("It matters because").all():
        reason.fill("Recorded as a rumour, so that it can be contested")
    teacher.check("what")
    teacher.press("Save and check")
    assert "sign" in teacher.answer
    teacher.check("check")
    teacher.press("Sign and file the report")
    assert "Argument or attempted fight" in teacher.answer
    assert "Marisol Aguilar" in teacher.text
    teacher.check("report")


def ask_for_it(sergeant):
    sergeant.sign_in("doyle", PASSWORD)
    sergeant.open("/requests/ask/")
    page = sergeant.page
    page.get_by_label("Whose record do you ask for").fill("Marisol Aguilar")
    page.get_by_label("When did it happen").fill("yesterday")
    page.get_by_label("What is it for").select_option("investigation")
    page.get_by_label("Say why you need it").fill("Armed robbery")
    page.get_by_label("Which paper do you have").select_option("grand_jury_subpoena")
    page.get_by_label("Number of the paper").fill("26-118")
    sergeant.check("ask")
    sergeant.press("Send the request")
    assert "1 request" in sergeant.answer
    sergeant.check("mine")


def match_it(officer):
    officer.check("desk")
    officer.follow("Q-")
    officer.check("request-received")
    officer.page.get_by_text("@P1 of").click()
    officer.press("Match, and let the law decide")
    assert "must be answered first" in officer.answer
    assert "Immigration enforcement could reach" in officer.text
    officer.check("decision-open")


def answer_it(counsel):
    counsel.sign_in("raman", PASSWORD)
    counsel.follow("Q-")
    for _ in range(6):
        if "must be answered first" not in counsel.answer:
            break
        question = counsel.page.locator(".sg-question").first
        yes = question.get_by_role("button", name="Yes")
        counsel.click((yes if yes.count() else question.get_by_role("button", name="Answer")).first)
    assert "Part of this may leave" in counsel.answer
    counsel.check("decision-counsel")


def confirm_and_notify(officer):
    officer.page.reload()
    assert "Part of this may leave" in officer.answer
    officer.check("decision")
    review_the_marks(officer)
    officer.press("Confirm this decision")
    officer.press("Release the redacted copy")
    assert "Tell the families" in officer.text, "nothing leaves before the family was told"
    officer.press("Tell the family of @P1")
    assert "Not before" in officer.text
    officer.check("confirmed")


def review_the_marks(officer):
    officer.follow("Review the marks")
    for _ in range(20):
        if "undecided" not in officer.answer:
            break
        before = officer.answer
        officer.click(officer.page.locator("#now").get_by_role("button", name="Keep", exact=True))
        officer.page.locator("h1", has_not_text=before).wait_for()
    officer.press("Finish the review")
    assert "A copy can be made" in officer.text
    officer.follow("Go back to request")
    assert "Reviewed" in officer.text


def release_it(officer):
    officer.sign_in("whitfield", PASSWORD)
    officer.follow("Q-")
    officer.press("Decide again by today's law")
    officer.press("Confirm this decision")
    officer.press("Release the redacted copy")
    assert "left to Boston Police Department" in officer.answer
    officer.check("released")


def receive_it(sergeant):
    sergeant.sign_in("doyle", PASSWORD)
    sergeant.follow("Open copy")
    with sergeant.page.expect_download() as download:
        sergeant.page.get_by_role("link", name="Open the copy").click()
    data = download.value.path().read_bytes()
    text = "\n".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(data)).pages)
    assert "Marisol Aguilar" in text
    assert not [word for word in WITHHELD if word in text]
    sergeant.press("Confirm that it arrived")
    assert "confirmed that it arrived" in sergeant.text
    sergeant.check("copy-agency")


def family_reads(mother):
    mother.sign_in("aguilar", PASSWORD)
    assert "1 copy with your child's record left the district" in mother.answer
    assert "Dana Whitfield" not in mother.answer
    mother.check("family")
    assert "Kevin" not in mother.text
    mother.follow("What they got")
    assert "Boston Police Department got this" in mother.answer
    assert not [word for word in WITHHELD if word in mother.text]
    mother.check("family-copy")
    mother.open("/family/")
    mother.follow("read your child's part")
    assert "Kevin" not in mother.text
    mother.check("family-report")
    mother.open("/family/")
    mother.follow("say what is wrong")
    mother.page.get_by_label("What is wrong").fill("Nobody said that.")
    mother.check("family-wrong")
    mother.press("Send it to the principal")
    assert "The principal answers in writing" in mother.text


def public_reads(visitor):
    visitor.open("/public/")
    assert "Federal immigration enforcement" in visitor.text
    assert "256" in visitor.text
    visitor.check("public")
    visitor.open("/log/")
    visitor.check("log")
    visitor.open("/rules/")
    visitor.check("rules")
    visitor.follow("M.G.L. c.71 s.37L")
    visitor.check("rule")
    visitor.open("/sign-in/")
    visitor.check("sign-in")
