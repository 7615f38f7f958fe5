"""What signing in keeps: sessions, sealed secrets of factors, events, changes that need two people."""

import uuid

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models


class SignInSession(AbstractBaseSession):
    """A session. `session_key` holds a digest of the cookie's value: a copy of the database opens no session.

    To end a session is to delete its row: the next request finds none.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="sessions")
    began_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    # What sort of device, from a closed list; never the browser's own words.
    device = models.CharField(max_length=40, default="")
    factor = models.CharField(max_length=20, default="")

    class Meta(AbstractBaseSession.Meta):
        abstract = False


class FactorSecret(models.Model):
    """The secret of a one-time-code app or of the recovery codes, sealed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    wrapped_key = models.BinaryField()
    sealed = models.BinaryField()


class CodeStep(models.Model):
    """The last time step whose one-time code somebody used: that code and all before it are spent, at every worker."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, primary_key=True)
    last = models.BigIntegerField(default=0)


class SharedAttempt(models.Model):
    """The table of Django's database cache: attempts are counted for all workers together."""

    cache_key = models.CharField(primary_key=True, max_length=255)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "people_sharedattempt"


class EventKind(models.TextChoices):
    """What can happen at the door."""

    SIGNED_IN = "signed_in", "Signed in"
    SIGNED_OUT = "signed_out", "Signed out"
    PASSWORD_REFUSED = "password_refused", "Name or password refused"
    FACTOR_REFUSED = "factor_refused", "Second factor refused"
    DISTRICT_REFUSED = "district_refused", "Answer of the district's sign-in refused"
    CONFIRMED_AGAIN = "confirmed_again", "Confirmed again"
    FACTOR_ADDED = "factor_added", "Second factor added"
    FACTOR_REMOVED = "factor_removed", "Second factor removed"
    CODES_RENEWED = "codes_renewed", "Recovery codes renewed"
    FACTORS_RESET = "factors_reset", "Second factors reset by the office"
    PASSWORD_CHANGED = "password_changed", "Password changed"
    SESSION_ENDED = "session_ended", "Session ended"
    ACCOUNT_CLOSED = "account_closed", "Account closed"
    ACCOUNT_REOPENED = "account_reopened", "Account reopened"
    PASSWORD_GIVEN = "password_given", "A new first password was given"


class SignInEvent(models.Model):
    """One thing that happened at the door; insert-only. No password, no typed name, no address in clear."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(db_index=True)
    what = models.CharField(max_length=20, choices=EventKind.choices)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    factor = models.CharField(max_length=20, default="")
    # A code of ours that says why, such as the check that an answer failed.
    why = models.CharField(max_length=40, default="")
    device = models.CharField(max_length=40, default="")
    # Under the installation's key, 16 bytes: the same network or typed name is recognised, and neither can be read.
    network = models.BinaryField(max_length=16, null=True)
    typed_name = models.BinaryField(max_length=16, null=True)


class DistrictIdentity(models.Model):
    """Whom the district's own sign-in means by an identifier. Entered by the district, never learnt from an answer."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="identities")
    # HMAC of issuer and identifier under the installation's key.
    identifier_index = models.BinaryField(max_length=32, unique=True)
    entered_at = models.DateTimeField()


class ChangeKind(models.TextChoices):
    """What the office may change about somebody's sign-in, two people together."""

    RESET_FACTORS = "reset_factors", "Reset the second factors"
    SET_IDENTITY = "set_identity", "Tie to the district's sign-in"
    REOPEN = "reopen", "Reopen the account"
    FIRST_PASSWORD = "first_password", "Give a new first password"


class ChangeReason(models.TextChoices):
    """Why; a closed list, since words about a person would have to be sealed."""

    LOST = "lost", "The device is lost or broken"
    NEW = "new", "The person has a new device"
    SUSPECTED = "suspected", "Somebody else may have used it"
    MISTAKE = "mistake", "It was done by mistake"
    BEGIN = "begin", "The person begins or comes back"
    LEFT = "left", "The person has left"


class SignInChange(models.Model):
    """A change of somebody's sign-in that one person asks for and another settles."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="sign_in_changes")
    what = models.CharField(max_length=20, choices=ChangeKind.choices)
    reason = models.CharField(max_length=20, choices=ChangeReason.choices)
    identifier_index = models.BinaryField(max_length=32, null=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True)
    agreed = models.BooleanField(null=True)
    # When the person was told on the screen.
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(settled_by__isnull=True) | ~models.Q(settled_by=models.F("asked_by")),
                name="change_settled_by_another",
            ),
            models.UniqueConstraint(
                fields=["user", "what"], condition=models.Q(settled_at__isnull=True), name="one_open_change"
            ),
        ]
