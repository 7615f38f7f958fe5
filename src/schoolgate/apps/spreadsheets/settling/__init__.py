"""The rows of a spreadsheet against what is stored: what would become of each record, and its storing.

A group is all rows of one record: a student at two schools, an incident with three people. Each function takes a
batch of groups, and costs a fixed number of queries.
"""

from collections.abc import Callable, Mapping, Sequence

from .incidents import settle_incidents
from .people import settle_guardians, settle_staff, settle_students
from .run import Group, Run

SETTLE: Mapping[str, Callable[[Run, Sequence[Group]], None]] = {
    "students": settle_students,
    "guardians": settle_guardians,
    "staff": settle_staff,
    "incidents": settle_incidents,
}

__all__ = ["SETTLE", "Group", "Run"]
