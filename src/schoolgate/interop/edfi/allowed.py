"""Which fields are read, and which are never imported.

The allow-list decides what is kept; the refused names only decide how a dropped field is reported. A field in
neither is dropped all the same, so a name we forgot to refuse still does not get in.

Names follow the bulk XML schema of the Ed-Fi Data Standard 5.2 (Apache-2.0).
"""

from __future__ import annotations

from collections.abc import Mapping

type Fields = Mapping[str, Fields]
"""Allowed child elements by name; an empty mapping is a field that holds a value."""

VALUE: Fields = {}


def _values(*names: str) -> dict[str, Fields]:
    return dict.fromkeys(names, VALUE)


_NAME = _values(
    "FirstName",
    "MiddleName",
    "LastSurname",
    "GenerationCodeSuffix",
    "PreferredFirstName",
    "PreferredLastSurname",
)
_ADULT_NAME = {**_NAME, "PersonalTitlePrefix": VALUE}
_EMAIL = _values("ElectronicMailAddress", "ElectronicMailType", "PrimaryEmailAddressIndicator", "DoNotPublishIndicator")
_TELEPHONE = _values("TelephoneNumber", "TelephoneNumberType", "OrderOfPriority", "DoNotPublishIndicator")
_ADDRESS = _values(
    "StreetNumberName",
    "ApartmentRoomSuiteNumber",
    "BuildingSiteNumber",
    "City",
    "StateAbbreviation",
    "PostalCode",
    "AddressType",
    "DoNotPublishIndicator",
)
_SCHOOL_REFERENCE = {"SchoolIdentity": _values("SchoolId")}
_STUDENT_REFERENCE = {"StudentIdentity": _values("StudentUniqueId")}
_STAFF_REFERENCE = {"StaffIdentity": _values("StaffUniqueId")}
_CONTACT_REFERENCE = {"ContactIdentity": _values("ContactUniqueId")}
_INCIDENT_REFERENCE = {
    "DisciplineIncidentIdentity": {"IncidentIdentifier": VALUE, "SchoolReference": _SCHOOL_REFERENCE}
}
_BEHAVIOR_REFERENCE = {
    "StudentDisciplineIncidentBehaviorAssociationIdentity": {
        "StudentReference": _STUDENT_REFERENCE,
        "DisciplineIncidentReference": _INCIDENT_REFERENCE,
        "Behavior": VALUE,
    }
}

ALLOWED: Mapping[str, Fields] = {
    "School": _values("SchoolId", "NameOfInstitution", "ShortNameOfInstitution", "GradeLevel", "SchoolType"),
    "Staff": {**_values("StaffUniqueId", "LoginId"), "Name": _ADULT_NAME, "ElectronicMail": _EMAIL},
    "Student": {"StudentUniqueId": VALUE, "Name": _NAME, "BirthData": _values("BirthDate")},
    "Contact": {
        "ContactUniqueId": VALUE,
        "Name": _ADULT_NAME,
        "ElectronicMail": _EMAIL,
        "Telephone": _TELEPHONE,
        "Address": _ADDRESS,
        "Language": _values("Language", "LanguageUse"),
    },
    "StudentContactAssociation": {
        **_values(
            "Relation",
            "PrimaryContactStatus",
            "LivesWith",
            "EmergencyContactStatus",
            "ContactPriority",
            "ContactRestrictions",
            "LegalGuardian",
        ),
        "StudentReference": _STUDENT_REFERENCE,
        "ContactReference": _CONTACT_REFERENCE,
    },
    "DisciplineIncident": {
        **_values(
            "IncidentIdentifier",
            "IncidentDate",
            "IncidentTime",
            "IncidentLocation",
            "IncidentDescription",
            "ReporterDescription",
            "ReporterName",
            "Weapon",
            "ReportedToLawEnforcement",
            "CaseNumber",
        ),
        "Behavior": _values("Behavior", "BehaviorDetailedDescription"),
        "SchoolReference": _SCHOOL_REFERENCE,
        "DisciplineIncidentExternalParticipant": _values(
            "FirstName", "LastSurname", "DisciplineIncidentParticipationCode"
        ),
    },
    "StudentDisciplineIncidentBehaviorAssociation": {
        **_values("Behavior", "BehaviorDetailedDescription", "DisciplineIncidentParticipationCode", "Weapon"),
        "StudentReference": _STUDENT_REFERENCE,
        "DisciplineIncidentReference": _INCIDENT_REFERENCE,
    },
    "StudentDisciplineIncidentNonOffenderAssociation": {
        "DisciplineIncidentParticipationCode": VALUE,
        "StudentReference": _STUDENT_REFERENCE,
        "DisciplineIncidentReference": _INCIDENT_REFERENCE,
    },
    "StaffDisciplineIncidentAssociation": {
        "DisciplineIncidentParticipationCode": VALUE,
        "StaffReference": _STAFF_REFERENCE,
        "DisciplineIncidentReference": _INCIDENT_REFERENCE,
    },
    "DisciplineAction": {
        **_values(
            "DisciplineActionIdentifier",
            "Discipline",
            "DisciplineDate",
            "DisciplineActionLength",
            "ActualDisciplineActionLength",
            "DisciplineActionLengthDifferenceReason",
            "RelatedToZeroTolerancePolicy",
        ),
        "StudentReference": _STUDENT_REFERENCE,
        "StaffReference": _STAFF_REFERENCE,
        "ResponsibilitySchoolReference": _SCHOOL_REFERENCE,
        "AssignmentSchoolReference": _SCHOOL_REFERENCE,
        "StudentDisciplineIncidentBehaviorAssociationReference": _BEHAVIOR_REFERENCE,
    },
}
"""The allow-list: what is read of each record."""

