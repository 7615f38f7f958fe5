"""Reads about the district."""

from functools import lru_cache
from pathlib import Path

from schoolgate import rulebooks
from schoolgate.engines import clock, law

from .models import District


def district() -> District:
    """The district of this installation.

    Raises:
        District.DoesNotExist: None was opened yet.
    """
    return District.objects.get()


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
