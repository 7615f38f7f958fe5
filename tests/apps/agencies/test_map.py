"""The map, an agreement and an agency: the answer first, the same for everybody but for what is the office's."""

import csv
import io
import re
import time
from dataclasses import replace
from datetime import date, timedelta
from html import unescape

import pypdf
import pytest
from django.utils.html import strip_tags

from schoolgate.apps.access.actors import SYSTEM
from schoolgate.apps.access.moment import today
from schoolgate.apps.agencies.agency_page import agency_page
from schoolgate.apps.agencies.agreement_page import agreement_page
from schoolgate.apps.agencies.map_page import Map
from schoolgate.apps.agencies.models import Agency, Agreement
from schoolgate.apps.agencies.selectors import network
from schoolgate.apps.agencies.services import add_agreement
from schoolgate.apps.agencies.what_if_page import WhatIf
from schoolgate.engines import reach

pytestmark = pytest.mark.django_db

ALL_PAGES = ("/agreements/", "/agreements/what-if/", "/agencies/", "/agencies/bric/", "/agreements/bric-ice/")


def said(response):
    """What a page says, without markup and drawings."""
    page = response.content.decode()
    main = page[page.index("<main") : page.index("</main")]
    return re.sub(r"\s+", " ", strip_tags(re.sub(r"<svg.*?</svg>", "", main, flags=re.DOTALL)))


def h1(response):
    return strip_tags(re.search(r"<h1>(.*?)</h1>", response.content.decode(), re.DOTALL)[1])


def test_the_answer_comes_first(cast, sign_in):
    page = sign_in("").get("/agreements/")
    assert h1(page) == (
        "10 of our 25 agreements lead to immigration enforcement, in 3 steps at the fewest; ending one, from Boston "
        "Police Department to Boston Regional Intelligence Center, would cut all of them."
    )
    assert "This says what agreements permit, not what happened." in said(page)


def test_another_day_has_another_answer(cast, sign_in):
    client = sign_in("")
    assert h1(client.get("/agreements/?on=2019-12-31")).startswith("13 of our 29 agreements lead")
    Agreement.objects.filter(receiver__slug="bric").update(starts=date(2005, 1, 1))
    Agreement.objects.filter(slug="boston-police-gang-database").delete()
    early = client.get("/agreements/?on=2004-12-31")
    assert h1(early) == "None of our 27 agreements leads from our schools to immigration enforcement."
    assert "No such day" not in said(early)
    assert client.get("/agreements/?on=yesterday").status_code == 200


def test_a_duty_under_a_law_is_none_to_end(cast):
    found = Map(network(), today())
    assert found.best[0].agreement.id == "boston-police-bric"
    only_law = reach.Network(
        network().agencies,
        (
            replace(network().agreement("east-harbor-boston-police"), receiver="ice"),
            replace(network().agreement("bric-state-police"), id="other"),
        ),
    )
    alone = Map(only_law, today())
    assert alone.best is None
    assert alone.sentence == "1 of our 2 agreements leads to immigration enforcement, in 1 step at the fewest."
    assert alone.chokes[0].by_law


def test_what_was_read_and_what_was_not_stand_side_by_side(cast):
    here = network()
    known = frozenset({"weapon_report"}), frozenset({"law_enforcement"})
    path = {"east-harbor-boston-police", "boston-police-bric", "bric-dhs-analyst", "dhs-analyst-ice"}
    read = tuple(
        replace(one, kinds=known[0], purposes=known[1], onward="yes", onward_to=frozenset()) if one.id in path else one
        for one in here.agreements
    )
    found = Map(reach.Network(here.agencies, read), today())
    assert "By terms that were read, 4 lead there; the others may" in found.lead
    assert found.grid[0] == ("Papers and laws", "In 4 steps; 8 other agencies", "In 4 steps; 8 other agencies")
    assert found.grid[1][2].startswith("In 3 steps"), "the disputed way is shorter"
    assert "what was read opens no path" in Map(here, today()).lead


def test_every_cut_is_what_it_says(cast):
    """The number in the sentence, by asking again without the agreement."""
    found = Map(network(), today())
    choke, cut = found.best
    left = tuple(one for one in found.network.agreements if one.id != choke.agreement.id)
    without = Map(reach.Network(found.network.agencies, left), today())
    assert cut == len(found.leading) - len(without.leading)
    assert without.leading < found.leading


