"""The mock API with the real sample in it, a client of it, and ways to compare what was read."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from schoolgate.cli.edfi_sending import send
from schoolgate.interop.edfi import ParticipationRow, Row, StaffRow
from schoolgate.interop.edfi.rest import Answer, ApiLimits, ApiReading, Credentials, EdfiApi, Request, begin
from support.edfi_api import KEY, SECRET, MockEdfi
from support.edfi_json import FromXml

if TYPE_CHECKING:
    from schoolgate.interop.edfi.rest import Send, Told

DATA = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "edfi"
STANDARDS = ("5.0", "6.0")


@cache
def spec_of(standard: str) -> dict[str, Any]:
    return json.loads((DATA / "openapi" / f"edfi-discipline-subset-ds{standard}.json").read_text(encoding="utf-8"))


@cache
def sample_of(standard: str, *, with_contacts: bool = False) -> tuple[tuple[str, dict[str, Any]], ...]:
    names = ["EducationOrganization.xml", "StaffAssociation.xml.gz", "Student.xml", "StudentDiscipline.xml"]
    if with_contacts:
        names.append("Contact.xml.gz")
    converting = FromXml(spec_of(standard))
    found = [one for name in names for one in converting.records(DATA / "samples" / name)]
    return tuple((resource, record) for resource, record in found if resource != "localEducationAgencies")


@dataclass
class Asking:
    """An API that is served, and one client of it that never really waits."""

    mock: MockEdfi
    address: str
    waits: list[float] = field(default_factory=list)
    limits: ApiLimits = field(default_factory=lambda: ApiLimits(page_size=20))
    timeout: float = 5

    def client(self, **changes: Any) -> EdfiApi:
        asked = {"credentials": Credentials(KEY, SECRET), "limits": self.limits, "wait": self.waits.append}
        return EdfiApi(self.address, **{"send": partial(send, timeout=self.timeout), **asked, **changes})

    def told(self, **choices: Any) -> list[Told]:
        client = self.client()
        return [one for page in ApiReading(client).pages(begin(client, **choices)) for one in page.told]


def counted(rows: list[Any]) -> Counter[tuple[str, str]]:
    """Rows whatever their order."""
    return Counter((type(row).__name__, row.digest) for row in rows)


def as_in(standard: str, rows: list[Row]) -> list[Row]:
    """The rows of the bulk XML of 5.2 with only what the API of a standard holds of them.

    The API of 5.0 has no weapons in a student's behavior; that of 6.0 no e-mail addresses in staff.
    """
    if standard == "5.0":
        return [replace(row, weapons=()) if isinstance(row, ParticipationRow) else row for row in rows]
    return [replace(row, emails=()) if isinstance(row, StaffRow) else row for row in rows]


def student(number: int, **changes: Any) -> dict[str, Any]:
    """A student's record."""
    name = {"firstName": f"First{number}", "lastSurname": f"Last{number}", "birthDate": "2010-05-04"}
    return {"studentUniqueId": f"S{number}", **name, **changes}


def incident(identifier: object, *, school: int = 1, **changes: Any) -> dict[str, Any]:
    """An incident's record."""
    stated = {"incidentIdentifier": str(identifier), "schoolReference": {"schoolId": school}}
    return {**stated, "incidentDate": "2026-10-05", **changes}


def with_students(asking: Asking, count: int) -> list[str]:
    """Put students in; gives their resource ids."""
    return [asking.mock.put("students", student(number))[1] for number in range(1, count + 1)]


def answering(resource: str, records: list[Any]) -> Send:
    """An API without a network, that holds a few records of one resource and may answer anything."""
    base = "https://api.example.org"

    def send(request: Request) -> Answer:
        path = urlsplit(request.url).path
        if path == "/token":
            value: Any = {"access_token": "t", "expires_in": 1800}
        elif path == "/":
            value = {"urls": {"oauth": f"{base}/token", "dataManagementApi": f"{base}/data"}}
        else:
            value = records if path.endswith(f"/{resource}") and "limit=0" not in request.url else []
            count = len(records) if path.endswith(f"/{resource}") else 0
            return Answer(200, {"total-count": str(count)}, json.dumps(value).encode())
        return Answer(200, {}, json.dumps(value).encode())

    return send
