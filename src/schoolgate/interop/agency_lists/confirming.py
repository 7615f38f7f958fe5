"""Proposals as a file that a person fills in, and what was confirmed."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from schoolgate.interop.agency_lists.proposing import Proposal
from schoolgate.interop.networks.problems import Findings, shown
from schoolgate.interop.networks.tables import read_rows, write_rows

_COLUMNS: Final = ("left", "left_name", "right", "right_name", "right_place", "score", "certain", "reasons", "same")
_YES: Final = frozenset({"yes", "y"})
_NO: Final = frozenset({"no", "n"})


@dataclass(frozen=True, slots=True)
class Confirmed:
    """That two listings are the same agency.

    Attributes:
        left: Key on the first list; the identity that stays.
        right: Key on the second list.
    """

    left: str
    right: str


def write_proposals(path: Path, proposals: Iterable[Proposal], *, accept_certain: bool = False) -> int:
    """Write proposals as CSV with an empty column `same`, to be filled in with yes or no.

    Answers that a person wrote into a file that is there already are carried over; a pair that was answered and is
    proposed no more stays at the end.

    Args:
        path: The file; replaced when it is there.
        proposals: As `propose` gives them.
        accept_certain: Whether those that are certain are filled in with yes; a person may still change it.

    Returns:
        How many answers were carried over.

    Raises:
        FileProblems: When there is a file already that holds no proposals, or answers that contradict each other.
        OSError: When it cannot be written.
    """
    earlier = _answered(path) if path.exists() else {}
    rows = []
    left = dict(earlier)
    for one in proposals:
        row = _row(one, accept_certain=accept_certain)
        if (kept := left.pop(Confirmed(one.left.key, one.right.key), None)) is not None:
            row[-1] = kept[-1]
        rows.append(row)
    write_rows(path, _COLUMNS, [*rows, *left.values()])
    return len(earlier)


def read_confirmed(path: Path) -> tuple[Confirmed, ...]:
    """Read what a person filled in: the rows with yes. An empty `same` is no answer, and confirms nothing.

    Raises:
        FileProblems: When an answer is neither yes nor no, or two rows of the same pair say both; nothing is taken.
    """
    return tuple(pair for pair, row in _answered(path).items() if row[-1].strip().lower() in _YES)


def _answered(path: Path) -> dict[Confirmed, list[str]]:
    """The rows with an answer, by their pair; the first of each."""
    findings = Findings()
    answers: dict[Confirmed, tuple[bool, int]] = {}
    rows: dict[Confirmed, list[str]] = {}
    for row in read_rows(path, ("left", "right", "same"), findings, optional=_COLUMNS):
        pair = Confirmed(row.cells["left"].strip(), row.cells["right"].strip())
        for side, key in (("left", pair.left), ("right", pair.right)):
            if not key:
                findings.add(path.name, row.line, side, "is empty", "Leave this column as it was written")
        answer = row.cells["same"].strip().lower()
        if answer not in {"", *_YES, *_NO}:
            findings.add(path.name, row.line, "same", f"{shown(row.cells['same'])} is no answer", "Write yes or no")
        elif answer:
            same, line = answers.setdefault(pair, (answer in _YES, row.line))
            if same != (answer in _YES):
                findings.add(path.name, row.line, "same", f"line {line} says otherwise", "Decide for one answer")
            rows.setdefault(pair, [row.cells.get(column, "") for column in _COLUMNS])
    findings.raise_if_any()
    return rows


def confirmed(proposals: Iterable[Proposal]) -> tuple[Confirmed, ...]:
    """Take the certain proposals as a class: who calls this answers for it."""
    return tuple(Confirmed(one.left.key, one.right.key) for one in proposals if one.certain)


def _row(one: Proposal, *, accept_certain: bool) -> list[str]:
    where = ", ".join(filter(None, (one.right.county, one.right.state)))
    return [
        one.left.key,
        one.left.name,
        one.right.key,
        one.right.name,
        where,
        f"{one.score:.2f}",
        "yes" if one.certain else "no",
        "; ".join(one.reasons),
        "yes" if one.certain and accept_certain else "",
    ]
