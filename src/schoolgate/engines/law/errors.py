"""The one exception of the law engine."""

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["LawError", "suggestion"]


class LawError(Exception):
    """A rulebook, a case or a call that the engine refuses.

    The message never repeats a value of a case: such a value may be a name.

    Attributes:
        where: the file with its line, or the field of the case.
        what: what is wrong there.
        remedy: what to do about it.
    """

    def __init__(self, where: str, what: str, remedy: str) -> None:
        super().__init__(f"{where}: {what}. {remedy}.")
        self.where = where
        self.what = what
        self.remedy = remedy


def suggestion(word: str, known: "Iterable[str]") -> str:
    """Return the remedy for a word that is not in a vocabulary.

    Only words of the vocabulary appear in it, never the word that was given.
    """
    names = sorted(known)
    close = get_close_matches(word, names, n=3, cutoff=0.55)
    if close:
        return f"Did you mean {' or '.join(close)}"
    return f"Use one of: {', '.join(names)}" if names else "Nothing is declared there yet"
