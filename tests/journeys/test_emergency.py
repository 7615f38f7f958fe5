"""A teacher opens a record in an emergency and somebody else looks at it; an administrator switches the power on."""

import pytest

from schoolgate.demonstration import story
from schoolgate.demonstration.cast import PASSWORD, open_demonstration

pytestmark = pytest.mark.browser
THREAT = "A message that I saw says that somebody will be beaten at noon by the east gate."
NEEDED = "To learn who has hurt her before, so that the gate is watched for them."
FOUND = "I called the gate: there was such a message, and two people stood watch."


@pytest.fixture
def opened(real_transactions, settings, tmp_path):
    settings.LOG_FOLDER = tmp_path / "log"
    return open_demonstration()


@pytest.fixture
def people(visit):
    """Give browsers that wait: the first pages of a process take their time on a busy machine."""

    def open_for(number, *, scripts):
        found = [visit(scripts=scripts) for _ in range(number)]
        for one in found:
            one.page.set_default_timeout(120_000)
        return found

    return open_for


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_record_is_opened_in_an_emergency_and_somebody_else_looks_at_it(scripts, opened, people):
    principal, officer, mother = people(3, scripts=scripts)
    opens_a_record(principal, story.file_the_report(opened))
    somebody_else_reviews(officer)
    the_family_reads(mother)


def test_an_administrator_switches_the_power_on_and_gives_a_role(opened, people):
    admin, officer = people(2, scripts=True)
    an_administrator_gives_a_role(admin)
    the_office_sees_it(officer)
    the_power_is_switched_off(admin)


def choose(person, words):
    """A choice of a form; its box is drawn beside its words."""
    person.page.locator("main label", has_text=words).first.click()


def goes(person, link):
    """Press something that stands outside what the page says, or in its table, and wait for the page it leads to."""
    with person.page.expect_navigation():
        link.click()


def opens_a_record(principal, report):
    principal.sign_in("okafor", PASSWORD)
    principal.open("/emergency/")
    assert principal.answer.startswith("Must you see a child's record now")
    principal.press("Open the record")
    assert principal.answer.startswith("Must you see"), "nothing was said yet"
    principal.check("emergency-asked")
    choose(principal, "The reports about one student")
    principal.page.get_by_label("The student's number").fill("8400117")
    choose(principal, "Somebody may be attacked")
    principal.page.get_by_label("The threat, in your own words").fill(THREAT)
    principal.page.get_by_label("Who is in danger").fill("Marisol")
    principal.page.get_by_label("Why you must read").fill(NEEDED)
    principal.press("Open the record")
    assert principal.answer.startswith("1 report is open to you until")
    principal.check("emergency-open")
    principal.follow(report.number)
    assert "None. You opened it in an emergency" in principal.text
    principal.check("emergency-report")
    principal.open("/public/")
    assert principal.page.get_by_text("You have a record open in an emergency").is_visible()
    goes(principal, principal.page.get_by_role("button", name="End it now"))
    assert principal.answer == "Mr. Okafor opened the reports of one student, and read 2 pages."
    assert not principal.page.get_by_text("You have a record open in an emergency").count()
    principal.check("emergency-ended")


def somebody_else_reviews(officer):
    officer.sign_in("whitfield", PASSWORD)
    officer.check("notice-on-a-page")
    goes(officer, officer.page.get_by_role("link", name="There is a notice for you"))
    assert officer.answer == "There is 1 new notice for you."
    officer.page.get_by_label("Your work address").fill("privacy@district.example")
    officer.press("Mail my notices there")
    assert "Your notices are mailed there" in officer.text
    officer.check("notices")
    officer.open("/emergency/openings/")
    assert officer.answer == "1 emergency opening waits for a review."
    officer.check("emergency-openings")
    goes(officer, officer.page.locator("main table").first.get_by_role("link").first)
    assert THREAT in officer.text
    choose(officer, "It was justified")
    officer.page.get_by_label("Why do you think so").fill(FOUND)
    officer.check("emergency-to-review")
    officer.press("Write the review down")
    assert FOUND in officer.text
    officer.check("emergency-reviewed")


def the_family_reads(mother):
    mother.sign_in("aguilar", PASSWORD)
    assert "opened reports about your child in an emergency" in mother.text
    assert "It was justified." in mother.text
    mother.check("emergency-told")


def an_administrator_gives_a_role(admin):
    admin.sign_in("admin", PASSWORD)
    assert admin.answer.startswith("Your power is off")
    admin.check("power-off")
    admin.follow("Switch your power on")
    choose(admin, "To give or end roles")
    admin.page.get_by_label("What are you about to do").fill("Makes Ms. Abreu principal while Mr. Okafor is away.")
    choose(admin, "2 hours")
    admin.check("power-asked")
    admin.press("Switch the power on")
    assert admin.answer.startswith("Your power is on until")
    admin.check("power-on")
    admin.open("/roles/")
    admin.check("roles")
    admin.follow("abreu")
    choose(admin, "Principal")
    admin.page.get_by_label("The school", exact=True).select_option(label="East Harbor High School")
    admin.check("roles-of")
    admin.press("Give this role")
    assert "It holds once the records office confirms it" in admin.text
    admin.follow("End this role as School staff")
    admin.check("role-ends")
    admin.press("End this role")
    assert "The role has ended" in admin.text


def the_office_sees_it(officer):
    officer.sign_in("whitfield", PASSWORD)
    officer.open("/power/")
    assert "Makes Ms. Abreu principal" in officer.text
    officer.check("power-seen")
    officer.open("/roles/waiting/")
    assert officer.answer.startswith("1 role waits for your word")
    officer.check("role-waits")
    officer.press("It shall hold")
    assert "The role holds." in officer.text


def the_power_is_switched_off(admin):
    goes(admin, admin.page.get_by_role("button", name="Switch it off"))
    assert admin.answer.startswith("Your power is off")
    assert admin.page.request.get(admin.site + "/roles/").status == 404
