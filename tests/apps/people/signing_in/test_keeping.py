"""The office changes somebody's sign-in: two people, a notice, sessions ended; and the page that counts."""

from uuid import uuid4

import pytest
import time_machine

from schoolgate.apps.access.actors import Role
from schoolgate.apps.ledger.acts import Impossible, NotAllowed
from schoolgate.apps.ledger.models import Opening
from schoolgate.apps.people.signing_in.factors import has_second_factor
from schoolgate.apps.people.signing_in.models import ChangeKind, ChangeReason, EventKind, SignInChange, SignInEvent
from schoolgate.apps.people.signing_in.services import (
    ask_change,
    close_account,
    confirm_change,
    identifier_index,
    refuse_change,
)

pytestmark = pytest.mark.django_db

RESET = {"what": ChangeKind.RESET_FACTORS, "reason": ChangeReason.LOST}


def test_a_reset_needs_two_people_ends_the_sessions_and_is_told(signed_in, door, password_typed):
    teacher, _ = signed_in("abreu")
    user = door.users["abreu"]
    change = ask_change(actor=door.actor("whitfield"), user=user, **RESET)
    assert has_second_factor(user)
    with pytest.raises(Impossible, match="yourself"):
        confirm_change(actor=door.actor("whitfield"), change=change)
    confirm_change(actor=door.actor("admin"), change=change)
    assert not has_second_factor(user)
    assert teacher.get("/reports/")["Location"].startswith("/sign-in/")
    # The old app opens nothing; a new one is set up, and the person is told.
    client, answer = password_typed("abreu")
    assert answer["Location"] == "/sign-in/set-up/"
    client.get("/sign-in/set-up/")
    from allauth.mfa.utils import decrypt

    from .conftest import AppOnAPhone

    with time_machine.travel(time_later(2)):
        new = AppOnAPhone(decrypt(client.session["pending_code_secret"]))
        client.post("/sign-in/set-up/", {"code": new.code()})
        page = client.get("/sign-in/set-up/", follow=True).content.decode()
    assert "two people of the district changed your sign-in" in page
    kinds = list(Opening.objects.filter(subject=f"user:{user.pk}").values_list("kind", flat=True))
    assert {"sign_in_change_asked", "sign_in_change_confirmed"} <= set(kinds)
    assert SignInEvent.objects.filter(what=EventKind.FACTORS_RESET, user=user).count() == 1
    assert SignInChange.objects.get().told_at is not None


def time_later(minutes):
    from datetime import timedelta

    from django.utils import timezone

    return timezone.now() + timedelta(minutes=minutes)


def test_nobody_resets_their_own_nor_agrees_to_it(door):
    own = door.users["whitfield"]
    with pytest.raises(Impossible, match="your own"):
        ask_change(actor=door.actor("whitfield"), user=own, **RESET)
    change = ask_change(actor=door.actor("admin"), user=own, **RESET)
    with pytest.raises(Impossible, match="your own"):
        confirm_change(actor=door.actor("whitfield"), change=change)


def test_a_change_is_settled_once(door):
    change = ask_change(actor=door.actor("whitfield"), user=door.users["abreu"], **RESET)
    with pytest.raises(Impossible, match="waits"):
        ask_change(actor=door.actor("admin"), user=door.users["abreu"], **RESET)
    refuse_change(actor=door.actor("admin"), change=change)
    with pytest.raises(Impossible, match="settled"):
        confirm_change(actor=door.actor("admin"), change=change)


@pytest.mark.parametrize("username", ["abreu", "okafor", "raman", "doyle", "aguilar", "park"])
def test_others_change_nothing(door, username):
    with pytest.raises(NotAllowed):
        ask_change(actor=door.actor(username), user=door.users["kerr"], **RESET)
    with pytest.raises(NotAllowed):
        close_account(actor=door.actor(username), user=door.users["kerr"], reason=ChangeReason.LEFT)


def test_an_identifier_means_one_person(door):
    index = identifier_index("https://district.example", "4711")
    for username in ("abreu", "okafor"):
        change = ask_change(
            actor=door.actor("whitfield"),
            user=door.users[username],
            what=ChangeKind.SET_IDENTITY,
            reason=ChangeReason.BEGIN,
            identity=index,
        )
        if username == "abreu":
            confirm_change(actor=door.actor("admin"), change=change)
        else:
            with pytest.raises(Impossible, match="another person"):
                confirm_change(actor=door.actor("admin"), change=change)
            change.refresh_from_db()
            assert change.settled_at is None


def test_a_closed_account_is_reopened_by_two(door):
    user = door.users["abreu"]
    close_account(actor=door.actor("whitfield"), user=user, reason=ChangeReason.SUSPECTED)
    with pytest.raises(Impossible, match="already"):
        close_account(actor=door.actor("admin"), user=user, reason=ChangeReason.SUSPECTED)
    change = ask_change(actor=door.actor("admin"), user=user, what=ChangeKind.REOPEN, reason=ChangeReason.MISTAKE)
    confirm_change(actor=door.actor("whitfield"), change=change)
    user.refresh_from_db()
    assert user.is_active


