"""Sessions: a new number at the door, limits, ended one by one or all, and at once when a right ends."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings as site
from django.db import connection
from django.test import Client
from django.utils import timezone

from schoolgate.apps.access.actors import SYSTEM
from schoolgate.apps.access.moment import today
from schoolgate.apps.people.models import Membership
from schoolgate.apps.people.signing_in.models import EventKind, SignInEvent, SignInSession
from schoolgate.demonstration.cast import PASSWORD

pytestmark = pytest.mark.django_db


def later(**span):
    return time_machine.travel(timezone.now() + timedelta(**span), tick=False)


def inside(client, path="/requests/"):
    return client.get(path).status_code == 200


def test_the_number_of_a_session_changes_at_the_door(app_for, password_typed):
    phone = app_for("whitfield")
    client, _ = password_typed("whitfield")
    before = client.cookies[site.SESSION_COOKIE_NAME].value
    client.post("/sign-in/second/", {"code": phone.code()})
    after = client.cookies[site.SESSION_COOKIE_NAME].value
    assert before != after
    old = Client()
    old.cookies[site.SESSION_COOKIE_NAME] = before
    assert not inside(old)


def test_the_table_opens_no_session(signed_in):
    client, _ = signed_in("whitfield")
    cookie = client.cookies[site.SESSION_COOKIE_NAME].value
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM people_signinsession")
        rows = cursor.fetchall()
    assert cookie not in str(rows)
    thief = Client()
    for row in rows:
        for value in row:
            thief.cookies[site.SESSION_COOKIE_NAME] = str(value).replace(";", "")
            assert not inside(thief)


def test_who_does_nothing_is_signed_out_and_who_goes_on_is_not(signed_in):
    client, _ = signed_in("whitfield")
    for minutes in (20, 40, 60):
        with later(minutes=minutes):
            assert inside(client)
    with later(minutes=60 + 31):
        assert not inside(client)


def test_no_session_outlives_its_longest_however_busy(signed_in):
    client, _ = signed_in("whitfield")
    for minutes in range(20, 9 * 60, 20):
        with later(minutes=minutes):
            assert inside(client), minutes
    with later(hours=9, minutes=1):
        assert not inside(client)


def test_an_administrator_is_signed_out_sooner(signed_in):
    client, _ = signed_in("admin")
    with later(minutes=16):
        assert not inside(client, "/sign-ins/")


def test_power_and_emergencies_ask_for_a_fresh_second_factor(signed_in):
    """Five minutes for the page, twenty for its form; what stands open is read without being asked again."""
    from schoolgate.apps.people.power.models import AdminPower

    asked = {"reason": "roles", "words": "Gives the new counsel her role.", "hours": "1"}
    admin, _ = signed_in("admin")
    admin.post(f"/power/{AdminPower.objects.get().pk}/off/")
    teacher, _ = signed_in("abreu")
    pages = [(admin, "/power/on/"), (teacher, "/emergency/open/")]
    assert {client.get(path).status_code for client, path in pages} == {200}
    with later(minutes=6):
        for client, path in pages:
            assert client.get(path)["Location"].startswith("/confirm/"), path
        assert teacher.get("/emergency/")["Location"] == "/emergency/open/"
    with later(minutes=14):
        assert inside(admin, "/power/")
    with later(minutes=21):
        assert admin.post("/power/on/", asked)["Location"].startswith("/confirm/")
    assert AdminPower.objects.count() == 1
    admin.post("/power/on/", asked)
    assert AdminPower.objects.count() == 2


def test_a_page_costs_no_query_more_and_writes_at_most_once_a_minute(signed_in, django_assert_max_num_queries):
    client, _ = signed_in("whitfield")
    client.get("/rules/")
    seen = SignInSession.objects.get(user__isnull=False).seen_at
    client.get("/rules/")
    assert SignInSession.objects.get(user__isnull=False).seen_at == seen
    with later(seconds=61):
        client.get("/rules/")
    assert SignInSession.objects.get(user__isnull=False).seen_at > seen


def test_ones_own_sessions_are_listed_with_when_and_on_what_and_end_one_by_one(signed_in, door):
    phone_client, phone = signed_in("whitfield", HTTP_USER_AGENT="Mozilla/5.0 (iPhone) Safari/604.1")
    with later(minutes=1):
        desk = Client(HTTP_USER_AGENT="Mozilla/5.0 (Windows NT 10.0) Chrome/156.0")
        desk.post("/sign-in/", {"login": "whitfield", "password": PASSWORD})
        desk.post("/sign-in/second/", {"code": phone.code()})
        page = desk.get("/your-sign-in/").content.decode()
        assert "Safari on iPhone" in page
        assert "Chrome on Windows (this one)" in page
        number = SignInSession.objects.get(device="Safari on iPhone").public_id
        assert desk.post(f"/your-sign-in/sessions/{number}/end/").status_code == 302
        assert not inside(phone_client)
        assert inside(desk)
        assert desk.post("/your-sign-in/sessions/end/").status_code == 302
        assert not inside(desk)
    assert SignInEvent.objects.filter(what=EventKind.SESSION_ENDED).count() == 2


def test_nobody_sees_or_ends_somebody_elses_session(signed_in):
    hers, _ = signed_in("whitfield")
    his, _ = signed_in("raman")
    number = SignInSession.objects.get(user__username="raman").public_id
    assert str(number) not in hers.get("/your-sign-in/").content.decode()
    assert hers.post(f"/your-sign-in/sessions/{number}/end/").status_code == 404
    assert inside(his)


def test_signing_out_deletes_the_cookie_and_the_row(signed_in):
    client, _ = signed_in("whitfield")
    stolen = client.cookies[site.SESSION_COOKIE_NAME].value
    answer = client.post("/sign-out/")
    assert answer.cookies[site.SESSION_COOKIE_NAME]["max-age"] == 0
    thief = Client()
    thief.cookies[site.SESSION_COOKIE_NAME] = stolen
    assert not inside(thief)
    assert SignInEvent.objects.filter(what=EventKind.SIGNED_OUT).count() == 1


def test_a_membership_that_ends_ends_at_the_next_request(signed_in, door):
    client, _ = signed_in("doyle")
    assert inside(client, "/requests/mine/")
    Membership.objects.filter(user=door.users["doyle"]).update(ends=today())
    assert not inside(client, "/requests/mine/")


def test_a_closed_account_ends_at_the_next_request_in_every_window(signed_in, door):
    from schoolgate.apps.people.signing_in.models import ChangeReason
    from schoolgate.apps.people.signing_in.services import close_account

    client, phone = signed_in("doyle")
    close_account(actor=door.actor("whitfield"), user=door.users["doyle"], reason=ChangeReason.LEFT)
    assert not inside(client, "/requests/mine/")
    with later(minutes=2):
        again = Client()
        answer = again.post("/sign-in/", {"login": "doyle", "password": PASSWORD})
        assert answer["Location"] == "/closed/"
        again.post("/sign-in/second/", {"code": phone.code()})
        assert not inside(again, "/requests/mine/")


def test_closing_between_the_password_and_the_code_opens_nothing(app_for, password_typed, door):
    from schoolgate.apps.people.models import User

    phone = app_for("doyle")
    client, _ = password_typed("doyle")
    User.objects.filter(username="doyle").update(is_active=False)
    client.post("/sign-in/second/", {"code": phone.code()})
    assert not inside(client, "/requests/mine/")


def test_every_page_of_a_signed_in_person_turns_the_cookie_that_keeps_it_from_being_shown_again(signed_in, settings):
    settings.HTTPS = True
    client, _ = signed_in("whitfield")
    values = [client.get("/requests/").cookies["__Host-turn"] for _ in range(2)]
    assert values[0].value != values[1].value
    assert values[0]["httponly"]
    assert values[0]["secure"]
    assert values[0]["path"] == "/"
    assert "__Host-turn" not in Client().get("/public/").cookies
    assert SYSTEM.user_id is None


def another_device(phone, minutes, agent="Firefox/150"):
    """A browser on which the records officer signs in so many minutes from now."""
    client = Client(HTTP_USER_AGENT=agent)
    with later(minutes=minutes):
        client.post("/sign-in/", {"login": "whitfield", "password": PASSWORD})
        answer = client.post("/sign-in/second/", {"code": phone.code()}, follow=True)
        assert inside(client)
    return client, answer


def test_the_fourth_session_of_one_person_ends_the_one_that_was_idle_longest(signed_in):
    first, phone = signed_in("whitfield", HTTP_USER_AGENT="Mozilla/5.0 (iPad) Safari/604.1")
    others = [another_device(phone, minutes)[0] for minutes in (2, 4)]
    with later(minutes=5):
        assert inside(first), "three are open"
    fourth, answer = another_device(phone, 6)
    assert "The one that was idle for longest has ended: Firefox" in answer.content.decode()
    with later(minutes=7):
        assert [inside(one) for one in (first, *others, fourth)] == [True, False, True, True]
    ended = SignInEvent.objects.filter(what=EventKind.SESSION_ENDED)
    assert [(one.why, one.user.username) for one in ended] == [("too_many", "whitfield")]


def test_one_person_does_not_end_anothers_session_and_a_demonstration_has_no_limit(signed_in, settings):
    other, _ = signed_in("raman")
    first, phone = signed_in("whitfield")
    for minutes in (2, 4, 6):
        another_device(phone, minutes)
    with later(minutes=7):
        assert inside(other)
        assert not inside(first)
    settings.DEMO, settings.SECOND_FACTOR = True, False
    clients = [Client() for _ in range(5)]
    for client in clients:
        client.post("/sign-in/", {"login": "okafor", "password": PASSWORD})
    assert all(inside(client, "/reports/") for client in clients)


PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Version/19.0 Mobile Safari/604"
DESK = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/150.0 Safari/537.36"
NEWER = DESK.replace("150.0", "151.0")


def test_a_session_that_turns_up_on_another_sort_of_device_ends_for_both(signed_in):
    client, _ = signed_in("whitfield", HTTP_USER_AGENT=DESK)
    assert inside(client)
    assert client.get("/requests/", HTTP_USER_AGENT=NEWER).status_code == 200, "a browser that was brought up to date"
    thief = Client(HTTP_USER_AGENT=PHONE)
    thief.cookies[site.SESSION_COOKIE_NAME] = client.cookies[site.SESSION_COOKIE_NAME].value
    assert thief.get("/requests/")["Location"].startswith("/sign-in/")
    assert not SignInSession.objects.filter(user__username="whitfield").exists()
    assert not inside(client)
    ended = SignInEvent.objects.get(what=EventKind.SESSION_ENDED)
    assert (ended.user.username, ended.why, ended.device) == ("whitfield", "another_device", "Safari on iPhone")


def test_in_a_demonstration_no_device_is_looked_at(cast, sign_in):
    client = sign_in("whitfield")
    assert inside(client)
    assert client.get("/requests/", HTTP_USER_AGENT=PHONE).status_code == 200


def test_on_another_network_what_is_dangerous_asks_again_and_what_is_not_does_not(signed_in):
    counsel, phone = signed_in("raman")
    page, elsewhere = "/emergency/openings/", {"REMOTE_ADDR": "203.0.113.9"}
    dangerous = "/your-sign-in/add/"
    assert counsel.get(dangerous).status_code == 200
    assert counsel.get(page, **elsewhere).status_code == 200
    assert counsel.get(dangerous, **elsewhere)["Location"].startswith("/confirm/")
    with later(minutes=1):
        done = counsel.post("/confirm/", {"code": phone.code(), "next": dangerous}, **elsewhere)
        assert done["Location"] == dangerous
        assert counsel.get(dangerous, **elsewhere).status_code == 200
        assert counsel.get(dangerous).status_code == 200, "to and fro between two"
        assert counsel.get(dangerous, REMOTE_ADDR="203.0.113.77")["Location"].startswith("/confirm/")
