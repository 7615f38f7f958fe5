"""A book of law as one web page: no script, no other file, every text escaped.

The style is `rulebooks/book/book.css`.
"""

from collections.abc import Callable, Iterable
from html import escape
from pathlib import Path

from schoolgate.engines.law.printing.book import EFFECTS, EVIDENCE, Block, Book, Chapter, Entry, Run
from schoolgate.engines.law.text.files import read_text

__all__ = ["page_of"]

TAGS = {"strong": "strong", "emphasis": "em", "code": "code"}
LISTS: tuple[tuple[str, str, str, str], ...] = (
    (
        "counsel",
        "Questions for counsel",
        "Facts alone cannot decide these. Until a lawyer answers they are neither true nor false, and open nothing.",
        "question",
    ),
    (
        "unverified",
        "What nobody here has read",
        "Check the text before you rely on one of these; then write where you read it, and change the mark.",
        "",
    ),
    ("second_hand", "Read in somebody else's words", "Known from a summary, a circular, a news report.", ""),
    (
        "our_readings",
        "Our own readings",
        "Where the sources are silent or in conflict we chose. Counsel may choose otherwise.",
        "words",
    ),
    ("open_questions", "Open legal questions", "What we could not settle.", "open"),
)


def page_of(book: Book, folder: Path) -> str:
    """Return the book as HTML. The same book gives the same text. O(its length).

    Args:
        book: what is set.
        folder: where `book.css` is.

    Raises:
        LawError: the style is missing.
    """
    subtitle = f"The law of {book.day}" if book.day else "The law of every day this rulebook knows"
    lists = [item for item in LISTS if getattr(book, item[0])]
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(book.title)}: {escape(subtitle)}</title>",
        f"<style>\n{read_text(folder / 'book.css')}</style></head><body>",
        '<a class="skip" href="#main">Skip to the law</a>',
        _head(book, subtitle),
        _contents(book, lists),
        '<main id="main">',
        _how(book),
        *map(_chapter, book.chapters),
        *(_listed(book, *item) for item in lists),
        _changes(book),
        _facts(book),
        _citations(book),
        "</main></body></html>",
    ]
    return "\n".join(part for part in parts if part) + "\n"


def _head(book: Book, subtitle: str) -> str:
    count, unread = len(book.entries), len(book.unverified)
    return (
        f'<header><p class="kicker">The law as text</p><h1>{escape(book.title)}</h1>'
        f'<p class="lead">{escape(subtitle)}: what may leave a student\'s record, to whom, by which law. '
        f"{count} provisions; {unread} of them rest on a text that nobody here has read, and say so.</p>"
        "<p>This is a reading of the law written for a computer and for people. It is not legal advice: a school "
        "lawyer must read it before a district uses it.</p>"
        f'<p class="digest">Digest: <code>{escape(book.digest)}</code></p></header>'
    )


def _contents(book: Book, lists: Iterable[tuple[str, str, str, str]]) -> str:
    items = ['<li><a href="#how">How to read this book</a></li>']
    for chapter in book.chapters:
        inner = "".join(
            f'<li><a href="#{chapter.layer}-{section.effect}">{section.title} ({len(section.entries)})</a></li>'
            for section in chapter.sections
        )
        items.append(f'<li><a href="#{chapter.layer}">{escape(chapter.title)}</a><ul>{inner}</ul></li>')
    items += [f'<li><a href="#{key}">{escape(title)}</a></li>' for key, title, _, _ in lists]
    if book.changes:
        items.append('<li><a href="#dates">The law by date</a></li>')
    items.append('<li><a href="#facts">The questions that rules speak of</a></li>')
    items.append('<li><a href="#citations">Citations</a></li>')
    return (
        f'<nav class="contents" aria-label="Contents"><details open><summary>Contents</summary>'
        f"<ul>{''.join(items)}</ul></details></nav>"
    )


def _how(book: Book) -> str:
    does = "".join(f"<dt>{one}</dt><dd>{escape(lead)}</dd>" for one, _, lead in EFFECTS.values())
    known = "".join(f"<dt>{one}</dt><dd>{escape(meaning)}</dd>" for one, meaning in EVIDENCE.values())
    layers = "".join(
        f"<dt>{escape(layer.title)}</dt>"
        f"<dd>{'Everybody.' if layer.everybody else escape('; '.join(layer.recipients))}</dd>"
        for layer in book.layers
    )
    return (
        '<section id="how"><h2>How to read this book</h2>'
        "<p>Each provision says where it stands in the law, what it does, since when, how well we know its text, what "
        "it means in plain words, what a lawyer must answer each time, what is still open, and the rule as the "
        "computer reads it.</p>"
        f"<h3>What a provision does</h3><dl>{does}</dl><h3>How well we know it</h3><dl>{known}"
        "<dt>Our reading</dt><dd>The sources are silent or in conflict; this is what we chose.</dd></dl>"
        f"<h3>Which layer must open a door for whom</h3><dl>{layers}</dl>"
        "<p>The law of a case is the law of the day on which the information moves. A layer that opens no door "
        "denies. A fact that nobody knows, and that could change the answer, makes a question; it never opens "
        "anything.</p></section>"
    )


def _chapter(chapter: Chapter) -> str:
    sections = "".join(
        f'<section id="{chapter.layer}-{section.effect}"><h3>{section.title}</h3>'
        f'<p class="note">{escape(section.lead)}</p>{"".join(map(_provision, section.entries))}</section>'
        for section in chapter.sections
    )
    return (
        f'<section id="{chapter.layer}"><h2>{escape(chapter.title)}</h2>'
        f'<p class="note">{escape(chapter.lead)}</p>{sections}</section>'
    )


