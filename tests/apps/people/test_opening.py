"""Sign-ins that pages open: by whom, with whose second word, and a first password that is shown once."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.urls import reverse

from schoolgate.apps.access.actors import SYSTEM, Role
from schoolgate.apps.access.moment import today
from schoolgate.apps.ledger.acts import Impossible, NotAllowed
from schoolgate.apps.ledger.models import Opening, Reading
from schoolgate.apps.people.directory import Name, number_index, open_names
from schoolgate.apps.people.models import Guardian, Guardianship, Membership, RelationKind, StaffMember, User
from schoolgate.apps.people.notices.models import Notice
from schoolgate.apps.people.relation_services import Shown, begin_relation, end_relation
from schoolgate.apps.people.selectors import actor_for
from schoolgate.apps.people.services import (
    Place,
    SignIn,
    add_person,
    give_role,
    open_guardian_account,
    open_student_account,
)
from schoolgate.apps.people.signing_in.models import SignInSession

pytestmark = pytest.mark.django_db
OPEN = "/roles/sign-in/"
FAMILY_PAGES = ("people:guardian-sign-in", "people:student-sign-in")


@pytest.fixture
def browser(sign_in):
    """The administrator's, with the power on."""
    return sign_in("admin")


@pytest.fixture
def admin(cast, browser):
    session = SignInSession.objects.filter(user=cast.users["admin"]).latest("began_at").public_id
    return actor_for(cast.users["admin"], session=session)


@pytest.fixture
def uncle(cast, officer):
    """Kevin's uncle, whom no feed has brought and who has no sign-in."""
    return begin_relation(
        actor=officer,
        guardian=Name("Bao Lin Chen", number="G-77"),
        student=cast.students["kevin"],
        kind=RelationKind.ACTING,
        starts=today(),
        shown=Shown(today(), "A letter of the mother"),
    ).guardian


def typed(**changed):
    """What somebody enters for a new auditor."""
    return {"name": "Ms. Ito", "username": "ito", "role": "auditor", "starts": today().isoformat(), **changed}


def given_on(answer):
    """The first password that a page shows."""
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    (given,) = re.findall(r"<code[^>]*>([a-z2-9]{4}(?:-[a-z2-9]{4}){4})</code>", answer.text)
    return given


def kinds_since(before):
    """The kinds of the entries that were written since there were so many, the oldest first."""
    return [one.kind for one in Opening.objects.order_by("happened_at", "id")][before:]


def page_of(name, cast, who="kevin"):
    return reverse(name, args=[cast.students[who].pk])


def test_a_role_that_opens_no_record_holds_at_once(cast, browser, dump):
    assert OPEN in browser.get(reverse("people:roles")).text
    before = Opening.objects.count()
    given = given_on(browser.post(OPEN, typed()))
    assert kinds_since(before) == ["person_added"]
    made = User.objects.get(username="ito")
    assert (made.display_name, made.is_active) == ("Ms. Ito", True)
    assert made.first_password_at is not None, "its person must choose another"
    assert made.check_password(given)
    assert authenticate(None, username="ito", password=given) == made
    assert actor_for(made).role is Role.AUDITOR
    assert {(one.to.username, one.what) for one in Notice.objects.filter(what__startswith="role")} == {
        ("whitfield", "role_given")
    }
    for page in (OPEN, reverse("people:roles"), reverse("people:roles-of", args=[made.pk])):
        assert given not in browser.get(page).text
    assert given not in dump(), "nothing keeps it: no session, no message, no entry"


