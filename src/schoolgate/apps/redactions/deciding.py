"""From what a person asks at the bench to entries: checked, and with the bounds worked out. Pure."""

import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from schoolgate.apps.access.actors import Actor
from schoolgate.apps.access.moment import now
from schoolgate.apps.ledger.acts import Impossible
from schoolgate.engines import redact
from schoolgate.engines.redact import attached

from .boxes import HAND_CATEGORIES, BoxMark, box_id
from .history import Do, Entry, Mark, State, mark_id
from .proposing import salt_of
from .selectors import Review
from .words import NEEDS_WORDS, REASONS

_WORD = re.compile(r"@?\w+(?:['\u2019-]\w+)*")
LONGEST_WORDS = 500
# By how many points a step makes a box larger on each side: half a line of print.
STEP = 6.0


@dataclass(frozen=True, slots=True)
class Why:
    """Why protected words are laid bare or a mark is taken off: a code, and words."""

    code: str = ""
    words: str = field(default="", repr=False)


def keep(actor: Actor, marks: Iterable[Mark | BoxMark]) -> Entry:
    """Keep marks as they stand."""
    return _entry(actor, Do.KEEP, marks=_ids(marks))


def unmark(actor: Actor, marks: Iterable[Mark | BoxMark], why: Why) -> Entry:
    """Take marks off: this is no such thing.

    Raises:
        Impossible: Without a reason; a protected attribute also needs words of one's own.
    """
    marks = list(marks)
    _require_why(why, protected=any(one.guarded_from(str(actor.user_id)) for one in marks))
    return _entry(actor, Do.UNMARK, marks=_ids(marks), reason=why.code, words=why.words.strip())


def move(actor: Actor, review: Review, mark: Mark, how: str, why: Why) -> Entry:
    """Widen or narrow a mark by one word: `how` is `wider`, `narrower`, `wider-start` or `narrower-start`.

    Raises:
        Impossible: There is no word to take, or protected words would be laid bare without a reason.
    """
    start, end = moved(review, mark, how)
    bares = bares_protected(mark, start, end) and mark.guarded_from(str(actor.user_id))
    if bares:
        _require_why(why, protected=True)
    given = {"reason": why.code, "words": why.words.strip()} if bares else {}
    return _entry(actor, Do.BOUNDS, marks=(mark.id,), start=start, end=end, **given)


def moved(review: Review, mark: Mark, how: str) -> tuple[int, int]:
    """The bounds of a mark that was widened or narrowed by one word.

    Raises:
        Impossible: There is no word to take.
    """
    text = review.document.text(mark.span.part)
    start, end = mark.span.start, mark.span.end
    words = [found.span() for found in _WORD.finditer(text)]
    match how:
        case "wider":
            end = next((b for a, b in words if b > end), end)
        case "narrower":
            end = max((b for a, b in words if b < end and a >= start), default=end)
        case "wider-start":
            start = max((a for a, _ in words if a < start), default=start)
        case "narrower-start":
            start = next((a for a, _ in words if a > start and a < end), start)
    if (start, end) == (mark.span.start, mark.span.end):
        raise Impossible("There is no further word on that side.")
    return start, end


def bares_protected(mark: Mark, start: int, end: int) -> bool:
    """Whether new bounds lay bare words that were marked as protected."""
    return mark.protected and (start > mark.first.start or end < mark.first.end)


def add(actor: Actor, review: Review, places: Sequence[tuple[str, int, int]], category: str, token: str) -> list[Entry]:
    """Mark places by hand, widened to whole words.

    Raises:
        Impossible: No place, an unknown category or person, or it is marked so already.
    """
    if category not in redact.CATEGORIES:
        raise Impossible("Choose what the words tell.")
    if token and review.document.participant(token) is None:
        raise Impossible("Choose a person of this report.")
    if category == "person_known" and not token:
        raise Impossible("Say whose name it is; for somebody whom the report does not list, choose “another person”.")
    standing = {one.id: one for one in review.standing.marks}
    made = []
    for part, start, end in places:
        span = redact.Span(*whole_words(review.document.text(part), start, end), category, token or None, part=part)
        name = mark_id(salt_of(review.opened.version), review.texts, span)
        if name in standing:
            if standing[name].state is not State.KEPT:
                made.append(keep(actor, [standing[name]]))
            continue
        made.append(
            _entry(
                actor,
                Do.ADD,
                marks=(name,),
                part=part,
                start=span.start,
                end=span.end,
                category=category,
                token=token,
                texts=review.texts.of[part],
            )
        )
    if not made:
        raise Impossible("These words are marked so already." if places else "These words are not in the report.")
    return made


def whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """Bounds widened to the words they touch.

    Raises:
        Impossible: They touch no word.
    """
    touched = [found.span() for found in _WORD.finditer(text) if found.start() < end and start < found.end()]
    if not touched:
        raise Impossible("Choose at least one word.")
    return min(a for a, _ in touched), max(b for _, b in touched)


def places_of(document: redact.Document, words: str) -> list[tuple[str, int, int]]:
    """Every place where words stand in a document, whatever their case."""
    pieces = words.split()
    if not pieces:
        return []
    pattern = re.compile(r"(?<!\w)" + r"\s+".join(map(re.escape, pieces)) + r"(?!\w)", re.IGNORECASE)
    return [(part, *found.span()) for part, text in document.parts() for found in pattern.finditer(text)]


def place_from(document: redact.Document, text: str) -> tuple[str, int, int]:
    """A place as the page writes it: `narrative|12|30`.

    Raises:
        Impossible: It is no place of this document.
    """
    part, _, bounds = text.partition("|")
    start, _, end = bounds.partition("|")
    lengths = {name: len(whole) for name, whole in document.parts()}
    if part not in lengths or not (start.isascii() and start.isdigit() and end.isascii() and end.isdigit()):
        raise Impossible("Choose words of the report.")
    if not 0 <= int(start) < int(end) <= lengths[part]:
        raise Impossible("Choose words of the report.")
    return part, int(start), int(end)


def tell_subjects(actor: Actor, review: Review, sentence: int, tokens: Sequence[str]) -> Entry:
    """Say of which students a sentence is; none is an answer too.

    Raises:
        Impossible: There is no such sentence or student.
    """
    known = {one.token for one in review.document.participants if one.role is redact.Role.STUDENT}
    sentences = sum(len(paragraph.sentences) for paragraph in review.document.paragraphs)
    if not 0 <= sentence < sentences or not set(tokens) <= known:
        raise Impossible("Choose students of this report.")
    told = tuple(sorted(set(tokens)))
    return _entry(actor, Do.SUBJECTS, sentence=sentence, subjects=told, texts=review.texts.of[redact.NARRATIVE])


@dataclass(frozen=True, slots=True)
class NewBox:
    """A box that a person draws on a page."""

    page: str
    box: attached.Box
    category: str
    token: str = ""


def add_box(actor: Actor, review: Review, new: NewBox) -> Entry:
    """Mark a part of an attachment's page by hand.

    Raises:
        Impossible: There is no such page, the box has no size, or what it tells was not said.
    """
    box = new.box
    if new.page not in {one.name for one in review.attached.pages}:
        raise Impossible("Choose a page of this report's attachments.")
    if not (box.left < box.right and box.top < box.bottom):
        raise Impossible("The box has no size: give the places of its four sides.")
    if new.category not in HAND_CATEGORIES:
        raise Impossible("Choose what is in the box.")
    if new.token and review.document.participant(new.token) is None:
        raise Impossible("Choose a person of this report.")
    if new.category == "person_known" and not new.token:
        raise Impossible("Say whose name it is; for somebody whom the report does not list, choose “another person”.")
    name = box_id(salt_of(review.opened.version), new.page, box, new.category)
    if any(one.id == name for one in review.boxes.boxes):
        raise Impossible("This box is there already.")
    sides = (box.left, box.top, box.right, box.bottom)
    return _entry(actor, Do.ADD, marks=(name,), part=new.page, category=new.category, token=new.token, box=sides)


