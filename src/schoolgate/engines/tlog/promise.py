"""A promise: until its period is sealed, what an act's receipt is.

The log's key signs that a commitment will stand among the entries of a checkpoint by a second named. Whoever holds it
can give it to a monitor; a log that does not keep it is caught by its own signature.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from schoolgate.engines.tlog.commitment import ENTRY_BYTES
from schoolgate.engines.tlog.errors import PromiseError
from schoolgate.engines.tlog.keys import SigningKey, VerifyingKey
from schoolgate.engines.tlog.note import open_note, sign_note
from schoolgate.engines.tlog.strict import decimal, decode_base64, encode_base64

_HEADER: Final = "schoolgate promise v1"
_LINES: Final = 5


@dataclass(frozen=True, slots=True)
class Promise:
    """That an entry will be in the log.

    Args:
        origin: The log.
        entry: The 32-byte commitment.
        made: POSIX second of the act, rounded down to its period.
        due: POSIX second by which a published checkpoint holds it.
    """

    origin: str
    entry: bytes
    made: int
    due: int

    def __post_init__(self) -> None:
        if len(self.entry) != ENTRY_BYTES:
            raise PromiseError(f"a promised entry has {ENTRY_BYTES} bytes")
        if not 0 <= self.made <= self.due:
            raise PromiseError("a promise is due after it was made")

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{_HEADER}\n{self.origin}\n{encode_base64(self.entry)}\nmade {self.made}\ndue {self.due}\n"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text of a promise.

        Raises:
            PromiseError: When it is not written in its one way.
        """
        lines = text.split("\n")
        if len(lines) != _LINES + 1 or lines[0] != _HEADER or lines[-1]:
            raise PromiseError(f"a promise is {_LINES} lines, of which the first is: {_HEADER}")
        _, origin, entry, made, due, _ = lines
        if not made.startswith("made ") or not due.startswith("due "):
            raise PromiseError("the last lines of a promise say when it was made and when it is due")
        try:
            return cls(origin, decode_base64(entry), decimal(made[5:]), decimal(due[4:]))
        except ValueError as problem:
            raise PromiseError(f"a line of the promise is malformed: {problem}") from problem


def sign_promise(promise: Promise, key: SigningKey) -> str:
    """The promise as a signed note.

    Raises:
        PromiseError: When the key is not the log's.
    """
    if key.name != promise.origin:
        raise PromiseError("a log promises with the key that bears its origin as name")
    return sign_note(promise.text, (key,))


def open_promise(note: str, keys: Sequence[VerifyingKey]) -> Promise:
    """A promise that this log signed, with one of the keys that it has had.

    Raises:
        NoteError: When none of the keys signed it.
        PromiseError: When it is malformed or of another log.
    """
    text, signed = open_note(note, keys)
    promise = Promise.parse(text)
    if any(promise.origin != each.key.name for each in signed):
        raise PromiseError("the promise is of another log: its origin is not the name of the key")
    return promise
