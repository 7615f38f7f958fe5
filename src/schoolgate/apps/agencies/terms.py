"""What an agreement says, checked before it is written."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from typing import Final, Self

from schoolgate.apps.ledger.acts import Impossible
from schoolgate.engines.reach import BASES, KIND, ONWARD, STATUSES

from .models import Agency, Agreement

# What pages for everybody show of an agreement, in the words of whoever wrote it.
PUBLIC_WORDS: Final = ("title", "source", "clause", "notes")
LONGEST: Final = {"title": 200, "source": 300, "clause": 120}
# An A-number: A and eight or nine digits, with or without dashes and blanks. A date after an A is none.
A_NUMBER: Final = re.compile(r"(?<![A-Za-z0-9])[Aa][\s#:.-]*(?!\d{4}-\d{2}-\d{2}(?!\d))\d(?:[\s.-]?\d){7,8}(?!\d)")
VOCABULARY: Final[dict[str, tuple[str, ...]]] = {"status": STATUSES, "onward": ONWARD, "basis": BASES}


@dataclass(frozen=True, slots=True)
class Terms:
    """What an agreement says, and where that is written.

    Attributes:
        title: As people call the paper, duty or practice.
        status: How well it is known to exist, or that a rule forbids it.
        source: Where this is written.
        starts: First day; None when nobody knows it.
        ends: Last day; None while it has none.
        kinds: Kinds of data; None when the terms are not known.
        purposes: Purposes; None when not known.
        onward: Whether the receiver may pass the data on.
        onward_to: For `only`: slugs of agencies, or kinds of agencies after `kind:`.
        basis: What sort of reason it is.
        clause: The place in the source.
        notes: What a reader should know.
    """

    title: str
    status: str
    source: str
    starts: date | None = None
    ends: date | None = None
    kinds: tuple[str, ...] | None = None
    purposes: tuple[str, ...] | None = None
    onward: str = "unknown"
    onward_to: tuple[str, ...] = ()
    basis: str = "agreement"
    clause: str = ""
    notes: str = ""

    @classmethod
    def of(cls, agreement: Agreement) -> Self:
        """The terms of a stored agreement."""
        values = {column.name: getattr(agreement, column.name) for column in fields(cls)}
        lists = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
        return cls(**(values | lists))

    def check(self, giver: Agency, receiver: Agency) -> None:
        """Refuse what cannot be an agreement. One query, and only where it is passed on to some.

        Raises:
            Impossible: Says what is wrong and what to write instead.
        """
        if giver == receiver:
            raise Impossible(f"{giver} is on both sides. An agreement joins two agencies: choose another one.")
        if self.starts and self.ends and self.ends < self.starts:
            raise Impossible(f"It ends on {self.ends}, before it begins on {self.starts}. Correct one of the days.")
        self._check_words()
        self._check_onward()

    def _check_words(self) -> None:
        if not self.title.strip() or not self.source.strip():
            raise Impossible("An agreement needs a title, and a source where it is written. Fill in both.")
        for name, most in LONGEST.items():
            if len(getattr(self, name)) > most:
                raise Impossible(f"The {name} is longer than {most} characters. Shorten it.")
        for name, words in VOCABULARY.items():
            if getattr(self, name) not in words:
                raise Impossible(f"The {name} {getattr(self, name)!r} is none of {', '.join(words)}.")

    def _check_onward(self) -> None:
        if (self.onward == "only") != bool(self.onward_to):
            raise Impossible('Name who may get it next when, and only when, passing on is "only to some".')
        if self.onward_to:
            known: set[str] = set()
            for slug, kind in Agency.objects.values_list("slug", "kind"):
                known |= {slug, KIND + kind}
            if unknown := sorted(set(self.onward_to) - known):
                raise Impossible(f"Nobody in the registry is called {', '.join(unknown)}. Add the agency first.")

    def check_public(self) -> None:
        """Refuse words that name a person's file where everybody would read them.

        Raises:
            Impossible: Says which words, and what to write instead.
        """
        if named := with_a_number({name: getattr(self, name) for name in PUBLIC_WORDS}.items()):
            raise Impossible(
                f"The {named} holds what looks like an A-number, which names a person. Everybody would read it: "
                "say where it is written without the number."
            )

    def columns(self) -> dict[str, object]:
        """The values as the table holds them."""
        values = {column.name: getattr(self, column.name) for column in fields(self)}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def with_a_number(words: Iterable[tuple[str, str]]) -> str:
    """The name of the first of some words that hold an A-number, the number of a person's immigration file."""
    return next((name for name, value in words if A_NUMBER.search(value)), "")
