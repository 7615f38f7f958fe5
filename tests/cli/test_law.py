"""`schoolgate law`, run as a person runs it, but in this process."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from schoolgate.cli.main import make_app
from schoolgate.engines.law.proving.trials import read_trials
from support.law_files import PROVISIONS, write_files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The small rulebook, tidy enough for lint, and a stricter one beside it."""
    tidy = {name: text.replace('title = "', 'title_es = "Nuevo"\ntitle = "') for name, text in PROVISIONS.items()}
    where = write_files(tmp_path / "books", tidy)
    stricter = (where / "synthetic.toml").read_text(encoding="utf-8").replace('"synthetic"', '"stricter"')
    shutil.copytree(where / "us/federal", where / "us/stricter")
    (where / "us/stricter/directory.md").unlink()
    (where / "stricter.toml").write_text(stricter.replace("us/federal", "us/stricter"), encoding="utf-8")
    return where


def run(*arguments: object) -> Result:
    return CliRunner(env={"COLUMNS": "300"}).invoke(make_app(), ["law", *map(str, arguments)])


def test_lint_names_files_and_lines_and_fails_and_fix_formats(folder: Path) -> None:
    found = run("lint", "synthetic", "--rulebooks", folder, "--no-proofs")
    assert found.exit_code == 1
    assert "us/federal/consent.md:" in found.output
    assert "format the Cedar is not formatted" in found.output
    fixed = run("lint", "--fix", "--rulebooks", folder)
    assert "format" not in fixed.output
    assert run("lint", "--rulebooks", folder).output == fixed.output


def test_lint_answers_a_machine(folder: Path) -> None:
    found = json.loads(run("lint", "synthetic", "--json", "--no-proofs", "--rulebooks", folder).output)
    assert {"file", "line", "rule", "what", "remedy", "provision"} == set(found[0])


def test_lint_of_the_built_in_rulebooks_finds_nothing() -> None:
    found = run("lint", "california", "--no-proofs")
    assert (found.exit_code, "nothing to mend" in found.output) == (0, True)


def test_compare_says_the_theorem_the_classes_and_examples(folder: Path) -> None:
    found = run("compare", "synthetic", "stricter", "--rulebooks", folder)
    assert found.exit_code == 0
    assert "stricter is stricter than synthetic: it permits nothing that synthetic denies." in found.output
    assert (
        "Now denied, before permitted: About f.directory (Code f.directory), when the recipient is public"
        in found.output
    )
    assert "Example: " in found.output
    assert "on March 6, 2025: " in found.output


def test_compare_by_day_and_for_a_machine(folder: Path) -> None:
    before_the_floor = run("compare", "synthetic@2020-12-30", "synthetic@2020-12-31", "--rulebooks", folder, "--json")
    found = json.loads(before_the_floor.output)
    assert found["theorem"] == "stricter"
    assert found["changed"] == ["s.floor"]
    assert {one["because"] for one in found["classes"]} == {"s.floor"}
    same = run("compare", "synthetic", "synthetic", "--on", "2024-01-01", "--rulebooks", folder)
    assert "In every possible case" in same.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("compare", "synthetic", "nowhere"), "nowhere.toml"),
        (("compare", "synthetic@soon", "synthetic"), "this is no day"),
        (("compare", "synthetic", "synthetic", "--on", "soon"), "this is no day"),
        (("lint", "nowhere"), "nowhere.toml"),
        (("trials", "us/nowhere", "--out", "nowhere"), "no rulebook has us/nowhere"),
    ],
)
def test_bad_input_is_one_sentence(arguments: tuple[str, ...], told: str, folder: Path) -> None:
    found = run(*arguments, "--rulebooks", folder)
    assert found.exit_code == 2
    assert told in found.stderr
    assert not Path("nowhere").exists()


def test_trials_are_written_by_pack_and_stay(folder: Path, tmp_path: Path) -> None:
    to = tmp_path / "trials"
    found = run("trials", "us/ma/town", "--out", to, "--rulebooks", folder)
    assert found.exit_code == 0
    written = (to / "us-ma-town.jsonl").read_text(encoding="utf-8")
    assert {trial.provision for trial in read_trials(written, "here")} == {"l.door", "l.notice", "l.log"}
    run("trials", "us/ma/town", "--out", to, "--rulebooks", folder)
    assert (to / "us-ma-town.jsonl").read_text(encoding="utf-8") == written
