"""Finding reports by what stands in clear, and by a student through the blind indexes. Never by what they say."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from schoolgate.apps.access.actors import Actor
from schoolgate.apps.access.moment import today
from schoolgate.apps.people.directory import name_index, number_index

from .models import AllegationReview, Participant, ReportQuerySet
from .selectors import reports_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for; what is empty does not count."""

    number: str = ""
    student_number: str = ""
    student: UUID | None = None
    # The student's name and birth date, of use only together.
    student_name: str = ""
    born: date | None = None
    school: UUID | None = None
    first: date | None = None
    last: date | None = None
    kind: str = ""
    report_kind: str = ""
    state: str = ""

    @property
    def about_a_student(self) -> bool:
        """Whether a student is looked for, by whatever."""
        return bool(self.student_number or self.student or self.student_name)

    @property
    def tells(self) -> bool:
        """Whether being found would tell something of a report beyond its number and that it is sealed."""
        asked = (self.about_a_student, self.first, self.last, self.kind, self.report_kind)
        return any(asked) or self.state not in {"", "sealed"}


def search(actor: Actor, wanted: Wanted) -> ReportQuerySet:
    """The reports that the actor may know of and that fit all that is wanted, the newest first. One query.

    Newest by its filing, or by the incident's day where days are asked for. What an order seals is found by its number,
    its school and by being sealed, for anything else would tell of it.
    """
    rows = reports_of(actor)
    if wanted.number:
        rows = rows.filter(number=wanted.number.strip().upper())
    if wanted.about_a_student:
        who = Exists(Participant.objects.filter(_student(wanted), incident=OuterRef("incident"), left_with=None))
        rows = rows.filter(who)
    if wanted.school:
        rows = rows.filter(school=wanted.school)
    if wanted.first:
        rows = rows.filter(incident__occurred_on__gte=wanted.first)
    if wanted.last:
        rows = rows.filter(incident__occurred_on__lte=wanted.last)
    if wanted.kind:
        rows = rows.filter(incident__kind=wanted.kind)
    if wanted.report_kind:
        rows = rows.filter(kind=wanted.report_kind)
    if wanted.tells:
        rows = rows.filter(sealed_at__isnull=True)
    return _in_state(_by_day(rows, wanted), wanted.state)


def _by_day(rows: ReportQuerySet, wanted: Wanted) -> ReportQuerySet:
    """By the days that were asked for, which have an index: those filed later are not looked through first."""
    return rows.order_by("-incident__occurred_on", "-filed_at") if wanted.first or wanted.last else rows


def _student(wanted: Wanted) -> Q:
    """The student who is wanted, by all that is said of them. A name without its birth date finds nobody."""
    who = Q(student=wanted.student) if wanted.student else Q()
    if wanted.student_number:
        who &= Q(student__number_index=number_index("student", wanted.student_number.strip()))
    if wanted.student_name:
        index = name_index(wanted.student_name, wanted.born) if wanted.born else b""
        who &= Q(student__name_index=index)
    return who


def _in_state(rows: ReportQuerySet, state: str) -> ReportQuerySet:
    if state == "waiting":
        return rows.filter(waits_for_principal=True)
    if state == "corrected":
        return rows.filter(versions__number=2)
    if state == "review":
        due = AllegationReview.objects.filter(report=OuterRef("pk"), settled_at=None, review_on__lte=today())
        return rows.filter(Exists(due))
    if state == "sealed":
        return rows.filter(sealed_at__isnull=False)
    return rows
