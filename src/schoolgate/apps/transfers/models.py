"""Copies that were seen elsewhere: who says so, on what evidence, what it touches, and the letters about it."""

import uuid

from django.db import models

from schoolgate.apps.access.actors import ROLE_TITLES, Actor, Role
from schoolgate.apps.access.kept import without_kept
from schoolgate.apps.agencies.models import Agency, Agreement, SourceDocument
from schoolgate.apps.incidents.models import Report
from schoolgate.apps.people.models import Student, User
from schoolgate.apps.releases.models import Release

HOW = {
    "court_exhibit": "In a court exhibit",
    "letter": "In a letter",
    "news_report": "In a news report",
    "own_answer": "In an agency's own answer about where its copies went",
    "family_told": "Told by a family",
    "other": "From another source",
}
# Only an agency says this of itself.
OWN_ANSWER = "own_answer"


# From a case to the students whom it is about, and from what was told to those whose family told it.
_IN_REPORT = "incident__participants__student"
OF_CASE = (
    f"report__{_IN_REPORT}",
    f"release__request__report__{_IN_REPORT}",
    f"touches__release__request__report__{_IN_REPORT}",
    "letters__student",
)
TOLD_BY_FAMILY = ("reported_by__guardian__relations__student", "reported_by__student")


class State(models.TextChoices):
    """Where a report that a copy moved on stands."""

    REPORTED = "reported", "Waits for the office"
    ACCEPTED = "accepted", "Accepted: a case is open"
    REJECTED = "rejected", "Not accepted"
    CLOSED = "closed", "Case closed"
    WITHDRAWN = "withdrawn", "Withdrawn: it was accepted in error"


class TransferQuerySet(models.QuerySet["Transfer"]):
    """What was reported, by who may see it."""

    def visible_to(self, actor: Actor) -> "TransferQuerySet":
        """The office sees all but of its own children; everybody else what they reported, in the role they did it in.

        What a child's other parent, or the child, told of a copy is no more for a parent in the office than the case.
        """
        if actor.in_office:
            return without_kept(self, actor, *TOLD_BY_FAMILY, *(f"case__{way}" for way in OF_CASE))
        if actor.role is Role.PUBLIC:
            return self.none()
        return self.filter(reported_by=actor.user_id, reported_as=actor.role)


class Transfer(models.Model):
    """Word that a copy moved on from one agency to another: a tip, until the office accepts it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.CharField(max_length=20, unique=True)
    reported_by = models.ForeignKey(User, on_delete=models.PROTECT)
    reported_as = models.CharField(max_length=20)
    reported_at = models.DateTimeField()
    # Null where the agency is not in the network yet: its name stands in the sealed words.
    giver = models.ForeignKey(Agency, null=True, on_delete=models.PROTECT, related_name="+")
    receiver = models.ForeignKey(Agency, null=True, on_delete=models.PROTECT, related_name="+")
    # The day it moved, or the first and last day on which it may have.
    first_day = models.DateField()
    last_day = models.DateField()
    how = models.CharField(max_length=20, choices=list(HOW.items()))
    # What was written may name a child: sealed (see words.py).
    wrapped_key = models.BinaryField()
    sealed = models.BinaryField()
    document = models.ForeignKey(SourceDocument, null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=20, choices=State.choices, default=State.REPORTED)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    # Why it was not accepted, or why the case was closed, opened again or withdrawn.
    reason_key = models.BinaryField(null=True)
    sealed_reason = models.BinaryField(null=True)

    objects = TransferQuerySet.as_manager()

    class Meta:
        ordering = ["-reported_at"]

    def __str__(self) -> str:
        return self.number

    # The name of whoever told it, where the directory holds it: `selectors.with_tellers` puts it here.
    teller = ""

    @property
    def told_by(self) -> str:
        """Who told it, and in which role."""
        return f"{self.teller or self.reported_by.display_name} ({ROLE_TITLES[Role(self.reported_as)].lower()})"


class CaseQuerySet(models.QuerySet["Case"]):
    """Cases by who may see them."""

    def visible_to(self, actor: Actor) -> "CaseQuerySet":
        """The office's alone, but of its own children: a family sees what touches its own child in its account."""
        if not actor.in_office:
            return self.none()
        return without_kept(self, actor, *OF_CASE, *(f"transfer__{way}" for way in TOLD_BY_FAMILY))


