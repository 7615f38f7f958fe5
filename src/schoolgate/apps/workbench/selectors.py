"""Kept cases, and how the law decides them now."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404

from schoolgate.apps.requests.page import title_of
from schoolgate.engines import law

from .links import address_of
from .models import KeptCase
from .wording import OUTCOMES


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a kept case is decided under a rulebook, and whether that is as it must be."""

    passes: bool
    words: str


def kept_cases() -> list[KeptCase]:
    """Every kept case, newest first. One query."""
    return list(KeptCase.objects.select_related("kept_by"))


def find_kept(kept_id: UUID) -> KeptCase:
    """One kept case.

    Raises:
        Http404: There is none.
    """
    found = KeptCase.objects.filter(pk=kept_id).first()
    if found is None:
        raise Http404
    return found


def verdict(rulebook: law.Rulebook, kept: KeptCase) -> Verdict:
    """Decide a kept case. A case that the rulebook no longer understands does not pass."""
    try:
        decision = law.decide(rulebook, law.parse_case({**kept.case, "rulebook": rulebook.id}, rulebook))
    except law.LawError as problem:
        return Verdict(passes=False, words=f"It cannot be read under this rulebook. {problem}")
    passes = decision.outcome == kept.outcome and sorted(decision.withheld) == kept.withheld
    return Verdict(passes, outcome_words(rulebook, decision.outcome, list(decision.withheld)))


def outcome_words(rulebook: law.Rulebook, outcome: str, withheld: list[str]) -> str:
    """An outcome with what stays behind."""
    words = OUTCOMES.get(outcome, outcome)
    stays = [title_of(rulebook, name) for name in withheld if name != "*"]
    return f"{words}. Withheld: {'; '.join(stays)}" if stays else words


def opening(rulebook: law.Rulebook, kept: KeptCase) -> str:
    """Where the kept case opens; empty where the rulebook no longer understands it."""
    try:
        return address_of(law.parse_case(kept.case, rulebook), rulebook, rulebook.id)
    except law.LawError:
        return ""


def test_data(kept: KeptCase) -> Mapping[str, Any]:
    """A kept case as the tests of the rulebooks read it."""
    return {
        "id": kept.number,
        "title": kept.why,
        "rulebook": kept.rulebook,
        **{key: kept.case[key] for key in ("date", "recipient", "elements", "facts")},
        **({"counsel_answers": kept.case["counsel_answers"]} if kept.case.get("counsel_answers") else {}),
        "expected": {"decision": kept.outcome, "withhold": kept.withheld, "cites": [], "obligations": []},
    }
