"""From a record of allowed fields to a typed row; every bad field becomes a problem that quotes no person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from schoolgate.interop.edfi.rows import (
    Address,
    Behavior,
    ContactRow,
    Descriptor,
    DisciplineActionRow,
    Email,
    ExternalParticipant,
    IncidentRow,
    Key,
    NonOffenderRow,
    ParticipationRow,
    PersonName,
    Row,
    SchoolRow,
    Source,
    StaffParticipationRow,
    StaffRow,
    StudentContactRow,
    StudentRow,
    Telephone,
)
from schoolgate.interop.edfi.values import Values

if TYPE_CHECKING:
    from schoolgate.interop.edfi.stream import Node
    from schoolgate.interop.problems import Findings

type Identified = Mapping[str, tuple[str, Key]]
"""The records of a file that carry an `id`: their element name and natural key."""


def build_row(record: Node, file: str, identified: Identified, findings: Findings) -> Row:
    """Make the row of a record.

    Where a field is bad, the problem is added and a placeholder stands in the row, so that the rest of the
    record is still looked at. A row is good when no problem was added.
    """
    return _BUILDERS[record.name](_Builder(record, file, identified, findings))


class _Builder(Values):
    """A record's fields as values, with the shapes that several records share."""

    def __init__(self, record: Node, file: str, identified: Identified, findings: Findings) -> None:
        super().__init__(record, file, record.name, findings)
        self._identified = identified

    @property
    def source(self) -> Source:
        return Source(self.file, self.node.line)

    def name_of_person(self) -> PersonName:
        name = self.group("Name")
        return PersonName(
            first=name.text("FirstName", 75),
            last=name.text("LastSurname", 75),
            middle=name.text_or_none("MiddleName", 75),
            suffix=name.text_or_none("GenerationCodeSuffix", 10),
            title=name.text_or_none("PersonalTitlePrefix", 30),
            preferred_first=name.text_or_none("PreferredFirstName", 75),
            preferred_last=name.text_or_none("PreferredLastSurname", 75),
        )

    def emails(self) -> tuple[Email, ...]:
        return tuple(
            Email(
                address=item.text("ElectronicMailAddress", 128),
                kind=item.descriptor_or_none("ElectronicMailType"),
                is_primary=item.flag("PrimaryEmailAddressIndicator"),
                do_not_publish=item.flag("DoNotPublishIndicator"),
            )
            for item in self.groups("ElectronicMail")
        )

    def telephones(self) -> tuple[Telephone, ...]:
        return tuple(
            Telephone(
                number=item.text("TelephoneNumber", 24),
                kind=item.descriptor_or_none("TelephoneNumberType"),
                priority=item.integer_or_none("OrderOfPriority"),
                do_not_publish=item.flag("DoNotPublishIndicator"),
            )
            for item in self.groups("Telephone")
        )

    def addresses(self) -> tuple[Address, ...]:
        return tuple(
            Address(
                street=item.text("StreetNumberName", 150),
                city=item.text("City", 30),
                state=item.descriptor_or_none("StateAbbreviation"),
                postal_code=item.text("PostalCode", 17),
                apartment=item.text_or_none("ApartmentRoomSuiteNumber", 50),
                building=item.text_or_none("BuildingSiteNumber", 20),
                kind=item.descriptor_or_none("AddressType"),
                do_not_publish=item.flag("DoNotPublishIndicator"),
            )
            for item in self.groups("Address")
        )

    def roles(self) -> tuple[Descriptor, ...]:
        return self.descriptors("DisciplineIncidentParticipationCode")

    def behavior(self, within: Values) -> Behavior:
        return Behavior(within.descriptor("Behavior"), within.text_or_none("BehaviorDetailedDescription", 1024))

    def student(self) -> str:
        return self._person(self, "Student")

    def incident(self) -> tuple[int, str]:
        return self._incident(self)

    def school(self, field: str = "SchoolReference") -> int:
        return self._school(self, field)

    def contact(self) -> str:
        return self._person(self, "Contact")

    def staff_all(self) -> tuple[str, ...]:
        return tuple(self._person_in(item, "Staff") for item in self.groups("StaffReference"))

    def staff(self) -> str:
        return self._person(self, "Staff")

    def participations(self) -> tuple[Key, ...]:
        kind = "StudentDisciplineIncidentBehaviorAssociation"
        return tuple(self._participation(item, kind) for item in self.groups(f"{kind}Reference"))

    def _participation(self, reference: Values, kind: str) -> Key:
        by_id = self._by_id(reference, kind)
        if by_id is not None and not reference.has(f"{kind}Identity"):
            return by_id
        identity = reference.group(f"{kind}Identity")
        school_id, incident = self._incident(identity)
        key = (school_id, incident, self._person(identity, "Student"), identity.descriptor("Behavior").uri)
        return self._agreeing(reference, by_id, key)

    def _incident(self, within: Values) -> tuple[int, str]:
        reference = within.group("DisciplineIncidentReference")
        by_id = self._by_id(reference, "DisciplineIncident")
        if by_id is not None and not reference.has("DisciplineIncidentIdentity"):
            return int(by_id[0]), str(by_id[1])
        identity = reference.group("DisciplineIncidentIdentity")
        key = (self._school(identity, "SchoolReference"), identity.text("IncidentIdentifier", 36))
        self._agreeing(reference, by_id, key)
        return key

    def _school(self, within: Values, field: str) -> int:
        return within.group(field).group("SchoolIdentity").school_id("SchoolId")

    def _person(self, within: Values, kind: str) -> str:
        return self._person_in(within.group(f"{kind}Reference"), kind)

    def _person_in(self, reference: Values, kind: str) -> str:
        by_id = self._by_id(reference, kind)
        if by_id is not None and not reference.has(f"{kind}Identity"):
            return str(by_id[0])
        key = (reference.group(f"{kind}Identity").text(f"{kind}UniqueId", 32),)
        self._agreeing(reference, by_id, key)
        return key[0]

    def _by_id(self, reference: Values, kind: str) -> Key | None:
        """The key that a `ref` attribute points to; `None` when there is no such attribute."""
        if not reference.node.reference:
            return None
        found_kind, key = self._identified.get(reference.node.reference, ("", ()))
        if found_kind != kind:
            expected = f"the ref to name the id of a {kind} in this file"
            reference.complain("@ref", expected, f"Give {kind}Identity instead, or add the {kind}.")
            return None if reference.has(f"{kind}Identity") else _PLACEHOLDER_KEYS[kind]
        return key

    def _agreeing(self, reference: Values, by_id: Key | None, by_identity: Key) -> Key:
        if by_id is not None and by_id != by_identity:
            reference.complain("@ref", "the ref and the identity to name the same record", "Give only one of them.")
        return by_identity


