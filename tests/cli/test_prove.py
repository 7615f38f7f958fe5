"""`schoolgate prove`, as counsel runs it, but in this process."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from schoolgate.cli.main import make_app
from support.commands import bare_environment

ROOT = Path(__file__).resolve().parents[2]
RULEBOOKS = ROOT / "src" / "schoolgate" / "rulebooks"


def run(*arguments):
    return CliRunner(env={"COLUMNS": "200"}).invoke(make_app([arguments[0]]), [*map(str, arguments)])


def prove(*arguments):
    return run("prove", *arguments)


def broken(folder, claim_id):
    """A folder of rulebooks in which a claim says more than the law holds."""
    shutil.copytree(RULEBOOKS, folder / "rulebooks")
    path = folder / "rulebooks" / "claims" / f"{claim_id}.md"
    text = path.read_text(encoding="utf-8")
    changed = text.replace("unless { context.germane_elements.contains(resource) }", "")
    assert changed != text
    path.write_text(changed, encoding="utf-8")
    return folder / "rulebooks"


def test_every_claim_of_boston_is_proved_in_time():
    done = prove("--json")
    assert done.exit_code == 0, done.stdout + done.stderr
    rows = json.loads(done.stdout)
    assert len(rows) >= 36
    assert {row["status"] for row in rows} == {"proved"}
    assert all(row["title"] and row["counterexample"] is None for row in rows)
    onward = next(row for row in rows if row["claim"] == "immigration.onward")
    assert ["bpd-bric", "bric-ice"] in [one["path"] for one in onward["listed"]]


def test_one_claim_is_told_in_words_with_what_stands_beside_it_and_without_a_database(commands, tmp_path):
    done = commands.run("prove", "immigration.onward", environment=bare_environment(SCHOOLGATE_VAR=tmp_path / "var"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert not (tmp_path / "var").exists()
    assert "1 of 1 claims hold for every possible case" in done.stdout
    assert "Boston Police Department" in done.stdout
    assert "bpd-bric > bric-ice" in done.stdout


def test_a_claim_that_does_not_hold_is_shown_by_a_case_and_the_exit_code(tmp_path):
    folder = broken(tmp_path, "protected-kinds.germane")
    told = prove("protected-kinds.germane", "--rulebooks", folder)
    data = prove("protected-kinds.germane", "--rulebooks", folder, "--json")
    assert told.exit_code == data.exit_code == 1, told.stderr + data.stderr
    assert "REFUTED" in told.stdout
    assert "germane_elements" in told.stdout
    assert "leaves" in told.stdout
    (row,) = json.loads(data.stdout)
    assert row["status"] == "refuted"
    case = tmp_path / "case.json"
    case.write_text(json.dumps(row["counterexample"]["case"]), encoding="utf-8")
    decided = run("decide", case, "--json")
    assert decided.exit_code == 0, decided.stderr
    element = row["counterexample"]["element"]
    outcome = {one["element"]: one["outcome"] for one in json.loads(decided.stdout)["elements"]}
    assert outcome[element] == row["counterexample"]["outcome"] == "permit"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["no-such-claim"], "no-such-claim"),
        (["--rulebook", "atlantis"], "atlantis"),
        (["immigration.onward", "--network", "no-such-file.json"], "no-such-file.json"),
        (["immigration.onward", "--network", Path(__file__)], "test_prove.py:1: this is no JSON"),
    ],
)
def test_what_is_not_there_is_named(arguments, named):
    done = prove(*arguments)
    assert done.exit_code == 2
    assert named in done.stderr


def test_its_help_has_an_example():
    done = prove("--help")
    assert done.exit_code == 0
    assert "Example: schoolgate prove consent.named-party" in done.stdout
