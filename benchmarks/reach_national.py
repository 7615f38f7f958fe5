"""A national network: a million agreements over 12 years, 96 (purpose, kind) pairs, Zipf degrees, one thread.

One source with time, pairs, promises, earliest dates and the arc each came by; beside it networkx's plain
reachability, which knows none of these, and the district engine's heap on a tenth of the agreements. Compiling is
left out of the other rows and has its own: it happens once on a machine. Inputs are drawn with fixed seeds.
"""

import gc
import heapq
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import networkx as nx
import numpy as np

from schoolgate.engines.kept import Kept
from schoolgate.engines.reach import Onward
from schoolgate.engines.reach.national.answers import National, reach_national
from schoolgate.engines.reach.national.asked import ENDS, STARTS, TARGET, asked, whole
from schoolgate.engines.reach.national.columns import Columns
from schoolgate.engines.reach.national.files import load, save
from schoolgate.engines.reach.national.index import Index, index
from schoolgate.engines.reach.national.schools import many_schools
from schoolgate.engines.reach.national.what_if import WhatIf

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "tests"))
from support import national as country  # noqa: E402 - the tests' networks, which no package holds

AGREEMENTS = 1_000_000
SCHOOLS = 125
CHANGES = 1_000
COLD = """
import sys
sys.path.append(sys.argv[1])
from support import national
from schoolgate.engines.reach.national.what_if import WhatIf
from schoolgate.engines.reach.national.schools import many_schools
import time
begun = time.perf_counter()
columns, schools = national.with_schools(national.national(500), 3)
answer = national.from_a_giver(columns)
WhatIf(answer).change(end={columns.agreements[0]: national.SINCE})
many_schools(answer.asked.index, schools, national.SINCE, national.KINDS, national.PURPOSES)
print(time.perf_counter() - begun)
"""

Rows = list[tuple[str, float, str]]


def took[T](work: Callable[[], T], times: int = 1) -> tuple[T, float]:
    """What comes of it, and the milliseconds of the best of several times."""
    best = float("inf")
    for _ in range(times):
        gc.collect()
        begun = time.perf_counter()
        result = work()
        best = min(best, time.perf_counter() - begun)
    return result, 1000 * best


def cold() -> float:
    """The milliseconds of a first use on a machine that has compiled nothing."""
    with tempfile.TemporaryDirectory() as folder:
        words = subprocess.run(
            [sys.executable, "-c", COLD, str(ROOT / "tests")],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "NUMBA_CACHE_DIR": folder},
        ).stdout
    return 1000 * float(words)


def source(indexed: Index, giver: str) -> National:
    return reach_national(indexed, giver, country.SINCE, country.KINDS, country.PURPOSES)


def anew(indexed: Index, giver: str) -> National:
    """As if these kinds and purposes were asked about for the first time."""
    return source(replace(indexed, kept=Kept()), giver)


def loading(columns: Columns) -> tuple[Index, Rows]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.npz"
        save(columns, path)
        loaded, reading = took(lambda: load(path), 3)
    indexed, sorting = took(lambda: index(loaded), 3)
    return indexed, [
        (f"national: load {AGREEMENTS:,} agreements from a file, each row checked", reading, "ms"),
        ("national: index them", sorting, "ms"),
    ]


def one_source(indexed: Index) -> tuple[National, float, Rows]:
    columns = indexed.columns
    giver = country.giver_of(columns)
    _, first = took(lambda: anew(indexed, giver), 5)
    answer, ours = took(lambda: source(indexed, giver), 5)
    answer.check()
    graph, building = took(lambda: plain(columns))
    place = columns.agencies.place(giver)
    reached, theirs = took(lambda: nx.descendants(graph, place), 3)
    state = indexed.nbytes + answer.asked.words.nbytes + answer.nbytes
    found = answer.summary()
    return (
        answer,
        ours,
        [
            ("national, one source: time, 96 pairs, promises, dates and witnesses", ours, "ms"),
            ("national, one source: the same when nobody has asked about these pairs before", first, "ms"),
            (
                f"national, one source: networkx.descendants, plain (its graph built in {building:,.0f} ms)",
                theirs,
                "ms",
            ),
            ("national, one source: times faster than networkx", theirs / ours, "times"),
            (
                f"national, one source: agencies reached (networkx, plain: {len(reached):,})",
                float((found.day >= 0).sum()),
                "agencies",
            ),
            ("national, one source: pairs they get", float(np.bitwise_count(found.pairs).sum()), "pairs"),
            ("national, one source: index, question and state", state / len(columns), "bytes an agreement"),
        ],
    )


