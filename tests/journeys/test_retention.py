"""A hold, a proposal, two signatures, a certificate, in a real browser.

Counsel holds a report, the records officer sees why it stays; the hold is lifted, she proposes, counsel signs.
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from schoolgate.demonstration import story
from schoolgate.demonstration.cast import PASSWORD, open_demonstration

pytestmark = pytest.mark.browser


@pytest.fixture
def old(real_transactions, settings, tmp_path):
    """A district with a report that was filed six years ago."""
    from schoolgate.apps.access.moment import at, now

    settings.LOG_FOLDER = tmp_path / "log"
    cast = open_demonstration()
    with at(now() - timedelta(days=6 * 366)):
        return story.file_the_report(cast)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_two_people_destroy_a_report_that_is_past_its_time(scripts, old, visit):
    counsel, officer = visit(scripts=scripts), visit(scripts=scripts)
    counsel_holds(counsel, old)
    the_officer_sees_why_it_stays(officer)
    counsel_lifts(counsel)
    number = the_officer_proposes(officer, old)
    counsel_signs(counsel, number, old)
    what_remains(officer, old)


def counsel_holds(counsel, report):
    counsel.sign_in("raman", PASSWORD)
    counsel.open("/retention/holds/")
    assert "No hold stands." in counsel.answer
    counsel.press("Hold them")
    assert "docket" not in counsel.text
    page = counsel.page
    page.get_by_label("Why is it held").select_option("litigation")
    page.get_by_label("What is held").select_option("report")
    page.get_by_label("Number of the report").fill(report.number)
    page.get_by_label("The case, the request").fill("Docket 26-1417, a stay of all destruction")
    counsel.press("Hold them")
    assert "1 hold stands." in counsel.answer
    counsel.check("retention-holds")


def the_officer_sees_why_it_stays(officer):
    officer.sign_in("whitfield", PASSWORD)
    officer.open("/retention/")
    assert "0 may be proposed for destruction, 1 is held." in officer.answer
    officer.check("retention-home-held")
    officer.follow("Student reports over five years old")
    assert "Nothing may be destroyed today. 1 is held." in officer.answer
    assert "Held for a lawsuit" in officer.text
    officer.check("retention-due-held")


def counsel_lifts(counsel):
    counsel.click(counsel.page.locator("main table").get_by_role("link").first)
    assert "Docket 26-1417" in counsel.text
    counsel.check("retention-hold")
    counsel.press("Lift the hold")
    assert "No hold stands." in counsel.answer


def the_officer_proposes(officer, report):
    officer.open("/retention/due/student_report/")
    assert "1 record may be destroyed today." in officer.answer
    assert report.number in officer.text
    officer.check("retention-due")
    officer.press("Propose to destroy 1 record")
    assert "1 record would be destroyed." in officer.answer
    assert "have not been told" in officer.text
    officer.page.get_by_label("The families were told on").fill((timezone.localdate() - timedelta(days=31)).isoformat())
    officer.press("Write down the day")
    assert "You proposed it: a second person signs." in officer.text
    officer.check("retention-proposal")
    return officer.page.locator(".sg-kicker").inner_text().split()[1]


def counsel_signs(counsel, number, report):
    counsel.open("/retention/")
    assert "1 proposal waits for your signature." in counsel.text
    counsel.follow(number)
    counsel.follow("See what your signature does")
    assert "Your signature destroys 1 record." in counsel.answer
    counsel.check("retention-sign")
    counsel.press("Sign, and destroy 1 record")
    assert "1 of 1 record was destroyed." in counsel.answer
    counsel.check("retention-done")
    counsel.follow("Open the certificate")
    assert "1 record was destroyed under Boston Code 16-63.8." in counsel.answer
    counsel.check("retention-certificate")


def what_remains(officer, report):
    response = officer.page.goto(f"{officer.site}/reports/{report.pk}/")
    assert response.status == 410
    assert "was destroyed on" in officer.answer
    assert "Boston Code 16-63.8" in officer.answer
    officer.check("retention-destroyed")
