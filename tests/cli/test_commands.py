"""Every verb of the command, run as a person runs it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from schoolgate.cli.main import make_app
from support.commands import bare_environment

ROOT = Path(__file__).resolve().parents[2]
CASE = ROOT / "tests" / "engines" / "law" / "cases" / "S001.json"


@pytest.fixture
def schoolgate(commands, tmp_path):
    """Run the command with a data folder of its own."""
    var = tmp_path / "var"

    def run(*arguments):
        return commands.run(*arguments, environment=bare_environment(SCHOOLGATE_VAR=var))

    run.var = var
    return run


def here(*arguments):
    """The same in this process, for what needs no installation."""
    return CliRunner(env={"COLUMNS": "200"}).invoke(make_app([arguments[0]]), [*map(str, arguments)])


def test_a_new_process_needs_nothing_that_was_loaded_before(tmp_path):
    """Every other test may find something loaded that the command itself forgot to load."""
    for arguments in (["decide", CASE, "--json"], ["doctor"]):
        done = subprocess.run(
            [sys.executable, "-c", "from schoolgate.cli.main import run; run()", *arguments],
            env=bare_environment(SCHOOLGATE_VAR=tmp_path / "var"),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == (1 if arguments == ["doctor"] else 0), done.stderr
        assert done.stderr == ""
        assert done.stdout


@pytest.mark.parametrize(
    "verb",
    [
        "demo",
        "serve",
        "worker",
        "decide",
        "reach",
        "doctor",
        "access-matrix",
        "verify log",
        "verify receipt",
    ],
)
def test_the_help_of_each_verb_has_an_example(verb, schoolgate):
    done = schoolgate(*verb.split(), "--help")
    assert done.returncode == 0
    assert f"Example: schoolgate {verb}" in done.stdout


def test_decide_speaks_to_people_and_to_machines(schoolgate):
    told, data = schoolgate("decide", CASE), here("decide", CASE, "--json")
    assert told.returncode == data.exit_code == 0, told.stderr + data.stderr
    assert "may leave" in told.stdout
    decision = json.loads(data.stdout)
    assert decision["outcome"] in {"permit", "permit_redacted", "deny", "needs_review"}
    assert decision["elements"]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"facts": {"no_such_fact": True}}, "no_such_fact"),
        ({"elements": ["no_such_element"]}, "elements[0]"),
        ({"date": "yesterday"}, "date"),
        ({"rulebook": "atlantis"}, "atlantis"),
    ],
)
def test_decide_names_the_field_that_is_wrong(change, named, tmp_path):
    broken = tmp_path / "case.json"
    broken.write_text(json.dumps({**json.loads(CASE.read_text(encoding="utf-8")), **change}), encoding="utf-8")
    done = here("decide", broken)
    assert done.exit_code == 2, done.stdout
    assert named in done.stderr
    assert isinstance(done.exception, SystemExit)


@pytest.mark.parametrize("text", ['{"a": ,}', "[]", ""])
def test_decide_refuses_what_is_no_case(text, tmp_path):
    broken = tmp_path / "case.json"
    broken.write_text(text, encoding="utf-8")
    done = here("decide", broken)
    assert done.exit_code == 2
    assert "case.json" in done.stderr
    assert isinstance(done.exception, SystemExit)


def test_reach_without_a_database_or_agencies_says_so(schoolgate, installed):
    no_database = schoolgate("reach", "--from", "school")
    assert no_database.returncode == 3
    assert "schoolgate doctor --mend" in no_database.stderr
    assert "Traceback" not in no_database.stderr
    shutil.copytree(installed, schoolgate.var, dirs_exist_ok=True)
    nobody = schoolgate("reach", "--from", "school", "--network", "own")
    assert nobody.returncode == 3
    assert "--network massachusetts" in nobody.stderr


def test_doctor_finds_mends_and_finds_again_and_serve_refuses(schoolgate):
    ill = schoolgate("doctor")
    assert ill.returncode == 1, ill.stderr
    assert "MEND" in ill.stdout
    mended = schoolgate("doctor", "--mend")
    assert mended.returncode == 0, mended.stdout + mended.stderr
    assert json.loads(schoolgate("doctor", "--json").stdout)["sound"] is True
    secret = schoolgate.var / "keys" / "blind-index"
    secret.chmod(0o644)
    wide = schoolgate("doctor")
    assert wide.returncode == 1
    assert "chmod 600" in wide.stdout
    secret.unlink()
    refused = schoolgate("serve", "--port", "1")
    assert refused.returncode == 3
    assert "blind-index" in refused.stderr


def test_the_demonstration_runs_twice_and_its_log_and_receipt_verify(schoolgate, tmp_path):
    for _ in range(2):
        done = schoolgate("demo", "--no-serve")
        assert done.returncode == 0, done.stderr
    key = schoolgate.var / "keys" / "log-verifying"
    log = schoolgate.var / "log"
    sound = schoolgate("verify", "log", log, "--key", key, "--json")
    assert sound.returncode == 0
    assert json.loads(sound.stdout)["size"] == 512
    receipt = next((schoolgate.var / "story").glob("*.tlog-proof"))
    assert schoolgate("verify", "receipt", receipt, "--key", key).returncode == 0
    lines = receipt.read_text(encoding="utf-8").splitlines()
    number = next(place for place, line in enumerate(lines) if line.startswith("index "))
    lines[number] += "1"
    forged = tmp_path / "forged.tlog-proof"
    forged.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert schoolgate("verify", "receipt", forged, "--key", key).returncode == 1
    tile = next((log / "tile" / "entries").rglob("000"))
    data = bytearray(tile.read_bytes())
    data[40] ^= 1
    tile.chmod(0o644)
    tile.write_bytes(bytes(data))
    assert schoolgate("verify", "log", log, "--key", key).returncode == 1
    assert schoolgate("verify", "log", log, "--key", "no such key").returncode == 2
