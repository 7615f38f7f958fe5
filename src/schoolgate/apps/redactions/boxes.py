"""The boxes on an attachment's pages as they stand. Pure; their history is that of the marks (`history`)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b

from schoolgate.engines import redact
from schoolgate.engines.redact import attached, attachments

from .history import Do, Entry, State

# What a box by hand may cover besides the finder's categories: a face, a signature, a thing without words.
HAND_CATEGORIES = (*redact.CATEGORIES, attachments.UNREAD[0])


@dataclass(frozen=True, slots=True)
class BoxMark:
    """A box as it stands now.

    Attributes:
        page: the page it is on, as entries name it: `page:<attachment>:<page>`.
        first: the box as it was proposed or drawn, before a person made it larger; None if nobody did.
        bared_by: who laid bare what may be protected, by taking it off; empty if nobody did.
    """

    id: str
    page: str
    box: attached.Box
    category: str
    reason: str
    token: str = ""
    confidence: float = 1.0
    needs_eyes: bool = False
    state: State = State.UNDECIDED
    by_hand: bool = False
    decided_by: str = ""
    entry: str = ""
    why: str = ""
    words: str = field(default="", repr=False)
    bared_by: str = ""
    first: attached.Box | None = None

    def guarded_from(self, by: str) -> bool:
        """Whether taking it off must be explained to a second person: protected words, and what no program can read."""
        protected = self.category in redact.ATTRIBUTES or self.category in attachments.UNREAD
        return protected and not (self.by_hand and self.decided_by == by)


@dataclass(frozen=True, slots=True)
class BoxStanding:
    """The boxes in reading order, and whom a page is about where somebody has said so."""

    boxes: tuple[BoxMark, ...] = ()
    subjects: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def undecided(self) -> int:
        """How many boxes nobody has decided."""
        return sum(one.state is State.UNDECIDED for one in self.boxes)

    def on(self, page: str) -> tuple[BoxMark, ...]:
        """The boxes of one page."""
        return tuple(one for one in self.boxes if one.page == page)


def page_name(attachment: int, page: int) -> str:
    """How entries name a page."""
    return f"page:{attachment}:{page}"


def box_id(salt: str, page: str, box: attached.Box, category: str) -> str:
    """The name of a box: the same for the same place, and telling nothing without the salt."""
    place = f"{page}|{box.left:.1f}|{box.top:.1f}|{box.right:.1f}|{box.bottom:.1f}|{category}"
    return "b" + blake2b(place.encode(), key=salt.encode()[:64], digest_size=6).hexdigest()


def stand_boxes(proposed: Iterable[BoxMark], pages: Sequence[str], entries: Sequence[Entry]) -> BoxStanding:
    """Apply every entry about boxes that was not undone. O(entries + boxes)."""
    undone = {one.of for one in entries if one.do is Do.UNDO}
    boxes = {one.id: one for one in proposed}
    subjects: dict[str, frozenset[str]] = {}
    order = {page: i for i, page in enumerate(pages)}
    for entry in entries:
        if entry.id in undone:
            continue
        if entry.do is Do.SUBJECTS and entry.part in order:
            subjects[entry.part] = frozenset(entry.subjects)
        elif entry.do is Do.ADD and entry.box and entry.part in order:
            box = attached.Box(*entry.box)
            boxes[entry.marks[0]] = BoxMark(
                id=entry.marks[0],
                page=entry.part,
                box=box,
                category=entry.category,
                reason="marked by a person",
                token=entry.token,
                state=State.KEPT,
                by_hand=True,
                decided_by=entry.by,
                entry=entry.id,
            )
        elif entry.do in {Do.KEEP, Do.UNMARK, Do.BOUNDS}:
            for name in entry.marks:
                if name in boxes:
                    boxes[name] = _decided(boxes[name], entry)
    in_order = sorted(boxes.values(), key=lambda one: (order[one.page], round(one.box.top), one.box.left, one.id))
    return BoxStanding(tuple(in_order), subjects)


def _decided(box: BoxMark, entry: Entry) -> BoxMark:
    off = entry.do is Do.UNMARK
    if entry.do is Do.BOUNDS:
        box = replace(box, first=box.first or box.box, box=attached.Box(*entry.box))
    return replace(
        box,
        state=State.UNMARKED if off else State.KEPT,
        decided_by=entry.by,
        entry=entry.id,
        why=entry.reason if off else "",
        words=entry.words if off else "",
        bared_by=entry.by if off and box.guarded_from(entry.by) else "",
    )
