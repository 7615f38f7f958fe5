"""A stored history of many cases of ten elements, decided under a rulebook, beside cedarpy's batch.

The cases cross the random ones with each other, so no two are alike. What is timed is the replay of the mapped
file; the rows beside it say what it takes to store the cases first. Before anything is timed a sample is decided
one by one and must agree.
"""

import dataclasses
import random
import tempfile
from pathlib import Path

from benchmarks.law_cases import CASES, DAY, UNKNOWN, boston, complete_cases, duration, partial_cases, rate
from benchmarks.law_peers import Cedar
from schoolgate.engines.law import Case, amend, outcomes
from schoolgate.engines.law.replaying.changes import changes
from schoolgate.engines.law.replaying.history import History
from schoolgate.engines.law.replaying.replay import replay

STORED = 250_000
SAMPLE = 2_000
UNIT = "cases/s"


def crossed(cases: list[Case], count: int) -> list[Case]:
    """Cases that have the facts of one up to some point and of another from there on."""
    chance = random.Random(20260308)
    found = []
    for number in range(count):
        one, other = chance.choice(cases), chance.choice(cases)
        cut = chance.randrange(len(one.vector))
        found.append(dataclasses.replace(one, id=f"R{number}", vector=one.vector[:cut] + other.vector[cut:]))
    return found


def measured(folder: Path, cases: list[Case]) -> tuple[float, float, History]:
    """Return how many cases a second are stored and replayed, and the history, mapped from its file."""
    rulebook = boston()
    storing = duration(lambda: History.of(rulebook, cases).save(folder / "history"))
    history = History.load(folder / "history", rulebook.vocabulary)
    replayed = replay(rulebook, history)  # compiles
    places = {history.id_of(place): place for place in range(len(history))}
    for case in random.Random(20260309).sample(cases, SAMPLE):
        assert replayed.outcomes(places[case.id]) == outcomes(rulebook, case), case.id
    replaying = duration(lambda: replay(rulebook, history), times=5)
    return 1000 * len(cases) / storing, 1000 * len(cases) / replaying, history


def run() -> list[tuple[str, float, str]]:
    rulebook = boston()
    cedar = Cedar(rulebook)
    requests = [cedar.requests(case) for case in complete_cases()[: CASES // 4]]
    together = [request for batch in requests for request in batch]
    with tempfile.TemporaryDirectory() as folder:
        storing, complete, history = measured(Path(folder), crossed(complete_cases(), STORED))
        bar = next(p.id for p in rulebook.in_force(DAY) if p.effect == "prohibition")
        draft = amend(rulebook, without=[bar])
        before = replay(rulebook, history)
        replay(draft, history)  # compiles
        trying = duration(lambda: changes(before, replay(draft, history)), times=3)
        _, partial, _ = measured(Path(folder), crossed(partial_cases(), STORED))
    batch = rate(cedar.together, [together]) * len(requests)
    return [
        (f"replay, {STORED:,} stored cases, complete", complete, UNIT),
        (f"replay, {STORED:,} stored cases, {UNKNOWN:.0%} of the facts unknown", partial, UNIT),
        (f"replay under a draft and compare, {STORED:,} stored cases", 1000 * STORED / trying, UNIT),
        ("cases into columns and to a file", storing, UNIT),
        ("cedarpy is_authorized_batch, fifty cases at a time, complete", batch, UNIT),
    ]


def main() -> None:
    for label, figure, unit in run():
        print(f"{label:72} {figure:12,.0f} {unit}")


if __name__ == "__main__":
    main()
