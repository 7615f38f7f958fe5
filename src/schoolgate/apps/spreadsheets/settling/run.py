"""What a try or an import knows while it runs."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from schoolgate.apps.ledger.keys import keys
from schoolgate.apps.people.directory import name_key, person_index
from schoolgate.apps.people.models import SealedPerson
from schoolgate.apps.schools.models import NameKey, School
from schoolgate.interop.tables import Problem, TableRow, Value

type Group = Sequence[TableRow]

NEW, CHANGED, UNCHANGED, WRONG = "new", "changed", "unchanged", "wrong"
# An incident that was expunged, or whose reports were destroyed: no file brings it back.
SHUT = "shut"
# Within the others: contacts who get no access to a record, by reason.
WITHOUT_ACCESS = "without_access"
# Within the others: words for a place, a part or a behavior that nobody has explained, kept as they stand.
UNFAMILIAR = "unfamiliar"


@dataclass(slots=True)
class Run:
    """One try, or one import, in progress.

    Attributes:
        day: Today.
        write: Whether anything is stored.
        columns: The column of each field, for problems.
        counts: Records by what became of them.
        problems: What keeps a record from being stored.
    """

    day: date
    write: bool
    columns: dict[str, str] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    _schools: dict[str, School] = field(default_factory=dict)
    _directories: dict[UUID | None, NameKey] = field(default_factory=dict)
    _index_key: bytes = field(default_factory=lambda: keys().blind_index, repr=False)
    _indexes: dict[tuple[type[SealedPerson], object], bytes] = field(default_factory=dict, repr=False)

    def person_index(self, model: type[SealedPerson], number: object) -> bytes:
        """The blind index of a person's number. The index's key is read once, and each index made once."""
        index = self._indexes.get((model, number))
        if index is None:
            index = self._indexes[model, number] = person_index(model, number, key=self._index_key)
        return index

    def directory(self, school: School | None) -> NameKey:
        """The directory of names of a school, or of the district."""
        place = school.pk if school else None
        if place not in self._directories:
            self._directories[place] = name_key(school)
        return self._directories[place]

    def school(self, row: TableRow) -> School | None:
        """The school that a row names, by its number or its whole name. The district's schools are read once."""
        if not self._schools:
            schools = list(School.objects.all())
            self._schools = {one.name.casefold(): one for one in schools} | {one.external_id: one for one in schools}
        named = str(row.values.get("school", ""))
        return self._schools.get(named) or self._schools.get(named.casefold())

    def knows_school(self, row: TableRow) -> bool:
        """Whether a row names no school, or one that is known; another is a problem."""
        if "school" not in row.values or self.school(row):
            return True
        self.miss(row, "school", "the number or the whole name of a school of the district")
        return False

    def miss(self, row: TableRow, name: str, expected: str, remedy: str = "") -> None:
        """Note what a row refers to and nobody knows; never shows what stands there."""
        told = remedy or "Correct it, or bring in what it refers to first."
        self.problems.append(Problem(row.file, row.line, self.columns.get(name, name), expected, told))


def one_of(group: Group, name: str) -> Value | None:
    """What the first row that says something of a field says."""
    return next((row.values[name] for row in group if name in row.values), None)


def holds(row: TableRow, day: date) -> bool:
    """Whether a row has begun by a day and has not ended."""
    begins, ends = row.values.get("begins"), row.values.get("ends")
    return not (isinstance(begins, date) and begins > day) and not (isinstance(ends, date) and ends <= day)
