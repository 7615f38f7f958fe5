"""`python -m benchmarks.records_plot`: the pages at three sizes of a district, as a table and as a picture.

Writes docs/pictures/records.csv and docs/pictures/records.svg. The worlds are made when they are not there yet.
"""

import csv
import sys
from pathlib import Path

import altair as alt

from benchmarks.records_pages import ROOT, SIZES, pages_of

PICTURES = ROOT / "docs" / "pictures"
TARGET = 150


def measure(path: Path) -> None:
    """Measure each size and write a line a page kind."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["page", "reports", "median_ms", "p95_ms"])
        for reports in SIZES:
            for name, (median, high) in pages_of(reports).items():
                writer.writerow([name, reports, f"{median:.1f}", f"{high:.1f}"])


def draw(measured: Path, picture: Path) -> None:
    """A line a page kind over the number of reports, and where the line of the demand lies."""
    with measured.open(encoding="utf-8", newline="") as file:
        rows = [{**row, "reports": int(row["reports"]), "p95_ms": float(row["p95_ms"])} for row in csv.DictReader(file)]
    lines = (
        alt.Chart(alt.Data(values=rows))
        .mark_line(point=True)
        .encode(
            x=alt.X(
                "reports:Q",
                scale=alt.Scale(type="log"),
                axis=alt.Axis(values=list(SIZES)),
                title="Reports in the district",
            ),
            y=alt.Y("p95_ms:Q", title="95th percentile, ms, fifty connections that never pause"),
            color=alt.Color("page:N", scale=alt.Scale(scheme="tableau20"), title="Page"),
        )
    )
    demand = alt.Chart(alt.Data(values=[{"ms": TARGET}])).mark_rule(strokeDash=[4, 4]).encode(y="ms:Q")
    (lines + demand).properties(width=640, height=360, title="What a page costs as a district grows").save(str(picture))


def main() -> None:
    measured = PICTURES / "records.csv"
    if "--draw-only" not in sys.argv:
        measure(measured)
    draw(measured, PICTURES / "records.svg")


if __name__ == "__main__":
    main()
