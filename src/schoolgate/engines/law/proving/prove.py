"""Claims about a rulebook: each holds for every possible case, or here is one that breaks it.

The solver looks for a case that breaks the claim, over all cases at once. None: the claim is proved. One: it is
made as plain as it can be, written as a case, and decided by the ordinary engine; only what that reproduces is
reported. The solver works with a limit on work, not on time, and what it gives up on is "not proved".
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import z3

from schoolgate.engines.law.errors import LawError, suggestion
from schoolgate.engines.law.proving.bench import (
    BENCHES,
    Bench,
    among,
    covered_by,
    decided,
    element_of,
    leaves,
    open_doors,
    proved,
    reasons_of,
    refuted,
)
from schoolgate.engines.law.proving.claims import Claim, Kind
from schoolgate.engines.law.proving.onward import prove_onward
from schoolgate.engines.law.proving.proof import (
    Counterexample,
    Listed,
    Proof,
    UnprovedError,
    find,
    unusual_facts,
    wishes,
)
from schoolgate.engines.law.proving.smt import LawTerms, Rails, UnsureLaw, case_of, holds
from schoolgate.engines.law.proving.terms import Terms
from schoolgate.engines.law.text.rulebook import Rulebook

if TYPE_CHECKING:
    from schoolgate.engines.reach import Network

__all__ = ["Counterexample", "Listed", "Proof", "prove"]

NO_RULEBOOKS: Final[Mapping[str, Rulebook]] = MappingProxyType({})


def prove(
    rulebook: Rulebook,
    claim: Claim,
    *,
    network: "Network | None" = None,
    others: Mapping[str, Rulebook] = NO_RULEBOOKS,
) -> Proof:
    """Prove a claim about a rulebook, or refute it by a case.

    Args:
        rulebook: what the claim is about.
        claim: parsed with the rulebook's vocabulary.
        network: who may hand a copy to whom, for claims of kind `onward`.
        others: the rulebooks that claims of kind `stricter` name.

    Returns:
        `proved`, `refuted` with a counterexample that `decide` reproduces, or `not_proved` with the reason.

    Raises:
        LawError: the claim names a provision, a rulebook or a network that is not there.
    """
    with BENCHES.lock:
        try:
            if claim.kind == "onward":
                return prove_onward(BENCHES.of(rulebook), claim, network)
            return _KINDS[claim.kind](rulebook, claim, others)
        except UnprovedError as reason:
            return Proof(claim.id, "not_proved", str(reason))


def _always(rulebook: Rulebook, claim: Claim, _others: Mapping[str, Rulebook]) -> Proof:
    bench = BENCHES.of(rulebook)
    terms, law, solver = bench.terms, bench.law, bench.solver
    covered = covered_by(bench, claim)
    if claim.by:
        covered += [law.permitted, terms.no(law.permitted_without(among(claim.by, rulebook)))]
    if claim.act != "disclose":
        return _owed(bench, claim, covered)
    wrong = leaves(law, claim) if claim.effect == "forbid" else terms.no(law.permitted)
    model = find(solver, [*covered, wrong], wishes(bench.law))
    if model is None:
        return proved(claim)
    outcome = "permit" if claim.effect == "forbid" else "deny"
    return _refuted_by(bench, claim, model, outcome)


def _refuted_by(bench: Bench, claim: Claim, model: z3.ModelRef, outcome: str) -> Proof:
    data, element = case_of(model, bench.terms, bench.rulebook), element_of(model, bench.terms)
    decision = decided(bench.rulebook, data, element, outcome)
    example = Counterexample(data, element, outcome, unusual_facts(data, bench.rulebook), reasons_of(decision, element))
    told = "leaves where it must not" if outcome == "permit" else "stays where it must leave"
    return refuted(claim, f"In this case {element} {told}.", example)


def _owed(bench: Bench, claim: Claim, covered: list[z3.BoolRef]) -> Proof:
    terms, law = bench.terms, bench.law
    answered = leaves(law, claim) if claim.act == "release" else terms.no(law.permitted)
    owed = law.owes(claim.owes, claim.act)
    wrong = owed if claim.effect == "forbid" else terms.no(owed)
    model = find(bench.solver, [*covered, terms.askable, answered, wrong], wishes(bench.law))
    if model is None:
        return proved(claim)
    data, element = case_of(model, terms, bench.rulebook), element_of(model, terms)
    outcome = "permit" if claim.act == "release" else "deny"
    decision = decided(bench.rulebook, data, element, outcome)
    found = tuple(one.provision for one in decision.obligations if one.name == claim.owes)
    if bool(found) != (claim.effect == "forbid"):
        raise UnprovedError(f"the engine does not reproduce what is owed as {claim.owes}: report this as a defect")
    example = Counterexample(
        data,
        element,
        outcome,
        unusual_facts(data, bench.rulebook),
        found or reasons_of(decision, element),
        obligation=claim.owes,
    )
    told = "is owed where it must not be" if found else "is not owed"
    return refuted(claim, f"In this case {claim.owes} {told}.", example)


def _adds_nothing(rulebook: Rulebook, claim: Claim, _others: Mapping[str, Rulebook]) -> Proof:
    bench = BENCHES.of(rulebook)
    terms, law, solver = bench.terms, bench.law, bench.solver
    covered = covered_by(bench, claim)
    without = terms.varied(claim.instead, "without:")
    other = LawTerms(rulebook, without, "without:")
    stated = [without.equals(name, code) for name, code in claim.instead.items()]
    solver.push()
    solver.add(*without.axioms, *other.definitions, *stated)
    try:
        model = find(solver, [*covered, leaves(law, claim), terms.no(other.permitted)], wishes(bench.law))
    finally:
        solver.pop()
    if model is None:
        return proved(claim)
    element = element_of(model, terms)
    first, second = case_of(model, terms, rulebook), case_of(model, without, rulebook)
    decision, opposite = decided(rulebook, first, element, "permit"), decided(rulebook, second, element, "deny")
    at_fault = tuple(name for name in open_doors(decision, element) if name not in open_doors(opposite, element))
    example = Counterexample(
        first,
        element,
        "permit",
        unusual_facts(first, rulebook),
        at_fault or opposite.element(element).provisions,
        other=second,
        other_outcome="deny",
    )
    return refuted(claim, f"In this case {element} leaves, and without it {element} would stay.", example)


def _needs_door(rulebook: Rulebook, claim: Claim, _others: Mapping[str, Rulebook]) -> Proof:
    bench = BENCHES.of(rulebook)
    terms, law = bench.terms, bench.law
    covered = covered_by(bench, claim)
    shut = terms.any([terms.no(law.open[layer]) if layer in law.open else terms.true for layer in claim.layers])
    model = find(bench.solver, [*covered, leaves(law, claim), shut], wishes(bench.law))
    return proved(claim) if model is None else _refuted_by(bench, claim, model, "permit")


def _missing_facts(rulebook: Rulebook, claim: Claim, _others: Mapping[str, Rulebook]) -> Proof:
    """Two readings of one case: the truth, and what is read where facts are unknown or left out."""
    bench = BENCHES.of(rulebook)
    terms, truth, solver = bench.terms, bench.law, bench.solver
    facts = rulebook.facts
    untrusted = [n for n, fact in facts.items() if fact.default is not None and n not in claim.accepts_defaults]
    read = terms.varied(untrusted, "read:")
    rails = Rails(read)
    known = LawTerms(rulebook, read, "read:") if untrusted else truth
    unsure = UnsureLaw(rulebook, rails)
    left_out = {name: z3.Bool(f"left out:{name}", terms.context) for name in untrusted}
    links = [
        z3.If(gone, terms.all([rails.facts[name], read.equals(name, _default(rulebook, name))]), terms.same(read, name))
        for name, gone in left_out.items()
    ]
    permits = claim.turns == "permit"
    told = [unsure.permitted, known.permitted] if permits else [unsure.denied, terms.no(known.permitted)]
    turned = terms.no(truth.permitted) if permits else truth.permitted
    stated = [*rails.facts.values(), *rails.answers.values(), *map(terms.no, left_out.values())]
    solver.push()
    solver.add(*read.axioms, *rails.axioms, *links, *unsure.definitions, *(known.definitions if untrusted else []))
    try:
        model = find(solver, [terms.any(told), turned], [*stated, *wishes(bench.law)])
    finally:
        solver.pop()
    if model is None:
        listed = tuple(Listed(name, facts[name].default_because) for name in claim.accepts_defaults)
        return proved(claim, listed)
    element = element_of(model, terms)
    gone = [name for name, bit in left_out.items() if holds(model, bit)]
    first, second = case_of(model, read, rulebook, known=rails), case_of(model, terms, rulebook)
    first["facts"] = {name: value for name, value in first["facts"].items() if name not in gone}
    outcomes = (claim.turns, "deny" if permits else "permit")
    decision = decided(rulebook, first, element, outcomes[0])
    decided(rulebook, second, element, outcomes[1])
    example = Counterexample(
        first,
        element,
        outcomes[0],
        (*unusual_facts(first, rulebook), *gone),
        reasons_of(decision, element),
        other=second,
        other_outcome=outcomes[1],
    )
    missing = ", ".join(gone) or "what is unknown"
    return refuted(claim, f"With {missing} left open {element} gets the answer {claim.turns}; it turns.", example)


def _default(rulebook: Rulebook, name: str) -> int:
    fact = rulebook.facts[name]
    return int(fact.encode(fact.default))


def _stricter(rulebook: Rulebook, claim: Claim, others: Mapping[str, Rulebook]) -> Proof:
    known = {rulebook.id: rulebook, **others}
    for name in (claim.rulebook, claim.than):
        if name not in known:
            raise LawError(f"claim {claim.id}", f"the rulebook {name} is not given", suggestion(name, known))
    new, old = known[claim.rulebook], known[claim.than]
    if new.vocabulary.to_json() != old.vocabulary.to_json():
        raise LawError(f"claim {claim.id}", "the two rulebooks use different facts", "Load both from one folder")
    terms = Terms(new.vocabulary, sorted({*new.counsel_ids, *old.counsel_ids}))
    later, earlier = LawTerms(new, terms, "later:"), LawTerms(old, terms, "earlier:")
    solver = later.solver()
    solver.add(*earlier.definitions)
    looser = [later.permitted, terms.no(earlier.permitted), terms.no(terms.of(claim.condition))]
    model = find(solver, looser, wishes(later))
    if model is None:
        return proved(claim)
    element = element_of(model, terms)
    first, second = case_of(model, terms, new), case_of(model, terms, old)
    decision = decided(new, first, element, "permit")
    decided(old, second, element, "deny")
    example = Counterexample(
        first,
        element,
        "permit",
        unusual_facts(first, new),
        open_doors(decision, element),
        other=second,
        other_outcome="deny",
    )
    return refuted(claim, f"In this case {new.id} lets {element} leave and {old.id} does not.", example)


_Prover = Callable[[Rulebook, Claim, Mapping[str, Rulebook]], Proof]
_KINDS: Final[Mapping[Kind, _Prover]] = {
    "always": _always,
    "adds_nothing": _adds_nothing,
    "needs_door": _needs_door,
    "missing_facts": _missing_facts,
    "stricter": _stricter,
}
