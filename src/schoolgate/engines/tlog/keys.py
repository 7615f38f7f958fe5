"""Keys of signed notes: `name+id+key` to verify with, `PRIVATE+KEY+name+id+key` to sign with.

The verifying form is C2SP signed-note's vkey; the signing form is the one its Go implementation writes.
"""

import hashlib
import re
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from schoolgate.engines.tlog.errors import KeyTextError
from schoolgate.engines.tlog.strict import MAX_NUMBER, decode_base64, encode_base64

KEY_ID_BYTES: Final = 4
SEED_BYTES: Final = 32
_PUBLIC_BYTES: Final = 32
_SIGNATURE_BYTES: Final = 64
_TIME_BYTES: Final = 8
_KEY_ID: Final = re.compile(r"[0-9a-f]{8}", re.ASCII)
_FIRST_PRINTABLE: Final = " "
_PRIVATE: Final = "PRIVATE+KEY+"

_FIELD_PRIME: Final = 2**255 - 19
# The y coordinates of the eight points whose order divides 8. Under such a key one fixed signature verifies
# any text, and the library we verify with accepts the key.
_ORDER_EIGHT_Y: Final = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_SMALL_ORDER_Y: Final = frozenset({0, 1, _FIELD_PRIME - 1, _ORDER_EIGHT_Y, _FIELD_PRIME - _ORDER_EIGHT_Y})


class KeyKind(IntEnum):
    """The signature types of C2SP signed-note that are known here."""

    ED25519 = 1
    COSIGNATURE = 4


def check_key_name(name: str) -> None:
    """Refuse a name that cannot stand in a signature line.

    Raises:
        KeyTextError: When it is empty or holds a space, a plus or a control character.
    """
    if not name or "+" in name or name.split() != [name] or min(name) < _FIRST_PRINTABLE:
        raise KeyTextError("a key name is not empty and holds no space, plus or control character")
    try:
        name.encode()
    except UnicodeEncodeError as problem:
        raise KeyTextError("a key name is valid Unicode text") from problem


