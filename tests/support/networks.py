"""Small random networks, and reach by trying every walk: slow, and obviously right."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product

from hypothesis import strategies as st

from schoolgate.engines.reach import STATUSES, Agency, Agreement, Network, Onward, Question

FIRST = date(2026, 1, 1)
AGENCIES = ("school", "police", "center", "state", "ice")
HIDDEN = ("center", "ice")
KINDS = ("incident_report", "weapon_report")
PURPOSES = ("law_enforcement", "school_safety")
DAYS = st.integers(0, 8).map(lambda number: FIRST + timedelta(days=number))
ONWARD_TO = st.frozensets(st.sampled_from([*AGENCIES, "kind:hidden"]), min_size=1, max_size=2)
WORDS = {words: st.none() | st.frozensets(st.sampled_from(words)) for words in (KINDS, PURPOSES)}


@st.composite
def agreements(draw: st.DrawFn, number: int) -> Agreement:
    giver, receiver = draw(st.permutations(AGENCIES))[:2]
    start = draw(st.none() | DAYS)
    end = draw(st.none() | DAYS.filter(lambda day: start is None or day >= start))
    onward: Onward = draw(st.sampled_from(["yes", "yes", "no", "only", "unknown"]))
    return Agreement(
        id=f"a{number}",
        giver=giver,
        receiver=receiver,
        title=f"agreement {number}",
        start=start,
        end=end,
        kinds=draw(WORDS[KINDS]),
        purposes=draw(WORDS[PURPOSES]),
        onward=onward,
        onward_to=draw(ONWARD_TO) if onward == "only" else frozenset(),
        status=draw(st.sampled_from(STATUSES)),
        source="invented",
    )


@st.composite
def networks(draw: st.DrawFn) -> Network:
    size = draw(st.integers(0, 8))
    everybody = tuple(Agency(name, name.title(), "hidden" if name in HIDDEN else "open") for name in AGENCIES)
    return Network(everybody, tuple(draw(agreements(number)) for number in range(size)))


@dataclass(frozen=True, slots=True)
class Walk:
    """The agreements of one walk that one pair survives, and the day it ends."""

    agreements: tuple[Agreement, ...]
    day: date
    may_pass_to: frozenset[str]

    @property
    def end(self) -> str:
        return self.agreements[-1].receiver


def walks(network: Network, question: Question, pair: tuple[str, str]) -> Iterator[Walk]:
    """Every walk of a pair that uses no agreement twice."""
    waiting = [Walk((), question.since, frozenset(AGENCIES))]
    while waiting:
        walk = waiting.pop()
        here = walk.end if walk.agreements else question.start
        if walk.agreements:
            yield walk
        for agreement in network.agreements:
            if agreement.giver == here and agreement not in walk.agreements:
                waiting += _extended(walk, agreement, question, pair)


def _extended(walk: Walk, agreement: Agreement, question: Question, pair: tuple[str, str]) -> list[Walk]:
    worst = question.reading == "worst_case"
    purpose, kind = pair
    day = walk.day if agreement.start is None else max(walk.day, agreement.start)
    usable = (
        agreement.status in question.statuses
        and (worst if agreement.kinds is None else kind in agreement.kinds)
        and (worst if agreement.purposes is None else purpose in agreement.purposes)
        and (agreement.end is None or day <= agreement.end)
        and (question.until is None or day <= question.until)
        and (agreement.receiver in walk.may_pass_to or agreement.status in {"observed", "required_by_law"})
    )
    return [Walk((*walk.agreements, agreement), day, _may_pass_to(agreement, worst=worst))] if usable else []


def _may_pass_to(agreement: Agreement, *, worst: bool) -> frozenset[str]:
    named = agreement.onward_to | (set(HIDDEN) if "kind:hidden" in agreement.onward_to else set())
    everybody, nobody = frozenset(AGENCIES), frozenset[str]()
    return {
        "yes": everybody,
        "no": nobody,
        "unknown": everybody if worst else nobody,
        "only": frozenset(AGENCIES) & named,
    }[agreement.onward]


def all_walks(network: Network, question: Question) -> dict[tuple[str, str], list[Walk]]:
    pairs = product(question.purposes, question.kinds)
    return {pair: list(walks(network, question, pair)) for pair in pairs}
