"""The auditor's work: every leaf opened, every period's counts checked, every figure counted again.

What cannot be opened is a finding, and so is what was counted twice, left out, dated back or hidden without need.
Memory does not grow with the log.
"""

import hmac
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from itertools import batched
from typing import Final

from schoolgate.engines.tlog.batches import Batches, TileOfActs
from schoolgate.engines.tlog.checkpoint import Checkpoint
from schoolgate.engines.tlog.commitment import RANDOMNESS_BYTES, Json, commit, read_canonical
from schoolgate.engines.tlog.counting import Figures, Tally, seconds
from schoolgate.engines.tlog.counting_rules import Rules
from schoolgate.engines.tlog.errors import AuditError, CommitmentError
from schoolgate.engines.tlog.frontier import Frontier
from schoolgate.engines.tlog.hashing import leaf_level
from schoolgate.engines.tlog.openings import Leaf, read_lines
from schoolgate.engines.tlog.tiles import TILE_WIDTH

COVER: Final = "cover"
PERIOD_COUNTED: Final = "period_counted"
FIGURES_PUBLISHED: Final = "figures_published"
OPENING_DESTROYED: Final = "opening_destroyed"
MOST_TOLD: Final = 1000
"""Findings that are told; the others are counted."""
DATED_BACK_SECONDS: Final = 86_400
"""How much earlier than acts of earlier periods an act may say it was, for clocks that were set right."""
_ACT: Final = {"entry", "kind", "at", "role", "by", "subject", "facts"}
_PERIOD: Final = {"entry", "kind", "first", "counts"}
_TABLES: Final = """
CREATE TABLE act (entry TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE gone (leaf INTEGER PRIMARY KEY, commitment TEXT, entry TEXT);
CREATE TABLE said (commitment TEXT PRIMARY KEY, entry TEXT, kind TEXT) WITHOUT ROWID;
BEGIN;
"""


@dataclass(frozen=True, slots=True)
class AuditFinding:
    """Something that is not as the district says.

    Args:
        index: The leaf; None when it is about no single one.
        problem: What is wrong.
    """

    index: int | None
    problem: str

    @property
    def sentence(self) -> str:
        """For a person."""
        where = "" if self.index is None else f"leaf {self.index}: "
        return f"{where}{self.problem}"


@dataclass(slots=True)
class Audit:
    """What an audit found.

    Args:
        checkpoint: What was audited.
        rules: By which rules.
        figures: The figures that were counted again.
        findings: The first thousand of what is wrong.
        found: How many there are.
        acts: Kind of act to how many were opened.
        covers: How many leaves are covers.
        destroyed: How many openings were lawfully destroyed.
        secrets: How many requests count nowhere since a court ordered them secret: ask for the orders.
    """

    checkpoint: Checkpoint
    rules: Rules
    figures: tuple[Figures, ...]
    findings: list[AuditFinding] = field(default_factory=list)
    found: int = 0
    acts: Counter[str] = field(default_factory=Counter)
    covers: int = 0
    destroyed: int = 0
    secrets: int = 0

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return not self.found

    def find(self, problem: str, index: int | None = None) -> None:
        """Note something."""
        self.found += 1
        if len(self.findings) < MOST_TOLD:
            self.findings.append(AuditFinding(index, problem))


def audit(
    entries: Iterable[bytes],
    openings: Iterable[bytes],
    *,
    checkpoint: Checkpoint,
    rules: Rules,
    figures: Sequence[bytes],
    now: int,
) -> Audit:
    """Audit a log from its first entry to a checkpoint.

    Args:
        entries: The log's entries, in order, streamed.
        openings: The lines of the file of openings, streamed.
        checkpoint: What the log signed; whether it did is the caller's to check.
        rules: How figures are counted.
        figures: The files of figures that were published.
        now: POSIX second; an act that is later is a finding.

    Raises:
        AuditError: The file of openings or one of figures is none.
    """
    head, leaves = read_lines(openings)
    result = Audit(checkpoint, rules, tuple(Figures.parse(one) for one in figures))
    if (head.log, head.size) != (checkpoint.origin, checkpoint.size):
        result.find(f"the openings are of {head.size} leaves of {head.log}, not of this checkpoint")
    with Tally(rules, head.pads) as tally, closing(_Remembered()) as remembered:
        run = _Run(result, tally, remembered, now)
        run.read(entries, leaves)
        run.finish()
    return result


