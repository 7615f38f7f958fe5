"""What the workbench asks at each keystroke: the smallest settling questions of a case, and its nearest flips."""

import gc
import time
from collections.abc import Callable

from benchmarks.law_cases import UNKNOWN, boston, complete_cases, partial_cases
from schoolgate.engines.law import Case, decide
from schoolgate.engines.law.explaining.flips import flips_of

FEW = 100


def each(work: Callable[[Case], object], cases: list[Case]) -> tuple[float, float]:
    """Return the mean and the longest time of a case, in microseconds."""
    for case in cases:
        decide(boston(), case)  # compiles
    gc.collect()
    gc.freeze()  # what earlier measurements left in memory is not a case's to look through
    taken = []
    for case in cases:
        start = time.perf_counter()
        work(case)
        taken.append((time.perf_counter() - start) * 1e6)
    gc.unfreeze()
    return sum(taken) / len(taken), max(taken)


def run() -> list[tuple[str, float, str]]:
    rulebook = boston()
    mean, longest = each(lambda case: decide(rulebook, case), partial_cases()[:FEW])
    near, farthest = each(lambda case: flips_of(rulebook, case), complete_cases()[:FEW])
    half, most = each(lambda case: flips_of(rulebook, case), partial_cases()[:FEW])
    unit = "microseconds"
    return [
        (f"settling questions and fewest answers, {UNKNOWN:.0%} unknown, mean of a case", mean, unit),
        (f"settling questions and fewest answers, {UNKNOWN:.0%} unknown, the longest", longest, unit),
        ("nearest flips, complete cases, mean of a case", near, unit),
        ("nearest flips, complete cases, the longest", farthest, unit),
        (f"nearest flips, {UNKNOWN:.0%} unknown, mean of a case", half, unit),
        (f"nearest flips, {UNKNOWN:.0%} unknown, the longest", most, unit),
    ]


def main() -> None:
    for label, figure, unit in run():
        print(f"{label:72} {figure:12,.0f} {unit}")


if __name__ == "__main__":
    main()
