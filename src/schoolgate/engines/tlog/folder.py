"""A log as a folder of files: reading it, and writing files that survive a power cut."""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from schoolgate.engines.tlog.errors import ExportError, TileError
from schoolgate.engines.tlog.hashing import HASH_BYTES
from schoolgate.engines.tlog.tiles import ENTRIES, TileName, bundle_prefix

CHECKPOINT: Final = "checkpoint"
ROTATIONS: Final = "rotation"
"""The folder, beside `tile`, where a log publishes its changes of key, numbered from 1."""
_ROTATION: Final = re.compile(r"rotation/[1-9][0-9]{0,3}", re.ASCII)
_FILE_MODE: Final = 0o644
_ABSENT: Final = (FileNotFoundError, NotADirectoryError, IsADirectoryError)
_TEMPORARY: Final = ".{}.tmp"


def read_tile(folder: Path, name: TileName) -> bytes | None:
    """The bytes of a tile; of a partial one that is gone, the start of the full one. None when neither is there.

    Raises:
        TileError: When the full tile that should contain it is too short.
    """
    with suppress(*_ABSENT):
        return (folder / name.path).read_bytes()
    try:
        full = (folder / TileName(name.level, name.index).path).read_bytes()
    except _ABSENT:
        return None
    if name.level == ENTRIES:
        return bundle_prefix(full, name.width)
    if len(full) < name.width * HASH_BYTES:
        raise TileError(f"{name.path} is not there, and the full tile is too short to hold it")
    return full[: name.width * HASH_BYTES]


def is_public_name(name: str) -> bool:
    """Whether a published log can have a file of that name below its prefix."""
    if name == CHECKPOINT:
        return True
    if _ROTATION.fullmatch(name):
        return True
    try:
        TileName.parse(name)
    except TileError:
        return False
    return True


def read_rotations(folder: Path) -> tuple[str, ...]:
    """The published changes of the log's key, oldest first, unchecked.

    Raises:
        ExportError: When one is not UTF-8.
    """
    found: list[str] = []
    with suppress(*_ABSENT):
        while True:
            data = (folder / ROTATIONS / str(len(found) + 1)).read_bytes()
            try:
                found.append(data.decode())
            except UnicodeDecodeError as problem:
                raise ExportError(f"{ROTATIONS}/{len(found) + 1} is not UTF-8 text") from problem
    return tuple(found)


def read_checkpoint(folder: Path) -> str | None:
    """The published checkpoint's text, unchecked; None when there is none.

    Raises:
        ExportError: When it is not UTF-8.
    """
    try:
        return (folder / CHECKPOINT).read_bytes().decode()
    except _ABSENT:
        return None
    except UnicodeDecodeError as problem:
        raise ExportError(f"{CHECKPOINT} is not UTF-8 text") from problem


@contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Hold the folder against other writers, and remove what a killed one left unfinished.

    Raises:
        ExportError: When somebody else is writing it.
    """
    make_folder(folder)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as problem:
            raise ExportError(f"another process is writing {folder}: try again later") from problem
        for unfinished in folder.rglob(_TEMPORARY.format("*")):
            unfinished.unlink()
        yield
    finally:
        os.close(descriptor)


def write_temporary(final: Path, data: bytes, *, modified: int | None) -> Path:
    """Write and sync a hidden file beside where it will be; returns its path. A failure leaves no file."""
    make_folder(final.parent)
    temporary = final.with_name(_TEMPORARY.format(final.name))
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _FILE_MODE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            if modified is not None:
                os.utime(temporary, (modified, modified))
            os.fsync(file.fileno())
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def make_folder(folder: Path) -> None:
    """Create a folder and those above it, each synced into the one above."""
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for each in reversed(missing):
        each.mkdir(exist_ok=True)
        sync_folder(each.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
