"""The School Committee and the office with the network of agencies, in a real browser.

The map, another day, what-if both ways, choke points, an agreement signed with its paper, a name confirmed.
"""

import pytest

from schoolgate.demonstration.cast import PASSWORD, open_demonstration

pytestmark = pytest.mark.browser

LIST = (
    "STATE,LAW ENFORCEMENT AGENCY,TYPE,COUNTY,SUPPORT TYPE,SIGNED,MOA,ADDENDUM\n"
    "MASSACHUSETTS,Boston Police Department,Municipality,Suffolk County,Task Force Model,2025-06-25,link,\n"
    "MASSACHUSETTS,Worcester Police Department,Municipality,Worcester County,Task Force Model,2025-05-08,link,\n"
)
PAPER = b"%PDF-1.7\nA memorandum of understanding.\n%%EOF\n"


@pytest.fixture
def opened(real_transactions):
    """The district with its ten agencies."""
    from schoolgate.apps.agencies.models import Agency

    cast = open_demonstration()
    Agency.objects.filter(slug="boston-police").update(state="MA", county="Suffolk County")
    return cast


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_the_network(scripts, opened, visit, tmp_path):
    anybody = visit(scripts=scripts)
    look_at_the_map(anybody)
    try_an_end(anybody)
    try_a_signature(anybody)
    look_at_one_agreement(anybody)
    look_at_the_agencies(anybody)
    officer = visit(scripts=scripts)
    officer.sign_in("whitfield", PASSWORD)
    sign_an_agreement(officer, tmp_path)
    amend_and_end_it(officer)
    import_a_network(officer, tmp_path)
    confirm_a_name(officer, tmp_path)


def look_at_the_map(anybody):
    page = anybody.page
    anybody.open("/agreements/")
    assert "10 of our 25 agreements lead to immigration enforcement" in anybody.answer
    assert "would cut all of them" in anybody.answer
    assert page.locator(".sg-drawing svg a").count() >= 10, "every agency and agreement of the drawing is a link"
    page.get_by_text("The same as a table").first.click()
    assert "Dissemination to another fusion center" in anybody.text
    anybody.check("network-map")
    with page.expect_download() as download:
        page.get_by_role("link", name="One page to print").click()
    assert download.value.path().read_bytes().startswith(b"%PDF")
    anybody.press("2020")
    assert "lead to immigration enforcement" in anybody.answer
    assert "10 of our 25" not in anybody.answer
    assert "not today" in anybody.text
    page.get_by_label("Look at another day").fill("2004-06-01")
    anybody.press("Look at this day")
    assert "14 of our 30 agreements" in anybody.answer
    anybody.check("network-early")


def try_an_end(anybody):
    anybody.open("/agreements/")
    anybody.follow("What if it ended : The center is a unit of the department")
    assert "immigration enforcement and 5 other agencies could no longer be reached" in anybody.answer
    assert "no agreement leads from our schools to immigration enforcement" in anybody.text
    anybody.check("network-what-if-end")


def try_a_signature(anybody):
    page = anybody.page
    anybody.open("/agreements/what-if/")
    anybody.check("network-what-if")
    page.get_by_text("Sign an agreement", exact=True).click()
    choose(anybody, "giver", "East Harbor High School")
    choose(anybody, "receiver", "Immigration and Customs Enforcement")
    anybody.press("See what would change")
    assert "If East Harbor High School agreed to share with Immigration and Customs Enforcement" in anybody.answer
    assert "in 1 step" in anybody.text
    assert "giver=east-harbor" in page.url, "the address keeps it"
    anybody.check("network-what-if-signed")
    anybody.open("/agreements/what-if/?amend=boston-police-bric&amended=no")
    assert "forbade passing on" in anybody.answer
    anybody.open("/agreements/what-if/?giver=ice&receiver=ice")
    assert "This is the same agency as above" in anybody.text
    anybody.check("network-what-if-wrong")


def choose(person, name, words):
    """Choose in a long list: typed into where a script made it so."""
    if not person.scripts:
        person.page.locator(f"select[name={name}]").select_option(label=words)
        return
    field = person.page.locator(f"#id_{name}")
    if field.evaluate("one => one.tagName") == "SELECT":
        field.select_option(label=words)
        return
    field.fill(words)
    person.page.get_by_role("option", name=words).first.click()


