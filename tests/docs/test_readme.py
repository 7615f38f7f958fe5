"""README speaks of what there is."""

import re
from pathlib import Path

import typer

from schoolgate.cli.main import make_app

REPOSITORY = Path(__file__).resolve().parents[2]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")


def test_every_verb_has_its_row_and_every_row_its_verb():
    rows = re.findall(r"^\| `([a-z-]+)[^|]*\|", README, re.MULTILINE)
    assert set(rows) == set(typer.main.get_command(make_app()).commands)


def test_every_link_leads_somewhere():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (REPOSITORY / target).exists(), target


def test_every_benchmark_row_is_one_that_make_bench_prints():
    labels = re.findall(r"^\| ([^|`]+) \| [\d,.]+ \| [a-z ]+(?:/s)? \|$", README, re.MULTILINE)
    programs = "".join(path.read_text(encoding="utf-8") for path in (REPOSITORY / "benchmarks").glob("*.py"))
    assert labels, "README shows the table that `make bench` prints"
    for label in labels:
        # Figures inside a label are filled in by the program: what stands before them is there as it is.
        assert re.split(r"[\d(]", label)[0].strip() in programs, label


def test_the_two_commands_are_those_of_the_makefile():
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    for command in ("demo", "test", "bench"):
        assert f"make {command}" in README
        assert re.search(rf"^{command}:", makefile, re.MULTILINE)
