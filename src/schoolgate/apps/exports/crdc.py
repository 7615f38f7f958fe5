"""The signs by which students were referred to law enforcement, out of what the district holds."""

import hmac
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from schoolgate.apps.access.moment import today
from schoolgate.apps.incidents.models import DisciplineAction, Incident, Participant
from schoolgate.apps.ledger.acts import Impossible
from schoolgate.apps.ledger.keys import keys
from schoolgate.apps.people.directory import open_names
from schoolgate.apps.people.models import Student
from schoolgate.apps.releases.models import Release
from schoolgate.apps.schools.models import School
from schoolgate.apps.transfers.looking import is_secret
from schoolgate.interop import crdc

from .models import ListExport, ListKind, State
from .prepared import Prepared, keys_of, read_data_file

LAW_ENFORCEMENT = frozenset(
    {
        "local_police",
        "state_police",
        "school_resource_officer",
        "fusion_center",
        "federal_immigration",
        "federal_other",
        "prosecutor",
    }
)
# Nobody came with a paper of their own: somebody of the district handed the record over.
_VOLUNTARY = frozenset({"none", "demand_letter", "emergency", "statutory_report"})
_YEAR_BEGINS, _YEAR_ENDS = (7, 1), (6, 30)


def prepare_crdc(export: ListExport) -> Prepared:
    """The list, the raw counts, and of a closed school year the table that may be published.

    About a dozen queries, whatever the number of incidents; the numbers of the students are opened in one call.

    Raises:
        Impossible: The district's data file is missing or wrong.
    """
    text = read_data_file(settings.CRDC_RULES, "the CRDC", "docs/exports.md says how")
    try:
        rules = crdc.parse_rules(text, name=settings.CRDC_RULES.name)
    except crdc.CrdcError as problem:
        raise Impossible(str(problem)) from problem
    gathered = _Signs(export.first_day, export.last_day, rules)
    listed = crdc.list_students(gathered.signs())
    files = {"crdc-students.csv": crdc.to_csv(listed), "crdc-counts.csv": crdc.totals_csv(listed)}
    notes = gathered.notes(listed)
    if _may_be_published(export):
        names = dict(School.objects.values_list("external_id", "name"))
        table = crdc.public_table(listed, names, seed=_seed(export))
        files["crdc-public.csv"] = crdc.public_csv(table, names)
    else:
        notes.append(
            "No table for the public is in it: that is made once, with the first list of a whole school year that is "
            "over (1 July to 30 June). Two tables of the same year could be subtracted from each other."
        )
    numbers = {one.student for one in listed.rows}
    students = frozenset(pk for pk, number in gathered.numbers.items() if number in numbers)
    return Prepared(files, len(listed.rows), students, rules.digest, tuple(notes))


def _may_be_published(export: ListExport) -> bool:
    first, last = export.first_day, export.last_day
    whole = (first.month, first.day) == _YEAR_BEGINS and (last.month, last.day) == _YEAR_ENDS
    if not whole or last.year != first.year + 1 or last >= today():
        return False
    earlier = ListExport.objects.filter(kind=ListKind.CRDC, state__in=[State.MADE, State.DROPPED])
    return not earlier.filter(first_day=first, last_day=last).exists()


def _seed(export: ListExport) -> bytes:
    """Secret, and fixed before anything was counted: by the installation's key and the year alone."""
    return hmac.digest(keys().blind_index, f"crdc-public|{export.first_day}|{export.last_day}".encode(), "sha256")


