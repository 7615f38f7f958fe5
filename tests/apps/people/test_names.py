"""Families' names stand in no table: the pages show them to those who may, a thief of the database reads none."""

import pytest
from django.urls import reverse

from schoolgate.apps.access.actors import SYSTEM, Role
from schoolgate.apps.ledger.acts import Impossible

WORDS = ("brimsolt", "quorvex", "ottoline", "wenzeslaus", "tandrel")


@pytest.fixture
def families(cast):
    """A mother of two, one of whom signs in; a teacher who is a father; a guardian of nobody yet."""
    from schoolgate.apps.people.directory import Name
    from schoolgate.apps.people.selectors import actor_for
    from schoolgate.apps.people.services import (
        Place,
        SignIn,
        add_person,
        add_student,
        give_role,
        open_student_account,
    )

    child = add_student(
        actor=SYSTEM, school=cast.school, name=Name("Ottoline Quorvex", ("Ottoline",), "771", _born(15))
    )
    other = add_student(actor=SYSTEM, school=cast.school, name=Name("Wenzeslaus Quorvex", (), "772", _born(9)))
    mother = add_person(
        actor=SYSTEM,
        role=Role.GUARDIAN,
        name=Name("Eva Brimsolt"),
        sign_in=SignIn("plover-12", "a long password"),
        children=(child, other),
    )
    student = open_student_account(actor=SYSTEM, student=child, sign_in=SignIn("heron-7", "a long password"))
    nobody = add_person(
        actor=SYSTEM, role=Role.GUARDIAN, name=Name("Ida Tandrel"), sign_in=SignIn("wren-3", "a long password")
    )
    teacher = cast.users["abreu"]
    give_role(
        actor=SYSTEM, user=teacher, role=Role.GUARDIAN, name=Name("Rosa Brimsolt"), place=Place(children=(other,))
    )
    return {"mother": mother, "student": student, "nobody": nobody, "teacher": teacher, "actor_for": actor_for}


def _born(age):
    from datetime import date

    from schoolgate.apps.access.moment import today

    return date(today().year - age, 1, 1)


@pytest.mark.django_db
def test_no_table_holds_a_name_of_a_family(families, sign_in, dump):
    from django.test import Client

    for user in (families["mother"], families["student"], families["teacher"]):
        client = Client()
        client.force_login(user)
        client.get(reverse("home"), follow=True)
    held = dump()
    assert "plover-12" in held, "the dump is one"
    assert "ms. abreu" in held, "a teacher is a public officer"
    assert not [word for word in WORDS if word in held]


@pytest.mark.django_db
def test_each_reads_their_own_name_at_the_head_of_the_page(families):
    from django.test import Client

    for user, name, role in (
        ("mother", "Eva Brimsolt", "Parent or guardian"),
        ("student", "Ottoline Quorvex", "Student"),
        ("nobody", "Ida Tandrel", "Parent or guardian"),
        ("teacher", "Ms. Abreu", "School staff"),
    ):
        client = Client()
        client.force_login(families[user])
        page = client.get(reverse("home"), follow=True).content.decode()
        assert f"<bdi>{name}</bdi>, acting as <strong>{role}</strong>" in page


@pytest.mark.django_db
def test_a_teacher_acts_as_a_parent_under_the_name_that_is_sealed(families):
    as_parent = families["actor_for"](families["teacher"], "guardian")
    assert as_parent.display_name == "Rosa Brimsolt"
    assert families["actor_for"](families["teacher"]).display_name == "Ms. Abreu"
    assert not as_parent.schools
    assert not families["actor_for"](families["teacher"]).children


@pytest.mark.django_db
def test_the_office_reads_which_mother_told_of_a_copy(cast, families, sign_in):
    from support.seen import told

    cast.users["plover"] = families["mother"]
    told(cast, "plover")
    told(cast, "doyle")
    page = sign_in("whitfield").get(reverse("transfers:home")).content.decode()
    assert "Eva Brimsolt (parent or guardian)" in page
    assert "Sgt. Doyle (agency user)" in page


@pytest.mark.django_db
@pytest.mark.parametrize("username", ["brimsolt", "e.Brimsolt2", "EVA"])
def test_a_family_gets_no_user_name_that_tells_who_they_are(cast, settings, username):
    from schoolgate.apps.people.directory import Name
    from schoolgate.apps.people.models import Guardian, User
    from schoolgate.apps.people.services import SignIn, add_person, open_student_account

    settings.DEMO = False
    before = Guardian.objects.count()
    with pytest.raises(Impossible, match="stands in clear"):
        add_person(
            actor=SYSTEM,
            role=Role.GUARDIAN,
            name=Name("Eva Brimsolt"),
            sign_in=SignIn(username, "a long password"),
            children=(cast.students["kevin"],),
        )
    assert Guardian.objects.count() == before
    assert not User.objects.filter(username=username).exists()
    with pytest.raises(Impossible, match="stands in clear"):
        open_student_account(actor=SYSTEM, student=cast.students["kevin"], sign_in=SignIn("kevin09", "a long password"))
    assert open_student_account(
        actor=SYSTEM, student=cast.students["kevin"], sign_in=SignIn("lark-4", "a long password")
    )
