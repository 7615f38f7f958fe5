"""The populated database of the release before, brought up to date on either engine: nothing lost, nothing in clear.

The file holds the story of the demonstration as the last release before sealed names and versions of reports played it
(see support/populated.py). Everything runs in one process of its own, as `schoolgate doctor --mend` would.
"""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from schoolgate.demonstration.story import NARRATIVE, RUMOUR
from support.commands import bare_environment
from support.populated import unpack

TESTS = Path(__file__).resolve().parents[1]
FILE = TESTS / "data" / "release_before_records.tar.gz"
FAMILY = "Parent or guardian"


@pytest.fixture(scope="module")
def database() -> Iterator[dict[str, str]]:
    """The address of an empty database beside that of this run; none where the run is on SQLite."""
    server = os.environ.get("DATABASE_URL")
    if not server:
        yield {}
        return
    import psycopg

    name = f"before_{os.getpid()}_{secrets.token_hex(4)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        yield {"DATABASE_URL": urlunsplit(urlsplit(server)._replace(path=f"/{name}"))}
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture(scope="module")
def migrated(database, tmp_path_factory):
    """What the old installation holds after the last step."""
    var = tmp_path_factory.mktemp("before") / "var"
    unpack(FILE, var)
    environment = bare_environment(SCHOOLGATE_VAR=var, SCHOOLGATE_DEMO=1, **database)
    done = subprocess.run(
        [sys.executable, "-P", "-W", "error::ResourceWarning", "-m", "support.migrated", str(var)],
        env=environment | {"PYTHONPATH": f"{TESTS.parent / 'src'}{os.pathsep}{TESTS}"},
        capture_output=True,
        text=True,
        timeout=290,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    yield json.loads(done.stdout.splitlines()[-1])
    held = b"".join(file.read_bytes() for file in var.glob("schoolgate.sqlite3*"))
    assert b"Mrs. Aguilar" not in held, "no name is left in pages that SQLite no longer uses"


# The mark alone has it run on the second database too; the process has a database of its own.
@pytest.mark.django_db
def test_an_old_district_is_whole_after_the_last_step(migrated):
    assert migrated["steps"] >= 11
    assert migrated["log as it was"]
    assert migrated["narrative"] == NARRATIVE
    assert migrated["claims"] == [RUMOUR]
    assert migrated["names"] == ["Kevin Chen", "Marisol Aguilar", "Mr. Okafor", "Ms. Abreu"]
    assert migrated["the copy's digest fits"]
    assert migrated["account"][0] == "1 copy with your child's record left the district. 3 requests were refused."
    assert migrated["receipts"] == [True, True], "the one that the family kept, and a new one of a longer log"
    assert migrated["published log"]
    assert not migrated["doctor"]


@pytest.mark.django_db
def test_families_names_leave_the_clear_and_are_still_known(migrated):
    shown, acts_as = migrated["shown in clear"], migrated["acts as"]
    assert {name: shown[name] for name in ("aguilar", "chen", "abreu", "brimsolt")} == {
        "aguilar": FAMILY,
        "chen": FAMILY,
        "abreu": "Ms. Abreu",
        "brimsolt": "Ms. Brimsolt",
    }
    assert migrated["acts as a guardian"] == "Ms. Brimsolt", "she works there: her name is no family's secret"
    assert acts_as["aguilar"] == "Mrs. Aguilar"
    assert migrated["Mrs. Aguilar's children"] == 1
    assert not migrated["names in a dump"]


@pytest.mark.django_db
def test_the_logs_triggers_outlive_every_migration(migrated, database):
    """On SQLite a table that is made anew loses its triggers: the doctor says so, and the next migration mends it."""
    assert not migrated["without triggers"]
    assert len(migrated["guarded"]) >= 9
    if database:
        assert not migrated["dropped by a rebuilt table"], "PostgreSQL alters the table that is there"
    else:
        assert migrated["dropped by a rebuilt table"] == migrated["guarded"]
        assert [one.split(":")[0] for one in migrated["doctor on dropped"]] == ["the log's triggers"]
    assert not migrated["after migrate"]