class _Signs:
    """The signs of a period, and what stays open about them."""

    def __init__(self, first: date, last: date, rules: crdc.Rules) -> None:
        self.first, self.last, self.rules = first, last, rules
        self.numbers: dict[UUID, str] = {}
        self.secret = 0
        self.without_number = 0
        self.unexplained: set[str] = set()

    def signs(self) -> list[crdc.Sign]:
        """Every sign. A student without a number cannot be told to the student system, and is counted instead."""
        found = [*self._reported(), *self._given(), *self._disciplined()]
        people = {student for _, student, _, _, _ in found}
        names = open_names(Student.objects.filter(pk__in=people).select_related("name_key"))
        self.numbers = {one.pk: name.number for one, name in names.items() if name.number}
        self.without_number = len(people - set(self.numbers))
        incidents = {incident.pk: incident for incident, *_ in found}
        called = keys_of(incidents.values())
        return [
            crdc.Sign(
                called[incident.pk],
                incident.school.external_id,
                incident.school.name,
                incident.occurred_on,
                self.numbers[student],
                part,
                incident.place,
                basis,
                own_paper,
            )
            for incident, student, part, basis, own_paper in found
            if student in self.numbers
        ]

    def notes(self, listed: crdc.Listed) -> list[str]:
        """What whoever confirms the list must know."""
        notes = [f"Rows: {len(listed.rows)}. Of these wait for an answer: {listed.to_be_answered}."]
        if self.secret:
            notes.append(f"Copies left out, because a court ordered that the family is not told: {self.secret}.")
        if self.without_number:
            notes.append(f"Students left out, because no number is on file for them: {self.without_number}.")
        notes += [f"Nobody has said what the discipline {code!r} means." for code in sorted(self.unexplained)]
        return notes

    def _incidents(self) -> "list[Incident]":
        rows = Incident.objects.told_openly().filter(occurred_on__range=(self.first, self.last))
        rows = rows.filter(reported_to_police=True).select_related("school")
        return list(rows.prefetch_related("participants", "reports"))

    def _reported(self) -> Iterable[tuple[Incident, UUID, str, crdc.Basis, bool]]:
        for incident in self._incidents():
            for one in _present(incident.participants.all()):
                if one.student_id:
                    yield incident, one.student_id, one.role, crdc.Basis.REPORTED, False

    def _given(self) -> Iterable[tuple[Incident, UUID, str, crdc.Basis, bool]]:
        zone = timezone.get_current_timezone()
        begin = datetime.combine(self.first, time(), zone)
        end = datetime.combine(self.last + timedelta(days=1), time(), zone)
        rows = (
            Release.objects.filter(released_at__gte=begin, released_at__lt=end, request__report__isnull=False)
            .filter(request__report__incident__in=Incident.objects.told_openly())
            .select_related("agency", "request__report__incident__school")
            .defer("sealed_copy", "wrapped_key")
            .prefetch_related(
                "request__decisions__obligations",
                "request__report__incident__participants",
                "request__report__incident__reports",
            )
        )
        for release in rows:
            report = release.request.report
            own = release.agency.slug in self.rules.sworn_units
            if report is None or not (own or release.agency.kind in LAW_ENFORCEMENT):
                continue
            if is_secret(release.request):
                self.secret += 1
                continue
            basis = crdc.Basis.OWN_UNIT if own else crdc.Basis.GIVEN
            paper = not own and release.request.instrument not in _VOLUNTARY
            for one in report.incident.participants.all():
                if one.student_id and one.token in release.request.named_tokens:
                    yield report.incident, one.student_id, one.role, basis, paper

    def _disciplined(self) -> Iterable[tuple[Incident, UUID, str, crdc.Basis, bool]]:
        rows = DisciplineAction.objects.filter(imposed_on__range=(self.first, self.last)).prefetch_related(
            "incidents__school", "incidents__participants", "incidents__reports"
        )
        openly = set(Incident.objects.told_openly().filter(discipline_actions__in=rows).values_list("pk", flat=True))
        for action in rows:
            self.unexplained |= {code for code in action.disciplines if not self.rules.explains(code)}
            codes = set(action.disciplines)
            if codes & self.rules.arrest:
                basis = crdc.Basis.ARREST_CODE
            elif codes & self.rules.referral:
                basis = crdc.Basis.REFERRAL_CODE
            else:
                continue
            for incident in action.incidents.all():
                if incident.pk in openly:
                    parts = [one.role for one in incident.participants.all() if one.student_id == action.student_id]
                    yield incident, action.student_id, parts[0] if parts else "unknown", basis, False


def _present(people: Iterable[Participant]) -> list[Participant]:
    """Those whom the newest version of the report still names."""
    return [one for one in people if one.left_with is None]
