"""What was opened in an emergency, by whom, why, and what somebody else thought of it."""

import uuid
from datetime import datetime, timedelta
from typing import Final

from django.apps import apps
from django.conf import settings
from django.db import models

from schoolgate.apps.access.actors import SCHOOL, Actor, Role
from schoolgate.apps.access.kept import without_kept
from schoolgate.apps.access.moment import now

# How long a record stays open.
SPAN: Final = timedelta(minutes=60)


class GlassReason(models.TextChoices):
    """Why a record must be opened now. There is no "other": what fits none of these is no emergency."""

    SELF_HARM = "self_harm", "Somebody may harm themself"
    VIOLENCE = "violence", "Somebody may be attacked, or threatens to attack"
    WEAPON = "weapon", "A weapon is here, or on its way"
    MEDICAL = "medical", "A medical emergency"
    MISSING = "missing", "A child is missing, or was taken"
    ABUSE = "abuse", "A child is in danger of abuse or neglect now"


class GlassEnding(models.TextChoices):
    """How it ended."""

    OWN = "own", "Whoever opened it ended it"
    OFFICE = "office", "The records office ended it"
    CLOCK = "clock", "Its hour was over"


class Verdict(models.TextChoices):
    """What the other person found."""

    JUSTIFIED = "justified", "It was justified"
    NOT_JUSTIFIED = "not_justified", "It was not justified"


class GlassQuerySet(models.QuerySet["BrokenGlass"]):
    """Emergency openings by who may know of them, and by how they stand."""

    def visible_to(self, actor: Actor) -> "GlassQuerySet":
        """The office sees all; a principal those about the school, and their own; staff their own.

        Nobody sees one about a child of their own, or from whose record they are limited.
        """
        if not actor.in_office and actor.role not in SCHOOL:
            return self.none()
        rows = self._but_kept(actor)
        if actor.in_office:
            return rows
        own = models.Q(user=actor.user_id)
        return rows.filter(own | models.Q(school__in=actor.schools) if actor.role is Role.PRINCIPAL else own)

    def _but_kept(self, actor: Actor) -> "GlassQuerySet":
        """Incidents are kept in a room below this one: it knows them by their participations' own way to them."""
        if not actor.kept_from:
            return self.all()
        parts = apps.get_model("people.student").objects.filter(pk__in=actor.kept_from, participations__isnull=False)
        rows: GlassQuerySet = without_kept(self.all(), actor, "student")
        return rows.exclude(incident__in=parts.order_by().values("participations__incident"))

    def live(self, since: datetime | None = None) -> "GlassQuerySet":
        """Those that open something at this moment; `since` is when the oldest of them may have been opened."""
        return self.filter(ended_at__isnull=True, opened_at__gt=since or now() - SPAN)

    def over(self) -> "GlassQuerySet":
        """Those whose hour has passed, and about which nobody has written that they ended."""
        return self.filter(ended_at__isnull=True, opened_at__lte=now() - SPAN)

    def unreviewed(self) -> "GlassQuerySet":
        """Those that nobody else has looked at."""
        return self.filter(reviewed_at__isnull=True)


class BrokenGlass(models.Model):
    """A member of staff opened one student's, or one incident's, reports in an emergency (34 CFR 99.36)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.CharField(max_length=20, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="glasses")
    # The role they acted in: it opens nothing while they act in another.
    role = models.CharField(max_length=20)
    # Of the student or of the incident: its principal is told.
    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, null=True, related_name="+")
    student = models.ForeignKey("people.Student", on_delete=models.PROTECT, null=True, related_name="glasses")
    # An incident's id: incidents are kept in a room below this one.
    incident = models.UUIDField(null=True, db_index=True)
    reason = models.CharField(max_length=20, choices=GlassReason.choices)
    # The threat, who is threatened, why it must be known (34 CFR 99.32(a)(5)).
    wrapped_key = models.BinaryField()
    sealed = models.BinaryField()
    opened_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_how = models.CharField(max_length=10, choices=GlassEnding.choices, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True, blank=True)
    verdict = models.CharField(max_length=20, choices=Verdict.choices, blank=True)
    review_key = models.BinaryField(null=True)
    sealed_review = models.BinaryField(null=True)
    # When it was written down, for the public count, that nobody had reviewed it in time.
    missed_at = models.DateTimeField(null=True, blank=True)
    # The last day on which the family is not told, and why.
    held_until = models.DateField(null=True, blank=True)
    held_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    hold_key = models.BinaryField(null=True)
    sealed_hold = models.BinaryField(null=True)

    objects = GlassQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(student__isnull=False, incident__isnull=True)
                | models.Q(student__isnull=True, incident__isnull=False),
                name="a_glass_is_over_one_thing",
            ),
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(ended_at__isnull=True), name="one_glass_a_person"
            ),
            models.CheckConstraint(
                condition=models.Q(reviewed_by__isnull=True) | ~models.Q(reviewed_by=models.F("user")),
                name="nobody_reviews_their_own_glass",
            ),
            models.CheckConstraint(
                condition=models.Q(reviewed_by__isnull=True, reviewed_at__isnull=True, verdict="")
                | models.Q(reviewed_by__isnull=False, reviewed_at__isnull=False, verdict__in=Verdict.values),
                name="a_glass_review_is_whole",
            ),
            models.CheckConstraint(
                condition=models.Q(held_by__isnull=True) | ~models.Q(held_by=models.F("user")),
                name="nobody_holds_notice_of_their_own_glass",
            ),
        ]

    @property
    def until(self) -> datetime:
        """When it ends by itself."""
        return self.opened_at + SPAN

    @property
    def closed_at(self) -> datetime | None:
        """When it stopped opening anything; None while it lasts."""
        if self.ended_at is not None:
            return self.ended_at
        return self.until if now() >= self.until else None