def test_the_pages_do_what_the_acts_do_and_count(signed_in, door):
    from schoolgate.apps.people.models import User

    officer, _ = signed_in("whitfield")
    admin, _ = signed_in("admin")
    abreu = door.users["abreu"]
    officer.post(f"/sign-ins/{abreu.pk}/reset_factors/", {"reason": "lost"})
    change = SignInChange.objects.get()
    page = officer.get("/sign-ins/").content.decode()
    assert "Another person settles it" in page
    assert 'value="agree"' not in page
    page = admin.get("/sign-ins/").content.decode()
    assert 'value="agree"' in page
    number = User.objects.count()
    assert f"{number} accounts, {number - 2} of them without a second factor." in page
    assert "Signed in" in page
    admin.post(f"/sign-ins/changes/{change.pk}/", {"answer": "agree"})
    change.refresh_from_db()
    assert change.agreed
    assert officer.get(f"/sign-ins/{abreu.pk}/").status_code == 200
    officer.post(f"/sign-ins/{abreu.pk}/close/", {"reason": "left"})
    abreu.refresh_from_db()
    assert not abreu.is_active


def test_the_pages_cost_the_same_for_many_people(signed_in, door, django_assert_max_num_queries):
    from schoolgate.apps.people.models import User

    admin, _ = signed_in("admin")
    User.objects.bulk_create(User(username=f"u{n}", display_name="Someone") for n in range(60))
    with django_assert_max_num_queries(12):
        admin.get("/sign-ins/")
    with django_assert_max_num_queries(12):
        admin.get("/your-sign-in/")


def test_changes_ask_for_the_factor_again_after_a_while(signed_in, door):
    officer, phone = signed_in("whitfield")
    path = f"/sign-ins/{door.users['abreu'].pk}/reset_factors/"
    with time_machine.travel(time_later(21)):
        answer = officer.post(path, {"reason": "lost"}, HTTP_REFERER="http://testserver/sign-ins/")
        assert answer["Location"] == "/confirm/?next=%2Fsign-ins%2F"
        assert not SignInChange.objects.exists()
        wrong = officer.post("/confirm/", {"code": "000000", "next": "/sign-ins/"})
        assert wrong.status_code == 200
        right = officer.post("/confirm/", {"code": phone.code(), "next": "/sign-ins/"})
        assert right["Location"] == "/sign-ins/"
        officer.post(path, {"reason": "lost"})
    assert SignInChange.objects.exists()
    assert SignInEvent.objects.filter(what=EventKind.CONFIRMED_AGAIN).count() == 1


def test_confirming_leads_only_to_pages_of_ours(signed_in):
    officer, phone = signed_in("whitfield")
    with time_machine.travel(time_later(2)):
        answer = officer.post("/confirm/", {"code": phone.code(), "next": "https://evil.example/"})
    assert answer["Location"] == "/"


def test_what_is_dangerous_is_a_route_and_asks_again(signed_in, door):
    from schoolgate.apps.access.routes import all_routes
    from schoolgate.apps.people.signing_in.dangerous import DANGEROUS

    assert {route.name for route in all_routes()} >= DANGEROUS
    officer, _ = signed_in("whitfield")
    with time_machine.travel(time_later(6)):
        answer = officer.get("/copies/address/boston-police/")
        assert answer["Location"].startswith("/confirm/?next=%2Fcopies%2Faddress")
        assert officer.get("/requests/").status_code == 200


def test_orders_lists_and_destruction_ask_again_and_nothing_is_done_before(signed_in, door):
    from django.urls import reverse

    officer, _ = signed_in("whitfield")
    lasting = {"exports": ("file", "settle"), "incidents": ("order", "carry_out", "open_once")}
    lasting |= {"retention": ("propose", "sign", "lift"), "spreadsheets": ("import",)}
    absent = {"exports:file": [uuid4(), "a.csv"], "incidents:carry_out": [uuid4(), uuid4()]}
    absent["retention:propose"] = ["student_report"]
    with time_machine.travel(time_later(21)):
        for app, names in lasting.items():
            for name in names:
                address = reverse(f"{app}:{name}", args=absent.get(f"{app}:{name}", [uuid4()]))
                assert officer.post(address)["Location"].startswith("/confirm/?next="), address


def test_only_keepers_see_the_door(signed_in):
    for username, role in (("raman", Role.COUNSEL), ("park", Role.AUDITOR), ("abreu", Role.STAFF)):
        client, _ = signed_in(username)
        assert client.get("/sign-ins/").status_code == 404, role
