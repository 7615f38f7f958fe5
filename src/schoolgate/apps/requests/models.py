"""Requests, what was answered about them, decisions and confirmations."""

import uuid
from typing import Any

from django.db import models

from schoolgate.apps.access.actors import Actor, Role
from schoolgate.apps.access.kept import without_kept
from schoolgate.apps.agencies.models import Agency
from schoolgate.apps.incidents.models import Report
from schoolgate.apps.people.models import Student, User

INSTRUMENTS = {
    "none": "No paper",
    "consent": "Signed consent of a parent",
    "subpoena": "Subpoena",
    "grand_jury_subpoena": "Grand jury subpoena",
    "judicial_warrant": "Warrant signed by a judge",
    "court_order": "Court order",
    "administrative_warrant": "Administrative warrant (I-200, I-205)",
    "administrative_subpoena": "Administrative subpoena (I-138 and others)",
    "demand_letter": "Letter",
    "emergency": "Emergency, no time for paper",
    "statutory_report": "A filing that a statute requires",
}


class State(models.TextChoices):
    """Where a request stands."""

    RECEIVED = "received", "Received"
    MATCHED = "matched", "Matched to a report"
    DECIDED = "decided", "Decided, not yet confirmed"
    CONFIRMED = "confirmed", "Confirmed, waiting to leave"
    RELEASED = "released", "Released"
    REFUSED = "refused", "Refused"


# The allowed moves. A question answered later sends a decided request back through a new decision.
MOVES: dict[State, frozenset[State]] = {
    State.RECEIVED: frozenset({State.MATCHED, State.DECIDED}),
    State.MATCHED: frozenset({State.DECIDED}),
    State.DECIDED: frozenset({State.DECIDED, State.CONFIRMED, State.REFUSED}),
    State.CONFIRMED: frozenset({State.RELEASED, State.DECIDED}),
    State.RELEASED: frozenset(),
    State.REFUSED: frozenset(),
}


class RequestQuerySet(models.QuerySet["Request"]):
    """Requests by who may see them."""

    def visible_to(self, actor: Actor) -> "RequestQuerySet":
        """The office sees all, an agency its own. Families see theirs through their account.

        Whoever in the office is a parent of a child in the report, or limited from its record, leaves it to another.
        """
        if actor.in_office:
            return without_kept(self, actor, "report__incident__participants__student")
        if actor.role is Role.AGENCY_USER:
            return self.filter(agency=actor.agency)
        return self.none()

    def on_the_desk(self) -> models.QuerySet["Request", Any]:
        """What the office's desk says of each, as named tuples: no objects, of which a page would need two a row."""
        said = self.annotate(who=models.F("agency__name"))
        return said.values_list("pk", "number", "who", "instrument", "received_at", "state", named=True)

    def of_an_agency(self) -> models.QuerySet["Request", Any]:
        """What an agency's own list says of each, with the copy that left, as named tuples."""
        said = self.annotate(copy=models.F("release__pk"), copy_number=models.F("release__number"))
        return said.values_list("pk", "number", "instrument", "received_at", "state", "copy", "copy_number", named=True)


class Request(models.Model):
    """An agency's ask, with its instrument."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.CharField(max_length=20, unique=True)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT)
    received_at = models.DateTimeField()
    instrument = models.CharField(max_length=40, choices=list(INSTRUMENTS.items()))
    purpose = models.CharField(max_length=40)
    # What the agency wrote (whom, when, why) may name a child: sealed.
    wrapped_key = models.BinaryField()
    sealed = models.BinaryField()
    report = models.ForeignKey(Report, on_delete=models.PROTECT, null=True, blank=True, related_name="requests")
    # The report's students whom the paper names, by token; the others are decided on as others.
    named_tokens = models.JSONField(default=list)
    state = models.CharField(max_length=20, choices=State.choices, default=State.RECEIVED)

    objects = RequestQuerySet.as_manager()

    class Meta:
        ordering = ["received_at"]
        indexes = [
            models.Index(
                fields=["received_at", "id"],
                condition=models.Q(state__in=["received", "matched", "decided", "confirmed"]),
                name="requests_open_by_arrival",
            ),
            models.Index(fields=["agency", "received_at", "id"], name="requests_by_agency_and_arrival"),
        ]


class FactAnswer(models.Model):
    """What a person answered to one question of the law. The newest answer counts: the one with the highest id."""

    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="answers")
    # The name of a fact, or the id of a provision that asks counsel.
    fact = models.CharField(max_length=80)
    value = models.JSONField()
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT)
    answered_at = models.DateTimeField()


class Decision(models.Model):
    """The law's answer on a day, under a rulebook whose digest is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="decisions")
    # 1, 2, 3 within a request: the highest one counts.
    number = models.PositiveSmallIntegerField()
    decided_at = models.DateTimeField()
    law_date = models.DateField()
    outcome = models.CharField(max_length=20)
    rulebook = models.CharField(max_length=40)
    rulebook_digest = models.CharField(max_length=64)
    # The case and the decision as the engine wrote them: categories and facts, no name, no narrative.
    case = models.JSONField()
    document = models.JSONField()

    class Meta:
        ordering = ["-number"]
        get_latest_by = "number"
        constraints = [models.UniqueConstraint(fields=["request", "number"], name="one_decision_a_number")]


class Obligation(models.Model):
    """Something that must be done because of a decision."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="obligations")
    name = models.CharField(max_length=60)
    citation = models.CharField(max_length=120)
    due = models.DateField(null=True)
    fulfilled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["due", "name"]


class FamilyNotice(models.Model):
    """Word to a family that their child's record is about to leave, given before it does."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="notices")
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="notices")
    language = models.CharField(max_length=10)
    given_at = models.DateTimeField()
    # The copy may leave on this day, not before.
    not_before = models.DateField()


class Proposal(models.Model):
    """Counsel's proposal to permit more than the engine did, with a reason, waiting for a second person."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="proposals")
    elements = models.JSONField()
    wrapped_key = models.BinaryField()
    sealed_reason = models.BinaryField()
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="proposals")
    proposed_at = models.DateTimeField()


class Confirmation(models.Model):
    """The person's word: the same as the decision, stricter, or (with a proposal) looser."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT)
    # Element -> whether it may leave.
    elements = models.JSONField()
    stricter = models.BooleanField(default=False)
    proposal = models.OneToOneField(Proposal, on_delete=models.PROTECT, null=True, blank=True)
    confirmed_by = models.ForeignKey(User, on_delete=models.PROTECT)
    confirmed_at = models.DateTimeField()
