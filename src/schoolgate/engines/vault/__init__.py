"""Envelope encryption of what must be forgettable: a key per record version, wrapped under a dated key.

Destroying a record is deleting its `WrappedKey`; proving it is re-wrapping the survivors under the next
epoch (`rewrap_survivors`) and destroying the old one (`destroy_epoch`), which makes the wrapped keys
in old backups and database logs useless too.
"""

from schoolgate.engines.vault.choosing import provider_of
from schoolgate.engines.vault.command import CommandKeyProvider
from schoolgate.engines.vault.context import Context
from schoolgate.engines.vault.envelope import Vault
from schoolgate.engines.vault.epochs import (
    SETTLE,
    EpochReceipt,
    Page,
    Rewrapped,
    Shredded,
    StoredKey,
    Stuck,
    destroy_epoch,
    epochs_of,
    rewrap_survivors,
)
from schoolgate.engines.vault.errors import (
    EpochInUseError,
    KeyDestroyedError,
    KeyFolderError,
    KeyMissingError,
    ProviderError,
    RecoveryError,
    SealBrokenError,
    VaultError,
)
from schoolgate.engines.vault.files import FileKeyProvider
from schoolgate.engines.vault.groups import GroupKeys, SealedGroups, open_groups, seal_groups
from schoolgate.engines.vault.index import blind_index, mixed_scripts, normalise
from schoolgate.engines.vault.pkcs11_token import Pkcs11KeyProvider, Token
from schoolgate.engines.vault.provider import BareKey, KeyProvider, Wrap
from schoolgate.engines.vault.wrapped_key import WrappedKey

__all__ = [
    "SETTLE",
    "BareKey",
    "CommandKeyProvider",
    "Context",
    "EpochInUseError",
    "EpochReceipt",
    "FileKeyProvider",
    "GroupKeys",
    "KeyDestroyedError",
    "KeyFolderError",
    "KeyMissingError",
    "KeyProvider",
    "Page",
    "Pkcs11KeyProvider",
    "ProviderError",
    "RecoveryError",
    "Rewrapped",
    "SealBrokenError",
    "SealedGroups",
    "Shredded",
    "StoredKey",
    "Stuck",
    "Token",
    "Vault",
    "VaultError",
    "Wrap",
    "WrappedKey",
    "blind_index",
    "destroy_epoch",
    "epochs_of",
    "mixed_scripts",
    "normalise",
    "open_groups",
    "provider_of",
    "rewrap_survivors",
    "seal_groups",
]