def plain(columns: Columns) -> nx.DiGraph:
    graph = nx.DiGraph()
    graph.add_nodes_from(range(len(columns.agencies)))
    graph.add_edges_from(zip(columns.giver.tolist(), columns.receiver.tolist(), strict=True))
    return graph


def heap() -> Rows:
    """A heap in plain Python on a tenth, with the same arcs and masks; its answer is the same."""
    indexed = index(country.national(AGREEMENTS // 10))
    giver = country.giver_of(indexed.columns)
    answer, ours = took(lambda: source(indexed, giver), 5)
    question = asked(indexed, giver, country.SINCE, country.KINDS, country.PURPOSES)
    first = indexed.arcs.first.tolist()
    numbers = question.numbers.tolist()
    masks = [whole(*pair) for pair in question.words[:, :2].tolist()]
    start = int(indexed.rank[indexed.columns.agencies.place(giver)])

    def run() -> list[int]:
        known = [0] * indexed.places
        waiting = [(country.SINCE.toordinal(), start, question.labels.everything)]
        while waiting:
            day, place, mask = heapq.heappop(waiting)
            if new := mask & ~known[place]:
                known[place] |= new
                for arc in range(first[place], first[place + 1]):
                    if some := masks[arc] & new & ~known[numbers[arc][TARGET]]:
                        arrives = max(day, numbers[arc][STARTS])
                        if arrives <= numbers[arc][ENDS]:
                            heapq.heappush(waiting, (arrives, numbers[arc][TARGET], some))
        return known

    known, theirs = took(run)
    assert known == [whole(*pair) for pair in answer.settled.known.tolist()]
    return [
        (f"{AGREEMENTS // 10:,} agreements, one source: the day sweep", ours, "ms"),
        (f"{AGREEMENTS // 10:,} agreements, one source: a heap in plain Python, no witnesses", theirs, "ms"),
    ]


def changes(answer: National, again: float) -> Rows:
    columns = answer.asked.index.columns
    trying, preparing = took(lambda: WhatIf(answer))
    chance = np.random.default_rng(7)
    figures: Rows = []
    for label, among in (
        ("any", np.arange(len(columns))),
        ("one that carries something", np.flatnonzero(answer.carrying())),
    ):
        spent = []
        for _ in range(CHANGES):
            change = country.random_change(columns, chance, among)
            begun = time.perf_counter()
            trying.change(**change)
            spent.append(1000 * (time.perf_counter() - begun))
        middle = float(np.median(spent))
        figures += [
            (f"national, what-if ({label}): median of {CHANGES:,} signed, ended, amended", 1000 * middle, "us"),
            (f"national, what-if ({label}): 99th percentile", 1000 * float(np.quantile(spent, 0.99)), "us"),
            (f"national, what-if ({label}): times faster than settling again", again / middle, "times"),
        ]
    return [("national, what-if: made ready once for an answer", preparing, "ms"), *figures]


def schools(columns: Columns, own: Onward, label: str) -> Rows:
    wider, names = country.with_schools(columns, SCHOOLS, own=own)
    indexed = index(wider)
    _, alone = took(lambda: source(indexed, names[0]), 5)
    together, all_of_them = took(lambda: many_schools(indexed, names, country.SINCE, country.KINDS, country.PURPOSES))
    for name in names[:: SCHOOLS // 3]:
        apart = source(indexed, name).summary()
        assert (together.summary(name).day == apart.day).all()
        assert (together.summary(name).pairs == apart.pairs).all()
    return [
        (f"national: {SCHOOLS} schools at once, each exactly; their own papers {label}", all_of_them, "ms"),
        (f"national: the same in hundredths of one school ({alone:,.0f} ms)", 100 * all_of_them / alone, "hundredths"),
    ]


def run() -> Rows:
    columns = country.national(AGREEMENTS)
    source(index(country.national(1_000)), "agency-1").check()  # compiled before anything is timed
    compiling = cold()
    WhatIf(country.from_a_giver(country.national(1_000))).change(end={"agreement-1": country.SINCE})
    many_schools(index(country.national(1_000)), ["agency-1"], country.SINCE, country.KINDS, country.PURPOSES)
    indexed, rows = loading(columns)
    answer, again, more = one_source(indexed)
    return [
        ("national: compile all, once on a machine", compiling, "ms"),
        *rows,
        *more,
        *heap(),
        *changes(answer, again),
        *schools(columns, "no", "forbid passing on"),
        *schools(columns, "yes", "let it be passed on, so that many differ"),
    ]


def main() -> None:
    for label, figure, unit in run():
        print(f"{label:90} {figure:12,.0f} {unit}")


if __name__ == "__main__":
    main()
