"""Opening one file as bytes of XML, with every limit that keeps a hostile file from hurting.

A gzip is told by its first bytes, not by its name. What must not reach the XML parser is refused here:
encodings in which a DOCTYPE could hide from the byte scan, and the DOCTYPE itself, before any entity can be
declared.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Never

from schoolgate.interop.problems import Problem, ReadingError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from _typeshed import WriteableBuffer

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may cost.

    Attributes:
        file_bytes: Size of one file as stored.
        xml_bytes: Size of one file unpacked.
        gzip_ratio: Unpacked to packed bytes, looked at once 8 MiB are unpacked.
        depth: Nested elements.
        record_elements: Elements in one record.
        files: Files in a folder.
        problems: Bad rows after which reading stops.
    """

    file_bytes: int = 1024 * MIB
    xml_bytes: int = 2048 * MIB
    gzip_ratio: int = 200
    depth: int = 24
    record_elements: int = 20_000
    files: int = 500
    problems: int = 100


_RATIO_GRACE = 8 * MIB
_CHUNK = 64 * 1024
_GZIP_MAGIC = b"\x1f\x8b"
_ENCODINGS = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})
_DECLARATION = re.compile(
    rb"""<\?xml\s+version\s*=\s*["']1\.0["'](?:\s+encoding\s*=\s*["']([A-Za-z0-9._-]+)["'])?"""
    rb"""(?:\s+standalone\s*=\s*["'](?:yes|no)["'])?\s*\?>"""
)


class _Measured(io.RawIOBase):
    """Counts and hashes the bytes of a file as they are read."""

    def __init__(self, raw: io.FileIO) -> None:
        self._raw = raw
        self._hash = hashlib.sha256()
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        size = self._raw.readinto(view) or 0
        self._hash.update(view[:size])
        self.count += size
        return size

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


class XmlBytes:
    """The unpacked bytes of one file, read once from start to end.

    Attributes:
        line: Counted from 1, the line that the bytes read last are on.
    """

    def __init__(self, name: str, measured: _Measured, limits: Limits) -> None:
        self._name = name
        self._measured = measured
        self._limits = limits
        self._count = 0
        buffered = io.BufferedReader(measured, _CHUNK)
        self._is_gzip = buffered.peek(2)[:2] == _GZIP_MAGIC
        self._inner: io.BufferedIOBase = gzip.GzipFile(fileobj=buffered) if self._is_gzip else buffered
        self.line = 1
        self._ends_line = False
        self._ahead = io.BytesIO(self._take(_CHUNK))
        refuse_prolog(self._ahead.getvalue(), name)

    def read(self, size: int = -1) -> bytes:
        """The next bytes up to the end of a line, at most `size`; empty at the end.

        A line at a time, so that whoever parses knows the line of what it has just seen: libxml2 itself loses
        count after line 65,535.

        Raises:
            ReadingError: When the file passes a limit or its gzip is damaged.
        """
        data = self._ahead.readline(size)
        if not data:
            self._ahead = io.BytesIO(self._take(_CHUNK))
            data = self._ahead.readline(size)
        self.line += self._ends_line
        self._ends_line = data.endswith(b"\n")
        return data

    @property
    def sha256(self) -> str:
        """Digest in hex of the stored bytes; of the whole file once `read` has returned empty."""
        return self._measured.sha256

    def _take(self, size: int) -> bytes:
        try:
            data = self._inner.read(size)
        except (EOFError, gzip.BadGzipFile, zlib.error):
            _refuse(self._name, "the whole gzip file", "It is cut short or damaged: copy or export it again.")
        self._count += len(data)
        if self._measured.count > self._limits.file_bytes or self._count > self._limits.xml_bytes:
            _refuse(
                self._name,
                f"at most {self._limits.xml_bytes // MIB} MiB of XML",
                "Split the export into smaller files.",
            )
        too_dense = self._count > _RATIO_GRACE and self._count > self._limits.gzip_ratio * self._measured.count
        if self._is_gzip and too_dense:
            _refuse(
                self._name,
                f"a gzip that unpacks to at most {self._limits.gzip_ratio} times its size",
                "This looks like a file made to fill the memory: ask whoever sent it.",
            )
        return data


@contextmanager
def open_xml(path: Path, limits: Limits) -> Iterator[XmlBytes]:
    """Open a plain or gzip file.

    Raises:
        ReadingError: When it cannot be read, is too large, or starts with something that is not plain XML.
    """
    try:
        raw = io.FileIO(path)
    except OSError:
        _refuse(path.name, "a file that can be read", "Check the name and the permissions.")
    with raw:
        yield XmlBytes(path.name, _Measured(raw), limits)


def refuse_prolog(head: bytes, name: str) -> None:
    """Refuse what may stand before the root element but must not.

    Raises:
        ReadingError: On a DOCTYPE, an encoding other than UTF-8, or anything that is not XML.
    """
    text = head.removeprefix(b"\xef\xbb\xbf")
    if text.startswith(b"<?xml"):
        declaration = _DECLARATION.match(text)
        encoding = (declaration[1] or b"utf-8").decode("ascii").lower() if declaration else ""
        if encoding not in _ENCODINGS:
            _refuse(name, "XML 1.0 in UTF-8", "Export it again as UTF-8.", line=1)
    position = 0
    while True:
        position += len(text[position:]) - len(text[position:].lstrip(b" \t\r\n"))
        opening = text[position : position + 9]
        if opening.startswith(b"<?"):
            end, skip = text.find(b"?>", position), 2
        elif opening.startswith(b"<!--"):
            end, skip = text.find(b"-->", position), 3
        elif opening.startswith(b"<!"):
            line = text.count(b"\n", 0, position) + 1
            _refuse(
                name,
                "no DOCTYPE and no entities",
                "Ed-Fi files need none: remove the declaration.",
                line=line,
            )
        elif re.match(rb"<[A-Za-z_]", opening):
            return
        else:
            end, skip = -1, 0
        if end < 0:
            line = text.count(b"\n", 0, position) + 1
            _refuse(
                name,
                "an Ed-Fi XML file in UTF-8, plain or gzip",
                "Put only such files into the folder.",
                line=line,
            )
        position = end + skip


def _refuse(name: str, expected: str, remedy: str, *, line: int = 0) -> Never:
    raise ReadingError(Problem(name, line, "file", expected, remedy)) from None
