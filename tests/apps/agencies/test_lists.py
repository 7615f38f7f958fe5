"""Public lists: a program proposes, a person decides, and only then a 287(g) agreement stands in the network."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from schoolgate.apps.agencies.importing import CannotImport
from schoolgate.apps.agencies.lists import read_list
from schoolgate.apps.agencies.matching import confirm_name, import_public_list, reject_name
from schoolgate.apps.agencies.models import Agency, Agreement, ListedAgency, NameMatch, PublicList
from schoolgate.apps.agencies.selectors import network
from schoolgate.apps.ledger.acts import Impossible
from schoolgate.engines import reach

pytestmark = pytest.mark.django_db

HEAD = "STATE,LAW ENFORCEMENT AGENCY,TYPE,COUNTY,SUPPORT TYPE,SIGNED,MOA,ADDENDUM\n"
LIST = (
    HEAD + "MASSACHUSETTS,Boston Police Department,Municipality,Suffolk County,Task Force Model,2025-06-25,link,\n"
    "MASSACHUSETTS,Boston Police Department,Municipality,Suffolk County,Warrant Service Officer,2025-07-02,link,\n"
    "MASSACHUSETTS,Worcester Police Department,Municipality,Worcester County,Task Force Model,2025-05-08,link,\n"
)
MORE = LIST + "MASSACHUSETTS,Boston Police Department,Municipality,Suffolk County,Jail Enforcement Model,2025-07-10,,\n"
DAY = date(2025, 7, 18)


@pytest.fixture
def officer(cast):
    Agency.objects.filter(slug="boston-police").update(state="MA", county="Suffolk County")
    return cast.actor("whitfield")


def bring(actor, text=LIST, name="287g"):
    content = text.encode()
    found = read_list(name, content, DAY, Agency.objects.all())
    return import_public_list(
        actor=actor,
        name=name,
        sha256=f"{hash(text) & (2**64 - 1):064x}",
        published_on=DAY,
        lines=found.lines,
        proposals=found.proposals,
    )


def boston():
    return NameMatch.objects.get(agency__slug="boston-police", listed__list=PublicList.objects.first())


def test_a_list_changes_nothing_before_a_person_decides(officer):
    before = network()
    bring(officer)
    assert network() == before
    assert ListedAgency.objects.count() == 2, "each agency once"
    match = boston()
    assert match.state == "proposed"
    assert "the same place: boston" in match.reasons


def test_like_names_are_not_the_same(officer):
    """Never by the word Police."""
    bring(officer)
    assert not NameMatch.objects.filter(listed__name__startswith="Worcester").exists()
    assert not NameMatch.objects.exclude(agency__slug="boston-police").exists()


def test_a_confirmed_name_brings_its_dated_agreements(officer):
    bring(officer)
    made = confirm_name(actor=officer, match=boston())
    assert [(one.clause, one.starts) for one in made] == [
        ("Task Force Model", date(2025, 6, 25)),
        ("Warrant Service Officer", date(2025, 7, 2)),
    ]
    found = network().agreement(made[0].slug)
    assert (found.giver, found.receiver, found.status) == ("boston-police", "ice", "documented")
    assert found.kinds is None, "the list does not say what moves"
    assert found.purposes == {"immigration_enforcement"}
    assert "2025-07-18, line 2" in found.source
    answer = reach.reach(
        network(),
        "east-harbor",
        date(2025, 7, 1),
        {"incident_report"},
        {"immigration_enforcement"},
        until=date(2025, 7, 1),
        reading="worst_case",
        statuses=reach.LEVELS["disputed"],
    )
    assert answer.reached["ice"].fewest_hops.hops == 2


def test_a_name_is_decided_once(officer):
    bring(officer)
    match = boston()
    reject_name(actor=officer, match=match)
    for again in (confirm_name, reject_name):
        with pytest.raises(Impossible, match="already"):
            again(actor=officer, match=match)
    assert not Agreement.objects.filter(title__contains="287(g)").exists()


def test_what_was_decided_stays_so_on_the_next_list(officer):
    bring(officer)
    reject_name(actor=officer, match=boston())
    bring(officer, MORE)
    assert boston().state == "rejected"


def test_who_was_confirmed_and_signed_more_has_more_agreements(officer):
    bring(officer)
    confirm_name(actor=officer, match=boston())
    bring(officer, MORE)
    assert boston().state == "confirmed"
    models = Agreement.objects.filter(title__contains="287(g)").values_list("clause", flat=True)
    assert sorted(models) == ["Jail Enforcement Model", "Task Force Model", "Warrant Service Officer"]


def test_the_same_file_is_imported_once(officer):
    bring(officer)
    with pytest.raises(Impossible, match="imported before"):
        bring(officer)
    assert PublicList.objects.count() == 1


def test_a_field_office_gets_what_lies_in_its_area(officer):
    bring(officer, 'office_name,state_name,county_name,notes\n"Boston","Massachusetts","",""\n', "field_offices")
    bring(officer)
    made = confirm_name(actor=officer, match=boston())
    office = made[0].receiver
    assert (office.slug, office.kind, office.part_of.slug) == ("ice-boston", "federal_immigration", "ice")


def test_an_application_is_no_agreement(officer):
    head = "STATE,LAW ENFORCEMENT AGENCY,TYPE,COUNTY,SUPPORT TYPE\n"
    bring(
        officer,
        head + "MASSACHUSETTS,Boston Police Department,Municipality,Suffolk County,Task Force Model\n",
        "287g_pending",
    )
    before = network()
    assert confirm_name(actor=officer, match=boston()) == ()
    assert network() == before


def test_an_ori_code_is_taken_from_a_confirmed_line(officer):
    head = "state,county,zip,agency,ori,program_type,agency_type\n"
    bring(officer, head + "MASSACHUSETTS,Suffolk County,02120,boston police department,MA0130100,,\n", "ori")
    confirm_name(actor=officer, match=boston())
    assert Agency.objects.get(slug="boston-police").ori == "MA0130100"


def test_a_list_of_another_shape_says_what_is_missing(officer):
    with pytest.raises(CannotImport) as caught:
        bring(officer, "a,b\n1,2\n")
    assert "STATE" in str(caught.value.problems[0])
    assert not PublicList.objects.exists()


def test_the_real_list_is_read(officer, shared):
    content = (shared / "data" / "agencies" / "participating_2025-07-18.csv").read_bytes()
    found = read_list("287g", content, DAY, Agency.objects.all())
    assert len(found.lines) > 600
    assert all(one.slug != "boston-police" for one in found.proposals), "Boston has no such agreement"


def test_the_office_decides_on_its_page(officer, sign_in):
    client = sign_in("whitfield")
    upload = SimpleUploadedFile("participating.csv", LIST.encode())
    page = client.post(
        "/agencies/names/import/",
        {"name": "287g", "listed": upload, "published_on": "2025-07-18"},
        follow=True,
    ).content.decode()
    assert "1 name on public lists may mean an agency of ours." in page
    assert "the same place: boston" in page
    assert "since Wed 25 Jun 2025" in page
    match = boston()
    page = client.post(f"/agencies/names/{match.pk}/confirm/", follow=True).content.decode()
    assert "Entered in the network: 2 agreements." in page
    assert "No name waits for you." in page
    public = sign_in("").get("/agencies/boston-police/").content.decode()
    assert "287(g) agreements in force" in public
    again = client.post(f"/agencies/names/{match.pk}/reject/", follow=True).content.decode()
    assert "already" in again
