"""A OneRoster package as files: a folder or a zip, what its manifest promises, and its bytes within limits.

Nothing of a zip is written to disk, so no name in it leads anywhere. Sizes are counted while unpacking: what a zip
says of itself is not believed.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING, Literal

from schoolgate.interop.oneroster.allowed import ALLOWED, NEVER_OPENED, Entity
from schoolgate.interop.problems import Findings, Problem, ReadingError
from schoolgate.interop.tables.text import MIB, Limits, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from _typeshed import WriteableBuffer

MANIFEST = "manifest.csv"
_VERSIONS = frozenset({"1.2", "1.2.1"})
_RATIO_GRACE = 8 * MIB
_SUFFIX = ".csv"
_ENCRYPTED = 0x1
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})

type Mode = Literal["absent", "bulk", "delta"]
_MODES: Mapping[str, Mode] = {"absent": "absent", "bulk": "bulk", "delta": "delta"}


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the manifest says.

    Attributes:
        modes: Of each file that is read.
        sha256: Of the manifest, in hex.
    """

    modes: Mapping[Entity, Mode]
    sha256: str


class Measured(io.RawIOBase):
    """Counts and hashes bytes as they are read, and stops at the limits.

    Attributes:
        count: Bytes so far.
    """

    def __init__(self, raw: IO[bytes], name: str, limits: Limits, packed: int | None) -> None:
        self._raw = raw
        self._name = name
        self._limits = limits
        self._packed = packed
        self._hash = hashlib.sha256()
        self.count = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read up to the buffer's size.

        Raises:
            ReadingError: The file is damaged or larger than allowed.
        """
        view = memoryview(buffer)
        try:
            data = self._raw.read(len(view))
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError):
            raise refusal(self._name, "a file that is whole", "It is damaged: export it again.") from None
        self.count += len(data)
        if self.count > self._limits.file_bytes:
            expected = f"at most {self._limits.file_bytes // MIB} MiB"
            raise refusal(self._name, expected, "Split the export by school.")
        if self._packed is not None and self.count > max(_RATIO_GRACE, self._limits.zip_ratio * self._packed):
            expected = f"a zip that unpacks to at most {self._limits.zip_ratio} times its size"
            raise refusal(self._name, expected, "It looks made to fill the memory: ask whoever sent it.")
        self._hash.update(data)
        view[: len(data)] = data
        return len(data)

    @property
    def sha256(self) -> str:
        """Digest in hex of what was read; of the file once it was read to its end."""
        return self._hash.hexdigest()


class Package:
    """The files of a package, by name.

    Attributes:
        name: Of the folder or zip.
        files: Names of all its files; those of `NEVER_OPENED` too, which are known by name only.
    """

    def __init__(self, path: Path, limits: Limits) -> None:
        self.name = path.name
        self._path = path
        self._limits = limits
        self._archive = self._open_archive() if path.is_file() else None
        self._entries = self._find_entries() if self._archive else {}
        self._unpacked = 0
        if self._archive is None and not path.is_dir():
            raise refusal(self.name, "a folder or a zip of CSV files", "Check the name and the permissions.")
        self.files = tuple(sorted(self._entries if self._archive else self._names_in_folder()))

    def close(self) -> None:
        """Close the zip, if it is one."""
        if self._archive:
            self._archive.close()

    @contextmanager
    def open(self, name: str) -> Iterator[tuple[io.BufferedReader, Measured]]:
        """Open one file for reading from its start.

        Raises:
            ReadingError: It cannot be opened, or all files together are larger than allowed.
        """
        if name.removesuffix(_SUFFIX) in NEVER_OPENED:
            raise refusal(name, "never to be opened", "This is a mistake in the program: report it.")
        packed = None
        try:
            if self._archive:
                packed = self._entries[name].compress_size
                raw: IO[bytes] = self._archive.open(self._entries[name])
            else:
                raw = (self._path / name).open("rb")
        except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError):
            raise refusal(name, "a file that can be read", "It is damaged or closed to us: export it again.") from None
        with raw:
            measured = Measured(raw, name, self._limits, packed)
            yield io.BufferedReader(measured), measured
        self._unpacked += measured.count
        if self._unpacked > self._limits.all_bytes:
            expected = f"at most {self._limits.all_bytes // MIB} MiB in all files"
            raise refusal(self.name, expected, "Split the export by school.")

    def _open_archive(self) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(self._path)
        except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError):
            remedy = "One CSV file is not enough: give the folder it is in, or the zip."
            raise refusal(self.name, "a zip, or a folder of CSV files", remedy) from None

    def _names_in_folder(self) -> list[str]:
        names = [item.name for item in self._path.iterdir() if item.is_file() and not item.name.startswith(".")]
        if len(names) > self._limits.zip_entries:
            raise self._too_many()
        return names

    def _find_entries(self) -> dict[str, zipfile.ZipInfo]:
        """The files of the zip that lie in one place, at the top or in one folder.

        Raises:
            ReadingError: The zip holds what no roster holds.
        """
        assert self._archive is not None  # noqa: S101 - for the reader and the type checker: the caller looked
        infos = [one for one in self._archive.infolist() if not _is_clutter(one)]
        if len(infos) > self._limits.zip_entries:
            raise self._too_many()
        if len({PurePosixPath(one.filename).parent for one in infos}) > 1:
            raise refusal(self.name, "all files in one place", "Zip the CSV files alone, without other folders.")
        entries: dict[str, zipfile.ZipInfo] = {}
        for one in infos:
            name = PurePosixPath(one.filename).name
            if one.flag_bits & _ENCRYPTED or one.compress_type not in _METHODS:
                raise refusal(self.name, "a zip without a password, packed in the ordinary way", "Zip it again.")
            if name in entries:
                raise refusal(self.name, "each file once", "Two files in the zip share a name: zip it again.")
            entries[name] = one
        return entries

    def _too_many(self) -> ReadingError:
        expected = f"at most {self._limits.zip_entries} files"
        return refusal(self.name, expected, "Give only the files of one export.")


def _is_clutter(one: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(one.filename)
    return one.is_dir() or path.name.startswith(".") or "__MACOSX" in path.parts


def read_manifest(package: Package, limits: Limits) -> Manifest:
    """Read what the manifest promises and hold it against the files.

    Raises:
        ReadingError: There is none, it is of another version, or promises what is not there.
    """
    if MANIFEST not in package.files:
        raise refusal(package.name, f"a {MANIFEST}", "Every OneRoster export has one: give the whole export.")
    findings = Findings(limits.problems)
    told, sha256 = _properties(package, findings, limits)
    version, at = told.get("oneroster.version", ("", 0))
    if version not in _VERSIONS:
        remedy = "Other versions keep roles elsewhere: have the source system export OneRoster 1.2."
        raise refusal(MANIFEST, "oneroster.version 1.2", remedy, line=at)
    modes: dict[Entity, Mode] = {}
    for entity in ALLOWED:
        value, number = told.get(f"file.{entity}", ("absent", 0))
        if value not in _MODES:
            findings.add(Problem(MANIFEST, number, f"file.{entity}", "absent, bulk or delta", "Export it again."))
            continue
        modes[entity] = _MODES[value]
        name, is_promised = f"{entity}{_SUFFIX}", value != "absent"
        if is_promised != (name in package.files):
            expected = f"{name} to be there" if is_promised else f"no {name}, as it says `absent`"
            findings.add(Problem(MANIFEST, number, f"file.{entity}", expected, "Give the whole export, unchanged."))
    findings.raise_if_any()
    if set(modes.values()) == {"absent"}:
        raise refusal(MANIFEST, "at least one of " + ", ".join(ALLOWED), "There is nothing here that is read.")
    return Manifest(modes, sha256)


def _properties(package: Package, findings: Findings, limits: Limits) -> tuple[dict[str, tuple[str, int]], str]:
    """Each property's value and line; and the digest of the file."""
    told: dict[str, tuple[str, int]] = {}
    with package.open(MANIFEST) as (source, measured):
        table = Table(source, MANIFEST, limits)
        if not {"propertyName", "value"} <= set(table.columns):
            raise refusal(MANIFEST, "the columns propertyName and value", "Export it again.", line=1)
        name_at, value_at = table.columns.index("propertyName"), table.columns.index("value")
        for line in table.lines(findings):
            name = line.cells[name_at].strip()
            if name in told:
                findings.add(Problem(MANIFEST, line.number, "propertyName", "each property once", "Remove one."))
            told[name] = (line.cells[value_at].strip(), line.number)
        return told, measured.sha256


def refusal(name: str, expected: str, remedy: str, *, line: int = 0) -> ReadingError:
    """An error about a whole file."""
    return ReadingError(Problem(name, line, "", expected, remedy))