_PLACEHOLDER_KEYS: Mapping[str, Key] = {
    "Contact": ("",),
    "Student": ("",),
    "Staff": ("",),
    "DisciplineIncident": (0, ""),
    "StudentDisciplineIncidentBehaviorAssociation": (0, "", "", ""),
}


def _school(record: _Builder) -> Row:
    return SchoolRow(
        source=record.source,
        school_id=record.school_id("SchoolId"),
        name=record.text("NameOfInstitution", 75),
        short_name=record.text_or_none("ShortNameOfInstitution", 75),
        grade_levels=record.descriptors("GradeLevel"),
        school_type=record.descriptor_or_none("SchoolType"),
    )


def _staff(record: _Builder) -> Row:
    return StaffRow(
        source=record.source,
        staff_unique_id=record.text("StaffUniqueId", 32),
        name=record.name_of_person(),
        emails=record.emails(),
        login_id=record.text_or_none("LoginId", 120),
    )


def _student(record: _Builder) -> Row:
    return StudentRow(
        source=record.source,
        student_unique_id=record.text("StudentUniqueId", 32),
        name=record.name_of_person(),
        birth_date=record.group("BirthData").date("BirthDate"),
    )


def _contact(record: _Builder) -> Row:
    return ContactRow(
        source=record.source,
        contact_unique_id=record.text("ContactUniqueId", 32),
        name=record.name_of_person(),
        emails=record.emails(),
        telephones=record.telephones(),
        addresses=record.addresses(),
        notice_languages=tuple(item.descriptor("Language") for item in record.groups("Language")),
    )


