"""The bench's page: what it says, in the order in which its reader needs it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.http import Http404
from django.urls import reverse

from schoolgate.apps.access.actors import Actor
from schoolgate.engines import redact

from .audiences import Choice, Reader, choices_for
from .boxes import BoxMark
from .deciding import alike, to_undo
from .effects import Effect, effect_of
from .history import Mark, State
from .layout import SentenceRuns, Sheet, lay_out
from .selectors import Review, bared_by
from .words import REASONS, category_word

ASKS = frozenset({"unmark", "narrower", "narrower-start"})


@dataclass(frozen=True, slots=True)
class Row:
    """A mark in the list."""

    mark: Mark
    label: str
    words: str = field(repr=False)
    where: str
    effect: Effect
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class Bared:
    """Protected words that somebody laid bare, for the second person."""

    row: Row
    by: str
    reason: str
    words: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Now:
    """The mark one is at."""

    row: Row
    alike: int
    decided_by: str
    reason: str
    ask: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Bench:
    """Everything on the page."""

    review: Review
    choices: tuple[tuple[Choice, str], ...]
    reader: Reader
    sheet: Sheet
    rows: tuple[Row, ...]
    now: Now | None
    sentence: SentenceRuns | None
    students: tuple[tuple[str, str], ...]
    flagged: tuple[SentenceRuns, ...]
    unsigned: int
    undo: bool
    bared: tuple[Bared, ...]
    second: bool
    finished_by: str
    here: str

    @property
    def bared_boxes(self) -> list[tuple[BoxMark, str, str]]:
        """Parts of attachments that somebody laid bare, each with the address of its page and why."""
        places = {row.name: (row.attachment.number, row.number) for row in self.review.attached.pages}
        found = []
        for one in self.review.boxes.boxes:
            if one.bared_by:
                base = reverse("redactions:page", args=[self.review.opened.report.pk, *places[one.page]])
                address = f"{base}?{urlencode({'for': self.reader.choice.key, 'box': one.id})}#now"
                found.append((one, address, REASONS.get(one.why, "")))
        return found

    @property
    def undecided(self) -> int:
        """Marks that nobody has decided."""
        return self.review.standing.undecided

    @property
    def count(self) -> int:
        """All marks."""
        return len(self.rows)


def reader_for(actor: Actor, review: Review, key: str) -> tuple[list[Choice], Reader]:
    """The audiences of a report, and the one asked for; the first without a key.

    Raises:
        Http404: It has no such audience.
    """
    known = choices_for(actor, review)
    for source, choice in known:
        if choice.key == key or not key:
            return [one for _, one in known], source.reader(actor, review, choice)
    raise Http404


def bench(actor: Actor, review: Review, *, key: str, mark: str, sentence: str, ask: str) -> Bench:
    """Build the page.

    Raises:
        Http404: There is no such audience.
    """
    choices, reader = reader_for(actor, review, key)
    document, marks = review.document, review.standing.marks
    cuts = redact.cuts(document, review.spans, reader.outcome, reader.audience)
    base = reverse("redactions:bench", args=[review.opened.report.pk])

    def url(**more: str) -> str:
        return f"{base}?{urlencode({'for': reader.choice.key, **more})}"

    texts = dict(document.parts())
    labels = where_labels(document)
    sheet = lay_out(document, marks, cuts, review.standing.subjects)
    chosen = _chosen_sentence(sheet, sentence)
    current = None if chosen else _current(marks, mark)
    rows = [
        Row(
            mark=one,
            label=category_word(one.span.category),
            words=texts[one.span.part][one.span.start : one.span.end],
            where=labels[one.span.part],
            effect=effect_of(one, document, cuts, reader),
            url=url(mark=one.id) + "#now",
            current=current is not None and one.id == current.id,
        )
        for one in marks
    ]
    names = review.people
    bared = [
        Bared(row, names.get(row.mark.bared_by, ""), REASONS.get(row.mark.reason, ""), row.mark.words)
        for row in rows
        if row.mark.bared_by
    ]
    return Bench(
        review=review,
        choices=tuple((one, f"{base}?{urlencode({'for': one.key})}") for one in choices),
        reader=reader,
        sheet=sheet,
        rows=tuple(sorted(rows, key=lambda row: row.mark.state is not State.UNDECIDED)),
        now=_now(rows, review, names, ask) if current else None,
        sentence=chosen,
        students=tuple(
            (one.token, review.opened.names[one.token].full)
            for one in document.participants
            if one.role is redact.Role.STUDENT
        ),
        flagged=tuple(one for paragraph in sheet.paragraphs for one in paragraph if one.flag),
        unsigned=len(review.entries) - review.signed,
        undo=to_undo(actor, review) is not None,
        bared=tuple(bared),
        second=str(actor.user_id) in bared_by(review),
        finished_by=names.get(str(review.finish.person), "") if review.finish else "",
        here=url(),
    )


def where_labels(document: redact.Document) -> dict[str, str]:
    """Part -> where it stands, in words."""
    found = {"title": "Title", redact.NARRATIVE: "What happened"}
    found |= {f"field:{i}": one.label for i, one in enumerate(document.fields)}
    for number, claim in enumerate(document.allegations, start=1):
        said = {"text": "what is said", "source": "who says so", "basis": "how they know"}
        found |= {f"allegation:{claim.id}:{part}": f"Claim {number}, {words}" for part, words in said.items()}
    return found


def next_undecided(review: Review, after: str) -> str:
    """The id of the first undecided mark after one, going round; the same mark when none is left."""
    marks = review.standing.marks
    place = next((i for i, one in enumerate(marks) if one.id == after), -1)
    round_ = [*marks[place + 1 :], *marks[: place + 1]]
    return next((one.id for one in round_ if one.state is State.UNDECIDED), after)


def _current(marks: tuple[Mark, ...], wanted: str) -> Mark | None:
    """The mark asked for, else the first undecided one, else the first."""
    named = (one for one in marks if one.id == wanted)
    undecided = (one for one in marks if one.state is State.UNDECIDED)
    return next(named, None) or next(undecided, None) or next(iter(marks), None)


def _now(rows: list[Row], review: Review, names: Mapping[str, str], ask: str) -> Now:
    place = next(i for i, row in enumerate(rows) if row.current)
    row = rows[place]
    return Now(
        row=row,
        alike=len(alike(review, row.mark)),
        decided_by=names.get(row.mark.decided_by, ""),
        reason=REASONS.get(row.mark.reason, ""),
        ask=ask if ask in ASKS else "",
        before=rows[place - 1].url,
        after=rows[(place + 1) % len(rows)].url,
    )


def _chosen_sentence(sheet: Sheet, wanted: str) -> SentenceRuns | None:
    found = (one for paragraph in sheet.paragraphs for one in paragraph if str(one.number) == wanted)
    return next(found, None)
