"""An agency without a sign-in gets its copy by a link and a one-time code, in a real browser."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.core import mail

from schoolgate.apps.access.moment import at, now
from schoolgate.demonstration import story
from schoolgate.demonstration.cast import PASSWORD, open_demonstration

pytestmark = pytest.mark.browser


@pytest.fixture
def copy(real_transactions, settings, tmp_path):
    """A copy that left for the Boston Police."""
    from schoolgate.apps.requests.services import answer_fact, notify_family

    settings.LOG_FOLDER = tmp_path / "log"
    cast = open_demonstration()
    with at(now() - timedelta(days=11)):
        report = story.file_the_report(cast)
        request, _ = story.asked_and_decided(cast, report, story.GRAND_JURY)
        answer_fact(actor=cast.actor("raman"), request=request, fact="germane_elements", value=[])
        story.review_marks(cast, report)
        notify_family(actor=cast.actor("whitfield"), request=request, student=cast.students["marisol"])
    return story.released(cast, request, lambda _: None)


def test_a_link_a_code_and_the_copy(copy, visit):
    officer, counsel, agency = (visit(scripts=True) for _ in range(3))
    page = f"/copies/{copy.pk}/"
    officer.sign_in("whitfield", PASSWORD)
    officer.open(page)
    officer.check("copy-office")
    officer.follow("Enter an address of theirs")
    officer.check("address-empty")
    officer.page.get_by_label("E-mail address").fill("records@police.example")
    officer.page.get_by_label("How you know that it is theirs").fill("Their letterhead of 3 Nov")
    officer.press("Enter this address")
    assert "Somebody else of the office" in officer.text
    officer.check("address-mine")
    counsel.sign_in("raman", PASSWORD)
    counsel.open("/copies/address/boston-police/")
    counsel.check("address-waiting")
    counsel.press("It is theirs")
    assert "records@police.example" in counsel.answer
    officer.open(page)
    officer.press("Mail a link to records@police.example")
    assert "on its way" in officer.page.locator("body").inner_text()
    agency.open(urlsplit(re.search(r"http\S+", mail.outbox[-1].body)[0]).path)
    agency.check("receive-closed")
    agency.press("Send the code")
    code = re.search(r"^ {4}(\S+)$", mail.outbox[-1].body, re.MULTILINE)[1]
    agency.page.get_by_label("The code from the mail").fill("0000-0000")
    agency.press("Open with this code")
    assert "not the newest code" in agency.text
    agency.check("receive-wrong")
    agency.page.get_by_label("The code from the mail").fill(code)
    agency.press("Open with this code")
    assert "can be fetched now" in agency.answer
    agency.check("receive-open")
    with agency.page.expect_download() as download:
        agency.page.get_by_role("link", name="Open the copy").click()
    assert download.value.path().read_bytes().startswith(b"%PDF")
    officer.open(page)
    assert "By a one-time code" in officer.text
    officer.follow("Withdraw this copy")
    assert "cannot be called back" in officer.text
    officer.check("withdraw")
    officer.page.get_by_label("Why it is withdrawn").fill("Sent to the wrong unit")
    officer.press("Withdraw the copy")
    assert "Sent to the wrong unit" in officer.text
    officer.check("copy-withdrawn")
    assert agency.page.goto(agency.page.url).status == 404
