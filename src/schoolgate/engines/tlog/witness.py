"""A witness: it remembers the last checkpoint of each log that it saw, and cosigns what follows from it.

C2SP tlog-witness 1.0.0, without the network: `add_checkpoint` takes the body of a request and gives the answer. Two
views of one log can never both get the cosignature of an honest witness: the second does not follow from the first.
"""

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, flock
from http import HTTPStatus
from pathlib import Path
from typing import Final, Self

from schoolgate.engines.tlog.checkpoint import Checkpoint
from schoolgate.engines.tlog.errors import CheckpointError, KeyTextError, NoteError, ProofError, TlogError, WitnessError
from schoolgate.engines.tlog.folder import make_folder, sync_folder, write_temporary
from schoolgate.engines.tlog.hashing import EMPTY_ROOT, HASH_BYTES
from schoolgate.engines.tlog.keys import KeyKind, SigningKey, VerifyingKey
from schoolgate.engines.tlog.note import Note, SignatureLine
from schoolgate.engines.tlog.proofs import verify_consistency
from schoolgate.engines.tlog.strict import decimal, decode_base64, encode_base64

MAX_PROOF_LINES: Final = 63
MAX_REQUEST_BYTES: Final = 1_000_000
SIZE_TYPE: Final = "text/x.tlog.size"
TEXT_TYPE: Final = "text/plain; charset=utf-8"
_OLD: Final = "old "


@dataclass(frozen=True, slots=True)
class Submission:
    """What a log hands to a witness.

    Args:
        old_size: The size the log believes the witness saw last.
        proof: Consistency proof from there, at most 63 hashes.
        note: The signed checkpoint.
    """

    old_size: int
    proof: tuple[bytes, ...]
    note: str

    @property
    def body(self) -> bytes:
        """The submission as the body of a request."""
        lines = [f"{_OLD}{self.old_size}", *(encode_base64(each) for each in self.proof), ""]
        return ("\n".join(lines) + "\n" + self.note).encode()

    @classmethod
    def parse(cls, body: bytes) -> Self:
        """Read the body of a request.

        Raises:
            WitnessError: When it is not written exactly as the specification says.
        """
        if len(body) > MAX_REQUEST_BYTES:
            raise WitnessError(f"a request of more than {MAX_REQUEST_BYTES} bytes is not read")
        try:
            head, empty_line, note = body.decode().partition("\n\n")
        except UnicodeDecodeError as problem:
            raise WitnessError("the request is not UTF-8 text") from problem
        first, *lines = head.split("\n")
        if not empty_line or not first.startswith(_OLD):
            raise WitnessError("a request is the line `old SIZE`, the proof, an empty line and a checkpoint")
        if len(lines) > MAX_PROOF_LINES:
            raise WitnessError(f"a proof has at most {MAX_PROOF_LINES} lines")
        try:
            old_size = decimal(first.removeprefix(_OLD))
            proof = tuple(decode_base64(line) for line in lines)
        except ValueError as problem:
            raise WitnessError(f"a line of the request is malformed: {problem}") from problem
        if any(len(each) != HASH_BYTES for each in proof):
            raise WitnessError(f"each hash of a proof has {HASH_BYTES} bytes")
        return cls(old_size, proof, note)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the witness answers: an HTTP status, a body, and the type of the body."""

    status: HTTPStatus
    body: str
    content_type: str = TEXT_TYPE


class WitnessMemory:
    """What a witness saw last, one file a log, in a folder of its own. Nothing is answered that it could forget.

    The file is the checkpoint with the log's signature and the witness's own, so it can be served as it stands.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # A folder that is emptied while the witness runs must not make it forget.
        self._largest: dict[str, int] = {}

    def check_size(self, origin: str, size: int) -> None:
        """Compare what the folder holds with what this process saw there.

        Raises:
            WitnessError: When the folder went back.
        """
        if size < self._largest.get(origin, 0):
            raise WitnessError("the memory of this witness went back: its folder was emptied or an old copy put there")
        self._largest[origin] = size

    def last(self, origin: str) -> str | None:
        """The last cosigned checkpoint of a log, or None when none was cosigned."""
        try:
            return self._path(origin_hash(origin)).read_bytes().decode()
        except FileNotFoundError:
            return None

    def by_hash(self, name: str) -> str | None:
        """The same for the lower-case hexadecimal SHA-256 of an origin; None for whatever else is asked."""
        if len(name) != 2 * HASH_BYTES or not set(name) <= set("0123456789abcdef"):
            return None
        try:
            return self._path(name).read_bytes().decode()
        except FileNotFoundError:
            return None

    @contextmanager
    def alone(self, origin: str) -> Iterator[Callable[[str], None]]:
        """Hold this log's memory against every other process and thread; yields what keeps a new checkpoint.

        Raises:
            OSError: When the disk refuses. The old checkpoint is then still there.
        """
        make_folder(self._folder)
        path = self._path(origin_hash(origin))
        descriptor = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            flock(descriptor, LOCK_EX)

            def keep(note: str) -> None:
                # Only the owner of the lock comes here, so the temporary name is nobody else's.
                write_temporary(path, note.encode(), modified=None).replace(path)
                sync_folder(self._folder)

            yield keep
        finally:
            os.close(descriptor)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.checkpoint"


