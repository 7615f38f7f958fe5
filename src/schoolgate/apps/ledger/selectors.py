"""Reads of the log."""

from .models import Checkpoint


def latest_checkpoint() -> Checkpoint | None:
    """The newest sealed period's checkpoint."""
    return Checkpoint.objects.order_by("-size").first()
