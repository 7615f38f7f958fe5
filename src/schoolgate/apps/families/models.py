"""What families say about their child's record."""

import uuid

from django.db import models

from schoolgate.apps.incidents.models import Report
from schoolgate.apps.people.models import Guardian, Student


class Objection(models.Model):
    """A family's word that something in a report is wrong (603 CMR 23.08, 34 CFR 99.20)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="objections")
    student = models.ForeignKey(Student, on_delete=models.PROTECT)
    # None where the student says it.
    guardian = models.ForeignKey(Guardian, on_delete=models.PROTECT, null=True)
    wrapped_key = models.BinaryField()
    sealed_text = models.BinaryField()
    made_at = models.DateTimeField()
    # The principal's written decision is owed by this day.
    decision_due = models.DateField()
