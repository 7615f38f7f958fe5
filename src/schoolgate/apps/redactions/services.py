"""Acts at the bench. Saving a draft is no act: it is seen by its author alone, and nothing follows from it."""

from collections import Counter
from collections.abc import Sequence

from django.db import transaction

from schoolgate.apps.access.actors import OFFICE, SCHOOL, Actor, Role
from schoolgate.apps.access.moment import now
from schoolgate.apps.incidents.models import Report, ReportVersion
from schoolgate.apps.incidents.selectors import unsealed
from schoolgate.apps.ledger.acts import Impossible, NotAllowed, act, record
from schoolgate.apps.ledger.kinds import Kind
from schoolgate.apps.ledger.safe import context, seal_new
from schoolgate.engines.redact import attachments
from schoolgate.engines.redact.attachments.kinds import kind_of

from .counting import count_decisions
from .history import Do, Entry, State, entries_to_bytes
from .models import Attachment, AttachmentState, Batch, BenchDraft, FinderConsent, Finish
from .pages import begin_reading
from .selectors import Review, bared_by, consent_given, draft_entries, review_of

# The engine's code for what cannot be redacted here at all.
SOUND = "audio_video"


def save_draft(*, actor: Actor, version: ReportVersion, entries: Sequence[Entry]) -> None:
    """Keep what somebody did at the bench until they sign it, sealed anew each time."""
    if not actor.in_office:
        raise NotAllowed("only the records office reviews marks")
    if not entries:
        BenchDraft.objects.filter(version=version, author=actor.person).delete()
        return
    kept = BenchDraft.objects.filter(version=version, author=actor.person).first()
    kept = kept or BenchDraft(version=version, author_id=actor.person)
    value = seal_new(context("redactions.benchdraft", kept.pk, "entries"), entries_to_bytes(entries))
    kept.wrapped_key, kept.sealed, kept.saved_at = value.wrapped_key, value.sealed, now()
    kept.save()


def add_to_draft(*, actor: Actor, version: ReportVersion, entries: Sequence[Entry]) -> None:
    """Append to one's draft."""
    with transaction.atomic():
        save_draft(actor=actor, version=version, entries=(*draft_entries(version.pk, actor), *entries))


@act(Kind.MARKS_DECIDED, roles=OFFICE)
def decide_marks(*, actor: Actor, report: Report, entries: Sequence[Entry]) -> Batch:
    """Sign decisions about marks of a report's newest version. The draft they were kept in is deleted.

    Raises:
        Impossible: There is nothing to sign, or the report has a newer version than the decisions are about.
    """
    review = review_of(unsealed(report))
    batch = _sign(actor, review, entries)
    after = review_of(review.opened)
    record(
        actor=actor,
        subject=f"report:{report.id}",
        facts={"version": review.opened.version.number, "batch": batch.number, **_counts(after, entries)},
    )
    return batch


@act(Kind.REVIEW_FINISHED, roles=OFFICE)
def finish_review(*, actor: Actor, report: Report, entries: Sequence[Entry] = ()) -> Finish:
    """Say that every mark is decided; `entries` are signed with it.

    Whoever laid bare protected words, by taking a mark off or by narrowing one, cannot say so: a second person of
    the office reads those words first (as with what counsel proposes to permit).

    Raises:
        Impossible: A mark or a box is undecided, an attachment is being read, or a second person must look.
    """
    review = review_of(unsealed(report))
    if entries:
        _sign(actor, review, entries)
        review = review_of(review.opened)
    if review.attached.waiting:
        raise Impossible("The pages of an attachment are still being read: wait for them, then decide their boxes.")
    if review.undecided:
        raise Impossible(f"{_marks(review.undecided)} still undecided: keep each or take it off.")
    if str(actor.person) in bared_by(review):
        raise Impossible(
            "You took protected words out of a mark: another person of the records office, or counsel, reads them and "
            "finishes the review."
        )
    version = review.opened.version
    first = not Finish.objects.filter(version=version).exists()
    finish = Finish.objects.create(
        version=version,
        batches=review.batches,
        marks=len(review.decidable),
        attachments=len(review.attached.attachments),
        finished_by_id=actor.person,
        finished_at=now(),
    )
    if first and consent_given():
        count_decisions(review)
    record(
        actor=actor,
        subject=f"report:{report.id}",
        facts={"version": version.number, "batches": review.batches, **_counts(review, entries)},
    )
    return finish


@act(Kind.FINDER_CONSENT_CHANGED, roles=frozenset({Role.COUNSEL, Role.ADMINISTRATOR}))
def set_finder_consent(*, actor: Actor, allowed: bool) -> FinderConsent:
    """Say for the district whether its decisions may be counted to measure the finder. Off until somebody says so.

    Raises:
        Impossible: It is so already.
    """
    if consent_given() == allowed:
        raise Impossible("It is so already.")
    consent = FinderConsent.objects.create(allowed=allowed, said_by_id=actor.person, said_at=now())
    record(actor=actor, subject="finder", facts={"allowed": allowed})
    return consent


