"""AES-256-GCM under a fresh key per record version, each key wrapped under a dated key of a provider."""

import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from schoolgate.engines.vault.context import Context, length_prefixed
from schoolgate.engines.vault.errors import SealBrokenError
from schoolgate.engines.vault.provider import KeyProvider, Wrap

_SEALED_MAGIC: Final = b"SGS1"
_WRAPPED_MAGIC: Final = b"SGK1"
_AES_256_GCM: Final = b"\x01"
_COMMITMENT_LABEL: Final = b"schoolgate record key commitment 1"
_KEY_BYTES: Final = 32
_KEY_ID_BYTES: Final = 16
_NONCE_BYTES: Final = 12
_COMMITMENT_BYTES: Final = 32
_TAG_BYTES: Final = 16
_KEY_ID_AT: Final = len(_SEALED_MAGIC) + len(_AES_256_GCM)
_COMMITMENT_AT: Final = _KEY_ID_AT + _KEY_ID_BYTES
_NONCE_AT: Final = _COMMITMENT_AT + _COMMITMENT_BYTES
_TEXT_AT: Final = _NONCE_AT + _NONCE_BYTES


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A record key, encrypted under an epoch key: kept beside the record, deleted to destroy it.

    Attributes:
        key_id: 16 random bytes that name the record key; they stay the same when it is re-wrapped.
        epoch: The epoch key it is wrapped under.
        blob: The provider's bytes.
    """

    key_id: bytes = field(repr=False)
    epoch: str
    blob: bytes = field(repr=False)

    def to_bytes(self) -> bytes:
        """One value for one column: magic `SGK1`, algorithm, then key id, epoch and blob, length-prefixed."""
        return _WRAPPED_MAGIC + _AES_256_GCM + length_prefixed(self.key_id, self.epoch, self.blob)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what `to_bytes` wrote.

        Raises:
            SealBrokenError: When the bytes are not exactly one wrapped key.
        """
        header = _WRAPPED_MAGIC + _AES_256_GCM
        parts: list[bytes] = []
        rest = data[len(header) :]
        while rest:
            prefix, rest = rest[:4], rest[4:]
            size = int.from_bytes(prefix, "big")
            part, rest = rest[:size], rest[size:]
            if len(prefix) < 4 or len(part) != size:  # noqa: PLR2004 - the length before each part
                raise SealBrokenError("a wrapped key is cut short; restore it from a backup of the same day")
            parts.append(part)
        well_formed = data.startswith(header) and [len(part) for part in parts[:1]] == [_KEY_ID_BYTES]
        if not well_formed or len(parts) != 3 or not parts[1].isascii():  # noqa: PLR2004 - the three parts above
            raise SealBrokenError("these bytes are not a wrapped key of this version; was the column mixed up?")
        return cls(key_id=parts[0], epoch=parts[1].decode("ascii"), blob=parts[2])


class Vault:
    """Seals and opens values of records. Holds no key between calls, so a destroyed epoch is gone at once.

    A sealed value is `SGS1`, algorithm (1 byte), key id (16), key commitment (32), nonce (12), ciphertext and
    tag (NIST SP 800-38D). The associated data is the length-prefixed list of format, algorithm, district,
    table, primary key, version, field and key id. GCM does not commit to its key (two keys can be found that
    open one ciphertext to two texts), so SHA-256(label, key) is stored and compared.

    Nonces are random: 96 bits are safe to 2^32 messages under one key, and a record version has a handful of
    values. Cost: one `unwrap` call and about 5 microseconds a value.
    """

    def __init__(self, provider: KeyProvider) -> None:
        self._provider = provider

    def new_key(self, context: Context) -> WrappedKey:
        """Make a fresh key for one record version, bound to district, table, primary key and version."""
        return self._wrap(secrets.token_bytes(_KEY_ID_BYTES), secrets.token_bytes(_KEY_BYTES), context)

    def rewrap(self, wrapped: WrappedKey, context: Context) -> WrappedKey:
        """Wrap the same record key under the current epoch; sealed values stay as they are.

        Raises:
            KeyMissingError: When its epoch was destroyed.
            SealBrokenError: When the wrapped key is not this record's.
        """
        return self._wrap(wrapped.key_id, self._unwrap([(wrapped, context)])[0], context)

    def seal(self, wrapped: WrappedKey, context: Context, plaintext: bytes) -> bytes:
        """Encrypt one value. Errors as for `open`."""
        key = self._unwrap([(wrapped, context)])[0]
        nonce = secrets.token_bytes(_NONCE_BYTES)
        text = AESGCM(key).encrypt(nonce, plaintext, _value_aad(wrapped, context))
        return _SEALED_MAGIC + _AES_256_GCM + wrapped.key_id + _commitment(key) + nonce + text

    def open(self, wrapped: WrappedKey, context: Context, sealed: bytes) -> bytes:
        """Decrypt one value.

        Raises:
            KeyMissingError: When the epoch key is gone.
            SealBrokenError: When anything was altered or the value belongs elsewhere.
        """
        return self.open_page([(wrapped, context, sealed)])[0]

    def open_page(self, values: Iterable[tuple[WrappedKey, Context, bytes]]) -> list[bytes]:
        """Decrypt many values with one call to the provider, for a page of records. Errors as for `open`."""
        page = list(values)
        keys = self._unwrap([(wrapped, context) for wrapped, context, _ in page])
        return [
            _decrypt(key, wrapped, context, sealed) for key, (wrapped, context, sealed) in zip(keys, page, strict=True)
        ]

    def _wrap(self, key_id: bytes, key: bytes, context: Context) -> WrappedKey:
        epoch = self._provider.current_epoch()
        return WrappedKey(key_id, epoch, self._provider.wrap(epoch, key, _key_aad(key_id, epoch, context)))

    def _unwrap(self, keys: list[tuple[WrappedKey, Context]]) -> list[bytes]:
        return self._provider.unwrap(
            [Wrap(key.epoch, key.blob, _key_aad(key.key_id, key.epoch, context)) for key, context in keys]
        )


def _decrypt(key: bytes, wrapped: WrappedKey, context: Context, sealed: bytes) -> bytes:
    header = _SEALED_MAGIC + _AES_256_GCM + wrapped.key_id + _commitment(key)
    long_enough = len(sealed) >= _TEXT_AT + _TAG_BYTES
    if long_enough and hmac.compare_digest(sealed[:_NONCE_AT], header):
        nonce = sealed[_NONCE_AT:_TEXT_AT]
        try:
            return AESGCM(key).decrypt(nonce, sealed[_TEXT_AT:], _value_aad(wrapped, context))
        except InvalidTag:
            pass
    raise SealBrokenError(
        f"the sealed value in {context.table}.{context.field}, version {context.version}, does not open: "
        "it was altered, or it belongs to another record, field or version; compare the row with a backup"
    )


def _commitment(key: bytes) -> bytes:
    return sha256(length_prefixed(_COMMITMENT_LABEL, key)).digest()


def _key_aad(key_id: bytes, epoch: str, context: Context) -> bytes:
    return length_prefixed(_WRAPPED_MAGIC, _AES_256_GCM, *context.record_parts(), key_id, epoch)


def _value_aad(wrapped: WrappedKey, context: Context) -> bytes:
    return length_prefixed(_SEALED_MAGIC, _AES_256_GCM, *context.value_parts(), wrapped.key_id)
