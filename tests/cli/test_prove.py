"""`schoolgate prove`, as counsel runs it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RULEBOOKS = ROOT / "src" / "schoolgate" / "rulebooks"


@pytest.fixture
def prove():
    """Run the verb without any database."""

    def run(*arguments):
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("SCHOOLGATE", "DJANGO"))}
        kept.pop("DATABASE_URL", None)
        return subprocess.run(
            [sys.executable, "-c", "from schoolgate.cli.main import run; run()", "prove", *map(str, arguments)],
            env={**kept, "PYTHONPATH": str(ROOT / "src"), "COLUMNS": "200"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


def broken(folder, claim_id):
    """A folder of rulebooks in which a claim says more than the law holds."""
    shutil.copytree(RULEBOOKS, folder / "rulebooks")
    path = folder / "rulebooks" / "claims" / f"{claim_id}.md"
    text = path.read_text(encoding="utf-8")
    changed = text.replace("unless { context.germane_elements.contains(resource) }", "")
    assert changed != text
    path.write_text(changed, encoding="utf-8")
    return folder / "rulebooks"


def test_every_claim_of_boston_is_proved_in_time(prove):
    done = prove("--json")
    assert done.returncode == 0, done.stdout + done.stderr
    rows = json.loads(done.stdout)
    assert len(rows) >= 36
    assert {row["status"] for row in rows} == {"proved"}
    assert all(row["title"] and row["counterexample"] is None for row in rows)
    onward = next(row for row in rows if row["claim"] == "immigration.onward")
    assert ["bpd-bric", "bric-ice"] in [one["path"] for one in onward["listed"]]


def test_one_claim_is_told_in_words_with_what_stands_beside_it(prove):
    done = prove("immigration.onward")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 of 1 claims hold for every possible case" in done.stdout
    assert "Boston Police Department" in done.stdout
    assert "bpd-bric > bric-ice" in done.stdout


def test_a_claim_that_does_not_hold_is_shown_by_a_case_and_the_exit_code(prove, tmp_path):
    folder = broken(tmp_path, "protected-kinds.germane")
    told = prove("protected-kinds.germane", "--rulebooks", folder)
    data = prove("protected-kinds.germane", "--rulebooks", folder, "--json")
    assert told.returncode == data.returncode == 1, told.stderr + data.stderr
    assert "REFUTED" in told.stdout
    assert "germane_elements" in told.stdout
    assert "leaves" in told.stdout
    (row,) = json.loads(data.stdout)
    assert row["status"] == "refuted"
    case = tmp_path / "case.json"
    case.write_text(json.dumps(row["counterexample"]["case"]), encoding="utf-8")
    decided = subprocess.run(
        [sys.executable, "-c", "from schoolgate.cli.main import run; run()", "decide", str(case), "--json"],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
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
def test_what_is_not_there_is_named(arguments, named, prove):
    done = prove(*arguments)
    assert done.returncode == 2
    assert named in done.stderr


def test_its_help_has_an_example(prove):
    done = prove("--help")
    assert done.returncode == 0
    assert "Example: schoolgate prove consent.named-party" in done.stdout
