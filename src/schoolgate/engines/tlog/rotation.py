"""A log that changes its key: the old key and the new one both sign from which size on the new one counts.

Who trusts one key of the chain finds the others: forwards by what the old key signed, backwards by the new one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Self

from schoolgate.engines.tlog.checkpoint import Checkpoint, OpenedCheckpoint, open_checkpoint
from schoolgate.engines.tlog.errors import KeyTextError, RotationError
from schoolgate.engines.tlog.keys import KeyKind, SigningKey, VerifyingKey
from schoolgate.engines.tlog.note import Note, sign_note
from schoolgate.engines.tlog.strict import decimal

_HEADER: Final = "schoolgate key rotation v1"
_LINES: Final = 5


@dataclass(frozen=True, slots=True)
class Rotation:
    """One change of the key.

    Args:
        origin: The log.
        size: Checkpoints of more entries than this are signed by the new key.
        old: The key until then.
        new: The key from then on.

    Raises:
        RotationError: When a key is not one that this log could sign with, or is its own successor.
    """

    origin: str
    size: int
    old: VerifyingKey
    new: VerifyingKey

    def __post_init__(self) -> None:
        if any(key.name != self.origin or key.kind is not KeyKind.ED25519 for key in (self.old, self.new)):
            raise RotationError("both keys are of type 01 and bear the origin of the log as name")
        if self.old == self.new:
            raise RotationError("the new key is the old one")

    @property
    def text(self) -> str:
        """What both keys sign."""
        return f"{_HEADER}\n{self.origin}\nafter {self.size}\nold {self.old.text}\nnew {self.new.text}\n"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text of a rotation.

        Raises:
            RotationError: When it is not written in its one way.
        """
        lines = text.split("\n")
        marks = ("", "", "after ", "old ", "new ")
        if len(lines) != _LINES + 1 or lines[0] != _HEADER or lines[-1]:
            raise RotationError(f"a rotation is {_LINES} lines, of which the first is: {_HEADER}")
        if not all(line.startswith(mark) for line, mark in zip(lines, marks, strict=False)):
            raise RotationError("a rotation says its log, after which size, the old key and the new")
        _, origin, size, old, new = (line.removeprefix(mark) for line, mark in zip(lines, marks, strict=False))
        try:
            return cls(origin, decimal(size), VerifyingKey.parse(old), VerifyingKey.parse(new))
        except (ValueError, KeyTextError) as problem:
            raise RotationError(f"a line of the rotation is malformed: {problem}") from problem


def sign_rotation(size: int, old: SigningKey, new: SigningKey) -> str:
    """The rotation as a note that both keys signed.

    Raises:
        RotationError: When the keys are not two of one log.
    """
    return sign_note(Rotation(old.name, size, old.verifying_key, new.verifying_key).text, (old, new))


def open_rotation(note: str) -> Rotation:
    """A rotation that both its keys signed; whether either is to be trusted is not looked at.

    Raises:
        NoteError: When the note is malformed or a signature wrong.
        RotationError: When the text is malformed or one of the two did not sign.
    """
    parsed = Note.parse(note)
    rotation = Rotation.parse(parsed.text)
    signed = {each.key for each in parsed.verified_by((rotation.old, rotation.new))}
    if signed != {rotation.old, rotation.new}:
        raise RotationError("only one of the two keys signed the rotation")
    return rotation


@dataclass(frozen=True, slots=True)
class KeyChain:
    """The keys of a log in their order, with the size after which each counts."""

    links: tuple[tuple[int, VerifyingKey], ...]

    @classmethod
    def trusting(cls, key: VerifyingKey, rotations: Iterable[str] = ()) -> Self:
        """The chain in which this key stands.

        Args:
            key: The key that is trusted, from a source other than the log.
            rotations: The log's rotation notes, oldest first.

        Raises:
            TlogError: When a rotation is malformed or unsigned, they do not follow from each other, or the key that is
                trusted stands in none of them.
        """
        changes = [open_rotation(note) for note in rotations]
        for before, after in pairwise(changes):
            if before.new != after.old or before.size > after.size:
                raise RotationError("the changes of key do not follow from each other")
        if not changes:
            return cls(((0, key),))
        links = ((0, changes[0].old), *((change.size, change.new) for change in changes))
        if key not in {link[1] for link in links}:
            raise RotationError("the key that you trust is none of those that the log says it had")
        return cls(links)

    def at(self, size: int) -> VerifyingKey:
        """The one key that signs a checkpoint of this size. An older key that signs a later one is not believed."""
        return next(key for after, key in reversed(self.links) if size > after or after == 0)


def open_with_chain(note: str, chain: KeyChain, *, witnesses: Iterable[VerifyingKey] = ()) -> OpenedCheckpoint:
    """Read a checkpoint and check that the log signed it, with the key that it had at that size.

    Raises:
        NoteError: When the note is malformed, a known key's signature is wrong, or the log did not sign.
        CheckpointError: When the text is malformed or of a log with another origin.
    """
    size = Checkpoint.parse(Note.parse(note).text).size
    return open_checkpoint(note, chain.at(size), witnesses=witnesses)
