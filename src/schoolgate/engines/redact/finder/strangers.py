"""People whom the record does not know: staff, relatives, witnesses, by title, relation, signature, greeting."""

import re
from collections.abc import Iterator

from schoolgate.engines.redact.finder.lexicon import People, people
from schoolgate.engines.redact.finder.text import Text
from schoolgate.engines.redact.model import Span

_NAME_GAP = re.compile(r" |-|'|\u2019|\. ")
_MOST_WORDS = 4
_PARTICLES = frozenset(("de", "da", "do", "dos", "del", "la", "van", "von", "le", "el", "al", "bin", "st"))


def find_strangers(text: Text) -> Iterator[Span]:
    """Marks of people outside the record. O(words)."""
    known = people()
    words = text.words
    for i, (_, _, word) in enumerate(words):
        irish = word == "o" and text.folded.text[words[i][1] :][:1] == "'"
        if not _capital_word(text, i) or (word in known.not_people and not irish):
            continue
        reason = _why(text, i, known)
        if reason:
            last = _extend(text, i, known)
            first = _with_initial(text, i)
            yield _span(text, words[first][0], words[last][1], reason)
    yield from _addressed(text)


def _span(text: Text, start: int, end: int, reason: str) -> Span:
    original_start, original_end = text.folded.original(start, end)
    return Span(original_start, original_end, "person_unknown", None, 0.7, reason)


def _why(text: Text, i: int, known: People) -> str:  # noqa: PLR0911 - one reason a line, the first that holds
    start, end, word = text.words[i]
    folded = text.folded.text
    before = folded[max(0, start - 40) : start]
    previous = text.words[i - 1][2] if i else ""
    gap = folded[text.words[i - 1][1] : start] if i else "\n"
    if previous in known.titles and gap in (". ", " ", " . ", ".") and word not in known.titles:
        shouted = text.original[text.folded.starts[text.words[i - 1][0]] :][: len(previous)].isupper()
        return "" if shouted and len(previous) > 3 else "a name after a title"  # noqa: PLR2004 - NURSE LOG
    if re.search(r"(?<!\w)[^\W\d_] ?\. ?$", before) and _capital_at(text, start - 2) and len(word) > 2:  # noqa: PLR2004
        return "an initial and a surname"
    written_before = text.original[: text.folded.starts[start]].lower()
    if re.search(r"(?:^|\n)[ \t]*(?:subj\w*|re|asunto|assunto)\b[^\n]*$", written_before):
        return ""
    related = re.search(r"([^\W\d_]+)(?: (?:l|m|w|li|mwen|ou|yo|nan|an|la|a))?,? $", before)
    if related and related.group(1) in known.relations and word not in known.relations and word not in known.titles:
        return "a name after a relation"
    if (related or gap == "\n") and _greeted(text, start, end, known, related.group(1) if related else ""):
        return "a name in a greeting"
    if (re.search(r"(?:[-\u2014] ?|\n)$", before) and not folded[end:].strip(" .\n")) or _signed(text, i):
        return "a signature"
    for_whom = re.search(r"(?:^|[\n.;] ?)([a-z ]{2,14}?):? $", before)
    if for_whom and for_whom.group(1).strip() in known.signoffs and (":" in before[-3:] or "by" in for_whom.group(1)):
        return "who wrote it or gets it"
    if word in known.first_names and len(word) > 2 and not _ends_sentence_start_only(text, i, known):  # noqa: PLR2004
        return "a first name"
    if _followed_by_mail(folded, text, i):
        return "a name before an e-mail address"
    return ""


def _greeted(text: Text, start: int, end: int, known: People, previous: str) -> bool:
    after = text.folded.text[end : end + 2]
    if previous in known.greetings and after[:1] in (",", "\n", ":", "!", "-", ""):
        return True
    line_start = text.folded.starts[start] == 0 or text.original[text.folded.starts[start] - 1] == "\n"
    return line_start and after[:1] == "," and text.words[0][2] not in known.not_people | known.titles


def _signed(text: Text, i: int) -> bool:
    """Whether the words from here to the end are a name after a dash or on a line of their own."""
    at = text.folded.starts[text.words[i][0]]
    tail = text.original[at:].rstrip(" .\n")
    if len(tail.split()) > 3 or not all(w[:1].isupper() for w in tail.split()):  # noqa: PLR2004 - a name's length
        return False
    return bool(
        re.search(r"(?:[.!?\"'\u201d)]\s*[-\u2013\u2014~]\s*|\n\s*|[.!?\u201d\")]\s+)$", text.original[:at])
    ) and (len(tail.split()) > 1 or bool(re.search(r"[-\u2013\u2014~\n]\s*$", text.original[:at])))


def _ends_sentence_start_only(text: Text, i: int, known: People) -> bool:
    """A first name that is also a word, where a capital says nothing."""
    start = text.folded.starts[text.words[i][0]]
    at_start = not start or bool(re.search(r"[.!?\n]\s*$", text.original[:start]))
    return text.words[i][2] in known.also_words and at_start


def _followed_by_mail(folded: str, text: Text, i: int) -> bool:
    end = text.words[i][1]
    return bool(re.match(r"(?: [^\W\d_]+){0,2} <[^>]*@", folded[end : end + 60]))


def _extend(text: Text, i: int, known: People) -> int:
    """The last word of the name that begins at word i."""
    last = i
    while last + 1 < len(text.words) and last + 1 - i < _MOST_WORDS:
        gap = text.folded.text[text.words[last][1] : text.words[last + 1][0]]
        word = text.words[last + 1][2]
        raw_gap = text.original[text.folded.ends[text.words[last][1] - 1] : text.folded.starts[text.words[last + 1][0]]]
        if (
            "\n" in raw_gap
            or not _NAME_GAP.fullmatch(gap)
            or (gap == ". " and text.words[last][1] - text.words[last][0] > 1)
        ):
            break
        if gap in ("'", "\u2019") and word == "s":
            break
        particle = word in _PARTICLES and last + 2 < len(text.words) and _capital_word(text, last + 2)
        if not particle and (not _capital_word(text, last + 1) or word in known.not_people):
            break
        last += 1
    return last


def _with_initial(text: Text, i: int) -> int:
    if i and text.words[i - 1][2] == "man" and text.capital(text.words[i - 1][0]):
        return i - 1  # Creole: Man Jo is what she is called, as a name
    if i and len(text.words[i - 1][2]) == 1 and text.capital(text.words[i - 1][0]):
        gap = text.folded.text[text.words[i - 1][1] : text.words[i][0]]
        if gap.strip() == ".":
            return i - 1
    return i


def _capital_word(text: Text, i: int) -> bool:
    start, end, word = text.words[i]
    return text.capital(start) and not word.isdigit() and (end - start == 1 or not word[0].isdigit())


def _capital_at(text: Text, at: int) -> bool:
    near = text.folded.text[max(0, at - 2) : at + 1]
    letter = next((max(0, at - 2) + k for k, c in enumerate(near) if c.isalpha()), None)
    return letter is not None and text.capital(letter)


def _addressed(text: Text) -> Iterator[Span]:
    """`Corey, no.` at the start of a line."""
    for m in re.finditer(r"(?:^|\n)([A-Z][\w'-]+)(?=, (?:no|yes|thanks|please|can|I|the|we|you)\b)", text.original):
        if m.group(1).lower() not in people().not_people:
            yield Span(*m.span(1), "person_unknown", None, 0.6, "someone spoken to")
