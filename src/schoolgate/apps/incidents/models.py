"""Incidents, their participants, and reports with their versions."""

import uuid
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import models

from schoolgate.apps.access.actors import FAMILY, SCHOOL, Actor, Role
from schoolgate.apps.access.moment import today
from schoolgate.apps.agencies.models import Agency
from schoolgate.apps.people.glass.models import BrokenGlass
from schoolgate.apps.people.models import StaffMember, Student, User
from schoolgate.apps.schools.models import School

# Models of this app that stand in a module of their own: Django must meet them here.
from .feeds import models as _feed_models  # noqa: F401
from .vocabulary import MEMO, RECORD_KINDS, REPORT_KINDS

PLACES = {
    "classroom": "Classroom",
    "hallway": "Hallway or stairs",
    "cafeteria": "Cafeteria",
    "grounds": "School grounds",
    "bus": "School bus",
    "bus_stop": "Bus stop",
    "on_the_way": "On the way to or from school",
    "activity": "School activity elsewhere",
    "other": "Other",
}
INCIDENT_KINDS = {
    "attempted_fight_mediated": "Argument or attempted fight, settled at school",
    "fight": "Fight",
    "assault_and_battery": "Assault and battery",
    "threat": "Threat",
    "weapon_possession": "Weapon found",
    "drug_possession": "Drugs found",
    "larceny": "Theft",
    "vandalism": "Vandalism",
    "bullying": "Bullying",
    "harassment": "Harassment",
    "medical": "Medical emergency",
    "imported": "As described by the student information system",
    "other": "Other",
}
PARTICIPANT_ROLES = {
    "involved": "Took part",
    "harmed": "Was harmed",
    "witness": "Saw it",
    "responded": "Responded",
    "reported": "Reported it",
    # Only from a feed whose code nobody has explained.
    "unknown": "Not said",
}
ALLEGATION_STATES = {
    "unverified": "Nobody has checked this",
    "corroborated": "Corroborated",
    "contested": "Contested by the family",
    "withdrawn": "Withdrawn",
}


class FeedWords(models.Model):
    """Free text and names that a feed gives about a row, sealed under a key of their own; see `words.py`."""

    feed_wrapped_key = models.BinaryField(null=True)
    feed_sealed = models.BinaryField(null=True)

    class Meta:
        abstract = True


class IncidentQuerySet(models.QuerySet["Incident"]):
    """Incidents by who may know of them."""

    def told_openly(self) -> "IncidentQuerySet":
        """Those that lists and figures may count: without what only a memo kept apart tells, and what is expunged."""
        return self.filter(apart=False, expunged_at__isnull=True)


class Incident(FeedWords):
    """What happened."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    school = models.ForeignKey(School, on_delete=models.PROTECT)
    occurred_on = models.DateField(db_index=True)
    place = models.CharField(max_length=20, choices=list(PLACES.items()))
    kind = models.CharField(max_length=40, choices=list(INCIDENT_KINDS.items()))
    # "school:identifier", since the feed's identifier is unique within a school only.
    feed_key = models.CharField(max_length=90, unique=True, null=True, blank=True)
    # HMAC of the row that the feed last sent: tells whether it changed.
    feed_mark = models.BinaryField(max_length=16, null=True)
    # Behaviour descriptors exactly as the feed names them, or the codes of `codes.toml`.
    behaviors = models.JSONField(default=list)
    # Known from a mandated reporter's memo alone: in nobody's list, count or export.
    apart = models.BooleanField(default=False)
    expunged_at = models.DateTimeField(null=True, blank=True)
    # Its other descriptors, and how many outsiders were ever numbered, so that no token is given twice.
    feed_codes = models.JSONField(default=dict)
    # Whether the feed says that the police were told. Unknown is not false.
    reported_to_police = models.BooleanField(null=True)

    objects = IncidentQuerySet.as_manager()

    class Meta:
        ordering = ["-occurred_on"]
        indexes = [models.Index(fields=["school", "occurred_on"], name="incidents_by_school_and_day")]


class Participant(FeedWords):
    """A person in an incident, called by a token in every text about it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="participants")
    # "P1" a student, "S1" staff, "O1" someone from outside.
    token = models.CharField(max_length=6)
    role = models.CharField(max_length=20, choices=list(PARTICIPANT_ROLES.items()))
    student = models.ForeignKey(Student, on_delete=models.PROTECT, null=True, blank=True, related_name="participations")
    staff = models.ForeignKey(StaffMember, on_delete=models.PROTECT, null=True, blank=True)
    # What the feed's rows say of the person, a row an entry: descriptors and the row's HMAC.
    feed_codes = models.JSONField(default=list)
    # The version of the report that names the person no longer. The token is never given to anybody else.
    left_with = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["token"]
        constraints = [models.UniqueConstraint(fields=["incident", "token"], name="one_token_a_person")]