def _provision(entry: Entry) -> str:
    warned = " mark--warn" if entry.evidence == "unverified" else ""
    marks = [
        f'<li class="mark mark--does">{entry.effect_words}</li>',
        f'<li class="mark{warned}">{entry.evidence_words}</li>',
        '<li class="mark mark--warn">Our reading</li>' if entry.our_reading else "",
        '<li class="mark">The layer\'s own rule</li>' if entry.general else "",
        f"<li>{escape(entry.dates)}</li>",
    ]
    spanish = f'<p class="spanish" lang="es">{escape(entry.title_es)}</p>' if entry.title_es else ""
    due = f", {escape(entry.due)}" if entry.due else ""
    parts = [
        f'<article class="provision" id="{entry.anchor}">',
        f'<p class="citation"><a href="#{entry.anchor}">{escape(entry.citation)}</a></p>',
        f'<h4>{escape(entry.title)}</h4>{spanish}<ul class="marks">{"".join(marks)}</ul>',
        _blocks(entry.words),
        f"<p><strong>The duty:</strong> {escape(entry.duty)}{due}.</p>" if entry.duty else "",
        _evidence(entry),
        _aside("Counsel answers this in each case", f"<p>{escape(entry.counsel_question)}</p>")
        if entry.counsel_question
        else "",
        _aside("Still open", _bullets(entry.open_questions), opened=True) if entry.open_questions else "",
        f'<details class="rule"><summary>The rule as the computer reads it</summary><pre tabindex="0"><code>'
        f"{escape(entry.rule)}</code></pre></details>"
        if entry.rule
        else "",
        f'<p class="sources"><code>{escape(entry.id)}</code>. Read in: {"; ".join(map(_source, entry.sources))}</p>',
        "</article>",
    ]
    return "".join(parts)


def _evidence(entry: Entry) -> str:
    if entry.evidence == "read":
        return ""
    kind = ' class="warn"' if entry.evidence == "unverified" else ' class="note"'
    return f"<p{kind}>{entry.evidence_words}: {escape(entry.evidence_meaning)}</p>"


def _aside(title: str, body: str, *, opened: bool = False) -> str:
    kind = "aside aside--open" if opened else "aside"
    return f'<div class="{kind}"><p class="aside-title">{title}</p>{body}</div>'


def _source(source: str) -> str:
    shown = escape(source)
    return f'<a href="{shown}" rel="noreferrer">{shown}</a>' if source.startswith("https://") else shown


def _runs(runs: Iterable[Run]) -> str:
    shown = []
    for run in runs:
        tag = TAGS.get(run.style)
        shown.append(f"<{tag}>{escape(run.text)}</{tag}>" if tag else escape(run.text))
    return "".join(shown)


def _bullets(items: Iterable[Iterable[Run]]) -> str:
    return f"<ul>{''.join(f'<li>{_runs(runs)}</li>' for runs in items)}</ul>"


def _blocks(blocks: Iterable[Block]) -> str:
    shown: list[str] = []
    bullets: list[tuple[Run, ...]] = []
    for block in blocks:
        if block.kind == "bullet":
            bullets.append(block.runs)
            continue
        if bullets:
            shown.append(_bullets(bullets))
            bullets = []
        shown.append(f"<p>{_runs(block.runs)}</p>")
    return "".join([*shown, _bullets(bullets)] if bullets else shown)


def _link(entry: Entry) -> str:
    return f'<a href="#{entry.anchor}">{escape(entry.citation)}</a>'


EXTRAS: dict[str, Callable[[Entry], str]] = {
    "": lambda _: "",
    "question": lambda entry: f"<p>{escape(entry.counsel_question)}</p>",
    "words": lambda entry: _blocks(entry.words),
    "open": lambda entry: _bullets(entry.open_questions),
}


def _listed(book: Book, key: str, title: str, lead: str, extra: str) -> str:
    entries: tuple[Entry, ...] = getattr(book, key)
    items = "".join(f"<li>{_link(entry)}: {escape(entry.title)}{EXTRAS[extra](entry)}</li>" for entry in entries)
    return (
        f'<section id="{key}"><h2>{escape(title)}</h2><p class="note">{escape(lead)}</p>'
        f'<ul class="list">{items}</ul></section>'
    )


def _changes(book: Book) -> str:
    if not book.changes:
        return ""
    shown = []
    for change in book.changes:
        shown.append(f"<h3>{change.day}</h3>")
        for title, entries in (("Comes into force", change.began), ("No longer in force", change.ended)):
            if entries:
                items = "".join(f"<li>{_link(entry)}: {escape(entry.title)}</li>" for entry in entries)
                shown.append(f'<h4>{title}</h4><ul class="columns">{items}</ul>')
    return f'<section id="dates"><h2>The law by date</h2>{"".join(shown)}</section>'


def _facts(book: Book) -> str:
    rows = "".join(
        f"<dt><code>{fact.name}</code></dt><dd>{escape(fact.question)} ({escape(fact.answered_by)})</dd>"
        for fact in book.facts
    )
    return (
        '<section id="facts"><h2>The questions that rules speak of</h2><p class="note">A rule names facts of the case. '
        f"Each is the answer to one question; beside it stands who can answer.</p><dl>{rows}</dl></section>"
    )


def _citations(book: Book) -> str:
    items = "".join(f"<li>{_link(entry)}</li>" for entry in book.by_citation)
    return f'<section id="citations"><h2>Citations</h2><ul class="columns">{items}</ul></section>'
