"""What a proof says, and the search for a case that breaks a claim: the plainest there is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

import z3

from schoolgate.engines.law.proving.smt import LawTerms, holds
from schoolgate.engines.law.text.rulebook import Rulebook
from schoolgate.engines.law.text.vocabulary import DISCLOSURE_DATE, Fact

__all__ = ["Counterexample", "Listed", "Proof", "Status", "UnprovedError", "find", "plain_code", "wishes"]

Status = Literal["proved", "refuted", "not_proved"]
PLAIN_DAY: Final = date(2025, 3, 6)


class UnprovedError(Exception):
    """The claim could be neither proved nor refuted; the message says why."""


@dataclass(frozen=True, slots=True)
class Counterexample:
    """A case that breaks a claim, and what `decide` says of it.

    Attributes:
        case: as `parse_case` reads it; complete, but for claims about missing facts.
        element: the element on which the claim breaks; empty where it is the release as a whole.
        outcome: what `decide` answers for the element.
        unusual: the facts in which the case differs from a plain one; every one of them is needed.
        at_fault: ids of the provisions that make it so: the open doors, what denies, or what is owed.
        obligation: the one that is not owed, or owed wrongly; empty for claims about disclosures.
        other: a second case, or the same under another rulebook, where the claim compares two.
        other_outcome: what `decide` answers for the element there.
        path: ids of the agreements by which a copy travels on.
    """

    case: Mapping[str, Any]
    element: str
    outcome: str
    unusual: tuple[str, ...]
    at_fault: tuple[str, ...]
    obligation: str = ""
    other: Mapping[str, Any] | None = None
    other_outcome: str = ""
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listed:
    """Something the claim does not cover and the reader must know: an accepted default, or a copy that may travel.

    Attributes:
        subject: the fact, or the agency that would hold the copy.
        because: why, in words.
        path: ids of the agreements by which the copy could travel.
        provisions: the doors under which it left.
    """

    subject: str
    because: str
    path: tuple[str, ...] = ()
    provisions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proof:
    """The answer to a claim.

    Attributes:
        reason: what the answer rests on, in a sentence.
        counterexample: when it is refuted.
        listed: what stands beside a proof.
    """

    claim: str
    status: Status
    reason: str
    counterexample: Counterexample | None = None
    listed: tuple[Listed, ...] = ()


def plain_code(fact: Fact) -> int:
    """Return the coded value a fact has in a plain case: its default, or false, the first value, none, zero."""
    if fact.default is not None:
        return int(fact.encode(fact.default))
    return PLAIN_DAY.toordinal() if fact.type == "date" else 0


def wishes(law: LawTerms) -> list[z3.BoolRef]:
    """Return what a plain case would satisfy, fact by fact, the most telling first; counsel opens nothing in it."""
    terms = law.terms
    found = [terms.day == PLAIN_DAY.toordinal()]
    rest: list[z3.BoolRef] = []
    for fact in terms.vocabulary.facts.values():
        if fact.name == DISCLOSURE_DATE:
            continue
        code = plain_code(fact)
        found.append(terms.equals(fact.name, code))
        if fact.type == "set":
            rest += [terms.no(bit) for position, bit in enumerate(terms.members[fact.name]) if not code >> position & 1]
    strict = [answer if _prohibits(law.rulebook, name) else terms.no(answer) for name, answer in terms.answers.items()]
    return [*found, *rest, *strict]


def _prohibits(rulebook: Rulebook, name: str) -> bool:
    return name in rulebook.provisions and rulebook.provisions[name].effect == "prohibition"


def find(solver: z3.Solver, violation: Sequence[z3.BoolRef], wanted: Sequence[z3.BoolRef]) -> z3.ModelRef | None:
    """Return a model of the violation that fulfils a largest set of wishes, or None when there is none.

    No wish can be added to those fulfilled, so every fact that stays unusual is needed beside the others. Wishes are
    tried by halves: about k log n checks for n wishes of which k fail. A wish on which the solver gives up is let go.

    Raises:
        UnprovedError: the solver gave up on the violation itself.
    """
    solver.push()
    try:
        solver.add(*violation)
        if not satisfiable(solver):
            return None
        model = solver.model()
        waiting = [list(wanted)]
        while waiting:
            group = waiting.pop()
            if all(holds(model, wish) for wish in group):
                solver.add(*group)
            elif solver.check(*group) == z3.sat:
                model = solver.model()
                solver.add(*group)
            elif len(group) > 1:
                middle = len(group) // 2
                waiting += [group[middle:], group[:middle]]
        return model
    finally:
        solver.pop()


def satisfiable(solver: z3.Solver, *assumptions: z3.BoolRef) -> bool:
    """Ask the solver; raise `UnprovedError` when it gives up."""
    answer = solver.check(*assumptions)
    if answer == z3.unknown:
        raise UnprovedError(f"the solver gave up ({solver.reason_unknown()})")
    return bool(answer == z3.sat)


def unusual_facts(case: Mapping[str, Any], rulebook: Rulebook) -> tuple[str, ...]:
    """Return the facts in which a case differs from a plain one, and the provisions that counsel's answer opens."""
    facts = rulebook.facts
    named = [
        name
        for name, value in case["facts"].items()
        if value is None or int(facts[name].encode(value)) != plain_code(facts[name])
    ]
    opened = [
        name
        for name, answer in case["counsel_answers"].items()
        if answer is not None and answer is not _prohibits(rulebook, name)
    ]
    return (*named, *(f"counsel: {name}" for name in opened))
