"""Reads of reports. Opening one writes the reading down first."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from schoolgate.apps.access.actors import Actor, Role
from schoolgate.apps.access.lists import Listing
from schoolgate.apps.access.moment import today
from schoolgate.apps.access.prepared import Prepared
from schoolgate.apps.ledger.acts import Impossible
from schoolgate.apps.ledger.readings import log_reading
from schoolgate.apps.ledger.safe import context, open_value
from schoolgate.apps.people.directory import Name
from schoolgate.apps.people.models import Student
from schoolgate.engines.vault import VaultError
from schoolgate.web.paging import some_of

from .body import Body
from .choosing import Chosen, people_behind
from .models import AllegationReview, Draft, Report, ReportQuerySet, ReportStep, ReportVersion


class KeptShut(Impossible):
    """An order keeps the report shut, or it is kept apart: nobody reads it this way, whoever they are."""


SEALED = "This report is sealed by order. Only counsel opens it, by an act that is written down."
APART = "A memo of a mandated report is kept apart: it is opened on its own page and leaves by no request."

# Of reports in a list.
PAGE = 50


@dataclass(frozen=True, slots=True)
class OpenReport:
    """A report with the text of one version and the names behind its tokens."""

    report: Report
    version: ReportVersion
    body: Body
    names: dict[str, Name]
    # Token -> student id, for the students among the participants.
    students: dict[str, UUID]
    # The same students, as the directory has them.
    people: dict[str, Student]


def find_report(actor: Actor, report_id: UUID, *, even_sealed: bool = False) -> Report:
    """One report that the actor may see, in one scoped query.

    Raises:
        Http404: There is none, or not for this actor: the answer is the same.
        KeptShut: It is sealed by order, and the caller has no page for that.
    """
    found = _FOUND(actor=actor, key=report_id)
    if not found:
        raise Http404
    if not even_sealed:
        _refuse_sealed(found[0])
    return found[0]


def open_report(*, actor: Actor, report: Report, part: str, number: int | None = None) -> OpenReport:
    """Open a version (the newest) for somebody: the reading is written down before anything is decrypted.

    Raises:
        Http404: There is no such version.
        KeptShut: The report is sealed by order.
    """
    version = _version(report, number)
    _refuse_sealed(version.report)
    log_reading(actor=actor, subject=f"report:{report.pk}", part=part)
    return _opened(report, version)


def unsealed_for_author(*, actor: Actor, report: Report) -> OpenReport:
    """Open the newest version for whoever corrects it, a memo too."""
    return open_report(actor=actor, report=report, part="whole, to correct it")


def unsealed(report: Report) -> OpenReport:
    """Open the newest version without a reader: for the making of a copy, which is logged as a release.

    Two queries, whatever the report holds.

    Raises:
        Http404: The report was expunged.
        KeptShut: It is sealed by order, or a memo that is kept apart: no copy is made of either.
    """
    version = _version(report, None)
    _refuse_sealed(version.report)
    if version.report.apart:
        raise KeptShut(APART)
    return _opened(report, version)


def opened_within_act(report: Report) -> OpenReport:
    """Open the newest version whatever keeps it shut, within an act whose own rules have let it."""
    return _opened(report, _version(report, None))


def newest_open_version(report_id: UUID | None) -> int:
    """The number of a report's newest version, the report locked until the transaction ends.

    Raises:
        KeptShut: It is sealed by order, or was expunged.
    """
    rows = Report.objects.select_for_update().filter(expunged_at__isnull=True)
    held = rows.filter(pk=report_id).first() if report_id else None
    if held is None or held.sealed_at is not None:
        raise KeptShut(SEALED)
    return held.versions.latest("number").number


def _version(report: Report, number: int | None) -> ReportVersion:
    found = _NEWEST(report=report.pk) if number is None else _NUMBERED(report=report.pk, number=number)
    # Without a version there is nothing left: it was expunged.
    if not found:
        raise Http404
    return found[0]


def _versions(report: UUID) -> QuerySet[ReportVersion]:
    return ReportVersion.objects.filter(report=report).select_related("report").order_by("-number")


_NEWEST = Prepared(lambda report: _versions(report)[:1], report=UUID)
_NUMBERED = Prepared(lambda report, number: _versions(report).filter(number=number), report=UUID, number=int)
_SIGNED = Prepared(
    lambda report: _versions(report).select_related("signed_by", "signed_off_by").defer("sealed", "wrapped_key"),
    report=UUID,
)
_STEPS = Prepared(lambda report: ReportStep.objects.filter(report=report), report=UUID)


def signed_versions(report: Report) -> list[ReportVersion]:
    """Its versions, the newest first, with who signed them and without their texts. One query."""
    return _SIGNED(report=report.pk)


def steps_of_report(report: Report) -> list[ReportStep]:
    """What must follow it, in order. One query."""
    return _STEPS(report=report.pk)


def _refuse_sealed(fresh: Report) -> None:
    """As the database has it now, whatever the caller fetched earlier."""
    if fresh.sealed_at is not None:
        raise KeptShut(SEALED)


def _opened(report: Report, version: ReportVersion) -> OpenReport:
    body = _body(version)
    [chosen] = people_behind([(report.incident_id, body)])
    return _open(report, version, body, chosen)


def opened_versions(versions: Iterable[ReportVersion]) -> dict[UUID, OpenReport]:
    """The newest versions of reports that may be opened, opened without a reader; by report. One query.

    Without those whose key was destroyed.
    """
    bodies: dict[ReportVersion, Body] = {}
    for version in versions:
        with suppress(VaultError):
            bodies[version] = _body(version)
    if not bodies:
        return {}
    people = people_behind((version.report.incident_id, body) for version, body in bodies.items())
    return {
        version.report_id: _open(version.report, version, body, chosen)
        for (version, body), chosen in zip(bodies.items(), people, strict=True)
    }


def _body(version: ReportVersion) -> Body:
    place = context("incidents.reportversion", version.id, "body", version.number)
    return Body.from_bytes(open_value(place, version.wrapped_key, version.sealed))


def _open(report: Report, version: ReportVersion, body: Body, chosen: Chosen) -> OpenReport:
    return OpenReport(
        report=report,
        version=version,
        body=body,
        names=chosen.names,
        students={token: student.pk for token, student in chosen.students.items()},
        people=chosen.students,
    )


def reviews_due(actor: Actor, *, until: date | None) -> QuerySet[AllegationReview]:
    """The allegations to be looked at again by a day (None: ever), the longest due first, of reports one sees."""
    rows = AllegationReview.objects.filter(settled_at__isnull=True)
    rows = rows if until is None else rows.filter(review_on__lte=until)
    seen = Report.objects.visible_to(actor).filter(sealed_at__isnull=True)
    return rows.filter(report__in=seen).select_related("report__incident__school").order_by("review_on", "id")


def waiting_for(actor: Actor) -> ReportQuerySet:
    """The reports that wait for this principal's word; for nobody else are there any."""
    rows = reports_of(actor) if actor.role is Role.PRINCIPAL else Report.objects.none()
    return rows.filter(waits_for_principal=True, sealed_at__isnull=True)


def reports_of(actor: Actor) -> ReportQuerySet:
    """The reports that the actor may know of, newest first, without their texts."""
    return Report.objects.visible_to(actor).select_related("incident__school")


_FOUND = Prepared(lambda actor, key: reports_of(actor).select_related("filed_by").filter(pk=key), actor=Actor, key=UUID)
# What the page of reports asks, of the actor.
REPORTS = Listing(Report.objects.visible_to, ReportQuerySet.in_a_list, by="-filed_at", size=PAGE, actor=Actor)
WAITING = Prepared(lambda actor: some_of(waiting_for(actor)), actor=Actor)
DUE_NOW = Prepared(lambda actor: some_of(reviews_due(actor, until=today())), actor=Actor)


def drafts_of(actor: Actor) -> QuerySet[Draft]:
    """One's own drafts, the newest first."""
    return (
        Draft.objects.filter(author=actor.user_id).select_related("corrects__incident", "school").order_by("-saved_at")
    )


def find_draft(actor: Actor, draft_id: UUID) -> Draft:
    """One's own draft; anybody else's does not exist."""
    found = drafts_of(actor).filter(pk=draft_id).first()
    if found is None:
        raise Http404
    return found
