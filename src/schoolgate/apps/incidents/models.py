"""Incidents, their participants, and reports with their versions."""

import uuid

from django.db import models

from schoolgate.apps.access.actors import FAMILY, Actor, Role
from schoolgate.apps.people.models import StaffMember, Student, User
from schoolgate.apps.schools.models import School

PLACES = {
    "classroom": "Classroom",
    "hallway": "Hallway or stairs",
    "cafeteria": "Cafeteria",
    "grounds": "School grounds",
    "bus": "School bus",
    "bus_stop": "Bus stop or on the way",
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
REPORT_KINDS = {"incident_report": "Incident report", "weapon_report": "Weapon report"}
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
    # Behaviour descriptors exactly as the feed names them.
    behaviors = models.JSONField(default=list)
    # Its other descriptors, and how many outsiders were ever numbered, so that no token is given twice.
    feed_codes = models.JSONField(default=dict)
    # Whether the feed says that the police were told. Unknown is not false.
    reported_to_police = models.BooleanField(null=True)

    class Meta:
        ordering = ["-occurred_on"]


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
        those in which their child took part. Nobody else sees any.
        """
        if actor.in_office:
            return self
        if actor.role is Role.PRINCIPAL:
            return self.filter(incident__school__in=actor.schools)
        if actor.role is Role.STAFF:
            mine = models.Q(filed_by=actor.user_id) | models.Exists(
                Participant.objects.filter(incident=models.OuterRef("incident"), staff__user=actor.user_id)
            )
            return self.filter(mine, incident__school__in=actor.schools)
        if actor.role in FAMILY:
            return self.filter(
                models.Exists(
                    Participant.objects.filter(incident=models.OuterRef("incident"), student__in=actor.children)
                )
            )
        return self.none()


class Report(models.Model):
    """A document about an incident, with versions."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.CharField(max_length=20, unique=True)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="reports")
    kind = models.CharField(max_length=20, choices=list(REPORT_KINDS.items()))
    filed_by = models.ForeignKey(User, on_delete=models.PROTECT)
    filed_at = models.DateTimeField()

    objects = ReportQuerySet.as_manager()

    class Meta:
        ordering = ["-filed_at"]


class ReportVersion(models.Model):
    """One signed state of a report, sealed under a key of its own. Never overwritten."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    # Destroying this destroys the text: `sealed` opens with nothing else.
    wrapped_key = models.BinaryField()
    sealed = models.BinaryField()
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT)
    signed_at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["report", "number"], name="one_version_a_number")]


class Draft(models.Model):
    """A report being written: seen by its author alone, sealed like a report, deleted when signed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    author = models.ForeignKey(User, on_delete=models.CASCADE)
    school = models.ForeignKey(School, on_delete=models.CASCADE)
    wrapped_key = models.BinaryField()
    sealed = models.BinaryField()
    saved_at = models.DateTimeField()
