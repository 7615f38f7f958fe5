"""Checkpoints of C2SP tlog-checkpoint 1.0.0: which log, how many entries, which root; signed as a note."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from schoolgate.engines.tlog.errors import CheckpointError
from schoolgate.engines.tlog.hashing import EMPTY_ROOT, HASH_BYTES, MAX_SIZE
from schoolgate.engines.tlog.keys import KeyKind, SigningKey, VerifyingKey
from schoolgate.engines.tlog.note import Verified, open_note, sign_note
from schoolgate.engines.tlog.strict import decimal, decode_base64, encode_base64

_LINES: Final = 3


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself at one size.

    Args:
        origin: Name of the log: a URL without its scheme, equal to the name of its key.
        size: Number of entries.
        root: The 32-byte root over all of them.
        extensions: Further lines; read in foreign checkpoints, never written in ours.

    Raises:
        CheckpointError: When no log can say this.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.size <= MAX_SIZE:
            raise CheckpointError("the size of a log goes from 0 to 2^63 - 1")
        if len(self.root) != HASH_BYTES:
            raise CheckpointError(f"the root has {len(self.root)} bytes: a root has {HASH_BYTES}")
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise CheckpointError("the root of an empty log is SHA-256 of nothing")
        if not all((self.origin, *self.extensions)) or "\n" in "".join((self.origin, *self.extensions)):
            raise CheckpointError("the origin and each extension is one line that is not empty")

    @property
    def text(self) -> str:
        """What is signed."""
        lines = (self.origin, str(self.size), encode_base64(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text of a checkpoint, without its signatures.

        Raises:
            CheckpointError: When it is not written exactly as the specification says.
        """
        if not text.endswith("\n"):
            raise CheckpointError("the checkpoint does not end with a line end: was it cut off?")
        lines = text[:-1].split("\n")
        if len(lines) < _LINES:
            raise CheckpointError(f"a checkpoint has at least {_LINES} lines: origin, size and root")
        origin, size, root, *extensions = lines
        try:
            return cls(origin, decimal(size), decode_base64(root), tuple(extensions))
        except ValueError as problem:
            raise CheckpointError(f"the size or root of the checkpoint is malformed: {problem}") from problem


@dataclass(frozen=True, slots=True)
class OpenedCheckpoint:
    """A checkpoint whose log signature was checked.

    Args:
        checkpoint: What the log said.
        note: The signed text it was read from, verbatim.
        witnesses: The cosignatures that were checked, of the witness keys that were given.
    """

    checkpoint: Checkpoint
    note: str
    witnesses: tuple[Verified, ...]


def sign_checkpoint(checkpoint: Checkpoint, *keys: SigningKey) -> str:
    """The checkpoint as a note signed by the log's key, type 01; by more than one while it changes its key.

    Raises:
        CheckpointError: When a key is not named as the log, or the checkpoint has extension lines.
    """
    if any(key.name != checkpoint.origin for key in keys):
        raise CheckpointError("a log signs with the key that bears its origin as name")
    if checkpoint.extensions:
        raise CheckpointError("this log writes no extension lines")
    return sign_note(checkpoint.text, keys)


def open_checkpoint(note: str, key: VerifyingKey, *, witnesses: Iterable[VerifyingKey] = ()) -> OpenedCheckpoint:
    """Read a signed checkpoint and check that this log signed it.

    Args:
        note: The signed text.
        key: The log's key, of type 01. A witness's signature never stands in for the log's.
        witnesses: Keys of witnesses. Those who did not sign are passed over; a wrong signature of theirs refuses.

    Raises:
        NoteError: When the note is malformed, a known key's signature is wrong, or the log did not sign.
        CheckpointError: When the text is malformed or of a log with another origin.
    """
    if key.kind is not KeyKind.ED25519:
        raise CheckpointError("the key of a log is of type 01, Ed25519")
    text, _ = open_note(note, (key,))
    checkpoint = Checkpoint.parse(text)
    if checkpoint.origin != key.name:
        raise CheckpointError("the checkpoint is of another log: its origin is not the name of the key")
    _, signed = open_note(note, (key, *witnesses))
    return OpenedCheckpoint(checkpoint, note, tuple(each for each in signed if each.key != key))
