"""What persons did at the bench, as entries that are only ever added, and what follows from them. Pure.

An entry decides marks, gives one other bounds, adds one by hand, says whom a sentence is about, or undoes an earlier
entry. Marks are named by a keyed digest of their place, so that an address or a log line tells nothing of them.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from hashlib import blake2b
from typing import Any

from schoolgate.engines import redact


class State(StrEnum):
    """Where a mark stands."""

    UNDECIDED = "undecided"
    KEPT = "kept"
    UNMARKED = "unmarked"


class Do(StrEnum):
    """What an entry does."""

    KEEP = "keep"
    UNMARK = "unmark"
    BOUNDS = "bounds"
    ADD = "add"
    SUBJECTS = "subjects"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that one person did.

    Attributes:
        id: random; what an undo names.
        by: the person's sign-in.
        at: ISO 8601.
        marks: ids of the marks that it decides; of an added one, its own id.
        start: of new bounds or an added mark: code points of the part.
        reason: of an unmarking, or of a narrowing that bares protected words: a code of `words.REASONS`.
        words: what the person wrote beside the code.
        sentence: number of the sentence in the narrative; `subjects` are then tokens.
        texts: digest of the part, or of the narrative's sentences: an entry about another text counts no more.
        of: the entry that an undo takes back.
        box: left, top, right and bottom of a box marked by hand, in points; `part` is then a page (`page:1:2`).
    """

    id: str
    by: str
    at: str
    do: Do
    marks: tuple[str, ...] = ()
    part: str = ""
    start: int = 0
    end: int = 0
    category: str = ""
    token: str = ""
    reason: str = ""
    words: str = field(default="", repr=False)
    sentence: int = -1
    subjects: tuple[str, ...] = ()
    texts: str = ""
    of: str = ""
    box: tuple[float, ...] = ()


def entries_to_bytes(entries: Iterable[Entry]) -> bytes:
    """Entries as JSON, what has its default left out."""
    usual = {one.name: one.default for one in fields(Entry)}
    plain = [{name: value for name, value in asdict(one).items() if value != usual[name]} for one in entries]
    return json.dumps(plain, ensure_ascii=False).encode()


def entries_from_bytes(text: bytes) -> tuple[Entry, ...]:
    """Read what `entries_to_bytes` wrote."""
    return tuple(_entry(one) for one in json.loads(text))


def _entry(data: dict[str, Any]) -> Entry:
    data |= {name: tuple(data[name]) for name in ("marks", "subjects", "box") if name in data}
    return Entry(**{**data, "do": Do(data["do"])})


@dataclass(frozen=True, slots=True)
class Texts:
    """The digests of a document's texts: a decision holds for the very words it was made of."""

    of: Mapping[str, str]

    @classmethod
    def of_document(cls, document: redact.Document) -> "Texts":
        """The digests of every part; the narrative's also tells where its sentences end."""
        found = {part: _digest(text) for part, text in document.parts()}
        sentences = (one.text for paragraph in document.paragraphs for one in paragraph.sentences)
        found[redact.NARRATIVE] = _digest("\x1e".join(sentences))
        return cls(found)


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def mark_id(salt: str, texts: Texts, span: redact.Span) -> str:
    """The name of a mark: the same for the same place of the same text, and telling nothing without the salt."""
    place = f"{texts.of[span.part]}|{span.part}|{span.start}|{span.end}|{span.category}|{span.token or ''}"
    return "m" + blake2b(place.encode(), key=salt.encode()[:64], digest_size=6).hexdigest()


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark as it stands now.

    Attributes:
        span: with the bounds that count.
        first: as it was proposed or added.
        state: undecided, kept or unmarked.
        by_hand: nobody proposed it but a person.
        decided_by: who decided it last; empty while undecided.
        entry: the entry that decided it last.
        bared_by: who took protected words out of it, by unmarking or by narrowing; empty if nobody did.
    """

    id: str
    span: redact.Span
    first: redact.Span
    state: State = State.UNDECIDED
    by_hand: bool = False
    decided_by: str = ""
    entry: str = ""
    reason: str = ""
    words: str = field(default="", repr=False)
    bared_by: str = ""

    @property
    def protected(self) -> bool:
        """Whether it marks what M.G.L. c.71 s.37L protects, or a proxy for it."""
        return self.span.category in redact.ATTRIBUTES

    def guarded_from(self, by: str) -> bool:
        """Whether somebody who bares words of it must say why to a second person: not of one's own marking by hand."""
        return self.protected and not (self.by_hand and self.decided_by == by)

    @property
    def changed(self) -> bool:
        """Whether it has other bounds than it had at first."""
        return (self.span.start, self.span.end) != (self.first.start, self.first.end)


@dataclass(frozen=True, slots=True)
class Standing:
    """What follows from all entries: the marks in reading order, and whom sentences are about."""

    marks: tuple[Mark, ...]
    subjects: Mapping[int, frozenset[str]]

    @property
    def undecided(self) -> int:
        """How many marks nobody has decided."""
        return sum(one.state is State.UNDECIDED for one in self.marks)


def stand(
    document: redact.Document, texts: Texts, proposed: Mapping[str, redact.Span], entries: Sequence[Entry]
) -> Standing:
    """Apply every entry that was not undone to the proposed marks (id -> span). O(entries + marks)."""
    undone = {one.of for one in entries if one.do is Do.UNDO}
    marks = {name: Mark(name, span, span) for name, span in proposed.items()}
    subjects: dict[int, frozenset[str]] = {}
    lengths = {part: len(text) for part, text in document.parts()}
    for entry in entries:
        if entry.id in undone or entry.do is Do.UNDO:
            continue
        if entry.do is Do.SUBJECTS:
            if entry.texts == texts.of[redact.NARRATIVE]:
                subjects[entry.sentence] = frozenset(entry.subjects)
        elif entry.do is Do.ADD:
            if entry.texts == texts.of.get(entry.part) and entry.end <= lengths[entry.part]:
                _add(marks, entry)
        else:
            for name in entry.marks:
                if name in marks:
                    marks[name] = _decided(marks[name], entry)
    order = {part: i for i, part in enumerate(lengths)}
    in_order = sorted(marks.values(), key=lambda one: (order[one.span.part], one.span.start, one.span.end, one.id))
    return Standing(tuple(in_order), subjects)


def _add(marks: dict[str, Mark], entry: Entry) -> None:
    span = redact.Span(
        entry.start, entry.end, entry.category, entry.token or None, 1.0, "marked by a person", entry.part
    )
    name = entry.marks[0]
    marks[name] = Mark(name, span, span, State.KEPT, by_hand=True, decided_by=entry.by, entry=entry.id)


def _decided(mark: Mark, entry: Entry) -> Mark:
    protected = mark.guarded_from(entry.by)
    if entry.do is Do.UNMARK:
        return replace(
            mark,
            state=State.UNMARKED,
            decided_by=entry.by,
            entry=entry.id,
            reason=entry.reason,
            words=entry.words,
            bared_by=entry.by if protected else "",
        )
    start, end = (mark.span.start, mark.span.end) if entry.do is Do.KEEP else (entry.start, entry.end)
    bares = protected and (start > mark.first.start or end < mark.first.end)
    narrowed = entry.do is Do.BOUNDS and bares
    return replace(
        mark,
        span=replace(mark.span, start=start, end=end),
        state=State.KEPT,
        decided_by=entry.by,
        entry=entry.id,
        reason=entry.reason if narrowed else mark.reason if bares else "",
        words=entry.words if narrowed else mark.words if bares else "",
        bared_by=(entry.by if narrowed else mark.bared_by) if bares else "",
    )
