"""What can go wrong in the vault. No message carries a key, a plaintext or any part of a record."""


class VaultError(Exception):
    """Base of every error of this engine."""


class KeyFolderError(VaultError):
    """The folder or file that holds an epoch key is missing, unsafe or damaged; the message says how."""


class ProviderError(VaultError):
    """The program or token that keeps the epoch keys does not answer as agreed; the message says what to check."""


class EpochInUseError(VaultError):
    """An epoch cannot be destroyed yet: something that survives is still wrapped under it."""


class RecoveryError(VaultError):
    """Shares of the recovery key, or the bundle it opens, were altered or do not belong together."""


class KeyMissingError(VaultError):
    """The epoch key that wrapped this record key is not there: destroyed, or not restored."""


class SealBrokenError(VaultError):
    """A sealed value or a wrapped key was altered, or belongs to another record, field or version.

    One message for all of these on purpose: which check failed would help only somebody who is trying values.
    """


class KeyDestroyedError(VaultError):
    """Nothing stands where a wrapped key stood: it was destroyed on purpose, and what it sealed is gone for ever."""
