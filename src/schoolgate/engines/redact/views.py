"""The one pure function that makes the view of a record for an audience.

A view is made of what may be shown. What may not is not in it, in no attribute and no repr: the words are
cut out here, before any template, page or PDF engine sees them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from schoolgate.engines.redact import cut
from schoolgate.engines.redact.cut import Mark, Piece, Shown, StandIn
from schoolgate.engines.redact.model import NARRATIVE, TITLE, Audience, AudienceKind, Document, Span

# The element that decides each line of a copy's head.
HEAD_ELEMENTS: Mapping[str, str] = {
    "number": "record_code",
    "kind": "incident_type",
    "title": "incident_description",
    "date": "incident_date",
    "school": "school",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A label and what is shown beside it. Labels of head rows are keys (`number`, `date`, ...)."""

    label: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class ShownAllegation:
    """An allegation that may be shown, never without its source, its basis and its status."""

    id: str
    about: tuple[Piece, ...]
    text: tuple[Piece, ...]
    source: tuple[Piece, ...]
    basis: tuple[Piece, ...]
    status: str


@dataclass(frozen=True, slots=True)
class Flag:
    """Something a records officer must look at before the copy is made. Says where, never what.

    Codes: `shared_sentence` (about the family's child and another, withheld from both),
    `unattributed_sentence` (nobody said whose it is, withheld from the family).
    """

    code: str
    paragraph: int
    sentence: int


@dataclass(frozen=True, slots=True)
class View:
    """A record as one audience may see it. Holds no withheld character.

    `elements_withheld` is for the officer and the log (it says which kinds of thing are gone, and so the
    copy must not show it). `marks` counts the withheld marks in all texts.
    """

    kind: AudienceKind
    head: tuple[Row, ...]
    title: tuple[Piece, ...]
    fields: tuple[Row, ...]
    more_fields: bool
    paragraphs: tuple[tuple[Piece, ...], ...]
    allegations: tuple[ShownAllegation, ...]
    more_allegations: bool
    flags: tuple[Flag, ...] = ()
    elements_withheld: tuple[str, ...] = ()

    def texts(self) -> Iterable[tuple[Piece, ...]]:
        """Every run of pieces, in the order in which the copy shows them."""
        yield from (r.pieces for r in self.head)
        yield self.title
        yield from (r.pieces for r in self.fields)
        yield from self.paragraphs
        for a in self.allegations:
            yield from (a.about, a.text, a.source, a.basis)

    @property
    def marks(self) -> int:
        """How many withheld marks the copy has."""
        return sum(isinstance(p, Mark) for run in self.texts() for p in run)


def view(document: Document, spans: Iterable[Span], outcome: Mapping[str, bool], audience: Audience) -> View:
    """Makes the view of a record for an audience. Pure: same arguments, same view.

    Args:
        document: the report.
        spans: every confirmed mark on its texts (see `marks`).
        outcome: law element -> may it leave. An element that is not there may not.
        audience: who reads, and whose copy it is.

    Raises:
        RedactError: if a span lies outside its text or names a part that does not exist.
    """
    cutter = cut.Cutter(document, tuple(spans), outcome, audience)
    title = cutter.pieces(TITLE) if cutter.allows(HEAD_ELEMENTS["title"]) else (Mark(),)
    fields, more_fields = _fields(document, cutter)
    paragraphs, flags = _paragraphs(document, cutter, audience)
    allegations, more_allegations = _allegations(document, cutter)
    if not allegations:
        # A heading over nothing would say that there are claims: they count among the details that are withheld.
        more_fields, more_allegations = more_fields or more_allegations, False
    return View(
        kind=audience.kind,
        head=_head(document, cutter),
        title=title,
        fields=fields,
        more_fields=more_fields,
        paragraphs=paragraphs,
        allegations=allegations,
        more_allegations=more_allegations,
        flags=flags,
        elements_withheld=tuple(sorted(cutter.withheld_elements)),
    )


def _head(document: Document, cutter: cut.Cutter) -> tuple[Row, ...]:
    """Always the same rows, so that a withheld one tells only that it is withheld."""
    values = {"number": document.number, "kind": document.kind, "date": document.date, "school": document.school}
    return tuple(
        Row(key, (Shown(value),) if cutter.allows(HEAD_ELEMENTS[key]) else (Mark(),)) for key, value in values.items()
    )


def _fields(document: Document, cutter: cut.Cutter) -> tuple[tuple[Row, ...], bool]:
    """Shown fields only: a label beside a mark would say which kind of thing is withheld."""
    rows = []
    for i, item in enumerate(document.fields):
        if cutter.allows_about(item.element, item.about):
            rows.append(Row(item.label, cutter.pieces(f"field:{i}")))
    return tuple(rows), len(rows) < len(document.fields)


def _allegations(document: Document, cutter: cut.Cutter) -> tuple[tuple[ShownAllegation, ...], bool]:
    shown = []
    for item in document.allegations:
        if not cutter.allows_about(item.element, item.about):
            continue
        text, source, basis = (cutter.pieces(f"allegation:{item.id}:{p}") for p in ("text", "source", "basis"))
        about = (cutter.person(item.about),) if item.about else ()
        shown.append(ShownAllegation(item.id, about, text, source, basis, item.status))
    return tuple(shown), len(shown) < len(document.allegations)


def _paragraphs(
    document: Document, cutter: cut.Cutter, audience: Audience
) -> tuple[tuple[tuple[Piece, ...], ...], tuple[Flag, ...]]:
    if not document.paragraphs:
        return (), ()
    if not cutter.allows("narrative"):
        return ((Mark(),),), ()
    flags = []
    if audience.kind is AudienceKind.FAMILY:
        flags = [Flag(code, p, s) for p, s, code in cutter.left_out if code]
    return cutter.paragraphs(), tuple(flags)


__all__ = ["HEAD_ELEMENTS", "NARRATIVE", "Flag", "Mark", "Row", "Shown", "ShownAllegation", "StandIn", "View", "view"]