class DisciplineAction(models.Model):
    """A discipline that a feed says was imposed on one student."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="discipline_actions")
    # The school that is responsible for the student.
    school = models.ForeignKey(School, on_delete=models.PROTECT)
    imposed_on = models.DateField()
    # Discipline descriptors exactly as the feed names them.
    disciplines = models.JSONField(default=list)
    # In school days.
    length = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    actual_length = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    incidents = models.ManyToManyField(Incident, related_name="discipline_actions")
    # HMAC of the feed's key, which holds the student's number, and of the row it last sent.
    feed_key = models.BinaryField(max_length=16, unique=True)
    feed_mark = models.BinaryField(max_length=16)

    class Meta:
        ordering = ["-imposed_on"]


class ReportQuerySet(models.QuerySet["Report"]):
    """Reports by who may see them."""

    def visible_to(self, actor: Actor) -> "ReportQuerySet":
        """The reports that the actor may know of, in one query.

        The office sees all; a principal those of the school; staff those they filed or responded in; a guardian
        those in which their child takes part, unless an order sealed them. Principals and staff look back as far as
        the district lets them. A memo of a mandated report is seen by its author, the principal whom it does not
        concern, and counsel. Nobody else sees any, and nobody what was expunged. In a role of their work nobody sees
        a report that their own child is in, or a child from whose record they are limited.
        """
        rows = self.filter(expunged_at__isnull=True)
        if actor.kept_from:
            rows = rows.exclude(models.Exists(_parts().filter(student__in=actor.kept_from)))
        if actor.role is Role.COUNSEL:
            return rows
        if actor.role is Role.RECORDS_OFFICER:
            return rows.exclude(kind=MEMO)
        if actor.role is Role.PRINCIPAL:
            may = models.Q(filed_by=actor.user_id) | ~models.Exists(_parts().filter(staff__user=actor.user_id))
            rows = rows.filter(~models.Q(kind=MEMO) | may, school__in=actor.schools)
            return rows.filter(incident__occurred_on__gte=earliest_day(Role.PRINCIPAL))
        if actor.role is Role.STAFF:
            # Each half is found by its own index; joined by "or" they would be looked for in every row.
            lately = models.Q(incident__occurred_on__gte=earliest_day(Role.STAFF))
            here = Report.objects.filter(lately, school__in=actor.schools).order_by().values("pk")
            parts = Participant.objects.filter(staff__user=actor.user_id, left_with__isnull=True)
            responded = here.filter(incident__in=parts.values("incident")).exclude(kind=MEMO)
            return rows.filter(pk__in=here.filter(filed_by=actor.user_id).union(responded))
        if actor.role in FAMILY:
            child = models.Exists(_parts().filter(student__in=actor.children, left_with__isnull=True))
            return rows.filter(child, sealed_at__isnull=True).exclude(kind=MEMO)
        return self.none()

    def in_a_list(self) -> models.QuerySet["Report", Any]:
        """What a list says of each, as named tuples: no objects, of which a page would need three a row."""
        said = self.annotate(
            happened=models.F("incident__occurred_on"), what=models.F("incident__kind"), where=models.F("school__name")
        )
        return said.values_list(
            "pk", "number", "kind", "filed_at", "sealed_at", "waits_for_principal", "happened", "what", "where",
            named=True,
        )  # fmt: skip

    def open_in_an_emergency(self) -> "ReportQuerySet":
        """Those that a broken glass can show: none that an order shut or that is gone, and no mandated memo."""
        return self.filter(expunged_at__isnull=True, sealed_at__isnull=True, incident__apart=False).exclude(kind=MEMO)

    def behind_glass(self, actor: Actor) -> "ReportQuerySet":
        """What the actor's broken glass shows at this moment, in one query: nothing without one.

        Of its one student or incident, whatever the school and the age. What tells of a student to whom the actor is,
        or was, related is left out: a parent whom an order keeps away may work at a school. The glass is asked for
        anew, so that an actor whom a queue or a download has kept opens nothing after it ended.
        """
        glass = actor.glass
        if glass is None or actor.role not in SCHOOL:
            return self.none()
        lasts = models.Exists(BrokenGlass.objects.live().filter(pk=glass.id, user=actor.user_id))
        rows = self.open_in_an_emergency().filter(lasts)
        related = models.Q(student__relations__guardian__user=actor.user_id)
        limited = models.Q(student__limits__guardian__user=actor.user_id)
        rows = rows.exclude(models.Exists(_parts().filter(related | limited)))
        if glass.student is not None:
            return rows.filter(models.Exists(_parts().filter(student=glass.student, left_with__isnull=True)))
        return rows.filter(incident=glass.incident)

    def to_ask_for(self) -> "ReportQuerySet":
        """Those that a request can be about: none that an order keeps shut, and no memo that is kept apart."""
        return self.filter(sealed_at__isnull=True).exclude(kind=MEMO)


def _parts() -> models.QuerySet[Participant]:
    """The people of the report's incident, within a query over reports."""
    return Participant.objects.filter(incident=models.OuterRef("incident"))


