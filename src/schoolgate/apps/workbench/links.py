"""Addresses at which a case opens in the workbench."""

from dataclasses import replace

from django.urls import reverse

from schoolgate.engines import law

from .address import tried
from .fields import spoken_of


def address_of(case: law.Case, rulebook: law.Rulebook, book: str) -> str:
    """The address of a stored case, as it was said."""
    return f"{reverse('workbench:case')}?{tried(case, rulebook, book=book).query(rulebook)}"


def short_address_of(case: law.Case, rulebook: law.Rulebook, book: str) -> str:
    """The address of an example that a solver found: complete, and mostly beside the point.

    Only what rules for its recipient speak of is kept, and the paper; nothing else can change the decision.
    """
    kept = spoken_of(rulebook, case) | {"instrument"}
    found = tried(case, rulebook, book=book)
    short = replace(
        found,
        facts={name: value for name, value in found.facts.items() if name in kept},
        answers={name: value for name, value in found.answers.items() if name in kept},
    )
    return f"{reverse('workbench:case')}?{short.query(rulebook)}"
