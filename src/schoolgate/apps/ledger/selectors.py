"""Reads of the log."""

from django.db.models import QuerySet

from .kinds import Kind
from .models import Checkpoint, Opening


def latest_checkpoint() -> Checkpoint | None:
    """The newest sealed period's checkpoint."""
    return Checkpoint.objects.order_by("-size").first()


def acts() -> QuerySet[Opening]:
    """Every act's entry, newest first, for the auditor; covers are no acts."""
    return Opening.objects.exclude(kind=Kind.COVER).order_by("-happened_at", "id")
