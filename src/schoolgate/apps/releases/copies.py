"""Making the copy that leaves: from the confirmed elements to finished bytes."""

from dataclasses import dataclass, field

from schoolgate.apps.access.moment import today
from schoolgate.apps.incidents.document import document_for
from schoolgate.apps.incidents.selectors import unsealed
from schoolgate.apps.ledger.acts import Impossible
from schoolgate.apps.requests.models import Confirmation, Decision
from schoolgate.apps.schools.selectors import district, rulebook
from schoolgate.engines import redact
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
    own_words: tuple[str, ...] = field(repr=False)


def make_copy(confirmation: Confirmation, number: str) -> Copy:
    """Render the copy of a confirmed decision. Everything withheld is cut before the renderer sees the text.

    Raises:
        Impossible: The request lost its report.
    """
    decision = confirmation.decision
    request = decision.request
    if request.report is None:
        raise Impossible("Match the request to a report first.")
    document = document_for(unsealed(request.report), frozenset(request.named_tokens))
    marks = redact.marks(document)
    audience = redact.Audience(redact.AudienceKind.AGENCY, frozenset(request.named_tokens))
    shown = redact.view(document, marks, confirmation.elements, audience)
    meta = redact.ReleaseMeta(
        number=number,
        recipient=request.agency.name,
        date=day_text(today()),
        legal_basis=legal_basis(decision),
        conditions=NO_ONWARD if decision.obligations.filter(name="redisclosure_notice").exists() else None,
        district=district().name,
    )
    return Copy(
        pdf=redact.render(shown, meta),
        terms=redact.terms(document, marks, confirmation.elements, audience, shown),
        own_words=redact.own_words(meta),
    )


def legal_basis(decision: Decision) -> tuple[tuple[str, str], ...]:
    """The provisions under which anything may be withheld from this kind of recipient, with their titles.

    Always the whole list of the day, never those that happened to apply: a list of those would tell the recipient
    which kinds of thing were taken out.
    """
    book = rulebook()
    kind = decision.case["recipient"]["kind"]
    rows = {
        (one.citation, one.title)
        for one in book.in_force(decision.law_date)
        if one.effect == "prohibition" or (one.general and kind in one.general_recipients)
    }
    return tuple(sorted(rows))
