"""How the API spells the fields that are read, and where each stands in the bulk XML.

A record of the API becomes the same tree as a record of a file, so one set of builders makes the rows of both. What is
not named here is never read; a test holds every name against the allow-list in `allowed.py`.

Names follow the published OpenAPI files of the Ed-Fi Data Standards 5.0 and 6.0 (Apache-2.0).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    type Fields = Mapping[str, Field]

RESOURCES: Mapping[str, str] = {
    "schools": "School",
    "staffs": "Staff",
    "students": "Student",
    "contacts": "Contact",
    "studentContactAssociations": "StudentContactAssociation",
    "disciplineIncidents": "DisciplineIncident",
    "studentDisciplineIncidentBehaviorAssociations": "StudentDisciplineIncidentBehaviorAssociation",
    "studentDisciplineIncidentNonOffenderAssociations": "StudentDisciplineIncidentNonOffenderAssociation",
    "staffDisciplineIncidentAssociations": "StaffDisciplineIncidentAssociation",
    "disciplineActions": "DisciplineAction",
}
"""Each resource that is read and the record it holds, in the order of dependence."""

ENVELOPE = frozenset({"id", "_etag", "_lastModifiedDate"})
"""What the protocol adds to a record; nothing of it is read or counted."""

LINK = "link"
"""What the protocol adds to a reference; deprecated."""


@dataclass(frozen=True, slots=True)
class Field:
    """What becomes of one field.

    Attributes:
        name: The element it becomes; empty when only what is in it counts, which then stands in its place.
        within: Elements that hold that element, from the outside in.
        inner: Its own fields, when it is an object or a list of objects.
    """

    name: str
    within: tuple[str, ...] = ()
    inner: Fields | None = None


def _values(**names: str) -> dict[str, Field]:
    return {spelled: Field(name) for spelled, name in names.items()}


def _in(within: str, **names: str) -> dict[str, Field]:
    return {spelled: Field(name, (within,)) for spelled, name in names.items()}


def _each(descriptor: str, name: str) -> Field:
    """A list of objects that hold one descriptor each."""
    return Field("", inner={descriptor: Field(name)})


def _reference(kind: str, key: str, name: str, field: str = "") -> Field:
    return Field(field or f"{kind}Reference", inner={key: Field(name, (f"{kind}Identity",))})


def _school(field: str = "SchoolReference") -> Field:
    return _reference("School", "schoolId", "SchoolId", field)


_STUDENT = _reference("Student", "studentUniqueId", "StudentUniqueId")
_STAFF = _reference("Staff", "staffUniqueId", "StaffUniqueId")
_CONTACT = _reference("Contact", "contactUniqueId", "ContactUniqueId")
_AN_INCIDENT = "DisciplineIncidentIdentity"
_A_BEHAVIOR = "StudentDisciplineIncidentBehaviorAssociation"
_INCIDENT = Field(
    "DisciplineIncidentReference",
    inner={
        "incidentIdentifier": Field("IncidentIdentifier", (_AN_INCIDENT,)),
        "schoolId": Field("SchoolId", (_AN_INCIDENT, "SchoolReference", "SchoolIdentity")),
    },
)
_IN_BEHAVIOR = (f"{_A_BEHAVIOR}Identity",)
_IN_ITS_INCIDENT = (*_IN_BEHAVIOR, "DisciplineIncidentReference", _AN_INCIDENT)
_BEHAVIOR_OF_STUDENT = Field(
    f"{_A_BEHAVIOR}Reference",
    inner={
        "studentUniqueId": Field("StudentUniqueId", (*_IN_BEHAVIOR, "StudentReference", "StudentIdentity")),
        "incidentIdentifier": Field("IncidentIdentifier", _IN_ITS_INCIDENT),
        "schoolId": Field("SchoolId", (*_IN_ITS_INCIDENT, "SchoolReference", "SchoolIdentity")),
        "behaviorDescriptor": Field("Behavior", _IN_BEHAVIOR),
    },
)
_NAME = _in(
    "Name",
    firstName="FirstName",
    middleName="MiddleName",
    lastSurname="LastSurname",
    generationCodeSuffix="GenerationCodeSuffix",
    preferredFirstName="PreferredFirstName",
    preferredLastSurname="PreferredLastSurname",
)
_ADULT_NAME = {**_NAME, **_in("Name", personalTitlePrefix="PersonalTitlePrefix")}
_EMAILS = Field(
    "ElectronicMail",
    inner=_values(
        electronicMailAddress="ElectronicMailAddress",
        electronicMailTypeDescriptor="ElectronicMailType",
        primaryEmailAddressIndicator="PrimaryEmailAddressIndicator",
        doNotPublishIndicator="DoNotPublishIndicator",
    ),
)
_TELEPHONES = Field(
    "Telephone",
    inner=_values(
        telephoneNumber="TelephoneNumber",
        telephoneNumberTypeDescriptor="TelephoneNumberType",
        orderOfPriority="OrderOfPriority",
        doNotPublishIndicator="DoNotPublishIndicator",
    ),
)
_ADDRESSES = Field(
    "Address",
    inner=_values(
        streetNumberName="StreetNumberName",
        apartmentRoomSuiteNumber="ApartmentRoomSuiteNumber",
        buildingSiteNumber="BuildingSiteNumber",
        city="City",
        stateAbbreviationDescriptor="StateAbbreviation",
        postalCode="PostalCode",
        addressTypeDescriptor="AddressType",
        doNotPublishIndicator="DoNotPublishIndicator",
    ),
)
_LANGUAGES = Field(
    "Language",
    inner={"languageDescriptor": Field("Language"), "uses": _each("languageUseDescriptor", "LanguageUse")},
)
_BEHAVIOR = _values(behaviorDescriptor="Behavior", behaviorDetailedDescription="BehaviorDetailedDescription")
_ROLE = "DisciplineIncidentParticipationCode"
_ROLES = _each("disciplineIncidentParticipationCodeDescriptor", _ROLE)
_WEAPONS = _each("weaponDescriptor", "Weapon")

FIELDS: Mapping[str, Fields] = {
    "School": {
        **_values(
            schoolId="SchoolId",
            nameOfInstitution="NameOfInstitution",
            shortNameOfInstitution="ShortNameOfInstitution",
            schoolTypeDescriptor="SchoolType",
        ),
        "gradeLevels": _each("gradeLevelDescriptor", "GradeLevel"),
    },
    "Staff": {
        **_values(staffUniqueId="StaffUniqueId", loginId="LoginId"),
        **_ADULT_NAME,
        "electronicMails": _EMAILS,
    },
    "Student": {
        **_values(studentUniqueId="StudentUniqueId"),
        **_NAME,
        **_in("BirthData", birthDate="BirthDate"),
    },
    "Contact": {
        **_values(contactUniqueId="ContactUniqueId"),
        **_ADULT_NAME,
        "electronicMails": _EMAILS,
        "telephones": _TELEPHONES,
        "addresses": _ADDRESSES,
        "languages": _LANGUAGES,
    },
    "StudentContactAssociation": {
        **_values(
            relationDescriptor="Relation",
            primaryContactStatus="PrimaryContactStatus",
            livesWith="LivesWith",
            emergencyContactStatus="EmergencyContactStatus",
            contactPriority="ContactPriority",
            contactRestrictions="ContactRestrictions",
            legalGuardian="LegalGuardian",
        ),
        "studentReference": _STUDENT,
        "contactReference": _CONTACT,
    },
    "DisciplineIncident": {
        **_values(
            incidentIdentifier="IncidentIdentifier",
            incidentDate="IncidentDate",
            incidentTime="IncidentTime",
            incidentLocationDescriptor="IncidentLocation",
            incidentDescription="IncidentDescription",
            reporterDescriptionDescriptor="ReporterDescription",
            reporterName="ReporterName",
            reportedToLawEnforcement="ReportedToLawEnforcement",
            caseNumber="CaseNumber",
        ),
        "behaviors": Field("Behavior", inner=_BEHAVIOR),
        "weapons": _WEAPONS,
        "schoolReference": _school(),
        "externalParticipants": Field(
            "DisciplineIncidentExternalParticipant",
            inner=_values(
                firstName="FirstName",
                lastSurname="LastSurname",
                disciplineIncidentParticipationCodeDescriptor=_ROLE,
            ),
        ),
    },
    "StudentDisciplineIncidentBehaviorAssociation": {
        **_BEHAVIOR,
        "disciplineIncidentParticipationCodes": _ROLES,
        "weapons": _WEAPONS,
        "studentReference": _STUDENT,
        "disciplineIncidentReference": _INCIDENT,
    },
    "StudentDisciplineIncidentNonOffenderAssociation": {
        "disciplineIncidentParticipationCodes": _ROLES,
        "studentReference": _STUDENT,
        "disciplineIncidentReference": _INCIDENT,
    },
    "StaffDisciplineIncidentAssociation": {
        "disciplineIncidentParticipationCodes": _ROLES,
        "staffReference": _STAFF,
        "disciplineIncidentReference": _INCIDENT,
    },
    "DisciplineAction": {
        **_values(
            disciplineActionIdentifier="DisciplineActionIdentifier",
            disciplineDate="DisciplineDate",
            disciplineActionLength="DisciplineActionLength",
            actualDisciplineActionLength="ActualDisciplineActionLength",
            disciplineActionLengthDifferenceReasonDescriptor="DisciplineActionLengthDifferenceReason",
            relatedToZeroTolerancePolicy="RelatedToZeroTolerancePolicy",
        ),
        "disciplines": _each("disciplineDescriptor", "Discipline"),
        "studentReference": _STUDENT,
        "staffs": Field("", inner={"staffReference": _STAFF}),
        "responsibilitySchoolReference": _school("ResponsibilitySchoolReference"),
        "assignmentSchoolReference": _school("AssignmentSchoolReference"),
        "studentDisciplineIncidentBehaviorAssociations": Field(
            "", inner={"studentDisciplineIncidentBehaviorAssociationReference": _BEHAVIOR_OF_STUDENT}
        ),
    },
}
"""What is read of each record."""

KEYS: Mapping[str, tuple[str, ...]] = {
    "School": ("schoolId",),
    "Staff": ("staffUniqueId",),
    "Student": ("studentUniqueId",),
    "Contact": ("contactUniqueId",),
    "StudentContactAssociation": ("studentUniqueId", "contactUniqueId"),
    "DisciplineIncident": ("schoolId", "incidentIdentifier"),
    "StudentDisciplineIncidentBehaviorAssociation": (
        "schoolId",
        "incidentIdentifier",
        "studentUniqueId",
        "behaviorDescriptor",
    ),
    "StudentDisciplineIncidentNonOffenderAssociation": ("schoolId", "incidentIdentifier", "studentUniqueId"),
    "StaffDisciplineIncidentAssociation": ("schoolId", "incidentIdentifier", "staffUniqueId"),
    "DisciplineAction": ("disciplineActionIdentifier", "disciplineDate", "studentUniqueId"),
}
"""How the API spells the parts of each natural key, in the order of the row's own `key`."""
