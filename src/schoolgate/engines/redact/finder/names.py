"""Names and numbers of the people whom the record knows, however they are written.

Full names, parts, listed and usual short forms, initials, possessives, surname first, one letter wrong
(edit distance 1), through a bad scanner, spaced out or broken by spaces.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from rapidfuzz.distance import OSA, Levenshtein

from schoolgate.engines.redact.finder.people import people
from schoolgate.engines.redact.finder.text import Text
from schoolgate.engines.redact.model import Participant, Span
from schoolgate.engines.redact.normal import as_digits, plain, skeleton

_FUZZY_FROM = 5
_TWO_FAULTS_FROM = 8
_BROKEN_FROM = 5
_SPACED_FROM = 4
# Characters before a name in which its initials stand.
_INITIALS = 12
_PARTICLES = frozenset(
    ["de", "da", "do", "dos", "das", "del", "la", "las", "los", "van", "von", "le", "el", "al", "y", "e"]
)
_GAP = re.compile(r"[\s,.'-]{0,4}")
_SHAPE = str.maketrans("0134578$@l", "oieastbsai")


@dataclass(frozen=True, slots=True)
class _Gazetteer:
    """Name parts of the participants; `whole` are listed names of one word, kept even when short."""

    tokens: dict[str, frozenset[str]] = field(repr=False)
    whole: frozenset[str] = field(repr=False)
    initials: dict[str, frozenset[str]] = field(repr=False)
    fuzzy: tuple[str, ...] = field(repr=False)
    particles: dict[str, frozenset[str]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Hit:
    start: int
    end: int
    tokens: frozenset[str]
    confidence: float
    reason: str


def find_known(text: Text, participants: Sequence[Participant]) -> Iterator[Span]:
    """Marks of known people. O(words) after one scan; the gazetteer is cached by participants."""
    if not participants:
        return
    book = _gazetteer(tuple(participants))
    hits = sorted(_word_hits(text, book), key=lambda h: h.start)
    for hit in _with_initials(text, _merged(text, hits), book):
        yield _span(text, hit, "person_known")
    for hit in _broken(text, book, participants):
        yield _span(text, hit, "person_known")
    for hit in _initials_alone(text, participants):
        yield _span(text, hit, "person_known")
    yield from _numbers(text, participants)


def _span(text: Text, hit: _Hit, category: str) -> Span:
    start, end = text.folded.original(hit.start, hit.end)
    return Span(start, end, category, min(hit.tokens), hit.confidence, hit.reason)


@lru_cache(maxsize=64)
def _gazetteer(participants: tuple[Participant, ...]) -> _Gazetteer:
    tokens: dict[str, set[str]] = {}
    initials: dict[str, set[str]] = {}
    particles: dict[str, set[str]] = {}
    whole = set()
    for person in participants:
        for name in person.names:
            parts = re.findall(r"[^\W_]+", plain(name))
            whole |= {p for p in parts if len(parts) == 1}
            for part in parts:
                if part in _PARTICLES:
                    particles.setdefault(person.token, set()).add(part)
                    continue
                if len(part) == 1 and len(parts) > 1:
                    continue
                tokens.setdefault(part, set()).add(person.token)
                initials.setdefault(person.token, set()).add(part[0])
            for short in people().nicknames.get(parts[0], []) if parts else []:
                tokens.setdefault(plain(short), set()).add(person.token)
    fuzzy = tuple(sorted(p for p in tokens if len(p) >= _FUZZY_FROM))
    return _Gazetteer(
        {k: frozenset(v) for k, v in tokens.items()},
        frozenset(whole),
        {k: frozenset(v) for k, v in initials.items()},
        fuzzy,
        {k: frozenset(v) for k, v in particles.items()},
    )


def _word_hits(text: Text, book: _Gazetteer) -> Iterator[_Hit]:
    shapes = {skeleton(p): p for p in book.tokens if len(p) >= _FUZZY_FROM - 1}
    for start, end, word in text.words:
        if (start and text.folded.text[start - 1] in "@_") or text.folded.text[end : end + 1] in ("@", "_"):
            continue
        part, length, confidence, reason = word, end - start, 1.0, "a participant's name"
        if word not in book.tokens and word.endswith("s") and word[:-1] in book.tokens:
            part, length = word[:-1], end - start - 1
        elif word not in book.tokens and len(word) >= _FUZZY_FROM - 1 and skeleton(word) in shapes:
            part, confidence, reason = shapes[skeleton(word)], 0.9, "prints like a participant's name"
        elif word not in book.tokens:
            part = _close_to(word, book)
            confidence, reason = 0.75, "a participant's name with a letter wrong"
            if part and not (text.capital(start) or text.chatty):
                continue
        if part in book.tokens and _may_be_name(text, start, part, book):
            yield _Hit(start, start + length, book.tokens[part], confidence, reason)


def _close_to(word: str, book: _Gazetteer) -> str:
    known = people()
    if word in known.first_names or word in known.also_words or len(word) < _FUZZY_FROM - 1:
        return ""
    letters = sorted(word)
    for part in sorted(book.tokens):
        # Two letters exchanged: one slip of the fingers, two edits.
        if sorted(part) == letters and OSA.distance(word, part, score_cutoff=1) <= 1:
            return part
    for part in book.fuzzy:
        if Levenshtein.distance(word, part, score_cutoff=1) <= 1:
            return part
    for part in book.fuzzy:
        if len(part) >= _TWO_FAULTS_FROM and Levenshtein.distance(word, part, score_cutoff=2) <= 2:  # noqa: PLR2004
            return part
    return ""


def _may_be_name(text: Text, start: int, part: str, book: _Gazetteer) -> bool:
    if text.capital(start):
        return True
    if len(part) == 1:
        return False
    return part not in people().also_words or (text.chatty and part in book.whole)


def _merged(text: Text, hits: list[_Hit]) -> list[_Hit]:
    """Neighbouring parts of one person made one: `Montes de Oca`, `PUJOLS, ALONDRA`."""
    merged: list[_Hit] = []
    for hit in hits:
        last = merged[-1] if merged else None
        shared = last.tokens & hit.tokens if last else frozenset()
        if (
            last
            and shared
            and _belongs(text.folded.text[last.start : last.end], text.folded.text[last.end : hit.start])
        ):
            merged[-1] = _Hit(last.start, hit.end, shared, max(last.confidence, hit.confidence), last.reason)
        else:
            merged.append(hit)
    return merged


def _belongs(word: str, between: str) -> bool:
    """Whether what follows a name part goes on with the name: `Montes de Oca`, `St. Onge`."""
    return (word == "st" and between == ". ") or _only_particles(between)


def _only_particles(between: str) -> bool:
    words = between.split()
    return len(words) <= 3 and all(w.strip(",.-'") in _PARTICLES | {""} for w in words) and "." not in between  # noqa: PLR2004


def _with_initials(text: Text, hits: list[_Hit], book: _Gazetteer) -> Iterator[_Hit]:
    """`J. Feldstein`, `M . A . Sylvestre`, `Aaron M.`, `Darius W-B`, `PUJOLS, A .`."""
    folded = text.folded.text
    for hit in hits:
        start, end, tokens = hit.start, hit.end, hit.tokens
        start = _with_particles(folded, start, tokens, book)
        for before in re.finditer(r"(?<![^\W_])[^\W\d_] ?\. ?", folded[max(0, start - _INITIALS) : start]):
            at = max(0, start - _INITIALS) + before.start()
            run = folded[at:start]
            fits = {t for t in tokens if run[0] in book.initials[t]}
            if fits and text.capital(at) and re.fullmatch(r"(?:[^\W\d_] ?\. ?)+", run):
                start, tokens = at, frozenset(fits)
                break
        after = re.match(r" ?,? ?([^\W\d_])(?: ?\.(?:-[^\W\d_]\.)?|-[^\W\d_](?!\w)|(?![\w']))", folded[end:])
        if after and text.capital(end + after.start(1)):
            fits = {t for t in tokens if after.group(1) in book.initials[t]}
            if fits and not (after.group(1) in "ai" and after.group().strip(", ") in "ai"):
                end, tokens = end + after.end(), frozenset(fits)
        yield _Hit(start, end, tokens, hit.confidence, hit.reason)


def _with_particles(folded: str, start: int, tokens: frozenset[str], book: _Gazetteer) -> int:
    """Where a name begins with the particles of its owner: `de la Cruz`, `Al-Khatib`."""
    own = frozenset[str]().union(*(book.particles.get(token, ()) for token in tokens))
    while own and (before := re.search(r"(?<![^\W_])([^\W\d_]+)[ -]$", folded[max(0, start - _INITIALS) : start])):
        if before.group(1) not in own:
            break
        start -= len(before.group())
    return start


def _broken(text: Text, book: _Gazetteer, participants: Sequence[Participant]) -> Iterator[_Hit]:
    """Names with spaces inside: `C 4 1 q u 3`, `Co ra Br ight`. They begin and end at word boundaries."""
    folded = text.folded.text
    kept = [i for i, c in enumerate(folded) if c.isalnum() or c in "$@"]
    compact = "".join(folded[i] for i in kept).translate(_SHAPE)
    names = {"".join(re.findall(r"[^\W_]+", plain(n))): p.token for p in participants for n in p.names}
    names |= {part: min(tokens) for part, tokens in book.tokens.items()}
    for name, token in names.items():
        if len(name) < _SPACED_FROM:
            continue
        shape = name.translate(_SHAPE)
        at = compact.find(shape)
        while at >= 0:
            start, end = kept[at], kept[at + len(shape) - 1] + 1
            at = compact.find(shape, at + 1)
            whole = not folded[start - 1 : start].strip("(\"' ") and not folded[end : end + 1].strip(",.;:)\"'!? ")
            inside = folded[start:end]
            letters = len(inside.split())
            if len(name) < _BROKEN_FROM and letters < len(name):
                continue
            if whole and " " in inside and "." not in inside and letters > 1:
                yield _Hit(start, end, frozenset({token}), 0.85, "a participant's name broken by spaces")


def _initials_alone(text: Text, participants: Sequence[Participant]) -> Iterator[_Hit]:
    for person in participants:
        letters = [w[0] for w in re.findall(r"[^\W_]+", plain(person.names[0])) if w not in _PARTICLES]
        if len(letters) < 2:  # noqa: PLR2004 - one letter is anybody
            continue
        pattern = r"(?<![\w.])" + r" ?\. ?".join(map(re.escape, letters)) + r"\.(?!\w)"
        for m in re.finditer(pattern, text.folded.text):
            if text.capital(m.start()):
                yield _Hit(m.start(), m.end(), frozenset({person.token}), 0.8, "a participant's initials")


def _numbers(text: Text, participants: Sequence[Participant]) -> Iterator[Span]:
    digits = as_digits(text.folded.text)
    for person in participants:
        if not person.student_number:
            continue
        pattern = r"(?<!\d)" + r"[ .-]?".join(map(re.escape, person.student_number)) + r"(?!\d)"
        for m in re.finditer(pattern, digits):
            start, end = text.folded.original(*m.span())
            yield Span(start, end, "student_number", person.token, 1.0, "a participant's student number")