@pytest.mark.parametrize("role", ["records_officer", "counsel", "principal", "staff", "agency_user"])
def test_one_that_reads_records_waits_for_a_second_person(role, cast, browser, sign_in):
    where = {
        "principal": {"school": cast.school.pk},
        "staff": {"school": cast.school.pk},
        "agency_user": {"agency": cast.agencies["boston-police"].pk},
    }.get(role, {})
    answer = browser.post(OPEN, typed(role=role, **where))
    given_on(answer)
    assert "The role opens nothing yet" in answer.text
    made = User.objects.get(username="ito")
    held = Membership.objects.get(user=made)
    assert (held.waits, held.given_by) == (True, cast.users["admin"])
    assert actor_for(made).role is Role.PUBLIC
    assert StaffMember.objects.filter(user=made).exists() == (role in {"principal", "staff"})
    officer = sign_in("whitfield")
    assert "its password is still the first one" in officer.get("/roles/waiting/").text
    User.objects.filter(pk=made.pk).update(first_password_at=None)
    assert "its password is still the first one" not in officer.get("/roles/waiting/").text
    officer.post(reverse("people:settle-role", args=[held.pk]), {"answer": "confirm"})
    assert actor_for(made).role.value == role


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"username": "abreu"}, "has this user name already"),
        ({"username": "Ito"}, "Write 3 to 60 small letters"),
        ({"username": "it o"}, "Write 3 to 60 small letters"),
        ({"username": "\N{CYRILLIC SMALL LETTER I}to"}, "Write 3 to 60 small letters"),
        ({"role": "staff"}, "Choose the school"),
        ({"role": "agency_user"}, "Choose the agency"),
        ({"role": "guardian"}, "Select a valid choice"),
        ({"role": "student"}, "Select a valid choice"),
        ({"name": ""}, "required"),
    ],
)
def test_what_cannot_be_leaves_nothing_behind(changed, words, browser):
    before = Opening.objects.count(), User.objects.count()
    answer = browser.post(OPEN, typed(**changed))
    assert answer.status_code == 200
    assert words in answer.text
    assert "<code" not in answer.text
    assert (Opening.objects.count(), User.objects.count()) == before


def test_a_name_that_differs_by_capitals_alone_is_taken(cast):
    User.objects.filter(pk=cast.users["abreu"].pk).update(username="Abreu")
    with pytest.raises(Impossible, match="already"):
        add_person(actor=SYSTEM, role=Role.AUDITOR, name=Name("A. Breu"), sign_in=SignIn("abreu", "an invented one"))


@pytest.mark.parametrize("username", ["", "abreu", "okafor", "whitfield", "raman", "doyle", "aguilar", "park"])
def test_administrators_alone_open_it_with_their_power_on(username, sign_in):
    for client in (sign_in(username), sign_in("admin", power=False)):
        for answer in (client.get(OPEN), client.post(OPEN, typed())):
            assert answer.status_code in {302, 404}
    assert not User.objects.filter(username="ito").exists()


def test_an_administrator_opens_no_familys_sign_in(cast, admin, uncle, browser):
    """Whoever opens one knows its first password, and a family's opens a child's record at once."""
    sign_in = SignIn("heron-7", "an invented sentence")
    before = Opening.objects.count()
    children = (cast.students["kevin"],)
    with pytest.raises(NotAllowed):
        add_person(actor=admin, role=Role.GUARDIAN, name=Name("Me"), sign_in=sign_in, children=children)
    with pytest.raises(NotAllowed):
        give_role(
            actor=admin, user=cast.users["park"], role=Role.GUARDIAN, name=Name("Me"), place=Place(children=children)
        )
    with pytest.raises(NotAllowed):
        open_guardian_account(actor=admin, guardian=uncle, sign_in=sign_in)
    with pytest.raises(NotAllowed):
        open_student_account(actor=admin, student=cast.students["kevin"], sign_in=sign_in)
    for page in FAMILY_PAGES:
        assert browser.post(page_of(page, cast), {"username": "heron-7"}).status_code == 404
    assert Opening.objects.count() == before
    assert not User.objects.filter(username="heron-7").exists()


def test_the_office_enters_somebody_whom_no_feed_has_brought(cast, sign_in, dump):
    client, before = sign_in("raman"), Opening.objects.count()
    entry = {
        "name": "Xiomara Quillfeather",
        "number": "G-78",
        "kind": "guardian",
        "starts": today().isoformat(),
        "dated": today().isoformat(),
        "reason": "Decree of the probate court",
    }
    done = client.post(page_of("people:enter", cast), entry, follow=True)
    assert "Xiomara Quillfeather" in done.text
    assert kinds_since(before) == ["relation_begun"]
    made = Guardian.objects.select_related("name_key").get(number_index=number_index("guardian", "G-78"))
    assert made.name_key.school_id == cast.students["kevin"].school_id
    assert open_names([made])[made].full == "Xiomara Quillfeather"
    relation = Guardianship.objects.get(guardian=made)
    assert (relation.student, relation.kind) == (cast.students["kevin"], "guardian")
    assert "quillfeather" not in dump(), "the name is sealed"
    again = client.post(page_of("people:enter", cast, "marisol"), entry | {"name": "Another"})
    assert "Somebody has this number already" in again.text
    assert kinds_since(before) == ["relation_begun"]


