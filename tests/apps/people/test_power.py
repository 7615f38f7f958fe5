"""Administrators without power until they switch it on; and what they do with it: who holds which role."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from schoolgate.apps.access.actors import Role
from schoolgate.apps.access.moment import at, now
from schoolgate.apps.ledger.acts import Impossible, NotAllowed
from schoolgate.apps.ledger.models import Opening
from schoolgate.apps.people.models import Membership
from schoolgate.apps.people.notices.models import Notice
from schoolgate.apps.people.power.models import AdminPower, PowerReason
from schoolgate.apps.people.power.services import end_power, switch_on
from schoolgate.apps.people.selectors import actor_for
from schoolgate.apps.people.services import SignIn, add_person, end_role
from schoolgate.apps.people.signing_in.services import ask_change
from schoolgate.apps.people.standing import end_what_is_over

pytestmark = pytest.mark.django_db
WORDS = "Gives the new counsel her role, as the superintendent asked."
ASKED = {"reason": "roles", "words": WORDS, "hours": "2"}
ADMIN_PAGES = ("/sign-ins/", "/roles/")


def statuses(client):
    return {client.get(path).status_code for path in ADMIN_PAGES}


def test_off_it_is_nothing_on_it_is_all_and_it_ends_by_the_clock_and_by_the_button(cast, sign_in):
    client = sign_in("admin", power=False)
    assert statuses(client) == {404}
    assert client.get("/", follow=True).redirect_chain[-1][0] == "/power/"
    idle = actor_for(cast.users["admin"])
    assert idle.role is Role.IDLE_ADMINISTRATOR
    for words in ("x", WORDS):
        client.post("/power/on/", ASKED | {"words": words})
    assert statuses(client) == {200}
    assert "Your power as an administrator is on" in client.get("/sign-ins/").content.decode()
    assert client.post("/power/on/", ASKED).status_code == 404, "who has it cannot have it again"
    first = AdminPower.objects.get()
    elsewhere = sign_in("admin", power=False)
    assert statuses(elsewhere) == {404}, "in this session alone"
    with at(first.until):
        assert statuses(client) == {404}
        assert end_what_is_over() == 1
        first.refresh_from_db()
        assert (first.ended_at, first.ended_how) == (first.until, "clock")
        client.post("/power/on/", ASKED)
        assert statuses(client) == {200}
        assert client.post(f"/power/{AdminPower.objects.first().pk}/off/").status_code == 302
        assert statuses(client) == {404}
        client.post("/power/on/", ASKED)
        for path in ("/reports/", "/families/", "/requests/", "/emergency/"):
            assert client.get(path).status_code == 404, "the power opens no record"
    told = Notice.objects.filter(what="power_on").values_list("to__username", flat=True)
    assert set(told) == {"whitfield"}
    kinds = Opening.objects.filter(kind__startswith="power_").order_by("happened_at", "id")
    assert sorted(kinds.values_list("kind", flat=True)) == ["power_ended"] * 2 + ["power_switched_on"] * 3
    assert not any("superintendent" in one.record for one in kinds)


def test_without_it_no_act_is_done(cast):
    idle, reason = actor_for(cast.users["admin"]), PowerReason.ROLES
    with pytest.raises(NotAllowed):
        end_role(actor=idle, membership=Membership.objects.get(user=cast.users["abreu"]))
    with pytest.raises(NotAllowed):
        ask_change(actor=idle, user=cast.users["abreu"], what="reset_factors", reason="lost")
    session = uuid4()
    for bad in ({"hours": 3}, {"hours": 24}, {"words": "x"}):
        with pytest.raises(Impossible):
            switch_on(**{"actor": idle, "session": session, "reason": reason, "words": WORDS, "hours": 1} | bad)
    made = switch_on(actor=idle, session=session, reason=reason, words=WORDS, hours=4)
    assert actor_for(cast.users["admin"], session=session).power.until == made.began_at + timedelta(hours=4)
    with pytest.raises(Impossible, match="already"):
        switch_on(actor=idle, session=session, reason=reason, words=WORDS, hours=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        AdminPower.objects.filter(pk=made.pk).update(hours=5)
    for username in ("whitfield", "abreu", "park"):
        with pytest.raises(NotAllowed):
            switch_on(actor=cast.actor(username), session=session, reason=reason, words=WORDS, hours=1)
    with pytest.raises(NotAllowed):
        end_power(actor=cast.actor("raman"), power=made)
    end_power(actor=cast.actor("whitfield"), power=made)
    assert actor_for(cast.users["admin"], session=session).power is None


def test_the_records_office_sees_when_it_was_on_and_takes_it(cast, sign_in):
    admin = sign_in("admin")
    power = AdminPower.objects.get()
    for username in ("whitfield", "raman"):
        page = sign_in(username).get("/power/").content.decode()
        assert "Looks after the sign-ins of the cast." in page
        assert ("Switch it off" in page) is (username == "whitfield")
    for username in ("abreu", "okafor", "raman", "doyle", "aguilar", "park"):
        assert sign_in(username).post(f"/power/{power.pk}/off/").status_code == 404
    assert sign_in("whitfield").post(f"/power/{power.pk}/off/").status_code == 302
    assert statuses(admin) == {404}


def test_a_role_is_given_and_ended_at_once_but_never_ones_own(cast, sign_in):
    admin, abreu = sign_in("admin"), cast.users["abreu"]
    teacher = sign_in("abreu")
    listed = admin.get("/roles/").content.decode()
    assert "abreu" in listed
    assert "aguilar" not in listed, "families are the office's"
    assert "whitfield" not in admin.get("/roles/?role=staff").content.decode()
    give = f"/roles/people/{abreu.pk}/give/"
    day = now().date().isoformat()
    for wrong in ({"role": "principal"}, {"role": "guardian"}, {"role": "administrator_idle"}, {"role": "agency_user"}):
        assert admin.post(give, {"starts": day} | wrong).status_code == 200
    assert Membership.objects.filter(user=abreu).count() == 1
    assert admin.post(give, {"role": "principal", "school": cast.school.pk, "starts": day}).status_code == 302
    held = Membership.objects.get(user=abreu, role="principal")
    choice = "/role/"
    assert choice not in teacher.get("/reports/").content.decode(), "it waits for a second person"
    assert sign_in("raman").post(f"/roles/{held.pk}/settle/", {"answer": "confirm"}).status_code == 302
    assert choice in teacher.get("/reports/").content.decode()
    assert cast.users["abreu"].display_name in admin.get(f"/roles/{held.pk}/end/").content.decode()
    for one in Membership.objects.filter(user=abreu):
        assert admin.post(f"/roles/{one.pk}/end/").status_code == 302
    assert teacher.get("/reports/")["Location"].startswith("/sign-in/"), "from the next page on"
    own = cast.users["admin"]
    page = admin.post(f"/roles/people/{own.pk}/give/", {"role": "counsel", "starts": day})
    assert "your own roles" in page.content.decode()
    admin.post(f"/roles/{Membership.objects.get(user=own).pk}/end/")
    assert Membership.objects.get(user=own).ends is None
    family = Membership.objects.get(user=cast.users["aguilar"])
    assert admin.get(f"/roles/{family.pk}/end/").status_code == 404
    for username in ("whitfield", "raman", "okafor", "park"):
        assert sign_in(username).get("/roles/").status_code == 404


def test_other_administrators_are_told(cast):
    from schoolgate.apps.access.actors import SYSTEM
    from schoolgate.apps.people.directory import Name

    add_person(
        actor=SYSTEM,
        role=Role.ADMINISTRATOR,
        name=Name("The second administrator"),
        sign_in=SignIn("admin2", "", hashed=cast.users["admin"].password),
    )
    idle = actor_for(cast.users["admin"])
    switch_on(actor=idle, session=uuid4(), reason=PowerReason.INCIDENT, words=WORDS, hours=1)
    told = Notice.objects.filter(what="power_on").values_list("to__username", flat=True)
    assert set(told) == {"whitfield", "admin2"}
