"""Counsel's workbench in a real browser.

A case moves as facts change, a rule is drafted, compared and replayed, claims run, a case is kept.
"""

import json

import pytest

from schoolgate.demonstration import story
from schoolgate.demonstration.cast import PASSWORD, open_demonstration

pytestmark = pytest.mark.browser

BAN = "us.ma.37L-protected-kinds"


@pytest.fixture
def opened(real_transactions, settings, tmp_path):
    """A district with a request that was refused, and one of which a part may leave."""
    from schoolgate.apps.requests.services import answer_fact, decide_request

    settings.LOG_FOLDER = tmp_path / "log"
    cast = open_demonstration()
    report = story.file_the_report(cast)
    story.asked_and_decided(cast, report, story.ICE)
    asked, _ = story.asked_and_decided(cast, report, story.GRAND_JURY)
    answer_fact(actor=cast.actor("raman"), request=asked, fact="germane_elements", value=[])
    decide_request(actor=cast.actor("whitfield"), request=asked)
    return asked


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_the_workbench(scripts, opened, visit):
    counsel = visit(scripts=scripts)
    counsel.sign_in("raman", PASSWORD)
    try_a_case(counsel)
    open_from_a_request(counsel, opened)
    keep_it(counsel)
    draft_a_rule(counsel)
    try_it_under_the_draft(counsel, opened)
    compare_it(counsel)
    replay_it(counsel, opened)
    run_the_claims(counsel)
    see_what_is_kept(counsel)


def try_a_case(counsel):
    page = counsel.page
    counsel.open("/workbench/")
    assert "Local police: nothing leaves yet." in counsel.answer
    counsel.check("workbench")
    page.get_by_label("Who asks").select_option("federal_immigration")
    moved(counsel, "Immigration enforcement, border agencies and immigration courts: nothing leaves yet")
    page.locator("#f-instrument").select_option("administrative_warrant")
    moved(counsel, "nothing may leave")
    assert "instrument=administrative_warrant" in page.url, "the address keeps the case"
    assert "Needed now" not in page.locator("#fact-instrument").inner_text()
    counsel.check("workbench-refused")
    counsel.open(
        "/workbench/?to=local_police&ask=student_name&ask=gang_affiliation&on=2026-11-02&germane_elements=known"
    )
    page.locator("#f-instrument").select_option("grand_jury_subpoena")
    moved(counsel, "questions must be answered first")
    before = counsel.answer
    counsel.click(counsel.page.locator(".sg-asked").get_by_role("button", name="Yes").first)
    moved(counsel, "", before=before)
    if counsel.scripts:
        # The keyboard goes on at the decision, once what was swapped has settled.
        page.wait_for_function("() => ['open-title', 'parts-title'].includes(document.activeElement.id)")
    counsel.check("workbench-asked")


def open_from_a_request(counsel, asked):
    counsel.open(f"/requests/{asked.pk}/")
    counsel.follow("Try this case in the law workbench")
    assert "a part may leave" in counsel.answer
    assert "Marisol" not in counsel.text
    counsel.page.get_by_text("En español").click()
    assert "Se puede entregar una parte" in counsel.text
    counsel.check("workbench-request")
    before = counsel.answer
    counsel.click(counsel.page.get_by_role("button", name="Try it").first)
    moved(counsel, "a part may leave", before=before)
    counsel.page.get_by_text("In plain words").wait_for()


def keep_it(counsel):
    counsel.page.locator("#keep-more > summary").click()
    counsel.page.get_by_label("Why").fill("Nothing protected matters to the robbery: the seven kinds stay.")
    counsel.press("Keep this case")
    assert "The one kept case is decided as it must be." in counsel.answer
    counsel.check("workbench-kept")


def draft_a_rule(counsel):
    page = counsel.page
    counsel.open("/workbench/draft/")
    assert "You have no draft" in counsel.answer
    counsel.check("workbench-draft-empty")
    counsel.open(f"/workbench/draft/?book=boston&provision={BAN}")
    text = page.get_by_label("The rule's text").input_value()
    page.get_by_label("The rule's text").fill(text.replace("listed_37l", "listed_37x"))
    counsel.press("Save in your draft")
    assert "Nothing was saved yet" in counsel.text
    assert "listed_37x" in page.get_by_label("The rule's text").input_value(), "what was typed stays"
    counsel.check("workbench-draft-refused")
    page.get_by_label("The rule's text").fill(text.replace("in_force_from = 2020-12-31", "in_force_from = 2027-01-01"))
    counsel.press("Save in your draft")
    assert "Your draft changes 1 rule." in counsel.answer
    counsel.check("workbench-draft")


def try_it_under_the_draft(counsel, asked):
    counsel.open(f"/workbench/requests/{asked.pk}/?book=draft.boston")
    assert "may leave" in counsel.answer
    assert "Your draft of Boston Public Schools" in counsel.page.locator("#answer").inner_text()
    counsel.check("workbench-under-draft")


def compare_it(counsel):
    counsel.open("/workbench/compare/")
    counsel.press("Compare these two")
    assert "Your draft of Boston Public Schools is looser" in counsel.answer
    counsel.check("workbench-compare")
    counsel.follow("Open an example")
    assert "may leave" in counsel.answer


def replay_it(counsel, asked):
    counsel.open("/workbench/replay/")
    counsel.page.get_by_label("Rulebook or draft").select_option("draft.boston")
    counsel.press("Replay the last year")
    assert counsel.answer == "1 of 2 decisions of the last year would change."
    assert asked.number in counsel.text
    counsel.check("workbench-replay")


def run_the_claims(counsel):
    page = counsel.page
    counsel.open("/workbench/claims/?book=draft.boston")
    assert "claims must hold" in counsel.answer
    counsel.press("Run every claim")
    if counsel.scripts:
        page.wait_for_function("() => document.querySelector('h1').innerText.includes('hold.')")
        assert "Being proved" not in counsel.text
    assert "not hold." in counsel.answer
    assert "Broken" in counsel.text
    counsel.check("workbench-claims")
    counsel.follow("Open the case that breaks it")
    assert "may leave" in counsel.answer


def see_what_is_kept(counsel):
    counsel.open("/workbench/kept/")
    assert "Under your draft, 1 is decided otherwise" in counsel.text
    counsel.check("workbench-kept-draft")
    with counsel.page.expect_download() as download:
        counsel.page.get_by_role("link", name="All of them as one file").click()
    (kept,) = json.loads(download.value.path().read_text(encoding="utf-8"))
    assert kept["recipient"] == {"kind": "local_police"}
    assert kept["expected"]["decision"] == "permit_redacted"


def moved(counsel, words, *, before=None):
    """Wait until the answer says so. What a script does by itself, a button does without one."""
    if not counsel.scripts:
        if before is None:
            counsel.press("Decide this case")
        counsel.page.wait_for_load_state()
        assert words in counsel.answer
        return
    counsel.page.wait_for_function(
        "([words, before]) => { const now = document.querySelector('h1').innerText;"
        " return now.includes(words) && now !== before; }",
        arg=[words, before],
    )
    counsel.page.wait_for_load_state("networkidle")
