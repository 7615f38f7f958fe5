"""One case at a time with a fifth of the facts unknown. No peer answers this: cedarpy wants every fact.

`outcomes` says ask where Kleene's logic does; `settled_outcomes` also finds what every completion agrees on, and
`decide` says why, what to ask, and the fewest answers that would settle it.
"""

from benchmarks.law_cases import UNKNOWN, boston, partial_cases, rate
from schoolgate.engines.law import decide, outcomes
from schoolgate.engines.law.deciding.settle import settled_outcomes

UNIT = "cases/s"


def run() -> list[tuple[str, float, str]]:
    rulebook, cases = boston(), partial_cases()
    for case in cases:
        decide(rulebook, case)  # compiles what the rows use
    return [
        (
            f"outcomes, {UNKNOWN:.0%} of the facts unknown",
            rate(lambda case: outcomes(rulebook, case), cases),
            UNIT,
        ),
        (
            f"settled_outcomes, {UNKNOWN:.0%} unknown: either way where all completions agree",
            rate(lambda case: settled_outcomes(rulebook, case), cases),
            UNIT,
        ),
        (
            f"decide, {UNKNOWN:.0%} unknown: with questions too",
            rate(lambda case: decide(rulebook, case), cases),
            UNIT,
        ),
    ]


def main() -> None:
    for label, figure, unit in run():
        print(f"{label:72} {figure:12,.0f} {unit}")


if __name__ == "__main__":
    main()
