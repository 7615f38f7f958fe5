"""A password alone opens nothing outside the demonstration; a used code opens nothing again."""

import re
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from schoolgate.apps.people.signing_in.models import EventKind, FactorSecret, SignInEvent
from schoolgate.demonstration.cast import PASSWORD

from .conftest import AppOnAPhone

pytestmark = pytest.mark.django_db

HOME = "/requests/"


def inside(client):
    return client.get(HOME).status_code == 200


def time_later(minutes):
    return timezone.now() + timedelta(minutes=minutes)


def events(what):
    return SignInEvent.objects.filter(what=what)


def test_in_the_demonstration_a_name_and_a_password_do(cast):
    client = Client()
    client.post("/sign-in/", {"login": "whitfield", "password": PASSWORD})
    assert inside(client)


def test_a_password_alone_leads_to_the_set_up_and_opens_nothing(password_typed):
    client, answer = password_typed("whitfield")
    assert answer["Location"] == "/sign-in/set-up/"
    assert not inside(client)
    # A password is good for a quarter of an hour: whoever comes later begins anew.
    with time_machine.travel(time_later(16)):
        assert client.get("/sign-in/set-up/")["Location"] == "/sign-in/"


def test_a_session_without_a_second_factor_is_a_visitor_wherever_it_came_from(door, sign_in):
    assert not inside(sign_in("whitfield"))


def test_the_first_sign_in_sets_up_an_app_shows_recovery_codes_once_and_goes_on(password_typed):
    client, _ = password_typed("whitfield")
    page = client.get("/sign-in/set-up/").content.decode()
    phone = AppOnAPhone(re.search(r'sg-hash">([A-Z2-7 ]+)<', page)[1].replace(" ", ""))
    assert "did not fit" in client.post("/sign-in/set-up/", {"code": "000000"}).content.decode()
    shown = client.post("/sign-in/set-up/", {"code": phone.code()}).content.decode()
    codes = re.findall(r"<li><code>(\d{8})</code>", shown)
    assert len(codes) == 10
    assert not inside(client)
    assert client.get("/sign-in/set-up/").status_code == 302
    assert inside(client)
    assert [one.factor for one in events(EventKind.FACTOR_ADDED)] == ["totp"]
    # Each recovery code opens once, in place of the app.
    other, answer = password_typed("whitfield")
    assert answer["Location"] == "/sign-in/second/"
    other.post("/sign-in/second/", {"code": codes[3]})
    assert inside(other)
    third, _ = password_typed("whitfield")
    third.post("/sign-in/second/", {"code": codes[3]})
    assert not inside(third)


def test_the_stage_cannot_be_skipped_by_going_straight_to_the_codes_page(password_typed, app_for):
    app_for("whitfield")
    client, _ = password_typed("whitfield")
    for path in ("/sign-in/set-up/", "/your-sign-in/", "/your-sign-in/add/", "/confirm/"):
        assert client.get(path)["Location"].startswith("/sign-in/"), path
    assert not inside(client)


def test_a_code_opens_once_at_every_worker(signed_in, password_typed):
    _, phone = signed_in("whitfield")
    other, _ = password_typed("whitfield")
    assert other.post("/sign-in/second/", {"code": phone.code()}).status_code == 200
    assert not inside(other)
    # Nor does the one before it, which a reader over the shoulder may have seen.
    assert other.post("/sign-in/second/", {"code": phone.code(late=1)}).status_code == 200
    assert not inside(other)


def test_what_is_spent_stands_in_the_database_not_in_a_process(signed_in, password_typed):
    from django.core.cache import cache

    with time_machine.travel("2027-03-01T12:00:00Z", tick=False):
        _, phone = signed_in("whitfield")
        cache.clear()
        other, _ = password_typed("whitfield")
        other.post("/sign-in/second/", {"code": phone.code()})
        assert not inside(other)


