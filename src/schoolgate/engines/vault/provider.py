"""What keeps the epoch keys: a folder, a hardware token, an outside command. The vault knows only this."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Wrap:
    """One record key as a provider returned it.

    Attributes:
        epoch: The name of the epoch key it is wrapped under, such as `kek-2026-11`.
        blob: The provider's own format.
        aad: The bytes the wrapping was bound to.
    """

    epoch: str
    blob: bytes = field(repr=False)
    aad: bytes = field(repr=False)


class KeyProvider(Protocol):
    """Keeps dated key-encryption keys and never hands them out.

    An implementation raises `KeyMissingError` for an epoch it no longer has and `SealBrokenError` for a wrap
    that does not authenticate. Names of epochs sort by age: `kek-YYYY-MM`.
    """

    def current_epoch(self) -> str:
        """The newest epoch, under which new keys are wrapped."""

    def epochs(self) -> tuple[str, ...]:
        """Every epoch whose key still exists, oldest first."""

    def wrap(self, epoch: str, key: bytes, aad: bytes) -> bytes:
        """Encrypt a 32-byte record key under an epoch key, bound to `aad`."""

    def unwrap(self, wraps: Sequence[Wrap]) -> list[bytes]:
        """Decrypt record keys, in order; a page of records is one call, since tokens cost by the call."""

    def destroy_epoch(self, epoch: str) -> None:
        """Make everything wrapped under this epoch unreadable for ever."""
