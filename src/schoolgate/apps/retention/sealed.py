"""Every sealed column of the product, and what becomes of it when a report is destroyed.

A test holds this against the models: a new sealed column that is named here nowhere fails it.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.apps import apps
from django.db.models import Model, Q, QuerySet

from schoolgate.apps.incidents.models import Draft, Incident, Participant, Report
from schoolgate.apps.people.models import Paper
from schoolgate.engines.vault import KeyDestroyedError, SealBrokenError, Shredded, epochs_of


@dataclass(frozen=True, slots=True)
class Sealed:
    """Columns of one table that go with a report.

    Attributes:
        model: The table, "app.model".
        report: The way from a row to its report, as a query says it.
        columns: Pairs of the column with the wrapped key and the column that it opens.
    """

    model: str
    report: str
    columns: tuple[tuple[str, str], ...]

    @property
    def rows(self) -> QuerySet[Model]:
        """All its rows."""
        found: QuerySet[Model] = apps.get_model(self.model)._default_manager.all()  # noqa: SLF001 - Django's documented way
        return found


_OWN: Final = (("wrapped_key", "sealed"),)
_OF_OPENING: Final = (*_OWN, ("review_key", "sealed_review"), ("hold_key", "sealed_hold"))

# What says something about a report's people in its own words, wherever it stands.
OF_REPORT: Final = (
    Sealed("incidents.reportversion", "report", _OWN),
    Sealed("incidents.courtorder", "report", _OWN),
    Sealed("incidents.sealedopening", "report", (("wrapped_key", "sealed_reason"),)),
    Sealed("redactions.proposed", "version__report", _OWN),
    Sealed("redactions.batch", "version__report", _OWN),
    Sealed("redactions.benchdraft", "version__report", _OWN),
    Sealed("redactions.attachment", "report", (*_OWN, ("reason_key", "sealed_reason"))),
    Sealed("redactions.attachmentpage", "attachment__report", (*_OWN, ("boxes_key", "sealed_boxes"))),
    Sealed("requests.request", "report", _OWN),
    Sealed("requests.proposal", "decision__request__report", (("wrapped_key", "sealed_reason"),)),
    Sealed(
        "releases.release",
        "request__report",
        (("wrapped_key", "sealed_copy"), ("wrapped_reason_key", "sealed_reason")),
    ),
    Sealed(
        "releases.answereddifference",
        "confirmation__decision__request__report",
        (("wrapped_key", "sealed_reason"),),
    ),
    Sealed("releases.reachalert", "release__request__report", (("wrapped_key", "sealed_note"),)),
    Sealed("families.objection", "report", (("wrapped_key", "sealed_text"),)),
)

# What a feed said of the incident and its people: gone with the last report of the incident.
OF_INCIDENT: Final = (
    Sealed("incidents.incident", "id", (("feed_wrapped_key", "feed_sealed"),)),
    Sealed("incidents.participant", "incident", (("feed_wrapped_key", "feed_sealed"),)),
    # Of an emergency opening of the incident; that of a student goes with the student's papers, below.
    Sealed("people.brokenglass", "incident", _OF_OPENING),
)

# What was said of emergency openings of a student's record: gone with the papers about the student.
OF_STUDENT: Final = (Sealed("people.brokenglass", "student", _OF_OPENING),)

# Sealed, and not destroyed with a report: why not. "incidents.draft" is destroyed by a series of its own, row and all.
KEPT: Final = {
    "incidents.draft": "no part of a report: a series of its own",
    "agencies.sourcedocument": "the paper behind agreements, which is about agencies",
    "people.student": "the directory of names belongs to the transcript",
    "people.staffmember": "the directory of names; staff are no students",
    "people.guardian": "the directory of names belongs to the transcript",
    "people.paper": "why somebody may or may not see a student's record: a series of its own",
    "people.unusualreading": "what was found about somebody's reading; it names no child",
    "people.morereading": "why somebody was let read on; it names no child",
    "schools.namekey": "opens the directory of names",
    "spreadsheets.spreadsheet": "a file on its way in: destroyed when its rows are in, it is dropped, or after a week",
    "spreadsheets.savedmapping": "which column of a file is which field: deleted by whoever keeps it",
    "exports.listexport": "lists of many children: their files are destroyed after two weeks by an act of their own",
    "releases.markkey": "names no child: tells whose copy a page is, for as long as one may be found",
    "people.adminpower": "why an administrator had the power; about the system, not about children",
    "people.noticeaddress": "where somebody of the district reads mail",
    "people.factorsecret": "somebody's second factor to sign in",
    "ledger.subscription": "who asked for checkpoints by mail",
    "transfers.transfer": "evidence that a copy moved on; held until counsel closes the case",
    "transfers.letter": "the district's own correspondence about it",
    "retention.hold": "why something is or was held",
}


@dataclass(frozen=True, slots=True)
class Destroyed:
    """How many keys went, under which dated wrapping keys they stood, and a digest of the number of each."""

    keys: int
    epochs: frozenset[str]
    shredded: frozenset[str] = frozenset()

    def __add__(self, other: "Destroyed") -> "Destroyed":
        return Destroyed(self.keys + other.keys, self.epochs | other.epochs, self.shredded | other.shredded)


NOTHING: Final = Destroyed(0, frozenset())


def destroy_report(report: Report) -> Destroyed:
    """Take away every key of a report and what it sealed, in the caller's transaction; what is in clear stays.

    With the last report of an incident the incident's own sealed words go, and who took part in it: the rows of its
    people say nobody's name afterwards.
    """
    gone = _destroy_all(OF_REPORT, report.pk)
    others = Report.objects.filter(incident=report.incident_id).exclude(pk=report.pk)
    if others.exclude(retention_items__destroyed_at__isnull=False).exists():
        return gone
    gone += _destroy_all(OF_INCIDENT, report.incident_id)
    _forget_people(report.incident_id)
    return gone


def destroy_draft(draft_id: UUID) -> Destroyed:
    """Delete a draft with its key, in the caller's transaction; nothing when its author has signed it meanwhile."""
    draft = Draft.objects.filter(pk=draft_id).first()
    if draft is None:
        return NOTHING
    gone = _told(bytes(draft.wrapped_key))
    draft.delete()
    return gone


