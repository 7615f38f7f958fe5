"""Names of the people whom the record knows, as a backlog's audit finds them: full, in part, nicknames, in any letter case."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from schoolgate.engines.redact.finder.people import people
from schoolgate.engines.redact.finder.quick.cells import ALL_CAPITAL, FIRST_CAPITAL, Cells, word_hash
from schoolgate.engines.redact.model import Participant, Span
from schoolgate.engines.redact.normal import plain

_WORD: Final = re.compile(r"[^\W_]+")
# Cells that may stand inside a name: an initial's point, a hyphen, a particle.
_BETWEEN: Final = 2
# A shorter part of a name is too many words.
_SHORTEST: Final = 3
_NAME: Final = "a participant's name"
_NUMBER: Final = "a participant's student number"


@lru_cache(maxsize=256)
def _book(participants: tuple[Participant, ...]) -> tuple[dict[int, str], frozenset[int], dict[int, str]]:
    """Hashes of name parts and nicknames to tokens, those that are also words, hashes of numbers to tokens."""
    names: dict[int, str] = {}
    also_words, numbers = set[int](), dict[int, str]()
    for person in participants:
        for name in person.names:
            parts = _WORD.findall(plain(name))
            for part in (*parts, *(plain(short) for short in (people().nicknames.get(parts[0], []) if parts else []))):
                if len(part) >= _SHORTEST or len(parts) == 1:
                    names.setdefault(word_hash(part), person.token)
                    # The same in a possessive without its apostrophe.
                    names.setdefault(word_hash(f"{part}s"), person.token)
                    if part in people().also_words:
                        also_words.add(word_hash(part))
        if person.student_number:
            numbers[word_hash(plain(person.student_number))] = person.token
    return names, frozenset(also_words), numbers


def known_spans(read: Cells, participants: Sequence[Participant]) -> Iterator[Span]:
    """Marks of known people and their numbers. O(cells)."""
    names, also_words, numbers = _book(tuple(participants))
    if not names and not numbers:
        return
    begun, last, token = -1, -1, ""
    for cell, key in enumerate(read.whole.tolist()):
        if key not in names and key not in numbers:
            continue
        if key in numbers:
            yield Span(int(read.start[cell]), int(read.end[cell]), "student_number", numbers[key], 1.0, _NUMBER)
            continue
        if key in also_words and not read.shape[cell] & (FIRST_CAPITAL | ALL_CAPITAL):
            continue
        if begun >= 0 and names[key] == token and cell - last <= _BETWEEN:
            last = cell
            continue
        if begun >= 0:
            yield Span(int(read.start[begun]), int(read.end[last]), "person_known", token, 1.0, _NAME)
        begun, last, token = cell, cell, names[key]
    if begun >= 0:
        yield Span(int(read.start[begun]), int(read.end[last]), "person_known", token, 1.0, _NAME)
