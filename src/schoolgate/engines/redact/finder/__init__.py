"""Finds what a release must ask the law about. It proposes; a person confirms.

`find` reads as well as it can, for a person who waits: the record's own names, shapes of numbers and addresses, and a
network weighed together with a linear tagger and the lexicons. `find_quickly` and `find_many` are for backlogs: the record's
names and the linear tagger alone, some thirty times faster and not as good.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from schoolgate.engines.redact.categories import ATTRIBUTES
from schoolgate.engines.redact.finder.identifiers import end_of_address, find_identifiers
from schoolgate.engines.redact.finder.judging import judged
from schoolgate.engines.redact.finder.lexicons import Hit, lexicons
from schoolgate.engines.redact.finder.model.tagging import Found, Reading
from schoolgate.engines.redact.finder.names import find_known
from schoolgate.engines.redact.finder.quick import REASONS, quick_spans_of
from schoolgate.engines.redact.finder.quick.cells import cells
from schoolgate.engines.redact.finder.quick.known import known_spans
from schoolgate.engines.redact.finder.text import Text
from schoolgate.engines.redact.finder.words import words
from schoolgate.engines.redact.model import Document, Participant, Span
from schoolgate.engines.redact.sentences import TOKEN

__all__ = ["find", "find_each", "find_many", "find_quickly", "marks"]

# Documents of a stream that are read at a time.
_TOGETHER = 256
# Where two marks meet, the surer kind stands; a longer mark beats a shorter one of its kind.
_RANK = {
    "token": 0, "email": 1, "dob": 2, "person_known": 3, "student_number": 4, "phone": 5, "address": 6, "handle": 7,
    "plate": 8, "person_unknown": 9,
}  # fmt: skip


def find(
    text: str, participants: Sequence[Participant] = (), language: str | None = None, *, district: Path | None = None
) -> tuple[Span, ...]:
    """Proposes marks: people, identifiers, protected attributes and what tells them.

    A narrative of two pages takes some 0.3 seconds on two cores.

    Args:
        text: any text of a record, with or without participant tokens.
        participants: the people whom the record knows.
        language: `en`, `es`, `pt`, `ht` or None. Staff mix languages in one line, so all are always read; the argument is
            kept for callers that know.
        district: a folder of lexicons that the district adds to the product's.

    Returns:
        Spans in reading order, over code points of `text`. Attribute marks may overlap each other and hold
        a name; identifier marks do not overlap.
    """
    del language
    return _found((text,), participants, district)[0]


def marks(document: Document, language: str | None = None, *, district: Path | None = None) -> tuple[Span, ...]:
    """`find` over every text of a document; each span names its part."""
    del language
    parts = tuple(document.parts())
    found = _found([text for _, text in parts], document.participants, district)
    return tuple(
        Span(s.start, s.end, s.category, s.token, s.confidence, s.reason, part)
        for (part, _), spans in zip(parts, found, strict=True)
        for s in spans
    )


def find_each(texts: Sequence[str], participants: Sequence[Participant] = ()) -> list[tuple[Span, ...]]:
    """`find` over several texts of one record, read together: faster than one by one."""
    return _found(texts, participants, None)


def find_quickly(text: str, participants: Sequence[Participant] = ()) -> tuple[Span, ...]:
    """Marks as a backlog's audit wants them: some 0.7 MB a second on one core. The same kinds of span as `find`."""
    return next(find_many([(text, participants)]))


def find_many(documents: Iterable[tuple[str, Sequence[Participant]]]) -> Iterator[tuple[Span, ...]]:
    """`find_quickly` over a stream, some hundred documents at a time: memory does not grow with their number."""
    waiting = iter(documents)
    while batch := list(islice(waiting, _TOGETHER)):
        read = [cells(text) for text, _ in batch]
        for (text, participants), seen, others in zip(batch, read, quick_spans_of(read), strict=True):
            known = _settled([*_tokens(text), *known_spans(seen, participants)])
            kept = [span for span in others if not any(_meet(span, one) for one in known)]
            yield tuple(sorted([*known, *kept], key=_place))


