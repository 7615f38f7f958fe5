"""Who is concerned gets a receipt, and until its period is sealed a promise; for anybody else neither exists."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from schoolgate.apps.access.moment import now
from schoolgate.apps.ledger.keys import keys
from schoolgate.apps.ledger.receipts import PROMISED_WITHIN, standing, standings
from schoolgate.apps.ledger.sealing import seal_period
from schoolgate.demonstration import story
from schoolgate.engines import tlog

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def log_folder(settings, tmp_path):
    settings.LOG_FOLDER = tmp_path / "log"


def log_key():
    return tlog.VerifyingKey.parse(keys().verifying_key)


def receipts_of_refusal(filed):
    """Where each of those concerned finds the file for the refused request."""
    return {
        "aguilar": reverse("families:receipt", args=[filed.refused.pk]),
        "voss": reverse("releases:request-receipt", args=[filed.refused.pk]),
        "whitfield": reverse("releases:request-receipt", args=[filed.refused.pk]),
    }


def test_until_its_period_is_sealed_everybody_concerned_holds_the_logs_promise(filed, sign_in):
    for username, address in receipts_of_refusal(filed).items():
        response = sign_in(username).get(address)
        assert response["Content-Disposition"] == f'attachment; filename="{filed.refused.number}.promise"', username
        promise = tlog.open_promise(response.content.decode(), [log_key()])
        opening_time = int(now().timestamp())
        assert promise.made <= opening_time < promise.due
    seal_period()
    entries = set()
    for username, address in receipts_of_refusal(filed).items():
        response = sign_in(username).get(address)
        assert response["Content-Disposition"] == f'attachment; filename="{filed.refused.number}.tlog-proof"'
        verified = tlog.open_receipt(response.content.decode(), keys().verifying_key)
        assert verified.record["kind"] == "refusal_sent"
        entries.add(verified.entry)
    assert entries == {promise.entry}, "what was promised is what is in the log"


@pytest.mark.parametrize("sealed", [False, True])
def test_for_anybody_else_there_is_none(sealed, filed, sign_in):
    if sealed:
        seal_period()
    for username in ("kerr", "doyle", "abreu", "okafor", "chen", "park", "admin", ""):
        client = sign_in(username)
        for name in ("families:receipt", "releases:request-receipt"):
            there = client.get(reverse(name, args=[filed.refused.pk]))
            absent = client.get(reverse(name, args=[uuid4()]))
            assert there.status_code == absent.status_code == (404 if username else 302), (username, name)
            assert username == "" or there.content == absent.content


def test_what_nothing_settled_has_neither(filed, sign_in):
    for username, name in (("aguilar", "families:receipt"), ("doyle", "releases:request-receipt")):
        assert sign_in(username).get(reverse(name, args=[filed.request.pk])).status_code == 404


def test_the_pages_say_when_the_receipt_will_be_there(filed, sign_in):
    mother = sign_in("aguilar")
    waiting = mother.get(reverse("families:account")).content.decode()
    assert f"signed promise for {filed.refused.number}" in waiting
    assert "your receipt takes its place after" in waiting
    agency = sign_in("voss").get(reverse("requests:mine")).content.decode()
    assert reverse("releases:request-receipt", args=[filed.refused.pk]) in agency
    seal_period()
    sealed = mother.get(reverse("families:account")).content.decode()
    assert f"Your receipt for {filed.refused.number}" in sealed
    assert "signed promise" not in sealed
    assert reverse("ledger:verify") in sealed


def test_how_far_receipts_are_is_asked_in_one_query(filed, settings, django_assert_num_queries):
    subjects = [f"request:{filed.refused.pk}", f"request:{filed.request.pk}", f"request:{uuid4()}"]
    with django_assert_num_queries(1):
        found = standings(subjects)
    assert list(found) == subjects[:1]
    one = found[subjects[0]]
    assert not one.sealed
    assert now() < one.expected <= now() + timedelta(seconds=settings.LOG_PERIOD)
    assert one.due == one.expected + timedelta(seconds=PROMISED_WITHIN)
    seal_period()
    assert standing(subjects[0]).sealed
    assert standing(subjects[1]) is None


def test_a_family_can_ask_for_a_receipt_under_the_checkpoint_that_was_audited(filed, sign_in):
    seal_period()
    seal_period()
    mother, address = sign_in("aguilar"), reverse("families:receipt", args=[filed.refused.pk])

    def size_under(asked):
        text = mother.get(address, {"size": asked}).content.decode()
        return tlog.open_receipt(text, keys().verifying_key).checkpoint.size

    assert [size_under(asked) for asked in ("256", "512", "", "255", "-1", "no number", "9" * 30)] == [256] + [512] * 6


def test_the_account_asks_as_often_for_many_requests_as_for_few(cast, filed):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from schoolgate.apps.families.selectors import account
    from schoolgate.apps.requests.services import refuse

    mother = cast.actor("aguilar")
    with CaptureQueriesContext(connection) as few:
        account(mother)
    for _ in range(3):
        _, decision = story.asked_and_decided(cast, filed.report, story.ICE)
        refuse(actor=cast.actor("whitfield"), decision=decision)
    with CaptureQueriesContext(connection) as many:
        assert sum(line.standing is not None for line in account(mother).lines) == 4
    assert len(many) == len(few), [one["sql"] for one in many]


def test_the_page_that_checks_is_for_everybody_and_may_ask_for_nothing(cast, sign_in):
    for username in ("", "aguilar", "doyle", "park"):
        response = sign_in(username).get(reverse("ledger:verify"))
        assert response.status_code == 200
        policy = response["Content-Security-Policy"]
        assert "connect-src 'none'" in policy
        assert "unsafe-inline" not in policy
        text = response.content.decode()
        assert keys().verifying_key in text
        assert "schoolgate verify receipt" in text, "for who has no JavaScript"