def _student_contact(record: _Builder) -> Row:
    return StudentContactRow(
        source=record.source,
        student_unique_id=record.student(),
        contact_unique_id=record.contact(),
        relation=record.descriptor_or_none("Relation"),
        is_primary=record.flag("PrimaryContactStatus"),
        lives_with=record.flag("LivesWith"),
        is_emergency_contact=record.flag("EmergencyContactStatus"),
        is_legal_guardian=record.flag("LegalGuardian"),
        priority=record.integer_or_none("ContactPriority"),
        restrictions=record.text_or_none("ContactRestrictions", 250),
    )


def _incident(record: _Builder) -> Row:
    return IncidentRow(
        source=record.source,
        incident_identifier=record.text("IncidentIdentifier", 36),
        school_id=record.school(),
        date=record.date("IncidentDate"),
        time=record.time_or_none("IncidentTime"),
        location=record.descriptor_or_none("IncidentLocation"),
        description=record.text_or_none("IncidentDescription", 1024),
        reporter_description=record.descriptor_or_none("ReporterDescription"),
        reporter_name=record.text_or_none("ReporterName", 75),
        behaviors=tuple(record.behavior(item) for item in record.groups("Behavior")),
        weapons=record.descriptors("Weapon"),
        reported_to_law_enforcement=record.flag("ReportedToLawEnforcement"),
        case_number=record.text_or_none("CaseNumber", 20),
        external_participants=tuple(
            ExternalParticipant(
                first=item.text("FirstName", 75),
                last=item.text("LastSurname", 75),
                role=item.descriptor("DisciplineIncidentParticipationCode"),
            )
            for item in record.groups("DisciplineIncidentExternalParticipant")
        ),
    )


def _participation(record: _Builder) -> Row:
    school_id, incident_identifier = record.incident()
    return ParticipationRow(
        source=record.source,
        student_unique_id=record.student(),
        school_id=school_id,
        incident_identifier=incident_identifier,
        behavior=record.behavior(record),
        roles=record.roles(),
        weapons=record.descriptors("Weapon"),
    )


def _non_offender(record: _Builder) -> Row:
    school_id, incident_identifier = record.incident()
    return NonOffenderRow(
        source=record.source,
        student_unique_id=record.student(),
        school_id=school_id,
        incident_identifier=incident_identifier,
        roles=record.roles(),
    )


def _staff_participation(record: _Builder) -> Row:
    school_id, incident_identifier = record.incident()
    return StaffParticipationRow(
        source=record.source,
        staff_unique_id=record.staff(),
        school_id=school_id,
        incident_identifier=incident_identifier,
        roles=record.at_least_one(record.roles(), "DisciplineIncidentParticipationCode"),
    )


def _action(record: _Builder) -> Row:
    has_other_school = record.has("AssignmentSchoolReference")
    return DisciplineActionRow(
        source=record.source,
        action_identifier=record.text("DisciplineActionIdentifier", 36),
        date=record.date("DisciplineDate"),
        student_unique_id=record.student(),
        disciplines=record.at_least_one(record.descriptors("Discipline"), "Discipline"),
        length=record.decimal_or_none("DisciplineActionLength"),
        actual_length=record.decimal_or_none("ActualDisciplineActionLength"),
        length_difference_reason=record.descriptor_or_none("DisciplineActionLengthDifferenceReason"),
        is_zero_tolerance=record.flag("RelatedToZeroTolerancePolicy"),
        responsibility_school_id=record.school("ResponsibilitySchoolReference"),
        assignment_school_id=record.school("AssignmentSchoolReference") if has_other_school else None,
        staff_unique_ids=record.staff_all(),
        participations=record.participations(),
    )


_BUILDERS: Mapping[str, Callable[[_Builder], Row]] = {
    "School": _school,
    "Staff": _staff,
    "Student": _student,
    "Contact": _contact,
    "StudentContactAssociation": _student_contact,
    "DisciplineIncident": _incident,
    "StudentDisciplineIncidentBehaviorAssociation": _participation,
    "StudentDisciplineIncidentNonOffenderAssociation": _non_offender,
    "StaffDisciplineIncidentAssociation": _staff_participation,
    "DisciplineAction": _action,
}
