"""Reads of what was decided of a report's marks."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404

from schoolgate.apps.access.actors import Actor
from schoolgate.apps.access.prepared import Prepared
from schoolgate.apps.incidents.document import document_for
from schoolgate.apps.incidents.models import Report, ReportVersion
from schoolgate.apps.incidents.selectors import OpenReport, opened_versions, unsealed
from schoolgate.apps.ledger.acts import Impossible
from schoolgate.apps.ledger.keys import keys
from schoolgate.apps.ledger.safe import context, open_value
from schoolgate.engines import redact
from schoolgate.engines.redact import attached
from schoolgate.engines.vault import Vault, WrappedKey

from .boxes import BoxMark, BoxStanding, stand_boxes
from .history import Entry, Mark, Standing, State, Texts, entries_from_bytes, stand
from .kept_rows import Row, Rows, newest_of, rows_of
from .models import Attachment, Batch, BenchDraft, FinderConsent, FinderCount, Finish
from .pages import Attached, attached_of, rebuilt, standing_pages
from .proposing import Proposal, proposal_of, salt_of

FIRST = "Finish the review of this report's marks first: every mark must be decided by a person before a copy is made."


@dataclass(frozen=True, slots=True)
class Review:
    """A report's marks as they stand.

    Attributes:
        document: the report, with what persons said of whom each sentence is about.
        entries: what was signed, oldest first; with a draft's entries after them where one was asked for.
        signed: how many of them were signed.
        batches: how many batches they came in.
        finish: the newest word that all is decided, or None.
        people: sign-in -> name, of whoever did something here.
    """

    opened: OpenReport
    document: redact.Document
    texts: Texts
    proposal: Proposal
    entries: tuple[Entry, ...]
    signed: int
    batches: int
    finish: Row | None
    standing: Standing
    attached: Attached
    boxes: BoxStanding
    people: Mapping[str, str]

    @property
    def spans(self) -> tuple[redact.Span, ...]:
        """Every mark that counts: the record's own, and all that nobody took off. An undecided mark counts."""
        kept = (one.span for one in self.standing.marks if one.state is not State.UNMARKED)
        return (*self.proposal.certain, *kept)

    @property
    def undecided(self) -> int:
        """Marks and boxes that nobody has decided."""
        return self.standing.undecided + self.boxes.undecided

    @property
    def decidable(self) -> tuple[Mark | BoxMark, ...]:
        """Marks and boxes, decided or not."""
        return (*self.standing.marks, *self.boxes.boxes)

    @property
    def finished(self) -> bool:
        """Whether a person said that all is decided, nothing came or was decided since, and all of it is."""
        if self.finish is None or self.undecided or self.attached.waiting:
            return False
        return (self.finish.number, self.finish.attachments) == (self.batches, len(self.attached.attachments))

    def attached_elements(self, named: frozenset[str]) -> set[str]:
        """The elements that attachments hold: what their pages are, and what their boxes tell."""
        found = {page.element for page in self.attached.pages}
        for box in self.boxes.boxes:
            person = self.document.participant(box.token) if box.token else None
            if box.category == "person_known" and person and person.role is redact.Role.STUDENT:
                found.add("student_name" if person.token in named else "other_student_name")
            elif box.state is not State.UNMARKED:
                found.update(redact.ELEMENT_OF_CATEGORY.get(box.category, ()))
        return found

    def require_finished(self) -> None:
        """Stop where a mark is undecided.

        Raises:
            Impossible: The review is not finished; the message says what to do.
        """
        if not self.finished:
            raise Impossible(FIRST)


@dataclass(frozen=True, slots=True)
class ReviewState:
    """How far a review is, in numbers."""

    marks: int
    undecided: int
    finished: bool
    finished_at: datetime | None


def review_of(opened: OpenReport, named: frozenset[str] | None = None, *, drafted_by: Actor | None = None) -> Review:
    """The marks of a report's newest version, and the boxes on its attachments. One query; with attachments two.

    Where the finder has changed, one more.

    Args:
        opened: the report, unsealed.
        named: as for `document_for`.
        drafted_by: whose unsigned draft counts too.
    """
    return _review(opened, named, rows_of([opened.version], drafted_by=drafted_by)[opened.version.pk])


def _review(opened: OpenReport, named: frozenset[str] | None, kept: Rows) -> Review:
    version = opened.version
    plain = document_for(opened, named)
    texts = Texts.of_document(plain)
    proposal = proposal_of(version, plain, texts, kept.proposed)
    signed = tuple(entry for text in _opened(kept.batches) for entry in entries_from_bytes(text))
    drafted = _drafted(kept.draft) if kept.draft else ()
    entries = (*signed, *drafted)
    standing = stand(plain, texts, proposal.open, entries)
    found = attached_of(opened.report, salt_of(version), kept.pages) if kept.attachments else Attached()
    return Review(
        opened=opened,
        document=document_for(opened, named, _told(plain, standing)),
        texts=texts,
        proposal=proposal,
        entries=entries,
        signed=len(signed),
        batches=len(kept.batches),
        finish=kept.finish,
        standing=standing,
        attached=found,
        boxes=stand_boxes(found.proposed, [page.name for page in found.pages], entries),
        people={str(one.person): one.name for one in (*kept.batches, kept.finish, kept.draft) if one and one.name},
    )


