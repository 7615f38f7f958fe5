"""Agencies and the agreements between them."""

import uuid

from django.db import models

RECIPIENT_KINDS = {
    "local_police": "Local police",
    "state_police": "State or transit police",
    "school_resource_officer": "School resource officer",
    "fusion_center": "Fusion center (regional intelligence)",
    "federal_immigration": "Federal immigration enforcement",
    "federal_other": "Other federal agency",
    "prosecutor": "Prosecutor",
    "court": "Court",
    "probation": "Probation",
    "child_welfare": "Child welfare",
    "health_provider": "Health provider",
    "public_health": "Public health authority",
    "contractor": "Contractor",
    "other_school": "Another school",
    "education_authority": "Education authority",
    "service_provider": "Service provider",
    "foreign_government": "Foreign government",
}


class Agency(models.Model):
    """A party outside the district, or a unit or system of one."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    # A short stable name used in files and drawings, such as "boston-police".
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    # A kind of the law's vocabulary, or "school" for the district's own side of the network.
    kind = models.CharField(max_length=40)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "agencies"

    def __str__(self) -> str:
        return self.name


class Agreement(models.Model):
    """A reason data may move from one agency to another: an edge of the network, with its evidence."""

    STATUSES = ("documented", "required_by_law", "disputed", "prohibited", "observed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    slug = models.SlugField(unique=True)
    giver = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="given")
    receiver = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="received")
    title = models.CharField(max_length=200)
    starts = models.DateField()
    ends = models.DateField(null=True, blank=True)
    kinds = models.JSONField(default=list)
    purposes = models.JSONField(default=list)
    onward = models.CharField(max_length=10, default="unknown")
    status = models.CharField(max_length=20, choices=[(name, name) for name in STATUSES])
    source = models.CharField(max_length=300)

    class Meta:
        ordering = ["starts", "slug"]

    def __str__(self) -> str:
        return self.title
