"""Agencies, the agreements between them, the papers behind these, and public lists of agencies."""

import uuid
from datetime import date

from django.db import models
from django.db.models import F

from schoolgate.apps.access.actors import Actor
from schoolgate.engines.reach import BASES, FORMS, ONWARD, STATUSES
from schoolgate.web.dates import day_text

from .beside import in_words

RECIPIENT_KINDS = {
    "local_police": "Local police",
    "state_police": "Sheriff, state or transit police",
    "school_resource_officer": "School resource officer",
    "fusion_center": "Fusion center (regional intelligence)",
    "federal_immigration": "Federal immigration enforcement",
    "federal_other": "Other federal agency",
    "prosecutor": "Prosecutor",
    "court": "Court",
    "probation": "Probation",
    "child_welfare": "Child welfare",
    "health_provider": "Health provider",
    "public_health": "Public health authority",
    "contractor": "Contractor",
    "other_school": "Another school",
    "education_authority": "Education authority",
    "service_provider": "Service provider",
    "foreign_government": "Foreign government",
}

# Public lists of agencies that can be imported.
LISTS = {
    "287g": "287(g) agreements in force",
    "287g_pending": "287(g) agreements asked for",
    "ori": "ORI codes of agencies",
    "field_offices": "Field offices of immigration enforcement",
}


class Agency(models.Model):
    """A party outside the district, or a unit or system of one; also the district's own side of the network."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    # A short stable name used in files and drawings, such as "boston-police".
    slug = models.SlugField(unique=True, max_length=100)
    name = models.CharField(max_length=120)
    # A kind of the law's vocabulary, or "school" for the district's own side of the network.
    kind = models.CharField(max_length=40)
    form = models.CharField(max_length=10, default="agency", choices=[(word, word) for word in FORMS])
    part_of = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="parts")
    # Two letters. With the county and the ORI code, what tells two agencies of one name apart.
    state = models.CharField(max_length=2, blank=True)
    county = models.CharField(max_length=60, blank=True)
    ori = models.CharField(max_length=9, blank=True)
    notes = models.TextField(blank=True)
    # Entered for a child's case: the office alone sees it, until an agreement that everybody may see names it.
    entered_for_case = models.BooleanField(default=False)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "agencies"

    def __str__(self) -> str:
        return self.name


class SourceDocument(models.Model):
    """The paper behind agreements, sealed: the office may read it, everybody may see its hash."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    sha256 = models.CharField(max_length=64, unique=True)
    media_type = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    size = models.PositiveIntegerField()
    # What it holds beside what one sees: codes of `beside.WORDS`.
    beside = models.JSONField(default=list)
    wrapped_key = models.BinaryField()
    sealed = models.BinaryField()
    added_at = models.DateTimeField()
    added_by = models.UUIDField(null=True, blank=True)

    class Meta:
        ordering = ["-added_at"]

    def __str__(self) -> str:
        return self.title

    @property
    def beside_words(self) -> str:
        """What it holds beside what one sees, as the end of a sentence; empty where that is nothing known."""
        return in_words(self.beside)

    @property
    def is_picture(self) -> bool:
        """Whether it can be given without that."""
        return self.media_type.startswith("image/")


class AgreementQuerySet(models.QuerySet["Agreement"]):
    """Agreements by who may see them."""

    def visible_to(self, actor: Actor) -> "AgreementQuerySet":
        """The office sees all that was not withdrawn. A transfer out of a child's case is for nobody else."""
        rows = self.filter(withdrawn=False)
        return rows if actor.in_office else rows.filter(public=True)


