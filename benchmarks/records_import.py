"""A first import of a large district's Ed-Fi export: 60,000 students and 100,000 incidents, by the command itself.

`python -m benchmarks.records_import` makes the files in a temporary folder, and a PostgreSQL that waits for the disk.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "tests"))

from benchmarks.elsewhere import Figure  # noqa: E402 - the path is set above
from support import edfi_feed as feed  # noqa: E402 - the same
from support.postgres import server  # noqa: E402 - the same

SCHOOLS, STUDENTS, INCIDENTS = 125, 60_000, 100_000


def records() -> Iterator[str]:
    """The export: each incident with one student who is said to have done something."""
    for number in range(SCHOOLS):
        yield feed.school(4000 + number, f"School {number}")
    for number in range(STUDENTS):
        yield feed.student(900_000 + number, "Ana", f"Bello-{number}")
    for number in range(INCIDENTS):
        school, day = 4000 + number % SCHOOLS, f"2026-{1 + number % 9:02}-{1 + number % 28:02}"
        yield feed.incident(number, school, day=day)
        inner = feed.behavior("Other") + feed.codes("Perpetrator")
        yield feed.student_part(900_000 + number * 7 % STUDENTS, number, school, inner)


def run() -> Iterator[Figure]:
    """Rows a second, the command's own start included."""
    with tempfile.TemporaryDirectory() as name, server(synced=True) as database:
        folder = feed.write(Path(name) / "feed", *records())
        environment = os.environ | {"DATABASE_URL": database.url, "SCHOOLGATE_VAR": str(Path(name) / "var")}
        for command in (["doctor", "--mend"], ["import", "edfi", str(folder)]):
            began = time.perf_counter()
            program = [str(Path(sys.executable).with_name("schoolgate")), *command]
            subprocess.run(program, env=environment, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        took = time.perf_counter() - began
    rows = SCHOOLS + STUDENTS + 2 * INCIDENTS
    yield f"schoolgate import edfi, {STUDENTS:,} students, {INCIDENTS:,} incidents", rows / took, "rows/s"


def main() -> None:
    for label, figure, unit in run():
        print(f"{label:70} {figure:10,.0f} {unit}")


if __name__ == "__main__":
    main()
