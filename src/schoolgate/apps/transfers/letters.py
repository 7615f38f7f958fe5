"""Drafting the letters of a case by what is known now."""

from .drafting import draft_letters, plans
from .looking import families_of, findings_of, touches_of
from .models import Case, Letter


def draft_for(case: Case) -> list[Letter]:
    """Draft the letters that a case needs: a saved draft, no act. Returns the letters of the case."""
    touches = touches_of(case)
    return draft_letters(case, plans(case, findings_of(case, touches), touches, families_of(case, touches)))