def opened_reviews(reports: Iterable[Report], named: Callable[[OpenReport], frozenset[str]]) -> dict[UUID, Review]:
    """Reports opened without a reader, with their marks, by id; `named` says who is named in each. Two queries.

    Without those that were expunged, sealed or destroyed; one more for each that has attachments.
    """
    newest = newest_of(reports)
    kept = {version.pk: rows for version, rows in newest}
    opened = opened_versions(version for version, _ in newest)
    return {pk: _review(one, named(one), kept[one.version.pk]) for pk, one in opened.items()}


def marks_for(report: Report, document: redact.Document) -> tuple[redact.Span, ...]:
    """Every mark that counts on a document of this report: kept, added and undecided ones, without those taken off."""
    opened = unsealed(report)
    kept = rows_of([opened.version])[opened.version.pk]
    texts = Texts.of_document(document)
    proposal = proposal_of(opened.version, document, texts, kept.proposed)
    entries = [entry for text in _opened(kept.batches) for entry in entries_from_bytes(text)]
    standing = stand(document, texts, proposal.open, entries)
    return (*proposal.certain, *(one.span for one in standing.marks if one.state is not State.UNMARKED))


def attached_pages(
    review: Review, outcome: Mapping[str, bool], audience: redact.Audience
) -> tuple[attached.AttachedPage, ...]:
    """The pages of a report's attachments as they may leave to an audience, rebuilt. A query a page.

    A page that may not leave is not among them. Undecided boxes are burnt, but `require_finished` comes first.

    Raises:
        AttachmentError: A page could not be rebuilt as it must be: nothing may leave.
    """
    shown = standing_pages(review.attached, review.boxes, review.document, audience, outcome)
    return tuple(rebuilt(review.opened.report, page, of, boxes) for page, of, boxes in shown)


def review_state(report: Report) -> ReviewState:
    """How far the review of a report's newest version is, the unsigned drafts left aside."""
    review = review_of(unsealed(report))
    return ReviewState(
        marks=len(review.decidable),
        undecided=review.undecided,
        finished=review.finished,
        finished_at=review.finish.at if review.finish and review.finished else None,
    )


def said_finished(report: Report) -> bool:
    """Whether a person said that the newest version's marks are decided, without opening anything: for lists.

    Whether it still holds is `review_state`'s to say. One query.
    """
    seen_batches, seen_attachments, *there = _FINISHED(report=report.pk)[0]
    return seen_batches is not None and [seen_batches, seen_attachments] == there


def _finished(report: UUID) -> QuerySet[ReportVersion, Any]:
    newest = Finish.objects.filter(version=OuterRef("pk")).order_by("-finished_at")
    batches = Batch.objects.filter(version=OuterRef("pk")).order_by().values("version").annotate(many=Count("pk"))
    attachments = Attachment.objects.filter(report=OuterRef("report")).order_by().values("report")
    rows = (
        ReportVersion.objects.filter(report=report)
        .order_by("-number")
        .values_list(
            Subquery(newest.values("batches")[:1]),
            Subquery(newest.values("attachments")[:1]),
            Coalesce(Subquery(batches.values("many")), 0),
            Coalesce(Subquery(attachments.annotate(many=Count("pk")).values("many")), 0),
        )
    )
    return rows[:1]


_FINISHED: Final = Prepared(_finished, report=UUID)


def draft_entries(version: UUID, actor: Actor) -> tuple[Entry, ...]:
    """What somebody did at the bench and has not signed."""
    draft = BenchDraft.objects.filter(version=version, author=actor.user_id).first()
    if draft is None:
        return ()
    place = context("redactions.benchdraft", draft.pk, "entries")
    return entries_from_bytes(open_value(place, draft.wrapped_key, draft.sealed))


def _drafted(row: Row) -> tuple[Entry, ...]:
    place = context("redactions.benchdraft", row.pk, "entries")
    return entries_from_bytes(open_value(place, bytes(row.wrapped_key or b""), bytes(row.sealed or b"")))


def _opened(batches: Iterable[Row]) -> list[bytes]:
    """The texts of many batches, with one call to the key provider."""
    return Vault(keys().provider).open_page(
        (
            WrappedKey.from_bytes(bytes(one.wrapped_key or b"")),
            context("redactions.batch", one.pk, "entries"),
            bytes(one.sealed or b""),
        )
        for one in batches
    )


def _told(document: redact.Document, standing: Standing) -> list[frozenset[str] | None]:
    """What persons said, sentence by sentence; None where nobody did."""
    sentences = sum(len(paragraph.sentences) for paragraph in document.paragraphs)
    return [standing.subjects.get(number) for number in range(sentences)]


def bared_by(review: Review) -> frozenset[str]:
    """Who took words out of a mark of a protected attribute, as things stand."""
    return frozenset(one.bared_by for one in review.decidable if one.bared_by)


def consent_given() -> bool:
    """Whether the district lets its decisions be counted. Nobody has said so: no."""
    return bool(FinderConsent.objects.order_by("-id").values_list("allowed", flat=True).first())


def finder_counts() -> list[FinderCount]:
    """How people decided, by sort of mark; tells nothing of any report."""
    return list(FinderCount.objects.all())


def attachments_of(report: Report) -> list[Attachment]:
    """A report's attachments without their content. One query. The report was found for the actor before."""
    rows = Attachment.objects.filter(report=report).defer("sealed", "sealed_reason")
    return list(
        rows.select_related("added_by", "hand_copy", "instead_of").annotate(read=Count("pages")).order_by("number")
    )


def find_attachment(report: Report, number: int) -> Attachment:
    """One attachment of a report that was found for the actor.

    Raises:
        Http404: There is none.
    """
    found = Attachment.objects.filter(report=report, number=number).first()
    if found is None:
        raise Http404
    return found
