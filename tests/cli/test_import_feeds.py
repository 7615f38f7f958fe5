"""`schoolgate import edfi-api` and `oneroster`, run as a person runs them, and killed."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from support import oneroster_feed
from support.commands import bare_environment
from support.edfi_api import KEY, SECRET, MockEdfi, served
from support.edfi_asking import incident, spec_of, student

COMMAND = [sys.executable, "-c", "from schoolgate.cli.main import run; run()"]
SCHOOL = {"schoolId": 1, "nameOfInstitution": "Burke High", "educationOrganizationCategories": [], "gradeLevels": []}


@pytest.fixture
def environment(tmp_path, installed):
    """A new installation, where the command looks for it."""
    environment = bare_environment(SCHOOLGATE_VAR=tmp_path / "var")
    shutil.copytree(installed, environment["SCHOOLGATE_VAR"])
    return environment


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "edfi.key"
    path.write_text(f"{KEY}\n{SECRET}\n", encoding="utf-8")
    path.chmod(0o600)
    return path


def stored(environment):
    connection = sqlite3.connect(Path(environment["SCHOOLGATE_VAR"]) / "schoolgate.sqlite3")
    try:
        tables = ("people_student", "incidents_incident", "ledger_opening")
        return [connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables]
    finally:
        connection.close()


def test_a_killed_import_goes_on_where_it_was_and_loses_nothing(commands, environment, key_file):
    """Killed with -9 before two of its pages; then run to the end, then dry, then refused."""
    mock = MockEdfi(spec_of("6.0"))
    mock.put("schools", SCHOOL, checked=False)
    for number in range(620):
        mock.put("students", student(number), checked=False)
    for number in range(8):
        mock.put("disciplineIncidents", incident(number), checked=False)
    running = []

    def kill_at(path, page):
        """Kill the command when it asks for the n-th page of a resource."""
        seen = []

        def look(asked):
            if asked.path.endswith(path) and asked.is_page:
                seen.append(asked)
                if len(seen) == page:
                    os.kill(running[-1].pid, signal.SIGKILL)

        return look

    with served(mock) as address:
        arguments = ["import", "edfi-api", address, "--key-file", str(key_file), "--json"]
        for path, page, expected in (("/students", 2, None), ("/disciplineIncidents", 1, [620, 0, 0])):
            mock.before = kill_at(path, page)
            running.append(subprocess.Popen([*COMMAND, *arguments], env=environment, stdout=subprocess.DEVNULL))
            assert running[-1].wait(timeout=300) == -signal.SIGKILL
            students, incidents, entries = stored(environment)
            assert 0 < students < 620 or [students, incidents, entries] == expected
            assert (incidents, entries) == (0, 0)
        mock.before = lambda _asked: None
        done = commands.run(*arguments, environment=environment)
        assert done.returncode == 0, done.stderr
        rows = json.loads(done.stdout)["rows"]
        assert rows["students"] == {"created": 620, "updated": 0, "unchanged": 0, "not_in_feed": 0}
        assert stored(environment) == [620, 8, 1]

        mock.put("students", student(700), checked=False)
        dry = commands.run(*arguments, "--dry-run", environment=environment)
        assert json.loads(dry.stdout)["rows"]["students"]["created"] == 1
        assert json.loads(dry.stdout)["stored"] is False
        assert stored(environment) == [620, 8, 1]

        key_file.chmod(0o644)
        told = commands.run(*arguments, environment=environment)
        assert told.returncode == 2
        assert "chmod 600" in told.stderr
        assert SECRET not in told.stderr


def test_a_roster_says_what_came_in_and_who_got_no_access(commands, environment, tmp_path):
    folder = oneroster_feed.write(tmp_path / "roster")
    dry = commands.run("import", "oneroster", folder, "--dry-run", environment=environment)
    assert dry.returncode == 0, dry.stderr
    assert dry.stdout.startswith("A dry run: nothing was stored.")
    done = commands.run("import", "oneroster", folder, environment=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Imported 0 incidents, 1 student, 0 staff and 1 contact of 1 school.")
    assert "a roster says nothing of custody" in done.stdout
    assert "Aguilar" not in done.stdout + done.stderr
    assert stored(environment) == [1, 0, 1]
