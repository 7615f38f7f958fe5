"""What a broken glass is over, found by a number, and the reports behind it."""

from uuid import UUID

from django.http import Http404

from schoolgate.apps.access.actors import SYSTEM, Actor, Glass
from schoolgate.apps.access.wall import as_program
from schoolgate.apps.ledger.acts import Impossible
from schoolgate.apps.people.directory import number_index
from schoolgate.apps.people.glass.models import BrokenGlass
from schoolgate.apps.people.glass.selectors import is_overdue, part_read
from schoolgate.apps.people.glass.services import Over, note_missed_review
from schoolgate.apps.people.models import Student
from schoolgate.apps.schools.selectors import calendar

from .models import Participant, Report, ReportQuerySet
from .selectors import OpenReport, open_report


def over_student(number: str) -> Over | None:
    """One student by the number that the feed gave; None when nobody has it. One query."""
    with as_program():
        found = Student.objects.filter(number_index=number_index("student", number.strip())).first()
    return Over(frozenset({found.pk}), student=found.pk, school=found.school_id) if found else None


def over_incident(number: str) -> Over | None:
    """The incident of a report by the report's number.

    None when no report has the number, and also when an order keeps it shut, when it is a mandated reporter's memo, or
    when it is no longer there: nobody learns here what exists.
    """
    with as_program():
        found = Report.objects.open_in_an_emergency().filter(number=number.strip().upper()).first()
        if found is None:
            return None
        students = frozenset(students_of(found.incident_id))
        return Over(students, incident=found.incident_id, school=found.incident.school_id)


def students_of(incident: UUID) -> set[UUID]:
    """The students who take part in an incident. One query."""
    rows = Participant.objects.filter(incident=incident, student__isnull=False)
    return set(rows.values_list("student", flat=True))


def reports_behind(actor: Actor) -> ReportQuerySet:
    """What the actor's broken glass shows now, the newest incident first. One query."""
    return Report.objects.behind_glass(actor).select_related("incident__school").order_by("-incident__occurred_on")


def open_behind(actor: Actor, report_id: UUID) -> tuple[OpenReport, Glass]:
    """Open the newest version of one of them; the reading is written down first, with the glass as its reason.

    Raises:
        Http404: There is none, it is not behind this glass, or no glass is broken now: the answer is the same.
        KeptShut: An order shut it a moment ago.
    """
    found = Report.objects.behind_glass(actor).select_related("filed_by", "incident__school").filter(pk=report_id)
    report = found.first()
    if report is None or actor.glass is None:
        raise Http404
    return open_report(actor=actor, report=report, part=part_read(actor.glass, "whole")), actor.glass


def note_missed_reviews() -> int:
    """Write down which openings nobody reviewed in time; gives how many. The worker asks once a period."""
    missed = 0
    waiting = list(BrokenGlass.objects.unreviewed().filter(missed_at__isnull=True))
    days = calendar() if waiting else None
    for one in waiting:
        if not is_overdue(one, days):
            continue
        students = {one.student_id} if one.student_id else students_of(one.incident) if one.incident else set()
        try:
            note_missed_review(actor=SYSTEM, glass=one, students=students)
        except Impossible:
            # Somebody reviewed it, or another process wrote it down, at this moment.
            continue
        missed += 1
    return missed
