"""`schoolgate district open`: how a new installation comes to serve a district."""

import sqlite3
from contextlib import closing

import pytest
from typer.testing import CliRunner

from schoolgate.apps.ledger.models import Opening
from schoolgate.apps.schools.models import District, School
from schoolgate.apps.schools.selectors import calendar, rulebook
from schoolgate.cli.main import make_app
from support.commands import bare_environment

HERE = ("--name", "Lake  View Schools", "--rulebook", "illinois")


def opened(*arguments):
    return CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1"}).invoke(
        make_app(["district"]), ["district", "open", *arguments]
    )


@pytest.mark.django_db
def test_the_district_has_its_law_its_holidays_and_its_schools(data_folder):
    ran = opened(
        *HERE, "--jurisdiction", "US-IL", "--county", "Cook", "--school", "1=Lake View High", "--school", "2=Elm"
    )
    assert ran.exit_code == 0, ran.output
    assert "Lake View Schools is open, with 2 schools, and decides by illinois." in ran.stdout
    here = District.objects.get()
    assert (here.name, here.jurisdiction, here.county) == ("Lake View Schools", "US-IL", "Cook")
    assert calendar().jurisdiction == "US-IL"
    assert rulebook().digest
    assert dict(School.objects.values_list("external_id", "name")) == {"1": "Lake View High", "2": "Elm"}
    assert [one.kind for one in Opening.objects.all()] == ["district_opened"]
    again = opened(*HERE)
    assert again.exit_code == 2
    assert "has its district already" in again.stderr


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--name", " ", "--rulebook", "boston"), "--name needs 1 to 120 letters"),
        (("--name", "A", "--rulebook", "atlantis"), "atlantis"),
        (("--name", "A", "--rulebook", "../boston"), "this name cannot be used"),
        ((*HERE, "--jurisdiction", "US-XX"), "no calendar for jurisdiction 'US-XX'"),
        ((*HERE, "--school", "4030"), "is no NUMBER=NAME"),
        ((*HERE, "--school", "1=A", "--school", "1=B"), "--school 1 is given twice"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_leaves_nothing_behind(arguments, words, data_folder):
    ran = opened(*arguments)
    assert ran.exit_code == 2, ran.output
    assert words in ran.stderr
    assert not District.objects.exists()
    assert not Opening.objects.exists()


def test_from_nothing_to_a_district_with_an_administrator(commands, tmp_path):
    var = tmp_path / "var"

    def run(*arguments):
        return commands.run(*arguments, environment=bare_environment(SCHOOLGATE_VAR=var))

    here = ("district", "open", "--name", "East Harbor", "--rulebook", "boston")
    assert run(*here).returncode == 3
    assert run("doctor", "--mend").returncode in {0, 1}
    assert run(*here).returncode == 0
    first = run("people", "add", "--role", "administrator", "--username", "itdesk", "--name", "IT desk")
    assert first.returncode == 0
    assert run("doctor").returncode in {0, 1}
    with closing(sqlite3.connect(next(var.glob("*.sqlite3")))) as database:
        assert database.execute("SELECT name, rulebook FROM schools_district").fetchall() == [("East Harbor", "boston")]