def test_an_empty_registry_teaches(cast, sign_in):
    Agreement.objects.all().delete()
    page = sign_in("").get("/agreements/")
    assert h1(page) == "No agreement is entered yet."
    assert "will stand here" in said(page)
    assert sign_in("").get("/agreements/map.pdf").status_code == 200
    Agency.objects.filter(memberships=None).delete() if hasattr(Agency, "memberships") else None


def test_without_a_school_the_page_says_so(cast, sign_in):
    Agency.objects.filter(kind="school").update(kind="contractor")
    client = sign_in("")
    assert "No school of ours" in h1(client.get("/agreements/"))
    for path in ALL_PAGES:
        assert client.get(path).status_code == 200, path


def test_what_ends_soon_is_listed(cast, sign_in):
    Agreement.objects.filter(slug="bric-ice").update(ends=today() + timedelta(days=30))
    Agreement.objects.filter(slug="dcf-district-attorney").update(ends=today() + timedelta(days=300))
    page = said(sign_in("").get("/agreements/"))
    soon = page[page.index("What ends within") : page.index("Another day")]
    assert "Use by immigration enforcement" in soon
    assert "Serious abuse" not in soon


def test_what_a_rule_forbids_is_listed_and_never_counted(cast, sign_in):
    Agreement.objects.filter(slug="boston-police-bric").update(status="prohibited")
    page = sign_in("").get("/agreements/")
    assert h1(page).startswith("None of our 24 agreements")
    assert "What a rule forbids" in said(page)
    assert "A rule forbids" in h1(sign_in("").get("/agreements/boston-police-bric/"))


def test_no_public_page_shows_a_transfer_out_of_a_case(cast, seen_transfer, sign_in):
    hidden = (seen_transfer.slug, "SEENWORD", "Secretive", "secret-unit", "Dana Whitfield", "Entered by")
    addresses = (*ALL_PAGES, "/agreements/agreements.csv", "/agreements/network.json", "/agreements/network.graphml")
    for username in ("", "doyle", "aguilar", "abreu", "park", "admin"):
        client = sign_in(username)
        for address in addresses:
            page = client.get(address).content.decode()
            assert not [word for word in hidden if word in page], (username, address)
        for address in (f"/agreements/{seen_transfer.slug}/", "/agencies/secret-unit/"):
            assert client.get(address).status_code == 404, (username, address)
        page = client.get(f"/agreements/what-if/?end={seen_transfer.slug}&holder=secret-unit").content.decode()
        assert "Secretive" not in page
        assert "SEENWORD" not in page
    office = sign_in("raman")
    assert "SEENWORD" in office.get(f"/agreements/{seen_transfer.slug}/").content.decode()
    assert "Secretive" in office.get("/agencies/secret-unit/").content.decode()
    assert "passed on against the condition" in said(office.get(f"/agreements/{seen_transfer.slug}/"))


def test_the_office_sees_who_entered_and_who_changed(cast, sign_in, terms):
    from schoolgate.apps.agencies.services import correct_agreement

    made = add_agreement(
        actor=cast.actor("whitfield"), giver=cast.agencies["dcf"], receiver=cast.agencies["bric"], terms=terms()
    )
    correct_agreement(actor=cast.actor("raman"), agreement=made, terms=terms(onward="no"), reason="WHYWORD")
    office = said(sign_in("raman").get(f"/agreements/{made.slug}/"))
    assert re.search(r"Entered by ?Dana Whitfield", office)
    assert "Corrected by Priya Raman" in office
    assert "WHYWORD" in office
    public = said(sign_in("").get(f"/agreements/{made.slug}/"))
    assert "WHYWORD" not in public
    assert "Whitfield" not in public


def test_an_agreement_says_what_hangs_on_it(cast):
    unit = Agreement.objects.get(slug="boston-police-bric")
    page = agreement_page(unit, network(), today())
    assert page.answer == ("This lets data move from Boston Police Department to Boston Regional Intelligence Center.")
    assert page.lead == "Without it, no report of our schools could reach immigration enforcement."
    assert len(page.lost) == 6
    law = Agreement.objects.get(slug="east-harbor-boston-police")
    assert agreement_page(law, network(), today()).answer.startswith("A law makes data move")
    ended = Agreement.objects.get(slug="safety-services-boston-police")
    page = agreement_page(ended, network(), today())
    assert page.answer.endswith("no more.")
    assert page.lead == "On this day nothing moves by it."
    beside = Agreement.objects.get(slug="bric-ice")
    assert agreement_page(beside, network(), today()).lead == (
        "It is on a path to immigration enforcement; everybody it leads to could be reached without it."
    )


