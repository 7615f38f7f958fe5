"""A rulebook as a book: chapters of provisions in words, and the lists that counsel reads first.

`make_book(rulebook, day=..., duties=...)` gives plain data; `book_page` and `book_print` set it as a web page and as
a PDF. The same rulebook, day and words give the same book.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from schoolgate.engines.law.text.provision import Effect, Evidence, LayerName, Provision
from schoolgate.engines.law.text.rulebook import Rulebook

__all__ = [
    "EFFECTS",
    "EVIDENCE",
    "LAYERS",
    "Block",
    "Book",
    "Change",
    "Chapter",
    "Entry",
    "FactLine",
    "LayerLine",
    "Run",
    "Section",
    "blocks_of",
    "citation_key",
    "day_words",
    "make_book",
]

LAYERS: Final[Mapping[LayerName, tuple[str, str]]] = {
    "federal": ("Federal law", "What binds every school that takes federal money."),
    "state": ("State law", "What the state adds. It is shorter than the federal list of doors, and it counts as well."),
    "local": ("City and district", "What the city's ordinances and the district's own rules add."),
}
EFFECTS: Final[Mapping[Effect, tuple[str, str, str]]] = {
    "door": ("Opens a door", "Doors", "When something may leave. Each layer that applies must open one."),
    "prohibition": ("Keeps it in", "Prohibitions", "What stays in, whatever door is open."),
    "obligation": ("Orders a duty", "Duties", "What must be done when something is released, refused or under review."),
}
EVIDENCE: Final[Mapping[Evidence, tuple[str, str]]] = {
    "read": ("Text read", "Somebody read the text itself."),
    "secondary": ("Second-hand", "Read in somebody else's words, not in the text itself."),
    "unverified": ("Not verified", "Nobody here has read the text. Check it before you rely on it."),
}
MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
MARKDOWN: Final = MarkdownIt("commonmark", {"html": False})
ALWAYS: Final = dt.date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class Run:
    """Characters of one style: plain, strong, emphasis or code."""

    style: str
    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph or a bullet."""

    kind: str
    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One provision, everything in words but its rule.

    Attributes:
        anchor: its mark inside the book.
        dates: from when and until when it is law.
        duty: what is to be done, for an obligation; empty for the others.
        due: by which clock and from what; empty when the law gives no time.
    """

    id: str
    anchor: str
    citation: str
    title: str
    title_es: str
    layer: LayerName
    effect: Effect
    effect_words: str
    dates: str
    evidence: Evidence
    evidence_words: str
    evidence_meaning: str
    our_reading: bool
    general: bool
    words: tuple[Block, ...]
    duty: str
    due: str
    counsel_question: str
    rule: str
    open_questions: tuple[tuple[Run, ...], ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """The provisions of a layer that do the same: doors, prohibitions or duties."""

    effect: Effect
    title: str
    lead: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """A layer of law."""

    layer: LayerName
    title: str
    lead: str
    sections: tuple[Section, ...]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All its provisions, in the order of the book."""
        return tuple(entry for section in self.sections for entry in section.entries)


@dataclass(frozen=True, slots=True)
class LayerLine:
    """For whom a layer must open a door."""

    title: str
    recipients: tuple[str, ...]
    everybody: bool


@dataclass(frozen=True, slots=True)
class Change:
    """A day on which the law changed: what came and what went."""

    day: str
    began: tuple[Entry, ...]
    ended: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class FactLine:
    """A fact that rules speak of, and its question."""

    name: str
    question: str
    answered_by: str


@dataclass(frozen=True, slots=True)
class Book:
    """A rulebook, ready to be set.

    Attributes:
        day: the day whose law it holds, in words; empty when it holds the law of all days.
        by_citation: all entries, ordered as one looks up a citation.
        unverified: whose text nobody has read; `second_hand` was read in another's words.
    """

    id: str
    title: str
    digest: str
    day: str
    layers: tuple[LayerLine, ...]
    chapters: tuple[Chapter, ...]
    by_citation: tuple[Entry, ...]
    unverified: tuple[Entry, ...]
    second_hand: tuple[Entry, ...]
    our_readings: tuple[Entry, ...]
    counsel: tuple[Entry, ...]
    open_questions: tuple[Entry, ...]
    changes: tuple[Change, ...]
    facts: tuple[FactLine, ...]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All provisions, in the order of the book."""
        return tuple(entry for chapter in self.chapters for entry in chapter.entries)

    def to_json(self) -> dict[str, Any]:
        """Return the book as plain data; lists of entries name them by their anchor."""
        plain = asdict(self)
        for key in ("by_citation", "unverified", "second_hand", "our_readings", "counsel", "open_questions"):
            plain[key] = [entry.anchor for entry in getattr(self, key)]
        plain["changes"] = [
            {"day": one.day, "began": [e.anchor for e in one.began], "ended": [e.anchor for e in one.ended]}
            for one in self.changes
        ]
        return plain


def make_book(rulebook: Rulebook, *, day: dt.date | None = None, duties: Mapping[str, str] | None = None) -> Book:
    """Return a rulebook as a book. O(n log n) in its provisions.

    Args:
        rulebook: what is set.
        day: only the law of this day; all of it, of every day, when it is left out.
        duties: by the name of an obligation, what must be done, in words.
    """
    provisions = rulebook.in_force(day) if day else tuple(rulebook.provisions.values())
    entries = {p.id: _entry(p, duties or {}) for p in provisions}
    chapters = tuple(
        Chapter(layer, *LAYERS[layer], sections)
        for layer in LAYERS
        if (sections := _sections(e for e in entries.values() if e.layer == layer))
    )
    ordered = tuple(entry for chapter in chapters for entry in chapter.entries)
    return Book(
        id=rulebook.id,
        title=rulebook.title,
        digest=rulebook.digest,
        day=day_words(day) if day else "",
        layers=tuple(_layer(rulebook, number) for number in range(len(rulebook.layers))),
        chapters=chapters,
        by_citation=tuple(sorted(ordered, key=lambda entry: (citation_key(entry.citation), entry.id))),
        unverified=tuple(entry for entry in ordered if entry.evidence == "unverified"),
        second_hand=tuple(entry for entry in ordered if entry.evidence == "secondary"),
        our_readings=tuple(entry for entry in ordered if entry.our_reading),
        counsel=tuple(entry for entry in ordered if entry.counsel_question),
        open_questions=tuple(entry for entry in ordered if entry.open_questions),
        changes=_changes(provisions, entries),
        facts=tuple(
            FactLine(fact.name, fact.question, fact.answered_by.replace("_", " ")) for fact in rulebook.facts.values()
        ),
    )


def day_words(day: dt.date) -> str:
    """Write a day as `3 March 2025`, in English whatever the machine's language is."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def citation_key(citation: str) -> tuple[tuple[int, int, str], ...]:
    """Order citations as people look them up: 34 CFR 99.5 before 34 CFR 99.31, (a)(2) before (a)(10)."""
    parts = re.findall(r"\d+|[A-Za-z]+", citation)
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part.casefold()) for part in parts)


