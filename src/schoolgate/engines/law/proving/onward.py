"""Claims about where a copy can get to, in a given network of agencies and agreements.

What is counted as lawful travel. A copy that left under the condition not to pass it on (34 CFR 99.33(a)) leaves its
first holder only by an agreement that law itself orders (`required_by_law`): a promise yields to a statute and to
nothing less. From there on nobody has promised anything, so it may take any agreement that is not known to be
unlawful (`required_by_law`, `documented`, `disputed`), each within its dates, kinds of data and purposes, unknown
terms read in the worst way. `prohibited` agreements and `observed` transfers are not lawful travel. A copy without
the condition is free from the start.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import z3

from schoolgate.engines import reach
from schoolgate.engines.law.errors import LawError
from schoolgate.engines.law.proving.bench import (
    Bench,
    covered_by,
    decided,
    element_of,
    leaves,
    open_doors,
    proved,
    refuted,
)
from schoolgate.engines.law.proving.claims import Claim
from schoolgate.engines.law.proving.proof import Counterexample, Listed, Proof, find, satisfiable, unusual_facts, wishes
from schoolgate.engines.law.proving.smt import case_of

__all__ = ["Route", "prove_onward", "routes"]

FORCED: Final[frozenset[reach.Status]] = frozenset({"required_by_law"})
LAWFUL: Final[frozenset[reach.Status]] = frozenset({"required_by_law", "documented", "disputed"})
FIRST_DAY: Final = date(1900, 1, 1)
LAST_DAY: Final = date(2199, 12, 31)
HELD: Final = " as first held"


@dataclass(frozen=True, slots=True)
class Route:
    """How a copy can get from an agency to a kind of recipient.

    Attributes:
        path: the agreements, in order.
        until: the last day on which it can start from there.
        chokes: those whose end alone would close every route.
    """

    agency: reach.Agency
    path: tuple[reach.Agreement, ...]
    until: date
    chokes: tuple[reach.Agreement, ...]


def routes(network: reach.Network, target: str, *, bound: bool) -> tuple[Route, ...]:
    """Return for each agency how a copy it holds can get to a recipient kind, the shortest way.

    Args:
        network: agencies and agreements.
        target: a kind of recipient; agencies of that kind have no route, they are there already.
        bound: whether the copy left under the condition not to pass it on.

    Returns:
        A route for each agency that has one. A search for each agency, and one for each agreement of a route.
    """
    ends = sorted({one.end for one in network.agreements if one.end is not None} | {LAST_DAY})
    found = []
    for agency in network.agencies:
        if agency.kind in (target, "school"):
            continue
        there = _Copy(network, agency, target, bound)
        if there.route(FIRST_DAY) is None:
            continue
        until = max(day for day in (FIRST_DAY, *ends) if there.route(day) is not None)
        path = there.route(until) or ()
        chokes = tuple(one for one in path if _Copy(_without(network, one), agency, target, bound).route(until) is None)
        found.append(Route(agency, path, until, chokes))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Copy:
    """A copy in the hands of its first holder, which is set apart from the agency that may get it again later."""

    network: reach.Network
    agency: reach.Agency
    target: str
    bound: bool

    def route(self, since: date) -> tuple[reach.Agreement, ...] | None:
        holder = replace(self.agency, id=self.agency.id + HELD)
        first = [
            replace(one, id=one.id + HELD, giver=holder.id)
            for one in self.network.agreements
            if one.giver == self.agency.id and one.status in (FORCED if self.bound else LAWFUL)
        ]
        agreements = (*self.network.agreements, *first)
        answer = reach.reach(
            reach.Network((*self.network.agencies, holder), agreements),
            holder.id,
            since,
            _words(one.kinds for one in agreements),
            _words(one.purposes for one in agreements),
            statuses=LAWFUL,
            reading="worst_case",
        )
        there = [one for one in answer.reached.values() if one.agency.kind == self.target]
        if not there:
            return None
        shortest = min((one.fewest_hops for one in there), key=lambda path: path.hops)
        return tuple(self.network.agreement(step.agreement.id.removesuffix(HELD)) for step in shortest.steps)


def _words(stated: Iterable[frozenset[str] | None]) -> frozenset[str]:
    """Return every word that some agreement names, and one for what none of them names."""
    return frozenset({"anything else"}).union(*(words for words in stated if words is not None))


def _without(network: reach.Network, agreement: reach.Agreement) -> reach.Network:
    return reach.Network(network.agencies, tuple(one for one in network.agreements if one != agreement))


def prove_onward(bench: Bench, claim: Claim, network: reach.Network | None) -> Proof:
    """Prove a claim of kind `onward`; see `prove`."""
    if network is None:
        raise LawError(f"claim {claim.id}", "it speaks of a network and none is given", "Give a network of agreements")
    straight = [*covered_by(bench, claim), leaves(bench.law, claim), bench.terms.recipients[claim.target]]
    model = find(bench.solver, straight, wishes(bench.law))
    if model is not None:
        example = _example(bench, model, ())
        return refuted(claim, f"In this case {example.element} goes to {claim.target} itself.", example)
    for route in routes(network, claim.target, bound=True):
        model = _released(bench, claim, route, bound=True)
        if model is not None:
            return _named(bench, claim, model, route)
    listed: list[Listed] = []
    for route in routes(network, claim.target, bound=False):
        model = _released(bench, claim, route, bound=False)
        if model is not None:
            return _named(bench, claim, model, route)
        listed += _free_copies(bench, claim, route)
    return proved(claim, tuple(listed))


def _left(bench: Bench, claim: Claim, route: Route) -> list[z3.BoolRef]:
    """A copy of the block leaves, to this agency, in time for the route."""
    terms = bench.terms
    if route.agency.kind not in terms.recipients or route.agency.kind in claim.inside:
        return [terms.false]
    return [
        *covered_by(bench, claim),
        leaves(bench.law, claim),
        terms.recipients[route.agency.kind],
        terms.day <= route.until.toordinal(),
    ]


def _released(bench: Bench, claim: Claim, route: Route, *, bound: bool) -> z3.ModelRef | None:
    """Find a copy that leaves under the condition, or one that leaves free of it and by none of the free doors."""
    terms, law = bench.terms, bench.law
    condition = law.owes(claim.restriction)
    how = [condition] if bound else [terms.no(one) for one in (condition, *_doors(bench, claim).values())]
    return find(bench.solver, [*_left(bench, claim, route), *how], wishes(bench.law))


def _doors(bench: Bench, claim: Claim) -> dict[str, z3.BoolRef]:
    every = {name: door for doors in bench.law.doors.values() for name, door in doors.items()}
    return {name: every[name] for name in claim.free if name in every}


def _free_copies(bench: Bench, claim: Claim, route: Route) -> list[Listed]:
    left = [*_left(bench, claim, route), bench.terms.no(bench.law.owes(claim.restriction))]
    doors = tuple(name for name, door in _doors(bench, claim).items() if satisfiable(bench.solver, *left, door))
    if not doors:
        return []
    return [
        Listed(
            route.agency.name,
            "its copy would carry no condition and could be passed on",
            tuple(one.id for one in route.path),
            doors,
        )
    ]


def _named(bench: Bench, claim: Claim, model: z3.ModelRef, route: Route) -> Proof:
    example = _example(bench, model, tuple(one.id for one in route.path))
    named = ", ".join(one.id for one in route.chokes or route.path)
    return refuted(
        claim,
        f"A copy of {example.element} at {route.agency.name} can travel on to {claim.target}; "
        f"it is {named} that breaks the claim.",
        example,
    )


def _example(bench: Bench, model: z3.ModelRef, path: tuple[str, ...]) -> Counterexample:
    data, element = case_of(model, bench.terms, bench.rulebook), element_of(model, bench.terms)
    decision = decided(bench.rulebook, data, element, "permit")
    return Counterexample(
        data, element, "permit", unusual_facts(data, bench.rulebook), open_doors(decision, element), path=path
    )
