"""Counting entries by rules, and the file in which a quarter's figures are published.

The district counts with this what it publishes, and the auditor, from the opened log, what it should have published.
"""

import datetime as dt
import hashlib
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final, Self

from schoolgate.engines.tlog.commitment import Json, canonical, read_canonical
from schoolgate.engines.tlog.counting_rules import SUBJECT, Figure, Quarter, Rules
from schoolgate.engines.tlog.errors import AuditError, CommitmentError
from schoolgate.engines.tlog.pseudonyms import key_mark, uncovered

FORMAT: Final = "schoolgate figures v1"
MAX_FIGURES_BYTES: Final = 1_000_000
_FIELDS: Final = {"format", "log", "period", "starts", "last", "counted", "rules", "threshold", "figures"}
_TABLES: Final = """
CREATE TABLE entry (id INTEGER PRIMARY KEY, figure TEXT, line TEXT, at INTEGER, subject TEXT);
CREATE INDEX entry_at ON entry (figure, at);
CREATE TABLE student (entry INTEGER, pseudonym BLOB, PRIMARY KEY (entry, pseudonym)) WITHOUT ROWID;
CREATE TABLE once (figure TEXT, what TEXT, PRIMARY KEY (figure, what)) WITHOUT ROWID;
CREATE TABLE secret (subject TEXT PRIMARY KEY, at INTEGER) WITHOUT ROWID;
"""
_COUNT: Final = """
SELECT {line}, COUNT(DISTINCT entry.id), COUNT(DISTINCT pseudonym) FROM entry
LEFT JOIN student ON student.entry = entry.id
WHERE figure = ? AND at >= ? AND at < ?
AND NOT EXISTS (SELECT 1 FROM secret WHERE secret.subject = entry.subject AND secret.at < ?) GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class PublishedFigure:
    """One figure as the public sees it: a cell a row, and the total; None for what is not shown."""

    id: str
    title: str
    distinct: bool
    cells: Mapping[str, int | None]
    total: int | None


@dataclass(frozen=True, slots=True)
class Figures:
    """A quarter's figures, published once.

    Args:
        log: The log that they were counted from.
        quarter: What was counted.
        counted: POSIX second at which it was.
        rules: Digest of the rules, in hex.
        threshold: Smaller numbers are not shown.
        figures: The figures.
    """

    log: str
    quarter: Quarter
    counted: int
    rules: str
    threshold: int
    figures: tuple[PublishedFigure, ...]

    @property
    def data(self) -> bytes:
        """The file: canonical JSON, so that one digest is that of one table."""
        return canonical(
            {
                "format": FORMAT,
                "log": self.log,
                "period": self.quarter.name,
                "starts": self.quarter.starts.isoformat(),
                "last": self.quarter.last.isoformat(),
                "counted": dt.datetime.fromtimestamp(self.counted, dt.UTC).isoformat(),
                "rules": self.rules,
                "threshold": self.threshold,
                "figures": [
                    {
                        "id": one.id,
                        "title": one.title,
                        "counts": "students" if one.distinct else "acts",
                        "cells": dict(one.cells),
                        "total": one.total,
                    }
                    for one in self.figures
                ],
            }
        )

    @property
    def digest(self) -> str:
        """SHA-256 of the file, in hex."""
        return hashlib.sha256(self.data).hexdigest()

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a file of figures.

        Raises:
            AuditError: It is not written exactly as `data` writes it.
        """
        if len(data) > MAX_FIGURES_BYTES:
            raise AuditError(f"a file of figures of more than {MAX_FIGURES_BYTES} bytes is not read")
        try:
            raw = read_canonical(data)
        except CommitmentError as problem:
            raise AuditError(f"the file of figures was changed or is none: {problem}") from problem
        if raw.keys() != _FIELDS or raw["format"] != FORMAT:
            raise AuditError(f"this is no file of figures of the format {FORMAT}")
        try:
            figures = cls(
                log=_text(raw["log"]),
                quarter=Quarter.parse(_text(raw["period"])),
                counted=seconds(_text(raw["counted"])),
                rules=_text(raw["rules"]),
                threshold=_count(raw["threshold"]),
                figures=tuple(_figure(one) for one in _list(raw["figures"])),
            )
        except (KeyError, ValueError, TypeError) as problem:
            raise AuditError(f"the file of figures is malformed: {problem}") from problem
        if figures.data != data:
            raise AuditError("the file of figures says its quarter or a figure in two ways")
        return figures

    def problems(self) -> list[str]:
        """What anybody can see to be wrong in the table itself: numbers too small, totals that do not fit."""
        found = []
        for one in self.figures:
            shown = [cell for cell in one.cells.values() if cell is not None]
            numbers = [*shown, *([] if one.total is None else [one.total])]
            if any(number < self.threshold for number in numbers):
                found.append(f"{one.title}: a number under {self.threshold} is shown")
            if one.total is None:
                continue
            if len(shown) < len(one.cells):
                found.append(f"{one.title}: a total stands beside a number that is not shown")
            elif not one.distinct and one.total != sum(shown):
                found.append(f"{one.title}: the total {one.total} is not the sum of its numbers, {sum(shown)}")
            elif one.distinct and not max(shown) <= one.total <= sum(shown):
                found.append(f"{one.title}: {one.total} in all cannot be, with {max(shown)} in one row")
        return found


