"""What was published, once and for ever: figures, the rules they were counted by, auditors' statements.

Rows are written and never changed: the digest of each is an entry of the log, so a changed one no longer fits it.
"""

from django.db import models

from schoolgate.engines.tlog.counting import Figures
from schoolgate.engines.tlog.statement import Statement


class CountingRules(models.Model):
    """A file of rules by which figures were counted."""

    digest = models.CharField(max_length=64, primary_key=True)
    document = models.BinaryField()


class PublishedFigures(models.Model):
    """The figures of one quarter, frozen."""

    period = models.CharField(max_length=7, primary_key=True)
    document = models.BinaryField()
    sha256 = models.CharField(max_length=64, unique=True)
    rules = models.ForeignKey(CountingRules, on_delete=models.PROTECT)
    published_at = models.DateTimeField()

    class Meta:
        ordering = ["-period"]

    @property
    def figures(self) -> Figures:
        """What the file says."""
        return Figures.parse(bytes(self.document))


class AuditStatement(models.Model):
    """An auditor's signed word on figures, kept for ever."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    note = models.TextField()
    # The whole verifying key, so that what is public says by whom.
    auditor = models.CharField(max_length=300)
    size = models.PositiveBigIntegerField()
    published_at = models.DateTimeField()

    class Meta:
        ordering = ["-size", "-published_at"]

    @property
    def statement(self) -> Statement:
        """What it says; its signature was checked when it was put here."""
        return Statement.parse(self.note.rpartition("\n\n")[0] + "\n")

    @property
    def auditor_name(self) -> str:
        """The name in the auditor's key."""
        return self.auditor.split("+", 1)[0]