def test_a_code_may_be_one_step_late_and_no_more(app_for, password_typed):
    phone = app_for("whitfield")
    client, _ = password_typed("whitfield")
    client.post("/sign-in/second/", {"code": phone.code(late=2)})
    assert not inside(client)
    client.post("/sign-in/second/", {"code": phone.code(late=1)})
    assert inside(client)


def test_wrong_codes_are_counted_and_then_even_the_right_one_waits(app_for, password_typed):
    phone = app_for("whitfield")
    client, _ = password_typed("whitfield")
    for _ in range(5):
        client.post("/sign-in/second/", {"code": "000000"})
    answer = client.post("/sign-in/second/", {"code": phone.code()})
    assert answer.status_code == 200
    assert not inside(client)
    assert events(EventKind.FACTOR_REFUSED).count() == 6


def test_no_secret_stands_in_clear_in_any_table(signed_in):
    _, phone = signed_in("whitfield")
    assert FactorSecret.objects.exists()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            assert phone.secret not in str(cursor.fetchall()), table


def test_a_removed_factor_takes_its_sealed_secret_along(signed_in, door):
    client, _ = signed_in("whitfield")
    before = FactorSecret.objects.count()
    factor = door.users["whitfield"].authenticator_set.get(type="totp")
    only = client.post(f"/your-sign-in/factors/{factor.pk}/remove/", follow=True).content.decode()
    assert "only second factor" in unescape(only)
    assert FactorSecret.objects.count() == before
    factor.delete()
    assert FactorSecret.objects.count() == before - 1


def test_nobody_removes_somebody_elses_factor(signed_in, door, app_for):
    client, _ = signed_in("whitfield")
    app_for("raman")
    theirs = door.users["raman"].authenticator_set.get()
    assert client.post(f"/your-sign-in/factors/{theirs.pk}/remove/").status_code == 404
    assert door.users["raman"].authenticator_set.exists()


def test_new_recovery_codes_end_the_old_ones(signed_in, door):
    from schoolgate.apps.people.signing_in.factors import check_code, new_recovery_codes

    client, _ = signed_in("whitfield")
    old = new_recovery_codes(door.users["whitfield"])
    shown = client.post("/your-sign-in/codes/").content.decode()
    new = re.findall(r"<li><code>(\d{8})</code>", shown)
    assert check_code(door.users["whitfield"], old[0]) is None
    assert check_code(door.users["whitfield"], new[0])
    assert events(EventKind.CODES_RENEWED).count() == 1


def test_a_password_that_was_given_out_opens_the_site_once_and_only_to_change_it(app_for, password_typed, door):
    from schoolgate.apps.people.models import User

    User.objects.filter(username="whitfield").update(first_password_at=timezone.now())
    phone = app_for("whitfield")
    client, _ = password_typed("whitfield")
    assert client.post("/sign-in/second/", {"code": phone.code()})["Location"] == "/sign-in/password/"
    assert not inside(client)
    own = "kelp orchard tuba violet seven"
    for new, again, said in (
        (PASSWORD, PASSWORD, "given to you"),
        ("short", "short", "at least 15"),
        ("schoolgate-schoolgate-1", "schoolgate-schoolgate-1", "Too easy to guess"),
        (own, own + "!", "not the same"),
    ):
        answer = client.post("/sign-in/password/", {"new": new, "again": again})
        assert said in answer.content.decode(), new
        assert not inside(client)
    assert client.post("/sign-in/password/", {"new": own, "again": own}).status_code == 302
    assert inside(client)
    assert len(events(EventKind.PASSWORD_CHANGED)) == 1
    _, refused = password_typed("whitfield")
    assert refused.status_code == 200, "the one that was given out opens nothing any more"
    other, answer = password_typed("whitfield", password=own)
    assert answer["Location"] == "/sign-in/second/"
    with time_machine.travel(time_later(1)):
        other.post("/sign-in/second/", {"code": phone.code()})
        assert inside(other), "and nobody is asked to change it again"