def papers_of(student_id: UUID) -> QuerySet[Paper]:
    """The papers about who may see a student's record whose words are still there."""
    about = Q(relation__student=student_id) | Q(limit__student=student_id) | Q(permission__student=student_id)
    return Paper.objects.filter(about).exclude(wrapped_key=b"")


def destroy_papers(student_id: UUID) -> Destroyed:
    """Take away the words of those papers and of those openings with their keys, in the caller's transaction.

    Days, codes, who opened the record and what the review found stay.
    """
    gone, found = NOTHING, list(papers_of(student_id).values_list("pk", "wrapped_key"))
    for _, key in found:
        gone += _told(bytes(key))
    Paper.objects.filter(pk__in=[pk for pk, _ in found]).update(wrapped_key=b"", sealed=b"")
    return gone + _destroy_all(OF_STUDENT, student_id)


def _destroy_all(tables: tuple[Sealed, ...], pk: UUID) -> Destroyed:
    gone = NOTHING
    for one in tables:
        rows = one.rows.filter(**{one.report: pk})
        for key_column, value_column in one.columns:
            for key in rows.values_list(key_column, flat=True):
                gone += _told(bytes(key)) if key else NOTHING
            empty = {name: _empty(one, name) for name in (key_column, value_column)}
            # By their keys: a query that joins cannot be an UPDATE of its own on every database.
            apps.get_model(one.model)._default_manager.filter(pk__in=list(rows.values_list("pk", flat=True))).update(  # noqa: SLF001
                **empty
            )
    return gone


def _empty(sealed: Sealed, column: str) -> bytes | None:
    field = apps.get_model(sealed.model)._meta.get_field(column)  # noqa: SLF001 - Django's documented way
    return None if field.null else b""


def _told(key: bytes) -> Destroyed:
    """What is said of a key, or those of field groups, before they are deleted."""
    try:
        told = Shredded.of(key)
        return Destroyed(len(told.keys), epochs_of(key), frozenset(told.keys))
    except KeyDestroyedError:
        return NOTHING
    except SealBrokenError:
        # A damaged key goes too; nobody can say under which wrapping key it stood.
        return Destroyed(1, frozenset({"unknown"}))


def _forget_people(incident_id: UUID) -> None:
    """Cut what ties students and staff to an incident, and what a feed said about it in codes."""
    Participant.objects.filter(incident=incident_id).update(student=None, staff=None, feed_codes=[])
    incident = Incident.objects.get(pk=incident_id)
    for action in list(incident.discipline_actions.all()):
        action.incidents.remove(incident)
        if not action.incidents.exists():
            action.delete()
    Incident.objects.filter(pk=incident_id).update(behaviors=[], feed_codes={}, feed_mark=None)