INTERCHANGE_OF: Mapping[str, str] = {
    "School": "InterchangeEducationOrganization",
    "Staff": "InterchangeStaffAssociation",
    "Student": "InterchangeStudent",
    "Contact": "InterchangeContact",
    "StudentContactAssociation": "InterchangeContact",
    "DisciplineIncident": "InterchangeStudentDiscipline",
    "StudentDisciplineIncidentBehaviorAssociation": "InterchangeStudentDiscipline",
    "StudentDisciplineIncidentNonOffenderAssociation": "InterchangeStudentDiscipline",
    "StaffDisciplineIncidentAssociation": "InterchangeStudentDiscipline",
    "DisciplineAction": "InterchangeStudentDiscipline",
}
"""Each record that is read and the file it comes in, in the order of dependence: a record refers only to
earlier ones."""

READ_INTERCHANGES = frozenset(INTERCHANGE_OF.values())

NOTICE_LANGUAGE_USE = "uri://ed-fi.org/LanguageUseDescriptor#Correspondence language"
"""The one use of a contact's language that is kept: in which language the family is to be written to."""


def _folded(name: str) -> str:
    return name.casefold().removesuffix("descriptor").rstrip("es")


_REFUSED = frozenset(
    _folded(name)
    for name in (
        "Citizenship",
        "CitizenshipStatus",
        "Visa",
        "DateEnteredUS",
        "BirthCountry",
        "BirthCity",
        "BirthStateAbbreviation",
        "BirthInternationalProvince",
        "Country",
        "IssuerCountry",
        "IdentificationDocument",
        "PersonalIdentificationDocument",
        "PersonalInformationVerification",
        "IdentificationDocumentUse",
        "StudentIdentificationCode",
        "InternationalAddress",
        "StudentCharacteristic",
        "StudentIndicator",
        "AncestryEthnicOrigin",
        "HispanicLatinoEthnicity",
        "Ethnicity",
        "OldEthnicity",
        "Race",
        "TribalAffiliation",
        "Language",
        "LanguageUse",
        "LimitedEnglishProficiency",
        "StudentDemographic",
        "StaffDemographic",
    )
)


def is_refused(name: str) -> bool:
    """Tell whether a field of this name may reveal immigration status or origin and is never imported.

    Accepts the XML name and the API's spelling of it (plural, with `Descriptor`, lower camel case).
    """
    return _folded(name) in _REFUSED
