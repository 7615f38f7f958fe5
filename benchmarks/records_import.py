"""A first import of a large district: 60,000 students and 100,000 incidents, each way in, by the command itself.

`python -m benchmarks.records_import` makes the files in a temporary folder, and a PostgreSQL that waits for the disk;
`--sqlite` measures on that instead, `--students N --incidents N` makes it smaller, `--only edfi` (or `oneroster`,
`table`) does one way. A machine that others use too shows in the rows a second of the clock; those a second of CPU
count what the command and the database server have worked, whoever else was there.
"""

import csv
import os
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "tests"))

from benchmarks.elsewhere import Figure  # noqa: E402 - the path is set above
from schoolgate.interop.tables import ColumnMapping, Subject  # noqa: E402 - the same
from support import edfi_feed as feed  # noqa: E402 - the same
from support import oneroster_feed as roster  # noqa: E402 - the same
from support.postgres import Server, server  # noqa: E402 - the same

SCHOOLS, STUDENTS, INCIDENTS = 125, 60_000, 100_000
TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Site:
    """An installation of its own, empty.

    Attributes:
        folder: For its files and keys.
        database: Its PostgreSQL; SQLite without one.
    """

    folder: Path
    database: Server | None
    took: list[tuple[float, float, float]] = field(default_factory=list)

    def command(self, *words: str) -> None:
        """Run the command; remembers the seconds it took, those of CPU of both, and its peak memory in MB."""
        environment = os.environ | {"SCHOOLGATE_VAR": str(self.folder / "var")}
        # Without one, the product has a SQLite file in its folder.
        environment.pop("DATABASE_URL", None)
        if self.database:
            environment["DATABASE_URL"] = self.database.url
        program = [str(Path(sys.executable).with_name("schoolgate")), *words]
        began, worked = time.perf_counter(), self._server_seconds()
        with subprocess.Popen(program, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL) as running:
            _, status, used = os.wait4(running.pid, 0)
            running.returncode = os.waitstatus_to_exitcode(status)
        if running.returncode:
            raise subprocess.CalledProcessError(running.returncode, program)
        cpu = used.ru_utime + used.ru_stime + self._server_seconds() - worked
        self.took.append((time.perf_counter() - began, cpu, used.ru_maxrss / 1024))

    def _server_seconds(self) -> float:
        """What the server's processes have worked, those that have ended included."""
        if self.database is None:
            return 0.0
        first = self.database.pid
        children = Path(f"/proc/{first}/task/{first}/children").read_text(encoding="ascii").split()
        ticks = _ticks(first)
        # Of the first process those of its ended children too, of these only their own.
        return (sum(ticks) + sum(sum(_ticks(int(one))[:2]) for one in children)) / TICK


def _ticks(process: int) -> list[int]:
    """Its user and system time, and those of its children that have ended."""
    after_name = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return [int(one) for one in after_name[11:15]]


@contextmanager
def site(*, sqlite: bool) -> Iterator[Site]:
    """A site of its own, its database made."""
    with tempfile.TemporaryDirectory() as name:
        if sqlite:
            made = Site(Path(name), None)
            made.command("doctor", "--mend")
            yield made
            return
        with server(synced=True) as database:
            made = Site(Path(name), database)
            made.command("doctor", "--mend")
            yield made


def schools() -> Iterator[str]:
    """The schools of the district, as Ed-Fi."""
    for number in range(SCHOOLS):
        yield feed.school(4000 + number, f"School {number}")


def day_of(incident: int) -> str:
    """On which day an incident was."""
    return f"2026-{1 + incident % 9:02}-{1 + incident % 28:02}"


def records(students: int, incidents: int) -> Iterator[str]:
    """The export: each incident with one student who is said to have done something."""
    yield from schools()
    for number in range(students):
        yield feed.student(900_000 + number, "Ana", f"Bello-{number}")
    for number in range(incidents):
        school = 4000 + number % SCHOOLS
        yield feed.incident(number, school, day=day_of(number))
        inner = feed.behavior("Other") + feed.codes("Perpetrator")
        yield feed.student_part(900_000 + number * 7 % students, number, school, inner)


def edfi(at: Site, students: int, incidents: int) -> int:
    """Ed-Fi bulk XML; rows: schools, students, incidents, participants."""
    folder = feed.write(at.folder / "feed", *records(students, incidents))
    at.command("import", "edfi", str(folder))
    return SCHOOLS + students + 2 * incidents