class _Remembered(AbstractContextManager["_Remembered"]):
    """What an audit must remember of every act, in a temporary file."""

    def __init__(self) -> None:
        self.memory = sqlite3.connect("", isolation_level=None)
        self.memory.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {_TABLES}")

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.memory.close()

    def is_new(self, entry: str) -> bool:
        """Whether no act of this number was seen before."""
        return bool(self.memory.execute("INSERT OR IGNORE INTO act VALUES (?)", (entry,)).rowcount)


class _Run:
    """One audit, leaf by leaf."""

    def __init__(self, result: Audit, tally: Tally, remembered: _Remembered, now: int) -> None:
        self._result, self._tally, self._memory, self._now = result, tally, remembered, now
        self._batches = Batches()
        self._latest = 0
        self._latest_before = 0
        self._published: dict[str, tuple[str, str]] = {}

    def read(self, entries: Iterable[bytes], leaves: Iterator[Leaf | str]) -> None:
        """Open every leaf, and compute the tree."""
        checkpoint, frontier = self._result.checkpoint, Frontier()
        waiting: Leaf | None = None
        for some in batched(entries, TILE_WIDTH):
            frontier = frontier.extended_by_level(leaf_level(some))
            tile = TileOfActs(frontier.size - len(some))
            for index, entry in enumerate(some, tile.first):
                waiting = waiting or self._next(leaves, index)
                if waiting is None or waiting.index > index:
                    self._result.find("it was not opened", index)
                    continue
                self._leaf(entry, waiting, tile)
                waiting = None
            for problem in self._batches.add(tile):
                self._result.find(problem)
            self._latest_before = self._latest
        if waiting is not None or self._next(leaves, frontier.size) is not None:
            self._result.find("there are openings of leaves that the log does not have")
        if (frontier.size, frontier.root) != (checkpoint.size, checkpoint.root):
            self._result.find("the entries do not make the root that the log signed")

    def finish(self) -> None:
        """What can be said only when every leaf was seen."""
        for problem in self._batches.finish(self._destroyed_kinds()):
            self._result.find(problem)
        self._destroyed()
        self._figures()
        self._result.secrets = self._tally.secrets()

    def _next(self, leaves: Iterator[Leaf | str], index: int) -> Leaf | None:
        for one in leaves:
            if isinstance(one, str):
                self._result.find(one)
            elif one.index < index:
                self._result.find("its opening is not in its place, or is there twice", one.index)
            else:
                return one
        return None

    def _leaf(self, entry: bytes, leaf: Leaf, tile: TileOfActs) -> None:
        if leaf.destroyed_by:
            tile.destroyed.append(leaf.index)
            self._result.destroyed += 1
            self._memory.memory.execute(
                "INSERT INTO gone VALUES (?, ?, ?)", (leaf.index, entry.hex(), leaf.destroyed_by)
            )
            return
        if len(leaf.randomness) != RANDOMNESS_BYTES or not hmac.compare_digest(
            commit(leaf.record, leaf.randomness), entry
        ):
            self._result.find(
                "it does not open: record and randomness are not what the entry was made from", leaf.index
            )
            return
        try:
            record = read_canonical(leaf.record)
        except CommitmentError as problem:
            self._result.find(f"it opens as no record: {problem}", leaf.index)
            return
        for wrong in self._record(record, tile):
            self._result.find(wrong, leaf.index)

    def _record(self, record: dict[str, Json], tile: TileOfActs) -> list[str]:
        kind = record.get("kind")
        if kind == COVER:
            self._result.covers += 1
            return [] if record.keys() == {"entry", "kind"} else ["it says that it is a cover, and says more"]
        if kind == PERIOD_COUNTED:
            first, counts = record.get("first"), record.get("counts")
            if (
                record.keys() != _PERIOD
                or type(first) is not int
                or not isinstance(counts, dict)
                or not all(type(one) is int and one > 0 for one in counts.values())
            ):
                return ["it says that it counts its period, and is malformed"]
            tile.vectors.append((first, {name: one for name, one in counts.items() if isinstance(one, int)}))
            return []
        return self._act(record, str(kind), tile)

    def _act(self, record: dict[str, Json], kind: str, tile: TileOfActs) -> list[str]:
        texts = [record.get(name) for name in sorted(_ACT - {"facts"})]
        facts = record.get("facts")
        if record.keys() != _ACT or not all(isinstance(one, str) for one in texts) or not isinstance(facts, dict):
            return ["it opens neither as an act nor as a cover"]
        tile.kinds[kind] += 1
        self._result.acts[kind] += 1
        found = []
        if not self._memory.is_new(str(record["entry"])):
            found.append("its act stands in the log at another leaf too: it is counted twice")
        found += self._time(str(record["at"]))
        found += self._tally.add(record)
        if kind == FIGURES_PUBLISHED and facts.get("rules") == self._result.rules.digest:
            found += self._publication(facts)
        if kind == OPENING_DESTROYED:
            self._memory.memory.execute(
                "INSERT OR IGNORE INTO said VALUES (?, ?, ?)",
                (str(facts.get("commitment")), str(record["entry"]), str(facts.get("kind"))),
            )
        return found

    def _time(self, text: str) -> list[str]:
        try:
            at = seconds(text)
        except ValueError:
            return ["its act does not say when it was"]
        if at > self._now:
            return ["its act says a time that has not come yet"]
        self._latest = max(self._latest, at)
        if at < self._latest_before - DATED_BACK_SECONDS:
            return ["its act says a time long before acts of earlier periods: it was dated back"]
        return []

    def _publication(self, facts: dict[str, Json]) -> list[str]:
        period, digest = str(facts.get("period")), str(facts.get("sha256"))
        counted = str(facts.get("counted"))
        if period in self._published:
            return [f"the figures of {period} were published twice"]
        self._published[period] = digest, counted
        return []

    def _destroyed_kinds(self) -> Iterator[tuple[int, str]]:
        """The leaf and the kind of each opening that was destroyed, in order."""
        yield from self._memory.memory.execute(
            "SELECT leaf, kind FROM gone JOIN said ON said.commitment = gone.commitment AND said.entry = gone.entry "
            "ORDER BY leaf"
        )

    def _destroyed(self) -> None:
        query = (
            "SELECT leaf, kind FROM gone LEFT JOIN said "
            "ON said.commitment = gone.commitment AND said.entry = gone.entry ORDER BY leaf"
        )
        for leaf, kind in self._memory.memory.execute(query):
            if kind is None:
                self._result.find("it was not opened, and no act says that its opening was destroyed", leaf)
            elif kind in self._result.rules.kept or kind in {COVER, PERIOD_COUNTED}:
                self._result.find(f"its opening was destroyed, and that of a {kind} must be kept", leaf)
        opened = self._memory.memory.execute(
            "SELECT said.entry FROM said LEFT JOIN gone ON said.commitment = gone.commitment WHERE gone.leaf IS NULL"
        )
        for (entry,) in opened:
            self._result.find(f"the act {entry} says that an opening was destroyed, and no leaf lacks it")

    def _figures(self) -> None:
        for one in self._result.figures:
            period = one.quarter.name
            if one.log != self._result.checkpoint.origin:
                self._result.find(f"the figures of {period} are of another log")
            if one.rules != self._result.rules.digest:
                self._result.find(f"the figures of {period} were counted by other rules")
                continue
            said, counted = self._published.pop(period, ("", ""))
            if said != one.digest:
                self._result.find(f"the figures of {period} are not what the log says was published")
            elif seconds_or_none(counted) != one.counted:
                self._result.find(f"the figures of {period} were not counted when the log says")
            if not self._result.rules.settled(one.quarter) <= one.counted <= self._now:
                self._result.find(f"the figures of {period} were counted before the quarter was settled")
            expected = self._tally.count(one.quarter, counted=one.counted, log=one.log)
            for problem in differences(one, expected):
                self._result.find(f"{period}: {problem}")
        for period in self._published:
            self._result.find(f"figures of {period} were published and not given to this audit")


