"""Checking a folder of Ed-Fi files as a whole, and reading it afterwards, in the order of dependence."""

from __future__ import annotations

from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from schoolgate.interop.edfi.allowed import INTERCHANGE_OF, READ_INTERCHANGES
from schoolgate.interop.edfi.build import build_row
from schoolgate.interop.edfi.drops import DropReport, Survey, drop_report
from schoolgate.interop.edfi.references import REFERABLE_BY_ID, ReferenceCheck
from schoolgate.interop.edfi.rows import NonOffenderRow, ParticipationRow
from schoolgate.interop.edfi.source import Limits
from schoolgate.interop.edfi.stream import read_records, read_root
from schoolgate.interop.problems import Findings, Problem, ReadingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from schoolgate.interop.edfi.rows import Key, Row
    from schoolgate.interop.edfi.stream import Node

_SURVEYED = READ_INTERCHANGES | {"InterchangeStudentEnrollment"}
_DEFAULT_LIMITS = Limits()
_BY_KIND = tuple((interchange, frozenset({entity})) for entity, interchange in INTERCHANGE_OF.items())
_IN_ORDER = tuple(
    (interchange, frozenset(entity for entity, its in INTERCHANGE_OF.items() if its == interchange))
    for interchange in dict.fromkeys(INTERCHANGE_OF.values())
)


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file as it was when it was checked.

    Attributes:
        name: Without its folder.
        interchange: The root element.
        namespace: Of the root element.
        sha256: Of the stored bytes, in hex.
        records: How many records of each kind that is read.
    """

    name: str
    interchange: str
    namespace: str
    sha256: str
    records: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Summary:
    """What a checked folder holds. Counts and vocabulary names only.

    Attributes:
        files: The files that are read, in the order of their names.
        unread_files: Names of files left alone: other interchanges, and files that are no XML.
        rows: How many rows of each type, such as `{"IncidentRow": 21}`.
        drops: What was left behind while parsing.
        unfamiliar_descriptors: Uses of each namespace that is not Ed-Fi's own; empty text for bare values. A
            person has to say what these mean before anything is decided on them.
        open_references: References to each kind of record that no file here holds, such as `{"Student": 23}`.
            Whoever stores the rows has to look them up.
        is_in_order: Whether each record stands after those of its files that it refers to, so that reading each file
            once gives the rows in an order in which they can be stored.
        homes: By the number of each student in incidents, the one school at which all of these were; not there for a
            student whose incidents were at several. Not for a log.
    """

    files: tuple[CheckedFile, ...]
    unread_files: tuple[str, ...]
    rows: Mapping[str, int]
    drops: DropReport
    unfamiliar_descriptors: Mapping[str, int]
    open_references: Mapping[str, int]
    is_in_order: bool = False
    homes: Mapping[str, int] = field(default_factory=dict, repr=False)


def check_folder(path: Path, *, limits: Limits = _DEFAULT_LIMITS) -> Summary:
    """Read everything and find all that is wrong: fields, dates, duplicates, references between files.

    Each file is read once where nothing is wrong and no record stands before one that it refers to; else again for each
    kind of record, so that every problem is told.

    Args:
        path: A folder, or one file. Folders inside are not entered.
        limits: What the files may cost.

    Returns:
        What the folder holds; pass it to `read_folder`.

    Raises:
        ReadingError: When a file cannot be read as Ed-Fi XML at all.
        ReadingProblems: When there are bad rows; nothing may be stored then.

    Time grows with the size of the files, memory with the number of records (one key each), not with their
    size.
    """
    found, unread = find_files(path, limits)
    # What is wrong is told by the second reading, whole.
    with suppress(ReadingError):
        return _Check(found, unread, replace(limits, problems=1)).in_order()
    return _Check(found, unread, limits).run()


def read_folder(path: Path, *, checked: Summary, limits: Limits = _DEFAULT_LIMITS) -> Iterator[Row]:
    """Yield the rows of a checked folder, each after those it refers to.

    Args:
        path: As given to `check_folder`.
        checked: What `check_folder` returned. Files it did not read are not read now either.
        limits: As given to `check_folder`.

    Raises:
        ReadingError: When a file is no longer what was checked. This shows only at the file's end, after its
            rows were yielded: store them in one transaction.

    Schools come first, then staff, students, contacts with what they are to students, and discipline. Within these the
    order is that of the files where it may be (`Summary.is_in_order`), so that each is read once; else that of the
    kinds of records. Memory is bounded by one record and the ids that other records of the same file refer to.
    """
    read = _reader(path, checked, limits)
    for interchange, entities in _IN_ORDER if checked.is_in_order else _BY_KIND:
        yield from read(interchange, entities)


def _reader(path: Path, checked: Summary, limits: Limits) -> Callable[[str, frozenset[str]], Iterator[Row]]:
    """Reads the records of some kinds in the files of one interchange; remembers ids from one call to the next."""
    identified: dict[str, dict[str, tuple[str, Key]]] = defaultdict(dict)

    def read(interchange: str, entities: frozenset[str]) -> Iterator[Row]:
        for file in checked.files:
            if file.interchange != interchange or entities.isdisjoint(file.records):
                continue
            findings = Findings(limit=1)
            records = read_records(_file_in(path, file.name), limits, wanted=entities, survey=None, digest=file.sha256)
            for record in records:
                row = build_row(record, file.name, identified[file.name], findings)
                if record.identifier and record.name in REFERABLE_BY_ID:
                    identified[file.name][record.identifier] = (record.name, row.key)
                yield row

    return read


class _Check:
    """One run over the files of a folder: once each, or once for each kind of record."""

    def __init__(self, found: Sequence[tuple[Path, str, str]], unread: tuple[str, ...], limits: Limits) -> None:
        self._found = found
        self._unread = unread
        self._limits = limits
        self._findings = Findings(limits.problems)
        self._surveys: dict[str, Survey] = {}
        self._rows: Counter[str] = Counter()
        self._identified: dict[str, dict[str, tuple[str, Key]]] = defaultdict(dict)
        self._homes: dict[str, int | None] = {}
        held = {interchange for _, interchange, _ in found}
        self._references = ReferenceCheck(
            held=frozenset(entity for entity, interchange in INTERCHANGE_OF.items() if interchange in held),
            findings=self._findings,
        )

    def in_order(self) -> Summary:
        """Read each file once.

        Raises:
            ReadingError: Something is wrong, or a record stands before one that it refers to: `run` tells which.
        """
        for interchange in (*dict.fromkeys(INTERCHANGE_OF.values()), *(_SURVEYED - READ_INTERCHANGES)):
            for file, its_interchange, _namespace in self._found:
                if its_interchange == interchange:
                    survey = self._surveys[file.name] = Survey()
                    wanted = frozenset(entity for entity, its in INTERCHANGE_OF.items() if its == interchange)
                    self._see(file, read_records(file, self._limits, wanted=wanted, survey=survey, digest=None))
                    self._refuse_misplaced(file, interchange)
        return self._summary(is_in_order=True)

    def run(self) -> Summary:
        """Read each file once to see what is in it, then once for each kind of record.

        Raises:
            ReadingProblems: With everything that is wrong.
        """
        for file, interchange, _namespace in self._found:
            self._survey(file, interchange)
        for entity, interchange in INTERCHANGE_OF.items():
            for file, its_interchange, _namespace in self._found:
                survey = self._surveys[file.name]
                if its_interchange == interchange and survey.records[entity]:
                    wanted = frozenset({entity})
                    self._see(file, read_records(file, self._limits, wanted=wanted, survey=None, digest=survey.sha256))
        self._findings.raise_if_any()
        return self._summary(is_in_order=False)

    def _summary(self, *, is_in_order: bool) -> Summary:
        return Summary(
            files=tuple(
                CheckedFile(
                    file.name,
                    interchange,
                    namespace,
                    self._surveys[file.name].sha256,
                    MappingProxyType(dict(self._surveys[file.name].records)),
                )
                for file, interchange, namespace in self._found
            ),
            unread_files=self._unread,
            rows=MappingProxyType(dict(self._rows)),
            drops=drop_report(self._surveys.values()),
            unfamiliar_descriptors=MappingProxyType(dict(self._findings.unfamiliar)),
            open_references=MappingProxyType(self._references.open_references()),
            is_in_order=is_in_order,
            homes=MappingProxyType({student: school for student, school in self._homes.items() if school is not None}),
        )

    def _see(self, file: Path, records: Iterator[Node]) -> None:
        identified = self._identified[file.name]
        for record in records:
            entity = record.name
            before = self._findings.count
            row = build_row(record, file.name, identified, self._findings)
            is_good = self._findings.count == before
            self._references.see(entity, row, is_good=is_good)
            if isinstance(row, ParticipationRow | NonOffenderRow):
                known = self._homes.setdefault(row.student_unique_id, row.school_id)
                if known != row.school_id:
                    self._homes[row.student_unique_id] = None
            if record.identifier and entity in REFERABLE_BY_ID:
                if record.identifier in identified:
                    expected = "an id used once in the file"
                    remedy = "Two records share it, so a ref to it could mean either: give each its own."
                    self._findings.add(Problem(file.name, record.line, f"{entity}/@id", expected, remedy))
                identified[record.identifier] = (entity, row.key)
            self._rows[type(row).__name__] += 1

    def _survey(self, file: Path, interchange: str) -> None:
        """Read past every record once: to count what is left behind, and what there is to come back for."""
        survey = self._surveys[file.name] = Survey()
        for _record in read_records(file, self._limits, wanted=frozenset(), survey=survey, digest=None):
            """None is wanted."""
        self._refuse_misplaced(file, interchange)

    def _refuse_misplaced(self, file: Path, interchange: str) -> None:
        for entity in self._surveys[file.name].records:
            if INTERCHANGE_OF[entity] != interchange:
                expected = f"{entity} only in a file of {INTERCHANGE_OF[entity]}"
                self._findings.add(Problem(file.name, 0, entity, expected, "Move it there; here it is not read."))


def find_files(path: Path, limits: Limits) -> tuple[list[tuple[Path, str, str]], tuple[str, ...]]:
    """Tell which files are read, by their root elements.

    Returns:
        The files with interchange and namespace, by name; and the names of files left alone.

    Raises:
        ReadingError: When an XML file is no Ed-Fi file, or nothing is left to read.
    """
    if path.is_dir():
        candidates = sorted(item for item in path.iterdir() if item.is_file() and not item.name.startswith("."))
    else:
        candidates = [path]
    if len(candidates) > limits.files:
        expected = f"at most {limits.files} files in the folder"
        raise ReadingError(Problem(path.name, 0, "folder", expected, "Import them in parts."))
    found: list[tuple[Path, str, str]] = []
    unread: list[str] = []
    for candidate in candidates:
        if path.is_dir() and candidate.suffix.casefold() not in {".xml", ".gz"}:
            unread.append(candidate.name)
            continue
        root = read_root(candidate, limits)
        if root.interchange in _SURVEYED:
            found.append((candidate, root.interchange, root.namespace))
        else:
            unread.append(candidate.name)
    if not any(interchange in READ_INTERCHANGES for _, interchange, _ in found):
        expected = "at least one of " + ", ".join(sorted(READ_INTERCHANGES))
        raise ReadingError(Problem(path.name, 0, "folder", expected, "Check that this is the folder of the export."))
    return found, tuple(unread)


def _file_in(path: Path, name: str) -> Path:
    return path / name if path.is_dir() else path
