"""Holds, students who left, proposals to destroy with their items, and certificates.

Why something is held may name a child: sealed. In clear stand ids, dates and codes.
"""

import uuid
from typing import Any, ClassVar

from django.db import models

from schoolgate.apps.access.actors import Actor
from schoolgate.apps.access.kept import without_kept
from schoolgate.apps.incidents.models import Report
from schoolgate.apps.people.models import Student, User
from schoolgate.apps.schools.models import School


class OfOffice[M: models.Model](models.QuerySet[M]):
    """Rows that the office alone may see."""

    # From a row to the students whom it is about.
    ways: ClassVar[tuple[str, ...]] = ()

    def visible_to(self, actor: Actor) -> "OfOffice[M]":
        """The office sees all but of its own children, or whom a limit names; nobody else any."""
        return without_kept(self, actor, *self.ways) if actor.in_office else self.none()


class HoldQuerySet(OfOffice["Hold"]):
    """Holds, which may be on one student or one report."""

    ways = ("student", "report__incident__participants__student")

    def in_a_list(self: models.QuerySet["Hold"]) -> models.QuerySet["Hold", Any]:
        """What a list says of each, as named tuples, without a name of a child."""
        said = self.annotate(report_number=models.F("report__number"), school_name=models.F("school__name"))
        return said.values_list(
            "pk", "number", "kind", "report_number", "student_id", "school_name", "starts", "until", named=True
        )  # fmt: skip


class ProposalQuerySet(OfOffice["Proposal"]):
    """Proposals, by the records in them."""

    ways = ("items__report__incident__participants__student", "items__papers_of")


class CertificateQuerySet(OfOffice["Certificate"]):
    """Certificates, as their proposals."""

    ways = tuple(f"proposal__{way}" for way in ProposalQuerySet.ways)


class HoldKind(models.TextChoices):
    """Why something is held."""

    LITIGATION = "litigation", "A lawsuit, a subpoena or an appeal"
    RECORDS_REQUEST = "records_request", "A request for records that is open"
    COUNSEL = "counsel", "Counsel says so"


class Hold(models.Model):
    """Nothing that it covers is destroyed while it stands: a report, a student's reports, a school's, or all."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=20, choices=HoldKind.choices)
    report = models.ForeignKey(Report, on_delete=models.PROTECT, null=True, related_name="+")
    student = models.ForeignKey(Student, on_delete=models.PROTECT, null=True, related_name="+")
    school = models.ForeignKey(School, on_delete=models.PROTECT, null=True, related_name="+")
    wrapped_key = models.BinaryField()
    sealed_why = models.BinaryField()
    placed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    placed_at = models.DateTimeField()
    starts = models.DateField()
    # The first day on which it no longer stands; None until somebody lifts it.
    until = models.DateField(null=True)
    lifted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        ordering = ["-placed_at"]
        constraints = [
            models.CheckConstraint(
                name="retention_one_scope_a_hold",
                condition=models.Q(student__isnull=True, school__isnull=True)
                | models.Q(report__isnull=True, school__isnull=True)
                | models.Q(report__isnull=True, student__isnull=True),
            )
        ]


class Departure(models.Model):
    """A student left the district: from this day the temporary record's seven years count (603 CMR 23.06)."""

    class How(models.TextChoices):
        """How a student leaves."""

        GRADUATED = "graduated", "Graduated"
        TRANSFERRED = "transferred", "Transferred"
        WITHDREW = "withdrew", "Withdrew"

    student = models.OneToOneField(Student, on_delete=models.PROTECT, primary_key=True, related_name="departure")
    left_on = models.DateField(db_index=True)
    how = models.CharField(max_length=12, choices=How.choices)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()


