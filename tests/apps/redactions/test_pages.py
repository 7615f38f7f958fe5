"""The bench's pages: who sees them, what they say, and what the recipient's view never holds."""

import re
from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from schoolgate.apps.ledger.models import Reading
from schoolgate.apps.redactions import deciding
from schoolgate.demonstration import story

pytestmark = pytest.mark.django_db


def address(at_bench, name="bench", **query):
    from urllib.parse import urlencode

    return reverse(f"redactions:{name}", args=[at_bench.report.pk]) + (f"?{urlencode(query)}" if query else "")


def words_of(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page.content.decode()))


def test_the_bench_says_how_many_marks_there_are_and_which_law_withholds_each(at_bench, sign_in):
    request, _ = story.asked_and_decided(at_bench.cast, at_bench.report, story.GRAND_JURY)
    text = words_of(sign_in("whitfield").get(address(at_bench, **{"for": request.pk})))
    assert f"{at_bench.total} marks, {at_bench.total} undecided." in text
    assert "M.G.L. c.71 s.37L" in text
    assert "Family of Marisol Aguilar" in text
    family = words_of(sign_in("whitfield").get(address(at_bench, **{"for": "family-P1"})))
    assert "No law withholds this for this audience: it will be shown." in family


def test_the_reading_is_written_down_first(at_bench, sign_in):
    client = sign_in("raman")
    for name in ("bench", "recipient"):
        before = Reading.objects.filter(subject=f"report:{at_bench.report.pk}").count()
        assert client.get(address(at_bench, name)).status_code == 200
        assert Reading.objects.filter(subject=f"report:{at_bench.report.pk}").count() == before + 1


@pytest.mark.parametrize("who", ["abreu", "okafor", "doyle", "aguilar", "park", "admin"])
def test_nobody_but_the_office_comes_to_the_bench(who, at_bench, sign_in):
    for name in ("bench", "recipient"):
        assert sign_in(who).get(address(at_bench, name)).status_code == 404
    for name in ("do", "sign", "finish"):
        assert sign_in(who).post(address(at_bench, name)).status_code == 404


def test_no_audience_but_the_reports_own(at_bench, sign_in):
    assert sign_in("whitfield").get(address(at_bench, **{"for": "family-P9"})).status_code == 404
    assert sign_in("whitfield").get(address(at_bench, "recipient", **{"for": "x"})).status_code == 404


@pytest.mark.parametrize(
    ("key", "gone", "there"),
    [
        ("family-P1", ("617 555", "Kevin", "P2", "telephone"), ("Eagle Hill", "Marisol")),
        ("family-P2", ("Eagle Hill", "Marisol", "neighborhood"), ("617 555", "Kevin")),
        ("public", ("Eagle Hill", "617 555", "Marisol", "Kevin", "argued"), ()),
    ],
)
def test_as_its_recipient_sees_it_the_page_holds_nothing_else(key, gone, there, at_bench, sign_in):
    page = sign_in("whitfield").get(address(at_bench, "recipient", **{"for": key})).content.decode()
    # The choice itself is named in the page's own words, outside of the copy.
    copy = page[page.index('id="text"') : page.index("sg-why-box")]
    assert not [word for word in gone if word in copy]
    assert not [word for word in there if word not in copy]
    assert "data-start" not in page


def test_a_step_is_kept_in_ones_own_draft_and_no_act(at_bench, sign_in):
    from schoolgate.apps.ledger.models import Opening

    before = Opening.objects.count()
    phone = at_bench.mark("phone")
    answer = sign_in("whitfield").post(address(at_bench, "do"), {"do": "keep", "mark": phone.id, "for": "public"})
    assert answer.status_code == 302
    assert answer["Location"].endswith("#now")
    assert Opening.objects.count() == before
    total = at_bench.total
    assert at_bench.review("whitfield").standing.undecided == total - 1
    assert at_bench.review("raman").standing.undecided == total
    assert at_bench.review().standing.undecided == total
    sign_in("whitfield").post(address(at_bench, "sign"))
    assert at_bench.review().standing.undecided == total - 1
    assert at_bench.review("whitfield").signed == 1


