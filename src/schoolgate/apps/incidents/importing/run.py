"""What one import knows while it runs, and what it tells afterwards."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from schoolgate.apps.ledger.keys import keys
from schoolgate.apps.people.directory import name_key
from schoolgate.apps.people.models import SealedPerson
from schoolgate.apps.schools.models import NameKey, School
from schoolgate.engines.vault import blind_index
from schoolgate.interop import edfi
from schoolgate.interop.edfi import Drop, DropReport, Problem, ReadingProblems, Row
from schoolgate.interop.rows import Row as AnyRow

PROBLEMS_SHOWN = 100


@dataclass(slots=True)
class Tally:
    """What became of the rows of one kind. `not_in_feed` are stored rows that this feed no longer holds."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    not_in_feed: int = 0

    @property
    def seen(self) -> int:
        """Rows of the feed."""
        return self.created + self.updated + self.unchanged


@dataclass(slots=True)
class Imported:
    """What an import did. Counts and vocabulary names only.

    Attributes:
        tallies: By kind, in the order in which they were stored.
        without_access: Contacts of students who got no guardian's access, by reason.
        not_stored: Fields that were read but are stored nowhere.
        schools_found: Students whose school became known from their incidents.
        drops: What was left behind while parsing.
        unfamiliar: Uses of each descriptor namespace that is not Ed-Fi's own: nobody has said what they mean.
        unread_files: Files of the folder that were left alone.
        changes: What became of records that the source deleted or gave another key, such as "incidents:gone".
        expunged_here: Rows about incidents that were expunged here: not heard.
        expunged: Incidents that were expunged because the source deleted them.
        held: Incidents that wait for it, by what holds them.
    """

    tallies: Mapping[str, Tally]
    without_access: Mapping[str, int]
    not_stored: tuple[Drop, ...]
    schools_found: int
    drops: DropReport
    unfamiliar: Mapping[str, int]
    unread_files: tuple[str, ...]
    changes: Mapping[str, int] = field(default_factory=dict)
    expunged_here: int = 0
    expunged: int = 0
    held: Mapping[str, int] = field(default_factory=dict)


# What is read but has no place here, by row type: the element, then the row's field and how Ed-Fi calls it.
NOT_STORED: Mapping[type[Row], tuple[str, Mapping[str, str]]] = {
    edfi.SchoolRow: (
        "School",
        {"short_name": "ShortNameOfInstitution", "grade_levels": "GradeLevel", "school_type": "SchoolType"},
    ),
    edfi.StaffRow: ("Staff", {"emails": "ElectronicMail", "login_id": "LoginId"}),
    edfi.ContactRow: (
        "Contact",
        {
            "emails": "ElectronicMail",
            "telephones": "Telephone",
            "addresses": "Address",
            "notice_languages": "Language",
        },
    ),
    edfi.StudentContactRow: (
        "StudentContactAssociation",
        {
            "relation": "Relation",
            "is_primary": "PrimaryContactStatus",
            "lives_with": "LivesWith",
            "is_emergency_contact": "EmergencyContactStatus",
            "priority": "ContactPriority",
            "restrictions": "ContactRestrictions",
        },
    ),
    edfi.DisciplineActionRow: (
        "DisciplineAction",
        {
            "staff_unique_ids": "StaffReference",
            "length_difference_reason": "DisciplineActionLengthDifferenceReason",
            "is_zero_tolerance": "RelatedToZeroTolerancePolicy",
            "assignment_school_id": "AssignmentSchoolReference",
        },
    ),
}

KINDS = (
    "schools",
    "staff",
    "students",
    "contacts",
    "guardianships",
    "incidents",
    "participations",
    "discipline_actions",
)


