"""A mother checks her receipt with the network off: on the page that was open, and on the one file that she kept."""

import re

import pytest
from playwright.sync_api import expect

from schoolgate.apps.ledger.keys import keys
from schoolgate.apps.ledger.sealing import seal_period
from schoolgate.demonstration import story
from schoolgate.demonstration.cast import PASSWORD, open_demonstration

pytestmark = pytest.mark.browser


@pytest.fixture
def refused(real_transactions, settings, tmp_path):
    """A request about Marisol that was refused, whose period waits to be sealed."""
    from schoolgate.apps.requests.services import refuse

    settings.LOG_FOLDER = tmp_path / "log"
    cast = open_demonstration()
    report = story.file_the_report(cast)
    _, decision = story.asked_and_decided(cast, report, story.ICE)
    return refuse(actor=cast.actor("whitfield"), decision=decision)


def download(person, link, folder):
    """What a link gives, as a file under the name that it comes with."""
    with person.page.expect_download() as begun:
        person.page.locator("main").get_by_role("link", name=link).first.click()
    path = folder / begun.value.suggested_filename
    begun.value.save_as(path)
    return path


def check(person, file, key=None):
    """Choose a file, with a key where none is there, and let the page check it; returns its answer."""
    person.page.locator("#receipt").set_input_files(file)
    if key:
        person.page.locator("#log-key").fill(key)
    person.page.locator("main form button[type=submit]").click()
    expect(person.page.locator("main h1")).to_be_focused()
    assert not person.page.get_by_text("Choose the file of your receipt first").is_visible()
    return person.answer


def test_a_mother_checks_her_receipt_with_the_network_off(refused, visit, tmp_path):
    mother = visit(scripts=True)
    asked_for = []
    mother.sign_in("aguilar", PASSWORD)
    mother.open("/family/")
    mother.check("receipts-waiting")
    promise = download(mother, f"signed promise for {refused.number}", tmp_path)
    assert promise.suffix == ".promise"
    seal_period()
    mother.open("/family/")
    receipt = download(mother, f"Your receipt for {refused.number}", tmp_path)
    assert receipt.name == f"{refused.number}.tlog-proof"
    mother.follow("Check a receipt on your own device")
    page = mother.page
    mother.check("verify-begin")
    kept = download(mother, "Keep this page", tmp_path)

    mother.context.set_offline(True)
    page.on("request", lambda request: asked_for.append(request.url))
    page.locator("main form button[type=submit]").click()
    assert "Choose the file" in page.get_by_role("alert").inner_text()
    mother.check("verify-nothing-chosen")
    page.get_by_role("button", name="Use the key that this site shows").click()
    page.get_by_text("Remember this key on this device").click()
    assert check(mother, receipt).startswith("This receipt holds: on ")
    assert "an agency's request was refused and nothing left" in mother.answer
    assert "came from the district's own site" in mother.text
    mother.check("verify-holds")
    assert "must show the entry by" in check(mother, promise)
    mother.check("verify-promise")
    for language, holds in (
        ("Español", "Este recibo es válido: el "),
        ("Português", "Este recibo é válido: em "),
        ("Kreyòl ayisyen", "Resi sa a bon: "),
    ):
        check(mother, receipt)
        page.get_by_role("button", name=language).click()
        assert mother.answer.startswith(holds)
        mother.check(f"verify-holds-{language[:2].lower()}")
    page.get_by_role("button", name="English").click()
    for forged in forgeries(receipt, tmp_path):
        assert check(mother, forged) == "This receipt does not hold."
    mother.check("verify-fails")
    assert "nothing is said" in (check(mother, receipt, key="no key"), mother.text)[1].lower()
    assert asked_for == []

    # The one file that she kept, from her own disk, with a key that she has from the newspaper.
    page.goto(kept.as_uri())
    asked_for.clear()
    assert page.locator("#log-key").input_value() == "", "another place remembers nothing"
    mother.check("verify-kept")
    assert check(mother, receipt, keys().verifying_key).startswith("This receipt holds: on ")
    assert "came from the district's own site" not in mother.text
    mother.check("verify-kept-holds")
    for forged in forgeries(receipt, tmp_path):
        assert check(mother, forged) == "This receipt does not hold."
    assert asked_for == []
    # Back on the site, the key that she let it remember is there.
    mother.context.set_offline(False)
    mother.open("/verify/")
    assert page.locator("#log-key").input_value() == keys().verifying_key


def forgeries(receipt, folder):
    """The receipt with another place, another record, without its last line, and no receipt at all."""
    text = receipt.read_text(encoding="utf-8")
    extra = re.search(r"extra ([^\n]+)", text)[1]
    changed = {
        "place": re.sub(r"index (\d+)", lambda found: f"index {int(found[1]) ^ 1}", text),
        "record": text.replace(extra, extra[:60] + ("A" if extra[60] != "A" else "B") + extra[61:]),
        "cut": text[: text.rstrip("\n").rindex("\n")],
        "none": "This is no receipt.\n",
    }
    for name, forged in changed.items():
        assert forged != text
        path = folder / f"{name}.tlog-proof"
        path.write_text(forged, encoding="utf-8")
        yield path


def test_without_scripts_the_page_says_how_to_check_otherwise(real_transactions, visit):
    open_demonstration()
    somebody = visit(scripts=False)
    somebody.open("/verify/")
    assert "schoolgate verify receipt FILE" in somebody.text
    assert not somebody.page.locator("#receipt").is_visible()
    assert not somebody.page.get_by_role("button", name="Español").is_visible()
    somebody.check("verify-plain")
