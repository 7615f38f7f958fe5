"""For whom the marks of a report are reviewed: the agencies that asked for it, its families, and the public."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse

from schoolgate.apps.access.actors import Actor
from schoolgate.apps.access.moment import today
from schoolgate.apps.incidents.document import outcome_for_view
from schoolgate.apps.redactions.audiences import Choice, Reader, Rule
from schoolgate.apps.redactions.selectors import Review, review_of
from schoolgate.apps.schools.selectors import rulebook
from schoolgate.engines import law, redact

from .cases import decided_outcome, family_case, public_case
from .models import Decision, Request

PUBLIC = Choice("public", "The public")


class Agencies:
    """The agencies whose request was matched to the report, the newest request first."""

    def choices(self, actor: Actor, review: Review) -> Sequence[Choice]:
        """One a request. One query."""
        rows = Request.objects.visible_to(actor).filter(report=review.opened.report).order_by("-received_at")
        return [Choice(str(pk), name, number) for pk, name, number in rows.values_list("pk", "agency__name", "number")]

    def reader(self, actor: Actor, review: Review, choice: Choice) -> Reader:
        """As the newest decision has it, or its confirmation. One query, and one more where none is decided."""
        del review
        seen = Request.objects.visible_to(actor).filter(pk=choice.key)
        rows = Decision.objects.filter(request__in=seen.order_by()).select_related("request", "confirmation")
        decision = rows.defer("case", "request__wrapped_key", "request__sealed").order_by("-number").first()
        request = decision.request if decision else seen.get()
        audience = redact.Audience(redact.AudienceKind.AGENCY, frozenset(request.named_tokens))
        back = (reverse("requests:one", args=[request.pk]), f"Request {request.number}")
        if decision is None:
            return Reader(choice, audience, {}, {}, "the law has not decided this request yet.", back)
        confirmation = getattr(decision, "confirmation", None)
        outcome = confirmation.elements if confirmation else decided_outcome(decision.document)
        return Reader(
            choice,
            audience,
            outcome_for_view(outcome),
            _rules(decision.document, rulebook()),
            _pending(decision),
            back,
        )


class Families:
    """The families of the report's students, and the public after them: decided anew, by today's law."""

    def choices(self, actor: Actor, review: Review) -> Sequence[Choice]:
        """One a student."""
        del actor
        names = review.opened.names
        families = [
            Choice(f"family-{token}", f"Family of {names[token].full}", f"@{token}")
            for token in sorted(review.opened.students)
        ]
        return [*families, PUBLIC]

    def reader(self, actor: Actor, review: Review, choice: Choice) -> Reader:
        """What the law lets the family, or anybody, read today."""
        del actor
        book, opened = rulebook(), review.opened
        if choice == PUBLIC:
            kind, own = redact.AudienceKind.PUBLIC, frozenset[str]()
            case = public_case(review_of(opened, own), on=today())
        else:
            kind, own = redact.AudienceKind.FAMILY, frozenset({choice.key.removeprefix("family-")})
            case = family_case(review_of(opened, own), own, on=today())
        decided = law.decide(book, law.parse_case(case, book)).to_json()
        pending = "a question of the law is open." if decided["questions"] else ""
        outcome = outcome_for_view(decided_outcome(decided))
        return Reader(choice, redact.Audience(kind, own), outcome, _rules(decided, book), pending)


def _pending(decision: Decision) -> str:
    return "a question of the law is open." if decision.outcome == "needs_review" else ""


def _rules(document: Mapping[str, Any], book: law.Rulebook) -> dict[str, tuple[Rule, ...]]:
    """Element -> the provisions that withhold it: a prohibition's, else those of the doors that stay shut."""
    found = {}
    for one in document["elements"]:
        if one["outcome"] != "permit":
            named = [
                book.provisions[name] for name in one["prohibitions"] or one["provisions"] if name in book.provisions
            ]
            found[one["element"]] = tuple(Rule(rule.id, rule.citation, rule.title) for rule in named)
    return found