@act(Kind.ATTACHMENT_ADDED, roles=SCHOOL | OFFICE)
def add_attachment(*, actor: Actor, report: Report, content: bytes) -> Attachment:
    """Attach a file to a report, sealed. Its name is not kept: it may say who is in it.

    Its pages are read beside the request. Sound and video are kept, and refused for copies: see `confirm_hand_copy`.

    Raises:
        Impossible: It is a kind that cannot be opened here; the message says what to do instead.
    """
    attachment = _attach(actor, report, content, by_hand=False)
    record(
        actor=actor,
        subject=f"report:{report.id}",
        facts={"attachment": attachment.number, "kind": attachment.kind, "size": attachment.size},
    )
    return attachment


@act(Kind.HAND_COPY_CONFIRMED, roles=frozenset({Role.COUNSEL}))
def confirm_hand_copy(*, actor: Actor, attachment: Attachment, content: bytes, reason: str) -> Attachment:
    """Counsel confirms a copy that was made by hand, to stand in the place of sound or video.

    It is a PDF, a picture or text; its pages are read, and its boxes decided, like those of any attachment.

    Raises:
        Impossible: The attachment needs none, it has one already, there is no reason, or the copy is sound or video.
    """
    if attachment.state != AttachmentState.REFUSED:
        raise Impossible("This attachment's own pages are reviewed: it needs no copy made by hand.")
    if Attachment.objects.filter(instead_of=attachment).exists():
        raise Impossible("A copy made by hand stands in its place already.")
    if not reason.strip():
        raise Impossible("Write how the copy was made and who compared it with the recording.")
    made = _attach(actor, attachment.report, content, by_hand=True)
    value = seal_new(context("redactions.attachment", f"{made.pk}-reason", "reason"), reason.strip().encode())
    made.instead_of, made.reason_key, made.sealed_reason = attachment, value.wrapped_key, value.sealed
    made.save(update_fields=["instead_of", "reason_key", "sealed_reason"])
    record(
        actor=actor,
        subject=f"report:{made.report_id}",
        facts={"attachment": made.number, "instead_of": attachment.number, "kind": made.kind},
    )
    return made


def _attach(actor: Actor, report: Report, content: bytes, *, by_hand: bool) -> Attachment:
    """Keep a file. Part of an act, not one itself."""
    state, code = AttachmentState.WAITING, ""
    try:
        kind = kind_of(content)
    except attachments.AttachmentError as refused:
        if refused.code != SOUND or by_hand:
            raise Impossible(attachments.WORDS[refused.code]) from None
        state, code, kind = AttachmentState.REFUSED, refused.code, refused.code
    # The row of the report is locked, so that no number is given twice.
    Report.objects.select_for_update().get(pk=report.pk)
    attachment = Attachment(
        report=report,
        number=Attachment.objects.filter(report=report).count() + 1,
        kind=kind,
        size=len(content),
        state=state,
        code=code,
        added_by_id=actor.person,
        added_at=now(),
    )
    value = seal_new(context("redactions.attachment", attachment.pk, "file"), content)
    attachment.wrapped_key, attachment.sealed = value.wrapped_key, value.sealed
    attachment.save(force_insert=True)
    if state == AttachmentState.WAITING:
        begin_reading(attachment)
    return attachment


def _sign(actor: Actor, review: Review, entries: Sequence[Entry]) -> Batch:
    """Append a batch to the history. Part of an act, not one itself."""
    if not entries:
        raise Impossible("There is nothing to sign.")
    if any(one.by != str(actor.person) for one in entries):
        raise NotAllowed("one signs what one did oneself")
    known = {one.id for one in review.decidable} | {name for one in entries if one.do is Do.ADD for name in one.marks}
    if any(name not in known for one in entries for name in one.marks):
        raise Impossible("The report or the finder has changed since: look at its marks again.")
    version = review.opened.version
    # The row of the version is locked, so that two who sign at once stand one after the other.
    ReportVersion.objects.select_for_update().get(pk=version.pk)
    if Batch.objects.filter(version=version).count() != review.batches:
        raise Impossible("Somebody else signed decisions meanwhile: look at the marks again.")
    batch = Batch(version=version, number=review.batches + 1, decided_by_id=actor.person, decided_at=now())
    value = seal_new(context("redactions.batch", batch.pk, "entries"), entries_to_bytes(entries))
    batch.wrapped_key, batch.sealed = value.wrapped_key, value.sealed
    batch.save(force_insert=True)
    BenchDraft.objects.filter(version=version, author=actor.person).delete()
    return batch


def _counts(review: Review, entries: Sequence[Entry]) -> dict[str, object]:
    """What the log is told: how many, never which; reasons by their code."""
    marks = review.standing.marks
    boxes = review.boxes.boxes
    reasons = Counter(one.reason for one in marks if one.reason) + Counter(one.why for one in boxes if one.why)
    return {
        "entries": len(entries),
        "marks": len(marks),
        "undecided": review.undecided,
        "boxes": len(boxes),
        "boxes_taken_off": sum(one.state is State.UNMARKED for one in boxes),
        "kept": sum(one.state is State.KEPT for one in marks),
        "changed": sum(one.changed for one in marks),
        "taken_off": sum(one.state is State.UNMARKED for one in marks),
        "by_hand": sum(one.by_hand for one in marks),
        "protected_bared": sum(bool(one.bared_by) for one in review.decidable),
        "sentences_told": len(review.standing.subjects),
        "reasons": dict(sorted(reasons.items())),
    }


def _marks(count: int) -> str:
    return "1 mark is" if count == 1 else f"{count} marks are"
