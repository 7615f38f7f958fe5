"""Packages made from the sample or from a few lines, and a server that serves them."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest

from schoolgate.interop import oneroster
from support.oneroster_server import CLIENT_ID, CLIENT_SECRET, Served, records_of, send, serving_roster

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FILES = ("manifest", "orgs", "academicSessions", "users", "roles", "demographics")
HEADERS = {
    "orgs": "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId",
    "users": "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,"
    "identifier,email,sms,phone,agentSourcedIds,grades,password,userMasterIdentifier,preferredGivenName,"
    "preferredMiddleName,preferredFamilyName,primaryOrgSourcedId,pronouns",
    "roles": "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,"
    "userProfileSourcedId",
    "academicSessions": "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear",
}
type Record = dict[str, str]
SCHOOL: Record = {"sourcedId": "s1", "name": "Burke High", "type": "school", "identifier": "0350"}
MARISOL: Record = {
    "sourcedId": "u1",
    "givenName": "Marisol",
    "familyName": "Aguilar",
    "identifier": "100016",
    "agentSourcedIds": "u2",
    "grades": "10",
}
MOTHER: Record = {"sourcedId": "u2", "givenName": "Rosa", "familyName": "Aguilar", "identifier": "900016"}
ROLES: list[Record] = [
    {
        "sourcedId": "r1",
        "userSourcedId": "u1",
        "roleType": "primary",
        "role": "student",
        "beginDate": "2026-09-08",
        "endDate": "2027-06-20",
        "orgSourcedId": "s1",
    },
    {"sourcedId": "r2", "userSourcedId": "u2", "role": "parent", "orgSourcedId": "s1"},
]


def as_csv(name: str, records: list[Record]) -> str:
    text = io.StringIO()
    columns = HEADERS[name].split(",")
    writer = csv.DictWriter(text, [*columns, *sorted({key for one in records for key in one} - set(columns))])
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue()


def manifest(modes: dict[str, str], version: str = "1.2") -> str:
    stated = {"manifest.version": "1.0", "oneroster.version": version}
    stated |= {f"file.{name}": mode for name, mode in modes.items()}
    return "propertyName,value\r\n" + "".join(f"{name},{value}\r\n" for name, value in stated.items())


@pytest.fixture
def small(tmp_path: Path) -> Callable[..., Path]:
    """Write a small district; an argument replaces a file's records, `modes` the manifest's word on a file."""

    def write(
        *,
        modes: dict[str, str] | None = None,
        version: str = "1.2",
        folder: str = "roster",
        **files: list[Record] | str,
    ) -> Path:
        held: dict[str, list[Record] | str] = {"orgs": [SCHOOL], "users": [MARISOL, MOTHER], "roles": ROLES, **files}
        place = tmp_path / folder
        place.mkdir()
        stated = {name: "bulk" if name in held else "absent" for name in HEADERS} | (modes or {})
        (place / "manifest.csv").write_text(manifest(stated, version), encoding="utf-8")
        for name, content in held.items():
            text = content if isinstance(content, str) else as_csv(name, content)
            (place / f"{name}.csv").write_bytes(text.encode("utf-8", "surrogateescape"))
        return place

    return write


@pytest.fixture
def sample(shared: Path) -> Path:
    return shared / "data" / "oneroster"


@pytest.fixture
def served(sample: Path) -> Iterator[Served]:
    """The sample on a server."""
    with serving_roster(sample / "edfi-oneroster-swagger.yml", records_of(sample)) as running:
        yield running


@pytest.fixture
def waited() -> list[float]:
    return []


@pytest.fixture
def client_of(waited: list[float]) -> Callable[..., oneroster.Client]:
    """A client of a server; its waits are noted and not waited."""

    def make(served: Served, *, secret: str = CLIENT_SECRET, attempts: int = 4) -> oneroster.Client:
        server = oneroster.Server(served.root, f"{served.root}/oauth/token", CLIENT_ID, secret)
        return oneroster.Client(server, send=send, wait=waited.append, attempts=attempts)

    return make
