"""What the tests of reach share: the outcome by trying every walk, and networks of a few lines."""

import os
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from itertools import product
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from schoolgate.engines.reach import Agency, Agreement, Network, Pair, Question, Reading, Status
from support.networks import AGENCIES, DAYS, FIRST, KINDS, PURPOSES, Walk, all_walks, extended

TRIALS = settings(max_examples=int(os.environ.get("SCHOOLGATE_TRIALS", "25")), deadline=None)
readings: st.SearchStrategy[Reading] = st.sampled_from(["strict", "worst_case"])
untils = st.none() | DAYS
EVERYTHING = (frozenset(KINDS), frozenset(PURPOSES))
ADMITTED: dict[Reading, frozenset[Status]] = {
    "strict": frozenset({"required_by_law", "documented", "observed"}),
    "worst_case": frozenset({"required_by_law", "documented", "observed", "disputed"}),
}
ASKED: dict[str, Any] = {"since": FIRST, "kinds": KINDS, "purposes": PURPOSES}


@dataclass(frozen=True, slots=True)
class Outcome:
    """The first day at an agency and every pair that gets there."""

    day: date
    pairs: frozenset[Pair]


def question_of(
    start: str = "school", since: date = FIRST, until: date | None = None, reading: Reading = "strict"
) -> Question:
    return Question(start, since, *EVERYTHING, until, ADMITTED[reading], reading)


def outcomes(network: Network, question: Question) -> dict[str, Outcome]:
    """By trying every walk, for each agency but the start."""
    found: dict[str, Outcome] = {}
    for pair, walks in all_walks(network, question).items():
        for walk in walks:
            if walk.end != question.start:
                known = found.get(walk.end, Outcome(walk.day, frozenset()))
                found[walk.end] = Outcome(min(known.day, walk.day), known.pairs | {pair})
    return found


def without(network: Network, ended: Collection[str]) -> Network:
    return Network(network.agencies, tuple(one for one in network.agreements if one.id not in ended))


def agreement(name: str, giver: str, receiver: str, **changes: object) -> Agreement:
    plain = Agreement(name, giver, receiver, name, None, None, *EVERYTHING, "yes", "documented", "invented")
    return replace(plain, **changes)  # type: ignore[arg-type]  # fields by name


def network_of(*some: Agreement) -> Network:
    return Network(tuple(Agency(name, name, "unknown_recipient") for name in AGENCIES), some)


def ways_through(
    network: Network, question: Question, targets: Collection[str], schools: Collection[str]
) -> dict[str, bool]:
    """For each agreement on a way from the question's start to a target whether it is on every one.

    Every (agency, day, promise, agreements used so far) is tried, a pair at a time. Ways end at targets and enter no
    school; they may pass agencies and agreements again.
    """
    ways: list[frozenset[Agreement]] = []
    for pair in product(question.purposes, question.kinds):
        waiting = [(question.start, question.since, frozenset(AGENCIES), frozenset[Agreement]())]
        seen = set(waiting)
        while waiting:
            here, day, may_pass_to, used = waiting.pop()
            if here in targets:
                ways.append(used)
                continue
            for one in network.agreements:
                if one.giver == here and one.receiver not in schools:
                    for walk in extended(Walk((), day, may_pass_to), one, question, pair):
                        after = (one.receiver, walk.day, walk.may_pass_to, used | {one})
                        if after not in seen:
                            seen.add(after)
                            waiting.append(after)
    every = frozenset[Agreement]().union(*ways)
    return {one.id: all(one in way for way in ways) for one in every}