def test_after_a_decision_the_next_undecided_mark_is_at_hand(at_bench, sign_in):
    marks = at_bench.review().standing.marks
    answer = sign_in("whitfield").post(address(at_bench, "do"), {"do": "keep", "mark": marks[1].id})
    assert f"mark={marks[2].id}" in answer["Location"]
    answer = sign_in("whitfield").post(address(at_bench, "do"), {"do": "keep", "mark": marks[-1].id})
    assert f"mark={marks[0].id}" in answer["Location"], "round to the first"
    answer = sign_in("whitfield").post(address(at_bench, "do"), {"do": "undo", "mark": marks[0].id})
    assert f"mark={marks[-1].id}" in answer["Location"], "back to what was undone"


def test_narrowing_protected_words_asks_why_first(at_bench, sign_in):
    client, hill = sign_in("whitfield"), at_bench.mark("neighborhood")
    answer = client.post(address(at_bench, "do"), {"do": "narrower", "mark": hill.id, "for": "public"})
    assert "ask=narrower" in answer["Location"]
    assert b"Why may these words be told?" in client.get(answer["Location"]).content
    assert not at_bench.review("whitfield").entries
    client.post(
        address(at_bench, "do"), {"do": "narrower", "mark": hill.id, "code": "covered", "words": "The rest stays"}
    )
    assert at_bench.review("whitfield").entries


@pytest.mark.parametrize(
    "given",
    [
        {"do": "keep", "mark": "m000000000000"},
        {"do": "nothing", "mark": ""},
        {"do": "add", "text": "", "category": "gang"},
        {"do": "add", "text": "Eagle", "category": "nonsense"},
        {"do": "add", "place": "narrative|9|2", "category": "gang"},
        {"do": "add", "text": "cousin", "category": "person_known"},
        {"do": "add", "text": "cousin", "category": "gang", "token": "P77"},
        {"do": "subjects", "sentence": "x"},
        {"do": "subjects", "sentence": "400", "subject": "P1"},
        {"do": "undo"},
    ],
)
def test_what_cannot_be_is_said_and_changes_nothing(given, at_bench, sign_in):
    client = sign_in("whitfield")
    answer = client.post(address(at_bench, "do"), given, follow=True)
    assert answer.status_code == 200
    assert b"usa-alert--error" in answer.content
    assert not at_bench.review("whitfield").entries


def test_two_who_sign_at_once_do_not_both(at_bench):
    from schoolgate.apps.ledger.acts import Impossible
    from schoolgate.apps.redactions import services

    officer = at_bench.cast.actor("whitfield")
    entry = deciding.keep(officer, [at_bench.mark("phone")])
    old = at_bench.review()
    at_bench.decide("whitfield", entry)
    with pytest.raises(Impossible, match="Somebody else signed"):
        services._sign(officer, old, [replace(entry, id="another")])


def test_a_page_costs_the_same_queries_whatever_it_holds(at_bench, sign_in):
    client = sign_in("whitfield")
    request, _ = story.asked_and_decided(at_bench.cast, at_bench.report, story.GRAND_JURY)

    def queries(key):
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert client.get(address(at_bench, **{"for": key})).status_code == 200
        return len(seen)

    few = {key: queries(key) for key in (request.pk, "family-P1", "public")}
    at_bench.keep_all()
    at_bench.finish()
    review = at_bench.review()
    officer = at_bench.cast.actor("whitfield")
    for word in ("hands", "stairs", "argued", "home"):
        at_bench.decide(
            "whitfield", *deciding.add(officer, review, deciding.places_of(review.document, word), "gang", "")
        )
    story.asked_and_decided(at_bench.cast, at_bench.report, story.POLICE)
    for key, count in few.items():
        assert queries(key) <= count + 1, key
    assert max(few.values()) < 45, few


def test_the_request_says_whether_its_marks_were_reviewed(at_bench, sign_in):
    request, _ = story.asked_and_decided(at_bench.cast, at_bench.report, story.GRAND_JURY)
    target = reverse("requests:one", args=[request.pk])
    assert "Not reviewed yet" in words_of(sign_in("whitfield").get(target))
    at_bench.keep_all()
    at_bench.finish()
    assert "Every mark is decided." in words_of(sign_in("whitfield").get(target))
