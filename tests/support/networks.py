"""Small random networks, and reach by trying every walk: slow, and obviously right."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import product

from hypothesis import strategies as st

from schoolgate.engines.reach import STATUSES, Agency, Agreement, Network, Onward, Question

FIRST = date(2026, 1, 1)
AGENCIES = ("school", "police", "center", "state", "ice")
HIDDEN = ("center", "ice")
KINDS = ("incident_report", "weapon_report")
PURPOSES = ("law_enforcement", "school_safety")
EVERYBODY = tuple(Agency(name, name.title(), "hidden" if name in HIDDEN else "open") for name in AGENCIES)
DAYS = st.integers(0, 8).map(lambda number: FIRST + timedelta(days=number))
ONWARD_TO = st.frozensets(st.sampled_from([*AGENCIES, "kind:hidden"]), min_size=1, max_size=2)
WORDS = {words: st.none() | st.frozensets(st.sampled_from(words)) for words in (KINDS, PURPOSES)}


MOSTLY = {words: st.just(frozenset(words)) | st.frozensets(st.sampled_from(words), min_size=1) for words in WORDS}


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
    return Network(EVERYBODY, tuple(draw(agreements(number)) for number in range(size)))


@st.composite
def busy_networks(draw: st.DrawFn) -> Network:
    """Networks in which most agreements let most through: long walks, rounds, promises and statutes that meet."""
    some = []
    for number in range(draw(st.integers(4, 9))):
        one = draw(agreements(number))
        kinds, purposes = draw(MOSTLY[KINDS]), draw(MOSTLY[PURPOSES])
        status = draw(st.sampled_from(("documented", "documented", "required_by_law", "observed")))
        start = draw(st.none() | st.just(one.start))
        some.append(replace(one, kinds=kinds, purposes=purposes, status=status, start=start))
    return Network(EVERYBODY, tuple(some))


@dataclass(frozen=True, slots=True)
class Walk:
    """The agreements of one walk that one pair survives, and the day it ends."""

    agreements: tuple[Agreement, ...]
    day: date
    may_pass_to: frozenset[str]
    start: str = "school"
    before: "Walk | None" = None

    @property
    def end(self) -> str:
        return self.agreements[-1].receiver if self.agreements else self.start

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(agreement.id for agreement in self.agreements)

    @property
    def needless(self) -> bool:
        """Whether it comes back somewhere without being freer there to pass on."""
        stops, stop = [self], self.before
        while stop is not None:
            if any(stop.end == later.end and stop.may_pass_to >= later.may_pass_to for later in stops):
                return True
            stops.append(stop)
            stop = stop.before
        return False


def walks(network: Network, question: Question, pair: tuple[str, str]) -> Iterator[Walk]:
    """Every walk of a pair, from any holder, that uses no agreement twice."""
    everybody = frozenset(AGENCIES)
    waiting = [
        Walk((), one.since, everybody if one.may_pass_to is None else one.may_pass_to, one.agency)
        for one in question.holders
    ]
    while waiting:
        walk = waiting.pop()
        if walk.agreements:
            yield walk
        for agreement in network.agreements:
            if agreement.giver == walk.end and agreement not in walk.agreements:
                waiting += extended(walk, agreement, question, pair)


def extended(walk: Walk, agreement: Agreement, question: Question, pair: tuple[str, str]) -> list[Walk]:
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
    further = Walk((*walk.agreements, agreement), day, _may_pass_to(agreement, worst=worst), walk.start, walk)
    return [further] if usable else []


def _may_pass_to(agreement: Agreement, *, worst: bool) -> frozenset[str]:
    named = agreement.onward_to | (set(HIDDEN) if "kind:hidden" in agreement.onward_to else set())
    everybody, nobody = frozenset(AGENCIES), frozenset[str]()
    return {
        "yes": everybody,
        "no": nobody,
        "unknown": everybody if worst else nobody,
        "only": frozenset(AGENCIES) & named,
    }[agreement.onward]


def walks_to(network: Network, question: Question, ends: Collection[str]) -> dict[Walk, frozenset[tuple[str, str]]]:
    """Every walk to some ends, with the pairs that survive it."""
    found: dict[Walk, set[tuple[str, str]]] = {}
    for pair, some in all_walks(network, question).items():
        for walk in some:
            if walk.end in ends:
                found.setdefault(walk, set()).add(pair)
    return {walk: frozenset(pairs) for walk, pairs in found.items()}


def all_walks(network: Network, question: Question) -> dict[tuple[str, str], list[Walk]]:
    pairs = product(question.purposes, question.kinds)
    return {pair: list(walks(network, question, pair)) for pair in pairs}
