"""Papers about who may see a student's record: their words go with the student's temporary record, by two signers."""

from datetime import timedelta

import pytest
from django.urls import reverse

from schoolgate.apps.people.models import Guardian, Limit, LimitKind, Paper
from schoolgate.apps.people.relation_services import Shown, enter_limit, open_reason
from schoolgate.apps.retention.destroying import carry_out
from schoolgate.apps.retention.models import Departure, Item
from schoolgate.apps.retention.schedule import all_schedules
from schoolgate.apps.retention.selectors import preview
from schoolgate.apps.retention.services import families_told, propose, record_departure, sign

pytestmark = pytest.mark.django_db
WORDS = "The order of Judge Amari, docket 19-88"


@pytest.fixture
def series():
    return all_schedules()["relation_papers"]


@pytest.fixture
def limits(cast, officer, today):
    """A limit with its paper for each of two students; Kevin left eight years ago, Marisol is there."""
    made = [
        enter_limit(
            actor=officer,
            guardian=Guardian.objects.get(user=cast.users[parent]),
            student=cast.students[who],
            kind=LimitKind.RECORDS_ORDER,
            starts=today - timedelta(days=9 * 366),
            shown=Shown(today - timedelta(days=9 * 366), WORDS),
        )
        for who, parent in (("kevin", "chen"), ("marisol", "aguilar"))
    ]
    record_departure(
        actor=officer,
        student=cast.students["kevin"],
        left_on=today - timedelta(days=8 * 366),
        how=Departure.How.GRADUATED,
    )
    return made


def words(limit):
    return open_reason(Paper.objects.get(limit=limit))


def test_their_words_go_and_what_they_changed_stays(*, cast, officer, counsel, limits, series, sign_in, today):
    seen = preview(officer, series, today)
    assert (seen.free, seen.rows[0].subject) == (1, f"papers:{cast.students['kevin'].pk}")
    made = propose(actor=officer, series=series, day=today, seen=seen.digest)
    families_told(actor=officer, proposal=made, on=today - timedelta(days=31))
    assert preview(officer, series, today).held == {"proposed": 1}
    page = sign_in("raman").get(reverse("retention:sign", args=[made.pk])).text
    assert "Papers about one student" in page
    assert "Kevin" not in page
    certificate = carry_out(sign(actor=counsel, proposal=made, seen=made.digest))
    assert (certificate.destroyed, certificate.keys, len(Item.objects.get().shredded)) == (1, 1, 1)
    assert (words(limits[0]), words(limits[1])) == ("", WORDS)
    paper = Paper.objects.get(limit=limits[0])
    assert (bytes(paper.wrapped_key), bytes(paper.sealed)) == (b"", b"")
    assert Limit.objects.filter(pk=limits[0].pk, ends=None).exists(), "the order itself still holds"
    shown = sign_in("whitfield").get(reverse("people:student", args=[cast.students["kevin"].pk])).text
    assert "words were destroyed with the student" in shown
    assert preview(officer, series, today).past == 0


def test_a_hold_on_the_student_keeps_them_also_after_both_signatures(
    *, cast, officer, counsel, limits, series, hold, today
):
    made = propose(actor=officer, series=series, day=today, seen=preview(officer, series, today).digest)
    families_told(actor=officer, proposal=made, on=today - timedelta(days=31))
    sign(actor=counsel, proposal=made, seen=made.digest)
    hold(student=cast.students["kevin"])
    certificate = carry_out(made)
    assert (certificate.destroyed, certificate.spared) == (0, 1)
    assert words(limits[0]) == WORDS
    assert preview(officer, series, today).held == {"litigation": 1}
