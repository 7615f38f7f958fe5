"""What an accounting of disclosures holds.

34 CFR 99.32(a): for each request for access and each disclosure of personally identifiable information from a
student's education records, the parties who asked or received, and their legitimate interests; (b)(1): the further
parties to whom a recipient passed it on. 603 CMR 23.07(1): besides, who released it, to which person, when, which
parts, for which purpose. Both leave out the student's own family and school staff with a legitimate interest; school
staff who open a record in an emergency are in it all the same, as what they are: no disclosure to anybody outside.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class What(StrEnum):
    """What happened."""

    ASKED = "asked"
    REFUSED = "refused"
    RELEASED = "released"
    RECEIVED = "received"
    OPENED = "opened"
    LISTED = "listed"
    SEEN = "seen_elsewhere"
    EMERGENCY = "opened_in_an_emergency"

    @property
    def words(self) -> str:
        """In words, as the CSV has it."""
        return _WORDS[self]


_WORDS = {
    What.ASKED: "They asked for a report",
    What.REFUSED: "We refused; nothing left",
    What.RELEASED: "We gave them a copy",
    What.RECEIVED: "They said that the copy arrived",
    What.OPENED: "They opened the copy",
    What.LISTED: "The child stands in a list that we made for them",
    What.SEEN: "A copy was seen elsewhere, or may have been",
    What.EMERGENCY: "Our own staff opened the record in an emergency; nothing left the district",
}


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the district's vocabulary: its code, and how people read it."""

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who asked or received.

    Attributes:
        name: the agency's.
        kind: what kind of agency it is.
        person: who acted for it, as far as known.
    """

    name: str
    kind: Term
    person: str = ""


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One line of an accounting, about one child alone.

    Attributes:
        id: of what the line is about (a request, a copy, a list); lines about one thing share it.
        at: when, aware.
        what: what happened.
        matter: the number of the request, copy or list that people use on the telephone.
        recipient: None where a line may not or cannot say.
        by: who acted for the district, with their position; who opened it, where it was opened in an emergency.
        parts: which parts of the record, those about another child left out.
        purpose: the recipient's legitimate interest, as it was stated.
        paper: what they showed.
        law: citations.
        told_at: when the family was told before it left; None where nobody was.
        note: a sentence, where the rest does not say it.
        entry: of the ledger: its receipt proves the line.
    """

    id: UUID
    at: datetime
    what: What
    matter: str = ""
    recipient: Recipient | None = None
    by: str = ""
    parts: tuple[Term, ...] = ()
    purpose: Term | None = None
    paper: Term | None = None
    law: tuple[str, ...] = ()
    told_at: datetime | None = None
    note: str = ""
    entry: UUID | None = None

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError(f"the time of {self.matter or self.id} has no zone; give an aware one")


@dataclass(frozen=True, slots=True)
class Accounting:
    """The accounting of one child.

    Attributes:
        district: its name.
        student: the child's id here. Neither a name nor a number: a file that is lost names nobody.
        made_at: when, aware.
        lines: oldest first.
    """

    district: str
    student: UUID
    made_at: datetime
    lines: tuple[Disclosure, ...]

    @property
    def disclosures(self) -> int:
        """How often something of the record left: copies and lists, not what was asked."""
        return sum(one.what in {What.RELEASED, What.LISTED} for one in self.lines)
