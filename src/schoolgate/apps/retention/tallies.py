"""What is past its time under a series on a day: each record, and how many there are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from .schedule import Series

# Why a record that is past its time is not proposed, the first that fits.
HELD: Final[Mapping[str, str]] = {
    "litigation": "Held for a lawsuit, a subpoena or an appeal",
    "records_request": "Held for a request for records",
    "counsel": "Held because counsel says so",
    "open_request": "An agency's request for it is open",
    "open_case": "A copy was seen elsewhere, and the case is open",
    "objection": "A family says that it is wrong",
    "unreviewed": "Nobody has reviewed an emergency opening of the record",
    "proposed": "It is in a proposal already",
    "gone": "It was destroyed or signed already",
}


@dataclass(frozen=True, slots=True)
class Due:
    """A record that is past its time.

    Attributes:
        subject: "report:<id>", "draft:<id>", or "papers:<id of the student>".
        number: A report's number; of a draft or of papers nothing that says whose they are.
        held: A code of `HELD`; empty when it may be destroyed.
    """

    subject: str
    report: UUID | None
    draft: UUID | None
    papers_of: UUID | None
    number: str
    due_on: date
    held: str

    @property
    def why(self) -> str:
        """Why it is held, in words."""
        return HELD.get(self.held, "")


@dataclass(frozen=True, slots=True)
class Tally:
    """How many records are past their time under a series on a day.

    Attributes:
        free: How many may be destroyed.
        held: How many may not, by code.
    """

    series: Series
    day: date
    free: int
    held: Mapping[str, int]

    @property
    def past(self) -> int:
        """How many are past their time."""
        return self.free + self.held_many

    @property
    def held_many(self) -> int:
        """How many are held."""
        return sum(self.held.values())

    @property
    def held_words(self) -> list[tuple[str, int]]:
        """Why records are held, in words, with how many."""
        return [(HELD[code], many) for code, many in self.held.items()]


@dataclass(frozen=True, slots=True)
class Preview(Tally):
    """What would be destroyed under a series on a day, and what would not.

    Attributes:
        rows: The records, the oldest first: at most `MOST` that may be destroyed.
        kept_back: Those that may not be: at most `SHOWN`.
        digest: SHA-256 over the list of those that may be, as a proposal would have it.
    """

    rows: tuple[Due, ...]
    kept_back: tuple[Due, ...]
    digest: str
