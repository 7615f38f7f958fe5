"""What the district hands out about itself, in a browser: a list that two persons want, one child's accounting."""

from datetime import timedelta

import pytest

from schoolgate.demonstration import story
from schoolgate.demonstration.cast import PASSWORD, open_demonstration
from support.seen import left_on_condition

pytestmark = pytest.mark.browser


@pytest.fixture
def opened(real_transactions, settings, tmp_path):
    """A district from which one copy left, with its data file for the federal collection."""
    from schoolgate.apps.access.moment import at, now

    settings.LOG_FOLDER = tmp_path / "log"
    settings.CRDC_RULES = tmp_path / "crdc.toml"
    settings.CRDC_RULES.write_text('version = 1\nsource = "Invented"\n', encoding="utf-8")
    cast = open_demonstration()
    with at(now() - timedelta(days=60)):
        report = story.file_the_report(cast)
    return left_on_condition(cast, report)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_list_by_two_persons_and_an_accounting_for_a_family(scripts, opened, visit):
    officer, counsel = visit(scripts=scripts), visit(scripts=scripts)
    address = one_proposes(officer)
    another_confirms(counsel, address)
    officer.open(address)
    officer.check("lists-made")
    assert officer.answer.startswith("The files can be opened until")
    with officer.page.expect_download() as download:
        officer.page.get_by_role("link", name="crdc-students.csv").click()
    assert "8400117" in download.value.path().read_text(encoding="utf-8")
    the_office_opens_an_accounting(officer)
    the_family_opens_the_same(visit(scripts=scripts), opened)


def one_proposes(officer):
    officer.sign_in("whitfield", PASSWORD)
    officer.open("/lists/")
    officer.check("lists-empty")
    officer.follow("Propose a list")
    page = officer.page
    officer.press("Propose this list")
    officer.check("lists-refused")
    page.get_by_label("First day").fill(_day(300))
    page.get_by_label("Last day").fill(_day(0))
    page.get_by_label("Why it is needed now").fill("The yearly collection, sent by the data office.")
    officer.press("Propose this list")
    assert officer.answer == "This list waits for a second person."
    officer.check("lists-proposed")
    assert page.get_by_role("button", name="Make this list").count() == 0
    return page.url.removeprefix(officer.site)


def another_confirms(counsel, address):
    counsel.sign_in("raman", PASSWORD)
    counsel.open(address)
    counsel.check("lists-to-confirm")
    counsel.press("Make this list")
    assert counsel.answer.startswith("The files can be opened until")


def the_office_opens_an_accounting(officer):
    officer.open("/disclosures/")
    officer.check("disclosures-whose")
    officer.page.get_by_label("The student's number").fill("8400117")
    officer.press("Open the accounting")
    assert officer.answer == "Once, something of Marisol's record left the district."
    officer.check("disclosures-office")


def the_family_opens_the_same(mother, release):
    mother.sign_in("aguilar", PASSWORD)
    mother.follow("See it, print it, or take it with you as a file")
    assert mother.answer == "Once, something of Marisol's record left the district."
    assert release.number in mother.text
    assert "Kevin" not in mother.text
    mother.check("disclosures-family")
    with mother.page.expect_download() as download:
        mother.page.get_by_role("link", name="A table for a spreadsheet").click()
    assert download.value.suggested_filename == "disclosures.csv"


def _day(ago):
    from schoolgate.apps.access.moment import today

    return (today() - timedelta(days=ago)).isoformat()
