"""Who holds copies of an expunged report, and what was told to them: known before, and when the report is gone."""

from datetime import timedelta

import pytest
from django.http import Http404
from django.urls import reverse

from schoolgate.apps.access.moment import today
from schoolgate.apps.incidents.holder_services import tell_holder
from schoolgate.apps.incidents.holders import find_order, lines_of, orders_untold
from schoolgate.apps.incidents.models import ToldHow
from schoolgate.apps.incidents.order_services import carry_out_order
from schoolgate.apps.incidents.vocabulary import MEMO
from schoolgate.apps.ledger.acts import Impossible, NotAllowed
from schoolgate.apps.ledger.kinds import Kind
from schoolgate.apps.ledger.models import Opening
from schoolgate.demonstration import story
from support.seen import left_on_condition

from .conftest import ordered

pytestmark = pytest.mark.django_db


@pytest.fixture
def release(cast):
    return left_on_condition(cast, story.file_the_report(cast))


def test_who_has_a_copy_is_listed_and_told_before_and_after_the_report_is_gone(cast, release, sign_in):
    report, counsel, officer = release.request.report, cast.actor("raman"), cast.actor("whitfield")
    order = ordered(cast, report, "expunge")
    address = reverse("incidents:holders", args=[order.pk])
    (line,) = lines_of(order)
    assert (line.holder.copy, line.holder.agency, line.told) == (release.number, release.agency, None)
    before = sign_in("raman").get(reverse("incidents:report", args=[report.pk])).text
    assert "1 copy is with others" in before
    assert address in before
    client = sign_in("raman")
    done = client.post(reverse("incidents:carry_out", args=[report.pk, order.pk]), follow=True)
    assert done.redirect_chain[-1][0] == address
    assert "1 of 1 copy is with somebody who was not told" in done.text
    assert release.agency.name in done.text
    assert [one.pk for one in orders_untold(officer)] == [order.pk]
    assert address in sign_in("whitfield").get(reverse("retention:home")).text
    holder = f"{release.number} {release.agency.pk}"
    early = client.post(address, {"holder": holder, "told_on": today() - timedelta(days=1), "how": "letter"})
    assert "Correct the day" in early.text
    told = client.post(address, {"holder": holder, "told_on": today(), "how": "letter"}, follow=True)
    assert "Everybody who holds a copy was told" in told.text
    assert "By letter".lower() in told.text
    entry = Opening.objects.get(kind=Kind.HOLDER_TOLD)
    assert release.number in entry.record
    for word in ("Marisol", "Kevin", "Suffolk"):
        assert word not in told.text
        assert word not in entry.record
    assert orders_untold(officer) == []
    asked = {"copy": release.number, "agency": release.agency.pk, "told_on": today(), "how": ToldHow.MAIL}
    with pytest.raises(Impossible, match="written down already"):
        tell_holder(actor=counsel, order=order, **asked)
    with pytest.raises(Impossible, match="Nobody holds"):
        tell_holder(actor=counsel, order=order, **asked | {"copy": "C-0000000"})


def test_many_orders_are_asked_about_at_once(cast, release, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    officer = cast.actor("whitfield")
    orders = [ordered(cast, release.request.report, "expunge")]
    with CaptureQueriesContext(connection) as of_one:
        assert orders_untold(officer) == orders
    for _ in range(4):
        other = left_on_condition(cast, story.file_the_report(cast))
        orders.append(ordered(cast, other.request.report, "expunge"))
    ordered(cast, story.file_the_report(cast), "expunge")
    with django_assert_num_queries(len(of_one)):
        assert {one.pk for one in orders_untold(officer)} == {one.pk for one in orders}
    for order in orders:
        (line,) = lines_of(order)
        assert line.holder.report == order.report_id


def test_nobody_else_and_no_other_order_shows_it(cast, report, sign_in):
    expunge = ordered(cast, report, "expunge")
    address = reverse("incidents:holders", args=[expunge.pk])
    for username in ("abreu", "okafor", "aguilar", "doyle", "park", "admin"):
        assert sign_in(username).get(address).status_code == 404, username
    with pytest.raises(NotAllowed):
        tell_holder(
            actor=cast.actor("okafor"), order=expunge, copy="", agency=expunge.pk, told_on=today(), how=ToldHow.MAIL
        )
    assert "Nobody holds a copy" in sign_in("whitfield").get(address).text
    carry_out_order(actor=cast.actor("raman"), order=expunge)
    assert orders_untold(cast.actor("raman")) == []
    type(report).objects.filter(pk=report.pk).update(kind=MEMO)
    with pytest.raises(Http404):
        find_order(cast.actor("whitfield"), expunge.pk)
    assert find_order(cast.actor("raman"), expunge.pk) == expunge
