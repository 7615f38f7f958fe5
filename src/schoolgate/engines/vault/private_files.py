"""Small files that only this user may read: keys and PINs."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from schoolgate.engines.vault.errors import KeyFolderError

FILE_MODE: Final = 0o600
_MOST_BYTES: Final = 1 << 20


@contextmanager
def opened_private(path: Path, flags: int = os.O_RDONLY) -> Iterator[int]:
    """Open a file without following a link, and refuse one that others may read.

    Raises:
        FileNotFoundError: When there is none.
        KeyFolderError: When it is no plain file of this user with mode 0600.
    """
    try:
        descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise KeyFolderError(f"{path} cannot be opened ({error.strerror}); it must be a plain file") from None
    try:
        status = os.fstat(descriptor)
        plain = stat.S_ISREG(status.st_mode) and stat.S_IMODE(status.st_mode) == FILE_MODE
        if not plain or status.st_uid != os.geteuid():
            raise KeyFolderError(f"{path} must be a plain file of this user with mode 0600; run: chmod 600 {path}")
        yield descriptor
    finally:
        os.close(descriptor)


def read_private(path: Path) -> bytes:
    """What a small private file holds.

    Raises:
        KeyFolderError: When it is missing or others may read it.
    """
    try:
        with opened_private(path) as descriptor:
            return os.read(descriptor, _MOST_BYTES)
    except FileNotFoundError:
        raise KeyFolderError(f"{path} does not exist; make it, with mode 0600") from None


def write_private(path: Path, data: bytes) -> None:
    """Write a private file durably, all of it or nothing, over one that is there.

    Raises:
        OSError: When it cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), FILE_MODE)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Have a folder's entries on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