class Witness:
    """Cosigns the checkpoints of the logs it knows.

    Args:
        key: Its key, of type 04, used for nothing else.
        logs: For each origin the keys whose signature it trusts; more than one while a log changes its key.
        memory: What it saw last; one folder for one key.
        clock: The POSIX second.

    Raises:
        KeyTextError: When a key is not of the type that its use asks for, or bears another name than its log.
    """

    def __init__(
        self,
        key: SigningKey,
        logs: Mapping[str, Sequence[VerifyingKey]],
        memory: WitnessMemory,
        clock: Callable[[], int],
    ) -> None:
        if key.kind is not KeyKind.COSIGNATURE:
            raise KeyTextError("a witness signs with a key of type 04: make one with `schoolgate witness key`")
        for origin, keys in logs.items():
            if not keys or any(one.name != origin or one.kind is not KeyKind.ED25519 for one in keys):
                raise KeyTextError(f"the keys of {origin} are of type 01 and bear its name")
        self._key = key
        self._own = key.verifying_key
        self._logs = dict(logs)
        self._memory = memory
        self._clock = clock

    @property
    def name(self) -> str:
        """The name in its signature lines."""
        return self._key.name

    @property
    def verifying_key(self) -> str:
        """What its cosignatures are checked with."""
        return self._own.text

    def latest(self, hashed_origin: str) -> Answer:
        """What it cosigned last of the log whose origin has this hash: for monitors, to compare with what they see."""
        note = self._memory.by_hash(hashed_origin)
        if note is None:
            return Answer(HTTPStatus.NOT_FOUND, "no such log was cosigned here\n")
        return Answer(HTTPStatus.OK, note)

    def add_checkpoint(self, body: bytes) -> Answer:
        """Answer `add-checkpoint`: 200 and signature lines, or the status that says what does not fit.

        400 malformed, or the old size above the new; 404 a log that it does not know; 403 no good signature of the
        log, or a bad one of a known key; 409 another old size than its own; 422 a proof that does not lead there.

        Raises:
            OSError: When it cannot remember what it would sign. It has then signed nothing.
            WitnessError: When what it remembers is damaged or went back. It has then signed nothing.
        """
        try:
            asked = Submission.parse(body)
            note = Note.parse(asked.note)
            checkpoint, fits = _read_checkpoint(note.text)
        except TlogError as malformed:
            return _refused(HTTPStatus.BAD_REQUEST, malformed)
        if checkpoint.origin not in self._logs:
            return _refused(HTTPStatus.NOT_FOUND, "this witness does not know that log")
        if problem := self._unsigned(note, checkpoint.origin):
            return _refused(HTTPStatus.FORBIDDEN, problem)
        if asked.old_size > checkpoint.size:
            return _refused(HTTPStatus.BAD_REQUEST, "the old size is larger than the new one")
        with self._memory.alone(checkpoint.origin) as keep:
            return self._compared(asked, checkpoint if fits else None, note, keep)

    def _unsigned(self, note: Note, origin: str) -> str:
        """Why this log's signature is not believed; empty when it is."""
        try:
            note.verified_by(self._logs[origin])
        except NoteError as problem:
            return str(problem)
        return ""

    def _compared(self, asked: Submission, new: Checkpoint | None, note: Note, keep: Callable[[str], None]) -> Answer:
        old, signed_at = self._remembered(note.text.partition("\n")[0])
        if asked.old_size != old.size:
            return Answer(HTTPStatus.CONFLICT, f"{old.size}\n", SIZE_TYPE)
        if new is None:
            return _refused(HTTPStatus.UNPROCESSABLE_ENTITY, "the root of an empty log is SHA-256 of nothing")
        try:
            verify_consistency(old.size, old.root, new.size, new.root, asked.proof)
        except ProofError as problem:
            return _refused(HTTPStatus.UNPROCESSABLE_ENTITY, f"the consistency proof does not verify: {problem}")
        # Where the clock went back, time stands still until it is past again.
        return self._cosigned(note, new, max(self._clock(), signed_at), keep)

    def _remembered(self, origin: str) -> tuple[Checkpoint, int]:
        """The last checkpoint of a log that was cosigned here, and when."""
        try:
            last = self._memory.last(origin)
            if last is None:
                self._memory.check_size(origin, 0)
                return Checkpoint(origin, 0, EMPTY_ROOT), 0
            opened = Note.parse(last)
            (mine,) = opened.verified_by((self._own,))
            old = Checkpoint.parse(opened.text)
        except (NoteError, CheckpointError, UnicodeDecodeError) as problem:
            raise WitnessError(f"what this witness remembers of {origin} is damaged or not its own") from problem
        if old.origin != origin:
            raise WitnessError(f"what this witness remembers of {origin} is of another log")
        self._memory.check_size(origin, old.size)
        return old, mine.time or 0

    def _cosigned(self, note: Note, new: Checkpoint, time: int, keep: Callable[[str], None]) -> Answer:
        line = SignatureLine(self.name, self._own.id, self._key.cosign(note.text, time)).text
        known = {(key.name, key.id) for key in self._logs[new.origin]}
        signed = [each.text for each in note.lines if (each.name, each.key_id) in known]
        keep(note.text + "\n" + "".join(f"{each}\n" for each in (*signed, line)))
        self._memory.check_size(new.origin, new.size)
        return Answer(HTTPStatus.OK, f"{line}\n")


def origin_hash(origin: str) -> str:
    """What names a log in the address of a witness: the lower-case hexadecimal SHA-256 of its origin."""
    return hashlib.sha256(origin.encode()).hexdigest()


def _read_checkpoint(text: str) -> tuple[Checkpoint, bool]:
    """A checkpoint, and whether it is one that a log can have: an empty log with a root is read, to be refused later.

    The specification answers that with 422, as a proof that fails, and not as something malformed.
    """
    try:
        return Checkpoint.parse(text), True
    except CheckpointError:
        origin, size, root, *rest = [*text.split("\n"), "", ""]
        if size != "0" or len(root) != len(encode_base64(EMPTY_ROOT)):
            raise
        return Checkpoint.parse("\n".join((origin, size, encode_base64(EMPTY_ROOT), *rest[:-2]))), False


def _refused(status: HTTPStatus, why: object) -> Answer:
    return Answer(status, f"{why}\n")
