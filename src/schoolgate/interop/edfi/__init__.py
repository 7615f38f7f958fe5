"""Ed-Fi Data Standard 5 bulk XML in: schools, people, incidents and what followed from them.

`check_folder` reads everything, finds all that is wrong and stores nothing; `read_folder` then yields typed
rows in the order in which they can be stored. Only an allow-list of fields is read. What may reveal
immigration status or origin is dropped while parsing and counted, never kept.
"""

from schoolgate.interop.edfi.drops import Drop, DropReport
from schoolgate.interop.edfi.folder import CheckedFile, Summary, check_folder, read_folder
from schoolgate.interop.edfi.rows import (
    Address,
    Behavior,
    ContactRow,
    Descriptor,
    DisciplineActionRow,
    Email,
    ExternalParticipant,
    IncidentRow,
    Key,
    NonOffenderRow,
    ParticipationRow,
    PersonName,
    Row,
    SchoolRow,
    Source,
    StaffParticipationRow,
    StaffRow,
    StudentContactRow,
    StudentRow,
    Telephone,
)
from schoolgate.interop.edfi.source import Limits
from schoolgate.interop.problems import Problem, ReadingError, ReadingProblems

__all__ = [
    "Address",
    "Behavior",
    "CheckedFile",
    "ContactRow",
    "Descriptor",
    "DisciplineActionRow",
    "Drop",
    "DropReport",
    "Email",
    "ExternalParticipant",
    "IncidentRow",
    "Key",
    "Limits",
    "NonOffenderRow",
    "ParticipationRow",
    "PersonName",
    "Problem",
    "ReadingError",
    "ReadingProblems",
    "Row",
    "SchoolRow",
    "Source",
    "StaffParticipationRow",
    "StaffRow",
    "StudentContactRow",
    "StudentRow",
    "Summary",
    "Telephone",
    "check_folder",
    "read_folder",
]
