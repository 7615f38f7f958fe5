"""Codes in words, for the pages of the workbench."""

from collections.abc import Iterable, Mapping

from schoolgate.apps.agencies.models import RECIPIENT_KINDS
from schoolgate.apps.requests.models import INSTRUMENTS
from schoolgate.engines import law

OUTCOMES: Mapping[str, str] = {
    "permit": "All of it may leave",
    "permit_redacted": "A part may leave",
    "deny": "Nothing may leave",
    "needs_review": "It waits for an answer",
}


def spoken(code: str) -> str:
    """A code as words."""
    return code.replace("_", " ").capitalize()


def value_words(fact: str, value: str) -> str:
    """A value of an enum fact."""
    return INSTRUMENTS.get(value, spoken(value)) if fact == "instrument" else spoken(value)


def recipient_title(rulebook: law.Rulebook, name: str) -> str:
    """A kind of recipient."""
    found = rulebook.vocabulary.recipients.get(name)
    return (found.title if found else "") or RECIPIENT_KINDS.get(name) or spoken(name)


def listed(words: Iterable[str], joint: str = "and") -> str:
    """Words in a row: a, b and c."""
    found = list(words)
    return f"{', '.join(found[:-1])} {joint} {found[-1]}" if len(found) > 1 else "".join(found)


def paragraphs(words: str) -> tuple[str, ...]:
    """The paragraphs of a rule's plain words; the lines of its file end nowhere on a page."""
    return tuple(" ".join(part.split()) for part in words.split("\n\n") if part.strip())


def lower_first(text: str) -> str:
    """A title inside a sentence; abbreviations and names of laws keep their capitals."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]
