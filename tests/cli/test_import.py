"""`schoolgate import edfi`, run as a person runs it."""

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from support import edfi_feed as feed
from support.commands import bare_environment

COMMAND = [sys.executable, "-c", "from schoolgate.cli.main import run; run()"]
HIGH = 101
PEOPLE = (
    feed.school(HIGH),
    feed.student(1, more="<Citizenship><CitizenshipStatus>secret</CitizenshipStatus></Citizenship>"),
    feed.student(2, "Kevin", "Chen"),
    feed.contact(5, more="<Telephone><TelephoneNumber>617 555 0100</TelephoneNumber></Telephone>"),
    feed.relation(5, 1),
    feed.incident(1, HIGH),
    feed.other_part(1, 1, HIGH, "Witness"),
)


@pytest.fixture
def environment(tmp_path):
    return bare_environment(SCHOOLGATE_VAR=tmp_path / "var")


@pytest.fixture
def schoolgate(commands, environment):
    return lambda *arguments: commands.run(*arguments, environment=environment)


@pytest.fixture
def installation(installed, environment):
    """A new installation, where the command looks for it."""
    shutil.copytree(installed, environment["SCHOOLGATE_VAR"])


def stored(environment):
    """How many rows each table holds."""
    connection = sqlite3.connect(Path(environment["SCHOOLGATE_VAR"]) / "schoolgate.sqlite3")
    try:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables}
    finally:
        connection.close()


def test_the_answer_comes_first_then_counts_then_what_was_dropped(schoolgate, installation, environment, tmp_path):
    export = feed.write(tmp_path / "export", *PEOPLE)
    done = schoolgate("import", "edfi", export)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "Imported 1 incident, 2 students, 0 staff and 1 contact of 1 school."
    assert lines[1].startswith("Nothing was kept of the fields about citizenship")
    assert lines[1].endswith("2 refused.")
    assert "secret" not in done.stdout
    assert "does not say whether they are a legal guardian" in done.stdout
    assert done.stdout.index("CitizenshipStatus") < done.stdout.index("Telephone")

    again = schoolgate("import", "edfi", export, "--json")
    assert again.returncode == 0, again.stderr
    data = json.loads(again.stdout)
    assert data["stored"] is True
    assert data["rows"]["students"] == {"created": 0, "updated": 0, "unchanged": 2, "not_in_feed": 0}
    assert data["refused_count"] == 2
    assert {"entity": "Contact", "field": "Telephone", "count": 1} in data["read_but_not_stored"]
    assert data["without_access"] == {"not_said": 1}
    assert stored(environment)["ledger_opening"] == 2


def test_check_only_needs_no_installation_and_stores_nothing(schoolgate, environment, tmp_path):
    export = feed.write(tmp_path / "export", *PEOPLE)
    told = schoolgate("import", "edfi", export, "--check-only")
    data = schoolgate("import", "edfi", export, "--check-only", "--json")
    assert told.returncode == data.returncode == 0, told.stderr + data.stderr
    assert told.stdout.startswith("Sound: 7 rows in 4 files. Nothing was stored.")
    assert json.loads(data.stdout)["rows"]["StudentRow"] == 2
    assert not Path(environment["SCHOOLGATE_VAR"]).exists()


def test_a_broken_folder_is_refused_with_places(schoolgate, tmp_path):
    export = feed.write(tmp_path / "export", *PEOPLE, feed.student(2, "Kevin", "Chen"), feed.incident(2, 999))
    told = schoolgate("import", "edfi", export)
    data = schoolgate("import", "edfi", export, "--json")
    assert told.returncode == data.returncode == 2
    assert "Student.xml, line 5: Student: expected each Student once" in told.stderr
    assert "StudentDiscipline.xml, line 5" in told.stderr
    assert "Nothing was stored." in told.stderr
    assert "Kevin" not in told.stderr + data.stdout
    said = json.loads(data.stdout)
    assert said["stored"] is False
    assert [one["line"] for one in said["problems"]] == [5, 5]


def test_without_an_installation_it_says_what_to_do(schoolgate, tmp_path):
    export = feed.write(tmp_path / "export", *PEOPLE)
    bare = schoolgate("import", "edfi", export)
    assert bare.returncode == 3
    assert "doctor --mend" in bare.stderr
    assert "Traceback" not in bare.stderr
    missing = schoolgate("import", "edfi", tmp_path / "nowhere.xml")
    assert missing.returncode == 2
    assert "nowhere.xml" in missing.stderr


def is_writing(database):
    """Whether somebody holds the database's write lock."""
    connection = sqlite3.connect(database, timeout=0, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
    except sqlite3.OperationalError:
        return True
    finally:
        connection.close()
    return False


def test_a_killed_import_leaves_nothing_and_the_next_one_succeeds(
    schoolgate, installation, environment, shared, tmp_path
):
    export = tmp_path / "export"
    shutil.copytree(shared / "data" / "edfi" / "samples", export)
    (export / "Contact.xml.gz").unlink()
    before = stored(environment)
    database = Path(environment["SCHOOLGATE_VAR"]) / "schoolgate.sqlite3"

    running = subprocess.Popen([*COMMAND, "import", "edfi", str(export)], env=environment, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 120
        while not is_writing(database):
            assert running.poll() is None, "the import ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.01)
        time.sleep(0.25)
        assert is_writing(database)
    finally:
        running.send_signal(signal.SIGKILL)
        assert running.wait() == -signal.SIGKILL

    assert stored(environment) == before
    done = schoolgate("import", "edfi", export, "--json")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["rows"]
    assert (rows["students"]["created"], rows["incidents"]["created"]) == (960, 21)
    after = stored(environment)
    assert (after["people_student"], after["ledger_opening"]) == (960, 1)
    assert schoolgate("doctor").returncode == 0
