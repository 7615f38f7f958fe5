"""The last year's decisions, decided again under another rulebook or a draft."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import OuterRef, Subquery

from schoolgate.apps.access.actors import Actor
from schoolgate.apps.requests.models import Decision, Request
from schoolgate.apps.requests.page import title_of
from schoolgate.engines import law

from .wording import OUTCOMES

YEAR = timedelta(days=365)
WORDS: Mapping[str, str] = {"permit": "may leave", "deny": "stays", "ask": "needs an answer"}


@dataclass(frozen=True, slots=True)
class Turned:
    """A decision that would be another."""

    decision: Decision
    before: str
    after: str
    elements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Replay:
    """What would become of the decisions.

    Attributes:
        total: how many were replayed.
        unreadable: how many speak of facts that the rulebook no longer has.
        earlier: how many were recorded otherwise than the rulebook as it is now would decide: it has changed since.
    """

    total: int
    turned: tuple[Turned, ...]
    unreadable: int
    earlier: int


def last_years(actor: Actor, today: date) -> list[Decision]:
    """The newest decision of each request that was decided within a year, oldest first. One query."""
    newest = Decision.objects.filter(request=OuterRef("request")).order_by("-number").values("pk")[:1]
    rows = Decision.objects.filter(
        request__in=Request.objects.visible_to(actor), law_date__gt=today - YEAR, pk=Subquery(newest)
    )
    return list(rows.select_related("request__agency").order_by("decided_at"))


def replayed(decisions: list[Decision], old: law.Rulebook, new: law.Rulebook) -> Replay:
    """Decide every stored case under both rulebooks, each under the law of its own day.

    The fast evaluator passes over those that are alike and wait for no answer; the rest are decided in full.
    """
    read: list[tuple[Decision, law.Case, law.Case]] = []
    for decision in decisions:
        try:
            read.append((decision, parsed_for(decision.case, old), parsed_for(decision.case, new)))
        except law.LawError:
            continue
    turned, earlier = [], 0
    for decision, was, becomes in read:
        recorded = {one["element"]: one["outcome"] for one in decision.document["elements"]}
        if law.outcomes(old, was) == law.outcomes(new, becomes) == recorded and "ask" not in recorded.values():
            continue
        before, after = law.decide(old, was), law.decide(new, becomes)
        outcomes = {one.element: one.outcome for one in before.elements}
        earlier += outcomes != recorded
        elements = [
            f"{title_of(new, one.element)}: {WORDS[outcomes[one.element]]}, then {WORDS[one.outcome]}"
            for one in after.elements
            if outcomes.get(one.element, one.outcome) != one.outcome
        ]
        if elements or before.outcome != after.outcome:
            turned.append(Turned(decision, OUTCOMES[before.outcome], OUTCOMES[after.outcome], tuple(elements)))
    return Replay(len(read), tuple(turned), len(decisions) - len(read), earlier)


def parsed_for(case: Mapping[str, object], rulebook: law.Rulebook) -> law.Case:
    """A stored case for a rulebook; answers about rules that it does not have are left out."""
    answers = case.get("counsel_answers", {})
    kept = {name: value for name, value in dict(answers).items() if name in rulebook.counsel_ids}  # type: ignore[call-overload]
    return law.parse_case({**case, "rulebook": rulebook.id, "counsel_answers": kept}, rulebook)
