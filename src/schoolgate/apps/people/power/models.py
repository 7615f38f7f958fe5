"""When administrators had their power, and why."""

import uuid
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import models

from schoolgate.apps.access.moment import now

# For how many hours the power may be switched on.
LENGTHS: Final = (1, 2, 4)


class PowerReason(models.TextChoices):
    """What an administrator needs the power for."""

    SIGN_INS = "sign_ins", "To look after people's sign-ins"
    ROLES = "roles", "To give or end roles"
    INCIDENT = "incident", "The system misbehaves, or somebody attacks it"
    ORDERED = "ordered", "The district's management asked for something"


class PowerEnding(models.TextChoices):
    """How it ended."""

    OWN = "own", "Its holder switched it off"
    OFFICE = "office", "The records office switched it off"
    CLOCK = "clock", "Its time was over"


class AdminPower(models.Model):
    """An administrator's power, switched on in one session for so many hours."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="powers")
    # The session's number: another session of the same person has no power by it.
    session = models.UUIDField()
    reason = models.CharField(max_length=20, choices=PowerReason.choices)
    wrapped_key = models.BinaryField()
    sealed = models.BinaryField()
    began_at = models.DateTimeField()
    hours = models.PositiveSmallIntegerField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_how = models.CharField(max_length=10, choices=PowerEnding.choices, blank=True)

    class Meta:
        ordering = ["-began_at", "id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(hours__in=LENGTHS), name="power_has_a_known_length"),
            models.UniqueConstraint(
                fields=["session"], condition=models.Q(ended_at__isnull=True), name="one_power_a_session"
            ),
        ]

    @property
    def until(self) -> datetime:
        """When it ends by itself."""
        return self.began_at + timedelta(hours=self.hours)

    @property
    def is_on(self) -> bool:
        """Whether it gives anything at this moment."""
        return self.ended_at is None and now() < self.until
