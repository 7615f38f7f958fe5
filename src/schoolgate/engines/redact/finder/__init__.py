"""Finds what a release must ask the law about. It proposes; a person confirms."""

from collections.abc import Sequence

from schoolgate.engines.redact.categories import ATTRIBUTES
from schoolgate.engines.redact.finder.attributes import find_attributes
from schoolgate.engines.redact.finder.identifiers import find_identifiers
from schoolgate.engines.redact.finder.names import find_known
from schoolgate.engines.redact.finder.strangers import find_strangers
from schoolgate.engines.redact.finder.text import Text
from schoolgate.engines.redact.model import Document, Participant, Span
from schoolgate.engines.redact.sentences import TOKEN

__all__ = ["find", "marks"]

# Where two marks meet, the surer kind stands; a longer mark beats a shorter one of its kind.
_RANK = {
    "token": 0, "email": 1, "dob": 2, "person_known": 3, "student_number": 4, "phone": 5, "address": 6, "handle": 7,
    "plate": 8,
}  # fmt: skip


def find(text: str, participants: Sequence[Participant] = (), language: str | None = None) -> tuple[Span, ...]:
    """Proposes marks: people, identifiers, protected attributes and what tells them.

    Args:
        text: any text of a record, with or without participant tokens.
        participants: the people whom the record knows.
        language: `en`, `es`, `pt`, `ht` or None. Staff mix languages in one line, so all lexicons are always
            used; the argument is kept for callers that know and for later classifiers.

    Returns:
        Spans in reading order, over code points of `text`. Attribute marks may overlap each other and hold
        a name; identifier marks do not overlap.
    """
    del language
    prepared = Text(text)
    people = tuple(participants)
    tokens = [Span(*m.span(), "person_known", m.group(1), 1.0, "a participant's token") for m in TOKEN.finditer(text)]
    identifiers = _settled([*tokens, *find_known(prepared, people), *find_identifiers(prepared, people)])
    strangers = list(find_strangers(prepared))
    # A relative: a first name that nobody knows before a surname that the record knows.
    relatives = [s for s in strangers if any(_begins_before(s, i) for i in identifiers)]
    identifiers = [i for i in identifiers if not any(_begins_before(r, i) for r in relatives)]
    strangers = [s for s in strangers if not any(_meet(s, i) for i in identifiers)]
    kept = [*identifiers, *_settled(strangers)]
    names = [s for s in kept if s.category != "address"]
    attributes = [s for s in find_attributes(prepared) if not any(_within(s, n) for n in names)]
    return tuple(sorted([*kept, *_widest(attributes)], key=lambda s: (s.start, s.end, s.category)))


def marks(document: Document, language: str | None = None) -> tuple[Span, ...]:
    """`find` over every text of a document; each span names its part."""
    return tuple(
        Span(s.start, s.end, s.category, s.token, s.confidence, s.reason, part)
        for part, text in document.parts()
        for s in find(text, document.participants, language)
    )


def _settled(spans: list[Span]) -> list[Span]:
    kept: list[Span] = []
    for span in sorted(spans, key=lambda s: (_RANK.get(s.category, 9), s.start - s.end, s.start)):
        if not any(_meet(span, other) for other in kept):
            kept.append(span)
    return kept


def _widest(spans: list[Span]) -> list[Span]:
    return [
        s
        for s in spans
        if not any(
            o is not s and o.category == s.category and _within(s, o) and (o.end - o.start > s.end - s.start)
            for o in spans
        )
        and s.category in ATTRIBUTES
    ]


def _meet(a: Span, b: Span) -> bool:
    return a.start < b.end and b.start < a.end


def _within(a: Span, b: Span) -> bool:
    return b.start <= a.start and a.end <= b.end


def _begins_before(stranger: Span, known: Span) -> bool:
    return known.category == "person_known" and stranger.start < known.start and known.end <= stranger.end
