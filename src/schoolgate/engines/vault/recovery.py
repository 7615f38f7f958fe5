"""Getting the file provider's epoch keys back when its disk is lost: a bundle that two of three people open together.

The epoch keys are encrypted to a public key (HPKE, RFC 9180: X25519, HKDF-SHA256, AES-256-GCM), so that the bundle can
be made anew for every epoch without anybody's share. The private key exists only as three shares of words (SLIP-39):
any two give it, one alone tells nothing, and an altered share is noticed by its own checksum, by the digest of the
shared secret and by the public key.

Who has an old bundle and two shares has the epochs that were in it, those destroyed since as well: see `docs/vault.md`.
"""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import combinations
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from shamir_mnemonic import MnemonicError, combine_mnemonics, generate_mnemonics
from shamir_mnemonic.share import Share

from schoolgate.engines.vault.context import length_prefixed
from schoolgate.engines.vault.errors import RecoveryError
from schoolgate.engines.vault.provider import KEY_BYTES, is_epoch

SHARES: Final = 3
NEEDED: Final = 2
_FORMAT: Final = "schoolgate recovery bundle 1"
_SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


@dataclass(frozen=True, slots=True)
class RecoveryKey:
    """A new recovery key. The shares are shown once and kept by nobody but the people who get them.

    Attributes:
        public: 32 bytes, to which bundles are encrypted.
        shares: Three lines of 33 words, of which any two give the private key.
    """

    public: bytes
    shares: tuple[str, ...] = field(repr=False)

    @classmethod
    def new(cls) -> Self:
        """Make one."""
        private = X25519PrivateKey.generate()
        [shares] = generate_mnemonics(1, [(NEEDED, SHARES)], private.private_bytes_raw())
        return cls(private.public_key().public_bytes_raw(), tuple(shares))


@dataclass(frozen=True, slots=True)
class Bundle:
    """Epoch keys encrypted to a recovery key.

    Attributes:
        public: The recovery key's public half.
        epochs: The epochs in it, oldest first; in clear, so that one sees whether it is up to date.
        sealed: The HPKE message.
    """

    public: bytes
    epochs: tuple[str, ...]
    sealed: bytes = field(repr=False)

    @classmethod
    def seal(cls, public: bytes, keys: Mapping[str, bytes]) -> Self:
        """Encrypt epoch keys.

        Raises:
            RecoveryError: When `public` is no public key.
        """
        epochs = tuple(sorted(keys))
        plain = json.dumps({epoch: keys[epoch].hex() for epoch in epochs}).encode()
        try:
            sealed = _SUITE.encrypt(plain, X25519PublicKey.from_public_bytes(public), _info(public, epochs))
        except ValueError:
            raise RecoveryError("the recovery key is not 32 bytes of an X25519 public key; split it anew") from None
        return cls(public, epochs, sealed)

    def open(self, shares: Sequence[str]) -> dict[str, bytes]:
        """The epoch keys, by name.

        Args:
            shares: Two shares, or all three, which must then agree.

        Raises:
            RecoveryError: When a share or the bundle was altered, or they do not belong together; it repeats no word.
        """
        private = X25519PrivateKey.from_private_bytes(_joined(shares))
        if private.public_key().public_bytes_raw() != self.public:
            raise RecoveryError("these shares are of another recovery key than the bundle; look for the right ones")
        try:
            keys = json.loads(_SUITE.decrypt(self.sealed, private, _info(self.public, self.epochs)))
        except (InvalidTag, ValueError):
            raise RecoveryError("the bundle does not open: it was altered; take another copy of it") from None
        return {epoch: bytes.fromhex(key) for epoch, key in keys.items()}

    def to_text(self) -> str:
        """The bundle as one JSON object, for a file."""
        sealed = base64.b64encode(self.sealed).decode("ascii")
        facts = {"format": _FORMAT, "recovery_key": self.public.hex(), "epochs": self.epochs, "sealed": sealed}
        return json.dumps(facts, indent=2) + "\n"

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read what `to_text` wrote.

        Raises:
            RecoveryError: When it is no bundle.
        """
        try:
            facts = json.loads(text)
            made = cls(
                bytes.fromhex(facts["recovery_key"]),
                tuple(facts["epochs"]),
                base64.b64decode(facts["sealed"], validate=True),
            )
            sound = facts["format"] == _FORMAT and all(is_epoch(epoch) for epoch in made.epochs)
        except (ValueError, TypeError, KeyError, AttributeError, binascii.Error):
            sound = False
        if not sound or len(made.public) != KEY_BYTES:
            raise RecoveryError("this is no recovery bundle; give the file that `vault split-recovery` wrote")
        return made


def short_name(public: bytes) -> str:
    """Eight characters that name a recovery key on its shares, so that people know which belong together."""
    return sha256(length_prefixed(_FORMAT, public)).hexdigest()[:8]


def _joined(shares: Sequence[str]) -> bytes:
    """The private key, the same from any two of the shares."""
    lines = list(dict.fromkeys(" ".join(share.lower().split()) for share in shares))
    if not NEEDED <= len(lines) <= SHARES:
        raise RecoveryError(f"{NEEDED} different shares are needed, of {SHARES}; {len(lines)} were given")
    for number, line in enumerate(lines, start=1):
        try:
            Share.from_mnemonic(line)
        except (MnemonicError, ValueError):
            raise RecoveryError(
                f"share {number} is not as it was printed: a word is wrong or missing; compare it with the paper"
            ) from None
    try:
        [secret] = {bytes(combine_mnemonics(pair)) for pair in combinations(lines, NEEDED)}
    except (MnemonicError, ValueError):
        raise RecoveryError(
            "these shares do not fit together: one was altered, or they were printed on different days"
        ) from None
    if len(secret) != KEY_BYTES:
        raise RecoveryError("these shares are of another kind of secret; look for those of the recovery key")
    return secret


def _info(public: bytes, epochs: Sequence[str]) -> bytes:
    return length_prefixed(_FORMAT, public, *epochs)
