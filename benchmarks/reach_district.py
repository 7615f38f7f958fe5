"""A district's network of 1,000 agreements: every question of the engine, beside what networkx offers for it.

250 agencies of which 125 are schools, ends drawn by Zipf's law, 12 years, terms of three years on average and a
quarter without an end, 8 purposes x 12 kinds each allowed with probability 0.4, three in ten binding the receiver.
Asked about the school from which most can be reached, since the first of the 12 years: the most work there is in it.
networkx answers plainer questions on the same agreements: no dates, no pairs, no promises.
"""

import gc
import json
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Any, Final

import networkx as nx

from schoolgate.engines import reach

AGREEMENTS: Final = 1_000
AGENCIES: Final = 250
SCHOOLS: Final = 125
SINCE: Final = date(2014, 1, 1)
DAYS: Final = 12 * 365
MEAN_TERM: Final = 3 * 365
KINDS: Final = tuple(f"kind_{number:02}" for number in range(12))
PURPOSES: Final = tuple(f"purpose_{number}" for number in range(8))
TIMES: Final = 15
WATCHED: Final = "federal_immigration"
Rows = list[tuple[str, float, str]]


@cache
def network() -> reach.Network:
    """The same district at every run."""
    draw = random.Random(1)
    agencies = tuple(reach.Agency(f"n{number:03}", f"Agency {number}", _kind(number)) for number in range(AGENCIES))
    order = [agency.id for agency in agencies]
    draw.shuffle(order)
    zipf = [1 / rank for rank in range(1, AGENCIES + 1)]
    agreements: list[reach.Agreement] = []
    while len(agreements) < AGREEMENTS:
        giver, receiver = draw.choices(order, zipf, k=2)
        if giver != receiver:
            agreements.append(_agreement(draw, f"a{len(agreements):04}", giver, receiver))
    return reach.Network(agencies, tuple(agreements))


def _kind(number: int) -> str:
    if number < SCHOOLS:
        return "school"
    return WATCHED if number >= AGENCIES - 3 else "municipal_police"


def _agreement(draw: random.Random, name: str, giver: str, receiver: str) -> reach.Agreement:
    start = SINCE + timedelta(days=draw.randrange(DAYS))
    onward: reach.Onward = draw.choices(("yes", "no", "unknown", "only"), (70, 15, 10, 5))[0]
    return reach.Agreement(
        name,
        giver,
        receiver,
        name,
        start,
        None if draw.random() < 1 / 4 else start + timedelta(days=int(draw.expovariate(1 / MEAN_TERM)) + 1),
        frozenset(kind for kind in KINDS if draw.random() < 0.4) or frozenset(KINDS[:1]),
        frozenset(purpose for purpose in PURPOSES if draw.random() < 0.4) or frozenset(PURPOSES[:1]),
        onward,
        draw.choices(("documented", "required_by_law", "observed"), (80, 10, 10))[0],
        "invented",
        onward_to=frozenset({f"kind:{WATCHED}"}) if onward == "only" else frozenset(),
    )


def took(work: Callable[[], object], times: int = TIMES) -> float:
    """The median of several runs, in milliseconds; what earlier ones left in memory is not looked through."""
    work()
    gc.collect()
    gc.freeze()
    runs = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        runs.append((time.perf_counter() - begun) * 1e3)
    gc.unfreeze()
    return statistics.median(runs)


@cache
def widest_school() -> str:
    """The school from which most agencies can be reached."""
    schools = [agency.id for agency in network().agencies if agency.kind == "school"]
    return max(schools, key=lambda one: len(reach.reach(network(), one, SINCE, KINDS, PURPOSES).reached))