def test_an_agency_says_where_its_data_goes_and_comes_from(cast):
    center = agency_page(cast.agencies["bric"], network(), today())
    assert center.answer == (
        "A report of ours could reach Boston Regional Intelligence Center in 2 steps. From there it could reach 6 "
        "agencies, immigration enforcement among them; 1 of them if unread terms permit nothing."
    )
    assert [len(rows) for rows in (center.given, center.received, center.readers)] == [7, 3, 6]
    sources = [strip_tags(row[0]) for row in center.sources]
    assert sources[0] == "East Harbor High School", "our schools first"
    assert "Suffolk County District Attorney" in sources
    assert "Department of Children and Families" not in sources, "it passes on reports of abuse alone"
    assert "Boston School Police" not in sources, "its agreement with the police has ended"
    end = agency_page(cast.agencies["ice"], network(), today())
    assert end.answer.endswith("could go no further, as far as we know.")


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("", "What would change if an agreement ended, were signed, or said something else?"),
        (
            "end=boston-police-bric",
            (
                "If “The center is a unit of the department” ended: immigration enforcement and 5 other agencies "
                "could no longer be reached."
            ),
        ),
        (
            "end=bric-ice",
            "If “Use by immigration enforcement” ended: immigration enforcement could be reached in more steps.",
        ),
        (
            "giver=safety-services&receiver=vendor&onward=yes",
            (
                "If District Safety Services agreed to share with The district's service provider: 1 agency could "
                "be reached for more."
            ),
        ),
        (
            "giver=boston-police&receiver=ice&onward=no",
            (
                "If Boston Police Department agreed to share with Immigration and Customs Enforcement: immigration "
                "enforcement could be reached for more, immigration enforcement could be reached in fewer steps."
            ),
        ),
        (
            "amend=boston-police-bric&amended=no",
            (
                "If “The center is a unit of the department” forbade passing on: immigration enforcement and 4 "
                "other agencies could no longer be reached."
            ),
        ),
        (
            "end=dcf-district-attorney",
            "If “Serious abuse to the district attorney” ended: nothing would change in who could be reached.",
        ),
        (
            "holder=boston-police&end=boston-police-bric",
            (
                "If “The center is a unit of the department” ended: immigration enforcement and 5 other agencies "
                "could no longer be reached."
            ),
        ),
    ],
)
def test_what_would_change_is_said_first(asked, answer, cast, sign_in):
    page = sign_in("").get(f"/agreements/what-if/?{asked}")
    assert unescape(h1(page)) == answer
    assert page.status_code == 200


def test_nothing_that_is_tried_is_stored(cast, sign_in):
    before = network()
    client = sign_in("raman")
    for asked in ("end=boston-police-bric&end=bric-ice", "giver=dcf&receiver=ice", "amend=bric-ice&amended=yes"):
        assert client.get(f"/agreements/what-if/?{asked}").status_code == 200
    assert network() == before


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        ("giver=ice&receiver=ice", "the same agency as above"),
        ("giver=ice", "Choose both agencies"),
        ("end=nothing", "Select a valid choice"),
        ("on=yesterday", "Enter a valid date"),
        ("end=bric-ice&amend=bric-ice", "ends already"),
        ("holder=nobody", "Select a valid choice"),
    ],
)
def test_what_cannot_be_tried_says_why(asked, wrong, cast, sign_in):
    assert wrong in said(sign_in("").get(f"/agreements/what-if/?{asked}"))


def test_an_amendment_that_is_tried_leaves_the_past(cast):
    tried = WhatIf(network(), "", date(2026, 6, 1), amend="boston-police-bric", amended="no")
    old = tried.changed.agreement("boston-police-bric")
    new = tried.changed.agreement("what-if:amended")
    assert (old.end, new.start, new.onward) == (date(2026, 5, 31), date(2026, 6, 1), "no")
    assert new.receiver == old.receiver


def test_the_table_as_a_file_holds_no_formula(cast, sign_in, terms):
    add_agreement(
        actor=SYSTEM,
        giver=cast.agencies["dcf"],
        receiver=cast.agencies["bric"],
        terms=terms(title='=HYPERLINK("http://x")', starts=None, kinds=("incident_report",)),
    )
    response = sign_in("").get("/agreements/agreements.csv")
    assert response["Content-Disposition"] == f'attachment; filename="agreements-{today()}.csv"'
    rows = list(csv.DictReader(io.StringIO(response.content.decode())))
    assert len(rows) == len(network().agreements) > 40
    (made,) = (row for row in rows if "HYPERLINK" in row["title"])
    assert made["title"].startswith("'=")
    assert (made["first day"], made["kinds"], made["purposes"]) == ("not known", "incident_report", "not known")
    leading = {row["agreement"] for row in rows if row["leads to immigration enforcement"] == "yes"}
    assert leading == set(Map(network(), today()).leading)


