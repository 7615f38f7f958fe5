"""Releases and acknowledgements."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models

from schoolgate.apps.access.actors import FAMILY, Actor, Role
from schoolgate.apps.access.kept import without_kept
from schoolgate.apps.agencies.models import Agency
from schoolgate.apps.people.models import User
from schoolgate.apps.requests.models import Confirmation, Request


class ReleaseQuerySet(models.QuerySet["Release"]):
    """Releases by who may see them."""

    def visible_to(self, actor: Actor) -> "ReleaseQuerySet":
        """The office sees all but of its own children; an agency its own; a family those of their child's reports."""
        if actor.in_office:
            return without_kept(self, actor, "request__report__incident__participants__student")
        if actor.role is Role.AGENCY_USER:
            return self.filter(agency=actor.agency)
        if actor.role in FAMILY:
            return self.filter(request__report__incident__participants__student__in=actor.children).distinct()
        return self.none()


class MarkKey(models.Model):
    """The district's secret from which the invisible marks of copies are made; a new one with each wrapping key.

    An earlier one is kept for as long as a copy that was marked with it may be found somewhere.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    # Of the wrapping keys: a new mark key begins with each.
    epoch = models.CharField(max_length=20, unique=True)
    started_at = models.DateTimeField()
    wrapped_key = models.BinaryField()
    sealed = models.BinaryField()

    class Meta:
        ordering = ["epoch"]


class Release(models.Model):
    """The exact bytes that left."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.CharField(max_length=20, unique=True)
    request = models.OneToOneField(Request, on_delete=models.PROTECT)
    confirmation = models.OneToOneField(Confirmation, on_delete=models.PROTECT)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT)
    released_at = models.DateTimeField()
    wrapped_key = models.BinaryField()
    sealed_copy = models.BinaryField()
    # The version of the report that it was made from; None for what left before this was kept.
    version = models.PositiveSmallIntegerField(null=True, blank=True)
    sha256 = models.CharField(max_length=64)
    pages = models.PositiveSmallIntegerField()
    # With which its invisible marks were made; the copy's number is what they say. None for what left unmarked.
    mark_key = models.ForeignKey(MarkKey, on_delete=models.PROTECT, null=True, blank=True)
    # Which checks the gate made before anything left.
    gate = models.JSONField()
    # Until when the recipient may fetch it; None is the district's usual time after it left.
    expires_at = models.DateTimeField(null=True, blank=True)
    # Since when the recipient may no longer fetch it, whatever was promised; the reason may name a child: sealed.
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    wrapped_reason_key = models.BinaryField(null=True, blank=True)
    sealed_reason = models.BinaryField(null=True, blank=True)
    # Whom the copy could reach on the day it left, as the reach engine computed it (`reaching.Reader`).
    reach = models.JSONField()
    # What is in it, in the words of agreements, and whether it left under the condition not to pass it on.
    kinds = models.JSONField(default=list)
    bound = models.BooleanField(default=False)

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        ordering = ["-released_at"]

    @property
    def fetch_until(self) -> datetime:
        """When the recipient's time to fetch it ends."""
        return self.expires_at or self.released_at + timedelta(days=settings.COPY_DAYS)

    def may_be_fetched(self, moment: datetime) -> bool:
        """Whether the recipient may fetch it at this moment."""
        return self.withdrawn_at is None and moment < self.fetch_until


class Acknowledgement(models.Model):
    """The recipient's word that the copy arrived."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    release = models.OneToOneField(Release, on_delete=models.PROTECT)
    # None for whoever came by a one-time code: then `delivery` says by which.
    acknowledged_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True)
    delivery = models.ForeignKey("Delivery", on_delete=models.PROTECT, null=True, blank=True)
    acknowledged_at = models.DateTimeField()


class AnsweredDifference(models.Model):
    """Counsel's word that a copy may leave although its recipient has an earlier one that shows what it withholds."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    confirmation = models.ForeignKey(Confirmation, on_delete=models.PROTECT, related_name="answered_differences")
    earlier = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="+")
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT)
    answered_at = models.DateTimeField()
    # It may name a child: sealed.
    wrapped_key = models.BinaryField()
    sealed_reason = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["confirmation", "earlier"], name="releases_answered_once")]