class Tally(AbstractContextManager["Tally"]):
    """Counts entries. What it must remember lies in a temporary file, so memory does not grow with the log.

    Args:
        rules: What to count.
        pads: The key under which the students of an entry are told apart.
    """

    def __init__(self, rules: Rules, pads: bytes) -> None:
        self.rules = rules
        self._pads = pads
        self._mark = key_mark(pads)
        self._by_kind: dict[str, list[Figure]] = {}
        for figure in rules.figures:
            self._by_kind.setdefault(figure.kind, []).append(figure)
        # An empty name is a temporary file that is gone with the connection.
        self._memory = sqlite3.connect("", isolation_level=None)
        self._memory.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {_TABLES} BEGIN;")

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Forget everything."""
        self._memory.close()

    def add(self, record: Mapping[str, Json]) -> list[str]:
        """Count one act's record; returns what is wrong with it. Kinds that nothing counts are passed over."""
        kind = str(record.get("kind"))
        if kind not in self.rules.kinds:
            return []
        facts, subject = record.get("facts"), record.get("subject")
        if not isinstance(facts, dict) or not isinstance(subject, str):
            return [f"the {kind} has no facts or no subject"]
        try:
            at = seconds(str(record.get("at")))
        except ValueError:
            return [f"the {kind} does not say when it was"]
        found = self._secret(kind, facts, subject, at)
        for figure in self._by_kind.get(kind, ()):
            found += self._count(figure, facts, subject, at)
        return found

    def secrets(self) -> int:
        """How many subjects count nowhere since a court ordered them secret, by what was added."""
        found: int = self._memory.execute("SELECT COUNT(*) FROM secret").fetchone()[0]
        return found

    def count(self, quarter: Quarter, *, counted: int, log: str) -> Figures:
        """The figures of a quarter as the rules show them, from what was added.

        Args:
            quarter: Whose acts.
            counted: POSIX second; what a court ordered secret from then on is not known.
            log: Origin of the log.
        """
        begin, end = quarter.bounds(self.rules.zone)
        return Figures(
            log=log,
            quarter=quarter,
            counted=counted,
            rules=self.rules.digest,
            threshold=self.rules.threshold,
            figures=tuple(self._publish(one, begin, end, counted) for one in self.rules.figures),
        )

    def _secret(self, kind: str, facts: Mapping[str, Json], subject: str, at: int) -> list[str]:
        if kind not in self.rules.secret_kinds:
            return []
        said = facts.get(self.rules.secret)
        if not isinstance(said, bool):
            return [f"the {kind} does not say whether a court ordered it secret"]
        if said:
            self._memory.execute(
                "INSERT INTO secret VALUES (?, ?) ON CONFLICT DO UPDATE SET at = min(at, excluded.at)", (subject, at)
            )
        return []

    def _count(self, figure: Figure, facts: Mapping[str, Json], subject: str, at: int) -> list[str]:
        line = facts.get(self.rules.row)
        if not isinstance(line, str):
            return [f"the {figure.kind} does not say its {self.rules.row}"]
        try:
            students = self._students(figure, facts)
        except AuditError as problem:
            return [f"the {figure.kind} cannot be counted: {problem}"]
        found = []
        if figure.once:
            what = subject if figure.once == SUBJECT else facts.get(figure.once)
            if not isinstance(what, str) or not what:
                return [f"the {figure.kind} does not say its {figure.once}"]
            made = self._memory.execute("INSERT OR IGNORE INTO once VALUES (?, ?)", (figure.id, what))
            if not made.rowcount:
                found.append(f"the {figure.kind} of one {figure.once} stands in the log twice: it is counted twice")
        line = line if line in self.rules.rows else self.rules.otherwise
        entry = self._memory.execute(
            "INSERT INTO entry (figure, line, at, subject) VALUES (?, ?, ?, ?)", (figure.id, line, at, subject)
        ).lastrowid
        self._memory.executemany("INSERT INTO student VALUES (?, ?)", [(entry, one) for one in students])
        return found

    def _students(self, figure: Figure, facts: Mapping[str, Json]) -> set[bytes]:
        if not figure.students:
            return set()
        listed = facts.get("students")
        if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
            raise AuditError("it does not list its students")
        if facts.get("students_key") != self._mark:
            raise AuditError("its students are under another key than the one that was handed over")
        return {uncovered(self._pads, str(one)) for one in listed}

    def _publish(self, figure: Figure, begin: int, end: int, counted: int) -> PublishedFigure:
        cells = self._shown(figure, "line", (begin, end, counted))
        every = {row: cells.get(row) for row in self.rules.rows}
        whole = None not in every.values()
        total = self._shown(figure, "''", (begin, end, counted)).get("") if whole else None
        return PublishedFigure(figure.id, figure.title, figure.distinct, every, total)

    def _shown(self, figure: Figure, line: str, times: Sequence[int]) -> dict[str, int]:
        shown = {}
        for row, acts, students in self._memory.execute(_COUNT.format(line=line), (figure.id, *times)):
            count = students if figure.distinct else acts
            if count >= self.rules.threshold and (not figure.students or students >= self.rules.threshold):
                shown[row] = count
        return shown


def seconds(text: str) -> int:
    """The POSIX second that an entry or a file of figures says, written with its time zone.

    Raises:
        ValueError: It is written otherwise.
    """
    moment = dt.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return int(moment.timestamp())


def _figure(raw: Json) -> PublishedFigure:
    if not isinstance(raw, dict) or raw.keys() != {"id", "title", "counts", "cells", "total"}:
        raise ValueError("a figure has an id, a title, what it counts, cells and a total")
    cells = raw["cells"]
    if not isinstance(cells, dict) or not cells:
        raise ValueError("a figure has cells")
    return PublishedFigure(
        id=_text(raw["id"]),
        title=_text(raw["title"]),
        distinct=raw["counts"] == "students",
        cells={row: None if cell is None else _count(cell) for row, cell in cells.items()},
        total=None if raw["total"] is None else _count(raw["total"]),
    )


def _text(value: Json) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("a text is missing")
    return value


def _count(value: Json) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("a number is missing")
    return value


def _list(value: Json) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise ValueError("a list is missing")
    return value
