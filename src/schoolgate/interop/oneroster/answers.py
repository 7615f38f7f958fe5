"""From a server's records to those of the CSV binding: reduced to the allow-list first, then flattened.

Reducing happens as soon as a page is there: what is kept, and may be written down to go on later, holds allowed fields
only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from schoolgate.interop.oneroster.allowed import ALLOWED, NOT_COUNTED, Entity
from schoolgate.interop.oneroster.rows import Source
from schoolgate.interop.oneroster.values import Flat, Noted
from schoolgate.interop.problems import Problem
from schoolgate.interop.tables.never import is_refused_name

if TYPE_CHECKING:
    from schoolgate.interop.tables.drops import DropCounts

type Resource = Entity
RESOURCES: Final[tuple[Resource, ...]] = ("orgs", "academicSessions", "users")
"""What is asked for, in this order. Roles come inside users."""

FIELDS: Final[Mapping[Resource, str]] = {
    "orgs": "sourcedId,status,name,type,identifier,parent",
    "academicSessions": "sourcedId,status,title,type,startDate,endDate,schoolYear",
    "users": "sourcedId,status,identifier,givenName,middleName,familyName,preferredGivenName,preferredMiddleName,"
    "preferredFamilyName,grades,agents,roles",
}
"""What a server is asked to give of each record, so that the rest is not even sent."""

type Reduced = dict[str, object]
"""Allowed fields of one record, by the names of the CSV binding. `None` stands for a field of a wrong shape."""

_RENAMED: Final[Mapping[str, str]] = {
    "agents": "agentSourcedIds",
    "parent": "parentSourcedId",
    "grade": "grades",
    "org": "orgSourcedId",
}
_LISTS: Final = frozenset({"agentSourcedIds", "grades"})
_REFERENCES: Final = frozenset({"agentSourcedIds", "parentSourcedId", "orgSourcedId"})


def reduce(resource: Resource, record: Mapping[str, object], drops: DropCounts) -> Reduced:
    """Keep the allowed fields of a record and count the others."""
    kept = _reduced(resource, resource, record, drops)
    if resource == "users":
        roles = record.get("roles")
        if isinstance(roles, list) and all(isinstance(one, Mapping) for one in roles):
            kept["roles"] = [_reduced("roles", "users/roles", one, drops) for one in roles]
        elif roles is not None:
            kept["roles"] = None
    return kept


def flatten(resource: Resource, kept: Mapping[str, object], number: int, noted: Noted) -> Iterator[Flat]:
    """The records of the CSV binding that a reduced one stands for; a user's roles come before the user."""
    source = Source(resource, number)
    user = kept.get("sourcedId")
    roles = kept.get("roles")
    if "roles" in kept and not isinstance(roles, list):
        _complain(source, "roles", noted)
    if isinstance(roles, list) and kept.get("status") != "tobedeleted":
        for role in roles:
            yield _flat("roles", {**role, "userSourcedId": user}, source, noted)
    yield _flat(resource, {name: value for name, value in kept.items() if name != "roles"}, source, noted)


def _reduced(entity: Entity, table: str, record: Mapping[str, object], drops: DropCounts) -> Reduced:
    kept: Reduced = {}
    for name, value in record.items():
        column = _RENAMED.get(name, name)
        if column in ALLOWED[entity].read and column != "userSourcedId":
            if value not in (None, "", []):
                kept[column] = _shaped(column, value)
        elif name not in NOT_COUNTED and name != "roles" and value not in (None, "", [], {}):
            drops.add(table, name, refused=is_refused_name(name))
    return kept


def _shaped(column: str, value: object) -> object:
    """A text, or a list of texts; `None` for anything else."""
    if column in _LISTS:
        values = value if isinstance(value, list) else str(value).split(",") if isinstance(value, str) else [None]
        texts = [_text(column, one) for one in values]
        return None if None in texts else texts
    return _text(column, value)


def _text(column: str, value: object) -> str | None:
    if column in _REFERENCES and isinstance(value, Mapping):
        value = value.get("sourcedId")
    if isinstance(value, bool):
        return None
    return str(value) if isinstance(value, str | int) else None


def _flat(entity: Entity, kept: Mapping[str, object], source: Source, noted: Noted) -> Flat:
    values: dict[str, str] = {}
    lists: dict[str, tuple[str, ...]] = {}
    for column, value in kept.items():
        if isinstance(value, str):
            values[column] = value
        elif isinstance(value, list):
            lists[column] = tuple(value)
        elif column != "userSourcedId":
            _complain(source, column, noted)
    return Flat(entity, source, values, lists)


def _complain(source: Source, column: str, noted: Noted) -> None:
    expected = "a text, a list of texts or a reference, as OneRoster 1.2 shapes it"
    noted.findings.add(
        Problem(source.file, source.line, column, expected, "The server breaks the standard: tell who runs it.")
    )
