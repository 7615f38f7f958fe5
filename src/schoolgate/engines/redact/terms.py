"""What the gate must not find in a finished copy, and where the same words are rightly there."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from schoolgate.engines.redact import cut
from schoolgate.engines.redact.cut import Shown
from schoolgate.engines.redact.model import Audience, Document, Span
from schoolgate.engines.redact.normal import plain
from schoolgate.engines.redact.sentences import TOKEN
from schoolgate.engines.redact.views import View

SHORTEST_TERM = 3
_CHUNK = 6
_NEIGHBOURS = 2
_WORD = re.compile(r"\w+(?:['\u2019-]\w+)*")


@dataclass(frozen=True, slots=True)
class Terms:
    """Withheld terms, and phrases in which the same words may stand. Both are kept out of reprs."""

    withheld: tuple[str, ...] = field(repr=False)
    allowed: tuple[str, ...] = field(repr=False)


def terms(
    document: Document,
    spans: Iterable[Span],
    outcome: Mapping[str, bool],
    audience: Audience,
    view: View,
) -> Terms:
    """The gate's two lists for a copy of this document.

    Withheld are the words cut from each text, long ones also in pieces of six words, the values of fields
    and allegations that stay in, and every name, name part, number and birth date of people who are not
    named. Allowed are the places in the view where a withheld word also stands in a text that nobody
    marked, with its neighbours: "Spanish class" beside a withheld "Spanish". A capitalised name is never
    allowed by itself: if the finder missed it, the gate must stop.
    """
    cutter = cut.Cutter(document, tuple(spans), outcome, audience)
    texts = dict(document.parts())
    found: list[str] = []
    for part, start, end in cutter.hidden():
        found += _searchable(texts[part][start:end])
    for i, item in enumerate(document.fields):
        if not cutter.allows_about(item.element, item.about):
            found += _searchable(texts[f"field:{i}"])
    for claim in document.allegations:
        if not cutter.allows_about(claim.element, claim.about):
            found += _searchable(claim.text)
    if document.paragraphs and not cutter.allows("narrative"):
        found += _searchable(document.narrative())
    names = _names(document, cutter)
    withheld = tuple(dict.fromkeys(t for t in (*names, *found) if len(plain(t)) >= SHORTEST_TERM))
    return Terms(withheld, tuple(_rightly_there(withheld, {plain(n) for n in names}, view)))


def _searchable(text: str) -> Iterable[str]:
    for run in TOKEN.split(text)[::2]:
        words = run.split()
        if len(words) > _CHUNK:
            yield from (" ".join(words[i : i + _CHUNK]) for i in range(0, len(words) - _CHUNK + 1, _CHUNK))
            yield " ".join(words[-_CHUNK:])
        elif words:
            yield run.strip(" \t\r\n.,;:!?\"'()[]")


def _names(document: Document, cutter: cut.Cutter) -> list[str]:
    shown: set[str] = set()
    hidden: list[str] = []
    for person in document.participants:
        parts = [part for name in person.names for part in (name, *_WORD.findall(name))]
        if cutter.may_name(person):
            shown |= {plain(p) for p in parts}
        else:
            hidden += parts
            hidden += [person.student_number] if person.student_number else []
    return [p for p in hidden if plain(p) not in shown]


def _rightly_there(withheld: Iterable[str], names: set[str], view: View) -> Iterable[str]:
    runs = [p.text for pieces in view.texts() for p in pieces if isinstance(p, Shown)]
    runs += [row.label for row in view.fields]
    worded = [(run, list(_WORD.finditer(run))) for run in runs]
    for term in withheld:
        words = _WORD.findall(plain(term))
        for run, matches in worded:
            folded = [plain(m.group()) for m in matches]
            for i in range(len(folded) - len(words) + 1):
                if not words or folded[i : i + len(words)] != words:
                    continue
                if plain(term) in names and matches[i].group()[0].isupper():
                    continue
                low, high = max(0, i - _NEIGHBOURS), min(len(matches), i + len(words) + _NEIGHBOURS)
                yield run[matches[low].start() : matches[high - 1].end()]
