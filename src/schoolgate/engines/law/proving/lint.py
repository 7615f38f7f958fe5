"""What must be true of the provisions themselves: their form, their dates, and that each can matter.

A rulebook that loads is valid already: strict Cedar against the schema, known words, ids that differ. Here is
what a careful editor would still send back, each with the file and the line.
"""

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Final

import cedarpy

from schoolgate.engines.clock import ClockError, find_rule
from schoolgate.engines.law.text.provision import FENCE, Provision
from schoolgate.engines.law.text.rulebook import Rulebook

__all__ = ["Finding", "formatted", "lint"]

LINE_WIDTH: Final = 100
INDENT: Final = 2
MOST_WORDS: Final = 120
LONGEST_SENTENCE: Final = 40
LONGEST_TITLE: Final = 70
HORIZON: Final = dt.timedelta(days=366)
EARLIEST: Final = dt.date(1900, 1, 1)
LATEST: Final = dt.date(2199, 12, 31)
ADDRESS: Final = re.compile(r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:[/?#][^\s,]*)?", re.IGNORECASE)
MARKUP: Final = re.compile(r"[*_`#>|]|\[[^\]]*\]\(")


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing to mend.

    Attributes:
        rule: a short name that does not change, for filters.
        provision: the id of the provision it was found in.
    """

    file: str
    line: int
    rule: str
    what: str
    remedy: str
    provision: str


def lint(rulebook: Rulebook, *, today: dt.date, proofs: bool = True) -> tuple[Finding, ...]:
    """Return what is to be mended in the provisions of a rulebook, by file and line.

    Args:
        rulebook: a rulebook that loads.
        today: for dates that lie too far ahead.
        proofs: also ask the solver which provisions can never matter or are never cited; some seconds.

    Without proofs linear in the size of the texts.
    """
    findings = [found for one in rulebook.provisions.values() for found in _alone(one, today)]
    findings += _citations(rulebook.provisions.values())
    if proofs:
        from schoolgate.engines.law.proving.dead import dead  # noqa: PLC0415 - the solver takes long to load

        for one in dead(rulebook):
            provision = rulebook.provisions[one.provision]
            findings.append(
                _at(provision, provision.line, f"dead-{one.kind}", one.reason, "Mend the condition or leave it out")
            )
    return tuple(sorted(findings))


def formatted(text: str) -> str:
    """Return the text of a provision file with its Cedar blocks formatted; nothing else changes."""
    return FENCE.sub(lambda block: f"```cedar\n{_tidy(block[1])}\n```", text)


def _tidy(cedar: str) -> str:
    return cedarpy.format_policies(cedar, LINE_WIDTH, INDENT).strip() if cedar.strip() else ""


def _at(provision: Provision, line: int, rule: str, what: str, remedy: str) -> Finding:
    return Finding(provision.file, line, rule, what, remedy, provision.id)


def _of(provision: Provision, key: str, rule: str, what: str, remedy: str) -> Finding:
    return _at(provision, _line_of(provision, key), rule, what, remedy)


def _line_of(provision: Provision, key: str) -> int:
    """Return the line of a key of the front matter, or of the front matter itself."""
    lines = provision.source.split("\n")
    return next((n for n, line in enumerate(lines, 1) if re.match(rf"\s*{key}\s*=", line)), 1)


def _alone(provision: Provision, today: dt.date) -> Iterator[Finding]:
    """Check what one file shows by itself."""
    yield from _cedar_form(provision)
    yield from _titles(provision)
    yield from _words(provision)
    yield from _sources(provision)
    if not EARLIEST <= provision.in_force_from <= today + HORIZON:
        what = "this day lies before 1900 or more than a year ahead"
        yield _of(provision, "in_force_from", "date", what, "Correct it")
    if provision.in_force_until is not None and provision.in_force_until > LATEST:  # a sunset may be years ahead
        yield _of(provision, "in_force_until", "date", "this day lies after 2199", "Correct it")
    if provision.evidence == "unverified" and not provision.open_questions:
        yield _of(provision, "evidence", "unverified", "unverified, and nothing is open", "Say what must be read")
    if provision.our_reading and not provision.words.startswith("Our reading"):
        yield _of(provision, "our_reading", "our-reading", "the words do not say so", 'Begin them with "Our reading."')
    if provision.due is not None and not _is_clock(provision.due.clock):
        yield _of(provision, "due", "clock", "its clock is unknown", "Name a rule of engines.clock")


def _titles(provision: Provision) -> Iterator[Finding]:
    if not re.search(r"^title_es\s*=", provision.source, re.MULTILINE):
        yield _of(provision, "title", "spanish", "it has no Spanish title", 'Add title_es = "..."')
    for key, title in (("title", provision.title), ("title_es", provision.title_es)):
        if len(title) > LONGEST_TITLE:
            yield _of(provision, key, "title", f"{key} is longer than {LONGEST_TITLE} letters", "Shorten it")


def _sources(provision: Provision) -> Iterator[Finding]:
    for source in provision.sources:
        if "://" in source and not ADDRESS.search(source):
            yield _of(provision, "sources", "source", "a source is no address", "Write https://host/page")
        elif "://" not in source and not re.search(r"[A-Za-z]{2}.*\d", source):
            yield _of(provision, "sources", "source", "a source names no document", "Write its name and year")
    if len(set(provision.sources)) < len(provision.sources):
        yield _of(provision, "sources", "source", "a source stands there twice", "Name each once")


def _is_clock(name: str) -> bool:
    try:
        find_rule(name)
    except ClockError:
        return False
    return True


def _cedar_form(provision: Provision) -> Iterator[Finding]:
    for block in FENCE.finditer(provision.source):
        before, after = block[1].rstrip("\n").split("\n"), _tidy(block[1]).split("\n")
        if before != after:
            same = next((n for n, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]), 0)
            line = provision.source.count("\n", 0, block.start(1)) + 1 + same
            yield _at(provision, line, "format", "the Cedar is not formatted", "Run schoolgate law lint --fix")


def _words(provision: Provision) -> Iterator[Finding]:
    first = next(iter(provision.words.split("\n")))
    line = provision.source[: provision.source.find(first)].count("\n") + 1
    if len(provision.words.split()) > MOST_WORDS:
        yield _at(provision, line, "words", f"more than {MOST_WORDS} plain words", "Say it shorter")
    if MARKUP.search(provision.words):
        yield _at(provision, line, "words", "the plain words hold markup", "Write plain sentences")
    for sentence in re.split(r"(?<=[.!?:;])\s+", provision.words):
        if len(sentence.split()) > LONGEST_SENTENCE:
            yield _at(provision, line, "words", f"a sentence of more than {LONGEST_SENTENCE} words", "Split it")


def _citations(provisions: Iterable[Provision]) -> Iterator[Finding]:
    """A citation with its pinpoint names one provision on each day; versions of it follow each other."""
    alike: dict[str, list[Provision]] = {}
    for provision in provisions:
        alike.setdefault(provision.citation, []).append(provision)
    for citation, several in alike.items():
        clashes = {later.id: earlier.id for earlier, later in combinations(several, 2) if _overlap(earlier, later)}
        for name, other in clashes.items():
            provision = next(one for one in several if one.id == name)
            what = f"{citation} names {other} too"
            yield _of(provision, "citation", "citation", what, "Add the paragraph, or in parentheses which part")
        if not clashes:
            yield from _gaps(sorted(several, key=lambda one: one.in_force_from))


def _overlap(one: Provision, other: Provision) -> bool:
    first, second = sorted((one, other), key=lambda provision: provision.in_force_from)
    return first.in_force_until is None or first.in_force_until > second.in_force_from


def _gaps(versions: list[Provision]) -> Iterator[Finding]:
    for earlier, later in pairwise(versions):
        said = " ".join((earlier.words, later.words, *earlier.open_questions, *later.open_questions))
        if earlier.in_force_until != later.in_force_from and "gap" not in said:
            what = f"days pass between {earlier.id} and this version of it"
            yield _of(later, "in_force_from", "date", what, "Let it follow, or say in the words why there is a gap")