class ProposalState(models.TextChoices):
    """Where a proposal stands."""

    PROPOSED = "proposed", "Signed once"
    SIGNED = "signed", "Signed twice"
    CERTIFIED = "certified", "Carried out"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Proposal(models.Model):
    """What is to be destroyed under one series: signed by who proposes it, then by a second person."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.CharField(max_length=20, unique=True)
    series = models.CharField(max_length=40)
    # The day for which it was worked out what is past its time.
    day = models.DateField()
    state = models.CharField(max_length=12, choices=ProposalState.choices, default=ProposalState.PROPOSED)
    # SHA-256 over the list, and over the file of schedules that it was made with.
    digest = models.CharField(max_length=64)
    schedules = models.CharField(max_length=64)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    # Since when the families have been told; None until they were.
    told_on = models.DateField(null=True)
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    signed_at = models.DateTimeField(null=True)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        ordering = ["-proposed_at"]
        constraints = [
            models.CheckConstraint(
                name="retention_two_signers",
                condition=models.Q(signed_by__isnull=True) | ~models.Q(signed_by=models.F("proposed_by")),
            )
        ]

    @property
    def is_open(self) -> bool:
        """Whether it still may be carried out."""
        return self.state in {ProposalState.PROPOSED, ProposalState.SIGNED}


class Item(models.Model):
    """One record of a proposal, and what became of it."""

    id = models.BigAutoField(primary_key=True)
    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="items")
    # A report; a draft, whose row is gone afterwards; or the papers about who may see a student's record.
    report = models.ForeignKey(Report, on_delete=models.PROTECT, null=True, related_name="retention_items")
    draft = models.UUIDField(null=True)
    papers_of = models.ForeignKey(Student, on_delete=models.PROTECT, null=True, related_name="+")
    due_on = models.DateField()
    destroyed_at = models.DateTimeField(null=True, db_index=True)
    # Why it was left alone when its turn came: a code of `tallies.HELD`.
    spared = models.CharField(max_length=20, blank=True)
    # How many keys were destroyed, the dated wrapping keys under which they stood, and a digest of each key's number:
    # whoever has an older copy of the row can tell that this was the key, nobody else.
    keys = models.PositiveIntegerField(default=0)
    epochs = models.JSONField(default=list)
    shredded = models.JSONField(default=list)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["proposal", "report"], name="retention_a_report_once"),
            models.UniqueConstraint(fields=["proposal", "draft"], name="retention_a_draft_once"),
            models.UniqueConstraint(fields=["proposal", "papers_of"], name="retention_papers_once"),
            models.CheckConstraint(
                name="retention_report_draft_or_papers",
                condition=models.Q(report__isnull=False, draft__isnull=True, papers_of__isnull=True)
                | models.Q(report__isnull=True, draft__isnull=False, papers_of__isnull=True)
                | models.Q(report__isnull=True, draft__isnull=True, papers_of__isnull=False),
            ),
        ]

    @property
    def subject(self) -> str:
        """What it is, as the log names it."""
        if self.papers_of_id:
            return f"papers:{self.papers_of_id}"
        return f"report:{self.report_id}" if self.report_id else f"draft:{self.draft}"


class Certificate(models.Model):
    """What a proposal destroyed: its digest stands in the log."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.CharField(max_length=20, unique=True)
    proposal = models.OneToOneField(Proposal, on_delete=models.PROTECT)
    made_at = models.DateTimeField()
    destroyed = models.PositiveIntegerField()
    spared = models.PositiveIntegerField()
    # Keys that were destroyed.
    keys = models.PositiveIntegerField()
    # The dated wrapping keys under which they stood: while one exists, an older backup can be opened with it.
    epochs = models.JSONField(default=list)
    digest = models.CharField(max_length=64)

    objects = CertificateQuerySet.as_manager()


class WrappingKey(models.Model):
    """A dated wrapping key (epoch) as the district uses it: when it began, and the receipt of its end.

    The key itself is with the key provider and never here.
    """

    name = models.CharField(primary_key=True, max_length=20)
    # When it was there for certain, and new keys were wrapped under it; None for one older than these rows.
    started_at = models.DateTimeField(null=True)
    # When a key that stood under an older one was last wrapped under this one.
    rewrapped_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    # `EpochReceipt.to_json`, whose SHA-256 stands in the log.
    receipt = models.TextField(blank=True)
    digest = models.CharField(max_length=64, blank=True)

    objects = OfOffice["WrappingKey"].as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="retention_an_end_has_its_receipt",
                condition=models.Q(ended_at__isnull=True, receipt="", digest="")
                | models.Q(ended_at__isnull=False) & ~models.Q(receipt="") & ~models.Q(digest=""),
            )
        ]
