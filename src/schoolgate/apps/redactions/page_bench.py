"""The bench's page for one page of an attachment: its picture with the boxes drawn over it."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import Http404
from django.urls import reverse

from schoolgate.apps.access.actors import Actor
from schoolgate.engines import redact

from .audiences import Choice, Reader, Rule
from .bench import reader_for
from .boxes import BoxMark
from .deciding import to_undo
from .effects import elements_of
from .history import State
from .models import Attachment
from .pages import PageRow, burnt, page_may_leave
from .selectors import Review
from .words import REASONS, category_word


@dataclass(frozen=True, slots=True)
class BoxRow:
    """A box in the drawing and in the list."""

    mark: BoxMark
    number: int
    label: str
    withheld: bool
    sentence: str
    rules: tuple[Rule, ...]
    url: str
    current: bool

    @property
    def width(self) -> float:
        """Points."""
        return self.mark.box.right - self.mark.box.left

    @property
    def height(self) -> float:
        """Points."""
        return self.mark.box.bottom - self.mark.box.top


@dataclass(frozen=True, slots=True)
class PageBench:
    """Everything on the page."""

    review: Review
    row: PageRow
    of: int
    choices: tuple[tuple[Choice, str], ...]
    reader: Reader
    rows: tuple[BoxRow, ...]
    now: BoxRow | None
    reason: str
    ask: bool
    before: str
    after: str
    page_before: str
    page_after: str
    leaves: bool
    subjects: frozenset[str] | None
    students: tuple[tuple[str, str], ...]
    undo: bool
    here: str

    @property
    def undecided(self) -> int:
        """Boxes of this page that nobody has decided."""
        return sum(row.mark.state is State.UNDECIDED for row in self.rows)


def find_page(review: Review, attachment: int, number: int) -> PageRow:
    """One page of a report's attachments.

    Raises:
        Http404: There is none.
    """
    for row in review.attached.pages:
        if (row.attachment.number, row.number) == (attachment, number):
            return row
    raise Http404


def pages_in(review: Review, attachment: Attachment) -> int:
    """How many pages of an attachment were read."""
    return sum(row.attachment.pk == attachment.pk for row in review.attached.pages)


def page_bench(actor: Actor, review: Review, row: PageRow, *, key: str, box: str, ask: str) -> PageBench:
    """Build the page.

    Raises:
        Http404: There is no such audience.
    """
    choices, reader = reader_for(actor, review, key)
    boxes = review.boxes.on(row.name)
    gone = {one.id for one in burnt(boxes, review.document, reader.audience, reader.outcome)}
    current = next((one for one in boxes if one.id == box), None)
    current = current or next((one for one in boxes if one.state is State.UNDECIDED), next(iter(boxes), None))
    base = _address(review, row)

    def url(**more: str) -> str:
        return f"{base}?{urlencode({'for': reader.choice.key, **more})}"

    subjects = review.boxes.subjects.get(row.name)
    students = tuple(one.token for one in review.document.participants if one.role is redact.Role.STUDENT)
    leaves = page_may_leave(row, subjects, frozenset(students), reader.audience, reader.outcome)
    rows = []
    for number, one in enumerate(boxes, start=1):
        sentence, rules = _effect(one, review, reader, withheld=one.id in gone)
        rows.append(
            BoxRow(
                mark=one,
                number=number,
                label=category_word(one.category),
                withheld=one.id in gone or not leaves,
                sentence=sentence,
                rules=rules,
                url=url(box=one.id) + "#now",
                current=current is not None and one.id == current.id,
            )
        )
    at = next((i for i, one in enumerate(rows) if one.current), 0)
    place = review.attached.pages.index(row)
    pages = review.attached.pages
    names = review.opened.names
    return PageBench(
        review=review,
        row=row,
        of=pages_in(review, row.attachment),
        choices=tuple((one, f"{base}?{urlencode({'for': one.key})}") for one in choices),
        reader=reader,
        rows=tuple(rows),
        now=rows[at] if rows else None,
        reason=REASONS.get(rows[at].mark.why, "") if rows else "",
        ask=ask == "unmark",
        before=rows[at - 1].url if rows else "",
        after=rows[(at + 1) % len(rows)].url if rows else "",
        page_before=_address(review, pages[place - 1]) if place else "",
        page_after=_address(review, pages[place + 1]) if place + 1 < len(pages) else "",
        leaves=leaves,
        subjects=subjects,
        students=tuple((token, names[token].full) for token in students),
        undo=to_undo(actor, review) is not None,
        here=url(),
    )


def next_undecided_box(review: Review, page: str, after: str) -> str:
    """The first undecided box of a page after one, going round; the same box when none is left."""
    boxes = review.boxes.on(page)
    place = next((i for i, one in enumerate(boxes) if one.id == after), -1)
    round_ = [*boxes[place + 1 :], *boxes[: place + 1]]
    return next((one.id for one in round_ if one.state is State.UNDECIDED), after)


def _address(review: Review, row: PageRow) -> str:
    return reverse("redactions:page", args=[review.opened.report.pk, row.attachment.number, row.number])


def _effect(box: BoxMark, review: Review, reader: Reader, *, withheld: bool) -> tuple[str, tuple[Rule, ...]]:
    """What becomes of a box in the copy for this audience, in words and with the law."""
    if box.state is State.UNMARKED:
        return "Taken off: this part of the page will be shown.", ()
    if not withheld:
        return "No law withholds this for this audience: it will be shown.", ()
    if box.category not in redact.CATEGORIES:
        return "Withheld: no program can read it. It stays out unless a person who looked at it takes the box off.", ()
    span = redact.Span(0, 1, box.category, box.token or None)
    elements = elements_of(span, review.document, reader)
    barred = [one for one in elements if reader.outcome.get(one) is not True]
    rules = tuple(dict.fromkeys(rule for one in barred for rule in reader.rules.get(one, ())))
    if rules:
        return "Withheld.", rules
    if reader.pending:
        return f"Withheld: {reader.pending}", ()
    return "Withheld until the law decides again: it knew of nothing of this kind.", ()


def as_they_will(review: Review, reader: Reader, row: PageRow) -> list[BoxMark] | None:
    """The boxes to burn for an audience; None where the whole page stays out."""
    students = frozenset(one.token for one in review.document.participants if one.role is redact.Role.STUDENT)
    subjects = review.boxes.subjects.get(row.name)
    if not page_may_leave(row, subjects, students, reader.audience, reader.outcome):
        return None
    return burnt(review.boxes.on(row.name), review.document, reader.audience, reader.outcome)
