"""A package of CSV files checked as a whole, and its rows read afterwards."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from schoolgate.interop.oneroster.allowed import ALLOWED, NEVER_OPENED, NOT_COUNTED, Entity
from schoolgate.interop.oneroster.assembly import Assembly
from schoolgate.interop.oneroster.package import MANIFEST, Manifest, Mode, Package, read_manifest, refusal
from schoolgate.interop.oneroster.rows import Source
from schoolgate.interop.oneroster.values import Flat, Noted
from schoolgate.interop.problems import Findings
from schoolgate.interop.tables.drops import DropCounts, DropReport
from schoolgate.interop.tables.never import is_refused_name
from schoolgate.interop.tables.text import Limits, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from schoolgate.interop.oneroster.rows import Row

_DEFAULT_LIMITS = Limits()
_SUFFIX = ".csv"


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file as it was when it was checked.

    Attributes:
        name: Without its folder.
        mode: `bulk`: all there is; `delta`: what changed.
        sha256: Of its bytes, in hex.
        records: Rows in it.
    """

    name: str
    mode: Mode
    sha256: str
    records: int


@dataclass(frozen=True, slots=True)
class Summary:
    """What a checked roster holds. Counts and names of fields only.

    Attributes:
        files: The files that are read, in the order of reading. Empty for a server's answers.
        unread_files: Names of files left alone.
        never_opened: Files of demographics: known by name, not a byte was read.
        rows: How many rows of each type, such as `{"StudentRow": 960}`.
        drops: What was left behind.
        unfamiliar: Uses of values that the standard doesn't list, by file and column. Kept in the rows; a person has
            to say what they mean before anything is decided on them.
        open_references: References to records of each kind that are not here: whoever stores the rows looks them up.
        manifest_sha256: Of the manifest; empty for a server's answers.
    """

    files: tuple[CheckedFile, ...]
    unread_files: tuple[str, ...]
    never_opened: tuple[str, ...]
    rows: Mapping[str, int]
    drops: DropReport
    unfamiliar: Mapping[str, int]
    open_references: Mapping[str, int]
    manifest_sha256: str = ""


def check_roster(path: Path, *, limits: Limits = _DEFAULT_LIMITS) -> Summary:
    """Read a package once and find all that is wrong: cells, dates, duplicates, references between files.

    Args:
        path: A folder or a zip of OneRoster 1.2 CSV files.
        limits: What it may cost.

    Returns:
        What it holds; pass it to `read_roster`.

    Raises:
        ReadingError: A file cannot be read at all.
        ReadingProblems: There are bad rows; nothing may be stored then.

    Time grows with the files, memory with the number of users (their ids), not with what is said of them.
    """
    with closing(Package(path, limits)) as package:
        manifest = read_manifest(package, limits)
        reading = _Reading(package, manifest, limits)
        counts = Counter(type(row).__name__ for row in reading.rows())
        reading.noted.findings.raise_if_any()
        return Summary(
            files=tuple(reading.files),
            unread_files=tuple(name for name in package.files if not _is_read(name) and not _is_never_opened(name)),
            never_opened=tuple(name for name in package.files if _is_never_opened(name)),
            rows=MappingProxyType(dict(counts)),
            drops=reading.noted.drops.report(),
            unfamiliar=MappingProxyType(dict(reading.noted.unfamiliar)),
            open_references=MappingProxyType(dict(reading.open_references)),
            manifest_sha256=manifest.sha256,
        )


def read_roster(path: Path, *, checked: Summary, limits: Limits = _DEFAULT_LIMITS) -> Iterator[Row]:
    """Yield the rows of a checked package: organizations, sessions, people with their roles, relations.

    Args:
        path: As given to `check_roster`.
        checked: What `check_roster` returned.
        limits: As given to `check_roster`.

    Raises:
        ReadingError: A file is no longer what was checked. It shows at the file's end, after its rows were yielded:
            store them in one transaction.
    """
    with closing(Package(path, limits)) as package:
        manifest = read_manifest(package, limits)
        reading = _Reading(package, manifest, limits)
        reading.expected = {file.name: file.sha256 for file in checked.files}
        if manifest.sha256 != checked.manifest_sha256:
            raise _changed(MANIFEST)
        yield from reading.rows()


def _is_read(name: str) -> bool:
    return name == MANIFEST or name.removesuffix(_SUFFIX) in ALLOWED


def _is_never_opened(name: str) -> bool:
    return any(never in name.casefold() for never in NEVER_OPENED)


class _Reading:
    """One pass over a package."""

    def __init__(self, package: Package, manifest: Manifest, limits: Limits) -> None:
        self._package = package
        self._manifest = manifest
        self._limits = limits
        self.noted = Noted(Findings(limits.problems), DropCounts())
        self.files: list[CheckedFile] = []
        self.open_references: Counter[str] = Counter()
        self.expected: Mapping[str, str] | None = None

    def rows(self) -> Iterator[Row]:
        modes = self._manifest.modes
        assembly = Assembly(self.noted, is_partial=lambda entity: modes[entity] != "bulk")
        for entity, mode in modes.items():
            if mode != "absent":
                for flat in self._records(entity, mode):
                    yield from assembly.take(flat)
        yield from assembly.finish()
        self.open_references = assembly.open_references

    def _records(self, entity: Entity, mode: Mode) -> Iterator[Flat]:
        name = f"{entity}{_SUFFIX}"
        allowed = ALLOWED[entity]
        count = 0
        with self._package.open(name) as (source, measured):
            table = Table(source, name, self._limits)
            if missing := sorted((allowed.needed | _needed_in(mode)) - set(table.columns)):
                expected = f"the columns {', '.join(missing)}"
                raise refusal(name, expected, "Spell them as OneRoster 1.2 does: export it again.", line=1)
            kept = [(at, column) for at, column in enumerate(table.columns) if column in allowed.read]
            left = [
                (at, column, is_refused_name(column))
                for at, column in enumerate(table.columns)
                if column not in allowed.read and column not in NOT_COUNTED
            ]
            for line in table.lines(self.noted.findings):
                count += 1
                for at, column, refused in left:
                    if line.cells[at]:
                        self.noted.drops.add(name, column, refused=refused)
                yield Flat(
                    entity, Source(name, line.number), {column: line.cells[at] for at, column in kept if line.cells[at]}
                )
            sha256 = measured.sha256
        if self.expected is not None and self.expected.get(name) != sha256:
            raise _changed(name)
        self.files.append(CheckedFile(name, mode, sha256, count))


def _needed_in(mode: Mode) -> frozenset[str]:
    return frozenset({"status"}) if mode == "delta" else frozenset()


def _changed(name: str) -> Exception:
    return refusal(name, "the file as it was when it was checked", "It changed meanwhile: run the import again.")
