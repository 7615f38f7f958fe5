"""What a network is made of: parties that can hold data, and reasons for which data may move between them."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, get_args

Status = Literal["required_by_law", "documented", "observed", "disputed", "prohibited"]
Onward = Literal["yes", "no", "only", "unknown"]
Form = Literal["agency", "unit", "system"]
Basis = Literal["agreement", "membership", "log_in", "statute", "grant", "vendor_contract", "transfer"]

# Strongest evidence first: a standing duty or paper shows a channel, a past transfer shows it was open once.
STATUSES: Final[tuple[Status, ...]] = get_args(Status)
ONWARD: Final[tuple[Onward, ...]] = get_args(Onward)
FORMS: Final[tuple[Form, ...]] = get_args(Form)
BASES: Final[tuple[Basis, ...]] = get_args(Basis)
# In `onward_to`, this before a word makes it a kind of agency instead of the id of one.
KIND: Final = "kind:"
# Characters that no name or title holds and that would play tricks where it is shown: control characters but for tab
# and line breaks, lone halves of letters, and those that turn the direction of the text after them round.
NOT_TO_BE_SHOWN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufffe\uffff]"
)


@dataclass(frozen=True, slots=True)
class Agency:
    """A party, a unit or a system that can hold data.

    Attributes:
        id: Short and stable, such as `bric`.
        name: As people call it.
        kind: A recipient kind of the law engine, or `school`.
        notes: What a reader should know.
        form: Whether it is an agency, a unit of one, or a system in which data lies.
        part_of: The id of the agency that it is a unit or a system of; empty when it stands alone. Says nothing of
            what moves between the two: that takes an agreement.
    """

    id: str
    name: str
    kind: str
    notes: str = ""
    form: Form = "agency"
    part_of: str = ""


@dataclass(frozen=True, slots=True)
class Agreement:
    """One reason for which data may move from one agency to another.

    A paper that allows different purposes for different kinds of data is several agreements with one document:
    what survives a path are (purpose, kind) pairs.

    Attributes:
        id: Short and stable.
        giver: Agency whose data moves.
        receiver: Agency that gets it.
        title: As people call the paper, duty or practice.
        start: First day; None when unknown, which counts as always.
        end: Last day; None while it has none.
        kinds: Kinds of data; None when the terms are unknown or unread.
        purposes: Purposes; None when unknown.
        onward: Whether the receiver may pass the data on; `only` to those in `onward_to`.
        status: How well it is known to exist, or that a rule forbids it.
        source: Where this is written.
        notes: What a reader should know.
        onward_to: For `only`: ids of agencies, or kinds of agencies after `kind:`.
        basis: What sort of reason it is.
        clause: The place in the source that says so, such as `section 4(b)`.
        document: SHA-256 of the stored source document, in hex; empty when none is stored.
        entered_by: Who entered it.
    """

    id: str
    giver: str
    receiver: str
    title: str
    start: date | None
    end: date | None
    kinds: frozenset[str] | None
    purposes: frozenset[str] | None
    onward: Onward
    status: Status
    source: str
    notes: str = ""
    onward_to: frozenset[str] = frozenset()
    basis: Basis = "agreement"
    clause: str = ""
    document: str = ""
    entered_by: str = ""
