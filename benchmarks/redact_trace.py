"""Marking a release, and tracing one scanned page among 100,000 issued codes, on one core.

There is no peer to install: `invisible-watermark` and `blind-watermark` lose their bits on white pages or when a page
is turned by a degree (the sheet of facts has the figures). Seconds are of the processor, medians of five.
"""

import io
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from schoolgate.engines.redact import marking

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))
from support.marked import COPIES, KEY, copy_id, release  # the copies of the tests, which no package holds
from support.scans import Scanner, printed, scanned

TIMES = 5


def seconds(work: Callable[[], object]) -> float:
    """The median of the processor's seconds."""
    work()
    taken = []
    for _ in range(TIMES):
        begun = time.process_time()
        work()
        taken.append(time.process_time() - begun)
    return statistics.median(taken)


def loaded(kept: io.BytesIO, copies: tuple[str, ...]) -> marking.Issued:
    kept.seek(0)
    return marking.Issued(copies, np.load(kept))


def run() -> list[tuple[str, float, str]]:
    plain, copies = release(1), tuple(copy_id(n) for n in range(COPIES))
    marked = marking.mark(plain, KEY, copy_id(1))
    page = scanned(printed(marked), 1, Scanner())
    codes = marking.issued(KEY, copies)
    kept = io.BytesIO()
    np.save(kept, codes.bits)
    found = np.random.default_rng(1).normal(size=(2, marking.CHIPS))

    def by_both() -> marking.Traced:
        return marking.trace([page], codes, release=lambda _: plain, suspects=[copy_id(1)])

    assert [one.copy for one in by_both().named] == [copy_id(1)]
    assert [one.copy for one in marking.trace([page], codes).named] == [copy_id(1)]
    return [
        (
            "both marks put into a release of three pages",
            1000 * seconds(lambda: marking.mark(plain, KEY, copy_id(1))),
            "ms",
        ),
        ("100,000 codes made from the key", 1000 * seconds(lambda: marking.issued(KEY, copies)), "ms"),
        ("100,000 codes read from a file of 12.8 MB", 1000 * seconds(lambda: loaded(kept, copies)), "ms"),
        ("two vectors compared with 100,000 codes", 1000 * seconds(lambda: codes.scores(found)), "ms"),
        ("a scanned page traced among 100,000, by its dots", seconds(lambda: marking.trace([page], codes)), "s"),
        ("a scanned page traced among 100,000, by dots and words", seconds(by_both), "s"),
    ]


if __name__ == "__main__":
    for label, figure, unit in run():
        print(f"{label:60} {figure:10,.2f} {unit}")
