"""Who was told of what, and where people read their mail."""

import uuid

from django.conf import settings
from django.db import models


class Told(models.TextChoices):
    """What somebody is told of."""

    GLASS_TO_REVIEW = "glass_to_review", "A record was opened in an emergency"
    GLASS_OVERDUE = "glass_overdue", "An emergency opening was not reviewed in time"
    GLASS_OWN = "glass_own", "You opened a record in an emergency"
    POWER_ON = "power_on", "An administrator switched the power on"
    ROLE_WAITS = "role_waits", "A role that an administrator gave waits for your word"
    ROLE_GIVEN = "role_given", "An administrator gave a role"
    ROLE_LAPSED = "role_lapsed", "A role that you gave lapsed: nobody confirmed it in time"


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Notices by what became of them."""

    def unseen(self) -> "NoticeQuerySet":
        """Those that their person has not seen on a page."""
        return self.filter(seen_at__isnull=True)

    def to_mail(self) -> "NoticeQuerySet":
        """Those that no mail was tried for, to people whose address is known."""
        return self.filter(mailed_at__isnull=True, to__notice_address__isnull=False, to__is_active=True)


class Notice(models.Model):
    """One thing that one person is told. It holds no word of what it is about."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    to = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notices")
    what = models.CharField(max_length=20, choices=Told.choices)
    # The broken glass, the power that was switched on, or the role that was given.
    about = models.UUIDField()
    made_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "id"]
        indexes = [
            models.Index(fields=["to"], condition=models.Q(seen_at__isnull=True), name="people_notice_unseen"),
            models.Index(fields=["made_at"], condition=models.Q(mailed_at__isnull=True), name="people_notice_unmailed"),
        ]


class NoticeAddress(models.Model):
    """Where somebody of the district reads mail. Sealed: a stolen database tells nobody whom to write to."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, primary_key=True, related_name="notice_address"
    )
    wrapped_key = models.BinaryField()
    sealed = models.BinaryField()
    entered_at = models.DateTimeField()
