"""The bench in a real browser: marks decided by keys, taken off with a reason, undone, seen as they will be."""

from datetime import timedelta

import pytest
from django.utils import timezone

from schoolgate.demonstration.cast import PASSWORD, open_demonstration

pytestmark = pytest.mark.browser

NARRATIVE = (
    "@P1 and @P2 argued at the east stairs after third period. @P1 lives in Eagle Hill. They raised their hands. "
    "Kevin's mother called from 617 555 0134.\n\n"
    "@P1 walked home with Marisol's cousin. The office called 617 555 0134 back. @P1 and @P2 shook hands."
)


@pytest.fixture
def asked(real_transactions, settings, tmp_path):
    """A report about two students, for which the police ask with a subpoena."""
    from schoolgate.apps.incidents.body import Body, Person
    from schoolgate.apps.incidents.services import file_report
    from schoolgate.apps.requests.services import answer_fact, decide_request
    from schoolgate.demonstration import story

    settings.LOG_FOLDER = tmp_path / "log"
    cast = open_demonstration()
    body = Body(
        occurred_on=(timezone.localdate() - timedelta(days=1)).isoformat(),
        place="hallway",
        kind="attempted_fight_mediated",
        people=(
            Person("P1", "involved", student=cast.students["marisol"].pk),
            Person("P2", "involved", student=cast.students["kevin"].pk),
        ),
        narrative=NARRATIVE,
        response="Talk with both students; calls home",
        germane={"neighborhood": "To plan a safe way home"},
    )
    report = file_report(actor=cast.actor("abreu"), body=body)
    request, _ = story.asked_and_decided(cast, report, story.GRAND_JURY)
    answer_fact(actor=cast.actor("raman"), request=request, fact="germane_elements", value=[])
    decide_request(actor=cast.actor("whitfield"), request=request)
    return request


def somebody(visit, username, *, scripts):
    return visit(scripts=scripts).sign_in(username, PASSWORD)


def test_a_review_with_the_keys(asked, visit):
    officer = somebody(visit, "whitfield", scripts=True)
    page = officer.page
    officer.open(f"/requests/{asked.pk}/")
    assert "Not reviewed yet" in officer.text
    officer.follow("Review the marks")
    marks, undecided = numbers(officer)
    assert marks == undecided >= 3
    page.keyboard.press("?")
    officer.check("bench")
    if officer.pictures:
        page.set_viewport_size({"width": 390, "height": 800})
        page.locator(".sg-paper").scroll_into_view_if_needed()
        page.screenshot(path=officer.pictures / "bench-hand.png")
        page.set_viewport_size({"width": 1200, "height": 900})
    one_after_another(officer, marks)
    all_like_this(officer)
    asked_why_and_left(officer)
    while numbers(officer)[1]:
        before = numbers(officer)[1]
        page.keyboard.press("y")
        wait_until_undecided(officer, before - 1)
    take_off_with_a_reason(officer)
    mark_by_hand(officer)
    see_it_as_they_will(officer)
    whose_sentence(officer)
    finish(officer)
    assert "Reviewed" in officer.text


def numbers(officer):
    """How many marks there are, and how many are undecided."""
    words = officer.answer.replace(",", "").split()
    return int(words[0]), 0 if "all" in words else int(words[2])


def wait_until_undecided(officer, count):
    words = f", {count} undecided." if count else ", all decided."
    officer.page.locator("h1", has_text=words).wait_for()


def go_to(page, words):
    page.locator("#list-of-marks + .sg-marks a", has_text=f"{words}\u201d").first.click()
    wait_for_words(page, words)


def one_after_another(officer, marks):
    page = officer.page
    first = page.locator("#now .sg-now__words").inner_text()
    page.keyboard.press("y")
    wait_until_undecided(officer, marks - 1)
    page.keyboard.press("z")
    wait_until_undecided(officer, marks)
    page.keyboard.press("j")
    page.locator("#now:not([data-mark=''])").wait_for()
    page.keyboard.press("k")
    page.locator("#now .sg-now__words", has_text=first).wait_for()
    page.keyboard.press("w")
    # A mark that is moved is decided.
    wait_until_undecided(officer, marks - 1)
    page.keyboard.press("z")
    wait_until_undecided(officer, marks)


def all_like_this(officer):
    page = officer.page
    go_to(page, "617 555 0134")
    before = numbers(officer)[1]
    assert page.locator("#now [data-key=a]").inner_text() == "Keep all 2 like this"
    page.keyboard.press("a")
    wait_until_undecided(officer, before - 2)


def asked_why_and_left(officer):
    page = officer.page
    go_to(page, "Eagle Hill")
    page.keyboard.press("n")
    page.get_by_text("Why is this no neighborhood?").wait_for()
    officer.check("bench-why")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Keep", exact=True).wait_for()


def take_off_with_a_reason(officer):
    page = officer.page
    go_to(page, "617 555 0134")
    page.keyboard.press("n")
    page.locator("label", has_text="Two words run together").click()
    page.get_by_role("button", name="Take the mark off").click()
    page.locator(".sg-mark--unmarked").wait_for()
    page.keyboard.press("z")
    page.locator(".sg-mark--unmarked").wait_for(state="detached")


def mark_by_hand(officer):
    page = officer.page
    marks, _ = numbers(officer)
    page.locator("[data-part=narrative]", has_text="shook hands").evaluate(
        """node => {
          const text = node.firstChild, at = text.data.indexOf("hands");
          const range = document.createRange();
          range.setStart(text, at + 1); range.setEnd(text, at + 3);
          getSelection().removeAllRanges(); getSelection().addRange(range);
        }"""
    )
    page.keyboard.press("m")
    page.get_by_label("What they tell").select_option("religion")
    page.get_by_role("button", name="Mark these words").click()
    page.locator("h1", has_text=f"{marks + 1} marks, all decided.").wait_for()
    wait_for_words(page, "hands")
    assert "Marked by hand by Dana Whitfield" in officer.text
    officer.check("bench-by-hand")


