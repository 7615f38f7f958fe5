"""The finder, scored by the scorer that came with the labelled passages, on passages that it has not learnt from.

docs/finder-figures.md has the figures on all of them, by category and language; here is a share, so that a change that
makes the finder worse is seen at once.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from schoolgate.engines import redact
from support.labelled import DATA, TEST_AUTHORS, passage

SHARED = Path(__file__).resolve().parents[3] / ".." / "shared" / "data" / "passages"


def rows(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def scored(cases: list[dict], folder: Path) -> dict:
    guesses, chosen, told = (folder / name for name in ("guesses.jsonl", "cases.jsonl", "told.json"))
    chosen.write_text("\n".join(json.dumps(case) for case in cases), encoding="utf-8")
    with guesses.open("w", encoding="utf-8") as out:
        for one in (passage(case, "") for case in cases):
            spans = [
                {"start": span.start, "end": span.end, "category": span.category}
                | ({"token": span.token} if span.token else {})
                for span in redact.find(one.text, one.participants)
            ]
            out.write(json.dumps({"id": one.name, "spans": spans}) + "\n")
    subprocess.run(
        [sys.executable, str(SHARED / "score.py"), str(guesses), "--cases", str(chosen), "--json", str(told)],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    return json.loads(told.read_text(encoding="utf-8"))


def test_the_examples_are_found_far_better_than_by_presidio(tmp_path):
    told = scored(rows(SHARED / "examples.jsonl"), tmp_path)
    # Presidio with the small English model on like passages: recall 45, precision 70; attributes 12, 32.
    assert told["all"]["recall"] > 0.89
    assert told["all"]["precision"] > 0.84
    assert told["attributes"]["recall"] > 0.75
    assert told["right_token"]["right"] > 0.99


def test_passages_of_authors_whom_nobody_has_read_are_found(tmp_path):
    told = scored(
        [case for author in TEST_AUTHORS for case in rows(DATA / "passages" / f"{author}.jsonl")[::12]], tmp_path
    )
    assert told["category"]["person_known"]["blind_recall"] > 0.98
    assert told["identifiers"]["recall"] > 0.94
    assert told["attributes"]["recall"] > 0.68
    assert told["all"]["precision"] > 0.79


@pytest.mark.parametrize("find", [redact.find, redact.find_quickly], ids=["careful", "quick"])
def test_a_reason_never_quotes_the_text(find):
    for case in rows(SHARED / "examples.jsonl")[::3]:
        one = passage(case, "")
        for span in find(one.text, one.participants):
            assert span.category in redact.CATEGORIES
            assert span.reason
            if span.category in redact.IDENTIFIERS:
                assert one.text[span.start : span.end] not in span.reason
