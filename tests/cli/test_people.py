"""`schoolgate people add`: how a district's first people come to sign in."""

import json
import re
import sqlite3
from contextlib import closing

import pytest
from typer.testing import CliRunner

from schoolgate.apps.access.actors import Role
from schoolgate.apps.ledger.models import Opening
from schoolgate.apps.people.models import Membership, StaffMember, User
from schoolgate.apps.people.selectors import actor_for
from schoolgate.cli.main import make_app
from support.commands import bare_environment

SHOWN = re.compile(r"First password, shown only now: ([a-z2-9]{4}(?:-[a-z2-9]{4}){4})$", re.MULTILINE)
ITO = ("--username", "ito", "--name", "Ms. Ito")


def add(*arguments):
    return CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1"}).invoke(
        make_app(["people"]), ["people", "add", *map(str, arguments)]
    )


@pytest.mark.django_db
def test_a_role_holds_at_once_and_the_password_is_shown_once(cast):
    before = Opening.objects.count()
    ran = add("--role", "records_officer", *ITO)
    assert ran.exit_code == 0, ran.output
    given = SHOWN.search(ran.stdout).group(1)
    assert given not in ran.stderr
    made = User.objects.get(username="ito")
    assert made.check_password(given)
    assert made.first_password_at is not None
    held = Membership.objects.get(user=made)
    assert (held.waits, held.given_by) == (False, None)
    assert actor_for(made).role is Role.RECORDS_OFFICER
    entry = Opening.objects.latest("happened_at")
    assert Opening.objects.count() == before + 1
    assert (entry.kind, entry.actor_user) == ("person_added", None)


@pytest.mark.django_db
@pytest.mark.parametrize("by", ["external_id", "pk"])
def test_staff_are_entered_at_their_school(by, cast):
    ran = add("--role", "staff", *ITO, "--school", getattr(cast.school, by), "--json")
    assert ran.exit_code == 0, ran.output
    said = json.loads(ran.stdout)
    made = User.objects.get(username="ito")
    assert made.check_password(said["first_password"])
    assert actor_for(made).schools == {cast.school.pk}
    assert StaffMember.objects.filter(user=made, school=cast.school).exists()


@pytest.mark.django_db
def test_an_agencys_user_speaks_for_it(cast):
    ran = add("--role", "agency_user", *ITO, "--agency", "boston-police")
    assert ran.exit_code == 0, ran.output
    assert actor_for(User.objects.get(username="ito")).agency == cast.agencies["boston-police"].pk


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--role", "guardian", *ITO), "at Families, on the page of the student"),
        (("--role", "student", *ITO), "at Families, on the page of the student"),
        (("--role", "public", *ITO), "public is no role; choose one of staff"),
        (("--role", "staff", *ITO), "name it with --school"),
        (("--role", "agency_user", *ITO), "name it with --agency"),
        (("--role", "auditor", *ITO, "--school", "4010"), "--school is for staff and principal alone"),
        (("--role", "staff", *ITO, "--agency", "bric", "--school", "4010"), "--agency is for agency_user alone"),
        (("--role", "staff", *ITO, "--school", "no-such"), "no school has the number or id no-such"),
        (("--role", "agency_user", *ITO, "--agency", "no-such"), "no agency has the short name no-such"),
        (("--role", "auditor", "--username", "abreu", "--name", "A"), "has this user name already"),
        (("--role", "auditor", "--username", "A B", "--name", "A"), "A user name has 3 to 60 small letters"),
        (("--role", "auditor", "--username", "ito", "--name", " "), "--name needs 1 to 120 letters"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_leaves_nothing_behind(arguments, words, cast):
    before = User.objects.count(), StaffMember.objects.count(), Opening.objects.count()
    ran = add(*arguments)
    assert ran.exit_code == 2, ran.output
    assert words in ran.stderr
    assert ran.stdout == ""
    assert (User.objects.count(), StaffMember.objects.count(), Opening.objects.count()) == before


def test_a_new_installations_first_administrator(commands, tmp_path):
    """As a person runs it: from nothing to somebody who can sign in; and before that, a sentence."""
    var = tmp_path / "var"

    def run(*arguments):
        return commands.run(*arguments, environment=bare_environment(SCHOOLGATE_VAR=var))

    first = ("people", "add", "--role", "administrator", "--username", "itdesk", "--name", "IT desk")
    early = run(*first)
    assert early.returncode == 3
    assert "run schoolgate doctor" in early.stderr
    assert run("doctor", "--mend").returncode in {0, 1}
    done = run(*first)
    assert (done.returncode, done.stderr) == (0, "")
    given = SHOWN.search(done.stdout).group(1)
    again = run(*first)
    assert again.returncode == 2
    assert "has this user name already" in again.stderr
    with closing(sqlite3.connect(next(var.glob("*.sqlite3")))) as database:
        rows = database.execute(
            "SELECT username, role, waits, first_password_at IS NOT NULL FROM people_user u "
            "JOIN people_membership m ON m.user_id = u.id"
        ).fetchall()
        assert rows == [("itdesk", "administrator", 0, 1)]
        assert given not in "\n".join(database.iterdump())
    assert "Example: schoolgate people add" in run("people", "add", "--help").stdout
