"""Spreadsheets on their way in, and the mappings that were kept for the next one."""

import uuid
from typing import cast

from django.db import models

from schoolgate.apps.access.actors import Actor, Role
from schoolgate.apps.people.models import User
from schoolgate.interop.tables import Subject

SUBJECTS = {
    "students": "Students",
    "guardians": "Parents and guardians",
    "staff": "Staff",
    "incidents": "Incidents",
}
# Whoever answers for every record. An administrator imports at the command line, where no page shows a child.
BRINGERS = frozenset({Role.RECORDS_OFFICER})


class State(models.TextChoices):
    """How far a spreadsheet has come."""

    NEW = "new", "Waits for its columns"
    TRYING = "trying", "Being tried"
    TRIED = "tried", "Tried"
    IMPORTING = "importing", "Being brought in"
    IMPORTED = "imported", "Brought in"
    DROPPED = "dropped", "Dropped"


RUNNING = (State.TRYING, State.IMPORTING)
SETTLED = (State.IMPORTED, State.DROPPED)


class SpreadsheetQuerySet(models.QuerySet["Spreadsheet"]):
    """Spreadsheets by who may know of them."""

    def visible_to(self, actor: Actor) -> "SpreadsheetQuerySet":
        """All of them for the records officer, none for anybody else."""
        return self.all() if actor.role in BRINGERS else self.none()


class Spreadsheet(models.Model):
    """A file that was brought, sealed until its rows are in or it is dropped, then destroyed.

    Its name is kept nowhere: it may say whom it is about.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.CharField(max_length=20, unique=True)
    subject = models.CharField(max_length=20, choices=list(SUBJECTS.items()))
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    # None for one that came by the command line.
    brought_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    brought_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.NEW)
    wrapped_key = models.BinaryField(null=True)
    sealed = models.BinaryField(null=True)
    # The mapping and the problems of the last try, as JSON: a header may be somebody's name.
    notes_key = models.BinaryField(null=True)
    sealed_notes = models.BinaryField(null=True)
    # How much of the work under way is done: lines while it is tried, records while it is brought in.
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    # Records by what became of them, or would: counts only.
    counts = models.JSONField(default=dict)
    # When the work under way last moved on.
    moved_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = SpreadsheetQuerySet.as_manager()

    class Meta:
        ordering = ["-brought_at"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state__in=SETTLED)
                | models.Q(wrapped_key__isnull=True, sealed__isnull=True, notes_key__isnull=True),
                name="spreadsheets_nothing_stays",
            ),
        ]

    @property
    def about(self) -> Subject:
        """What it is about, as the reader of tables calls it."""
        return cast("Subject", self.subject)


class SavedMapping(models.Model):
    """A mapping that was kept by a name, for the next file of the same kind."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=80, unique=True)
    subject = models.CharField(max_length=20, choices=list(SUBJECTS.items()))
    # JSON as `interop.tables` writes it: a header may be somebody's name.
    wrapped_key = models.BinaryField()
    sealed = models.BinaryField()
    saved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]
