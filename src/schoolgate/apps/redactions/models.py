"""Proposed marks, what persons decided of them, and how often they agreed with the finder.

Where a mark stands and which category it has would tell what a child's report holds: all of it is sealed. In clear
are only ids, numbers and dates. Nothing here is ever changed: undoing is one more entry.
"""

import uuid

from django.db import models

from schoolgate.apps.incidents.models import ReportVersion
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
