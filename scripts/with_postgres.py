"""Run a command beside a PostgreSQL server of its own, and stop the server after.

Usage: python scripts/with_postgres.py COMMAND [ARGUMENT ...]

The command is told of the server by DATABASE_URL, and by SCHOOLGATE_TEST_ROLE of a role as which tests act: the
site's own, which owns nothing (docs/database-roles.md). When PostgreSQL cannot be had, this fails and says so.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))

import psycopg

from support.postgres import server

ROLE = "schoolgate_app"


def main(command: list[str]) -> int:
    """Start, run, stop; returns the command's exit code."""
    if not command:
        sys.exit(__doc__)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with server() as started:
        with psycopg.connect(started.url, autocommit=True) as connection:
            connection.execute(f"CREATE ROLE {ROLE} NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE")
        told = {**os.environ, "DATABASE_URL": started.url, "SCHOOLGATE_TEST_ROLE": ROLE}
        return subprocess.run(command, env=told, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
