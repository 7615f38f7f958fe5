"""Loading Boston's rulebook: in a process that has loaded none, and again; compiling what decides for everybody."""

import subprocess
import sys

from benchmarks.law_cases import DAY, RULEBOOKS, boston, duration
from schoolgate.engines.law import amend, load_rulebook, program_for

COLD = """
import sys, time
from pathlib import Path
begun = time.perf_counter()
from schoolgate.engines.law import load_rulebook
imported = time.perf_counter()
load_rulebook(Path(sys.argv[1]), "boston")
print(1000 * (imported - begun), 1000 * (time.perf_counter() - imported))
"""


def cold() -> tuple[float, float]:
    """Return the milliseconds of importing the engine and of loading, in a process of its own."""
    command = [sys.executable, "-c", COLD, str(RULEBOOKS)]
    words = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return float(words[0]), float(words[1])


def run() -> list[tuple[str, float, str]]:
    rulebook = boston()
    duty = next(p.id for p in rulebook.provisions.values() if p.effect == "obligation")
    draft = amend(rulebook, without=[duty])  # whose digest nothing is kept under
    runs = [cold() for _ in range(3)]
    again = duration(lambda: load_rulebook(RULEBOOKS, "boston"), times=5)

    def compile_all() -> None:
        for kind in draft.vocabulary.recipients:
            assert program_for(draft, DAY, kind).decide

    return [
        (f"load_rulebook, cold ({len(rulebook.provisions)} provisions)", min(loading for _, loading in runs), "ms"),
        ("import of the engine, cold", min(importing for importing, _ in runs), "ms"),
        ("load_rulebook, again", again, "ms"),
        (
            f"compile what decides for all {len(rulebook.vocabulary.recipients)} kinds of recipient",
            duration(compile_all),
            "ms",
        ),
    ]


def main() -> None:
    for label, figure, unit in run():
        print(f"{label:72} {figure:12,.0f} {unit}")


if __name__ == "__main__":
    main()
