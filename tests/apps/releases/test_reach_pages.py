"""Where reach shows: the decision page, a copy that has left, the desk, and the family's account."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from schoolgate.apps.agencies.models import Agreement

pytestmark = pytest.mark.django_db

ICE = "Immigration and Customs Enforcement"
SECRET = "Exhibit of another child"


def text(response):
    """What a page says, its tags taken out."""
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def queries(client, address):
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert client.get(address).status_code == 200
    return len(caught)


@pytest.fixture
def one_more_agreement(cast):
    """Many agreements at once, by which the copy could go to many more."""

    def make(count):
        Agreement.objects.bulk_create(
            Agreement(
                slug=f"more-{number}",
                giver=cast.agencies["boston-police" if number % 2 else "bric"],
                receiver=cast.agencies["state-police" if number % 3 else "ice"],
                title=f"More {number}",
                status="documented",
                source="Invented",
            )
            for number in range(count)
        )

    return make


def test_the_decision_page_says_both_readings_and_links_each_agreement(cast, story, report, sign_in):
    request, _ = story.asked_and_decided(cast, report, story.GRAND_JURY)
    page = sign_in("whitfield").get(f"/requests/{request.pk}/")
    said = text(page)
    assert "Immigration enforcement could reach this copy in 2 steps" in said
    assert "How sure this is" in said
    assert "Documents and statutes only" in said
    assert "Why there is no path when only terms that somebody has read count" in said
    assert "That says what may happen, not that it did." in said
    for slug in ("boston-police-bric", "bric-ice"):
        assert f"/agreements/{slug}/" in page.content.decode()
    assert f"/agreements/what-if/?holder={request.agency.slug}" in page.content.decode()


def test_a_copy_that_may_not_leave_is_spoken_of_without_a_condition(cast, story, report, sign_in):
    request, decision = story.asked_and_decided(cast, report, story.ICE)
    assert decision.outcome == "deny"
    said = text(sign_in("whitfield").get(f"/requests/{request.pk}/"))
    assert "No condition binds this copy" not in said
    assert "goes under the condition" not in said


def test_a_condition_shows_what_it_is_worth(cast, story, report, sign_in):
    from schoolgate.apps.requests.models import Obligation

    request, decision = story.asked_and_decided(cast, report, story.GRAND_JURY)
    decision.outcome = "permit_redacted"
    decision.save()
    Obligation.objects.create(decision=decision, name="redisclosure_notice", citation="34 CFR 99.33(a)")
    said = text(sign_in("whitfield").get(f"/requests/{request.pk}/"))
    assert "goes under the condition not to pass it on (34 CFR 99.33(a))" in said
    assert "If Boston Police Department keeps it, nobody we know of could read it next." in said
    assert "A promise is no wall" in said
    assert "Why there is no path if the condition is kept" in said


def test_a_copy_knows_what_is_in_it_and_how_it_left(left):
    assert left.kinds == ["incident_report"]
    assert left.bound is False
    assert {one["id"] for one in left.reach} >= {"bric", "ice"}
    assert {one["id"] for one in left.newest_reach.readers} == {"ice"}


def test_the_page_of_a_copy_tells_then_now_and_what_changed(left, sign, sign_in, cast):
    client = sign_in("whitfield")
    assert "Nothing: it can reach the same agencies" in text(client.get(f"/copies/{left.pk}/"))
    sign("boston-police", "ice", title="Officers deputized")
    said = text(client.get(f"/copies/{left.pk}/"))
    assert f"A way to {ICE} opened" in said
    assert f"{ICE} could reach it in 1 step; on the day it left it took 2." in said or "is known better" in said
    assert "Officers deputized" in said
    assert "1 way opened to copies that have left" in text(client.get("/requests/"))


def test_the_agency_reads_nothing_of_reach(left, sign, sign_in):
    sign("boston-police", "ice", title="Officers deputized")
    said = text(sign_in("doyle").get(f"/copies/{left.pk}/"))
    assert "could reach" not in said
    assert "A way to" not in said


def test_what_was_seen_in_a_case_is_for_the_office_and_for_no_family(left, cast, sign_in):
    Agreement.objects.create(
        slug="seen-in-a-case",
        giver=cast.agencies["boston-police"],
        receiver=cast.agencies["ice"],
        title=SECRET,
        status="observed",
        basis="transfer",
        source="A court exhibit",
        public=False,
    )
    assert SECRET in text(sign_in("whitfield").get(f"/copies/{left.pk}/"))
    for address in ("/family/", f"/family/copies/{left.pk}/"):
        said = text(sign_in("aguilar").get(address))
        assert SECRET not in said
        assert "was seen to pass" not in said
        assert "in 2 steps" in said, "as the public network has it"


def test_a_family_reads_it_in_its_own_language_and_in_english(left, sign_in):
    page = sign_in("aguilar").get(f"/family/copies/{left.pk}/")
    assert '<section class="sg-section" lang="es">' in page.content.decode()
    said = text(page)
    assert "Quién podría verla después" in said
    assert "Who could see it next" in said
    assert "Some say that Boston Regional Intelligence Center" in said
    assert "We know of no transfer of this copy. These are rules, not events." in said
    assert "Kevin" not in said
    account = text(sign_in("aguilar").get("/family/"))
    assert "Immigration enforcement could read it next, in 2 steps." in account
    assert "La agencia federal de inmigración podría leerla después, en 2 pasos." in account


def test_another_family_reads_nothing_of_it(left, sign_in, cast, report):
    report.incident.participants.filter(student=cast.students["kevin"]).delete()
    assert sign_in("chen").get(f"/family/copies/{left.pk}/").status_code == 404
    assert "could read it" not in text(sign_in("chen").get("/family/"))


@pytest.fixture
def asked_again(cast, story, report):
    return story.asked_and_decided(cast, report, story.GRAND_JURY)[0]


def test_queries_grow_with_nothing(left, asked_again, sign_in, one_more_agreement, sign):
    """Not with agreements, not with ways that opened."""
    from schoolgate.apps.releases.models import ReachAlert

    office, mother = sign_in("whitfield"), sign_in("aguilar")
    sign("boston-police", "ice", title="The first")
    way = ReachAlert.objects.filter(release=left).latest("raised_at")
    places = [
        (office, f"/requests/{asked_again.pk}/"),
        (office, f"/copies/{left.pk}/"),
        (office, "/requests/"),
        (office, f"/copies/ways/{way.pk}/"),
        (mother, "/family/"),
        (mother, f"/family/copies/{left.pk}/"),
    ]
    # Twice: the first reading of a record in a day looks besides how many others there were.
    for _ in range(2):
        before = [queries(client, address) for client, address in places]
    one_more_agreement(12)
    sign("state-police", "ice", title="The second")
    sign("commonwealth-fusion", "ice", title="The third")
    assert [queries(client, address) for client, address in places] == before