class Case(models.Model):
    """What follows from a transfer that was accepted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    transfer = models.OneToOneField(Transfer, on_delete=models.PROTECT)
    agreement = models.OneToOneField(Agreement, on_delete=models.PROTECT)
    opened_at = models.DateTimeField()
    # The copy or the report that was seen, where anybody knows.
    release = models.ForeignKey(Release, null=True, on_delete=models.PROTECT, related_name="+")
    report = models.ForeignKey(Report, null=True, on_delete=models.PROTECT, related_name="+")
    # How it was learned, as the office found it; what was told stands in the transfer.
    how = models.CharField(max_length=20, choices=list(HOW.items()))
    # When it was last worked out whom this touches.
    looked_at = models.DateTimeField()
    # When and by whom letters to a watched agency were asked for; without it none is drafted.
    watched_asked_at = models.DateTimeField(null=True)
    watched_asked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    objects = CaseQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at"]

    def __str__(self) -> str:
        return self.transfer.number

    @property
    def letters_line(self) -> str:
        """How its letters stand, in words."""
        states = [one.state for one in self.letters.all()]
        told = [
            f"{states.count(state)} {word}"
            for state, word in (("draft", "for counsel"), ("approved", "to send"), ("sent", "sent"))
            if state in states
        ]
        return ", ".join(told) or "none"


class Touch(models.Model):
    """A disclosure of ours that the transfer touches, or may."""

    CERTAIN, POSSIBLE = "certain", "possible"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="touches")
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="touches")
    standing = models.CharField(max_length=10, choices=[(CERTAIN, "Certain"), (POSSIBLE, "Possible")])
    # A code of `touching.WHY`, and the agencies' short names from ours to the giver.
    why = models.CharField(max_length=20)
    path = models.JSONField(default=list)

    class Meta:
        ordering = ["standing", "release__released_at"]
        constraints = [models.UniqueConstraint(fields=["case", "release"], name="one_touch_a_release")]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.release_id}"


class CaseAnswer(models.Model):
    """What a person answered to one question of a case. The newest answer counts: the one with the highest id."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="answers")
    # A code of `asking.QUESTIONS`.
    fact = models.CharField(max_length=40)
    # Null: asked and not known.
    value = models.BooleanField(null=True)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT)
    answered_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.fact


class LetterState(models.TextChoices):
    """Where a letter stands."""

    DRAFT = "draft", "Draft, for counsel"
    APPROVED = "approved", "Approved by counsel"
    SENT = "sent", "Sent"


class Letter(models.Model):
    """A letter about a case. The program drafts it and prints it; people send it."""

    PURGE, ACCOUNT, FAMILY, NOTE = "purge", "account", "family", "note"
    KINDS = (
        (PURGE, "Letter to remove a copy"),
        (ACCOUNT, "Request for an account"),
        (FAMILY, "Notice to a family"),
        (NOTE, "Note for the disclosure record"),
    )

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.CharField(max_length=20, unique=True)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="letters")
    kind = models.CharField(max_length=10, choices=KINDS)
    agency = models.ForeignKey(Agency, null=True, on_delete=models.PROTECT, related_name="+")
    student = models.ForeignKey(Student, null=True, on_delete=models.PROTECT, related_name="+")
    release = models.ForeignKey(Release, null=True, on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=10, default="en")
    # The provisions it rests on, by id.
    cites = models.JSONField(default=list)
    drafted_at = models.DateTimeField()
    # The day by which the office asks for an answer. No statute gives one.
    answer_by = models.DateField(null=True)
    wrapped_key = models.BinaryField()
    sealed = models.BinaryField()
    # Whether a person changed the drafted words.
    edited = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=LetterState.choices, default=LetterState.DRAFT)
    approved_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True)
    sent_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["kind", "number"]
        # One letter of a kind to each: an agency, a student, the record of a copy, or the record of the report.
        constraints = [
            models.UniqueConstraint(
                fields=["case", "kind", "agency"],
                condition=models.Q(agency__isnull=False),
                name="one_letter_an_agency",
            ),
            models.UniqueConstraint(
                fields=["case", "kind", "student"],
                condition=models.Q(student__isnull=False),
                name="one_letter_a_student",
            ),
            models.UniqueConstraint(
                fields=["case", "kind", "release"],
                condition=models.Q(release__isnull=False),
                name="one_letter_a_copy",
            ),
            models.UniqueConstraint(
                fields=["case", "kind"],
                condition=models.Q(agency__isnull=True, student__isnull=True, release__isnull=True),
                name="one_letter_a_report",
            ),
        ]

    def __str__(self) -> str:
        return self.number
