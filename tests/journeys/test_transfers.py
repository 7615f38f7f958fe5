"""An observed transfer to a drafted purge demand, in a real browser.

A mother tells of a copy in a court exhibit, the office accepts it, counsel answers and approves, the family reads.
"""

from datetime import timedelta
from io import BytesIO

import pypdf
import pytest
from django.utils import timezone

from schoolgate.demonstration import story
from schoolgate.demonstration.cast import PASSWORD, open_demonstration
from support.seen import left_on_condition

pytestmark = pytest.mark.browser

CHILD = ("Marisol", "Aguilar", "Kevin", "MS-13", "Eagle Hill")


@pytest.fixture
def opened(real_transactions, settings, tmp_path):
    """A district from which one copy left, on the condition that it goes no further."""
    from schoolgate.apps.access.moment import at, now

    settings.LOG_FOLDER = tmp_path / "log"
    cast = open_demonstration()
    with at(now() - timedelta(days=60)):
        report = story.file_the_report(cast)
    return left_on_condition(cast, report)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_an_observed_transfer_to_a_purge_demand(scripts, opened, visit):
    number = a_mother_tells(visit(scripts=scripts), opened)
    officer = visit(scripts=scripts)
    the_office_accepts(officer, number, opened)
    counsel = visit(scripts=scripts)
    counsel_answers(counsel, number)
    counsel_approves(counsel, number, opened)
    it_is_sent(officer, number)
    the_family_reads(visit(scripts=scripts), opened)


def a_mother_tells(mother, release):
    mother.sign_in("aguilar", PASSWORD)
    mother.open("/seen/")
    mother.check("seen-mine-empty")
    mother.follow("Tell of a copy seen elsewhere")
    page = mother.page
    mother.check("seen-tell")
    mother.press("Tell the records office")
    assert "On which day" in mother.page.locator(".sg-errors").inner_text()
    mother.check("seen-tell-refused")
    page.get_by_label("Where was it seen").select_option(label="Boston Regional Intelligence Center")
    page.get_by_label("Who passed it on").select_option(label="Boston Police Department")
    page.get_by_label("On which day").fill((timezone.localdate() - timedelta(days=3)).isoformat())
    page.get_by_label("How do you know").select_option("court_exhibit")
    page.get_by_label("Number of the copy").fill(release.number)
    page.get_by_label("What did you see").fill("Our lawyer showed us the copy about Marisol, with the center's stamp.")
    page.get_by_label("Where can it be looked up").fill("Docket A-123, exhibit 7")
    exhibit = {"name": "exhibit.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 exhibit"}
    page.get_by_label("The document").set_input_files(exhibit)
    mother.press("Tell the records office")
    assert "You told us that a copy went from Boston Police Department" in mother.answer
    mother.check("seen-told")
    return page.locator(".sg-kicker").inner_text().split()[1]


def the_office_accepts(officer, number, release):
    officer.sign_in("whitfield", PASSWORD)
    officer.open("/seen/")
    assert "1 report waits" in officer.answer
    officer.check("seen-desk")
    officer.follow(number)
    assert "Did a copy go from Boston Police Department" in officer.answer
    officer.check("seen-tip")
    officer.press("Accept, and open the case")
    assert f"It is copy {release.number}." in officer.answer
    assert "1 family must hear." in officer.answer
    assert "28 CFR 23.20(c)" not in officer.page.locator("#law table").first.inner_text()
    officer.check("seen-case-open")


def counsel_answers(counsel, number):
    counsel.sign_in("raman", PASSWORD)
    counsel.open("/seen/")
    counsel.follow(number)
    for said in ("No", "No", "No", "No", "Yes"):
        assert "It breaks 34 CFR" not in counsel.text
        counsel.click(counsel.page.locator(".sg-question").first.get_by_role("button", name=said, exact=True))
    assert "It breaks 34 CFR 99.33(a)(1) and 28 CFR 23.20(c)." in counsel.text
    assert "what it asks for from now on is refused" in counsel.text
    counsel.check("seen-case")


def counsel_approves(counsel, number, release):
    row = counsel.page.locator("#letters tbody tr", has_text="Boston Regional Intelligence Center")
    counsel.click(row.get_by_role("link"))
    assert f"Demand to remove copy {release.number}" in counsel.answer
    counsel.check("seen-letter")
    counsel.press("Approve this letter")
    assert "Choose the day" in counsel.text
    counsel.page.get_by_label("Ask for an answer by").fill((timezone.localdate() + timedelta(days=21)).isoformat())
    counsel.press("Save the words")
    counsel.press("Approve this letter")
    assert "Counsel approved it" in counsel.text
    counsel.check("seen-letter-approved")
    with counsel.page.expect_download() as download:
        counsel.page.get_by_role("link", name="Open it as it is printed").click()
    text = "".join(one.extract_text() for one in pypdf.PdfReader(BytesIO(download.value.path().read_bytes())).pages)
    for said in (release.number, "28 CFR 23.20(c)", "34 CFR 99.33(a)(1)", "Please answer in writing by"):
        assert said in text
    for word in (*CHILD, "DRAFT"):
        assert word not in text


def it_is_sent(officer, number):
    officer.open("/seen/")
    assert "1 case is open" in officer.answer
    officer.check("seen-desk-case")
    officer.follow(number)
    officer.click(officer.page.locator("#letters tbody tr", has_text="Approved").get_by_role("link"))
    officer.press("Mark it as sent")
    assert "It was sent on" in officer.text


def the_family_reads(mother, release):
    mother.sign_in("aguilar", PASSWORD)
    mother.open("/family/")
    assert "was seen at Boston Regional Intelligence Center" in mother.text
    assert f"It is copy {release.number}" in mother.text
    mother.check("seen-family")
