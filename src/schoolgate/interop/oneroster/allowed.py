"""Which fields of a roster are read. A field that is not here is dropped and counted by its name.

One list serves both bindings: a server's answers are brought to the names of the CSV binding first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

type Entity = Literal["orgs", "academicSessions", "roles", "users"]


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one file.

    Attributes:
        needed: Those without which no row can be read.
        read: All that are read; the needed ones too.
    """

    needed: frozenset[str]
    read: frozenset[str]


def _columns(needed: str, others: str) -> Columns:
    return Columns(frozenset(needed.split()), frozenset(f"{needed} {others}".split()))


ALLOWED: Mapping[Entity, Columns] = {
    "orgs": _columns("sourcedId name type", "status identifier parentSourcedId"),
    "academicSessions": _columns("sourcedId title type startDate endDate", "status schoolYear"),
    "roles": _columns("userSourcedId role orgSourcedId", "sourcedId status roleType beginDate endDate"),
    "users": _columns(
        "sourcedId givenName familyName",
        "status identifier middleName agentSourcedIds grades "
        "preferredGivenName preferredMiddleName preferredFamilyName",
    ),
}
"""The allow-list, in the order in which the files are read."""

NOT_COUNTED = frozenset({"dateLastModified"})
"""Read past without a word: it tells when a record changed, nothing of it is needed."""

NEVER_OPENED = frozenset({"demographics"})
"""Files and resources of which not one byte is read or asked for: birthplace, sex and race stand in them. The birth
date stands there too, and is not worth opening them."""