def earliest_day(role: Role) -> date:
    """The day of the oldest incident that a school's role may look back to: need to know fades with age."""
    return today() - timedelta(days=settings.LOOK_BACK_DAYS[role.value])


class Report(models.Model):
    """A document about an incident, with versions."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.CharField(max_length=20, unique=True)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="reports")
    # The incident's, said again: so that a school's reports are read in their order, however many a district has.
    school = models.ForeignKey(School, on_delete=models.PROTECT, editable=False)
    kind = models.CharField(max_length=20, choices=list(REPORT_KINDS.items()))
    filed_by = models.ForeignKey(User, on_delete=models.PROTECT)
    filed_at = models.DateTimeField()
    # Since when an order keeps it shut, and since when there is nothing left to open.
    sealed_at = models.DateTimeField(null=True, blank=True)
    expunged_at = models.DateTimeField(null=True, blank=True)
    # Whether its newest version waits for a principal's word.
    waits_for_principal = models.BooleanField(default=False)

    objects = ReportQuerySet.as_manager()

    class Meta:
        ordering = ["-filed_at"]
        indexes = [
            models.Index(fields=["filed_at", "id"], name="incidents_by_filing"),
            models.Index(fields=["school", "filed_at", "id"], name="incidents_by_school_and_filing"),
            models.Index(
                fields=["school"], condition=models.Q(waits_for_principal=True), name="incidents_waiting_reports"
            ),
            models.Index(
                fields=["filed_at"], condition=models.Q(sealed_at__isnull=False), name="incidents_sealed_reports"
            ),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - the base class's signature
        """Save it, with its incident's school."""
        if self._state.adding:
            self.school_id = self.incident.school_id
        super().save(*args, **kwargs)

    @property
    def apart(self) -> bool:
        """Whether it is kept apart from every list, search, request and export of others."""
        return self.kind == MEMO

    @property
    def record_kind(self) -> str:
        """What the law's cases call this kind of record."""
        return RECORD_KINDS.get(self.kind, self.kind)


