"""Run a command beside a PostgreSQL server of its own, and stop the server after.

Usage: python scripts/with_postgres.py COMMAND [ARGUMENT ...]

The server lives in a temporary folder, listens on a free port of this machine only, and is told to the command
by DATABASE_URL. When PostgreSQL cannot be had, this fails and says so.
"""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path


def find_programs() -> Path:
    """The folder of initdb and pg_ctl, newest version first."""
    candidates = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -int(path.parent.name.split(".")[0])
    )
    if on_path := shutil.which("pg_ctl"):
        candidates.append(Path(on_path).parent)
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    sys.exit("PostgreSQL is not installed, and every test must also pass on it: sudo apt-get install postgresql")


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def as_owner(folder: Path) -> list[str]:
    """PostgreSQL refuses to run as root: hand the folder to its own user and run as that."""
    if os.geteuid() != 0:
        return []
    owner = pwd.getpwnam("postgres")
    os.chown(folder, owner.pw_uid, owner.pw_gid)
    return ["runuser", "-u", "postgres", "--"]


def main(command: list[str]) -> int:
    """Start, run, stop; returns the command's exit code."""
    if not command:
        sys.exit(__doc__)
    programs = find_programs()
    port, password = free_port(), secrets.token_urlsafe(18)
    with tempfile.TemporaryDirectory(prefix="schoolgate-postgres-") as name:
        folder = Path(name)
        password_file = folder / "password"
        password_file.write_text(password, encoding="ascii")
        owner = as_owner(folder)
        if owner:
            os.chown(password_file, folder.stat().st_uid, folder.stat().st_gid)
        data = folder / "data"
        subprocess.run(
            [
                *owner,
                str(programs / "initdb"),
                "-D",
                str(data),
                "-U",
                "schoolgate",
                "-A",
                "scram-sha-256",
                "--pwfile",
                str(password_file),
                "-E",
                "UTF8",
                "--no-sync",
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=folder,
        )
        settings = f"listen_addresses=127.0.0.1 unix_socket_directories={folder} fsync=off max_connections=60"
        options = f"-p {port} " + " ".join(f"-c {setting}" for setting in settings.split())
        control = [*owner, str(programs / "pg_ctl"), "-D", str(data), "-w"]
        subprocess.run(
            [*control, "-o", options, "-l", str(folder / "server.log"), "start"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=folder,
        )
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        try:
            url = f"postgresql://schoolgate:{password}@127.0.0.1:{port}/postgres"
            return subprocess.run(command, env={**os.environ, "DATABASE_URL": url}, check=False).returncode
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], check=False, stdout=subprocess.DEVNULL, cwd=folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
