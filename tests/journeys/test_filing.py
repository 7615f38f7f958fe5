"""Filing, correcting and sealing in a real browser: what saves itself, what a failing server does not lose."""

from datetime import timedelta

import pytest
from django.utils import timezone

from schoolgate.demonstration.cast import PASSWORD, open_demonstration

pytestmark = pytest.mark.browser
# Presses and fields from the first page to the signature: three minutes at eight seconds each.
STEPS = 22


@pytest.fixture
def opened(real_transactions, settings, tmp_path):
    settings.LOG_FOLDER = tmp_path / "log"
    return open_demonstration()


class Counted:
    """Counts what a person has to do."""

    def __init__(self, person):
        self.person, self.steps = person, 0

    def press(self, name, **more):
        self.steps += 1
        self.person.press(name, **more)

    def fill(self, label, text):
        self.steps += 1
        self.person.page.get_by_label(label).first.fill(text)

    def choose(self, label, code):
        self.steps += 1
        self.person.page.get_by_label(label).first.select_option(code)

    def add(self, kind, name, part):
        self.steps += 3
        self.person.page.locator(f"select[name={kind}]").select_option(label=name, force=True)
        self.person.page.locator("select[name=role]").select_option(part)
        self.person.press("Add this person")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_file_correct_and_seal(scripts, opened, visit):
    teacher = visit(scripts=scripts).sign_in("abreu", PASSWORD)
    number = files(teacher)
    principal = visit(scripts=scripts).sign_in("okafor", PASSWORD)
    signs_off(principal, number)
    corrects(teacher, number)
    officer = visit(scripts=scripts).sign_in("whitfield", PASSWORD)
    counsel = visit(scripts=scripts).sign_in("raman", PASSWORD)
    looks_again(officer, number)
    seals(officer, number)
    opens_once(counsel, number)


def files(teacher):
    counted = Counted(teacher)
    teacher.open("/file/")
    counted.press("Start a report")
    counted.fill("Day it happened", (timezone.localdate() - timedelta(days=1)).isoformat())
    counted.fill("Time of day", "14:05")
    counted.choose("Where", "on_the_way")
    counted.choose("What kind of incident", "fight")
    teacher.check("filing-when")
    counted.press("Save and go to the people")
    counted.add("student", "Marisol Aguilar", "involved")
    counted.add("student", "Kevin Chen", "harmed")
    teacher.check("filing-who")
    teacher.follow("Go to what happened")
    counted.fill("What happened", "@P1 pushed @P2 by the gate. @P1 is undocumented.")
    counted.press("Save and check")
    assert "The district never keeps this" in teacher.text
    teacher.check("filing-refused")
    counted.fill("What happened", "@P1 pushed @P2 by the gate.")
    teacher.page.get_by_text("Weapon, injury, what was done, what mends it").click()
    counted.fill("Injury", "A scratch")
    teacher.page.get_by_text("What each person says").click()
    counted.fill("What @P2", "I was afraid.")
    teacher.check("filing-what")
    counted.press("Save and check")
    assert "Read it once more" in teacher.answer, teacher.text
    teacher.check("filing-check")
    counted.press("Sign and file the report")
    assert counted.steps <= STEPS, counted.steps
    assert "Fight" in teacher.answer
    assert "Waits for the principal" in teacher.text
    teacher.check("filing-filed")
    return teacher.page.locator(".sg-kicker").inner_text().split(",")[0].split()[-1]


def signs_off(principal, number):
    principal.open("/reports/")
    assert "1 report waits for your word" in principal.text
    principal.follow(number)
    principal.press("Sign this report off")
    assert "signed off by Mr. Okafor" in principal.text


