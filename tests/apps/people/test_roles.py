"""One role at a time: chosen, checked at each request, and gone at once when it ends."""

from datetime import timedelta

import pytest
from django.urls import reverse

from schoolgate.apps.access.actors import SYSTEM, Role
from schoolgate.apps.access.moment import today
from schoolgate.apps.ledger.acts import Impossible, NotAllowed
from schoolgate.apps.ledger.models import Opening
from schoolgate.apps.people.directory import Name
from schoolgate.apps.people.models import Membership
from schoolgate.apps.people.services import Place, choose_role, end_role, give_role

pytestmark = pytest.mark.django_db
ROLE = "/role/"


@pytest.fixture
def both(cast):
    """Ms. Abreu, a teacher, is Kevin's mother too."""
    return give_role(
        actor=SYSTEM,
        user=cast.users["abreu"],
        role=Role.GUARDIAN,
        name=Name("Ana Abreu"),
        place=Place(children=(cast.students["kevin"],)),
    )


def heading(client):
    page = client.get(reverse("home"), follow=True).content.decode()
    return page[page.index("acting as <strong>") :].split("<strong>")[1].split("<")[0]


def test_a_teacher_who_is_a_mother_sees_as_each_what_each_sees(cast, both, filed, sign_in):
    client = sign_in("abreu")
    teacher, own = reverse("incidents:reports"), reverse("incidents:report", args=[filed.report.pk])
    mother = reverse("families:report", args=[filed.report.pk])
    assert client.get(own).status_code == 404, "of her own child she reads as a mother"
    assert heading(client) == "School staff"
    assert (client.get(teacher).status_code, client.get(mother).status_code) == (200, 404)
    assert ROLE in client.get(teacher).content.decode()
    assert client.post(ROLE, {"role": "guardian"}).status_code == 302
    assert heading(client) == "Parent or guardian"
    assert (client.get(teacher).status_code, client.get(mother).status_code) == (404, 200)
    client.post(ROLE, {"role": "staff"})
    assert (client.get(teacher).status_code, client.get(mother).status_code) == (200, 404)
    chosen = Opening.objects.filter(kind="role_chosen")
    assert [one.actor_role for one in chosen.order_by("happened_at", "id")].count("staff") == 1
    assert chosen.count() == 2
    assert all(one.subject == f"user:{cast.users['abreu'].pk}" for one in chosen)


def test_a_role_that_ended_is_gone_at_once_though_the_session_chose_it(cast, both, filed, sign_in):
    client = sign_in("abreu")
    client.post(ROLE, {"role": "guardian"})
    mother = reverse("families:report", args=[filed.report.pk])
    assert client.get(mother).status_code == 200
    end_role(actor=SYSTEM, membership=both)
    assert client.get(mother).status_code == 404
    assert heading(client) == "School staff"
    end_role(actor=SYSTEM, membership=Membership.objects.get(user=cast.users["abreu"], role="staff"))
    answer = client.get(mother)
    assert answer.status_code == 302, "without any role one is a visitor"
    assert answer["Location"].startswith(reverse("account_login"))


def test_nobody_chooses_what_they_do_not_hold(cast, both, sign_in):
    client = sign_in("abreu")
    for role in ("counsel", "administrator", "public", "", "x"):
        assert client.post(ROLE, {"role": role}).status_code == 200, "the form comes back"
        assert heading(client) == "School staff"
    with pytest.raises(NotAllowed):
        choose_role(actor=cast.actor("abreu"), role=Role.COUNSEL)
    assert not Opening.objects.filter(kind="role_chosen").exists()


@pytest.mark.parametrize("planted", ["counsel", "records_officer", "nonsense", ""])
def test_what_a_session_says_is_only_a_wish(planted, cast, both, sign_in):
    client = sign_in("abreu")
    session = client.session
    session["role"] = planted
    session.save()
    assert heading(client) == "School staff"
    assert client.get(reverse("requests:desk")).status_code == 404


def test_who_has_one_role_gets_no_choice(cast, sign_in):
    page = sign_in("okafor").get(reverse("home"), follow=True).content.decode()
    assert "Change role" not in page


def test_a_role_has_its_schools_and_its_agency_alone(cast, both):
    from schoolgate.apps.people.selectors import actor_for

    give_role(
        actor=SYSTEM,
        user=cast.users["abreu"],
        role=Role.AGENCY_USER,
        name=Name("Ms. Abreu"),
        place=Place(agency=cast.agencies["bric"]),
    )
    user = cast.users["abreu"]
    found = {role: actor_for(user, role) for role in ("staff", "guardian", "agency_user")}
    assert {role: bool(one.schools) for role, one in found.items()} == {
        "staff": True,
        "guardian": False,
        "agency_user": False,
    }
    assert {role: bool(one.children) for role, one in found.items()} == {
        "staff": False,
        "guardian": True,
        "agency_user": False,
    }
    assert found["agency_user"].agency == cast.agencies["bric"].pk
    assert found["staff"].agency is None


def test_roles_are_given_and_ended_with_sense(cast, both):
    kevin = (cast.students["kevin"],)
    told = {"actor": SYSTEM, "user": cast.users["abreu"], "name": Name("Ana Abreu")}
    with pytest.raises(Impossible, match="there already"):
        give_role(role=Role.GUARDIAN, place=Place(children=kevin), **told)
    with pytest.raises(Impossible, match="one student"):
        give_role(role=Role.STUDENT, place=Place(), **told)
    with pytest.raises(Impossible, match="before that"):
        end_role(actor=SYSTEM, membership=both, ends=today() - timedelta(days=1))
    end_role(actor=SYSTEM, membership=both)
    with pytest.raises(Impossible, match="ended already"):
        end_role(actor=SYSTEM, membership=both)
    for username in ("whitfield", "raman", "abreu"):
        with pytest.raises(NotAllowed):
            give_role(**told | {"actor": cast.actor(username)}, role=Role.COUNSEL, place=Place())
