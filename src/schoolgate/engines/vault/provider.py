"""What keeps the epoch keys: a folder, a hardware token, an outside command. The vault knows only this."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from schoolgate.engines.vault.errors import VaultError

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
_NAME: Final = re.compile(r"kek-\d{4}-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, slots=True)
class BareKey:
    """One record key to be wrapped.

    Attributes:
        key: 32 bytes.
        aad: The bytes the wrapping is bound to.
    """

    key: bytes = field(repr=False)
    aad: bytes = field(repr=False)


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

    An implementation raises `KeyMissingError` for an epoch it no longer has, `SealBrokenError` for a wrap that
    does not authenticate, and `ProviderError` or `KeyFolderError` when it cannot work at all. Names of epochs sort
    by age: `kek-YYYY-MM`. Nothing is remembered between calls that a destruction elsewhere would not end.
    """

    def start_epoch(self, epoch: str) -> None:
        """Create the key of a new epoch, the newest; a second call, or another process, changes nothing."""

    def current_epoch(self) -> str:
        """The newest epoch, under which new keys are wrapped."""

    def epochs(self) -> tuple[str, ...]:
        """Every epoch whose key still exists, oldest first."""

    def wrap(self, epoch: str, keys: Sequence[BareKey]) -> list[bytes]:
        """Encrypt record keys under an epoch key, in order, each bound to its `aad`; one call for a page."""

    def unwrap(self, wraps: Sequence[Wrap]) -> list[bytes]:
        """Decrypt record keys, in order; a page of records is one call, since tokens cost by the call."""

    def destroy_epoch(self, epoch: str) -> None:
        """Make everything wrapped under this epoch unreadable for ever."""


def is_epoch(name: str) -> bool:
    """Whether this is the name of an epoch."""
    return _NAME.fullmatch(name) is not None


def check_epoch(name: str) -> None:
    """Refuse what is no epoch's name.

    Raises:
        VaultError: Without the name: it becomes part of a path or a command, and may come from a damaged row.
    """
    if not is_epoch(name):
        raise VaultError("an epoch's name must read kek-YYYY-MM, such as kek-2026-11")


def check_newest(epoch: str, existing: Sequence[str]) -> None:
    """Refuse an epoch older than those there are.

    Raises:
        VaultError: When there is a newer one.
    """
    if existing and epoch < existing[-1]:
        raise VaultError(f"epoch {epoch} is older than {existing[-1]}; epochs start in order of their months")


def check_not_current(epoch: str, existing: Sequence[str]) -> None:
    """Refuse to destroy the epoch that is in use.

    Raises:
        VaultError: When it is the newest.
    """
    if existing and epoch == existing[-1]:
        raise VaultError(
            f"{epoch} is the current epoch; before destroying it, start the next one and re-wrap every "
            "record key that survives"
        )
