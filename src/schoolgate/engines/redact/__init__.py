"""Find what must be marked, make the view for an audience, render the copy, and try to get withheld words back."""

from schoolgate.engines.redact.categories import (
    ATTRIBUTES,
    CATEGORIES,
    ELEMENT_OF_CATEGORY,
    IDENTIFIERS,
    may_leave,
)
from schoolgate.engines.redact.cut import Mark, Piece, Shown, StandIn
from schoolgate.engines.redact.cuts import Cut, Cuts, cuts
from schoolgate.engines.redact.errors import RedactError
from schoolgate.engines.redact.finder import find, find_each, find_many, find_quickly, marks
from schoolgate.engines.redact.gating import Earlier, Finding, GateReport, gate, unread_words
from schoolgate.engines.redact.model import (
    NARRATIVE,
    Allegation,
    Audience,
    AudienceKind,
    Document,
    Field,
    Paragraph,
    Participant,
    Role,
    Sentence,
    Span,
)
from schoolgate.engines.redact.release import ReleaseMeta, first_page, own_words, render
from schoolgate.engines.redact.sentences import TOKEN, paragraphs
from schoolgate.engines.redact.terms import Terms, terms
from schoolgate.engines.redact.views import Flag, Row, ShownAllegation, View, view

__all__ = [
    "ATTRIBUTES",
    "CATEGORIES",
    "ELEMENT_OF_CATEGORY",
    "IDENTIFIERS",
    "NARRATIVE",
    "TOKEN",
    "Allegation",
    "Audience",
    "AudienceKind",
    "Cut",
    "Cuts",
    "Document",
    "Earlier",
    "Field",
    "Finding",
    "Flag",
    "GateReport",
    "Mark",
    "Paragraph",
    "Participant",
    "Piece",
    "RedactError",
    "ReleaseMeta",
    "Role",
    "Row",
    "Sentence",
    "Shown",
    "ShownAllegation",
    "Span",
    "StandIn",
    "Terms",
    "View",
    "cuts",
    "find",
    "find_each",
    "find_many",
    "find_quickly",
    "first_page",
    "gate",
    "marks",
    "may_leave",
    "own_words",
    "paragraphs",
    "render",
    "terms",
    "unread_words",
    "view",
]
