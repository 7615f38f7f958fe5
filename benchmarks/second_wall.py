"""What the policies of the second wall cost on PostgreSQL, in milliseconds (docs/decisions/0036-the-second-wall.md).

Usage: python scripts/with_postgres.py .venv/bin/python -m benchmarks.second_wall [REPORTS]

Fills an empty database with that many reports in 125 schools (a million unless told), and asks the same questions as
the owner, whom no policy binds, and as the site's role. The median of 15 tries.
"""

import os
import sys
import time
from statistics import median
from uuid import UUID

import django

os.environ |= {"SCHOOLGATE_DEMO": "1", "DJANGO_SETTINGS_MODULE": "schoolgate.settings"}
django.setup()

from django.core.management import call_command  # noqa: E402 - the settings are chosen above
from django.db import connection  # noqa: E402 - the same

from schoolgate.apps.access.actors import Actor, Role  # noqa: E402 - the same
from schoolgate.apps.access.wall import Scope, scope_of, within  # noqa: E402 - the same
from schoolgate.apps.ledger import grants  # noqa: E402 - the same

ROLE = "schoolgate_app"
TRIES = 15
USER = UUID("00000000-0000-4000-8000-000000000001")
SCHOOL = UUID("00000000-0000-4000-8000-000000000007")
SIX = frozenset(UUID(f"00000000-0000-4000-8000-{n:012x}") for n in range(7, 13))
CHILD = UUID(f"00000000-0000-4000-8000-{5000:012x}")
REPORT = UUID(f"00000000-0000-4000-8000-{1006:012x}")
NUMBERED = """
CREATE OR REPLACE FUNCTION numbered(bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS
$$ SELECT ('00000000-0000-4000-8000-' || lpad(to_hex($1), 12, '0'))::uuid $$
"""
# Rows that look like a district's: two participants a report, from among 60,000 students.
ROWS = """
INSERT INTO schools_school (id, name, external_id) SELECT numbered(n), 's' || n, n FROM generate_series(1, 125) n;
INSERT INTO people_student (id, name_key_id, sealed, notice_language, school_id)
    SELECT numbered(n), numbered(1), '', 'en', numbered(1 + n % 125) FROM generate_series(1, 60000) n;
INSERT INTO incidents_incident (id, school_id, occurred_on, place, kind, behaviors, apart, feed_codes)
    SELECT numbered(n), numbered(1 + n % 125), date '2026-11-01' - (n % 2500), 'bus', 'fight', '[]', false, '{}'
    FROM generate_series(1, :reports) n;
INSERT INTO incidents_participant (id, incident_id, token, role, student_id, feed_codes)
    SELECT numbered(2 * n + p), numbered(n), 'P' || p, 'involved', numbered(1 + (n + p * 31) % 60000), '[]'
    FROM generate_series(1, :reports) n, generate_series(0, 1) p;
INSERT INTO incidents_report (id, number, incident_id, kind, filed_by_id, filed_at, waits_for_principal)
    SELECT numbered(n), 'R-' || n, numbered(n), 'incident', numbered(1),
    timestamptz '2026-11-01' - n * interval '1 minute', false FROM generate_series(1, :reports) n;
INSERT INTO incidents_reportversion (id, report_id, number, wrapped_key, sealed, signed_at)
    SELECT numbered(n), numbered(n), 1, '', '', timestamptz '2026-11-01' FROM generate_series(1, :reports) n;
"""
NEWEST = """
SELECT r.id FROM incidents_report r JOIN incidents_incident i ON i.id = r.incident_id
WHERE i.school_id = %s ORDER BY i.occurred_on DESC LIMIT 50
"""
OF_CHILD = """
SELECT r.id FROM incidents_report r
WHERE EXISTS (SELECT 1 FROM incidents_participant p WHERE p.incident_id = r.incident_id AND p.student_id = %s)
"""
QUESTIONS: dict[str, tuple[str, list[UUID]]] = {
    "newest 50, one school": (NEWEST, [SCHOOL]),
    "one report by its key": ("SELECT id FROM incidents_report WHERE id = %s", [REPORT]),
    "its text": ("SELECT id FROM incidents_reportversion WHERE report_id = %s", [REPORT]),
    "reports of one child": (OF_CHILD, [CHILD]),
    "newest 50, no filter": ("SELECT id FROM incidents_report ORDER BY filed_at DESC LIMIT 50", []),
    "count, all that is shown": ("SELECT count(*) FROM incidents_report", []),
}
SCOPES = {
    "the office": scope_of(Actor(Role.RECORDS_OFFICER, USER)),
    "one school": Scope("own", USER, frozenset({SCHOOL})),
    "six schools": Scope("own", USER, SIX),
    "a family": Scope("own", USER, children=frozenset({CHILD})),
}


def fill(reports: int) -> None:
    """Enter the rows, past the keys between tables, which would cost more than the rows."""
    with connection.cursor() as cursor:
        cursor.execute(NUMBERED)
        cursor.execute("SET session_replication_role = replica")
        for statement in ROWS.replace(":reports", str(reports)).strip().split(";\n"):
            cursor.execute(statement)
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("ANALYZE")


def took(question: str, values: list[UUID]) -> float:
    """Milliseconds, the median: of a quiet machine; a busy one shows its neighbours."""
    spent = []
    with connection.cursor() as cursor:
        for _ in range(TRIES):
            began = time.perf_counter()
            cursor.execute(question, values)
            cursor.fetchall()
            spent.append((time.perf_counter() - began) * 1000)
            # Minutes would pass for what is as plain after three tries.
            if sum(spent) > 3000 and len(spent) >= 3:
                break
    return median(spent)


def main() -> None:
    """Fill, ask, print."""
    reports = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    call_command("migrate", verbosity=0)
    fill(reports)
    grants.apply(connection, ROLE)
    print(f"| {reports:,} reports, ms | no policy | " + " | ".join(SCOPES) + " |")
    print("| --- |" + " ---: |" * (len(SCOPES) + 1))
    for what, (question, values) in QUESTIONS.items():
        cells = [took(question, values)]
        for scope in SCOPES.values():
            with within(scope), connection.cursor() as cursor:
                cursor.execute(f"SET ROLE {ROLE}")
                cells.append(took(question, values))
                cursor.execute("RESET ROLE")
        print(f"| {what} | " + " | ".join(f"{one:,.2f}" for one in cells) + " |", flush=True)
    began = time.perf_counter()
    for _ in range(200):
        with within(SCOPES["a family"]):
            pass
    told = (time.perf_counter() - began) * 1000 / 200
    print(f"\nTo tell a request's scope and to take it back: {told:.2f} ms.")


if __name__ == "__main__":
    main()
