"""Splits a narrative into sentences and says, where tokens tell it, whom each is about."""

import re
from collections.abc import Sequence

from schoolgate.engines.redact.model import Paragraph, Sentence

TOKEN = re.compile(r"@([PSO][0-9]+)(?![0-9A-Za-z])")

# A full stop after these ends no sentence (en, es, pt, ht titles and the like).
_SHORT = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "mx",
        "dr",
        "sr",
        "sra",
        "srta",
        "st",
        "jr",
        "ofc",
        "sgt",
        "lt",
        "det",
        "prof",
        "rev",
        "no",
        "vs",
        "etc",
        "approx",
        "ave",
        "rd",
        "apt",
        "dra",
        "dna",
        "d",
        "dona",
        "msye",
    ]
)
_BREAK = re.compile(r"(?<=[.!?\u2026])[\"'\u201d\u2019)\]]*\s+(?=[\"'\u201c\u00bf\u00a1(\[@]*[\w@])|\n+")


def split(text: str) -> tuple[str, ...]:
    """The sentences of one paragraph, in order, without the space between them."""
    sentences: list[str] = []
    start = 0
    for found in _BREAK.finditer(text):
        before = text[start : found.start()].rsplit(None, 1)
        word = before[-1].rstrip(".").lower() if before else ""
        if "\n" not in found.group() and (word in _SHORT or (len(word) == 1 and word.isalpha())):
            continue
        sentences.append(text[start : found.end()].strip())
        start = found.end()
    sentences.append(text[start:].strip())
    return tuple(s for s in sentences if s)


def students_in(text: str) -> frozenset[str]:
    """The student tokens written in a text."""
    return frozenset(t for t in TOKEN.findall(text) if t.startswith("P"))


def paragraphs(narrative: str, subjects: Sequence[frozenset[str] | None] = ()) -> tuple[Paragraph, ...]:
    """A narrative cut into paragraphs (at empty lines) and sentences.

    A sentence is attributed to the students whose tokens stand in it. One without tokens stays open
    (None) until a person says whose it is: "He started it." is about someone.

    Args:
        narrative: free text with participant tokens.
        subjects: what a person said, sentence by sentence; None or a missing entry leaves the proposal.
    """
    done: list[Paragraph] = []
    at = 0
    for block in re.split(r"\n\s*\n", narrative):
        sentences = []
        for text in split(block):
            told = subjects[at] if at < len(subjects) else None
            sentences.append(Sentence(text, told if told is not None else students_in(text) or None))
            at += 1
        if sentences:
            done.append(Paragraph(tuple(sentences)))
    return tuple(done)
