"""Small OneRoster packages, written record by record: Marisol Aguilar, her mother, their school."""

import csv
import io
from pathlib import Path

type Record = dict[str, str]
HEADERS = {
    "orgs": "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId",
    "academicSessions": "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear",
    "users": "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,"
    "identifier,email,sms,phone,agentSourcedIds,grades,password,userMasterIdentifier,preferredGivenName,"
    "preferredMiddleName,preferredFamilyName,primaryOrgSourcedId,pronouns",
    "roles": "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,"
    "userProfileSourcedId",
}
SCHOOL: Record = {"sourcedId": "s1", "name": "Burke High", "type": "school", "identifier": "0350"}
YEAR: Record = {
    "sourcedId": "y1",
    "title": "2026-2027",
    "type": "schoolYear",
    "startDate": "2026-09-08",
    "endDate": "2027-06-20",
    "schoolYear": "2027",
}
MARISOL: Record = {
    "sourcedId": "u1",
    "givenName": "Marisol",
    "familyName": "Aguilar",
    "identifier": "100016",
    "agentSourcedIds": "u2",
    "grades": "10",
}
MOTHER: Record = {"sourcedId": "u2", "givenName": "Rosa", "familyName": "Aguilar", "identifier": "900016"}
STUDENT_ROLE: Record = {
    "sourcedId": "r1",
    "userSourcedId": "u1",
    "roleType": "primary",
    "role": "student",
    "beginDate": "2026-09-08",
    "endDate": "2027-06-20",
    "orgSourcedId": "s1",
}
MOTHER_ROLE: Record = {"sourcedId": "r2", "userSourcedId": "u2", "role": "parent", "orgSourcedId": "s1"}


def write(
    folder: Path,
    *,
    modes: dict[str, str] | None = None,
    version: str = "1.2",
    **files: list[Record] | str,
) -> Path:
    """Write a package; an argument replaces a file's records or its text, `modes` the manifest's word on a file."""
    held: dict[str, list[Record] | str] = {
        "orgs": [SCHOOL],
        "academicSessions": [YEAR],
        "users": [MARISOL, MOTHER],
        "roles": [STUDENT_ROLE, MOTHER_ROLE],
        **files,
    }
    folder.mkdir(parents=True)
    stated = {name: "bulk" if held.get(name) else "absent" for name in HEADERS} | (modes or {})
    (folder / "manifest.csv").write_text(manifest(stated, version), encoding="utf-8")
    for name, content in held.items():
        if content:
            text = content if isinstance(content, str) else as_csv(name, content)
            (folder / f"{name}.csv").write_bytes(text.encode("utf-8", "surrogateescape"))
    return folder


def as_csv(name: str, records: list[Record]) -> str:
    """The records as the file of that name, with further columns where they have them."""
    text = io.StringIO()
    columns = HEADERS[name].split(",")
    writer = csv.DictWriter(text, [*columns, *sorted({key for one in records for key in one} - set(columns))])
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue()


def manifest(modes: dict[str, str], version: str = "1.2") -> str:
    """The manifest that states these modes."""
    stated = {"manifest.version": "1.0", "oneroster.version": version}
    stated |= {f"file.{name}": mode for name, mode in modes.items()}
    return "propertyName,value\r\n" + "".join(f"{name},{value}\r\n" for name, value in stated.items())
