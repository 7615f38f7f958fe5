"""What the tests of reach share: the outcome by trying every walk, and networks of a few lines."""

import os
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from schoolgate.engines.reach import Agency, Agreement, Network, Pair, Question, Reading, Status
from support.networks import AGENCIES, DAYS, FIRST, KINDS, PURPOSES, all_walks

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
