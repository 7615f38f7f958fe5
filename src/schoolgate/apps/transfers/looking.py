"""From the tables to the two questions: which disclosures a transfer touches, and what the law says of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, Exists, OuterRef

from schoolgate.apps.access.moment import today
from schoolgate.apps.agencies.models import Agency
from schoolgate.apps.agencies.selectors import network
from schoolgate.apps.agencies.wholes import whole_in
from schoolgate.apps.incidents.models import Participant, Report
from schoolgate.apps.people.directory import open_names
from schoolgate.apps.people.models import Student
from schoolgate.apps.people.relations import guardians_to_tell, holds_rights_alone
from schoolgate.apps.releases.models import Release
from schoolgate.apps.requests.models import Decision, Obligation, Request
from schoolgate.apps.requests.services import NO_NOTICE
from schoolgate.apps.schools.selectors import rulebook
from schoolgate.engines import reach
from schoolgate.web.dates import district_day

from .cited import Answer, CopyFacts, Facts, Findings
from .citing import findings
from .models import Case, Touch
from .touching import Copy, Found, touched

CONDITION_DUTY = "redisclosure_notice"
COURT_DOOR = "34 CFR 99.31(a)(9)"


def look(
    giver: Agency,
    until: date,
    *,
    release: Release | None,
    report: Report | None,
    known: reach.Network | None = None,
) -> tuple[Found, ...]:
    """Sort the releases by whether the transfer touches them. One query, and one for the network unless it is given."""
    rows = Release.objects.all()
    if release is not None:
        rows = rows.filter(pk=release.pk)
    elif report is not None:
        rows = rows.filter(request__report=report)
    copies = [
        Copy(pk, of, holder, kind or "incident_report", district_day(left))
        for pk, of, holder, kind, left in rows.order_by("released_at").values_list(
            "pk", "request__report", "agency__slug", "request__report__kind", "released_at"
        )
    ]
    return touched(
        copies,
        known or network(),
        giver.slug,
        until,
        release=release.pk if release else None,
        report=report.pk if report else None,
    )


def touches_of(case: Case) -> list[Touch]:
    """The disclosures that a case touches, with all that the page, the law and the letters need. Five queries."""
    rows = case.touches.select_related(
        "release__agency", "release__request__report__incident", "release__request__agency", "release__confirmation"
    ).prefetch_related("release__request__decisions__obligations")
    return list(rows.defer("release__sealed_copy", "release__wrapped_key"))


def copy_facts(release: Release) -> CopyFacts:
    """What the law needs to know of a release, from the decision that was confirmed."""
    decision = next(one for one in release.request.decisions.all() if one.pk == release.confirmation.decision_id)
    duties = {one.name for one in decision.obligations.all()}
    cited = [str(one["citation"]) for one in decision.document["citations"]]
    return CopyFacts(
        number=release.number,
        holder=release.agency.slug,
        conditioned=CONDITION_DUTY in duties,
        court_paper=any(citation.startswith(COURT_DOOR) for citation in cited),
    )


def days_of(case: Case) -> tuple[date, date]:
    """The first and the last day on which the copy can have moved, as the office took it."""
    agreement, transfer = case.agreement, case.transfer
    return agreement.starts or transfer.first_day, agreement.ends or transfer.last_day


def facts_of(case: Case, touches: Iterable[Touch], answers: dict[str, Answer], known: reach.Network) -> Facts:
    """The case as the law sees it, in the network: kinds, days, codes. One query, without a certain copy none."""
    some = list(touches)
    whole = whole_in(known, case.agreement.giver.slug)
    giver, receiver = case.agreement.giver, case.agreement.receiver
    first, last = days_of(case)
    certain = [one.release_id for one in some if one.standing == Touch.CERTAIN]
    earlier = (
        bool(certain)
        and Touch.objects.filter(
            case__agreement__receiver=giver,
            case__agreement__breaks_condition=True,
            standing=Touch.CERTAIN,
            release__in=certain,
        ).exists()
    )
    return Facts(
        first_day=first,
        last_day=last,
        giver=giver.slug,
        giver_kind=giver.kind,
        receiver_kind=receiver.kind,
        copies=tuple(copy_facts(one.release) for one in some),
        known=len(some) == 1 and len(certain) == 1,
        answers=answers,
        center_breach=earlier,
        whole=whole,
        receiver_belongs=receiver.slug in whole,
    )


def answers_of(case: Case) -> dict[str, Answer]:
    """The newest answer to each question."""
    return {one.fact: one.value for one in case.answers.all()}


def findings_of(case: Case, touches: list[Touch], known: reach.Network | None = None) -> Findings:
    """What the law says of a case by what is known now. One query for the network, unless it is given."""
    return findings(facts_of(case, touches, answers_of(case), known or network()), rulebook())


@dataclass(frozen=True, slots=True)
class FamilyToTell:
    """A student whose family must hear.

    Attributes:
        student: who; the page needs no name.
        token: what the report calls the student.
        report: the report's number.
        certain: whether a copy that names the student was certainly seen.
        releases: the numbers of the copies, in order; empty where no release of ours is touched.
        guardians: how many guardians' relations hold today.
        adult: whether the student is 18; None where no birth date is on file.
        secret: whether a court's order forbids telling.
    """

    student: Student
    token: str
    report: str
    certain: bool
    releases: tuple[str, ...]
    guardians: int
    adult: bool | None
    secret: bool


def is_secret(request: Request) -> bool:
    """Whether a court ordered that the family is not told (34 CFR 99.31(a)(9)(ii), 99.32(d)(5))."""
    newest = next(iter(request.decisions.all()), None)
    return newest is not None and any(one.name == NO_NOTICE for one in newest.obligations.all())


def secret(request: str) -> Exists:
    """The same as a condition of a query, whose rows lead to the request by this path. No further query."""
    later = Decision.objects.filter(request=OuterRef("decision__request"), number__gt=OuterRef("decision__number"))
    orders = Obligation.objects.filter(name=NO_NOTICE, decision__request=OuterRef(request))
    return Exists(orders.filter(~Exists(later)).order_by())


@dataclass(frozen=True, slots=True)
class CopiesOut:
    """The copies of a case's report that had left by the day of the case.

    Attributes:
        left: how many of them.
        sealed: whether a court ordered that the family is not told of one, whenever it left.
    """

    left: int
    sealed: bool


def copies_out(case: Case) -> CopiesOut:
    """Which copies of the report that was seen are out. Without a path to the giver one of them can be it all the same.

    Three queries; none where no report is known.
    """
    if case.report is None:
        return CopiesOut(0, sealed=False)
    rows = Release.objects.filter(request__report=case.report).select_related("request")
    releases = list(rows.defer("sealed_copy", "wrapped_key").prefetch_related("request__decisions__obligations"))
    until = days_of(case)[1]
    return CopiesOut(
        left=sum(district_day(one.released_at) <= until for one in releases),
        sealed=any(is_secret(one.request) for one in releases),
    )


def families_of(case: Case, touches: list[Touch]) -> list[FamilyToTell]:
    """Whose families must hear: the students named in the copies, and all in a report of which no copy is certain.

    Three queries. A copy about which a court ordered secrecy tells nobody; where a student stands in another copy
    too, the family hears of that one alone.
    """
    reports = {one.release_id: one.release.request.report for one in touches}
    incidents = {report.incident_id for report in reports.values() if report}
    if not touches and case.report is not None:
        incidents = {case.report.incident_id}
    people = list(
        Participant.objects.filter(incident__in=incidents, student__isnull=False)
        .select_related("student__name_key")
        .order_by("token")
    )
    guardians = _guardians({one.student_id for one in people if one.student_id})
    adults = _adults({one.student for one in people if one.student})
    # A copy under seal may be the one that was seen, with or without a known path: then nobody is told.
    sealed = case.release_id is None and copies_out(case).sealed
    found = []
    seen: set[UUID] = set()
    for person in people:
        if person.student is None or person.student.pk in seen:
            continue
        named = [touch for touch in touches if _names(touch, person.student.pk, people)]
        # Where the report is known and not which paper it was, the paper can have named everybody in it.
        of_report = (
            case.release_id is None and case.report is not None and person.incident_id == case.report.incident_id
        )
        if touches and not named and not of_report:
            continue
        seen.add(person.student.pk)
        open_ones = [one for one in named if not is_secret(one.release.request)]
        shown = open_ones or named
        report = reports[shown[0].release_id] if shown else case.report
        found.append(
            FamilyToTell(
                student=person.student,
                token=person.token,
                report=report.number if report else "",
                certain=any(one.standing == Touch.CERTAIN for one in shown) if shown else not touches,
                releases=tuple(one.release.number for one in shown),
                guardians=guardians.get(person.student.pk, 0),
                adult=adults[person.student],
                secret=not open_ones if named else sealed,
            )
        )
    return found


def _names(touch: Touch, student: UUID, people: list[Participant]) -> bool:
    """Whether the paper behind a copy named the student: others in the report stay unnamed in it."""
    report = touch.release.request.report
    tokens = touch.release.request.named_tokens
    return report is not None and any(
        one.incident_id == report.incident_id and one.student_id == student and one.token in tokens for one in people
    )


def _guardians(students: set[UUID]) -> dict[UUID, int]:
    # Who may not see the record gets no letter about it either.
    held = guardians_to_tell(students, today())
    return dict(held.order_by().values("student").annotate(many=Count("pk")).values_list("student", "many"))


def _adults(students: set[Student]) -> dict[Student, bool | None]:
    day = today()
    return {student: holds_rights_alone(student, name, day) for student, name in open_names(students).items()}
