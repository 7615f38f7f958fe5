"""What proofs of claims share: a rulebook over a solver, and the parts of which a proof is put together."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import z3

from schoolgate.engines.law.deciding.case import parse_case
from schoolgate.engines.law.deciding.decide import decide
from schoolgate.engines.law.deciding.decision import Decision
from schoolgate.engines.law.proving.claims import Claim
from schoolgate.engines.law.proving.proof import Counterexample, Listed, Proof, UnprovedError, satisfiable
from schoolgate.engines.law.proving.smt import LawTerms, holds
from schoolgate.engines.law.proving.terms import Terms
from schoolgate.engines.law.text.rulebook import Rulebook

__all__ = [
    "BENCHES",
    "Bench",
    "among",
    "covered_by",
    "decided",
    "element_of",
    "leaves",
    "open_doors",
    "proved",
    "reasons_of",
    "refuted",
]

KEPT: Final = 6


@dataclass
class Bench:
    """A rulebook over a solver that knows it, kept between claims."""

    rulebook: Rulebook
    law: LawTerms
    solver: z3.Solver

    @property
    def terms(self) -> Terms:
        """The variables of its cases."""
        return self.law.terms


@dataclass
class Benches:
    """The last few rulebooks, by digest. A solver serves one thread at a time."""

    lock: threading.RLock = field(default_factory=threading.RLock)
    kept: dict[str, Bench] = field(default_factory=dict)

    def of(self, rulebook: Rulebook) -> Bench:
        bench = self.kept.pop(rulebook.digest, None)
        if bench is None:
            law = LawTerms(rulebook, Terms(rulebook.vocabulary, rulebook.counsel_ids))
            bench = Bench(rulebook, law, law.solver())
        self.kept[rulebook.digest] = bench
        while len(self.kept) > KEPT:
            del self.kept[next(iter(self.kept))]
        return bench


BENCHES: Final = Benches()


def proved(claim: Claim, listed: tuple[Listed, ...] = ()) -> Proof:
    """The answer when no case breaks the claim."""
    return Proof(claim.id, "proved", "No possible case breaks it.", listed=listed)


def refuted(claim: Claim, reason: str, example: Counterexample) -> Proof:
    """The answer when a case breaks the claim."""
    return Proof(claim.id, "refuted", reason, example)


def covered_by(bench: Bench, claim: Claim) -> list[z3.BoolRef]:
    """Return which cases a claim speaks of: those of its block, save where counsel opened something it leaves out.

    A draft that no longer asks counsel leaves nothing out.

    Raises:
        UnprovedError: there is no such case; the claim would hold whatever the law.
    """
    terms = bench.terms
    covered = [terms.of(claim.condition, whole_record=claim.act != "disclose")]
    for name in terms.answers.keys() & set(claim.counsel):
        loosens = bench.rulebook.provisions[name].effect != "prohibition"
        covered.append(terms.no(terms.answers[name]) if loosens else terms.answers[name])
    if not satisfiable(bench.solver, *covered):
        raise UnprovedError("no possible case fits its block, so it would say nothing")
    return covered


def leaves(law: LawTerms, claim: Claim) -> z3.BoolRef:
    """Return when the element leaves, and not only by doors that the claim leaves out."""
    besides = among(claim.besides, law.rulebook)
    return law.permitted_without(besides) if besides else law.permitted


def element_of(model: z3.ModelRef, terms: Terms) -> str:
    """Return the element a model decides."""
    return next(name for name, term in terms.elements.items() if holds(model, term))


def decided(rulebook: Rulebook, data: Mapping[str, Any], element: str, outcome: str) -> Decision:
    """Decide a counterexample; raise `UnprovedError` when the engine does not reproduce the outcome."""
    decision = decide(rulebook, parse_case(data, rulebook))
    told = decision.element(element).outcome
    if told != outcome:
        raise UnprovedError(f"the solver says {outcome} of its example and the engine {told}: report this as a defect")
    return decision


def open_doors(decision: Decision, element: str) -> tuple[str, ...]:
    """Return every open door of an element, layer by layer."""
    votes = decision.element(element).votes
    return tuple(name for vote in votes if vote.value == "open" for name in vote.provisions)


def reasons_of(decision: Decision, element: str) -> tuple[str, ...]:
    """Return what makes an outcome: for a permit the open doors, else what determines it."""
    one = decision.element(element)
    return open_doors(decision, element) if one.outcome == "permit" else one.provisions


def among(ids: tuple[str, ...], rulebook: Rulebook) -> tuple[str, ...]:
    """Return the ids that the rulebook holds: a draft may have dropped some, and the claim still stands."""
    return tuple(name for name in ids if name in rulebook.provisions)
