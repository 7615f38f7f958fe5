"""What is remembered of each feed: how far it was read, whom it calls what, and what it has expunged."""

import uuid

from django.db import models

from schoolgate.apps.people.models import Guardian, Student


class Feed(models.Model):
    """One source that is read again and again, such as an API at an address.

    `run` and `progress` stand while an import is unfinished: the next import of the feed goes on there.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    # "edfi https://api.example.org", "oneroster files".
    name = models.CharField(max_length=300, unique=True)
    # Up to where all was read: a change version, or the moment at which the last pull began. Empty: nothing yet.
    watermark = models.CharField(max_length=40, blank=True)
    # How far an unfinished reading has come; holds no data of any person.
    progress = models.TextField(blank=True)
    # Counts of the unfinished run.
    run = models.JSONField(default=dict)
    ended_at = models.DateTimeField(null=True, blank=True)


class FeedPerson(models.Model):
    """Whom a roster means by one of its ids. Several ids of one feed may be one person."""

    id = models.BigAutoField(primary_key=True)
    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="people")
    # "student", "staffmember" or "guardian": the table in which `person` stands.
    kind = models.CharField(max_length=12)
    # HMAC of the feed's own id: it may be the child's number.
    source_index = models.BinaryField(max_length=16)
    person = models.UUIDField(db_index=True)
    # HMAC of the row that this feed last sent: another feed's word leaves it alone.
    mark = models.BinaryField(max_length=16)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["feed", "kind", "source_index"], name="incidents_one_person_a_feed_id")
        ]


class FeedRelation(models.Model):
    """That a roster calls an adult a student's parent or guardian. It says nothing of custody: no access follows.

    The office may begin a relation on a paper; this only tells it whom the school's roster names.
    """

    id = models.BigAutoField(primary_key=True)
    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="relations")
    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="named_adults")
    guardian = models.ForeignKey(Guardian, on_delete=models.CASCADE, related_name="named_students")
    # The feed's words, such as "parent".
    roles = models.JSONField(default=list)
    starts = models.DateField(null=True, blank=True)
    ends = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["feed", "student", "guardian"], name="incidents_one_named_adult")
        ]


class GoneIncident(models.Model):
    """An incident that its source has deleted: expunged here as soon as nothing holds it."""

    incident = models.OneToOneField(
        "incidents.Incident", on_delete=models.CASCADE, primary_key=True, related_name="gone"
    )
    noticed_at = models.DateTimeField()
    expunged_at = models.DateTimeField(null=True, blank=True)
    # What holds it for now, as the rooms below say it: "open_request", "litigation". Empty: nothing, or not asked yet.
    held_for = models.CharField(max_length=20, blank=True)
