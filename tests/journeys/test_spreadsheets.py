"""A spreadsheet comes in, in a real browser: its columns, what would happen, the bar, what happened."""

import re

import pytest

from schoolgate.demonstration.cast import PASSWORD, open_demonstration

pytestmark = pytest.mark.browser
TABLE = """ID,First Name,Last Name,Date of birth,Place of birth,Came from,School
9001,Zebulon,Quill,2011-05-06,Lisbon,Brazil,4030
9002,Araminta,Quill,05/07/2011,Porto,Portugal,4030
9003,Ivo,Quill,2011-05-08,Faro,Portugal,4030
"""


@pytest.fixture
def district(real_transactions, settings, tmp_path):
    settings.LOG_FOLDER = tmp_path / "log"
    return open_demonstration()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_the_records_officer_brings_a_spreadsheet_in(scripts, district, visit):
    officer = visit(scripts=scripts).sign_in("whitfield", PASSWORD)
    page = officer.page
    officer.open("/spreadsheets/")
    assert "No spreadsheet waits." in officer.answer
    officer.check("spreadsheets-home")
    page.get_by_label("What it is about").select_option("students")
    file = {"name": "new.csv", "mimeType": "text/csv", "buffer": TABLE.encode()}
    page.get_by_label("The spreadsheet").set_input_files(file)
    officer.press("Look at its columns")
    assert "Which of its 6 columns do you want, and as what?" in officer.answer
    assert "Zebulon" not in officer.text
    officer.check("spreadsheets-columns")
    page.get_by_label("Keep this mapping as").fill("From the registrar")
    officer.press("See what would happen")
    settled(officer)
    assert "1 thing in it is wrong: nothing can come in yet." in officer.answer
    assert "Line 3" in officer.text
    officer.check("spreadsheets-wrong")
    officer.follow("Map its columns anew")
    page.get_by_label("How its dates are written").select_option("month first")
    officer.press("See what would happen")
    settled(officer)
    assert "3 records would be new or changed." in officer.answer
    officer.check("spreadsheets-tried")
    officer.press("Bring in 3 records")
    settled(officer)
    assert "It is in: 3 records new or changed." in officer.answer
    officer.check("spreadsheets-done")
    officer.open("/spreadsheets/")
    assert "From the registrar" in officer.text
    officer.check("spreadsheets-home-after")


def settled(officer):
    """Wait until the work beside the page is done: with scripts the page notices by itself."""
    running = re.compile("being looked at|being brought in")
    if officer.scripts:
        officer.page.locator("h1").filter(has_not_text=running).wait_for()
        return
    for _ in range(100):
        if not running.search(officer.answer):
            return
        officer.follow("Look again")
    raise AssertionError(officer.answer)