def test_the_map_is_one_page_to_print(cast, sign_in):
    response = sign_in("").get("/agreements/map.pdf?on=2019-12-31")
    (page,) = pypdf.PdfReader(io.BytesIO(response.content)).pages
    text = re.sub(r"\s+", " ", page.extract_text())
    assert "13 of our 29 agreements lead to immigration enforcement" in text
    assert "Tue 31 Dec 2019" in text
    assert "What agreements permit, not what happened." in text
    assert "The center is a unit of the department" in text


def test_a_title_is_text_wherever_it_stands(cast, sign_in, terms):
    hostile = '#panic("x") <script>alert(1)</script> \\" ]; x'
    made = add_agreement(
        actor=SYSTEM, giver=cast.agencies["boston-police"], receiver=cast.agencies["ice"], terms=terms(title=hostile)
    )
    client = sign_in("")
    for address in ("/agreements/", f"/agreements/{made.slug}/", f"/agreements/what-if/?end={made.slug}"):
        assert "<script>alert" not in client.get(address).content.decode(), address
    text = pypdf.PdfReader(io.BytesIO(client.get("/agreements/map.pdf").content)).pages[0].extract_text()
    assert "#panic" in text


@pytest.mark.parametrize("username", ["", "raman"])
def test_pages_ask_as_often_for_fifty_agreements_as_for_five(username, cast, sign_in, terms, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = sign_in(username)
    counts = {}
    for address in ALL_PAGES:
        with CaptureQueriesContext(connection) as few:
            assert client.get(address).status_code == 200
        counts[address] = len(few)
    agencies = list(cast.agencies.values())
    for number in range(45):
        add_agreement(
            actor=SYSTEM,
            giver=agencies[number % 9],
            receiver=agencies[9 - number % 9 if 9 - number % 9 != number % 9 else 0],
            terms=terms(title=f"Agreement {number}"),
        )
    for address, count in counts.items():
        with django_assert_num_queries(count):
            assert client.get(address).status_code == 200, address
    assert max(counts.values()) <= (4 if username == "" else 12)


def large(size=1000):
    """A district's largest network: skewed, long-lived, half of its terms unread."""
    import random

    rng = random.Random(11)
    count = size // 4
    agencies = [reach.Agency(f"school-{n}", f"School {n}", "school") for n in range(20)]
    agencies += [reach.Agency(f"a{n}", f"Agency {n}", "local_police") for n in range(count - 24)]
    agencies += [reach.Agency(f"ice-{n}", f"Office {n}", "federal_immigration") for n in range(4)]
    ids = [one.id for one in agencies]
    agreements = []
    while len(agreements) < size:
        giver, receiver = (ids[min(int(rng.paretovariate(0.6)) - 1, count - 1)] for _ in range(2))
        if giver != receiver and not receiver.startswith("school"):
            start = date(2014 + rng.randrange(12), rng.randrange(1, 13), 1)
            agreements.append(
                reach.Agreement(
                    id=f"g{len(agreements)}",
                    giver=giver,
                    receiver=receiver,
                    title=f"Agreement {len(agreements)}",
                    start=start,
                    end=None if rng.random() < 0.4 else start + timedelta(days=1500),
                    kinds=None if rng.random() < 0.5 else frozenset({"incident_report"}),
                    purposes=None if rng.random() < 0.5 else frozenset({"law_enforcement", "school_safety"}),
                    onward=rng.choice(("yes", "yes", "no", "unknown")),
                    status="documented",
                    source="Invented",
                )
            )
    return reach.Network(tuple(agencies), tuple(agreements))


def test_a_thousand_agreements_are_no_long_wait():
    """The bench says milliseconds; here only that nothing grows beyond them on a busy machine."""
    found = large()

    def timed(work):
        began = time.perf_counter()
        work()
        return time.perf_counter() - began

    def whole_map():
        page = Map(found, date(2026, 11, 28))
        return page.sentence, page.lead, page.grid, page.rows

    tried = WhatIf(found, "", date(2026, 11, 28), end=("g1",))
    slowest = {
        "map": min(timed(whole_map) for _ in range(3)),
        "what if": min(timed(lambda: (replace(tried).sentence, replace(tried).groups)) for _ in range(3)),
    }
    assert max(slowest.values()) < 1, slowest
