"""A file's bytes within a limit, counted and hashed while they are read."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from schoolgate.interop.problems import Problem, ReadingError
from schoolgate.interop.tables.text import MIB, Limits

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


@dataclass(frozen=True, slots=True, repr=False)
class Content:
    """A file that lies in memory, because its words may stand on no disk in clear.

    Attributes:
        name: What problems call it.
        data: Its bytes.
    """

    name: str
    data: bytes


type Source = Path | Content


class Opened(io.RawIOBase):
    """A file's bytes, counted and hashed as they are read."""

    def __init__(self, raw: io.FileIO | io.BytesIO, name: str, limits: Limits) -> None:
        self._raw = raw
        self._name = name
        self._limit = limits.file_bytes
        self._hash = hashlib.sha256()
        self._count = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read up to the buffer's size.

        Raises:
            ReadingError: It cannot be read on, or is larger than allowed.
        """
        view = memoryview(buffer)
        try:
            size = self._raw.readinto(view) or 0
        except OSError:
            problem = Problem(self._name, 0, "", "a file that can be read", "It may be a folder: give the file.")
            raise ReadingError(problem) from None
        self._hash.update(view[:size])
        self._count += size
        if self._count > self._limit:
            expected = f"at most {self._limit // MIB} MiB"
            raise ReadingError(Problem(self._name, 0, "", expected, "Split the file."))
        return size

    def close(self) -> None:
        """Close the file."""
        self._raw.close()
        super().close()

    @property
    def sha256(self) -> str:
        """Digest in hex of what was read; of the file once it was read to its end."""
        return self._hash.hexdigest()


def open_file(source: Source, limits: Limits) -> Opened:
    """Open a file, or what was one.

    Raises:
        ReadingError: It cannot be opened.
    """
    if isinstance(source, Content):
        return Opened(io.BytesIO(source.data), source.name, limits)
    try:
        return Opened(io.FileIO(source), source.name, limits)
    except OSError:
        problem = Problem(source.name, 0, "", "a file that can be read", "Check the name and the permissions.")
        raise ReadingError(problem) from None