def test_the_records_officer_opens_a_guardians_sign_in(cast, uncle, sign_in, filed, settings):
    settings.DEMO = False
    client = sign_in("whitfield")
    page = client.get(page_of("people:student", cast)).text
    assert page_of("people:guardian-sign-in", cast) in page
    form = page_of("people:guardian-sign-in", cast)
    readings = Reading.objects.count()
    shown = client.get(form).text
    assert "Bao Lin Chen" in shown
    assert Reading.objects.count() == readings + 1, "names were shown"
    before = Opening.objects.count()
    for wrong in ("bao7", "mr-chen", "CHEN", "abreu"):
        answer = client.post(form, {"guardian": uncle.pk, "username": wrong})
        assert "<code" not in answer.text
    assert "Select a valid choice" in client.post(form, {"guardian": cast.users["abreu"].pk, "username": "lark-4"}).text
    assert kinds_since(before) == []
    given = given_on(client.post(form, {"guardian": uncle.pk, "username": "lark-4"}))
    assert kinds_since(before) == ["guardian_account_opened"]
    user = User.objects.get(username="lark-4")
    assert (user.display_name, user.guardian) == ("Parent or guardian", uncle)
    assert user.check_password(given)
    assert user.first_password_at is not None
    cast.users["lark-4"] = user
    assert cast.actor("lark-4").children == {cast.students["kevin"].pk}
    assert sign_in("lark-4").get(reverse("families:report", args=[filed.report.pk])).status_code == 200
    # Nobody is left without one; and nobody gets two.
    assert client.get(form).status_code == 302
    assert form not in client.get(page_of("people:student", cast)).text
    with pytest.raises(Impossible, match="already"):
        open_guardian_account(actor=cast.actor("whitfield"), guardian=uncle, sign_in=SignIn("lark-5", "a password"))


def test_whose_relation_has_ended_is_not_offered_one(cast, uncle, officer, sign_in):
    relation = Guardianship.objects.get(guardian=uncle)
    Guardianship.objects.filter(pk=relation.pk).update(starts=today() - timedelta(days=9))
    end_relation(actor=officer, relation=relation, ends=today(), shown=Shown(today(), "Moved away"))
    assert sign_in("whitfield").get(page_of("people:guardian-sign-in", cast)).status_code == 302


def test_the_records_officer_opens_a_students_sign_in(cast, born, sign_in, settings):
    settings.DEMO = False
    client, form = sign_in("whitfield"), page_of("people:student-sign-in", cast)
    born("kevin", today().replace(year=today().year - 12, day=1))
    before = Opening.objects.count()
    assert "from the age of 14 or from ninth grade" in client.post(form, {"username": "lark-4"}).text
    born("kevin", today().replace(year=today().year - 15, day=1))
    assert "stands in clear" in client.post(form, {"username": "kevin09"}).text
    assert kinds_since(before) == []
    given = given_on(client.post(form, {"username": "lark-4"}))
    assert kinds_since(before) == ["student_account_opened"]
    user = User.objects.get(username="lark-4")
    assert user.check_password(given)
    cast.users["kevin"] = user
    assert cast.actor("kevin").children == {cast.students["kevin"].pk}
    assert client.get(form).status_code == 302, "one has one"
    assert form not in client.get(page_of("people:student", cast)).text


def test_counsel_enters_people_and_opens_no_sign_in(cast, uncle, sign_in):
    client = sign_in("raman")
    assert client.get(page_of("people:enter", cast)).status_code == 200
    page = client.get(page_of("people:student", cast)).text
    for name in FAMILY_PAGES:
        assert client.get(page_of(name, cast)).status_code == 404
        assert client.post(page_of(name, cast), {"username": "lark-4"}).status_code == 404
        assert page_of(name, cast) not in page


def test_of_ones_own_child_the_office_opens_none(cast, sign_in):
    Guardian.objects.filter(user=cast.users["chen"]).update(user=cast.users["whitfield"])
    Membership.objects.create(
        user=cast.users["whitfield"], role=Role.GUARDIAN, starts=today(), given_by=None, given_at=None
    )
    client = sign_in("whitfield")
    client.post("/role/", {"role": "records_officer"})
    for name in (*FAMILY_PAGES, "people:enter", "people:student"):
        assert client.get(page_of(name, cast)).status_code == 404
