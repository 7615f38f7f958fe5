"""What the law is told of a transfer, and what it says of it: facts, citations, what is left out, what is asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

Answer = bool | None
Part = Literal["giver", "receiver", "case", "record"]

CONDITION: Final = "us.federal.99-33-a-condition"
# Whether there is another party at all, and what could lift the condition under which a copy left.
CONDITION_FACTS: Final = ("one_agency", "consented", "for_district", "ordered")
# Counsel's word that all this makes a breach. Without it nobody is held to have broken anything.
CONFIRMED: Final = "breach_confirmed"


@dataclass(frozen=True, slots=True)
class CopyFacts:
    """What the law needs to know of a copy that the transfer touches.

    Attributes:
        number: as it is printed on the copy.
        holder: the short name of the agency that got it.
        conditioned: whether it left on the condition that it goes no further (34 CFR 99.33(a), (d)).
        court_paper: whether it left under 34 CFR 99.31(a)(9), a court's order or a subpoena.
    """

    number: str
    holder: str
    conditioned: bool
    court_paper: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """What the law needs to know of a transfer.

    Attributes:
        first_day: the first day on which it can have moved.
        last_day: the last one.
        giver: short name of who passed it on.
        giver_kind: its kind in the law's vocabulary, or "school".
        receiver_kind: the kind of who got it.
        copies: the copies that the transfer touches, certainly or possibly.
        known: whether it is certain that it was one of them and no other paper.
        answers: what persons answered, by the codes of `asking.QUESTIONS`; absent or None is not known.
        center_breach: whether an earlier case shows that the giver got its copy against a condition.
        whole: the short names of the agencies that belong together with the giver, by what is part of what.
        receiver_belongs: whether the receiver is one of them.
    """

    first_day: date
    last_day: date
    giver: str
    giver_kind: str
    receiver_kind: str
    copies: tuple[CopyFacts, ...] = ()
    known: bool = False
    answers: Mapping[str, Answer] | None = None
    center_breach: bool = False
    whole: frozenset[str] = frozenset()
    receiver_belongs: bool = False

    def bound(self, copy: CopyFacts) -> bool:
        """Whether the giver held a copy under the terms on which it left: itself, or as a part of who got it."""
        return copy.holder == self.giver or copy.holder in self.whole

    def answer(self, fact: str) -> Answer:
        """What was answered; None where nobody knows."""
        return (self.answers or {}).get(fact)


@dataclass(frozen=True, slots=True)
class Cited:
    """A provision that applies.

    Attributes:
        provision: its id in the rulebook, or empty where the rulebook has no page for it.
        citation: as lawyers write it.
        why: the reason in plain words.
        parts: where it belongs: in a letter to the giver or the receiver, in the record, or on the case alone.
        breach: whether it says that a law was broken.
        evidence: how the text was verified: read, secondary or unverified.
    """

    provision: str
    citation: str
    why: str
    parts: frozenset[Part]
    breach: bool
    evidence: str


@dataclass(frozen=True, slots=True)
class Left:
    """A provision one might expect, and why it is not cited."""

    citation: str
    why: str


@dataclass(frozen=True, slots=True)
class Asked:
    """The code of a question whose answer could add a citation."""

    fact: str


@dataclass(frozen=True, slots=True)
class Advice:
    """What counsel may do where the law gives no demand."""

    text: str


@dataclass(frozen=True, slots=True)
class Findings:
    """The answer.

    Attributes:
        cited: what applies.
        left: what does not, with the reason.
        asked: codes of the questions that could add a citation.
        which_copy: whether the answer turns on which copy it was.
        advice: what counsel may do where the law gives no demand.
    """

    cited: tuple[Cited, ...]
    left: tuple[Left, ...]
    asked: tuple[str, ...]
    which_copy: bool
    advice: tuple[str, ...]

    @property
    def breaks_condition(self) -> Answer:
        """Whether the giver broke the condition under which it held the copy; None while a question could show it."""
        if any(one.provision == CONDITION for one in self.cited):
            return True
        return None if self.which_copy or {*CONDITION_FACTS, CONFIRMED} & set(self.asked) else False

    def cites(self, part: Part) -> tuple[Cited, ...]:
        """What a letter to this party, or the record, may cite."""
        return tuple(one for one in self.cited if part in one.parts)
