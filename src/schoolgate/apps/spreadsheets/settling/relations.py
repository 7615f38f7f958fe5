"""Whom a file says to be a student's legal guardian, against the relations in time that are stored."""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from schoolgate.apps.incidents.importing.people import ended_by_the_office
from schoolgate.apps.incidents.importing.writing import write_over
from schoolgate.apps.ledger.rows import insert_rows
from schoolgate.apps.people.models import Guardian, Guardianship, RelationKind, Student
from schoolgate.interop.tables import TableRow

from .run import WITHOUT_ACCESS, Run

if TYPE_CHECKING:
    from uuid import UUID

_KINDS = {
    "mother": RelationKind.PARENT,
    "father": RelationKind.PARENT,
    "parent": RelationKind.PARENT,
    "foster parent": RelationKind.FOSTER,
}


class Relations:
    """The relations between one batch's guardians and students, and what changes about them.

    As with other feeds: a "no" or a restriction ends any access at once, silence opens none and ends none, and what
    the office ended on a paper no file begins anew. A relation that rests on a file alone says so (`from_feed`).
    """

    def __init__(self, run: Run, students: Iterable[Student], guardians: Iterable[Guardian]) -> None:
        self._run = run
        pupils, adults = list(students), [one for one in guardians if one.name_key_id]
        self._held: dict[tuple[UUID, UUID], list[Guardianship]] = {}
        for one in Guardianship.objects.filter(student__in=pupils, guardian__in=adults).order_by("starts"):
            self._held.setdefault((one.student_id, one.guardian_id), []).append(one)
        self._ended_here = ended_by_the_office(pupils, adults)
        self._created: list[Guardianship] = []
        self._changed: dict[UUID, Guardianship] = {}

    def settle(self, row: TableRow, student: Student, guardian: Guardian) -> bool:
        """Settle what a row says of two people; tells whether a relation begins or ends."""
        day, pair = self._run.day, (student.pk, guardian.pk)
        known = self._held.setdefault(pair, [])
        in_force = [one for one in known if one.ends is None or one.ends > day]
        ends = row.values.get("ends")
        last = ends if isinstance(ends, date) else None
        legal = row.values.get("is_legal_guardian")
        if row.values.get("is_restricted") or legal is False or (last is not None and last <= day):
            self._run.counts[WITHOUT_ACCESS] += 1
            return self._end(in_force, day)
        if legal is None or pair in self._ended_here:
            self._run.counts[WITHOUT_ACCESS] += 1
            return False
        if in_force:
            # A file may narrow what is stored, and never widens it.
            longer = [one for one in in_force if last is not None and (one.ends is None or one.ends > last)]
            return self._end(longer, last) if last is not None else False
        return self._begin(row, known, Guardianship(student=student, guardian=guardian, ends=last, from_feed=True))

    def _begin(self, row: TableRow, known: list[Guardianship], new: Guardianship) -> bool:
        begins = row.values.get("begins")
        # From the day on which it is known here: a file opens no past.
        new.starts = max(begins, self._run.day) if isinstance(begins, date) else self._run.day
        new.kind = _KINDS.get(str(row.values.get("relation", "")).casefold(), RelationKind.GUARDIAN)
        if same := next((one for one in known if one.starts == new.starts), None):
            same.ends, same.from_feed = new.ends, True
            self._changed[same.pk] = same
        else:
            known.append(new)
            self._created.append(new)
        return True

    def _end(self, relations: list[Guardianship], day: date) -> bool:
        for one in relations:
            one.ends = max(day, one.starts)
            self._changed[one.pk] = one
        return bool(relations)

    def save(self) -> None:
        """Store what changed, where anything is stored."""
        if self._run.write:
            new = {one.pk for one in self._created}
            insert_rows(Guardianship, self._created)
            changed = [one for pk, one in self._changed.items() if pk not in new]
            write_over(Guardianship, changed, ["ends", "from_feed"])
