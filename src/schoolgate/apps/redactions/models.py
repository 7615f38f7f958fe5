"""Proposed marks, what persons decided of them, and how often they agreed with the finder.

Where a mark stands and which category it has would tell what a child's report holds: all of it is sealed. In clear
are only ids, numbers and dates. Nothing here is ever changed: undoing is one more entry.
"""

import uuid

from django.db import models

from schoolgate.apps.incidents.models import Report, ReportVersion
from schoolgate.apps.people.models import User


class Proposed(models.Model):
    """What one state of the finder proposed for one version of a report. The newest counts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    version = models.ForeignKey(ReportVersion, on_delete=models.CASCADE, related_name="proposed")
    number = models.PositiveSmallIntegerField()
    # A digest of the finder's program and word lists.
    finder = models.CharField(max_length=16)
    made_at = models.DateTimeField()
    wrapped_key = models.BinaryField()
    sealed = models.BinaryField()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["version", "number"], name="redactions_one_proposal_a_number")]


class Batch(models.Model):
    """Decisions that one person made at the bench and signed together."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    version = models.ForeignKey(ReportVersion, on_delete=models.CASCADE, related_name="batches")
    number = models.PositiveSmallIntegerField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT)
    decided_at = models.DateTimeField()
    wrapped_key = models.BinaryField()
    sealed = models.BinaryField()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["version", "number"], name="redactions_one_batch_a_number")]


class Finish(models.Model):
    """A person's word that every mark of a version is decided. It holds until another batch comes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    version = models.ForeignKey(ReportVersion, on_delete=models.CASCADE, related_name="finishes")
    # How many batches there were: a later one makes this word old.
    batches = models.PositiveSmallIntegerField()
    marks = models.PositiveSmallIntegerField()
    # How many attachments there were: a later one makes this word old too.
    attachments = models.PositiveSmallIntegerField(default=0)
    finished_by = models.ForeignKey(User, on_delete=models.PROTECT)
    finished_at = models.DateTimeField()

    class Meta:
        ordering = ["finished_at"]
        get_latest_by = "finished_at"


class BenchDraft(models.Model):
    """What one person has done at the bench and not signed yet: theirs alone, gone when signed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    version = models.ForeignKey(ReportVersion, on_delete=models.CASCADE, related_name="bench_drafts")
    author = models.ForeignKey(User, on_delete=models.CASCADE, related_name="bench_drafts")
    saved_at = models.DateTimeField()
    wrapped_key = models.BinaryField()
    sealed = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "author"], name="redactions_one_draft_a_person")]


class FinderConsent(models.Model):
    """Whether the district lets its decisions be counted, to measure the finder. The newest counts; none is no."""

    id = models.BigAutoField(primary_key=True)
    allowed = models.BooleanField()
    said_by = models.ForeignKey(User, on_delete=models.PROTECT)
    said_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]


class FinderCount(models.Model):
    """How often people decided so of marks of this sort. A count, not a row a mark: no order, no time, no report."""

    category = models.CharField(max_length=30)
    language = models.CharField(max_length=2)
    # The finder's own reason, which never quotes a text.
    rule = models.CharField(max_length=120)
    # In tenths: 0.7 to 0.8 is 7.
    confidence = models.PositiveSmallIntegerField()
    # In words: 1, 2, 3 or 4 and more.
    length = models.PositiveSmallIntegerField()
    decision = models.CharField(max_length=10)
    reason = models.CharField(max_length=20, blank=True)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["category", "rule", "language", "decision", "reason", "confidence", "length"]
        constraints = [
            models.UniqueConstraint(
                fields=["category", "language", "rule", "confidence", "length", "decision", "reason"],
                name="redactions_one_count_a_sort",
            )
        ]


class AttachmentState(models.TextChoices):
    """How far the reading of an attachment is."""

    WAITING = "waiting", "Its pages are being read"
    READ = "read", "Its pages are read"
    REFUSED = "refused", "It cannot be redacted here"
    FAILED = "failed", "It could not be opened"


class Attachment(models.Model):
    """A file that belongs to a report: sealed as it came, and never sent. What may leave is made from its pages."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="attachments")
    # 1, 2, 3 within a report: what it is called. Its file name may say who is in it, and is not kept.
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=12)
    size = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=AttachmentState.choices, default=AttachmentState.WAITING)
    # Why it was refused or could not be opened: a code of the engine's.
    code = models.CharField(max_length=20, blank=True)
    # How many pages are known of so far.
    expected = models.PositiveSmallIntegerField(default=0)
    # Parts of a message that could not be opened: their number and the engine's code.
    left_out = models.JSONField(default=list)
    added_by = models.ForeignKey(User, on_delete=models.PROTECT)
    added_at = models.DateTimeField()
    wrapped_key = models.BinaryField()
    sealed = models.BinaryField()
    # A copy made by hand, which counsel confirmed, stands in the place of what cannot be redacted.
    instead_of = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="hand_copy")
    reason_key = models.BinaryField(null=True)
    sealed_reason = models.BinaryField(null=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["report", "number"], name="redactions_one_attachment_a_number")]


class AttachmentPage(models.Model):
    """A page of an attachment as it was read: its picture with its words, and the boxes proposed on it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    attachment = models.ForeignKey(Attachment, on_delete=models.CASCADE, related_name="pages")
    number = models.PositiveSmallIntegerField()
    wrapped_key = models.BinaryField()
    sealed = models.BinaryField()
    boxes_key = models.BinaryField()
    sealed_boxes = models.BinaryField()

    class Meta:
        ordering = ["attachment__number", "number"]
        constraints = [models.UniqueConstraint(fields=["attachment", "number"], name="redactions_one_page_a_number")]