def _found(texts: Sequence[str], participants: Sequence[Participant], district: Path | None) -> list[tuple[Span, ...]]:
    # The network reads in threads of its own, meanwhile the rest is looked for.
    readings = [Reading(words(text)) for text in texts]
    known = lexicons(district)
    found = []
    for text, reading in zip(texts, readings, strict=True):
        prepared = Text(text)
        certain = [*_tokens(text), *find_known(prepared, participants), *find_identifiers(prepared, participants)]
        hits = list(known.hits(text, prepared.folded))
        found.append(_together(text, certain, hits, judged(text, hits, reading)))
    return found


def _together(text: str, certain: Sequence[Span], hits: Sequence[Hit], read: Sequence[Found]) -> tuple[Span, ...]:
    likely = [
        Span(one.start, one.end, _category(one), None, round(one.confidence, 3), REASONS[one.category])
        for one in read
        if one.category not in ATTRIBUTES
    ]
    identifiers = _settled(certain)
    # A relative, or somebody else of the same name: more of a name than the record knows is another person's.
    others = [one for one in likely if one.category == "person_unknown" and _longer_name(text, one, identifiers)]
    identifiers = [one for one in identifiers if not any(_within(one, other) for other in others)]
    identifiers = [*identifiers, *(one for one in likely if not any(_meet(one, known) for known in identifiers))]
    identifiers = _settled([_whole(text, one) for one in identifiers])
    attributes = [
        Span(one.start, one.end, one.category, None, round(one.confidence, 3), _reason(one, hits))
        for one in read
        if one.category in ATTRIBUTES
    ]
    attributes += [
        Span(hit.start, hit.end, hit.entry.category, None, 1.0, hit.entry.reason)
        for hit in hits
        if hit.entry.always and hit.counts
    ]
    return tuple(sorted([*identifiers, *attributes], key=_place))


def _whole(text: str, span: Span) -> Span:
    """An address with what belongs to it."""
    return replace(span, end=end_of_address(text, span.end)) if span.category == "address" else span


def _tokens(text: str) -> list[Span]:
    return [Span(*m.span(), "person_known", m.group(1), 1.0, "a participant's token") for m in TOKEN.finditer(text)]


def _category(found: Found) -> str:
    return "person_unknown" if found.category == "person" else found.category


def _reason(found: Found, hits: Sequence[Hit]) -> str:
    """The reason of the lexicon's entry that says the same; else that it reads so."""
    near = [hit for hit in hits if hit.start < found.end and found.start < hit.end and hit.counts]
    same = [hit for hit in near if hit.entry.category == found.category]
    return same[0].entry.reason if same else REASONS.get(found.category, "reads like what tells it, in its sentence")


def _place(span: Span) -> tuple[int, int, str]:
    return span.start, span.end, span.category


def _settled(spans: Sequence[Span]) -> list[Span]:
    kept: list[Span] = []
    for span in sorted(spans, key=lambda s: (_RANK.get(s.category, 9), s.start - s.end, s.start)):
        if not any(_meet(span, other) for other in kept):
            kept.append(span)
    return kept


def _longer_name(text: str, name: Span, identifiers: Sequence[Span]) -> bool:
    """Whether a name holds one part of a known one and words besides, and meets nothing else."""
    met = [one for one in identifiers if _meet(one, name)]
    if len(met) != 1 or met[0].category != "person_known" or not _within(met[0], name):
        return False
    besides = text[name.start : met[0].start] + " " + text[met[0].end : name.end]
    return any(len(word.strip(".,'")) > 1 for word in besides.split())


def _within(a: Span, b: Span) -> bool:
    return b.start <= a.start and a.end <= b.end


def _meet(a: Span, b: Span) -> bool:
    return a.start < b.end and b.start < a.end
