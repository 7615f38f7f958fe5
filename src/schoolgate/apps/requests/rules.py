"""The rules as pages: the law of a day, and the lists that a reader looks for."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from schoolgate import rulebooks
from schoolgate.apps.schools.selectors import rulebook
from schoolgate.engines import law
from schoolgate.engines.law.printing.book import Book, Chapter, Entry, make_book
from schoolgate.engines.law.printing.case_format import load_case_format

FIRST, LAST = dt.date(1900, 1, 1), dt.date(2199, 12, 31)
# What of the rules is shown: a name in the address, its words, and which entries it keeps.
LISTS: Final[Mapping[str, tuple[str, Callable[[Entry], bool]]]] = MappingProxyType(
    {
        "all": ("All rules", lambda _: True),
        "unverified": ("Rules whose text nobody here has read", lambda entry: entry.evidence == "unverified"),
        "secondary": ("Rules read in somebody else's words", lambda entry: entry.evidence == "secondary"),
        "counsel": ("Rules that counsel must answer each time", lambda entry: bool(entry.counsel_question)),
        "open": ("Rules with an open legal question", lambda entry: bool(entry.open_questions)),
        "ours": ("Our own readings", lambda entry: entry.our_reading),
    }
)


@dataclass(frozen=True, slots=True)
class RulesPage:
    """The law of a day, or a part of it.

    Attributes:
        lists: name, words and how many there are, of each list that can be chosen.
        days: the days on which the law changed, newest first.
    """

    book: Book
    day: dt.date
    show: str
    chapters: tuple[Chapter, ...]
    lists: tuple[tuple[str, str, int], ...]
    days: tuple[dt.date, ...]


def rules_page(day: dt.date, show: str) -> RulesPage:
    """The rules in force on a day; `show` is a name of `LISTS`, anything else shows all."""
    used = rulebook()
    book = book_of_day(used, day)
    show = show if show in LISTS else "all"
    lists = tuple((name, words, sum(map(keeps, book.entries))) for name, (words, keeps) in LISTS.items())
    days = {p.in_force_from for p in used.provisions.values()}
    days |= {p.in_force_until for p in used.provisions.values() if p.in_force_until}
    newest = tuple(sorted((one for one in days if one > FIRST), reverse=True))
    return RulesPage(book, day, show, kept(book, LISTS[show][1]), lists, newest)


def kept(book: Book, keeps: Callable[[Entry], bool]) -> tuple[Chapter, ...]:
    """The chapters with those of their entries that are kept, without empty ones."""
    chapters = []
    for chapter in book.chapters:
        sections = tuple(
            type(section)(section.effect, section.title, section.lead, entries)
            for section in chapter.sections
            if (entries := tuple(filter(keeps, section.entries)))
        )
        if sections:
            chapters.append(Chapter(chapter.layer, chapter.title, chapter.lead, sections))
    return tuple(chapters)


def rule_entry(provision_id: str) -> Entry | None:
    """One rule of the district's rulebook, of whatever day, in words; None if there is none."""
    used = rulebook()
    if provision_id not in used.provisions:
        return None
    return next(entry for entry in book_of_day(used, None).entries if entry.id == provision_id)


def day_asked(text: str, today: dt.date) -> tuple[dt.date, bool]:
    """The day of an address, and whether it could be read; today where none is given or it could not."""
    if not text:
        return today, True
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return today, False
    return (day, True) if FIRST <= day <= LAST else (today, False)


@lru_cache(maxsize=1)
def duties() -> Mapping[str, str]:
    """What each obligation asks for, in words."""
    return load_case_format(Path(rulebooks.__file__).parent / "book").obligations


_BOOKS: dict[tuple[str, int], Book] = {}
_MOST = 32


def book_of_day(used: law.Rulebook, day: dt.date | None) -> Book:
    """The book of a day, or of all days; made once for each span between two changes of law."""
    key = (used.digest, -1 if day is None else used.era(day))
    if key not in _BOOKS:
        if len(_BOOKS) >= _MOST:
            _BOOKS.clear()
        _BOOKS[key] = make_book(used, day=day, duties=duties())
    return _BOOKS[key]
