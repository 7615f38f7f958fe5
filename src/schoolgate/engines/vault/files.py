"""Epoch keys as files: for a district without a hardware token.

A folder with mode 0700 holds one file of 32 random bytes with mode 0600 for each epoch. Keep it on an
encrypted disk, apart from the database and its backups: whoever has both has everything.
"""

import os
import secrets
import stat
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from schoolgate.engines.vault.errors import KeyFolderError, KeyMissingError, SealBrokenError, VaultError
from schoolgate.engines.vault.private_files import FILE_MODE, opened_private, sync_folder
from schoolgate.engines.vault.provider import (
    KEY_BYTES,
    NONCE_BYTES,
    BareKey,
    Wrap,
    check_epoch,
    check_newest,
    check_not_current,
    is_epoch,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_FOLDER_MODE: Final = 0o700


class FileKeyProvider:
    """A `KeyProvider` over a folder.

    Record keys are wrapped with AES-256-GCM, not with RFC 3394: the RFC's key wrap binds no context, so a
    wrapped key copied to another row would still unwrap; with GCM the row, version and epoch are associated
    data. The price is the limit of 2^32 random nonces under one epoch key; a month of a district is far
    below it.

    Nothing is cached: each call reads the key files it needs once (about 20 microseconds each), so a
    destroyed epoch stops working in every process at once.

    Args:
        folder: Where the keys live; created with mode 0700 by `start_epoch` when missing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def start_epoch(self, epoch: str) -> None:
        """Create the key of a new epoch, `kek-YYYY-MM`; a second call, or another process, changes nothing.

        The key is written to a temporary file, synced, hard-linked to its name (which unlike a rename never
        replaces a key somebody else made meanwhile), and the folder is synced: it is on the disk before
        anything uses it.

        Raises:
            KeyFolderError: When the folder is unsafe.
            VaultError: When the name is malformed or older than the newest epoch.
        """
        check_epoch(epoch)
        self._make_folder()
        existing = self.epochs()
        if epoch not in existing:
            check_newest(epoch, existing)
            self._write(epoch, secrets.token_bytes(KEY_BYTES))

    def read_epochs(self) -> dict[str, bytes]:
        """Every epoch key, by name: only for the recovery bundle, which encrypts them."""
        return {epoch: self._read(epoch) for epoch in self.epochs()}

    def restore_epochs(self, keys: Mapping[str, bytes]) -> list[str]:
        """Put back the epoch keys that are not there; those that are stay. Returns the names of those put back.

        Raises:
            KeyFolderError: When the folder is unsafe, or holds another key under the same name; then none is put back.
            VaultError: When a name or a key is malformed.
        """
        for epoch, key in keys.items():
            check_epoch(epoch)
            if len(key) != KEY_BYTES:
                raise VaultError(f"the key of {epoch} is not {KEY_BYTES} bytes long")
        self._make_folder()
        existing = self.read_epochs()
        for epoch in keys.keys() & existing.keys():
            if not secrets.compare_digest(keys[epoch], existing[epoch]):
                raise KeyFolderError(
                    f"{self._folder / epoch} is another key than the one to be restored; move the folder away first"
                )
        missing = sorted(keys.keys() - existing.keys())
        for epoch in missing:
            self._write(epoch, keys[epoch])
        return missing

    def _make_folder(self) -> None:
        if not self._folder.exists():
            self._folder.mkdir(mode=_FOLDER_MODE, parents=True)
            self._folder.chmod(_FOLDER_MODE)
            sync_folder(self._folder.parent)

    def _write(self, epoch: str, key: bytes) -> None:
        temporary = self._folder / f".new-{secrets.token_hex(8)}"
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE)
        try:
            with os.fdopen(descriptor, "wb") as file:
                os.fchmod(file.fileno(), FILE_MODE)
                file.write(key)
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(temporary, self._folder / epoch)
            except FileExistsError:
                return
        finally:
            temporary.unlink()
            sync_folder(self._folder)

    def current_epoch(self) -> str:
        """The newest epoch.

        Raises:
            KeyMissingError: When the folder holds no key yet.
        """
        existing = self.epochs()
        if not existing:
            raise KeyMissingError(f"{self._folder} holds no epoch key; start one, such as kek-2026-11")
        return existing[-1]

    def epochs(self) -> tuple[str, ...]:
        """Every epoch with a key file, oldest first."""
        self._check_folder()
        return tuple(sorted(entry.name for entry in self._folder.iterdir() if is_epoch(entry.name)))

    def wrap(self, epoch: str, keys: Sequence[BareKey]) -> list[bytes]:
        """Encrypt record keys: nonce (12 bytes), ciphertext and tag."""
        cipher = AESGCM(self._read(epoch))
        nonces = [secrets.token_bytes(NONCE_BYTES) for _ in keys]
        return [nonce + cipher.encrypt(nonce, one.key, one.aad) for nonce, one in zip(nonces, keys, strict=True)]

    def unwrap(self, wraps: Sequence[Wrap]) -> list[bytes]:
        """Decrypt record keys in order, reading each epoch's file once.

        Raises:
            KeyMissingError: When an epoch key is gone.
            SealBrokenError: When a wrapped key was altered or belongs to another record.
        """
        ciphers = {epoch: AESGCM(self._read(epoch)) for epoch in {wrap.epoch for wrap in wraps}}
        return [_unwrap(ciphers[wrap.epoch], wrap) for wrap in wraps]

    def destroy_epoch(self, epoch: str) -> None:
        """Overwrite and remove an epoch key.

        Overwriting in place is a courtesy: flash memory and journals may keep the old block, so keep the
        folder on an encrypted disk, or use a hardware token where destruction must be provable.

        Raises:
            KeyMissingError: When there is no such key.
            VaultError: When it is the current epoch: start the next and re-wrap what must survive first.
        """
        check_not_current(epoch, (self.current_epoch(),))
        with self._opened(epoch, os.O_RDWR) as descriptor:
            os.pwrite(descriptor, bytes(KEY_BYTES), 0)
            os.fsync(descriptor)
        (self._folder / epoch).unlink()
        sync_folder(self._folder)

    def _read(self, epoch: str) -> bytes:
        with self._opened(epoch, os.O_RDONLY) as descriptor:
            key = os.read(descriptor, KEY_BYTES + 1)
        if len(key) != KEY_BYTES:
            raise KeyFolderError(f"{self._folder / epoch} is not {KEY_BYTES} bytes long; restore it from its backup")
        return key

    @contextmanager
    def _opened(self, epoch: str, flags: int) -> "Iterator[int]":
        check_epoch(epoch)
        self._check_folder()
        path = self._folder / epoch
        try:
            with opened_private(path, flags) as descriptor:
                yield descriptor
        except FileNotFoundError:
            raise KeyMissingError(
                f"the epoch key {epoch} is not in {self._folder}: what was sealed under it stays closed; "
                "if it was not destroyed on purpose, restore the file from its backup"
            ) from None

    def _check_folder(self) -> None:
        try:
            status = self._folder.lstat()
        except FileNotFoundError:
            raise KeyFolderError(
                f"the key folder {self._folder} does not exist; start an epoch, or mount the disk it is on"
            ) from None
        private = stat.S_ISDIR(status.st_mode) and stat.S_IMODE(status.st_mode) == _FOLDER_MODE
        if not private or status.st_uid != os.geteuid():
            raise KeyFolderError(
                f"{self._folder} must be a folder of this user with mode 0700; run: chmod 700 {self._folder}"
            )


def _unwrap(cipher: AESGCM, wrap: Wrap) -> bytes:
    try:
        return cipher.decrypt(wrap.blob[:NONCE_BYTES], wrap.blob[NONCE_BYTES:], wrap.aad)
    except (InvalidTag, ValueError):
        raise SealBrokenError(
            f"a record key wrapped under {wrap.epoch} does not open: it was altered, or it belongs to "
            "another record or version; compare the row with a backup"
        ) from None
