"""C2SP signed-note 1.0.0: a text, an empty line, and lines that sign the text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from schoolgate.engines.tlog.errors import NoteError
from schoolgate.engines.tlog.keys import KEY_ID_BYTES, SigningKey, VerifyingKey
from schoolgate.engines.tlog.strict import decode_any_padding, encode_base64

MAX_SIGNATURES: Final = 100
MAX_NOTE_CHARACTERS: Final = 1_000_000
_DASH: Final = "\u2014 "
_FIRST_PRINTABLE: Final = " "


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """One signature line: who says to have signed, and with what.

    Args:
        name: Name of the key.
        key_id: The four bytes that name the key.
        signature: What follows the id; for type 01 the 64 bytes of an Ed25519 signature.
        exact: Whether its base64 is written in its one way. A line of a known key that is not signs nothing.
    """

    name: str
    key_id: bytes
    signature: bytes
    exact: bool = True

    @property
    def text(self) -> str:
        """The line, without its end."""
        return f"{_DASH}{self.name} {encode_base64(self.key_id + self.signature)}"


@dataclass(frozen=True, slots=True)
class Verified:
    """A signature that was checked.

    Args:
        key: The key that made it.
        time: For a cosignature, the POSIX second it states.
    """

    key: VerifyingKey
    time: int | None


@dataclass(frozen=True, slots=True)
class Note:
    """A note taken apart; nothing about its signatures is checked by that.

    Args:
        text: What is signed, with its last line end.
        lines: The signature lines, in their order.
    """

    text: str
    lines: tuple[SignatureLine, ...]

    @classmethod
    def parse(cls, note: str) -> "Note":
        """Take a note apart.

        Raises:
            NoteError: When it is not written exactly as the specification says.
        """
        _check_characters(note)
        if not note.endswith("\n"):
            raise NoteError("the note does not end with a line end: was it cut off?")
        middle = note.rfind("\n\n")
        if middle < 0:
            raise NoteError("the note has no empty line before its signatures")
        rows = note[middle + 2 : -1].split("\n")
        if len(rows) > MAX_SIGNATURES:
            raise NoteError(f"the note has more than {MAX_SIGNATURES} signature lines")
        return cls(note[: middle + 1], tuple(_parse_line(number, row) for number, row in enumerate(rows, 1)))

    def verified_by(self, keys: Iterable[VerifyingKey]) -> tuple[Verified, ...]:
        """Check every line that names one of the keys; lines of unknown keys are passed over.

        Returns:
            Each key that signed, once, in the order of its first line.

        Raises:
            NoteError: When a line names a known key and its signature is wrong, no known key signed, or two keys that
                were given share name and id, so that a line could be of either.
        """
        known: dict[tuple[str, bytes], VerifyingKey] = {}
        for key in keys:
            if known.setdefault((key.name, key.id), key) != key:
                raise NoteError(f"two keys are named {key.name} and have the same id: nobody can tell whose line it is")
        found: dict[VerifyingKey, Verified] = {}
        for number, line in enumerate(self.lines, 1):
            signer = known.get((line.name, line.key_id))
            if signer is None:
                continue
            if not line.exact or not signer.verifies(line.signature, self.text):
                raise NoteError(f"signature line {number} is wrong for its key: text or signature was changed")
            found.setdefault(signer, Verified(signer, signer.time_of(line.signature)))
        if not found:
            raise NoteError("no signature of the note is by a key that was given: is it the right key?")
        return tuple(found.values())


def sign_note(text: str, keys: Sequence[SigningKey]) -> str:
    """Sign a text.

    Args:
        text: Ends with a line end.
        keys: At least one; one line is written for each, in this order.

    Raises:
        NoteError: When the text cannot be a note's, there is no key, or one is given twice: a second line of a key is
            malformed to some readers.
    """
    _check_characters(text)
    if not text.endswith("\n"):
        raise NoteError("the text of a note ends with a line end")
    if not keys:
        raise NoteError("a note is signed by at least one key")
    if len({(key.name, key.verifying_key.id) for key in keys}) < len(keys):
        raise NoteError("a key signs a note once")
    lines = [SignatureLine(key.name, key.verifying_key.id, key.sign(text)).text for key in keys]
    return text + "\n" + "".join(f"{line}\n" for line in lines)


def open_note(note: str, keys: Iterable[VerifyingKey]) -> tuple[str, tuple[Verified, ...]]:
    """The text of a note, and which of the given keys signed it.

    Raises:
        NoteError: When the note is malformed, a known key's signature is wrong, or no known key signed.
    """
    parsed = Note.parse(note)
    return parsed.text, parsed.verified_by(keys)


def _check_characters(text: str) -> None:
    if len(text) > MAX_NOTE_CHARACTERS:
        raise NoteError(f"a note of more than {MAX_NOTE_CHARACTERS} characters is not read")
    if any(each < _FIRST_PRINTABLE and each != "\n" for each in text):
        raise NoteError("the note holds a control character other than a line end")
    try:
        text.encode()
    except UnicodeEncodeError as problem:
        raise NoteError("the note is not valid Unicode text") from problem


def _parse_line(number: int, row: str) -> SignatureLine:
    name, space, blob = row.removeprefix(_DASH).partition(" ")
    if not row.startswith(_DASH) or not name or not space:
        raise NoteError(f"signature line {number} is not written: dash, space, name, space, base64")
    if "+" in name or any(each.isspace() for each in name):
        raise NoteError(f"signature line {number}: a key name holds no space and no plus")
    try:
        data, exact = decode_any_padding(blob)
    except ValueError as problem:
        raise NoteError(f"signature line {number}: {problem}") from problem
    if len(data) <= KEY_ID_BYTES:
        raise NoteError(f"signature line {number} has no signature after its key id")
    return SignatureLine(name, data[:KEY_ID_BYTES], data[KEY_ID_BYTES:], exact)
