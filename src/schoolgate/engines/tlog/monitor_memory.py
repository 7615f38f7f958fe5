"""What a monitor cries out at, and what it remembers of a log between two looks."""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Self

from schoolgate.engines.tlog.checkpoint import Checkpoint
from schoolgate.engines.tlog.errors import MonitorError, TlogError
from schoolgate.engines.tlog.folder import make_folder, sync_folder, write_temporary
from schoolgate.engines.tlog.frontier import Frontier
from schoolgate.engines.tlog.note import Note
from schoolgate.engines.tlog.promise import Promise
from schoolgate.engines.tlog.strict import decode_base64, encode_base64

_NAME_CHARACTERS: Final = 16


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
    WITNESS = "witness"
    """A witness could not be asked, or shows something that it should not: the comparison with it was not made."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that an honest log that works does not do.

    Args:
        cry: What it is.
        problem: In words.
        evidence: The signed notes that prove it to others; empty when nothing does. Of a fork also with which tree the
            second begins instead, and the way from there to its root.
        about: Whom it is about, when that is not the log.
    """

    cry: Cry
    problem: str
    evidence: tuple[str, ...] = ()
    about: str = ""

    @property
    def identity(self) -> str:
        """Hexadecimal characters that stay the same while the alarm lasts, though its words may count seconds."""
        said = json.dumps([self.cry.value, self.about, *self.evidence])
        return hashlib.sha256(said.encode()).hexdigest()[:_NAME_CHARACTERS]


@dataclass(frozen=True, slots=True)
class Awaited:
    """A promise whose entry was not seen yet.

    Args:
        note: The signed promise.
        searched: Whether what was read before the promise came was searched for its entry.
    """

    note: str
    searched: bool = False

    @property
    def promise(self) -> Promise:
        """What was promised."""
        return Promise.parse(Note.parse(self.note).text)


@dataclass(frozen=True, slots=True)
class Followed:
    """What a monitor remembers of a log: the last checkpoint that it checked whole, and when it saw it first.

    Args:
        origin: The log; empty before the first look.
        frontier: The tree so far, of which every entry was hashed here.
        note: The signed checkpoint; None before the first.
        grown_at: POSIX second at which this size was first seen, by the monitor or by a witness that cosigned it.
        looked_at: POSIX second of the last look that ended well.
        awaited: Promises that wait for their entry.
    """

    origin: str = ""
    frontier: Frontier = field(default_factory=Frontier)
    note: str | None = None
    grown_at: int | None = None
    looked_at: int | None = None
    awaited: tuple[Awaited, ...] = ()

    def to_json(self) -> str:
        """As it is saved."""
        shown = {
            "origin": self.origin,
            "size": self.frontier.size,
            "peaks": encode_base64(self.frontier.to_bytes()),
            "checkpoint": self.note,
            "grown_at": self.grown_at,
            "looked_at": self.looked_at,
            "promises": [[one.note, one.searched] for one in self.awaited],
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
            awaited = tuple(Awaited(note, searched) for note, searched in shown["promises"])
            for one in awaited:
                _ = one.promise
            note, grown_at, looked_at = shown["checkpoint"], shown["grown_at"], shown["looked_at"]
            if note is not None:
                _same(Checkpoint.parse(Note.parse(note).text), shown["origin"], frontier)
            return cls(shown["origin"], frontier, note, grown_at, looked_at, awaited)
        except (ValueError, KeyError, TypeError, TlogError) as problem:
            raise MonitorError(
                f"what the monitor remembered cannot be read: {problem}. Keep the folder, it may be evidence; begin "
                "anew with another one"
            ) from problem


def _same(checkpoint: Checkpoint, origin: str, frontier: Frontier) -> None:
    if (checkpoint.origin, checkpoint.size, checkpoint.root) != (origin, frontier.size, frontier.root):
        raise MonitorError("its checkpoint is not of its tree")


class MonitorMemory:
    """A folder with what one monitor remembers of one log, every checkpoint it saw, and the evidence of its alarms."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the folder against other monitors.

        Raises:
            MonitorError: When another one uses it.
            OSError: When it cannot be made or opened.
        """
        make_folder(self._folder)
        descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as problem:
                raise MonitorError(
                    f"another monitor remembers in {self._folder}: give each its own folder"
                ) from problem
            yield
        finally:
            os.close(descriptor)

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
        self._keep(self._folder / "seen" / f"{checkpoint.size}-{checkpoint.root.hex()[:_NAME_CHARACTERS]}", note)

    def keep_evidence(self, alarm: Alarm) -> Path:
        """Keep an alarm in a folder of its own: what it says, and each signed note that proves it. Returns the folder.

        Kept once: the words stay those of the first time.
        """
        folder = self._folder / "evidence" / f"{alarm.cry.value}-{alarm.identity}"
        for number, note in enumerate(alarm.evidence, 1):
            self._keep(folder / str(number), note)
        self._keep(folder / "alarm.txt", f"{alarm.cry.value}\n{alarm.problem}\n")
        return folder

    def _keep(self, path: Path, text: str) -> None:
        if not path.exists():
            make_folder(path.parent)
            write_temporary(path, text.encode(), modified=None).replace(path)
            sync_folder(path.parent)
