"""Reads about the district."""

from functools import lru_cache
from pathlib import Path
from typing import Final

from django.db.models import QuerySet

from schoolgate import rulebooks
from schoolgate.apps.access.actors import Actor
from schoolgate.apps.access.once import once_a_request
from schoolgate.apps.access.prepared import Prepared
from schoolgate.engines import clock, law

from .models import District, School

_HERE: Final = Prepared(District.objects.order_by)


@once_a_request
def district() -> District:
    """The district of this installation. One query a request, however often it is asked for.

    Raises:
        District.DoesNotExist: None was opened yet.
    """
    found = _HERE()
    return found[0] if len(found) == 1 else District.objects.get()


def schools_of(actor: Actor) -> QuerySet[School]:
    """The schools whose records the actor may look for: all of them for the office, one's own for a school."""
    return School.objects.all() if actor.in_office else School.objects.filter(pk__in=actor.schools)


@lru_cache(maxsize=8)
def rulebook_named(name: str) -> law.Rulebook:
    """Load a rulebook of the package once in a process: its files never change while it runs."""
    return law.load_rulebook(Path(rulebooks.__file__).parent, name)


def rulebook() -> law.Rulebook:
    """The rulebook of the district."""
    return rulebook_named(district().rulebook)


def calendar() -> clock.Calendar:
    """The holidays by which the district's deadlines count."""
    here = district()
    return clock.Calendar(jurisdiction=here.jurisdiction, county=here.county)
