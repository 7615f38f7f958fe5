"""That somebody read far more than their peers, and that a second person let somebody read on."""

import uuid

from django.conf import settings
from django.db import models

from schoolgate.apps.access.actors import OFFICE, ROLE_TITLES, SCHOOL, Actor
from schoolgate.apps.schools.models import School

# The roles whose readings are compared and counted: whoever reads children's records for the district.
WORK = SCHOOL | OFFICE


class Span(models.TextChoices):
    """Over how long readings are compared."""

    DAY = "day", "in a day"
    WEEK = "week", "in a week"


class UnusualReadingQuerySet(models.QuerySet["UnusualReading"]):
    """Notices by who may see them."""

    def visible_to(self, actor: Actor) -> "UnusualReadingQuerySet":
        """The office sees all but what is about oneself."""
        return self.exclude(person=actor.user_id) if actor.in_office else self.none()


class UnusualReading(models.Model):
    """That somebody opened far more records than their peers. It holds numbers, and no record."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=20, choices=[(one.value, ROLE_TITLES[one]) for one in sorted(WORK)])
    school = models.ForeignKey(School, on_delete=models.PROTECT, null=True)
    span = models.CharField(max_length=4, choices=Span.choices)
    first_day = models.DateField()
    last_day = models.DateField()
    # Different records opened, and what was usual: the median of so many peers or, with too few of them (0), of the
    # person's own earlier spans; none where those are too few as well. From `limit` on it is unusual.
    records = models.PositiveIntegerField()
    peers = models.PositiveIntegerField()
    usual = models.FloatField(null=True)
    limit = models.PositiveIntegerField()
    noticed_at = models.DateTimeField()
    looked_at = models.DateTimeField(null=True)
    looked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    # What was found, in words about a person.
    wrapped_key = models.BinaryField(null=True)
    sealed = models.BinaryField(null=True)

    objects = UnusualReadingQuerySet.as_manager()

    class Meta:
        ordering = ["-last_day", "-records"]
        constraints = [
            models.UniqueConstraint(fields=["person", "role", "span", "last_day"], name="one_notice_a_span"),
            models.CheckConstraint(
                condition=models.Q(looked_by__isnull=True) | ~models.Q(looked_by=models.F("person")),
                name="somebody_else_looks",
            ),
            models.CheckConstraint(
                condition=models.Q(looked_by__isnull=True, looked_at__isnull=True, sealed__isnull=True)
                | models.Q(looked_by__isnull=False, looked_at__isnull=False, sealed__isnull=False),
                name="looked_at_with_words",
            ),
        ]


class MoreReading(models.Model):
    """A second person's word that somebody may open more records on one day than the budget has."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    more = models.PositiveIntegerField()
    allowed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    allowed_at = models.DateTimeField()
    # Why, in words about somebody's work.
    wrapped_key = models.BinaryField()
    sealed = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["person", "day"], name="more_reading_of_a_day")]
        constraints = [
            models.CheckConstraint(condition=~models.Q(allowed_by=models.F("person")), name="a_second_person_allows")
        ]