def key_id(name: str, kind: KeyKind, public: bytes) -> bytes:
    """The four bytes that name a key in a signature line."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:KEY_ID_BYTES]


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A public key under its name.

    Args:
        name: What signature lines call it; for a log's key, the log's origin.
        kind: Whether it signs the text alone, or the text with a time.
        public: The 32 bytes of an Ed25519 public key.

    Raises:
        KeyTextError: When the name is unusable, or the key malformed or one that anybody can sign for.
    """

    name: str
    kind: KeyKind
    public: bytes

    def __post_init__(self) -> None:
        check_key_name(self.name)
        if len(self.public) != _PUBLIC_BYTES:
            raise KeyTextError(f"an Ed25519 key has {_PUBLIC_BYTES} bytes, not {len(self.public)}")
        y = int.from_bytes(self.public, "little") & (2**255 - 1)
        if y >= _FIELD_PRIME:
            raise KeyTextError("the Ed25519 key is not written in its one way")
        if y in _SMALL_ORDER_Y:
            raise KeyTextError("the Ed25519 key is a point of small order: anybody can sign for it")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `name+id+key`.

        Raises:
            KeyTextError: When it is malformed, of an unknown kind, or its id is not that of its key.
        """
        parts = text.split("+", 2)
        if len(parts) != 3:  # noqa: PLR2004 - the three parts of the docstring
            raise KeyTextError("a verifying key is written name+id+key")
        name, identity, key = parts
        kind, public = _read_key(key)
        parsed = cls(name, kind, public)
        if not _KEY_ID.fullmatch(identity) or bytes.fromhex(identity) != parsed.id:
            raise KeyTextError("the id in the verifying key is not that of its name and key: was it mistyped?")
        return parsed

    @property
    def id(self) -> bytes:
        """The four bytes that name this key in a signature line."""
        return key_id(self.name, self.kind, self.public)

    @property
    def text(self) -> str:
        """The key as `name+id+key`, for publishing."""
        return f"{self.name}+{self.id.hex()}+{encode_base64(bytes([self.kind]) + self.public)}"

    def verifies(self, signature: bytes, text: str) -> bool:
        """Whether this key made that signature (what follows the key id in a line) over that text."""
        message = text.encode()
        if self.kind is KeyKind.COSIGNATURE:
            time, signature = int.from_bytes(signature[:_TIME_BYTES]), signature[_TIME_BYTES:]
            if time > MAX_NUMBER:
                return False
            message = cosigned_message(text, time)
        if len(signature) != _SIGNATURE_BYTES:
            return False
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True

    def time_of(self, signature: bytes) -> int | None:
        """The POSIX second a cosignature states; None for a kind that states none."""
        return int.from_bytes(signature[:_TIME_BYTES]) if self.kind is KeyKind.COSIGNATURE else None


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key under its name: of a log, an auditor or a witness. Its `repr` does not show it.

    Args:
        name: What signature lines call it; for a log's key, the log's origin.
        seed: The 32 secret bytes of an Ed25519 key.
        kind: Whether it signs texts alone, or, as a witness does, texts with a time.
    """

    name: str
    seed: bytes = field(repr=False)
    kind: KeyKind = KeyKind.ED25519
    # Made once, as making it costs more than signing does.
    _private: Ed25519PrivateKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_key_name(self.name)
        if len(self.seed) != SEED_BYTES:
            raise KeyTextError(f"an Ed25519 signing key has {SEED_BYTES} bytes")
        object.__setattr__(self, "_private", Ed25519PrivateKey.from_private_bytes(self.seed))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `PRIVATE+KEY+name+id+key`.

        Raises:
            KeyTextError: When it is malformed, or its id is not that of its key. The message shows nothing of it.
        """
        parts = text.removeprefix(_PRIVATE).split("+", 2)
        if not text.startswith(_PRIVATE) or len(parts) != 3:  # noqa: PLR2004 - the three parts
            raise KeyTextError(f"a signing key is written {_PRIVATE}name+id+key")
        name, identity, key = parts
        kind, seed = _read_key(key)
        parsed = cls(name, seed, kind)
        if not _KEY_ID.fullmatch(identity) or bytes.fromhex(identity) != parsed.verifying_key.id:
            raise KeyTextError("the id in the signing key is not that of its name and key: is the file damaged?")
        return parsed

    @property
    def verifying_key(self) -> VerifyingKey:
        """The public half."""
        public = self._private.public_key().public_bytes_raw()
        return VerifyingKey(self.name, self.kind, public)

    @property
    def secret_text(self) -> str:
        """The key as `PRIVATE+KEY+name+id+key`, for a file that nobody else can read."""
        key = encode_base64(bytes([self.kind]) + self.seed)
        return f"{_PRIVATE}{self.name}+{self.verifying_key.id.hex()}+{key}"

    def sign(self, text: str) -> bytes:
        """The 64 bytes of a signature over the text.

        Raises:
            KeyTextError: When it is a witness's key, which signs with a time only.
        """
        if self.kind is not KeyKind.ED25519:
            raise KeyTextError("only keys of type 01, Ed25519, sign a text without a time")
        return self._private.sign(text.encode())

    def cosign(self, text: str, time: int) -> bytes:
        """The 72 bytes of a cosignature (C2SP tlog-cosignature 1.0.1): the time, then the signature over both.

        Args:
            text: The whole text of a checkpoint.
            time: POSIX second at which the checkpoint was seen to be consistent, from 0 to 2^63 - 1.

        Raises:
            KeyTextError: When it is not a witness's key, or the time is none.
        """
        if not 0 <= time <= MAX_NUMBER:
            raise KeyTextError("the time of a cosignature goes from 0 to 2^63 - 1")
        if self.kind is not KeyKind.COSIGNATURE:
            raise KeyTextError("only keys of type 04 sign with a time: make one with `schoolgate witness key`")
        message = cosigned_message(text, time)
        return time.to_bytes(_TIME_BYTES) + self._private.sign(message)


def cosigned_message(text: str, time: int) -> bytes:
    """What a cosignature of type 04 signs."""
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def generate_key(name: str, kind: KeyKind = KeyKind.ED25519) -> tuple[str, str]:
    """Make a new key from the operating system's randomness.

    Returns:
        The signing key's text, then the verifying key's.

    Raises:
        KeyTextError: When the name cannot be a key's.
    """
    key = SigningKey(name, Ed25519PrivateKey.generate().private_bytes_raw(), kind)
    return key.secret_text, key.verifying_key.text


def _read_key(text: str) -> tuple[KeyKind, bytes]:
    try:
        data = decode_base64(text)
        return KeyKind(data[0]), data[1:]
    except (ValueError, IndexError):
        # What the base64 reader says could hold the key itself, so nothing of it is passed on.
        raise KeyTextError("the key is not base64 of a known type (01 or 04) and its bytes") from None
