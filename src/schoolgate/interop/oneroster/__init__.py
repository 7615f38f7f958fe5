"""OneRoster 1.2 in, from CSV files or from a server: schools, students, staff, guardians and how they belong together.

`check_roster` and `read_roster` read a folder or a zip; `RosterPull` asks a server. Both give the same rows. Only an
allow-list of fields is read. Demographics are never opened and never asked for: birthplace, sex and race stand there.
"""

from schoolgate.interop.oneroster.allowed import ALLOWED, NEVER_OPENED
from schoolgate.interop.oneroster.client import SCOPE, Client, FetchError, Request, Response, Send, Server
from schoolgate.interop.oneroster.files import CheckedFile, Summary, check_roster, read_roster
from schoolgate.interop.oneroster.pull import Page, RosterPull
from schoolgate.interop.oneroster.rows import (
    GoneRow,
    GuardianRow,
    Key,
    OpenRelationRow,
    OrgRow,
    PersonName,
    PersonRow,
    Ref,
    RelationRow,
    RoleRow,
    Row,
    SchoolRow,
    SessionRow,
    Source,
    StaffRow,
    StudentRow,
    Term,
)
from schoolgate.interop.problems import Problem, ReadingError, ReadingProblems
from schoolgate.interop.tables.drops import Drop, DropReport
from schoolgate.interop.tables.text import Limits

__all__ = [
    "ALLOWED",
    "NEVER_OPENED",
    "SCOPE",
    "CheckedFile",
    "Client",
    "Drop",
    "DropReport",
    "FetchError",
    "GoneRow",
    "GuardianRow",
    "Key",
    "Limits",
    "OpenRelationRow",
    "OrgRow",
    "Page",
    "PersonName",
    "PersonRow",
    "Problem",
    "ReadingError",
    "ReadingProblems",
    "Ref",
    "RelationRow",
    "Request",
    "Response",
    "RoleRow",
    "RosterPull",
    "Row",
    "SchoolRow",
    "Send",
    "Server",
    "SessionRow",
    "Source",
    "StaffRow",
    "StudentRow",
    "Summary",
    "Term",
    "check_roster",
    "read_roster",
]
