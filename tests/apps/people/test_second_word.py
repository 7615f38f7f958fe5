"""A role that opens children's records, given by an administrator, opens nothing before a second person's word."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.urls import reverse

from schoolgate.apps.access.actors import SYSTEM, Role
from schoolgate.apps.access.moment import at, now, today
from schoolgate.apps.ledger.acts import Impossible, NotAllowed
from schoolgate.apps.ledger.models import Opening
from schoolgate.apps.people.directory import Name
from schoolgate.apps.people.models import Membership, User
from schoolgate.apps.people.notices.models import Notice
from schoolgate.apps.people.notices.sending import holders
from schoolgate.apps.people.notices.services import enter_notice_address
from schoolgate.apps.people.selectors import actor_for
from schoolgate.apps.people.services import (
    Place,
    SignIn,
    add_person,
    confirm_role,
    end_role,
    give_role,
    refuse_role,
)
from schoolgate.apps.people.signing_in.models import SignInSession

pytestmark = pytest.mark.django_db
WAITING = "/roles/waiting/"
LATER = timedelta(days=20)


@pytest.fixture
def admin(cast, sign_in):
    """The administrator, with the power on."""
    sign_in("admin")
    session = SignInSession.objects.filter(user=cast.users["admin"]).latest("began_at").public_id
    return actor_for(cast.users["admin"], session=session)


@pytest.fixture
def newcomer(cast):
    """Somebody who signs in and is an auditor only."""
    return add_person(
        actor=SYSTEM, role=Role.AUDITOR, name=Name("An auditor"), sign_in=SignIn("newcomer", "an invented sentence")
    )


@pytest.fixture
def given(admin, newcomer):
    """Give the newcomer a role as the administrator."""

    def give(role, **place):
        name = Name("An auditor")
        return give_role(actor=admin, user=newcomer, role=role, name=name, place=Place(**place))

    return give


def roles_of(user):
    return {one.value for one in actor_for(user).roles}


@pytest.mark.parametrize("role", ["records_officer", "counsel", "principal", "staff", "agency_user"])
def test_it_opens_nothing_before_a_second_person_confirms_it(role, *, cast, filed, given, newcomer, sign_in):
    school = {"school": cast.school} if role in {"principal", "staff"} else {}
    agency = {"agency": cast.agencies["boston-police"]} if role == "agency_user" else {}
    held = given(Role(role), **school, **agency)
    assert held.waits
    assert roles_of(newcomer) == {"auditor"}
    assert newcomer.pk not in holders(Role(role))
    cast.users["newcomer"] = newcomer
    client = sign_in("newcomer")
    client.post("/role/", {"role": role})
    page = {"agency_user": "requests:mine"}.get(role, "incidents:reports")
    assert client.get(reverse(page)).status_code == 404
    confirmed = confirm_role(actor=cast.actor("raman"), membership=held)
    assert (confirmed.settled_by, confirmed.waits) == (cast.users["raman"], False)
    assert roles_of(newcomer) == {"auditor", role}
    client.post("/role/", {"role": role})
    assert client.get(reverse(page)).status_code == 200


def test_whoever_minds_privacy_is_told_at_once_by_a_mail_that_says_nothing(cast, given, sign_in):
    enter_notice_address(actor=cast.actor("whitfield"), email="whitfield@schools.example")
    client = sign_in("admin")
    person = reverse("people:give-role", args=[cast.users["okafor"].pk])
    done = client.post(person, {"role": "counsel", "starts": today().isoformat()}, follow=True).text
    assert "It holds once the records office confirms it" in done
    assert "It waits for the records office and opens nothing yet." in done
    assert "(waits for the records office)" in client.get(reverse("people:roles"), {"role": "counsel"}).text
    told = Notice.objects.filter(what="role_waits")
    assert {one.to.username for one in told} == {"whitfield"}
    # Also that the power was switched on.
    assert {one.to[0] for one in mail.outbox} == {"whitfield@schools.example"}
    for sent in mail.outbox:
        assert not [word for word in ("okafor", "Okafor", "counsel", "role") if word in sent.message().as_string()]
    officer = sign_in("whitfield")
    assert WAITING in officer.get(reverse("people:notices")).text
    waits = officer.get(WAITING).text
    assert "1 role waits for your word." in waits
    assert "Mr. Okafor" in waits
    held = Membership.objects.get(user=cast.users["okafor"], role="counsel")
    settle = reverse("people:settle-role", args=[held.pk])
    for username in ("okafor", "admin", "abreu", "park"):
        assert sign_in(username).post(settle, {"answer": "confirm"}).status_code == 404
        assert sign_in(username).get(WAITING).status_code == 404
    assert roles_of(cast.users["okafor"]) == {"principal"}
    assert "The role holds." in officer.post(settle, {"answer": "confirm"}, follow=True).text
    assert roles_of(cast.users["okafor"]) == {"principal", "counsel"}
    assert officer.post(settle, {"answer": "confirm"}).status_code == 404, "nothing waits any more"


def test_refused_it_never_held(cast, given, newcomer, sign_in):
    held = given(Role.COUNSEL)
    officer = sign_in("whitfield")
    done = officer.post(reverse("people:settle-role", args=[held.pk]), {"answer": "refuse"}, follow=True).text
    assert "does not hold, and never did" in done
    held.refresh_from_db()
    assert (held.ends, held.settled_by) == (held.starts, cast.users["whitfield"])
    assert roles_of(newcomer) == {"auditor"}
    with at(now() + LATER):
        assert roles_of(newcomer) == {"auditor"}
        with pytest.raises(Impossible, match="settled"):
            confirm_role(actor=cast.actor("raman"), membership=held)
    assert (
        "The records office did not confirm it."
        in sign_in("admin").get(reverse("people:roles-of", args=[newcomer.pk])).text
    )
    assert [one.kind for one in Opening.objects.filter(subject=f"user:{newcomer.pk}").order_by("happened_at", "id")][
        -2:
    ] == ["role_given", "role_refused"]
    assert given(Role.COUNSEL).waits, "given anew it waits anew"


def test_neither_who_gave_it_nor_whose_it_is_settles_it(cast, admin, given, newcomer):
    """An administrator who is a records officer too, and somebody who is counsel already."""
    both = give_role(
        actor=SYSTEM, user=cast.users["admin"], role=Role.RECORDS_OFFICER, name=Name("The administrator"), place=Place()
    )
    assert not both.waits, "what the district's own programs give holds: whoever runs the computer has that way anyway"
    held = given(Role.RECORDS_OFFICER)
    own = give_role(
        actor=admin, user=cast.users["raman"], role=Role.RECORDS_OFFICER, name=Name("Priya Raman"), place=Place()
    )
    as_officer = actor_for(cast.users["admin"], "records_officer")
    assert as_officer.role is Role.RECORDS_OFFICER
    for settle in (confirm_role, refuse_role):
        with pytest.raises(Impossible, match="gave this role yourself"):
            settle(actor=as_officer, membership=held)
        with pytest.raises(Impossible, match="your own role"):
            settle(actor=cast.actor("raman"), membership=own)
        with pytest.raises(NotAllowed):
            settle(actor=admin, membership=held)
    for settler in (cast.users["admin"], newcomer):
        with pytest.raises(IntegrityError), transaction.atomic():
            Membership.objects.filter(pk=held.pk).update(settled_by=settler)
    assert roles_of(cast.users["raman"]) == {"counsel"}
    confirm_role(actor=cast.actor("whitfield"), membership=own)
    assert roles_of(cast.users["raman"]) == {"counsel", "records_officer"}


def test_where_the_only_records_officer_is_the_one_counsel_is_told(cast, admin):
    held = give_role(
        actor=admin, user=cast.users["whitfield"], role=Role.COUNSEL, name=Name("Dana Whitfield"), place=Place()
    )
    assert {one.to.username for one in Notice.objects.filter(about=held.pk)} == {"raman"}


def test_one_that_ended_while_it_waited_is_settled_no_more(cast, admin, given, newcomer, sign_in):
    held = given(Role.COUNSEL)
    with pytest.raises(Impossible, match="there already"):
        given(Role.COUNSEL)
    with at(now() + timedelta(days=2)):
        end_role(actor=SYSTEM, membership=held)
        with pytest.raises(Impossible, match="ended"):
            confirm_role(actor=cast.actor("raman"), membership=held)
        assert "No role waits" in sign_in("raman").get(WAITING).text


def test_a_role_that_opens_no_record_holds_at_once_and_is_told(cast, admin, newcomer):
    user = cast.users["okafor"]
    held = give_role(actor=admin, user=user, role=Role.AUDITOR, name=Name("Mr. Okafor"), place=Place())
    assert (held.waits, held.given_by) == (False, cast.users["admin"])
    assert roles_of(user) == {"principal", "auditor"}
    assert {(one.to.username, one.what) for one in Notice.objects.filter(about=held.pk)} == {
        ("whitfield", "role_given")
    }


def test_a_person_whom_an_administrator_adds_waits_too(cast, admin):
    made = add_person(
        actor=admin, role=Role.RECORDS_OFFICER, name=Name("New"), sign_in=SignIn("new", "an invented sentence")
    )
    assert roles_of(User.objects.get(pk=made.pk)) == set()
    assert Membership.objects.get(user=made).waits