def look_at_one_agreement(anybody):
    anybody.open("/agreements/")
    anybody.click(
        anybody.page.locator("table").get_by_role("link", name="The center is a unit of the department").first
    )
    assert anybody.answer == "This lets data move from Boston Police Department to Boston Regional Intelligence Center."
    assert "Entered by" not in anybody.text
    assert "Change it" not in anybody.text
    anybody.check("network-agreement")


def look_at_the_agencies(anybody):
    anybody.open("/agencies/")
    assert anybody.answer == "15 agencies stand in the registry."
    anybody.check("network-agencies")
    anybody.follow("Boston Regional Intelligence Center")
    assert "From there it could reach 6 agencies" in anybody.answer
    anybody.check("network-agency")


def sign_an_agreement(officer, folder):
    page = officer.page
    paper = folder / "memorandum.pdf"
    paper.write_bytes(PAPER)
    officer.open("/agreements/")
    officer.follow("Enter an agreement")
    officer.press("Enter the agreement")
    assert "Whose data moves" in page.locator(".sg-errors").inner_text()
    officer.check("network-sign-refused")
    page.get_by_label("Whose data moves").select_option("district-attorney")
    page.get_by_label("Who gets it").select_option("ice")
    page.get_by_label("What people call it").fill("Memorandum on joint cases")
    page.get_by_label("Where this is written").fill("Memorandum of 1 June 2026")
    page.get_by_label("The place in it").fill("section 3")
    page.get_by_label("First day").fill("2026-06-01")
    page.get_by_text("Incident reports", exact=True).click()
    page.get_by_text("No, they must keep it").click()
    page.get_by_label("The paper itself").set_input_files(paper)
    page.get_by_label("What the paper is called").fill("The memorandum, signed")
    officer.check("network-sign")
    officer.press("Enter the agreement")
    assert "The agreement is entered." in officer.text
    assert "Entered by" in officer.text
    assert "Dana Whitfield" in officer.text
    officer.check("network-signed")
    with page.expect_download() as download:
        page.get_by_role("link", name="The memorandum, signed").click()
    assert download.value.path().read_bytes() == PAPER


def amend_and_end_it(officer):
    page = officer.page
    officer.follow("Amend it")
    page.get_by_label("From which day it says so").fill("2026-09-01")
    page.get_by_label("Last day").fill("2026-12-31")
    page.get_by_label("Why").fill("The parties wrote a last day into it.")
    officer.check("network-amend")
    officer.press("Amend the agreement")
    assert "It took the place of" in officer.text
    officer.follow("End it")
    page.get_by_label("Last day on which it holds").fill("2026-11-30")
    page.get_by_label("Why").fill("The attorney left it.")
    officer.check("network-end")
    officer.press("End the agreement")
    assert "to Mon 30 Nov 2026" in officer.text
    assert "The attorney left it." in officer.text
    officer.check("network-changed")
    officer.open("/agreements/")
    assert "What ends within" in officer.text


def import_a_network(officer, folder):
    wrong = folder / "network.json"
    wrong.write_text('{"agencies": [{"id": "a", "name": "", "kind": "press"}],\n "agreements": []}', encoding="utf-8")
    officer.open("/agreements/import/")
    officer.page.get_by_label("The file").set_input_files(wrong)
    officer.press("Import the network")
    assert "Nothing was imported" in officer.text
    assert "name is empty" in officer.text
    officer.check("network-import-refused")


def confirm_a_name(officer, folder):
    listed = folder / "participating.csv"
    listed.write_text(LIST, encoding="utf-8")
    officer.open("/agencies/names/")
    officer.check("network-names-empty")
    officer.follow("Import a public list")
    officer.page.get_by_label("The file").set_input_files(listed)
    officer.page.get_by_label("When it was published").fill("2025-07-18")
    officer.press("Import the list")
    assert officer.answer == "1 name on public lists may mean an agency of ours."
    assert "the same place: boston" in officer.text
    officer.check("network-names")
    officer.press("They are the same")
    assert "Entered in the network: 1 agreement." in officer.text
    officer.check("network-names-decided")
    officer.open("/agencies/boston-police/")
    assert "Agreement under section 287(g): Task Force Model" in officer.text
    officer.open("/agreements/")
    assert "in 2 steps at the fewest" in officer.answer
