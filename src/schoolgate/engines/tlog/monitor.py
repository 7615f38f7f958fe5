"""Following a log: what a monitor remembers of it, what it checks, and when it cries out.

Everything that was published since the last look is read and hashed anew, so a log can neither take back, change nor
hide what it showed. What is remembered is saved only after it was checked: killed at any moment, the next look begins
where the last one that finished ended.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Self

from schoolgate.engines.tlog.checkpoint import Checkpoint, OpenedCheckpoint
from schoolgate.engines.tlog.errors import MonitorError, TileError, TlogError, TreeError
from schoolgate.engines.tlog.folder import CHECKPOINT, ROTATIONS, make_folder, sync_folder, write_temporary
from schoolgate.engines.tlog.frontier import Frontier
from schoolgate.engines.tlog.hashing import EMPTY_ROOT, HASH_BYTES, leaf_level
from schoolgate.engines.tlog.keys import VerifyingKey
from schoolgate.engines.tlog.nodes import TileNodes, range_root
from schoolgate.engines.tlog.note import Note
from schoolgate.engines.tlog.promise import Promise, open_promise
from schoolgate.engines.tlog.rotation import KeyChain, open_with_chain
from schoolgate.engines.tlog.strict import decode_base64, encode_base64
from schoolgate.engines.tlog.tiles import ENTRIES, TILE_WIDTH, Tile, TileName, bundle_prefix, parse_bundle, width_of
from schoolgate.engines.tlog.tower import TileTower
from schoolgate.engines.tlog.witness import origin_hash

type Fetch = Callable[[str], bytes | None]
"""Gives the bytes of a path below the log's prefix; None when the log says that there is no such file.

Raises OSError when the log cannot be reached.
"""

FUTURE_SECONDS: Final = 300
"""How far a cosignature may lie ahead of the monitor's clock."""
MAX_ROTATIONS: Final = 1000


class Cry(StrEnum):
    """What a monitor cries out at."""

    FORK = "fork"
    REWIND = "rewind"
    LATE = "late"
    MISSING = "missing"
    UNSIGNED = "unsigned"
    DAMAGED = "damaged"
    WITHHELD = "withheld"
    PROMISE_BROKEN = "promise_broken"
    WRONG_CLOCK = "wrong_clock"


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that an honest log that works does not do.

    Args:
        cry: What it is.
        problem: In words.
        evidence: The signed notes that prove it to others; empty when nothing does.
    """

    cry: Cry
    problem: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Expectations:
    """What the log said of itself, and whom to compare it with.

    Args:
        every: Seconds between two checkpoints.
        grace: Seconds that a checkpoint may be late.
        witnesses: Keys of witnesses whose cosignatures are looked at.
    """

    every: int = 3600
    grace: int = 900
    witnesses: tuple[VerifyingKey, ...] = ()


@dataclass(frozen=True, slots=True)
class Followed:
    """What a monitor remembers of a log: the last checkpoint that it checked whole, and when it saw it first.

    Args:
        frontier: The tree so far, of which every entry was hashed here.
        note: The signed checkpoint; None before the first.
        grown_at: POSIX second at which the monitor first saw this size.
        promises: Signed promises that wait for their entry.
    """

    frontier: Frontier = field(default_factory=Frontier)
    note: str | None = None
    grown_at: int | None = None
    promises: tuple[str, ...] = ()

    def to_json(self) -> str:
        """As it is saved."""
        shown = {
            "size": self.frontier.size,
            "peaks": encode_base64(self.frontier.to_bytes()),
            "checkpoint": self.note,
            "grown_at": self.grown_at,
            "promises": list(self.promises),
        }
        return json.dumps(shown, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote.

        Raises:
            MonitorError: When something else wrote it.
        """
        try:
            shown: dict[str, Any] = json.loads(text)
            frontier = Frontier.from_bytes(shown["size"], decode_base64(shown["peaks"]))
            return cls(frontier, shown["checkpoint"], shown["grown_at"], tuple(shown["promises"]))
        except (ValueError, KeyError, TypeError, TreeError) as problem:
            raise MonitorError(f"what the monitor remembered cannot be read: {problem}") from problem


