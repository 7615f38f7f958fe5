"""Before anything leaves, and after: who could read the copy next, an agreement that opens a way, and the family."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from schoolgate.apps.access.moment import at, now
from schoolgate.demonstration import story
from schoolgate.demonstration.cast import PASSWORD, open_demonstration

pytestmark = pytest.mark.browser


@pytest.fixture
def asked(real_transactions, settings, tmp_path):
    """A decided request by the police, whose family was told eleven days ago; no way leads to immigration yet."""
    from schoolgate.apps.agencies.models import Agreement
    from schoolgate.apps.requests.services import answer_fact, notify_family

    settings.LOG_FOLDER = tmp_path / "log"
    cast = open_demonstration()
    Agreement.objects.filter(receiver__slug="ice").delete()
    with at(now() - timedelta(days=11)):
        report = story.file_the_report(cast)
        request, _ = story.asked_and_decided(cast, report, story.GRAND_JURY)
        answer_fact(actor=cast.actor("raman"), request=request, fact="germane_elements", value=[])
        notify_family(actor=cast.actor("whitfield"), request=request, student=cast.students["marisol"])
    return request


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_before_release_and_after(scripts, asked, visit):
    officer = visit(scripts=scripts).sign_in("whitfield", PASSWORD)
    before_it_leaves(officer)
    family_reads_that_nobody_watched(visit(scripts=scripts))
    counsel = visit(scripts=scripts).sign_in("raman", PASSWORD)
    sign_an_agreement(counsel)
    with time_machine.travel(timezone.now() + timedelta(seconds=2), tick=True):
        see_it_on_the_desk(officer)
        handle_it(officer)
        family_reads_of_the_way(visit(scripts=scripts))


def before_it_leaves(officer):
    officer.follow("Q-")
    officer.press("Decide again by today's law")
    assert "could read this copy next; immigration enforcement is not among them" in officer.text
    assert "We know of no path to immigration enforcement" in officer.text
    assert "How sure this is" in officer.page.locator("#next").inner_text()
    drawing = officer.page.locator("#next .sg-drawing svg")
    assert drawing.count() == 1
    assert officer.page.locator("#next .sg-drawing svg a").count() > 1, "each agreement is a link"
    officer.check("before-release")
    review_the_marks(officer)
    officer.press("Confirm this decision")
    officer.press("Release the redacted copy")
    assert "left to Boston Police Department" in officer.answer
    assert "Nothing: it can reach the same agencies" in officer.text
    officer.check("release-page")


def review_the_marks(officer):
    officer.follow("Review the marks")
    for _ in range(20):
        if "undecided" not in officer.answer:
            break
        before = officer.answer
        officer.click(officer.page.locator("#now").get_by_role("button", name="Keep", exact=True))
        officer.page.locator("h1", has_not_text=before).wait_for()
    officer.press("Finish the review")
    officer.follow("Go back to request")


def family_reads_that_nobody_watched(mother):
    mother.sign_in("aguilar", PASSWORD)
    mother.follow("What they got")
    assert "We know of no way for immigration enforcement to read it." in mother.text
    assert "No sabemos de ningún camino por el que la agencia federal de inmigración pueda leerla." in mother.text
    mother.check("family-no-way")


def sign_an_agreement(counsel):
    from schoolgate.apps.agencies.models import Agency

    names = dict(Agency.objects.values_list("slug", "name"))
    counsel.open("/agreements/add/")
    page = counsel.page
    page.locator("select[name=giver]").select_option(label=names["bric"], force=True)
    page.locator("select[name=receiver]").select_option(label=names["ice"], force=True)
    page.locator("input[name=title]").fill("A log-in for immigration officers")
    page.locator("select[name=basis]").select_option("log_in")
    page.locator("select[name=status]").select_option("documented")
    page.locator("input[name=source], textarea[name=source]").fill("Letter of the center, 27 November 2026")
    counsel.click(page.locator("main form button[type=submit]").last)
    assert "A log-in for immigration officers" in counsel.text


def see_it_on_the_desk(officer):
    officer.open("/requests/")
    assert "1 way opened to copies that have left" in officer.text
    officer.check("desk-with-a-way")
    officer.follow("A way to Immigration")


def handle_it(officer):
    assert "Immigration and Customs Enforcement could reach 1 copy by a way that was not open before." in officer.answer
    assert "A log-in for immigration officers" in officer.text
    officer.check("way")
    officer.press("Write down what was done")
    assert "This field is required" in officer.text
    officer.page.get_by_label("What you did").fill("Asked counsel to have the log-in shut.")
    officer.press("Write down what was done")
    assert "Asked counsel to have the log-in shut." in officer.text
    officer.check("way-handled")
    officer.follow("Copy C-")
    assert "Immigration enforcement could reach this copy in 2 steps" in officer.text
    assert "could not reach it as the network was known on the day it left" in officer.text
    officer.check("release-page-after")
    officer.open("/requests/")
    assert "opened to copies that have left" not in officer.text


def family_reads_of_the_way(mother):
    mother.sign_in("aguilar", PASSWORD)
    assert "could read it next, in 2 steps" in mother.text
    mother.check("family-account-reach")
    mother.follow("What they got")
    assert "can look into what Boston Regional Intelligence Center holds" in mother.text
    assert "We know of no transfer of this copy." in mother.text
    assert "No sabemos que esta copia haya pasado a otros." in mother.text
    assert "Kevin" not in mother.text
    mother.check("family-copy-reach")