@dataclass(slots=True)
class Run:
    """One import in progress.

    Attributes:
        today: The day from which new relations hold.
        schools: All stored schools by the feed's id: a district has few.
        relations_seen: Relations in force that only a feed's word holds up, and this feed does.
        problems: References to what is neither in the feed nor stored.
    """

    today: date
    schools: dict[int, School] = field(default_factory=dict)
    tallies: dict[str, Tally] = field(default_factory=lambda: {kind: Tally() for kind in KINDS})
    without_access: Counter[str] = field(default_factory=Counter)
    not_stored: Counter[tuple[str, str]] = field(default_factory=Counter)
    schools_found: int = 0
    relations_seen: int = 0
    # At which school the feed's incidents show a student to be, by number: for who is new.
    homes: Mapping[str, int] = field(default_factory=dict, repr=False)
    # What became of records that the source deleted or gave another key, by kind and outcome: "incident:gone".
    changes: Counter[str] = field(default_factory=Counter)
    # Rows about an incident that was expunged here: not heard.
    expunged_here: int = 0
    # What to do about a reference to what is not there; `{}` is the interchange that would hold it.
    remedy: str = "Export the {} file too and import both together."
    problems: list[Problem] = field(default_factory=list)
    _index_key: bytes = field(default_factory=lambda: keys().blind_index, repr=False)
    _directories: dict[UUID | None, NameKey] = field(default_factory=dict)

    def mark(self, row: AnyRow) -> bytes:
        """16 bytes that change when the row does; nobody without the key can try names against them."""
        return blind_index(self._index_key, "row", row.digest)

    def key_index(self, kind: str, *parts: str) -> bytes:
        """16 bytes for a feed's key that holds a person's number; parts are compared letter for letter."""
        return blind_index(self._index_key, kind, *(part.encode().hex() for part in parts))

    def home(self, number: str) -> School | None:
        """The one school at which all incidents of a new student were; None where that is not known yet."""
        return self.schools.get(self.homes[number]) if number in self.homes else None

    def person_index(self, model: type[SealedPerson], number: object) -> bytes:
        """The blind index under which `seal_names` files a person's number."""
        return self.key_index(model._meta.model_name or "", str(number))  # noqa: SLF001 - Django's documented way

    def directory(self, school: School | None) -> NameKey:
        """The directory of names of a school, or of the district."""
        place = school.pk if school else None
        if place not in self._directories:
            self._directories[place] = name_key(school)
        return self._directories[place]

    def school(self, school_id: int, row: Row, field_name: str) -> School | None:
        """A stored school; without one, a problem."""
        if school_id not in self.schools:
            self.miss(row, field_name, f"school {school_id}", "EducationOrganization")
        return self.schools.get(school_id)

    def miss(self, row: Row, field_name: str, what: str, interchange: str) -> None:
        """Note that a row refers to something that is neither in the feed nor stored; never shows a number.

        Raises:
            ReadingProblems: There are too many to go on.
        """
        expected = f"{what} in these files, or imported before"
        remedy = self.remedy.format(interchange)
        self.problems.append(Problem(row.source.file, row.source.line, field_name, expected, remedy))
        if len(self.problems) >= PROBLEMS_SHOWN:
            raise ReadingProblems(tuple(self.problems), more=True)

    def note_not_stored(self, row: Row) -> None:
        """Count what the row says that is stored nowhere."""
        entity, names = NOT_STORED.get(type(row), ("", {}))
        for name, shown in names.items():
            held = getattr(row, name)
            if count := len(held) if isinstance(held, tuple) else int(held is not None):
                self.not_stored[entity, shown] += count

    def result(self, drops: DropReport, unfamiliar: Mapping[str, int], unread_files: tuple[str, ...]) -> Imported:
        """What to tell."""
        return Imported(
            tallies=self.tallies,
            without_access=dict(self.without_access),
            not_stored=tuple(sorted(Drop(entity, name, count) for (entity, name), count in self.not_stored.items())),
            schools_found=self.schools_found,
            drops=drops,
            unfamiliar=unfamiliar,
            unread_files=unread_files,
            changes=dict(self.changes),
            expunged_here=self.expunged_here,
        )
