"""A family's view of a report: its own child's part, as the law decides it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from json import dumps
from typing import Final

from schoolgate.apps.access.actors import Actor
from schoolgate.apps.access.moment import today
from schoolgate.apps.incidents.document import ALWAYS, outcome_for_view
from schoolgate.apps.incidents.models import Report
from schoolgate.apps.incidents.selectors import OpenReport, unsealed
from schoolgate.apps.people.directory import Name
from schoolgate.apps.people.family_reader import family_reader
from schoolgate.apps.people.models import Student
from schoolgate.apps.redactions.selectors import Review, opened_reviews, review_of
from schoolgate.apps.releases.models import Release
from schoolgate.apps.requests.cases import facts_of_names, family_case, own_record_case
from schoolgate.apps.schools.selectors import rulebook
from schoolgate.engines import law, redact
from schoolgate.engines.kept import Kept

# What the law says where a family may read a part.
READABLE: Final = frozenset({"permit", "permit_redacted"})


@dataclass(frozen=True, slots=True)
class FamilyView:
    """What a family may read, and the decision behind it."""

    decision: law.Decision
    view: redact.View | None


def family_view(opened: OpenReport, actor: Actor) -> FamilyView:
    """Let the law decide for this family, and make the view of it. Nothing is shown while a question is open.

    Two queries, the district's among them.
    """
    own = _own(opened, actor)
    return _decided(review_of(opened, own), own, actor)


def _own(opened: OpenReport, actor: Actor) -> frozenset[str]:
    return frozenset(token for token, student in opened.students.items() if student in actor.children)


def _decided(review: Review, own: frozenset[str], actor: Actor) -> FamilyView:
    book = rulebook()
    reader = family_reader(actor, review.opened.students.values())
    case = family_case(review, own, on=today(), reader=reader)
    decision = law.decide(book, law.parse_case(case, book))
    if decision.outcome not in READABLE:
        return FamilyView(decision, None)
    allowed = outcome_for_view({one.element: one.outcome == "permit" for one in decision.elements})
    audience = redact.Audience(redact.AudienceKind.FAMILY, own)
    return FamilyView(decision, redact.view(review.document, review.spans, allowed, audience))


# By all that the answer follows from, none of which names anybody.
_SURE: Final = Kept[tuple[str, str], bool | None](256)


def surely_readable(kind: str, own: Mapping[Student, Name], actor: Actor) -> bool | None:
    """Whether the law lets a family read a part of a report, without opening it. No query but the district's.

    The law decides each element on its own, and a report holds those of `ALWAYS` and some others: what holds of all
    of those that there are holds of its own. None where the answer hangs on what is in the report.

    Args:
        kind: what the law's cases call the kind of report.
        own: those of the family's children whom its newest version names, with their names.
        actor: the family's reader.
    """
    book, reader = rulebook(), family_reader(actor, (one.pk for one in own))
    facts = {"record_kind": kind, **facts_of_names(own, today())}
    answers = set()
    for others in (True, False):
        told = facts | {"narrative_names_other_students": others}
        case = own_record_case("report", ALWAYS, told, on=today(), reader=reader)
        answers.add(_SURE.get((book.digest, dumps(case, sort_keys=True)), partial(_sure, book, case)))
    return answers.pop() if len(answers) == 1 else None


def _sure(book: law.Rulebook, case: dict[str, object]) -> bool | None:
    every = [name for name, element in book.elements.items() if not element.hides_in]
    least, most = (
        law.decide(book, law.parse_case(case | {"elements": elements}, book)) for elements in (case["elements"], every)
    )
    if least.outcome in READABLE and not any(one.outcome == "ask" for one in most.elements):
        return True
    if least.outcome == "needs_review" or all(one.outcome == "deny" for one in most.elements):
        return False
    return None


def review_for(report: Report, actor: Actor) -> Review:
    """A report opened with its marks, in which the family's own children are named. Two queries.

    Raises:
        Http404: It was expunged, or an order sealed it.
        VaultError: Its key was destroyed.
    """
    found = opened_reviews([report], lambda opened: _own(opened, actor))
    return found[report.pk] if report.pk in found else review_of(unsealed(report))


def view_of_copy(release: Release, review: Review, actor: Actor) -> redact.View | None:
    """The part of a copy that is about the actor's own child: what left, and what the family may read, both.

    The copy itself may name other children whom the paper names; their part stays theirs (34 CFR 99.12). `review` is
    of the report of which it is a copy.
    """
    own = _own(review.opened, actor)
    decided = _decided(review, own, actor)
    if decided.view is None:
        return None
    left = release.confirmation.elements
    allowed = {
        one.element: one.outcome == "permit" and left.get(one.element) is True for one in decided.decision.elements
    }
    audience = redact.Audience(redact.AudienceKind.FAMILY, own)
    return redact.view(review.document, review.spans, outcome_for_view(allowed), audience)
