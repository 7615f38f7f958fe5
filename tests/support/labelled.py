"""Labelled texts in `tests/data`: passages (JSON lines) and sentences (marks in brackets), read alike."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from schoolgate.engines import redact

DATA = Path(__file__).resolve().parents[1] / "data"
# Those who write the finder have not read the test authors.
TEST_AUTHORS = ("calloway", "dupree", "hollis", "ibarra")
# Nothing has learnt from these: to choose among ways by (docs/finder.md).
CHOICE_AUTHORS = ("dragomir", "eastman", "fontaine", "gagneron")
# The lexicons were written by people who had seen these.
SEEN_BY_LEXICONS = ("aldana", "brannock", "emery", "farrow", "guidry")
TRAINING_AUTHORS = tuple(
    sorted(
        one.stem
        for one in (*(DATA / "passages").glob("*.jsonl"), *(DATA / "sentences").glob("*.txt"))
        if one.stem not in {*TEST_AUTHORS, *CHOICE_AUTHORS}
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


def passage(row: dict, author: str) -> Labelled:
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


def _sentences(author: str) -> Iterator[Labelled]:
    lines = (DATA / "sentences" / f"{author}.txt").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(filter(None, lines), start=1):
        language, _, written = line.split("\t", 2)
        text, spans, at = "", [], 0
        written = written.replace("\\n", "\n")
        for mark in _MARKED.finditer(written):
            text += written[at : mark.start()]
            if mark.group(1) != "allowed":
                spans.append((len(text), len(text) + len(mark.group(3)), mark.group(1)))
            text += mark.group(3)
            at = mark.end()
        yield Labelled(f"{author}-{number:04}", author, language, text + written[at:], tuple(spans))