class MonitorMemory:
    """A folder with what one monitor remembers of one log, every checkpoint it saw, and the evidence of its alarms."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self) -> Followed:
        """What was remembered; nothing yet for a new folder.

        Raises:
            MonitorError: When the file is damaged. It is left as it is: it may be evidence.
        """
        try:
            return Followed.from_json((self._folder / "followed.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return Followed()

    def save(self, followed: Followed) -> None:
        """Remember durably."""
        make_folder(self._folder)
        path = self._folder / "followed.json"
        write_temporary(path, followed.to_json().encode(), modified=None).replace(path)
        sync_folder(self._folder)

    def keep_note(self, checkpoint: Checkpoint, note: str) -> None:
        """Keep a signed checkpoint for ever, under its size and root, so that two of one size lie side by side."""
        path = self._folder / "seen" / f"{checkpoint.size}-{checkpoint.root.hex()[:16]}"
        if not path.exists():
            make_folder(path.parent)
            write_temporary(path, note.encode(), modified=None).replace(path)
            sync_folder(path.parent)


class Monitor:
    """Follows one log.

    Args:
        key: The log's key, from a source other than the log.
        fetch: Reads a path of the log.
        memory: What it remembers.
        expectations: When a checkpoint is late, and whose cosignatures to look at.
        fetch_witness: For each witness that shows what it cosigned: its name, and how to read a path of it.
    """

    def __init__(
        self,
        key: VerifyingKey,
        fetch: Fetch,
        memory: MonitorMemory,
        expectations: Expectations,
        fetch_witness: Sequence[tuple[str, Fetch]] = (),
    ) -> None:
        self._key = key
        self._fetch = fetch
        self._memory = memory
        self._expected = expectations
        self._witnesses = tuple(fetch_witness)
        self._chain = KeyChain.trusting(key)

    def promised(self, note: str) -> Promise:
        """Hold the log to a promise from now on. What was read before is searched by the next look.

        Raises:
            TlogError: When this log did not sign it.
        """
        promise = open_promise(note, [key for _, key in KeyChain.trusting(self._key, self._rotations()).links])
        followed = self._memory.load()
        if note not in followed.promises:
            self._memory.save(replace(followed, promises=(*followed.promises, note)))
        return promise

    def look(self, now: int) -> list[Alarm]:
        """Look once: fetch what is new, check it, remember it. O(new entries), memory for one tile a level.

        Args:
            now: The POSIX second by the monitor's clock.

        Raises:
            MonitorError: When what was remembered is damaged.
        """
        followed = self._memory.load()
        try:
            opened = self._checkpoint()
        except OSError as problem:
            return [Alarm(Cry.MISSING, f"the log cannot be reached: {problem}"), *self._late(followed, now)]
        except TlogError as problem:
            return [Alarm(Cry.UNSIGNED, str(problem)), *self._late(followed, now)]
        if opened is None:
            return [Alarm(Cry.MISSING, "the log serves no checkpoint"), *self._late(followed, now)]
        self._memory.keep_note(opened.checkpoint, opened.note)
        alarms = self._clocks(opened, now)
        if contradiction := _contradiction(followed, opened):
            return [*alarms, contradiction]
        try:
            alarms += self._read_on(followed, opened, now)
            alarms += self._compare_witnesses(opened)
        except OSError as problem:
            alarms.append(Alarm(Cry.MISSING, f"the log cannot be reached: {problem}"))
        except TlogError as problem:
            alarms.append(Alarm(Cry.DAMAGED, str(problem), (opened.note,)))
        return [*alarms, *self._late(self._memory.load(), now)]

    def _checkpoint(self) -> OpenedCheckpoint | None:
        data = self._fetch(CHECKPOINT)
        if data is None:
            return None
        note = _text(data)
        self._chain = KeyChain.trusting(self._key, self._rotations())
        return open_with_chain(note, self._chain, witnesses=self._expected.witnesses)

    def _rotations(self) -> Iterator[str]:
        for number in range(1, MAX_ROTATIONS):
            data = self._fetch(f"{ROTATIONS}/{number}")
            if data is None:
                return
            yield _text(data)

    def _clocks(self, opened: OpenedCheckpoint, now: int) -> list[Alarm]:
        return [
            Alarm(Cry.WRONG_CLOCK, f"{one.key.name} cosigned in the future: its clock or ours is wrong", (opened.note,))
            for one in opened.witnesses
            if one.time is not None and one.time > now + FUTURE_SECONDS
        ]

    def _late(self, followed: Followed, now: int) -> list[Alarm]:
        if followed.grown_at is None:
            return []
        if now < followed.grown_at - FUTURE_SECONDS:
            return [Alarm(Cry.WRONG_CLOCK, "the monitor's clock went back since its last look")]
        alarms = []
        waited = now - followed.grown_at
        if waited > self._expected.every + self._expected.grace:
            last = (followed.note,) if followed.note else ()
            alarms.append(Alarm(Cry.LATE, f"no new checkpoint for {waited} seconds", last))
        for note in followed.promises:
            promise = Promise.parse(Note.parse(note).text)
            if now > promise.due + self._expected.grace:
                problem = f"an entry promised by second {promise.due} is not in the log"
                alarms.append(Alarm(Cry.PROMISE_BROKEN, problem, (note, *((followed.note,) if followed.note else ()))))
        return alarms

    def _read_on(self, followed: Followed, opened: OpenedCheckpoint, now: int) -> list[Alarm]:
        """Hash what is new, compare every new tile, and remember where this ended."""
        new, old = opened.checkpoint, followed.frontier
        waiting = {Promise.parse(Note.parse(note).text).entry: note for note in followed.promises}
        if waiting:
            # A promise may have come after its entry was read.
            self._strike(waiting, old.size)
        if new.size > old.size:
            tower = TileTower.resume(old.size, self._tile)
            if tower.frontier().root != old.root:
                return [Alarm(Cry.DAMAGED, f"the tiles no longer make the root of {old.size} entries", (opened.note,))]
            for index in range(old.size // TILE_WIDTH, (new.size + TILE_WIDTH - 1) // TILE_WIDTH):
                width = width_of(new.size, ENTRIES, index)
                entries = parse_bundle(self._tile(TileName(ENTRIES, index, width)), width)
                fresh = entries[max(0, old.size - index * TILE_WIDTH) :]
                for entry in fresh:
                    waiting.pop(entry, None)
                self._compare(tower.append_level(leaf_level(fresh)))
            self._compare(tower.partial_tiles())
            grown = tower.frontier()
            if grown.root != new.root:
                problem = f"the entries do not make the signed root of {new.size} entries"
                return [Alarm(Cry.FORK, problem, tuple(note for note in (followed.note, opened.note) if note))]
        else:
            grown = old
        kept = tuple(note for note in followed.promises if note in waiting.values())
        grown_at = now if new.size > old.size or followed.grown_at is None else followed.grown_at
        self._memory.save(Followed(grown, opened.note, grown_at, kept))
        return []

    def _strike(self, waiting: dict[bytes, str], size: int) -> None:
        for index in range((size + TILE_WIDTH - 1) // TILE_WIDTH):
            width = width_of(size, ENTRIES, index)
            for entry in parse_bundle(self._tile(TileName(ENTRIES, index, width)), width):
                waiting.pop(entry, None)
            if not waiting:
                return

    def _compare(self, tiles: Sequence[Tile]) -> None:
        for tile in tiles:
            if self._tile(tile.name) != tile.data:
                raise TileError(f"{tile.name.path} does not hold the hashes of the entries that are served")

    def _compare_witnesses(self, opened: OpenedCheckpoint) -> list[Alarm]:
        """What witnesses cosigned must be what is shown here: another view for others is a fork."""
        alarms, here = [], opened.checkpoint
        for name, fetch in self._witnesses:
            try:
                data = fetch(f"{origin_hash(here.origin)}/{CHECKPOINT}")
            except OSError:
                continue
            if data is None:
                continue
            note = _text(data)
            theirs = open_with_chain(note, self._chain).checkpoint
            if theirs.size > here.size:
                problem = f"{name} has cosigned {theirs.size} entries, here only {here.size} are shown"
                alarms.append(Alarm(Cry.WITHHELD, problem, (note, opened.note)))
            elif self._root(theirs.size, here) != theirs.root:
                problem = f"{name} has cosigned another tree of {theirs.size} entries than is shown here"
                alarms.append(Alarm(Cry.FORK, problem, (note, opened.note)))
        return alarms

    def _root(self, size: int, here: Checkpoint) -> bytes:
        if size == here.size:
            return here.root
        nodes = TileNodes(here.size, lambda level, index: self._tile(_name(here.size, level, index)))
        return range_root(0, size, nodes) if size else EMPTY_ROOT

    def _tile(self, name: TileName) -> bytes:
        """A tile; of a partial one that is gone, the start of the full one."""
        data = self._fetch(name.path)
        if data is None and name.width < TILE_WIDTH:
            data = self._fetch(TileName(name.level, name.index).path)
        if data is None:
            raise TileError(f"the log does not serve {name.path}")
        if name.level == ENTRIES:
            return bundle_prefix(data, name.width)
        if len(data) < name.width * HASH_BYTES:
            raise TileError(f"{name.path} is too short")
        return data[: name.width * HASH_BYTES]


def _contradiction(followed: Followed, opened: OpenedCheckpoint) -> Alarm | None:
    """Whether the new checkpoint alone contradicts what was seen."""
    old, new = followed.frontier, opened.checkpoint
    evidence = tuple(note for note in (followed.note, opened.note) if note)
    if new.size < old.size:
        return Alarm(Cry.REWIND, f"the log showed {old.size} entries and now shows {new.size}", evidence)
    if new.size == old.size and new.root != old.root:
        return Alarm(Cry.FORK, f"the log shows another root for the same {new.size} entries", evidence)
    return None


def _name(size: int, level: int, index: int) -> TileName:
    return TileName(level, index, width_of(size, level, index))


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as problem:
        raise MonitorError("what the log serves is not UTF-8 text") from problem
