"""The finder, scored on labelled passages by the scorer that came with them."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from schoolgate.engines import redact

PASSAGES = Path(__file__).resolve().parents[3] / ".." / "shared" / "data" / "passages"


@pytest.fixture(scope="module")
def passages() -> list[dict]:
    return [json.loads(line) for line in (PASSAGES / "examples.jsonl").read_text(encoding="utf-8").splitlines()]


def found(passage: dict) -> tuple[redact.Span, ...]:
    people = tuple(
        redact.Participant(
            token=one["token"],
            names=tuple(one.get("names", ())),
            student_number=one.get("student_number"),
            birth_date=one.get("birth_date") or one.get("dob"),
        )
        for one in passage.get("known", ())
    )
    return redact.find(passage["text"], people)


def test_it_beats_the_baseline_clearly(passages, tmp_path):
    lines = [
        json.dumps(
            {
                "id": passage["id"],
                "spans": [
                    {"start": span.start, "end": span.end, "category": span.category}
                    | ({"token": span.token} if span.token else {})
                    for span in found(passage)
                ],
            }
        )
        for passage in passages
    ]
    guesses = tmp_path / "guesses.jsonl"
    guesses.write_text("\n".join(lines), encoding="utf-8")
    said = subprocess.run(
        [sys.executable, str(PASSAGES / "score.py"), str(guesses), "--cases", str(PASSAGES / "examples.jsonl")],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    recall, precision = overall(said)
    # Presidio with the small English model: recall 45, precision 70.
    assert recall > 90, said
    assert precision > 90, said


def overall(said: str) -> tuple[float, float]:
    """Recall and precision in percent, from the scorer's row over everything."""
    row = re.search(r"^\s*all\s+\d+\s+\d+\s+([0-9.]+) \([^)]*\)\s+([0-9.]+)", said, re.MULTILINE)
    assert row, said
    return float(row[1]), float(row[2])


def test_spans_lie_in_the_text_and_name_known_categories(passages):
    for passage in passages:
        for span in found(passage):
            assert 0 <= span.start < span.end <= len(passage["text"])
            assert span.category in redact.CATEGORIES
            assert span.reason
            if span.category in redact.IDENTIFIERS:
                assert passage["text"][span.start : span.end] not in span.reason


@pytest.mark.parametrize("category", redact.CATEGORIES)
def test_every_category_maps_to_an_element(category):
    assert redact.ELEMENT_OF_CATEGORY[category]


def test_a_category_without_a_row_is_withheld():
    assert not redact.may_leave("something_new", {"student_name": True})