class Agreement(models.Model):
    """A reason data may move from one agency to another: an edge of the network, with its evidence."""

    STATUSES = STATUSES

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    slug = models.SlugField(unique=True, max_length=100)
    giver = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="given")
    receiver = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="received")
    title = models.CharField(max_length=200)
    # The first day; null when nobody knows it, which counts as always.
    starts = models.DateField(null=True, blank=True)
    ends = models.DateField(null=True, blank=True)
    # Null: the terms are not known. A list: exactly these.
    kinds = models.JSONField(null=True, blank=True)
    purposes = models.JSONField(null=True, blank=True)
    onward = models.CharField(max_length=10, default="unknown", choices=[(word, word) for word in ONWARD])
    # For "only": slugs of agencies, or kinds of agencies after "kind:".
    onward_to = models.JSONField(default=list, blank=True)
    status = models.CharField(max_length=20, choices=[(name, name) for name in STATUSES])
    basis = models.CharField(max_length=20, default="agreement", choices=[(word, word) for word in BASES])
    source = models.CharField(max_length=300)
    clause = models.CharField(max_length=120, blank=True)
    notes = models.TextField(blank=True)
    document = models.ForeignKey(
        SourceDocument, null=True, blank=True, on_delete=models.PROTECT, related_name="agreements"
    )
    # Who entered it: the id of a sign-in (people come after agencies), null for the district's own programs.
    entered_by = models.UUIDField(null=True, blank=True)
    entered_at = models.DateTimeField(null=True, blank=True)
    # Amended from a day: the old one ended the day before, this one began.
    replaces = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by")
    # An observed transfer out of a child's case is a small cell: it is public only where its source is published.
    public = models.BooleanField(default=True)
    # An observed transfer against the condition under which its giver held the copy.
    breaks_condition = models.BooleanField(default=False)
    # An observed transfer that was accepted in error: kept for the ledger's sake, and no part of the network.
    withdrawn = models.BooleanField(default=False)

    objects = AgreementQuerySet.as_manager()

    class Meta:
        ordering = [F("starts").asc(nulls_first=True), "slug"]

    def __str__(self) -> str:
        return self.title


class Change(models.Model):
    """What was done to an agreement after it was entered, by whom and why. For the office."""

    class What(models.TextChoices):
        """What was done."""

        ENDED = "ended", "Ended"
        AMENDED = "amended", "Amended"
        CORRECTED = "corrected", "Corrected"
        PUBLISHED = "published", "Shown to everybody"
        UNPUBLISHED = "unpublished", "Shown to the office alone"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="changes")
    what = models.CharField(max_length=12, choices=What.choices)
    reason = models.CharField(max_length=400)
    # The columns that changed, as they were before.
    before = models.JSONField(default=dict)
    changed_by = models.UUIDField(null=True, blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["-changed_at"]


class PublicList(models.Model):
    """A published list of agencies, as it was imported."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    # Which sort of list: "287g", "287g_pending", "ori" or "field_offices".
    name = models.CharField(max_length=40)
    published_on = models.DateField(null=True, blank=True)
    sha256 = models.CharField(max_length=64)
    imported_at = models.DateTimeField()

    class Meta:
        ordering = ["-imported_at"]
        constraints = [models.UniqueConstraint(fields=["name", "sha256"], name="agencies_public_list_once")]

    def __str__(self) -> str:
        return self.name


class ListedAgency(models.Model):
    """One line of a public list."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    list = models.ForeignKey(PublicList, on_delete=models.PROTECT, related_name="listed")
    # What tells the line apart in its list.
    key = models.CharField(max_length=200)
    name = models.CharField(max_length=200)
    state = models.CharField(max_length=2, blank=True)
    county = models.CharField(max_length=120, blank=True)
    ori = models.CharField(max_length=9, blank=True)
    # What else the line says, such as the day a 287(g) agreement was signed.
    facts = models.JSONField(default=dict)

    class Meta:
        ordering = ["name", "key"]
        constraints = [models.UniqueConstraint(fields=["list", "key"], name="agencies_listed_once")]

    def __str__(self) -> str:
        return self.name


class NameMatch(models.Model):
    """That a line of a public list and an agency of ours are one and the same: proposed, then decided by a person."""

    class State(models.TextChoices):
        """Where a proposal stands."""

        PROPOSED = "proposed", "Proposed"
        CONFIRMED = "confirmed", "Confirmed"
        REJECTED = "rejected", "Rejected"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    listed = models.ForeignKey(ListedAgency, on_delete=models.PROTECT, related_name="matches")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="matches")
    # From 0 to 1000: how alike, in thousandths.
    score = models.PositiveSmallIntegerField()
    reasons = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    decided_by = models.UUIDField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-score", "id"]
        constraints = [models.UniqueConstraint(fields=["listed", "agency"], name="agencies_match_once")]

    @property
    def title(self) -> str:
        """Which list the line stands in."""
        return LISTS.get(self.listed.list.name, self.listed.list.name)

    @property
    def would_enter(self) -> list[str]:
        """The agreements that a confirmation enters, in words."""
        return [
            f"From {self.agency} to {one['to_name']}: {one['title']}, "
            + (f"since {day_text(date.fromisoformat(one['start']))}" if one["start"] else "first day not known")
            for one in self.listed.facts.get("agreements", ())
        ]

    @property
    def percent(self) -> str:
        """How alike the two names are."""
        return f"{self.score / 10:.0f} %"
