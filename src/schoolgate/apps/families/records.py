"""A family's view of a report: its own child's part, as the law decides it."""

from dataclasses import dataclass

from schoolgate.apps.access.actors import Actor
from schoolgate.apps.access.moment import today
from schoolgate.apps.incidents.document import outcome_for_view
from schoolgate.apps.incidents.selectors import OpenReport, unsealed
from schoolgate.apps.people.family_reader import family_reader
from schoolgate.apps.redactions.selectors import review_of
from schoolgate.apps.releases.models import Release
from schoolgate.apps.requests.cases import family_case
from schoolgate.apps.schools.selectors import rulebook
from schoolgate.engines import law, redact


@dataclass(frozen=True, slots=True)
class FamilyView:
    """What a family may read, and the decision behind it."""

    decision: law.Decision
    view: redact.View | None


def family_view(opened: OpenReport, actor: Actor) -> FamilyView:
    """Let the law decide for this family, and make the view of it. Nothing is shown while a question is open."""
    own = frozenset(token for token, student in opened.students.items() if student in actor.children)
    book = rulebook()
    reader = family_reader(actor, opened.students.values())
    decision = law.decide(book, law.parse_case(family_case(opened, own, on=today(), reader=reader), book))
    if decision.outcome not in {"permit", "permit_redacted"}:
        return FamilyView(decision, None)
    review = review_of(opened, own)
    allowed = outcome_for_view({one.element: one.outcome == "permit" for one in decision.elements})
    audience = redact.Audience(redact.AudienceKind.FAMILY, own)
    return FamilyView(decision, redact.view(review.document, review.spans, allowed, audience))


def view_of_copy(release: Release, actor: Actor) -> redact.View | None:
    """The part of a copy that is about the actor's own child: what left, and what the family may read, both.

    The copy itself may name other children whom the paper names; their part stays theirs (34 CFR 99.12).
    """
    report = release.request.report
    if report is None:
        return None
    opened = unsealed(report)
    decided = family_view(opened, actor)
    if decided.view is None:
        return None
    left = release.confirmation.elements
    allowed = {
        one.element: one.outcome == "permit" and left.get(one.element) is True for one in decided.decision.elements
    }
    own = frozenset(token for token, student in opened.students.items() if student in actor.children)
    review = review_of(opened, own)
    audience = redact.Audience(redact.AudienceKind.FAMILY, own)
    return redact.view(review.document, review.spans, outcome_for_view(allowed), audience)
