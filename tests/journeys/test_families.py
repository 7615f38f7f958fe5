"""A family reads its account, an order takes effect at once, a daughter turns 18; who reads too much is looked at."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from schoolgate.apps.access.moment import now, today
from schoolgate.demonstration import story
from schoolgate.demonstration.cast import PASSWORD, open_demonstration

pytestmark = pytest.mark.browser


@pytest.fixture
def opened(real_transactions, settings, tmp_path):
    """A report about Marisol and Kevin; immigration enforcement asked about her, and was refused."""
    from schoolgate.apps.requests.services import refuse

    settings.LOG_FOLDER = tmp_path / "log"
    cast = open_demonstration()
    report = story.file_the_report(cast)
    _, decision = story.asked_and_decided(cast, report, story.ICE)
    refuse(actor=cast.actor("whitfield"), decision=decision)
    return cast, report


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_who_may_see_changes_from_one_page_to_the_next(scripts, opened, visit):
    cast, report = opened
    mother = visit(scripts=scripts).sign_in("aguilar", PASSWORD)
    reads_her_account(mother, report)
    father = visit(scripts=scripts).sign_in("chen", PASSWORD)
    assert "Immigration" not in father.text, "what is about another child is not told"
    officer = visit(scripts=scripts).sign_in("whitfield", PASSWORD)
    enters_an_order(officer)
    sees_nothing_any_more(mother, report)
    ends_the_order(officer)
    mother.open("/family/")
    assert "requests were refused" in mother.answer or "request was refused" in mother.answer
    daughter = visit(scripts=scripts).sign_in("marisol", PASSWORD)
    daughter.open("/my-record/who/")
    assert "1 person of your family may see your record today." in daughter.answer
    daughter.check("family-who-at-16")
    turns_18(cast)
    sees_nothing_any_more(mother, report)
    lets_her_mother_see(daughter, mother)
    enters_a_college(officer)


def reads_her_account(mother, report):
    mother.open("/family/")
    assert "No copy that we can tell you about left the district. 1 request was refused." in mother.answer
    mother.check("family-account")
    mother.follow("See it, print it")
    assert "Nothing of Marisol's record that we can tell of left the district." in mother.answer
    assert "We refused; nothing left" in mother.text
    mother.check("family-disclosures")
    mother.open(f"/family/reports/{report.pk}/")
    assert "This is what the report says about your child." in mother.text
    mother.check("family-report")


def to_marisol(officer):
    officer.open("/families/")
    officer.page.get_by_label("The student's number").fill("8400117")
    officer.press("Open this student")


def writes_the_paper(officer, reason):
    officer.page.get_by_label("The paper's date").fill(today().isoformat())
    officer.page.get_by_label("Why").fill(reason)


def enters_an_order(officer):
    officer.open("/families/")
    officer.check("families-find")
    to_marisol(officer)
    assert "1 person related to Marisol Aguilar may see the record today." in officer.answer
    officer.check("families-student")
    officer.follow("Enter a limit")
    officer.check("families-limit")
    officer.press("Limit this person")
    assert officer.page.locator(".usa-error-message").count(), "nothing was chosen"
    officer.check("families-limit-wrong")
    officer.page.get_by_text("Mrs. Aguilar").click()
    officer.page.get_by_text("A protective order").click()
    writes_the_paper(officer, "Suffolk Probate, docket 26D-0117")
    officer.press("Limit this person")
    assert "Nobody who is related to Marisol Aguilar may see the record today." in officer.answer
    assert "Suffolk Probate, docket 26D-0117" in officer.text
    officer.check("families-student-limited")


def sees_nothing_any_more(mother, report):
    mother.open("/family/")
    assert "No student's record is open to you here today." in mother.answer
    assert "order" not in mother.text.lower()
    assert "Nobody asked" not in mother.text, "nothing is said that may be false"
    mother.check("family-shut")
    shut = mother.page.goto(f"{mother.site}/family/reports/{report.pk}/")
    assert shut is not None
    assert shut.status == 404


def ends_the_order(officer):
    officer.follow("End this limit")
    writes_the_paper(officer, "Vacated, docket 26D-0117")
    officer.check("families-end-limit")
    officer.press("End this limit")
    assert "1 person related to Marisol Aguilar may see the record today." in officer.answer


def turns_18(cast):
    from schoolgate.apps.people.directory import open_names, seal_name
    from schoolgate.apps.people.models import Student

    student = Student.objects.select_related("name_key").get(pk=cast.students["marisol"].pk)
    born = today().replace(year=today().year - 18, day=1)
    seal_name(student, replace(open_names([student])[student], birth_date=born), student.name_key).save()


def lets_her_mother_see(daughter, mother):
    daughter.open("/my-record/who/")
    assert "Nobody of your family may see your record today." in daughter.answer
    daughter.check("family-who-at-18")
    daughter.press("Let Mrs. Aguilar see my record")
    daughter.check("family-who-agreed")
    mother.open("/family/")
    assert "refused" in mother.answer
    daughter.press("Take this back")
    mother.open("/family/")
    assert "No student's record is open to you here today." in mother.answer


def enters_a_college(officer):
    officer.open("/families/")
    officer.page.get_by_label("The student's number").fill("8400212")
    officer.press("Open this student")
    officer.follow("Enter a college")
    officer.page.get_by_label("The first day at the college").fill(today().isoformat())
    writes_the_paper(officer, "Letter of admission")
    officer.check("families-college")
    officer.press("Enter", exact=True)
    assert "Nobody who is related to Kevin Chen may see the record today." in officer.answer
    officer.check("families-student-college")


def test_who_reads_too_much_is_stopped_and_looked_at(opened, visit, settings):
    from schoolgate.apps.ledger.models import Reading
    from schoolgate.apps.people.unusual.services import notice_due

    cast, report = opened
    settings.READING_BUDGET = 61
    for days_ago, many in ((1, 60), (0, 61)):
        Reading.objects.bulk_create(
            Reading(
                read_at=now() - timedelta(days=days_ago),
                user=cast.users["okafor"].pk,
                role="principal",
                subject=f"report:{uuid4()}",
                part="whole",
            )
            for _ in range(many)
        )
    assert notice_due() >= 1
    principal = visit(scripts=True).sign_in("okafor", PASSWORD)
    refused = principal.page.goto(f"{principal.site}/reports/{report.pk}/")
    assert refused is not None
    assert refused.status == 403
    assert "You have opened as many records today as one person may." in principal.answer
    principal.check("budget-spent")
    officer = visit(scripts=True).sign_in("whitfield", PASSWORD)
    officer.open("/requests/")
    officer.follow("Look at unusual reading")
    officer.check("unusual-reading")
    officer.follow("Look at it")
    officer.page.get_by_label("What you found").fill("He prepared the yearly report. The superintendent knows.")
    officer.check("unusual-reading-one")
    officer.press("Write down what I found")
    assert "The superintendent knows." in officer.text
    officer.follow("Let")
    officer.page.get_by_label("Why").fill("The yearly report is due")
    officer.check("unusual-reading-more")
    officer.press("Let them read on today")
    officer.check("unusual-reading-done")
    principal.open(f"/reports/{report.pk}/")
    assert report.number in principal.page.content()