def resize_box(actor: Actor, mark: BoxMark, how: str, whole: attached.Box) -> Entry:
    """Make a box larger by a step on each side (`wider`), or smaller again (`narrower`), never smaller than at first.

    `whole` is the page.

    Raises:
        Impossible: It reaches over the whole page already, or would lay bare what it covered at first.
    """
    first, box = mark.first or mark.box, mark.box
    if how == "wider":
        made = attached.Box(
            max(whole.left, box.left - STEP),
            max(whole.top, box.top - STEP),
            max(box.right, min(whole.right, box.right + STEP)),
            max(box.bottom, min(whole.bottom, box.bottom + STEP)),
        )
    else:
        made = attached.Box(
            min(first.left, box.left + STEP),
            min(first.top, box.top + STEP),
            max(first.right, box.right - STEP),
            max(first.bottom, box.bottom - STEP),
        )
    if made == box:
        raise Impossible(
            "The box reaches over the whole page already."
            if how == "wider"
            else "It is as small as it was at first: take it off, and mark by hand what must not be seen."
        )
    sides = (made.left, made.top, made.right, made.bottom)
    return _entry(actor, Do.BOUNDS, marks=(mark.id,), part=mark.page, box=sides)


def tell_page_subjects(actor: Actor, review: Review, page: str, tokens: Sequence[str]) -> Entry:
    """Say of which students a page of an attachment is; none is an answer too.

    Raises:
        Impossible: There is no such page or student.
    """
    known = {one.token for one in review.document.participants if one.role is redact.Role.STUDENT}
    if page not in {one.name for one in review.attached.pages} or not set(tokens) <= known:
        raise Impossible("Choose students of this report.")
    return _entry(actor, Do.SUBJECTS, part=page, subjects=tuple(sorted(set(tokens))))


def undo(actor: Actor, review: Review) -> Entry:
    """Take back the newest thing that one did oneself, signed or not, by an entry of its own.

    Raises:
        Impossible: There is nothing to take back.
    """
    last = to_undo(actor, review)
    if last is None:
        raise Impossible("There is nothing of yours to undo.")
    return _entry(actor, Do.UNDO, of=last.id)


def to_undo(actor: Actor, review: Review) -> Entry | None:
    """What an undo would take back."""
    gone = {one.of for one in review.entries}
    mine = (one for one in reversed(review.entries) if one.by == str(actor.user_id))
    return next((one for one in mine if one.do is not Do.UNDO and one.id not in gone), None)


def alike(review: Review, mark: Mark) -> list[Mark]:
    """The marks of the same category and person on the same words, itself among them."""
    wanted = _alike_key(review.document, mark)
    return [one for one in review.standing.marks if _alike_key(review.document, one) == wanted]


def _alike_key(document: redact.Document, mark: Mark) -> tuple[str, str | None, str]:
    text = document.text(mark.span.part)[mark.span.start : mark.span.end]
    return mark.span.category, mark.span.token, " ".join(text.casefold().split())


def _require_why(why: Why, *, protected: bool) -> None:
    if why.code not in REASONS:
        raise Impossible("Choose why this is no such thing.")
    if len(why.words) > LONGEST_WORDS:
        raise Impossible(f"Write at most {LONGEST_WORDS} letters.")
    if (protected or why.code in NEEDS_WORDS) and not why.words.strip():
        raise Impossible(
            "Say in your own words why it tells nothing protected (M.G.L. c.71 s.37L): a second person reads it."
            if protected
            else "Say in your own words what it is."
        )


def _ids(marks: Iterable[Mark | BoxMark]) -> tuple[str, ...]:
    return tuple(one.id for one in marks)


def _entry(actor: Actor, do: Do, **given: Any) -> Entry:  # noqa: ANN401 - the fields of an entry
    return Entry(
        id=secrets.token_hex(8),
        by=str(actor.person),
        at=now().isoformat(timespec="seconds"),
        do=do,
        **given,
    )
