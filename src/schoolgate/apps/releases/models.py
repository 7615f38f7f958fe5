"""Releases and acknowledgements."""

import uuid

from django.db import models

from schoolgate.apps.access.actors import Actor, Role
from schoolgate.apps.agencies.models import Agency
from schoolgate.apps.people.models import User
from schoolgate.apps.requests.models import Confirmation, Request


class ReleaseQuerySet(models.QuerySet["Release"]):
    """Releases by who may see them."""

    def visible_to(self, actor: Actor) -> "ReleaseQuerySet":
        """The office sees all; an agency its own; a guardian those about a report in which their child took part."""
        if actor.in_office:
            return self
        if actor.role is Role.AGENCY_USER:
            return self.filter(agency=actor.agency)
        if actor.role is Role.GUARDIAN:
            return self.filter(request__report__incident__participants__student__in=actor.children).distinct()
        return self.none()


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
    sha256 = models.CharField(max_length=64)
    pages = models.PositiveSmallIntegerField()
    # Which checks the gate made before anything left.
    gate = models.JSONField()
    # Whom the copy could reach on the day it left, as the reach engine computed it.
    reach = models.JSONField()

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        ordering = ["-released_at"]


class Acknowledgement(models.Model):
    """The recipient's word that the copy arrived."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    release = models.OneToOneField(Release, on_delete=models.PROTECT)
    acknowledged_by = models.ForeignKey(User, on_delete=models.PROTECT)
    acknowledged_at = models.DateTimeField()