@lru_cache(maxsize=4096)
def blocks_of(text: str) -> tuple[Block, ...]:
    """Read the Markdown of a provision's words: paragraphs, bullets, strong, emphasis and code; the rest as text."""
    blocks: list[Block] = []
    bullets = 0
    for token in MARKDOWN.parse(text):
        bullets += {"list_item_open": 1, "list_item_close": -1}.get(token.type, 0)
        if token.type == "inline":
            blocks.append(Block("bullet" if bullets else "paragraph", tuple(_runs(token.children or []))))
        elif token.type in {"fence", "code_block"}:
            blocks.append(Block("paragraph", (Run("code", token.content.rstrip("\n")),)))
    return tuple(blocks)


def _runs(tokens: Iterable[Token]) -> Iterable[Run]:
    style = "plain"
    for token in tokens:
        match token.type:
            case "strong_open" | "em_open":
                style = "strong" if token.type == "strong_open" else "emphasis"
            case "strong_close" | "em_close":
                style = "plain"
            case "softbreak" | "hardbreak":
                yield Run(style, " ")
            case "code_inline":
                yield Run("code", token.content)
            case _ if token.content:
                yield Run(style, token.content)


def _entry(provision: Provision, duties: Mapping[str, str]) -> Entry:
    due = provision.due
    evidence, meaning = EVIDENCE[provision.evidence]
    name = provision.obligation or ""
    return Entry(
        id=provision.id,
        anchor=re.sub(r"[^a-z0-9]+", "-", provision.id.lower()),
        citation=provision.citation,
        title=provision.title,
        title_es=provision.title_es if provision.title_es != provision.title else "",
        layer=provision.layer,
        effect=provision.effect,
        effect_words=EFFECTS[provision.effect][0],
        dates=_dates(provision),
        evidence=provision.evidence,
        evidence_words=evidence,
        evidence_meaning=meaning,
        our_reading=provision.our_reading,
        general=provision.general,
        words=blocks_of(provision.words),
        duty=duties.get(name) or name.replace("_", " "),
        due=f"by the clock {due.clock}, from {due.starts.replace('_', ' ')}" if due else "",
        counsel_question=provision.counsel_question or "",
        rule=provision.cedar,
        open_questions=tuple(blocks_of(question)[0].runs for question in provision.open_questions),
        sources=provision.sources,
    )


def _dates(provision: Provision) -> str:
    start = "" if provision.in_force_from <= ALWAYS else f"from {day_words(provision.in_force_from)}"
    if provision.in_force_until is None:
        return f"In force {start}" if start else "In force on every day"
    last = provision.in_force_until - dt.timedelta(days=1)
    return f"In force {start} to {day_words(last)}" if start else f"In force to {day_words(last)}"


def _sections(entries: Iterable[Entry]) -> tuple[Section, ...]:
    by_effect: dict[Effect, list[Entry]] = {}
    for entry in entries:
        by_effect.setdefault(entry.effect, []).append(entry)
    return tuple(
        Section(effect, title, lead, tuple(sorted(found, key=lambda one: (citation_key(one.citation), one.id))))
        for effect, (_, title, lead) in EFFECTS.items()
        if (found := by_effect.get(effect))
    )


def _layer(rulebook: Rulebook, number: int) -> LayerLine:
    layer = rulebook.layers[number]
    kinds = rulebook.vocabulary.recipients
    names = tuple(kinds[name].title or name.replace("_", " ") for name in kinds if name in layer.recipients)
    return LayerLine(LAYERS[layer.name][0], names, len(names) == len(kinds))


def _changes(provisions: tuple[Provision, ...], entries: Mapping[str, Entry]) -> tuple[Change, ...]:
    days = {p.in_force_from for p in provisions} | {p.in_force_until for p in provisions if p.in_force_until}
    return tuple(
        Change(
            day_words(day),
            tuple(entries[p.id] for p in provisions if p.in_force_from == day),
            tuple(entries[p.id] for p in provisions if p.in_force_until == day),
        )
        for day in sorted(days)
        if day > ALWAYS
    )