def questions() -> dict[str, Callable[[], object]]:
    """Every question, by what it is called."""
    whole, start = network(), widest_school()
    schools = [agency.id for agency in whole.agencies if agency.kind == "school"]
    answer = reach.reach(whole, start, SINCE, KINDS, PURPOSES)
    targets = [agency.id for agency in whole.agencies if agency.kind == WATCHED]
    target = next(one for one in targets if one in answer.reached)
    far = answer.not_reached[0]
    written = json.loads(json.dumps(reach.certificate_to_json(answer, far)))
    plain: tuple[Any, ...] = (whole, start, SINCE, KINDS, PURPOSES)
    asked: dict[str, Any] = {"since": SINCE, "kinds": KINDS, "purposes": PURPOSES}
    later = reach.reach(whole, start, SINCE + timedelta(days=DAYS // 4), KINDS, PURPOSES)
    used = answer.reached[target].fewest_hops.steps[-1].agreement
    new = replace(used, id="new", giver=start)

    def every_path() -> object:
        found = reach.reach(*plain).reached.values()
        return [(one.earliest, one.fewest_hops, one.strongest) for one in found]

    return {
        "who can reach it, from which day, with which pairs": lambda: reach.reach(*plain),
        f"all of that with three paths to each of {len(answer.reached)}": every_path,
        "three levels of evidence and two readings": lambda: reach.side_by_side(*plain).rows,
        "the widest path to one agency": lambda: reach.widest_path(whole, start, target, SINCE, KINDS, PURPOSES),
        "100 paths to one agency": lambda: reach.all_paths(whole, start, target, SINCE, KINDS, PURPOSES),
        "everybody who can reach immigration": lambda: reach.sources(whole, targets, SINCE, KINDS, PURPOSES),
        "check that nobody is missing": lambda: reach.check(answer),
        "a stranger checks a claimed dead end from a file": lambda: reach.verify_certificate(whole, written),
        "choke points to immigration": lambda: reach.choke_points(whole, start, targets, **asked),
        "what each of 1,000 agreements takes away if it ends": lambda: reach.ranked_agreements(whole, start, **asked),
        "the fewest agreements to end for 3 targets": lambda: reach.smallest_cut(whole, start, targets, **asked),
        "the next path to cut": lambda: reach.next_path(whole, start, targets, ended=[used.id], **asked),
        "what if an agreement ends": lambda: reach.what_if(*plain, end={used.id: SINCE}),
        "what if one is signed": lambda: reach.what_if(*plain, add=[new]),
        "what if one is amended": lambda: reach.what_if(*plain, amend=[replace(used, onward="no")]),
        "exposure: 125 schools, each agreement": lambda: reach.exposure(whole, schools, targets, **asked),
        "two answers compared": lambda: reach.compare(later, answer),
        "what opened to immigration": lambda: reach.opened(later, answer, [WATCHED]),
        "what ends within 90 days": lambda: reach.expiring(
            whole, start, today=date(2022, 1, 1), within_days=90, kinds=KINDS, purposes=PURPOSES
        ),
    }


def _graph() -> nx.MultiDiGraph:
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(agency.id for agency in network().agencies)
    graph.add_edges_from((one.giver, one.receiver, one.id) for one in network().agreements)
    return graph


def peers() -> dict[str, Callable[[], object]]:
    """What a user of networkx would ask of the same agreements."""
    graph, start = _graph(), widest_school()
    target = next(agency.id for agency in network().agencies if agency.kind == WATCHED and graph.in_degree(agency.id))
    return {
        "networkx: the graph built": _graph,
        "networkx: descendants": lambda: nx.descendants(graph, start),
        "networkx: Dijkstra, a path to each": lambda: nx.single_source_dijkstra(graph, start),
        "networkx: dominators of agencies, not of agreements": lambda: nx.immediate_dominators(graph, start),
        "networkx: fewest pairs of agencies to part": lambda: nx.minimum_edge_cut(nx.DiGraph(graph), start, target),
        "networkx: descendants without each of 1,000 agreements": lambda: _removals(graph, start),
    }


def _removals(graph: nx.MultiDiGraph, start: str) -> None:
    for giver, receiver, name in list(graph.edges(keys=True)):
        graph.remove_edge(giver, receiver, name)
        nx.descendants(graph, start)
        graph.add_edge(giver, receiver, name)


def run() -> Rows:
    """Every question in milliseconds, median of runs."""
    rows = [(f"district of 1,000 agreements: {label}", took(work), "ms") for label, work in questions().items()]
    rows += [(label, took(work, 1 if "without each" in label else TIMES), "ms") for label, work in peers().items()]
    return rows


def main() -> None:
    for label, figure, unit in run():
        print(f"{label:90} {figure:8,.2f} {unit}")


if __name__ == "__main__":
    main()
