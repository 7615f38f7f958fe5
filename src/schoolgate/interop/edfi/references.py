"""Whether rows refer to rows that exist, and whether two rows claim the same key."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from schoolgate.interop.edfi.rows import (
    DisciplineActionRow,
    IncidentRow,
    Key,
    NonOffenderRow,
    ParticipationRow,
    Row,
    StaffParticipationRow,
    StudentContactRow,
)
from schoolgate.interop.problems import Findings, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

REFERABLE_BY_ID = frozenset({"Contact", "DisciplineIncident", "StudentDisciplineIncidentBehaviorAssociation"})
"""Records that others of the same file may point to with a `ref` attribute."""


class ReferenceCheck:
    """Sees rows in the order of dependence and complains of dangling references and duplicates.

    Holds one key and one line number a row.
    """

    def __init__(self, *, held: frozenset[str], findings: Findings) -> None:
        self._held = held
        self._findings = findings
        self._lines: dict[str, dict[Key, tuple[str, int]]] = defaultdict(dict)
        self._open: Counter[str] = Counter()

    def see(self, entity: str, row: Row, *, is_good: bool) -> None:
        """Check a row against those seen before and remember it. A row with bad fields is only remembered."""
        lines = self._lines[entity]
        if is_good:
            if row.key in lines:
                self._complain_of_duplicate(entity, row, lines[row.key])
            for kind, key, field in references_of(row):
                if kind not in self._held:
                    self._open[kind] += 1
                elif key not in self._lines[kind]:
                    self._complain_of_dangling(entity, row, kind, key, field)
        lines.setdefault(row.key, (row.source.file, row.source.line))

    def open_references(self) -> dict[str, int]:
        """How many references point to a kind of record that no file holds."""
        return dict(self._open)

    def _complain_of_duplicate(self, entity: str, row: Row, first: tuple[str, int]) -> None:
        expected = f"each {entity} once; the first{_shown(entity, row.key)} is in {first[0]}, line {first[1]}"
        remedy = "Two records with one key would be merged: remove one, or correct its key."
        self._findings.add(Problem(row.source.file, row.source.line, entity, expected, remedy))

    def _complain_of_dangling(self, entity: str, row: Row, kind: str, key: Key, field: str) -> None:
        expected = f"a {kind}{_shown(kind, key)} that is in these files"
        remedy = f"Export the {kind} too, or correct the reference."
        self._findings.add(Problem(row.source.file, row.source.line, f"{entity}/{field}", expected, remedy))


def references_of(row: Row) -> Iterator[tuple[str, Key, str]]:
    """The records a row refers to: element name, key, field."""
    match row:
        case StudentContactRow():
            yield "Student", (row.student_unique_id,), "StudentReference"
            yield "Contact", (row.contact_unique_id,), "ContactReference"
        case IncidentRow():
            yield "School", (row.school_id,), "SchoolReference"
        case ParticipationRow() | NonOffenderRow():
            yield "Student", (row.student_unique_id,), "StudentReference"
            yield (
                "DisciplineIncident",
                (row.school_id, row.incident_identifier),
                "DisciplineIncidentReference",
            )
        case StaffParticipationRow():
            yield "Staff", (row.staff_unique_id,), "StaffReference"
            yield (
                "DisciplineIncident",
                (row.school_id, row.incident_identifier),
                "DisciplineIncidentReference",
            )
        case DisciplineActionRow():
            yield from _references_of_action(row)
        case _:
            return


def _references_of_action(row: DisciplineActionRow) -> Iterator[tuple[str, Key, str]]:
    participation = "StudentDisciplineIncidentBehaviorAssociation"
    yield "Student", (row.student_unique_id,), "StudentReference"
    yield "School", (row.responsibility_school_id,), "ResponsibilitySchoolReference"
    if row.assignment_school_id is not None:
        yield "School", (row.assignment_school_id,), "AssignmentSchoolReference"
    for staff_unique_id in row.staff_unique_ids:
        yield "Staff", (staff_unique_id,), "StaffReference"
    for key in row.participations:
        yield participation, key, f"{participation}Reference"


def _shown(kind: str, key: Key) -> str:
    """The key of a school or an incident for a message; the key of a person is not shown."""
    match kind, key:
        case "School", (school_id,):
            return f" {school_id}"
        case "DisciplineIncident", (school_id, identifier):
            return f" {identifier} of school {school_id}"
    return ""
