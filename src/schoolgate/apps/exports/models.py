"""Lists that the district hands out about itself, and who stands in them."""

import uuid
from datetime import datetime, timedelta

from django.db import models

from schoolgate.apps.access.actors import Actor
from schoolgate.apps.people.models import Student, User

# So long a proposal waits for its second person, and a file can be opened.
PROPOSAL_DAYS = 14
FILE_DAYS = 14


class ListKind(models.TextChoices):
    """What is listed."""

    CRDC = "crdc", "Referrals to law enforcement and school-related arrests (federal, CRDC)"
    SSDR = "ssdr", "School Safety and Discipline Report (Massachusetts, SSDR)"


class Purpose(models.TextChoices):
    """What a list is for. Without one of these there is none."""

    FEDERAL = "federal_collection", "The federal Civil Rights Data Collection (34 CFR 100.6(b))"
    STATE = "state_collection", "The state's School Safety and Discipline Report"
    CHECK = "own_check", "The district checks its own numbers before it sends them"


# Which purposes a kind of list can be for.
PURPOSES_OF = {
    ListKind.CRDC: frozenset({Purpose.FEDERAL, Purpose.CHECK}),
    ListKind.SSDR: frozenset({Purpose.STATE, Purpose.CHECK}),
}


class State(models.TextChoices):
    """Where a list stands."""

    PROPOSED = "proposed", "Waits for a second person"
    MADE = "made", "Confirmed: the files can be opened"
    REJECTED = "rejected", "Not made"
    DROPPED = "dropped", "Over: the files are destroyed"


class ListQuerySet(models.QuerySet["ListExport"]):
    """Lists by who may see them."""

    def visible_to(self, actor: Actor) -> "ListQuerySet":
        """The office; nobody else."""
        return self if actor.in_office else self.none()


class ListExport(models.Model):
    """One list, from its proposal to the end of its files."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=10, choices=ListKind.choices)
    first_day = models.DateField()
    last_day = models.DateField()
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    # What it is needed for, in words, which may name somebody: sealed.
    wrapped_key = models.BinaryField()
    sealed = models.BinaryField()
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    # The files by name, as JSON; destroyed when their time is over.
    files_key = models.BinaryField(null=True)
    sealed_files = models.BinaryField(null=True)
    # What stays of them: names, digests, rows; how much was left out, and what nobody has explained.
    made = models.JSONField(default=dict)

    objects = ListQuerySet.as_manager()

    class Meta:
        ordering = ["-proposed_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=[State.PROPOSED, State.REJECTED])
                | (models.Q(decided_by__isnull=False) & ~models.Q(decided_by=models.F("proposed_by"))),
                name="exports_a_second_person",
            ),
            models.CheckConstraint(
                condition=models.Q(state=State.MADE) | models.Q(sealed_files__isnull=True),
                name="exports_no_file_before_or_after",
            ),
            models.CheckConstraint(
                condition=models.Q(first_day__lte=models.F("last_day")), name="exports_days_in_order"
            ),
        ]

    @property
    def files_until(self) -> datetime | None:
        """Until when the files can be opened."""
        return self.decided_at + timedelta(days=FILE_DAYS) if self.decided_at and self.state == State.MADE else None

    @property
    def waits_until(self) -> datetime:
        """Until when a second person may confirm it."""
        return self.proposed_at + timedelta(days=PROPOSAL_DAYS)


class ListedStudent(models.Model):
    """That a student stands in a list that was made: for the accounting of disclosures (34 CFR 99.32)."""

    export = models.ForeignKey(ListExport, on_delete=models.PROTECT, related_name="students")
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="listed")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["export", "student"], name="exports_listed_once")]
