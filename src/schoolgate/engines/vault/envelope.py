"""AES-256-GCM under a fresh key per record version or field group, each wrapped under a dated key of a provider."""

import hmac
import secrets
from collections.abc import Iterable, Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from schoolgate.engines.vault.context import Context, length_prefixed
from schoolgate.engines.vault.errors import SealBrokenError, VaultError
from schoolgate.engines.vault.provider import KEY_BYTES, NONCE_BYTES, BareKey, KeyProvider
from schoolgate.engines.vault.wrapped_key import AES_256_GCM, KEY_ID_BYTES, WrappedKey, commitment_to

_SEALED_MAGIC: Final = b"SGS1"
_COMMITMENT_BYTES: Final = 32
_TAG_BYTES: Final = 16
_KEY_ID_AT: Final = len(_SEALED_MAGIC) + len(AES_256_GCM)
_COMMITMENT_AT: Final = _KEY_ID_AT + KEY_ID_BYTES
_NONCE_AT: Final = _COMMITMENT_AT + _COMMITMENT_BYTES
_TEXT_AT: Final = _NONCE_AT + NONCE_BYTES

type _Fresh = tuple[Context, str, bytes, bytes]
"""A key that is not wrapped yet: its place, group, id and 32 bytes."""


class Vault:
    """Seals and opens values of records. Holds no key between calls, so a destroyed epoch is gone at once.

    A sealed value is `SGS1`, algorithm (1 byte), key id (16), key commitment (32), nonce (12), ciphertext and
    tag (NIST SP 800-38D). The associated data is the length-prefixed list of format, algorithm, district,
    table, primary key, version, field and key id. GCM does not commit to its key (two keys can be found that
    open one ciphertext to two texts), so SHA-256(label, key) is stored and compared, with the value and with the
    wrapped key.

    Nonces are random: 96 bits are safe to 2^32 messages under one key, and a record version has a handful of
    values. Cost: one call to the provider for a page, and about 5 microseconds a value.
    """

    def __init__(self, provider: KeyProvider) -> None:
        self._provider = provider

    def current_epoch(self) -> str:
        """The epoch that new keys are wrapped under."""
        return self._provider.current_epoch()

    def new_key(self, context: Context) -> WrappedKey:
        """Make a fresh key for all of one record version, bound to district, table, primary key and version."""
        return self._wrap([_fresh(context, "")])[0]

    def new_group_key(self, context: Context) -> WrappedKey:
        """Make a fresh key that is bound to the field group as well, and seals nothing else.

        Raises:
            VaultError: When the field names no group.
        """
        return self.new_group_keys([context])[0]

    def new_group_keys(self, contexts: Iterable[Context]) -> list[WrappedKey]:
        """Make many of them with one call to the provider."""
        return self._wrap([_fresh(context, _group(context)) for context in contexts])

    def rewrap(self, wrapped: WrappedKey, context: Context) -> WrappedKey:
        """Wrap the same record key under the current epoch; sealed values stay as they are.

        Raises:
            KeyMissingError: When its epoch was destroyed.
            SealBrokenError: When the wrapped key is not this record's.
        """
        return self.rewrap_page([(wrapped, context)])[0]

    def rewrap_page(self, page: Sequence[tuple[WrappedKey, Context]]) -> list[WrappedKey]:
        """Wrap many record keys under the current epoch, in order, with one unwrap and one wrap. Errors as above."""
        keys = self._unwrap(page)
        return self._wrap(
            [(context, wrapped.group, wrapped.key_id, key) for key, (wrapped, context) in zip(keys, page, strict=True)]
        )

    def seal(self, wrapped: WrappedKey, context: Context, plaintext: bytes) -> bytes:
        """Encrypt one value. Errors as for `open`."""
        return self.seal_page([(wrapped, context, plaintext)])[0]

    def seal_page(self, values: Iterable[tuple[WrappedKey, Context, bytes]]) -> list[bytes]:
        """Encrypt many values under keys there are, with one call to the provider. Errors as for `open`."""
        page = list(values)
        keys = self._unwrap([(wrapped, context) for wrapped, context, _ in page])
        return [
            _encrypt(key, wrapped.key_id, context, plaintext)
            for key, (wrapped, context, plaintext) in zip(keys, page, strict=True)
        ]

    def seal_new_page(self, values: Iterable[tuple[Context, bytes]]) -> list[tuple[WrappedKey, bytes]]:
        """Encrypt many values, each under a fresh key of its field group, with one call to the provider.

        Raises:
            VaultError: When a field names no group.
        """
        page = list(values)
        fresh = [_fresh(context, _group(context)) for context, _ in page]
        sealed = [
            _encrypt(key, key_id, context, plaintext)
            for (_, _, key_id, key), (context, plaintext) in zip(fresh, page, strict=True)
        ]
        return list(zip(self._wrap(fresh), sealed, strict=True))

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

    def _wrap(self, fresh: Sequence[_Fresh]) -> list[WrappedKey]:
        if not fresh:
            return []
        epoch = self._provider.current_epoch()
        unwrapped = [
            (context, key, WrappedKey(key_id, epoch, b"", group, commitment_to(key)))
            for context, group, key_id, key in fresh
        ]
        blobs = self._provider.wrap(epoch, [BareKey(key, made.aad(context)) for context, key, made in unwrapped])
        return [
            WrappedKey(made.key_id, epoch, blob, made.group, made.commitment)
            for blob, (_, _, made) in zip(blobs, unwrapped, strict=True)
        ]

    def _unwrap(self, keys: Sequence[tuple[WrappedKey, Context]]) -> list[bytes]:
        """The record keys in order; one that is asked for several times, as a directory's, is unwrapped once."""
        wraps = [wrapped.wrap_for(context) for wrapped, context in keys]
        if not wraps:
            return []
        different = list(dict.fromkeys(wraps))
        opened = dict(zip(different, self._provider.unwrap(different), strict=True))
        for wrap, (wrapped, _) in zip(wraps, keys, strict=True):
            wrapped.check(opened[wrap])
        return [opened[wrap] for wrap in wraps]


def _fresh(context: Context, group: str) -> _Fresh:
    return context, group, secrets.token_bytes(KEY_ID_BYTES), secrets.token_bytes(KEY_BYTES)


def _group(context: Context) -> str:
    if not context.group:
        raise VaultError("Context.field names no field group; give one, such as narrative, before any /")
    return context.group


def _encrypt(key: bytes, key_id: bytes, context: Context, plaintext: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    text = AESGCM(key).encrypt(nonce, plaintext, _value_aad(key_id, context))
    return _SEALED_MAGIC + AES_256_GCM + key_id + commitment_to(key) + nonce + text


def _decrypt(key: bytes, wrapped: WrappedKey, context: Context, sealed: bytes) -> bytes:
    header = _SEALED_MAGIC + AES_256_GCM + wrapped.key_id + commitment_to(key)
    long_enough = len(sealed) >= _TEXT_AT + _TAG_BYTES
    if long_enough and hmac.compare_digest(sealed[:_NONCE_AT], header):
        nonce = sealed[_NONCE_AT:_TEXT_AT]
        try:
            return AESGCM(key).decrypt(nonce, sealed[_TEXT_AT:], _value_aad(wrapped.key_id, context))
        except InvalidTag:
            pass
    raise SealBrokenError(
        f"the sealed value in {context.table}.{context.field}, version {context.version}, does not open: "
        "it was altered, or it belongs to another record, field or version; compare the row with a backup"
    )


def _value_aad(key_id: bytes, context: Context) -> bytes:
    return length_prefixed(_SEALED_MAGIC, AES_256_GCM, *context.value_parts(), key_id)
