"""Sealing and opening what the tables hold, under this installation's keys."""

from dataclasses import dataclass

from schoolgate.engines.vault import Context, Vault, WrappedKey

from .keys import keys

# One installation serves one district; the name is bound into every sealed value.
DISTRICT = "district"


@dataclass(frozen=True, slots=True)
class SealedValue:
    """A value and the key that opens it, as they are stored."""

    wrapped_key: bytes
    sealed: bytes


def context(table: str, pk: object, field: str, version: int = 1) -> Context:
    """The place a value belongs to."""
    return Context(district=DISTRICT, table=table, pk=str(pk), version=version, field=field)


def seal_new(place: Context, plaintext: bytes) -> SealedValue:
    """Seal a value under a fresh key of its own, which opens this field group and no other."""
    [(key, sealed)] = Vault(keys().provider).seal_new_page([(place, plaintext)])
    return SealedValue(key.to_bytes(), sealed)


def open_value(place: Context, wrapped_key: bytes | memoryview, sealed: bytes | memoryview) -> bytes:
    """Open a value.

    Raises:
        VaultError: The key is gone, or the value was altered or belongs elsewhere.
    """
    return Vault(keys().provider).open(WrappedKey.from_bytes(bytes(wrapped_key)), place, bytes(sealed))
