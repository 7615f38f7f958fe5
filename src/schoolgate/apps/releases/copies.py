"""Making the copy that leaves: from the confirmed elements to finished bytes."""

from dataclasses import dataclass, field

from schoolgate.apps.access.moment import today
from schoolgate.apps.incidents.document import outcome_for_view
from schoolgate.apps.incidents.selectors import unsealed
from schoolgate.apps.ledger.acts import Impossible
from schoolgate.apps.redactions.selectors import attached_pages, review_of
from schoolgate.apps.requests.models import Confirmation, Decision
from schoolgate.apps.schools.selectors import district, rulebook
from schoolgate.engines import law, redact
from schoolgate.engines.redact.attached import AttachedPage
from schoolgate.web.dates import day_text

NO_ONWARD = (
    "This copy may be used only for the purpose for which it was given, and may not be passed on to anybody "
    "else, in any form, without the consent of the parent or the adult student (34 CFR 99.33(a))."
)


@dataclass(frozen=True, slots=True)
class Copy:
    """A rendered copy, and what its gate must look for."""

    pdf: bytes = field(repr=False)
    terms: redact.Terms
    # The version of the report that it was made from.
    version: int
    own_words: tuple[str, ...] = field(repr=False)
    attached: tuple[AttachedPage, ...] = field(repr=False)


def make_copy(confirmation: Confirmation, number: str) -> Copy:
    """Render the copy of a confirmed decision. Everything withheld is cut before the renderer sees the text.

    Raises:
        Impossible: The request lost its report, or a person has not yet decided every mark of it.
    """
    decision = confirmation.decision
    request = decision.request
    if request.report is None:
        raise Impossible("Match the request to a report first.")
    review = review_of(unsealed(request.report), frozenset(request.named_tokens))
    review.require_finished()
    document, marks = review.document, review.spans
    audience = redact.Audience(redact.AudienceKind.AGENCY, frozenset(request.named_tokens))
    outcome = outcome_for_view(confirmation.elements)
    shown = redact.view(document, marks, outcome, audience)
    attached = attached_pages(review, outcome, audience)
    meta = redact.ReleaseMeta(
        number=number,
        recipient=request.agency.name,
        date=day_text(today()),
        legal_basis=legal_basis(decision),
        conditions=NO_ONWARD if decision.obligations.filter(name="redisclosure_notice").exists() else None,
        district=district().name,
    )
    return Copy(
        pdf=redact.render(shown, meta, attached),
        version=review.opened.version.number,
        terms=redact.terms(document, marks, outcome, audience, shown),
        own_words=redact.own_words(meta),
        attached=attached,
    )


def legal_basis(decision: Decision) -> tuple[tuple[str, str], ...]:
    """The provisions under which anything could be withheld from this recipient under this paper.

    Found by deciding the same case for a record that holds every kind of thing: so the list is the same whatever the
    record holds, and tells the recipient nothing of what was taken out.
    """
    book = rulebook()
    everything = [name for name, element in book.elements.items() if not element.hides_in]
    facts = {**decision.case["facts"], "narrative_names_other_students": True}
    answer = law.decide(book, law.parse_case({**decision.case, "elements": everything, "facts": facts}, book))
    named = dict.fromkeys(
        name for one in answer.elements if one.outcome != "permit" for name in (*one.prohibitions, *one.provisions)
    )
    rows: dict[str, str] = {}
    for name in named:
        provision = book.provisions[name]
        rows.setdefault(provision.citation, provision.title)
    return tuple(sorted(rows.items()))
