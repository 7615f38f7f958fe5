"""What was only said is looked at again on its day, and leaves the report when nobody confirmed it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from schoolgate.apps.access.moment import at, now, today
from schoolgate.apps.incidents.body import Claim
from schoolgate.apps.ledger.acts import Impossible, NotAllowed

pytestmark = pytest.mark.django_db
RUMOUR = Claim("P1", "Took the phone, some say", "conduct_facts", "A student passing by", "Hearsay")


@pytest.fixture
def rumoured(cast, body):
    from schoolgate.apps.incidents.services import file_report

    return file_report(actor=cast.actor("abreu"), body=replace(body, claims=(RUMOUR,)))


def claims(report):
    from schoolgate.apps.incidents.selectors import unsealed

    return unsealed(report).body.claims


def review(report, cast, outcome, username="whitfield", reason="Asked both students"):
    from schoolgate.apps.incidents.allegation_services import review_allegation

    return review_allegation(actor=cast.actor(username), review=report.reviews.get(), outcome=outcome, reason=reason)


def test_it_gets_a_day_of_review_and_of_expiry(rumoured, cast, body):
    from schoolgate.apps.incidents.services import file_report

    row = rumoured.reviews.get()
    assert (row.review_on, row.expires_on) == (today() + timedelta(days=30), today() + timedelta(days=90))
    assert claims(rumoured)[0].review_on == row.review_on.isoformat()
    far = replace(RUMOUR, review_on=(today() + timedelta(days=31)).isoformat())
    for wrong in (far, replace(RUMOUR, review_on="soon")):
        with pytest.raises(Impossible, match="within 30 days"):
            file_report(actor=cast.actor("abreu"), body=replace(body, claims=(wrong,)))


def test_the_list_shows_what_is_due_and_no_words(rumoured, cast, sign_in):
    from schoolgate.apps.incidents.selectors import reviews_due

    path = "/reports/allegations/"
    assert rumoured.number not in sign_in("whitfield").get(path).content.decode()
    with at(now() + timedelta(days=31)):
        assert [one.report for one in reviews_due(cast.actor("okafor"), until=today())] == [rumoured]
        page = sign_in("whitfield").get(path).content.decode()
    assert rumoured.number in page
    assert "1 allegation must be looked at again" in page
    assert "overdue" in page.lower()
    for word in ("phone", "Marisol", "passing by"):
        assert word not in page
    for username in ("abreu", "doyle", "aguilar"):
        assert sign_in(username).get(path).status_code == 404


def test_withdrawn_it_leaves_the_report_and_stays_in_the_earlier_version(rumoured, cast):
    version = review(rumoured, cast, "withdrawn")
    assert version.number == 2
    assert claims(rumoured) == ()
    assert rumoured.reviews.get().settled_at is not None
    with pytest.raises(Impossible, match="settled this meanwhile"):
        review(rumoured, cast, "withdrawn")
    assert rumoured.versions.first().number == 1


def test_corroborated_it_stays_without_an_end(rumoured, cast):
    from schoolgate.apps.incidents.allegation_services import expired_reviews

    review(rumoured, cast, "corroborated")
    assert [(one.status, one.expires_on) for one in claims(rumoured)] == [("corroborated", "")]
    with at(now() + timedelta(days=400)):
        assert not expired_reviews().exists()


def test_not_confirmed_yet_moves_the_review_and_never_the_expiry(rumoured, cast):
    expiry = rumoured.reviews.get().expires_on
    with at(now() + timedelta(days=31)):
        review(rumoured, cast, "unverified")
        row = rumoured.reviews.get()
        assert (row.review_on, row.expires_on) == (today() + timedelta(days=30), expiry)


def test_it_is_reviewed_with_a_reason_by_those_who_may(rumoured, cast):
    with pytest.raises(Impossible, match="how you know"):
        review(rumoured, cast, "withdrawn", reason=" ")
    with pytest.raises(Impossible, match="what became"):
        review(rumoured, cast, "guilty")
    for username in ("abreu", "doyle", "aguilar"):
        with pytest.raises(NotAllowed):
            review(rumoured, cast, "withdrawn", username)


def test_what_nobody_confirmed_leaves_on_its_day(rumoured, cast):
    from schoolgate.apps.incidents.allegation_services import expire_allegations, expire_due

    with pytest.raises(Impossible, match="has expired"):
        expire_allegations(actor=cast.actor("whitfield"), report=rumoured)
    with at(now() + timedelta(days=90)):
        assert expire_due() == 1
        assert expire_due() == 0
        assert claims(rumoured) == ()
        newest = rumoured.versions.last()
        assert newest.number == 2
        assert newest.signed_by is None


def test_one_report_whose_key_is_gone_keeps_no_other_from_its_turn(rumoured, cast, body, caplog):
    from schoolgate.apps.incidents.allegation_services import expire_due
    from schoolgate.apps.incidents.services import file_report

    other = file_report(actor=cast.actor("abreu"), body=replace(body, claims=(RUMOUR,)))
    rumoured.versions.update(wrapped_key=b"", sealed=b"")
    with at(now() + timedelta(days=90)):
        assert expire_due() == 1
    assert claims(other) == ()
    assert f"report {rumoured.pk} were not taken out" in caplog.text


def test_a_correction_that_drops_it_settles_its_review(rumoured, corrected):
    corrected(rumoured, claims=())
    assert rumoured.reviews.get().settled_at is not None


def test_by_the_pages(rumoured, sign_in):
    from schoolgate.apps.ledger.models import Reading

    row = rumoured.reviews.get()
    client = sign_in("okafor")
    page = client.get(f"/reports/allegations/{row.pk}/").content.decode()
    assert "Took the phone" in page
    assert Reading.objects.filter(subject=f"report:{rumoured.pk}", part="an allegation").exists()
    assert client.post(f"/reports/allegations/{row.pk}/", {"outcome": "withdrawn"}).status_code == 200
    done = client.post(f"/reports/allegations/{row.pk}/", {"outcome": "withdrawn", "reason": "He found it"})
    assert done.status_code == 302
    assert client.get(f"/reports/allegations/{row.pk}/").status_code == 404
    # Whoever opens the page of the newest version reads that a rule or a person took it out.
    assert "He found it" in client.get(f"/reports/{rumoured.pk}/").content.decode()
    with at(now() + timedelta(days=91)):
        assert client.post("/reports/allegations/expire/").status_code == 302
