"""Small Ed-Fi exports, written record by record."""

from pathlib import Path

NAMESPACE = "http://ed-fi.org/5.2.0"
URI = "uri://ed-fi.org/"
FILES = {
    "School": "EducationOrganization",
    "Staff": "StaffAssociation",
    "Student": "Student",
    "Contact": "Contact",
    "StudentContactAssociation": "Contact",
    "DisciplineIncident": "StudentDiscipline",
    "StudentDisciplineIncidentBehaviorAssociation": "StudentDiscipline",
    "StudentDisciplineIncidentNonOffenderAssociation": "StudentDiscipline",
    "StaffDisciplineIncidentAssociation": "StudentDiscipline",
    "DisciplineAction": "StudentDiscipline",
}


def write(folder: Path, *records: str) -> Path:
    """Write the records into the files they belong to, one file an interchange; files of an earlier call go."""
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.xml"):
        old.unlink()
    files: dict[str, list[str]] = {}
    for record in records:
        files.setdefault(FILES[record[1 : record.index(">")]], []).append(record)
    for name, its_records in files.items():
        body = "\n".join(its_records)
        opening = f'<?xml version="1.0" encoding="UTF-8"?>\n<Interchange{name} xmlns="{NAMESPACE}">\n'
        text = f"{opening}{body}\n</Interchange{name}>\n"
        (folder / f"{name}.xml").write_text(text, encoding="utf-8")
    return folder


def tag(name: str, value: object) -> str:
    """An element; nothing for None."""
    return "" if value is None else f"<{name}>{value}</{name}>"


def reference(kind: str, number: object) -> str:
    """A reference to a person or a school."""
    field = "SchoolId" if kind == "School" else f"{kind}UniqueId"
    return f"<{kind}Reference><{kind}Identity>{tag(field, number)}</{kind}Identity></{kind}Reference>"


def incident_reference(identifier: object, at: int) -> str:
    """A reference to an incident."""
    inner = tag("IncidentIdentifier", identifier) + reference("School", at)
    return tag("DisciplineIncidentReference", tag("DisciplineIncidentIdentity", inner))


def name(first: str, last: str, more: str = "") -> str:
    """A person's name."""
    return f"<Name>{tag('FirstName', first)}{tag('LastSurname', last)}{more}</Name>"


def codes(*values: str) -> str:
    """Participation codes: the standard's by their word, others as a whole URI."""
    vocabulary = f"{URI}DisciplineIncidentParticipationCodeDescriptor#"
    return "".join(
        tag("DisciplineIncidentParticipationCode", value if "://" in value else vocabulary + value) for value in values
    )


def behavior(value: str, detail: str | None = None) -> str:
    """What is said to have been done, without the element around it."""
    return tag("BehaviorDetailedDescription", detail) + tag("Behavior", f"{URI}BehaviorDescriptor#{value}")


def school(number: int, title: str = "East Harbor High School") -> str:
    """A school."""
    return tag("School", tag("SchoolId", number) + tag("NameOfInstitution", title))


def staff(number: object, first: str = "Ana", last: str = "Abreu", more: str = "") -> str:
    """A member of staff."""
    return tag("Staff", tag("StaffUniqueId", number) + name(first, last) + more)


def student(number: object, first: str = "Marisol", last: str = "Aguilar", more: str = "") -> str:
    """A student."""
    born = tag("BirthData", tag("BirthDate", "2010-03-14"))
    return tag("Student", tag("StudentUniqueId", number) + name(first, last) + born + more)


def contact(number: object, first: str = "Elena", last: str = "Aguilar", more: str = "") -> str:
    """An adult to be reached about a student."""
    return tag("Contact", tag("ContactUniqueId", number) + name(first, last) + more)


def relation(of: object, to: object, *, guardian: bool | None = None, restrictions: str | None = None) -> str:
    """What a contact is to a student."""
    said = None if guardian is None else str(guardian).lower()
    return tag(
        "StudentContactAssociation",
        reference("Student", to)
        + reference("Contact", of)
        + tag("ContactRestrictions", restrictions)
        + tag("LegalGuardian", said),
    )


def incident(identifier: object, at: int, more: str = "", day: str = "2026-10-05") -> str:
    """An incident."""
    inner = tag("IncidentIdentifier", identifier) + tag("IncidentDate", day) + more + reference("School", at)
    return tag("DisciplineIncident", inner)


def outsider(first: str, last: str, code: str = "Witness") -> str:
    """Somebody from outside, within an incident."""
    return tag(
        "DisciplineIncidentExternalParticipant", tag("FirstName", first) + tag("LastSurname", last) + codes(code)
    )


def student_part(number: object, identifier: object, at: int, inner: str) -> str:
    """One behavior of a student in an incident; `inner` holds the behavior and the codes."""
    references = reference("Student", number) + incident_reference(identifier, at)
    return tag("StudentDisciplineIncidentBehaviorAssociation", references + inner)


def other_part(number: object, identifier: object, at: int, *roles: str) -> str:
    """A student in an incident to whom no behavior is ascribed."""
    references = reference("Student", number) + incident_reference(identifier, at)
    return tag("StudentDisciplineIncidentNonOffenderAssociation", references + codes(*roles))


def staff_part(number: object, identifier: object, at: int, *roles: str) -> str:
    """A member of staff in an incident."""
    references = reference("Staff", number) + incident_reference(identifier, at)
    return tag("StaffDisciplineIncidentAssociation", references + codes(*roles))


def action(number: object, of: object, identifier: object, at: int, *, days: int = 3) -> str:
    """A discipline that answers to one behavior, "Other", of the student in one incident."""
    answered = reference("Student", of) + incident_reference(identifier, at) + behavior("Other")
    identity = tag("StudentDisciplineIncidentBehaviorAssociationIdentity", answered)
    return tag(
        "DisciplineAction",
        tag("DisciplineActionIdentifier", number)
        + tag("Discipline", f"{URI}DisciplineDescriptor#In School Suspension")
        + tag("DisciplineDate", "2026-10-06")
        + tag("DisciplineActionLength", days)
        + reference("Student", of)
        + tag("ResponsibilitySchoolReference", tag("SchoolIdentity", tag("SchoolId", at)))
        + tag("StudentDisciplineIncidentBehaviorAssociationReference", identity),
    )