def differences(published: Figures, expected: Figures) -> list[str]:
    """What a table shows otherwise than the log and the rules have it."""
    found = []
    if published.threshold != expected.threshold:
        found.append(f"the threshold is {published.threshold}, the rules say {expected.threshold}")
    shown = {one.id: one for one in published.figures}
    for right in expected.figures:
        one = shown.pop(right.id, None)
        if one is None or one.cells.keys() != right.cells.keys() or one.distinct != right.distinct:
            found.append(f"{right.title}: the figure, or a row of it, is missing")
            continue
        pairs = [(row, one.cells[row], right.cells[row]) for row in right.cells]
        for row, said, counted in [*pairs, ("in all", one.total, right.total)]:
            if said != counted:
                found.append(f"{right.title}, {row}: {_difference(said, counted)}")
    found += [f"{one.title}: the rules have no such figure" for one in shown.values()]
    return found


def _difference(said: int | None, counted: int | None) -> str:
    if said is None:
        return "it is hidden, and the rules show it"
    if counted is None:
        return f"it shows {said}, and the rules hide what the log has"
    return f"it shows {said}, and the log has {counted}"


def seconds_or_none(text: str) -> int | None:
    """The POSIX second of a text that may say none."""
    try:
        return seconds(text)
    except ValueError:
        return None


__all__ = [
    "Audit",
    "AuditError",
    "AuditFinding",
    "audit",
    "differences",
]