def see_it_as_they_will(officer):
    page = officer.page
    page.keyboard.press("v")
    page.get_by_role("heading", name="Boston Police Department would see this").wait_for()
    for gone in ("Eagle Hill", "Kevin", "neighborhood", "shook hands"):
        assert gone not in page.locator("main .sg-stack").inner_html(), gone
    assert "argued at the east stairs" in officer.text
    officer.check("bench-recipient")
    page.keyboard.press("v")
    page.locator("h1", has_text="all decided.").wait_for()
    page.get_by_role("link", name="Family of Kevin Chen").click()
    page.get_by_text("This is what Family of Kevin Chen would get").wait_for()
    officer.check("bench-family")


def whose_sentence(officer):
    page = officer.page
    page.get_by_role("link", name="They raised their hands.").click()
    page.locator("#now", has_text="Nobody has said whom it is about").wait_for()
    page.locator("#now label", has_text="Kevin Chen").click()
    officer.check("bench-sentence")
    page.get_by_role("button", name="Say so").click()
    page.get_by_role("link", name="This sentence is about P2", exact=True).first.wait_for()
    page.get_by_role("link", name="Boston Police Department").first.click()
    page.get_by_text("This is what Boston Police Department would get").wait_for()


def finish(officer):
    page = officer.page
    officer.press("Sign what you decided so far")
    assert "Your decisions are signed" in officer.text
    page.keyboard.press("z")
    page.get_by_text("1 thing you did here is kept for you alone").wait_for()
    officer.check("bench-undone")
    officer.press("Finish the review")
    assert "all decided. A copy can be made" in officer.text
    officer.check("bench-finished")
    officer.follow("Go back to request")


def test_a_review_on_paper_alone(asked, visit):
    """Without scripts every step is a link or a form, and protected words need a second person."""
    officer = somebody(visit, "whitfield", scripts=False)
    officer.open(f"/reports/{asked.report_id}/marks/")
    for _ in range(20):
        if not numbers(officer)[1]:
            break
        officer.click(officer.page.locator("#now").get_by_role("button", name="Keep", exact=True))
    officer.click(officer.page.get_by_role("link", name="Eagle Hill").first)
    officer.follow("Take off")
    officer.page.locator("label", has_text="A place, a street").click()
    officer.page.get_by_label("In your own words").fill("It is the name of the book")
    officer.check("bench-plain-why")
    officer.press("Take the mark off")
    assert "another person of the records office, or counsel, finishes" in officer.text
    officer.press("Sign what you decided so far")
    counsel = somebody(visit, "raman", scripts=False)
    counsel.open(f"/reports/{asked.report_id}/marks/")
    assert "It is the name of the book" in counsel.text
    counsel.check("bench-plain-second")
    counsel.press("Finish the review")
    assert "all decided. A copy can be made" in counsel.text


LETTER = (
    "To the principal\n\nMarisol Aguilar lives in Eagle Hill.\nHer mother called from 617 555 0134.\n"
    "The meeting is at noon.\n"
)


def test_an_attachment_is_attached_read_and_its_boxes_decided(asked, visit, tmp_path):
    (tmp_path / "letter.txt").write_text(LETTER, encoding="utf-8")
    (tmp_path / "call.mp3").write_bytes(b"ID3\x04" + bytes(400))
    teacher = somebody(visit, "abreu", scripts=True)
    teacher.open(f"/reports/{asked.report_id}/")
    teacher.follow("Attachments of this report")
    for name in ("letter.txt", "call.mp3"):
        teacher.page.get_by_label("The file").set_input_files(tmp_path / name)
        teacher.press("Attach it to the report")
    teacher.page.get_by_role("heading", name="2 attachments.").wait_for()
    assert "This is sound or video" in teacher.text
    teacher.check("attachments")
    officer = somebody(visit, "whitfield", scripts=True)
    page = officer.page
    officer.open(f"/reports/{asked.report_id}/marks/?for={asked.pk}")
    officer.follow("look at them")
    officer.follow("Review its pages")
    first = officer.answer
    page.keyboard.press("y")
    page.locator("h1", has_not_text=first).wait_for()
    page.keyboard.press("z")
    page.locator("h1", has_text=first).wait_for()
    drag_a_box(page)
    page.get_by_label("What is there").select_option("picture")
    page.get_by_role("button", name="Mark this part").click()
    page.locator("#now", has_text="Marked by hand").wait_for()
    officer.check("attachment-page")
    # The second key is meant for the page that the first one brings.
    page.keyboard.press("j")
    while "undecided" in officer.answer:
        before = officer.answer
        page.keyboard.press("y")
        page.locator("h1", has_not_text=before).wait_for()
    with page.expect_navigation():
        page.keyboard.press("v")
    assert page.url.endswith(f"/copy/?for={asked.pk}")
    if officer.pictures:
        page.screenshot(path=officer.pictures / "attachment-copy.png")
    page.go_back()
    officer.follow("Go on to finish the review")
    assert "all decided" in page.locator("#finish").inner_text()


def drag_a_box(page):
    drawing = page.locator("[data-page]").bounding_box()
    left, top = drawing["x"] + drawing["width"] * 0.5, drawing["y"] + drawing["height"] * 0.4
    page.mouse.move(left, top)
    page.mouse.down()
    page.mouse.move(left + 60, top + 30, steps=3)
    page.mouse.up()


def wait_for_words(page, words):
    page.locator("#now .sg-now__words", has_text=f"{words}\u201d").wait_for()
