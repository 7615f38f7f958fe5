"""Pages of long lists: every row once, in its order, from both ends."""

import itertools
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from schoolgate.apps.access.lists import Listing
from schoolgate.apps.access.moment import now
from schoolgate.apps.ledger.models import Reading
from schoolgate.web.paging import COUNTED

pytestmark = pytest.mark.django_db

SIZE = 4


def listed(rows, *, by="-read_at", size=SIZE) -> Listing[Reading]:
    return Listing(lambda: rows, lambda found: found, by=by, size=size)


def page_of(rows, asked, *, by, size):
    return listed(rows, by=by, size=size).page(asked)


@pytest.fixture
def rows(db):
    """Twenty-three readings, several at the same moment, their keys in no order."""
    begun = now()
    return Reading.objects.bulk_create(
        Reading(id=UUID(int=number * 7919 % 23 + 1), read_at=begun + timedelta(minutes=number // 5), subject="report:1")
        for number in range(23)
    )


@pytest.mark.parametrize("by", ["read_at", "-read_at"])
def test_each_row_comes_once_in_order_forth_and_back(rows, by):
    ordered = sorted(rows, key=lambda one: (one.read_at, one.pk), reverse=by.startswith("-"))
    pages, asked = [], {}
    while asked is not None:
        pages.append(page_of(Reading.objects.all(), asked, by=by, size=SIZE))
        asked = {"after": pages[-1].later} if pages[-1].later else None
    assert [one.pk for page in pages for one in page.rows] == [one.pk for one in ordered]
    assert [len(page.rows) for page in pages] == [4, 4, 4, 4, 4, 3]
    assert pages[0].earlier == ""
    assert pages[-1].later == ""
    for before, page in itertools.pairwise(pages):
        back = page_of(Reading.objects.all(), {"before": page.earlier}, by=by, size=SIZE)
        assert (back.rows, bool(back.earlier), bool(back.later)) == (before.rows, before is not pages[0], True)


def test_a_mark_that_is_none_gives_the_first_page_and_a_short_list_is_one_page(rows):
    first = page_of(Reading.objects.all(), {}, by="-read_at", size=SIZE)
    for asked in ({"after": "x"}, {"before": "20261129T120000000000_x"}, {"after": "_"}, {"after": "' or 1=1"}):
        assert page_of(Reading.objects.all(), asked, by="-read_at", size=SIZE).rows == first.rows, asked
    assert page_of(Reading.objects.all(), {}, by="-read_at", size=50).is_only
    assert page_of(Reading.objects.none(), {"after": first.later}, by="-read_at", size=SIZE).rows == []


def test_a_count_stops_where_nobody_asks_further(rows):
    Reading.objects.bulk_create(Reading(read_at=now(), subject="report:2") for _ in range(COUNTED))
    expected = {None: "more than 200", "report:2": "200", "report:3": "0"}
    for subject, words in expected.items():
        listing = listed(Reading.objects.filter(**({"subject": subject} if subject else {})))
        assert str(listing.count()) == words
        assert str(listing.count(listing.page({}))) == words


def test_the_first_page_knows_the_count_and_others_ask(rows):
    listing = listed(Reading.objects.all(), size=2)
    first = listing.page({})
    assert len(first.rows) == 2
    with CaptureQueriesContext(connection) as seen:
        assert listing.count(first).number == len(rows)
    assert not seen.captured_queries
    # Beyond the end stands nothing, and that is not all there is.
    beyond = listing.page({"after": "19000101T000000000000_" + "0" * 32})
    assert not beyond.rows
    assert listing.count(beyond).number == len(rows)
