"""Run a command beside a PostgreSQL server of its own, and stop the server after.

Usage: python scripts/with_postgres.py COMMAND [ARGUMENT ...]

The command is told of the server by DATABASE_URL. When PostgreSQL cannot be had, this fails and says so.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))

from support.postgres import server


def main(command: list[str]) -> int:
    """Start, run, stop; returns the command's exit code."""
    if not command:
        sys.exit(__doc__)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with server() as started:
        return subprocess.run(command, env={**os.environ, "DATABASE_URL": started.url}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
