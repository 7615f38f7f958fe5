"""Reads of releases."""

from uuid import UUID

from django.http import Http404

from schoolgate.apps.access.actors import Actor
from schoolgate.apps.ledger.readings import log_reading
from schoolgate.apps.ledger.safe import context, open_value

from .models import Release


def find_release(actor: Actor, release_id: UUID) -> Release:
    """One release that the actor may see, in one scoped query.

    Raises:
        Http404: There is none, or not for this actor: the answer is the same.
    """
    rows = Release.objects.visible_to(actor).select_related("request__report", "agency", "confirmation__decision")
    found = rows.filter(pk=release_id).first()
    if found is None:
        raise Http404
    return found


def open_copy(*, actor: Actor, release: Release) -> bytes:
    """The exact bytes that left, for somebody who may see them; the reading is written down first."""
    log_reading(actor=actor, subject=f"release:{release.pk}", part="copy")
    return open_value(context("releases.release", release.pk, "copy"), release.wrapped_key, release.sealed_copy)
