"""What changed since a copy left, in words for the office."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from schoolgate.apps.agencies.reader_words import EVIDENCE_WORDS, counted
from schoolgate.apps.agencies.readers import is_watched, kind_words
from schoolgate.engines import reach
from schoolgate.web.dates import day_text

from .reaching import Reader, same

LEFT_COLUMNS: Final = ("Who", "Kind", "Steps", "Since", "By which path", "Weakest evidence")


@dataclass(frozen=True, slots=True)
class Changed:
    """One thing that changed since a copy left."""

    sentence: str
    watched: bool


def changes_since(then: Iterable[Reader], today: Iterable[Reader], left: date) -> list[Changed]:
    """Who could reach a copy now and could not on the day it left, who no more, and to whom it became nearer.

    Reach that was lost was lost on paper: what moved on before the agreement was corrected has moved.
    """
    then, today = tuple(then), tuple(today)
    found = []
    for one in today:
        old = same(then, one)
        said = _gained(one, left) if old is None else _nearer(old, one)
        if said:
            found.append(Changed(said, is_watched(one.kind)))
    found += [
        Changed(
            f"{old.agency} could reach it as the network was known on the day it left, and can no more as it is known "
            "now.",
            is_watched(old.kind),
        )
        for old in then
        if not any(same((old,), one) for one in today)
    ]
    return sorted(found, key=lambda one: not one.watched)


def _gained(one: Reader, left: date) -> str:
    when = f", from {day_text(date.fromisoformat(one.day))} on" if one.day > left.isoformat() else ""
    return (
        f"{one.agency} could not reach it as the network was known on the day it left. Now it could, in "
        f"{counted(one.shortest, 'step', 'steps')}{when} ({EVIDENCE_WORDS[one.weakest]})."
    )


def _nearer(old: Reader, one: Reader) -> str:
    if _rank(one.weakest) != _rank(old.weakest):
        word = "better" if _rank(one.weakest) < _rank(old.weakest) else "less well"
        return (
            f"The way to {one.agency} is known {word}: {EVIDENCE_WORDS[one.weakest]}; on the day the copy left it was "
            f"{EVIDENCE_WORDS[old.weakest]}."
        )
    if old.shortest and one.shortest != old.shortest:
        steps = counted(one.shortest, "step", "steps")
        return f"{one.agency} could reach it in {steps}; on the day it left it took {old.shortest}."
    if old.day and one.day != old.day:
        now, before = (day_text(date.fromisoformat(day)) for day in (one.day, old.day))
        return f"{one.agency} could have it from {now} on; on the day it left that was {before}."
    if old.day and one.strict != old.strict:
        word = "allow" if one.strict else "no longer clearly allow"
        return f"Terms that somebody has read now {word} the way to {one.agency}."
    return ""


def _rank(status: str) -> int:
    return [str(word) for word in reach.STATUSES].index(status)


def left_rows(then: Iterable[Reader]) -> list[tuple[str, ...]]:
    """Who could reach a copy on the day it left, as rows of a table."""
    return [
        (
            one.agency,
            kind_words(one.kind),
            str(one.steps),
            _since(one.since),
            " > ".join(one.path),
            EVIDENCE_WORDS[one.weakest],
        )
        for one in then
    ]


def _since(text: str) -> str:
    day = date.fromisoformat(text) if text else None
    return f"{day.day} {day:%b %Y}" if day else "First day not known"
