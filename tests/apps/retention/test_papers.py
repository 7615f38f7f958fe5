"""Papers about who may see a student's record: their words go with the student's temporary record, by two signers."""

from datetime import timedelta

import pytest
from django.urls import reverse

from schoolgate.apps.access.moment import at, now
from schoolgate.apps.incidents.glass import over_student
from schoolgate.apps.people.glass.models import BrokenGlass, GlassReason, Verdict
from schoolgate.apps.people.glass.selectors import words_of
from schoolgate.apps.people.glass.services import (
    Emergency,
    break_glass,
    end_glass,
    hold_glass_notice,
    review_glass,
)
from schoolgate.apps.people.models import Guardian, Limit, LimitKind, Paper
from schoolgate.apps.people.relation_services import Shown, enter_limit, open_reason
from schoolgate.apps.retention.destroying import carry_out
from schoolgate.apps.retention.models import Certificate, Departure, Item
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


EMERGENCY = Emergency(
    GlassReason.VIOLENCE,
    "A message says that somebody will be beaten at noon by the east gate.",
    "Kevin, and whoever walks with him",
    "To learn who has hurt him before, so that the gate is watched.",
)
FOUND = "I called the gate: there was such a message, and two people stood watch."
NOT_YET = "The threat came from the home, where he still lives today."


@pytest.fixture
def opened(cast, officer, today):
    """Emergency openings of Kevin's and of Marisol's record nine years ago; Kevin left a year later.

    Both were reviewed, and the notice of Kevin's family held for a time.
    """
    made = {}
    with at(now() - timedelta(days=9 * 366)):
        for who, number in (("kevin", "8400212"), ("marisol", "8400117")):
            glass = break_glass(actor=cast.actor("okafor"), over=over_student(number), why=EMERGENCY)
            made[who] = end_glass(actor=cast.actor("okafor"), glass=glass)
            review_glass(actor=officer, glass=glass, verdict=Verdict.JUSTIFIED, words=FOUND)
        hold_glass_notice(actor=officer, glass=made["kevin"], until=(now() + timedelta(days=9)).date(), reason=NOT_YET)
    record_departure(
        actor=officer,
        student=cast.students["kevin"],
        left_on=today - timedelta(days=8 * 366),
        how=Departure.How.GRADUATED,
    )
    return made


def said(glass):
    found = words_of(BrokenGlass.objects.get(pk=glass.pk))
    return (found.threat, found.threatened, found.needed, found.review, found.hold)


def signed_twice(officer, counsel, series, today):
    made = propose(actor=officer, series=series, day=today, seen=preview(officer, series, today).digest)
    families_told(actor=officer, proposal=made, on=today - timedelta(days=31))
    return sign(actor=counsel, proposal=made, seen=made.digest)


def test_words_of_emergencies_over_a_student_go_with_the_papers(*, officer, counsel, opened, series, sign_in, today):
    assert said(opened["kevin"])[3:] == (FOUND, NOT_YET)
    certificate = carry_out(signed_twice(officer, counsel, series, today))
    assert (certificate.destroyed, certificate.keys, len(Item.objects.get().shredded)) == (1, 3, 3)
    assert said(opened["kevin"]) == ("", "", "", "", "")
    assert said(opened["marisol"])[0] == EMERGENCY.threat
    row = BrokenGlass.objects.get(pk=opened["kevin"].pk)
    kept = (row.wrapped_key, row.sealed, row.review_key, row.sealed_review, row.hold_key, row.sealed_hold)
    assert not any(kept), "neither a key nor what it opened"
    assert (row.reason, row.verdict, row.user_id) == ("violence", "justified", opened["kevin"].user_id)
    page = sign_in("whitfield").get(reverse("people:glass", args=[row.pk]))
    assert page.status_code == 200
    assert preview(officer, series, today).past == 0


def test_an_emergency_that_nobody_reviewed_keeps_its_words(*, cast, officer, counsel, opened, series, today):
    with at(now() - timedelta(days=400)):
        late = break_glass(actor=cast.actor("abreu"), over=over_student("8400212"), why=EMERGENCY)
        end_glass(actor=cast.actor("abreu"), glass=late)
    assert preview(officer, series, today).held == {"unreviewed": 1}
    review_glass(actor=officer, glass=late, verdict=Verdict.NOT_JUSTIFIED, words=FOUND)
    signed = signed_twice(officer, counsel, series, today)
    with at(now() - timedelta(hours=2)):
        last = break_glass(actor=cast.actor("abreu"), over=over_student("8400212"), why=EMERGENCY)
    certificate = carry_out(signed)
    assert isinstance(certificate, Certificate)
    assert (certificate.destroyed, certificate.spared) == (0, 1), "opened between the signature and its turn"
    assert BrokenGlass.objects.filter(student=cast.students["kevin"]).exclude(wrapped_key=b"").count() == 3
    assert said(last)[0] == EMERGENCY.threat
