"""`schoolgate law replay`, as a person runs it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from schoolgate.cli.main import make_app
from schoolgate.engines.law import decide, load_rulebook, parse_case
from support.law import case_data
from support.law_files import PROVISIONS, RULEBOOK, write_files

ORDER = {"instrument": "court_order", "issuer": "court", "signed": True, "topics": ["weapon"], "threat": False}
NO_FLOOR = RULEBOOK.replace('id = "synthetic"', 'id = "later"').replace('title = "A', 'title = "Later: a')


@pytest.fixture
def books(tmp_path: Path) -> Path:
    """The small rulebook, and one in which the town opens no door."""
    changes = {
        "later.toml": NO_FLOOR.replace('"us/ma/town"', '"us/ma/other"'),
        "us/ma/other/notice.md": PROVISIONS["us/ma/town/notice.md"],
    }
    return write_files(tmp_path / "books", dict(changes))


@pytest.fixture
def cases(books: Path, tmp_path: Path) -> Path:
    """Four cases: what the town decides, something unknown, nobody the town decides about, nothing at all."""
    rulebook = load_rulebook(books, "synthetic")
    folder = tmp_path / "cases"
    folder.mkdir()
    for number, changed in enumerate(
        [
            {"facts": ORDER | {"germane_elements": []}},
            {"facts": {name: value for name, value in ORDER.items() if name != "signed"}},
            {"recipient": {"kind": "parent"}, "facts": {"sealed_elements": []}},
            {"facts": {"instrument": "none", "topics": []}},
        ]
    ):
        data = case_data(rulebook, id=f"C{number}", elements=["student_name", "religion"], **changed)
        (folder / f"{number}.json").write_text(json.dumps(data), encoding="utf-8")
    return folder


def run(*arguments: object, code: int = 0) -> str:
    done = CliRunner().invoke(make_app(), ["law", "replay", *map(str, arguments)], env={"COLUMNS": "160"})
    assert done.exit_code == code, done.output + done.stderr
    return done.output if code == 0 else done.stderr


def test_it_says_what_would_change(books: Path, cases: Path) -> None:
    told = run(cases, "synthetic", "later", "--rulebooks", books)
    assert "2 of 4 cases would be decided otherwise under Later: a rulebook with every construct." in told
    assert "a part may leave" in told
    assert "nothing may leave" in told
    assert "C0" in told
    assert "C2" not in told


def test_a_machine_gets_what_decide_says(books: Path, cases: Path) -> None:
    found = json.loads(run(cases, "synthetic", "later", "--rulebooks", books, "--json"))
    assert found["format"] == "schoolgate-replay/1"
    assert found["total"] == 4
    wanted = []
    for path in sorted(cases.glob("*.json")):
        data = json.loads(path.read_text(encoding="utf-8"))
        before, after = (
            decide(book, parse_case({**data, "rulebook": book.id}, book))
            for book in (load_rulebook(books, name) for name in ("synthetic", "later"))
        )
        pairs = {
            one.element: [one.outcome, two.outcome]
            for one, two in zip(before.elements, after.elements, strict=True)
            if one.outcome != two.outcome
        }
        if pairs:
            wanted.append({"case": data["id"], "from": before.outcome, "to": after.outcome, "elements": pairs})
    assert sorted(found["changed"], key=lambda one: one["case"]) == wanted
    assert sum(found["old"]["outcomes"].values()) == 4


def test_the_same_rulebook_changes_nothing(books: Path, cases: Path) -> None:
    told = run(cases, "synthetic", "synthetic", "--rulebooks", books)
    assert told.startswith("0 of 4 cases")
    assert "What becomes" not in told


def test_a_stored_history_and_a_file_of_lines_are_replayed_alike(books: Path, cases: Path, tmp_path: Path) -> None:
    kept, lines = tmp_path / "kept", tmp_path / "cases.jsonl"
    lines.write_text("\n".join(path.read_text(encoding="utf-8") for path in sorted(cases.glob("*.json"))) + "\n\n")
    answers = {
        run(cases, "synthetic", "later", "--rulebooks", books, "--json", "--store", kept),
        run(kept, "synthetic", "later", "--rulebooks", books, "--json"),
        run(lines, "synthetic", "later", "--rulebooks", books, "--json"),
    }
    assert len(answers) == 1


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "cases.jsonl:2: is not JSON"),
        ('{"format": "other"}', "cases.jsonl:2, format: this format is unknown"),
        ("[]", "cases.jsonl:2, case: an object is expected"),
    ],
)
def test_a_bad_line_is_named(books: Path, cases: Path, tmp_path: Path, line: str, message: str) -> None:
    lines = tmp_path / "cases.jsonl"
    lines.write_text((cases / "0.json").read_text(encoding="utf-8") + "\n" + line)
    assert message in run(lines, "synthetic", "later", "--rulebooks", books, code=2)


def test_a_file_that_is_not_there(books: Path, tmp_path: Path) -> None:
    assert "no such file" in run(tmp_path / "none", "synthetic", "later", "--rulebooks", books, code=2)
