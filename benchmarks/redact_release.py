"""A release of three pages rendered, marked and gated with its pixels read, on two cores; its first page.

There is no peer to install that does the same: a redactor draws boxes and looks at nothing afterwards. Time on the
clock, since the gate reads in two threads; medians of five.
"""

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from schoolgate.engines import redact
from schoolgate.engines.redact import marking

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))
from support.marked import KEY, release_parts  # the copies of the tests, which no package holds

TIMES = 5
# Names and phrases as a report with four people gives them to the gate.
WITHHELD = [
    *(
        "Marisol Aguilar",
        "Marisol",
        "Aguilar",
        "Kevin Chen",
        "Kevin",
        "Dariel Pe\u00f1a",
        "Dariel",
        "Nguy\u1ec5n Th\u1ecb Hoa",
    ),
    *("8410095", "857-555-0119", "lives in Eagle Hill", "Eagle Hill", "hangs around with", "goes to the mosque"),
]


def milliseconds(work: Callable[[], object]) -> float:
    """The median on the clock."""
    work()
    taken = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return 1000 * statistics.median(taken)


def run() -> list[tuple[str, float, str]]:
    view, meta = release_parts(1, paragraphs=16)
    own = redact.own_words(meta)
    rendered = redact.render(view, meta)
    marked = marking.mark(rendered, KEY, meta.number)

    def gated(*, ocr: bool = True) -> redact.GateReport:
        return redact.gate(marked, WITHHELD, own, marks=(KEY, meta.number), ocr=ocr)

    def whole() -> None:
        pdf = marking.mark(redact.render(view, meta), KEY, meta.number)
        report = redact.gate(pdf, WITHHELD, own, marks=(KEY, meta.number))
        assert report.passed, report.findings
        assert report.pages == 3

    return [
        ("a release of 3 pages rendered, marked and gated, its pixels read", milliseconds(whole), "ms"),
        ("of that: rendered", milliseconds(lambda: redact.render(view, meta)), "ms"),
        ("of that: marked", milliseconds(lambda: marking.mark(rendered, KEY, meta.number)), "ms"),
        ("of that: gated", milliseconds(gated), "ms"),
        ("gated without the pixels", milliseconds(lambda: gated(ocr=False)), "ms"),
        (
            "a release's first page as a picture, for the reviewer",
            milliseconds(lambda: redact.first_page(view, meta)),
            "ms",
        ),
    ]


if __name__ == "__main__":
    for label, figure, unit in run():
        print(f"{label:70} {figure:10,.0f} {unit}")
