"""Labelled texts in `tests/data`: passages (JSON lines) and sentences (marks in brackets), read alike."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schoolgate.engines import redact

DATA = Path(__file__).resolve().parents[1] / "data"
# Those who write the finder have not read the test authors.
TEST_AUTHORS = ("calloway", "dupree", "hollis", "ibarra")
# The same, in sentences; scored after each of the last versions, and nothing was chosen by it.
FRESH_AUTHORS = ("pemberton",)
# Nothing has learnt from these: to choose among ways by (docs/finder.md).
CHOICE_AUTHORS = ("dragomir", "eastman", "fontaine", "gagneron", "quispe")
# The lexicons were written by people who had seen these.
SEEN_BY_LEXICONS = ("aldana", "brannock", "emery", "farrow", "guidry")
TRAINING_AUTHORS = tuple(
    sorted(
        one.stem
        for one in (*(DATA / "passages").glob("*.jsonl"), *(DATA / "sentences").glob("*.txt"))
        if one.stem not in {*TEST_AUTHORS, *FRESH_AUTHORS, *CHOICE_AUTHORS}
    )
)

_MARKED = re.compile(r"\[([a-z_]+)(?:/(direct|oblique|proxy))?:([^\]]*)\]")


@dataclass(frozen=True)
class Labelled:
    """A text with its labelled spans (start, end, category), and the people its record knows."""

    name: str
    author: str
    language: str
    text: str
    spans: tuple[tuple[int, int, str], ...]
    participants: tuple[redact.Participant, ...] = ()


def labelled(author: str) -> Iterator[Labelled]:
    """The texts of an author."""
    passages = DATA / "passages" / f"{author}.jsonl"
    if passages.exists():
        yield from (passage(json.loads(line), author) for line in passages.read_text(encoding="utf-8").splitlines())
    else:
        yield from _sentences(author)


def passage(row: dict[str, Any], author: str) -> Labelled:
    """A passage as its JSON says it."""
    return Labelled(
        row["id"],
        author,
        row["lang"],
        row["text"],
        tuple((one["start"], one["end"], one["category"]) for one in row["spans"]),
        tuple(
            redact.Participant(
                token=one["token"],
                names=tuple(one.get("names", ())),
                student_number=one.get("student_number"),
                birth_date=one.get("birth_date") or one.get("dob"),
            )
            for one in row.get("known", ())
        ),
    )


def cases(author: str) -> list[dict[str, Any]]:
    """The texts of an author as the passages' scorer reads them."""
    passages = DATA / "passages" / f"{author}.jsonl"
    if passages.exists():
        return [json.loads(line) for line in passages.read_text(encoding="utf-8").splitlines()]
    return list(_rows(author))


def _sentences(author: str) -> Iterator[Labelled]:
    return (passage(row, author) for row in _rows(author))


def _rows(author: str) -> Iterator[dict[str, Any]]:
    lines = (DATA / "sentences" / f"{author}.txt").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(filter(None, lines), start=1):
        language, register, written = line.split("\t", 2)
        text, at = "", 0
        spans: dict[str, list[dict[str, Any]]] = {"spans": [], "allowed": []}
        written = written.replace("\\n", "\n")
        for mark in _MARKED.finditer(written):
            text += written[at : mark.start()]
            words = mark.group(3)
            span = {"start": len(text), "end": len(text) + len(words), "text": words, "category": mark.group(1)}
            spans["allowed" if mark.group(1) == "allowed" else "spans"].append(
                span | {"directness": mark.group(2) or "direct", "difficulty": "unsaid", "token": None}
            )
            text += words
            at = mark.end()
        harmless = not any(span["category"] in redact.ATTRIBUTES for span in spans["spans"])
        yield {
            "id": f"{author}-{number:04}",
            "lang": language,
            "register": register,
            "tags": ["hard_negative"] if harmless else [],
            "known": [],
            "text": text + written[at:],
        } | spans