def oneroster(at: Site, students: int, incidents: int) -> int:
    """OneRoster files: schools, students, their mothers, and what each is at which school. Incidents it knows none."""
    del incidents
    orgs = [roster.SCHOOL | {"sourcedId": f"s{one}", "identifier": str(4000 + one)} for one in range(SCHOOLS)]
    users, roles = [], []
    for one in range(students):
        at_school = f"s{one % SCHOOLS}"
        number = {"identifier": str(900_000 + one), "familyName": f"Bello-{one}"}
        users.append(roster.MARISOL | number | {"sourcedId": f"u{one}", "agentSourcedIds": f"m{one}"})
        users.append(roster.MOTHER | {"sourcedId": f"m{one}", "identifier": str(5_000_000 + one)})
        role = {"sourcedId": f"r{one}", "userSourcedId": f"u{one}", "orgSourcedId": at_school}
        roles.append(roster.STUDENT_ROLE | role)
        mother = {"sourcedId": f"q{one}", "userSourcedId": f"m{one}", "orgSourcedId": at_school}
        roles.append(roster.MOTHER_ROLE | mother)
    folder = roster.write(at.folder / "roster", orgs=orgs, users=users, roles=roles)
    at.command("import", "oneroster", str(folder))
    # As the command counts them: a relation for each child too.
    return SCHOOLS + 5 * students


def table(at: Site, students: int, incidents: int) -> int:
    """Two spreadsheets: a line a student, then a line an incident with its student."""
    at.command("import", "edfi", str(feed.write(at.folder / "schools", *schools())))
    pupils = at.folder / "students.csv"
    _write(
        pupils,
        "number,first,last,born,school",
        ([900_000 + one, "Ana", f"Bello-{one}", "2010-03-14", 4000 + one % SCHOOLS] for one in range(students)),
    )
    cases = at.folder / "incidents.csv"
    rows = (
        [one, 4000 + one % SCHOOLS, day_of(one), "hallway", "fighting", 900_000 + one * 7 % students, "perpetrator"]
        for one in range(incidents)
    )
    _write(cases, "incident,at,day,place,behavior,student,part", rows)
    pupils_by = {"number": "number", "first": "first", "last": "last", "born": "birth_date", "school": "school"}
    cases_by = {"incident": "number", "at": "school", "day": "date", "place": "place", "behavior": "behavior"}
    cases_by |= {"student": "student_number", "part": "role"}
    sheets: list[tuple[Path, Subject, dict[str, str]]] = [
        (pupils, "students", pupils_by),
        (cases, "incidents", cases_by),
    ]
    for path, subject, columns in sheets:
        mapping = at.folder / f"{subject}.json"
        mapping.write_text(_mapping(subject, columns), encoding="utf-8")
        at.command("import", "table", str(path), "--mapping", str(mapping))
    return students + incidents


def _write(path: Path, header: str, rows: Iterator[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(f"{header}\r\n")
        csv.writer(file).writerows(rows)


def _mapping(subject: Subject, columns: dict[str, str]) -> str:
    return ColumnMapping(subject=subject, columns=columns).to_json()


WAYS = {"edfi": (edfi, 1), "oneroster": (oneroster, 1), "table": (table, 2)}


def run(
    students: int = STUDENTS, incidents: int = INCIDENTS, ways: Sequence[str] = tuple(WAYS), *, sqlite: bool = False
) -> Iterator[Figure]:
    """Rows a second of the clock and of CPU, the command's own start included; its peak memory."""
    kind = "SQLite" if sqlite else "PostgreSQL"
    for way in ways:
        bring, commands = WAYS[way]
        with site(sqlite=sqlite) as at:
            rows = bring(at, students, incidents)
        counted = at.took[-commands:]
        label = f"schoolgate import ({way} on {kind}, {students:,} students, {incidents:,} incidents)"
        yield label, rows / sum(clock for clock, _, _ in counted), "rows/s"
        yield f"{label}, a second of CPU", rows / sum(cpu for _, cpu, _ in counted), "rows/s"
        yield f"{label}, peak memory", max(memory for _, _, memory in counted), "MB"


def main() -> None:
    asked = ArgumentParser(description=__doc__)
    asked.add_argument("--students", type=int, default=STUDENTS)
    asked.add_argument("--incidents", type=int, default=INCIDENTS)
    asked.add_argument("--only", choices=list(WAYS))
    asked.add_argument("--sqlite", action="store_true")
    given = asked.parse_args()
    ways = [given.only] if given.only else list(WAYS)
    for label, figure, unit in run(given.students, given.incidents, ways, sqlite=given.sqlite):
        print(f"{label:100} {figure:10,.0f} {unit}", flush=True)


if __name__ == "__main__":
    main()
