"""The document as the bench draws it: runs of text, with the marks on them and what the copy would leave out. Pure."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from schoolgate.engines import redact

from .history import Mark, State


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of a part that looks alike from end to end.

    Attributes:
        text: as it is written.
        part: of which part, from code point `start` to `end`.
        marks: the marks on it; several where they overlap.
        ends: those of them that end here, which are labelled here.
        gone: whether the copy leaves these words out.
        person: what stands in the copy for a person's token; None for plain text.
    """

    text: str = field(repr=False)
    part: str
    start: int
    end: int
    marks: tuple[Mark, ...] = ()
    ends: tuple[Mark, ...] = ()
    gone: bool = False
    person: redact.Piece | None = None


@dataclass(frozen=True, slots=True)
class SentenceRuns:
    """A sentence of the narrative.

    Attributes:
        number: counted over the whole narrative, from 0.
        subjects: the students it is about, or None while nobody has said so.
        told: whether a person said so.
        flag: why a copy leaves it out whole: a flag's code, empty for one about others only; None if it stays.
    """

    number: int
    runs: tuple[Run, ...]
    subjects: tuple[str, ...] | None
    told: bool
    flag: str | None


@dataclass(frozen=True, slots=True)
class Part:
    """A field or an allegation's text. `withheld` names the element for which the copy leaves all of it out."""

    label: str
    runs: tuple[Run, ...]
    withheld: str


@dataclass(frozen=True, slots=True)
class Claim:
    """An allegation with its parts."""

    about: str
    parts: tuple[Part, ...]
    status: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """The whole document."""

    narrative_withheld: str
    paragraphs: tuple[tuple[SentenceRuns, ...], ...]
    title: Part
    fields: tuple[Part, ...]
    claims: tuple[Claim, ...]


def lay_out(document: redact.Document, marks: Sequence[Mark], cuts: redact.Cuts, told: Iterable[int]) -> Sheet:
    """Lay a document out. O(n log n) in text and marks."""
    texts = dict(document.parts())
    on_part: dict[str, list[Mark]] = {part: [] for part in texts}
    for mark in marks:
        on_part[mark.span.part].append(mark)
    said = frozenset(told)

    def part(name: str, label: str) -> Part:
        runs = runs_of(name, texts[name], on_part[name], cuts.of[name])
        return Part(label, tuple(runs), cuts.whole.get(name, ""))

    return Sheet(
        narrative_withheld=cuts.whole.get(redact.NARRATIVE, ""),
        paragraphs=_paragraphs(document, texts[redact.NARRATIVE], on_part[redact.NARRATIVE], cuts, said),
        title=part("title", "Title"),
        fields=tuple(part(f"field:{i}", one.label) for i, one in enumerate(document.fields)),
        claims=tuple(
            Claim(
                one.about or "",
                tuple(part(f"allegation:{one.id}:{name}", label) for name, label in CLAIM_PARTS),
                one.status,
            )
            for one in document.allegations
        ),
    )


CLAIM_PARTS = (("text", "What is said"), ("source", "Who says so"), ("basis", "How they know"))


def _paragraphs(
    document: redact.Document, text: str, marks: Sequence[Mark], cuts: redact.Cuts, told: frozenset[int]
) -> tuple[tuple[SentenceRuns, ...], ...]:
    """Sentences with the space that follows each, so that their runs make up the whole narrative."""
    found: list[tuple[SentenceRuns, ...]] = []
    number = at = 0
    for p, paragraph in enumerate(document.paragraphs):
        sentences = []
        for s, sentence in enumerate(paragraph.sentences):
            last = s == len(paragraph.sentences) - 1
            end = at + len(sentence.text) + (0 if last else 1)
            runs = runs_of(redact.NARRATIVE, text, marks, cuts.of[redact.NARRATIVE], (at, end))
            subjects = sentence.subjects
            if subjects is None:
                subjects = _named_by_marks(document, marks, at, end) or None
            ordered = None if subjects is None else tuple(sorted(subjects))
            sentences.append(SentenceRuns(number, tuple(runs), ordered, number in told, cuts.left_out.get((p, s))))
            number, at = number + 1, end
        found.append(tuple(sentences))
        at += 2
    return tuple(found)


def _named_by_marks(document: redact.Document, marks: Sequence[Mark], start: int, end: int) -> frozenset[str]:
    """The students whom marks in a sentence are about: the view goes by them where nobody said whose it is."""
    tokens = {m.span.token for m in marks if m.state is not State.UNMARKED and start <= m.span.start < end}
    people = (document.participant(token) for token in tokens if token)
    return frozenset(one.token for one in people if one and one.role is redact.Role.STUDENT)


def runs_of(
    part: str, text: str, marks: Sequence[Mark], cuts: Sequence[redact.Cut], within: tuple[int, int] | None = None
) -> Iterable[Run]:
    """The runs of a part, or of a piece of it: together they are its text."""
    first, last = within or (0, len(text))
    near = [one for one in marks if one.span.start < last and first < one.span.end]
    edges = {first, last}
    for start, end in [(m.span.start, m.span.end) for m in near] + [(c.start, c.end) for c in cuts]:
        edges |= {edge for edge in (start, end) if first < edge < last}
    places = sorted(edges)
    starts = [one.start for one in cuts]
    for start, end in pairwise(places):
        cut = cuts[i] if (i := bisect_right(starts, start) - 1) >= 0 and start < cuts[i].end else None
        here = tuple(m for m in near if m.span.start <= start and end <= m.span.end)
        person = cut.piece if cut and not cut.hides and not here else None
        yield Run(
            text=text[start:end],
            part=part,
            start=start,
            end=end,
            marks=here,
            ends=tuple(m for m in here if m.span.end == end),
            gone=cut is not None and cut.hides,
            person=person,
        )


def state_of(marks: Sequence[Mark]) -> State:
    """How a run with these marks looks: undecided if one of them is, else kept if one is."""
    states = {one.state for one in marks}
    return next(state for state in (State.UNDECIDED, State.KEPT, State.UNMARKED) if state in states)