class KnownAddress(models.Model):
    """Where an agency is known to read its mail: one person of the office enters it, another confirms it.

    Whoever could change it alone could send every copy somewhere else.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="known_addresses")
    email = models.EmailField()
    # How the office knows that it is theirs; never a child's matter.
    known_by = models.CharField(max_length=200)
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    # When another one took its place, or somebody turned it down.
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-entered_at"]


class Delivery(models.Model):
    """A link that was mailed to an agency's known address. The link alone opens nothing."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="deliveries")
    address = models.ForeignKey(KnownAddress, on_delete=models.PROTECT)
    # SHA-256 of the 32 random bytes in the link.
    token_hash = models.BinaryField(max_length=32, unique=True)
    offered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    offered_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    # When a later link took its place, or the mail could not be sent.
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-offered_at"]


class OneTimeCode(models.Model):
    """A code that was mailed to whoever opened a link: for minutes, for few tries, for once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="codes")
    # HMAC-SHA-256 under a key of the installation: the table alone tells no code, though codes are short.
    code_hash = models.BinaryField(max_length=32)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    wrong = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-sent_at"]


class ReleaseReach(models.Model):
    """Whom of those watched a copy could reach as the network stands: computed again whenever the network changes."""

    release = models.OneToOneField(Release, on_delete=models.PROTECT, related_name="newest_reach")
    computed_at = models.DateTimeField()
    # Of the network that it was computed with.
    network_digest = models.CharField(max_length=64)
    # Those of a watched kind, as in `Release.reach`.
    readers = models.JSONField()


class ReachAlertQuerySet(models.QuerySet["ReachAlert"]):
    """Alerts by who may see them."""

    def visible_to(self, actor: Actor) -> "ReachAlertQuerySet":
        """The office, but of copies about its own children; nobody else."""
        about = "release__request__report__incident__participants__student"
        return without_kept(self, actor, about) if actor.in_office else self.none()

    def open(self) -> "ReachAlertQuerySet":
        """Those that nobody has handled."""
        return self.filter(handled_at__isnull=True)


class ReachAlert(models.Model):
    """A copy that has left could now reach somebody watched by a way that was not open before."""

    class Reason(models.TextChoices):
        """What is new about the way."""

        REACHED = "reached", "There was no way before"
        TERMS = "terms", "Terms that somebody has read now allow it"
        EVIDENCE = "evidence", "It is known better than before"
        EARLIER = "earlier", "It opens earlier than before"
        SHORTER = "shorter", "It is shorter than before"
        ANOTHER = "another", "One more way"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="alerts")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="reach_alerts")
    reason = models.CharField(max_length=10, choices=Reason.choices)
    # The same for the same way on the same evidence, whichever copy takes it: no copy gets two alerts of one key.
    key = models.CharField(max_length=64)
    # The steps: slugs and names of agreement and receiver, and the evidence.
    path = models.JSONField()
    # The slugs of the agreements that opened it.
    opened_by = models.JSONField()
    # The first day on which the copy could get there.
    opens_on = models.DateField()
    raised_at = models.DateTimeField()
    handled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True)
    handled_at = models.DateTimeField(null=True, blank=True)
    # What the office did about it may name a child: sealed.
    wrapped_key = models.BinaryField(null=True, blank=True)
    sealed_note = models.BinaryField(null=True, blank=True)

    objects = ReachAlertQuerySet.as_manager()

    class Meta:
        ordering = ["-raised_at", "id"]
        constraints = [models.UniqueConstraint(fields=["release", "key"], name="releases_no_alert_twice")]


class Watch(models.Model):
    """How the watch on copies that have left stands: one row."""

    network_digest = models.CharField(max_length=64)
    # The terms of each agreement by its slug (`changes.parts_of`): what is new is told by comparing.
    agreements = models.JSONField(default=dict)
    computed_at = models.DateTimeField(null=True)
    # When and with which error it last failed, since it last worked.
    failed_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=80, blank=True)


class ExpungementNotice(models.Model):
    """That the recipient of a copy must be told that the record it was made from was expunged."""

    release = models.OneToOneField(Release, on_delete=models.PROTECT, primary_key=True, related_name="expungement")
    due_at = models.DateTimeField()
    # Empty until the mail has gone, or while the agency has no known address: then the office writes a letter.
    told_at = models.DateTimeField(null=True, blank=True)
    address = models.ForeignKey(KnownAddress, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["due_at"]