def corrects(teacher, number):
    teacher.open("/reports/")
    teacher.follow(number)
    teacher.press("Correct this report")
    teacher.page.get_by_label("Where").first.select_option("bus_stop")
    teacher.press("Save and go to the people")
    teacher.follow("Go to what happened")
    teacher.page.get_by_label("What happened").first.fill("@P1 bumped into @P2 at the stop.")
    teacher.press("Save and check")
    teacher.press("Sign the correction")
    assert "Sign the correction" in teacher.text, "it wants a reason"
    teacher.check("filing-correction-refused")
    teacher.page.get_by_label("Why do you correct it").fill("The driver saw it differently")
    teacher.press("Sign the correction")
    assert "Corrected: version 2 of 2" in teacher.text
    assert "bumped" in teacher.text
    teacher.check("filing-corrected")
    teacher.follow("Version 1")
    assert "pushed" in teacher.text
    assert "bumped" not in teacher.text
    teacher.check("filing-earlier")


def looks_again(officer, number):
    officer.open("/reports/find/")
    officer.check("filing-find")
    officer.page.get_by_label("Number of the report").fill(number)
    officer.press("Look", exact=True)
    assert "1 report fits." in officer.answer
    officer.check("filing-found")
    officer.open("/reports/allegations/")
    officer.check("filing-allegations")


def seals(officer, number):
    officer.open("/reports/")
    officer.follow(number)
    officer.follow("Enter an order")
    officer.page.get_by_text("Seal it").click()
    officer.page.get_by_label("Day of the order").fill(timezone.localdate().isoformat())
    officer.page.get_by_label("Which court or office").fill("Suffolk Juvenile Court")
    officer.check("filing-order")
    officer.press("Enter the order, and shut the report")
    assert "sealed by order" in officer.answer
    assert "bumped" not in officer.text
    officer.check("filing-sealed")
    officer.open("/reports/")
    assert "Sealed by order" in officer.text
    assert "Fight" not in officer.text
    officer.check("filing-sealed-list")


def opens_once(counsel, number):
    counsel.open("/reports/")
    counsel.follow(number)
    counsel.page.get_by_label("Why must you open it").fill("The family appeals")
    counsel.check("filing-sealed-counsel")
    counsel.press("Open the sealed report")
    assert "bumped" in counsel.text
    counsel.check("filing-opened-once")


def test_it_saves_itself_and_a_failing_server_loses_nothing(opened, visit):
    teacher = visit(scripts=True).sign_in("abreu", PASSWORD)
    page = teacher.page
    teacher.open("/file/")
    teacher.press("Start a report")
    page.get_by_label("Day it happened").fill((timezone.localdate() - timedelta(days=1)).isoformat())
    teacher.press("Save and go to the people")
    teacher.page.locator("select[name=student]").select_option(label="Marisol Aguilar", force=True)
    teacher.press("Add this person")
    teacher.follow("Go to what happened")
    address = page.url
    told = page.locator("[data-save-state]").first
    with page.expect_response(lambda answer: "/save/what/" in answer.url):
        page.get_by_label("What happened").first.fill("@P1 fell on the stairs.")
    page.wait_for_function("() => document.querySelector('[data-save-state]').textContent.startsWith('Saved ')")
    other = visit(scripts=True).sign_in("abreu", PASSWORD)
    other.open(address.removeprefix(other.site))
    assert "fell on the stairs" in other.page.get_by_label("What happened").first.input_value()
    # From here the server fails, for what saves and for what is sent.
    page.route("**/file/**", lambda route: route.fulfill(status=500, body="no"))
    with page.expect_response(lambda answer: "/save/what/" in answer.url):
        page.get_by_label("What happened").first.fill("@P1 fell on the wet stairs.")
    page.wait_for_function("() => document.querySelector('[data-save-state]').textContent.startsWith('Not saved')")
    page.locator("main").get_by_role("button", name="Save and check").click()
    assert page.url == address, "nothing was sent to a server that fails"
    assert page.get_by_label("What happened").first.input_value() == "@P1 fell on the wet stairs."
    assert "tries again" in told.inner_text()
    teacher.check("filing-not-saved")
    page.unroute("**/file/**")
    page.wait_for_url("**/check/")
    assert "wet stairs" in teacher.text
