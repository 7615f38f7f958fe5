"""docs/write-a-rulebook.md is true: its example is loaded and decided, its mistakes are made, its commands exist."""

import datetime as dt
import json
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from schoolgate.cli.main import make_app
from schoolgate.engines.law import LawError, Rulebook, amend, decide, load_rulebook, parse_case
from schoolgate.engines.law.proving.claims import load_claims
from schoolgate.engines.law.proving.lint import lint
from schoolgate.engines.law.proving.prove import prove
from schoolgate.engines.law.text.provision import KEYS

REPOSITORY = Path(__file__).resolve().parents[2]
TODAY = dt.date(2026, 11, 28)
RULEBOOKS = REPOSITORY / "src" / "schoolgate" / "rulebooks"
PAGE = (REPOSITORY / "docs" / "write-a-rulebook.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"^`([^`\n]+)`\n\n````\w+\n(.*?)^````$", PAGE, re.MULTILINE | re.DOTALL))
CASES = {name: json.loads(text) for name, text in FILES.items() if name.startswith("cases/")}
MISTAKES = re.findall(r"^\| `([\w.-]+)` \| `([^|]+?)` \| `([^|]+)` \| ([^`|]+) \|$", PAGE, re.MULTILINE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the rulebooks with the files of the page."""
    for name in ("facts.toml", "elements.toml", "us/federal"):
        source = RULEBOOKS / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, _ready(tmp_path / name))
    for name, text in FILES.items():
        _ready(tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def _ready(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


@pytest.fixture
def franklin(folder: Path) -> Rulebook:
    return load_rulebook(folder, "franklin")


def test_the_example_is_whole() -> None:
    assert [name for name in FILES if not name.startswith("cases/")] == [
        "us/franklin/12-1-general.md",
        "us/franklin/12-2-consent.md",
        "us/franklin/12-2-order.md",
        "us/franklin/12-3-notice.md",
        "us/franklin/12-4-religion-and-birth.md",
        "franklin.toml",
        "claims/franklin.religion.md",
    ]
    assert len(CASES) == 4
    assert len(MISTAKES) == 20


def test_the_example_loads_and_lint_has_nothing_to_say(franklin: Rulebook) -> None:
    own = {name for name in franklin.provisions if name.startswith("us.franklin.")}
    assert len(own) == 5
    found = [one for one in lint(franklin, today=TODAY, proofs=False) if one.provision in own]
    assert found == []


@pytest.mark.parametrize("name", CASES)
def test_a_case_of_the_page_is_decided_as_the_page_expects(name: str, franklin: Rulebook) -> None:
    data = dict(CASES[name])
    expected: dict[str, Any] = data.pop("expected")
    decision = decide(franklin, parse_case(data, franklin))
    assert decision.outcome == expected["decision"]
    assert list(decision.withheld) == expected["withhold"]
    assert set(expected["obligations"]) <= {duty.name for duty in decision.obligations}
    assert decision.defects == ()


def test_the_question_that_is_asked_is_the_signature(franklin: Rulebook) -> None:
    data = {key: value for key, value in CASES["cases/who-signed.json"].items() if key != "expected"}
    assert [question.id for question in decide(franklin, parse_case(data, franklin)).questions] == ["judge_signature"]


@pytest.mark.parametrize(("file", "right", "wrong", "said"), MISTAKES)
def test_a_mistake_says_what_the_page_says(folder: Path, file: str, right: str, wrong: str, said: str) -> None:
    path = folder / file if file.endswith(".toml") else folder / "us" / "franklin" / file
    text = path.read_text(encoding="utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong.replace("` and `", "\n")), encoding="utf-8")
    with pytest.raises(LawError) as caught:
        load_rulebook(folder, "franklin")
    assert said in str(caught.value)
    assert path.name in caught.value.where


def test_every_field_is_explained_and_every_field_explained_exists() -> None:
    section = PAGE.split("## The front matter, field by field")[1].split("### Evidence")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == KEYS


def commands() -> list[list[str]]:
    blocks = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("schoolgate ")]
    return [shlex.split(line) for line in [*lines, *re.findall(r"`(schoolgate [^`]+)`", PAGE)]]


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_of_the_page_exists(words: list[str]) -> None:
    command: Any = typer.main.get_command(make_app())
    for word in words[1:]:
        if not hasattr(command, "commands"):
            break
        assert word in command.commands, word
        command = command.commands[word]
    options = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= options


def test_the_claim_of_the_page_holds_and_fails_without_its_provision(folder: Path, franklin: Rulebook) -> None:
    (claim,) = load_claims(folder / "claims", franklin.vocabulary)
    assert claim.concerns(franklin)
    assert prove(franklin, claim).status == "proved"
    broken = amend(franklin, without=["us.franklin.12-4-religion-and-birth"])
    proof = prove(broken, claim)
    assert proof.status == "refuted"
    assert proof.counterexample is not None
    case = proof.counterexample.case
    assert decide(broken, parse_case(case, broken)).element("religion").outcome == "permit"
    assert decide(franklin, parse_case(case, franklin)).element("religion").outcome == "deny"


def test_lint_proves_that_every_provision_of_the_example_can_matter(franklin: Rulebook) -> None:
    dead = {one.provision: one.rule for one in lint(franklin, today=TODAY) if one.rule.startswith("dead")}
    assert not {name for name in dead if name.startswith("us.franklin.")}
    assert dead["us.federal.99-31-a-6"] == "dead-overridden"  # the page says: studies, for instance


def test_the_commands_of_the_example_run(folder: Path) -> None:
    for name, case in CASES.items():
        plain = {key: value for key, value in case.items() if key != "expected"}
        (folder / name).write_text(json.dumps(plain), encoding="utf-8")
    runner = CliRunner()
    decided = runner.invoke(make_app(), ["decide", str(folder / "cases/judge-2026.json"), "--rulebooks", str(folder)])
    assert decided.exit_code == 0, decided.output
    assert "Franklin Ed. Act 12(4)" in decided.output
    proved = runner.invoke(make_app(), ["prove", "--rulebook", "franklin", "--rulebooks", str(folder)])
    assert proved.exit_code == 0, proved.output
    pair = ["franklin@2025-12-31", "franklin@2026-01-01"]
    compared = runner.invoke(make_app(), ["law", "compare", *pair, "--rulebooks", str(folder), "--json"])
    assert compared.exit_code == 0, compared.output
    found = json.loads(compared.output)
    assert found["theorem"] == "stricter"
    assert {one["because"] for one in found["classes"]} == {"us.franklin.12-4-religion-and-birth"}


def test_every_provision_the_page_points_to_is_there() -> None:
    for target in re.findall(r"`(us/(?!franklin)[\w./-]+)`", PAGE):
        if "my-district" not in target:
            assert (RULEBOOKS / target).exists(), target
    for target in re.findall(r"\]\(([\w./-]+\.md)\)", PAGE):
        assert (REPOSITORY / "docs" / target).exists(), target
    anchors = set(re.findall(r"\]\(#([\w-]+)\)", PAGE))
    titles = re.findall(r"^#+ (.+)$", re.sub(r"````.*?````", "", PAGE, flags=re.DOTALL), re.MULTILINE)
    assert anchors <= {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
