"""OneRoster 1.2's enumerations that decide anything here, and what each role makes of a person.

Source: 1EdTech OneRoster 1.2 rostering service, information model; CSV binding 1.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

type PersonKind = Literal["student", "staff", "guardian"]

KIND_OF_ROLE: Mapping[str, PersonKind | None] = {
    "aide": "staff",
    "counselor": "staff",
    "districtAdministrator": "staff",
    "guardian": "guardian",
    "parent": "guardian",
    "principal": "staff",
    "proctor": "staff",
    "relative": None,
    "siteAdministrator": "staff",
    "student": "student",
    "systemAdministrator": "staff",
    "teacher": "staff",
}
"""A relative is somebody's aunt: known, but neither staff nor guardian."""

ROLE_TYPES = frozenset({"primary", "secondary"})
ORG_TYPES = frozenset({"department", "school", "district", "local", "state", "national"})
SESSION_TYPES = frozenset({"gradingPeriod", "semester", "schoolYear", "term"})
STATUSES = frozenset({"active", "tobedeleted"})
GRADES = frozenset(
    {"IT", "PR", "PK", "TK", "KG", "PS", "UG", "Other", "ABE", "ASE", "AdultESL"}
    | {f"{number:02}" for number in range(1, 14)}
)
"""Grade levels of CEDS, as both bindings spell them."""
