"""A large district in a database: reports, people, and a log with an entry for each act.

`python -m benchmarks.records_world REPORTS` fills the database of DATABASE_URL (SQLite in SCHOOLGATE_VAR without one),
and does nothing when it is filled already. A million reports come with 60,000 students, 125 schools and three million
entries of the log. Importing this chooses the settings, so only programs that are run for it import it.
"""

import os
import sys
import time
from pathlib import Path

import django

SCHOOLS, STUDENTS = 125, 60_000
YEARS = 7


def log_period(reports: int) -> int:
    """Seconds of a period, so that the log covers seven years whatever its size; whole minutes."""
    return YEARS * 365 * 86_400 * 256 // (3 * reports) // 60 * 60


REPORTS = int(sys.argv[1])
os.environ |= {
    "SCHOOLGATE_DEMO": "1",
    "SCHOOLGATE_LOG_PERIOD": str(log_period(REPORTS)),
    "DJANGO_SETTINGS_MODULE": "schoolgate.settings",
}
django.setup()

from django.conf import settings  # noqa: E402 - the settings are chosen above
from django.core.management import call_command  # noqa: E402 - the same
from django.db import connection  # noqa: E402 - the same

from benchmarks.records_filling import fill  # noqa: E402 - the same
from benchmarks.records_living import give_life  # noqa: E402 - the same
from schoolgate.apps.access.moment import today  # noqa: E402 - the same
from schoolgate.apps.access.wall import policies  # noqa: E402 - the same
from schoolgate.apps.ledger.keys import keys  # noqa: E402 - the same


def main() -> None:
    filled = Path(settings.VAR) / "filled"
    began = time.perf_counter()
    keys().create_missing(origin=settings.LOG_ORIGIN, today=today())
    # One that was kept may be of an earlier version.
    call_command("migrate", verbosity=0)
    if policies.missing(connection):
        policies.install(connection)
    if filled.exists():
        return
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=OFF")
    fill(reports=REPORTS, schools=SCHOOLS - 1, students=STUDENTS, processes=os.cpu_count() or 1)
    give_life()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    filled.touch()
    print(f"\rfilled with {REPORTS:,} reports in {time.perf_counter() - began:,.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
