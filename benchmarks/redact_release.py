"""A release of three pages rendered, marked and gated with its pixels read, on two cores; its first page.

There is no peer to install that does the same: a redactor draws boxes and looks at nothing afterwards. Time on the
clock, since the gate reads in two threads; medians of five.
"""

import re
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from schoolgate.engines import redact
from schoolgate.engines.redact import marking

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))
from support.marked import KEY  # of the tests, which no package holds

TIMES = 5
# Prose as people write it: the gate reads each word once, so a text of few words would flatter it.
PROSE = Path(__file__).resolve().parents[1] / "docs" / "decisions"
PARAGRAPHS, LENGTH = 15, 60
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


def release() -> tuple[redact.View, redact.ReleaseMeta]:
    """A cover and two full pages, with a box in most paragraphs."""
    pages = (page.read_text(encoding="utf-8") for page in sorted(PROSE.glob("00*.md")))
    words = " ".join(re.sub(r"[^\w\s.,;:()'/-]", "", text) for text in pages).split()
    runs = [" ".join(words[n * LENGTH : (n + 1) * LENGTH]) for n in range(PARAGRAPHS)]
    paragraphs = tuple(
        (redact.Shown(run[:cut]), redact.Mark(), redact.Shown(run[cut:]))
        for run in runs
        if (cut := run.index(" ", len(run) // 3) + 1)
    )
    view = redact.View(
        kind=redact.AudienceKind.AGENCY,
        head=(redact.Row("number", (redact.Shown("R-0000001"),)), redact.Row("school", (redact.Shown("East Harbor"),))),
        title=(redact.Shown("A phone taken in the locker room"),),
        fields=(),
        more_fields=True,
        paragraphs=paragraphs,
        allegations=(),
        more_allegations=False,
    )
    meta = redact.ReleaseMeta(
        "C-0000001",
        "Boston Police Department",
        "Fri 20 Nov 2026",
        (("20 U.S.C. 1232g", "Education records need a ground to leave."),) * 3,
        "Do not pass this on without asking the family first.",
        "Boston Public Schools",
    )
    return view, meta


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
    view, meta = release()
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