class ReportVersion(models.Model):
    """One signed state of a report, sealed under a key of its own. Never overwritten."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    # Destroying this destroys the text: `sealed` opens with nothing else.
    wrapped_key = models.BinaryField()
    sealed = models.BinaryField()
    # None for what a rule of the district took out by itself when its day came.
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True)
    signed_at = models.DateTimeField()
    # The principal's word, where the kind of report asks for it.
    signed_off_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    signed_off_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["report", "number"], name="one_version_a_number")]


class ReportStep(models.Model):
    """Something that must follow a report, as `steps.toml` says for its kind."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="steps")
    code = models.CharField(max_length=30)
    place = models.PositiveSmallIntegerField()
    # None where no statute that was read gives a number of days, or what it counts from is still to be done.
    due_on = models.DateField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["place"]
        constraints = [models.UniqueConstraint(fields=["report", "code"], name="incidents_a_step_once")]


class AllegationReview(models.Model):
    """When somebody must look again at what was only said; the words stay sealed in the report."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="reviews")
    # The claim's own id within the report.
    claim = models.CharField(max_length=12)
    review_on = models.DateField(db_index=True)
    # From this day on it leaves the report, unless somebody has confirmed it.
    expires_on = models.DateField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["review_on"]
        constraints = [models.UniqueConstraint(fields=["report", "claim"], name="incidents_one_review_a_claim")]
        indexes = [
            models.Index(
                fields=["review_on"], condition=models.Q(settled_at__isnull=True), name="incidents_open_reviews"
            )
        ]


class OrderKind(models.TextChoices):
    """What a court or the law orders about a report."""

    SEAL = "seal", "Seal it"
    UNSEAL = "unseal", "Open it again"
    EXPUNGE = "expunge", "Expunge it"


class CourtOrder(models.Model):
    """An order about a report: one person of the office enters it, and what opens or destroys waits for another."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="orders")
    kind = models.CharField(max_length=10, choices=OrderKind.choices)
    dated_on = models.DateField()
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    carried_out_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    carried_out_at = models.DateTimeField(null=True, blank=True)
    # Court and docket may lead to the child: sealed, and destroyed with what is expunged.
    wrapped_key = models.BinaryField(null=True, blank=True)
    sealed = models.BinaryField(null=True, blank=True)

    class Meta:
        ordering = ["-entered_at"]


class ToldHow(models.TextChoices):
    """How a holder of a copy was told that the report is expunged."""

    LETTER = "letter", "By letter"
    MAIL = "mail", "By e-mail, without a word of the child"
    HANDED = "handed", "By hand"


class HolderTold(models.Model):
    """That a holder of a copy of an expunged report was told, and asked to destroy it. Nothing in it names a child."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    order = models.ForeignKey(CourtOrder, on_delete=models.PROTECT, related_name="told")
    # The copy's number, and who has it.
    copy = models.CharField(max_length=20)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    told_on = models.DateField()
    how = models.CharField(max_length=10, choices=ToldHow.choices)
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()

    class Meta:
        ordering = ["entered_at"]
        constraints = [models.UniqueConstraint(fields=["order", "copy", "agency"], name="incidents_a_holder_told_once")]


class SealedOpening(models.Model):
    """Counsel opened a sealed report once. The reason may name a child: sealed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="openings")
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    wrapped_key = models.BinaryField()
    sealed_reason = models.BinaryField()

    class Meta:
        ordering = ["-opened_at"]


class Draft(models.Model):
    """A report being written: seen by its author alone, sealed like a report, deleted when signed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    author = models.ForeignKey(User, on_delete=models.CASCADE)
    school = models.ForeignKey(School, on_delete=models.CASCADE)
    wrapped_key = models.BinaryField()
    sealed = models.BinaryField()
    saved_at = models.DateTimeField()
    # The report that it corrects, and the version that was the newest when the correction began.
    corrects = models.ForeignKey(Report, on_delete=models.CASCADE, null=True, blank=True)
    base = models.PositiveSmallIntegerField(null=True, blank=True)
