"""A record key as it is stored: encrypted under an epoch key, bound to its record."""

import hmac
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Self

from schoolgate.engines.vault.context import Context, length_prefixed, split_prefixed
from schoolgate.engines.vault.errors import KeyDestroyedError, SealBrokenError
from schoolgate.engines.vault.provider import Wrap, is_epoch

AES_256_GCM: Final = b"\x01"
KEY_ID_BYTES: Final = 16
_FIRST: Final = b"SGK1" + AES_256_GCM
_SECOND: Final = b"SGK2" + AES_256_GCM
_COMMITMENT_LABEL: Final = b"schoolgate record key commitment 1"
_COMMITMENT_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A record key, encrypted under an epoch key: kept beside the record, deleted to destroy it.

    Attributes:
        key_id: 16 random bytes that name the record key; they stay the same when it is re-wrapped.
        epoch: The epoch key it is wrapped under.
        blob: The provider's bytes.
        group: The one field group that it seals; empty when it seals all of the record version.
        commitment: SHA-256(label, key), 32 bytes: GCM does not commit to its key. Empty in the first format,
            which is still read and becomes the second when it is re-wrapped.
    """

    key_id: bytes = field(repr=False)
    epoch: str
    blob: bytes = field(repr=False)
    group: str = ""
    commitment: bytes = field(default=b"", repr=False)

    def to_bytes(self) -> bytes:
        """One value for one column: magic and format (`SGK2`), algorithm, then the parts, length-prefixed."""
        if not self.commitment:
            return _FIRST + length_prefixed(self.key_id, self.epoch, self.blob)
        return _SECOND + length_prefixed(self.key_id, self.group, self.epoch, self.commitment, self.blob)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what `to_bytes` wrote, in either format.

        Raises:
            KeyDestroyedError: When there are no bytes: the key stood here and was destroyed.
            SealBrokenError: When the bytes are not exactly one wrapped key.
        """
        if not data:
            raise KeyDestroyedError("the key of this record was destroyed; what it sealed is gone for ever")
        made = cls._read(data, split_prefixed(data[len(_SECOND) :]))
        if made is None or len(made.key_id) != KEY_ID_BYTES or not is_epoch(made.epoch):
            raise SealBrokenError("these bytes are not a wrapped key of this version; was the column mixed up?")
        return made

    @classmethod
    def _read(cls, data: bytes, parts: list[bytes]) -> Self | None:
        """The key in one of the formats; what is no text reads as what no group and no epoch is called."""
        match parts:
            case [key_id, epoch, blob] if data.startswith(_FIRST):
                return cls(key_id, epoch.decode(errors="replace"), blob)
            case [key_id, group, epoch, commitment, blob] if data.startswith(_SECOND):
                if len(commitment) == _COMMITMENT_BYTES:
                    return cls(key_id, epoch.decode(errors="replace"), blob, group.decode(errors="replace"), commitment)
        return None

    def aad(self, context: Context) -> bytes:
        """What the wrapping is bound to: format, algorithm, record, group, key id, epoch and commitment."""
        if not self.commitment:
            return length_prefixed(b"SGK1", AES_256_GCM, *context.record_parts(), self.key_id, self.epoch)
        own = (self.group, self.key_id, self.epoch, self.commitment)
        return length_prefixed(b"SGK2", AES_256_GCM, *context.record_parts(), *own)

    def wrap_for(self, context: Context) -> Wrap:
        """What the provider is asked to unwrap.

        Raises:
            SealBrokenError: When the key is of another field group.
        """
        if self.group not in {"", context.group}:
            raise SealBrokenError(
                f"the key at {context.table}.{context.field} is of another group of fields; was the column mixed up?"
            )
        return Wrap(self.epoch, self.blob, self.aad(context))

    def check(self, key: bytes) -> None:
        """Refuse another key than the one that was wrapped.

        Raises:
            SealBrokenError: When it is another.
        """
        if self.commitment and not hmac.compare_digest(commitment_to(key), self.commitment):
            raise SealBrokenError(
                f"a record key wrapped under {self.epoch} is not the one it says; compare the row with a backup"
            )


def commitment_to(key: bytes) -> bytes:
    """SHA-256 of label and key, each length-prefixed: the only key that a value sealed with it opens under."""
    return sha256(length_prefixed(_COMMITMENT_LABEL, key)).digest()
