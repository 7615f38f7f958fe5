"""Reads of reports. Opening one writes the reading down first."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from schoolgate.apps.access.actors import Actor
from schoolgate.apps.ledger.readings import log_reading
from schoolgate.apps.ledger.safe import context, open_value
from schoolgate.apps.people.directory import Name

from .body import Body
from .choosing import people_of
from .models import Draft, Report, ReportQuerySet, ReportVersion


@dataclass(frozen=True, slots=True)
class OpenReport:
    """A report with its newest text and the names behind its tokens."""

    report: Report
    version: ReportVersion
    body: Body
    names: dict[str, Name]
    # Token -> student id, for the students among the participants.
    students: dict[str, UUID]


def find_report(actor: Actor, report_id: UUID) -> Report:
    """One report that the actor may see, in one scoped query.

    Raises:
        Http404: There is none, or not for this actor: the answer is the same.
    """
    found = reports_of(actor).select_related("filed_by").filter(pk=report_id).first()
    if found is None:
        raise Http404
    return found


def open_report(*, actor: Actor, report: Report, part: str) -> OpenReport:
    """Open the newest version for somebody: the reading is written down before anything is decrypted."""
    log_reading(actor=actor, subject=f"report:{report.pk}", part=part)
    return unsealed(report)


def unsealed(report: Report) -> OpenReport:
    """Open the newest version without a reader: for the making of a copy, which is logged as a release.

    Five queries, whatever the report holds.
    """
    version = report.versions.latest("number")
    place = context("incidents.reportversion", version.id, "body", version.number)
    body = Body.from_bytes(open_value(place, version.wrapped_key, version.sealed))
    chosen = people_of(body, school=None)
    return OpenReport(
        report=report,
        version=version,
        body=body,
        names=chosen.names,
        students={token: student.pk for token, student in chosen.students.items()},
    )


def reports_of(actor: Actor) -> ReportQuerySet:
    """The reports that the actor may know of, newest first, without their texts."""
    return Report.objects.visible_to(actor).select_related("incident__school")


def drafts_of(actor: Actor) -> QuerySet[Draft]:
    """One's own drafts, the newest first."""
    return Draft.objects.filter(author=actor.user_id).order_by("-saved_at")


def find_draft(actor: Actor, draft_id: UUID) -> Draft:
    """One's own draft; anybody else's does not exist."""
    found = drafts_of(actor).filter(pk=draft_id).first()
    if found is None:
        raise Http404
    return found
