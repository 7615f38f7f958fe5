"""A PostgreSQL server of its own, in a temporary folder, on a free port of this machine only."""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Server:
    """A server under way: its address, with the password, and the folder of its data."""

    url: str
    data: Path

    @property
    def pid(self) -> int:
        """The process that starts all others and starts them anew."""
        return int((self.data / "postmaster.pid").read_text(encoding="ascii").split("\n", 1)[0])

    @property
    def log(self) -> str:
        """What it has said."""
        return (self.data.parent / "server.log").read_text(encoding="utf-8")

    def kill(self) -> None:
        """Kill every process that works for it, as `kill -9` does. It recovers by itself."""
        for child in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text(encoding="ascii").split():
            with suppress(ProcessLookupError):
                os.kill(int(child), signal.SIGKILL)

    def wait(self) -> None:
        """Wait until it has recovered."""
        import psycopg

        for _ in range(1200):
            try:
                psycopg.connect(self.url, connect_timeout=2).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError("the server does not come back")


@contextmanager
def server(*, synced: bool = False, kept: Path | None = None, tuned: str = "") -> Iterator[Server]:
    """Start a server, and stop it after.

    Args:
        synced: Whether a commit waits for the disk, which tests need that are about the disk and no others.
        kept: A folder for its data that outlives it; started there again, it has what it had.
        tuned: Settings besides, such as "shared_buffers=1GB".
    """
    programs = find_programs()
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="schoolgate-postgres-") if not kept else nullcontext(str(kept)) as name:
        folder = Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        password_file = folder / "password"
        data = folder / "data"
        made = data.exists()
        if not made:
            password_file.write_text(secrets.token_urlsafe(18), encoding="ascii")
        password = password_file.read_text(encoding="ascii")
        owner = as_owner(folder)
        if owner:
            os.chown(password_file, folder.stat().st_uid, folder.stat().st_gid)
        if not made:
            _make(programs, data, password_file, owner)
        settings = f"listen_addresses=127.0.0.1 unix_socket_directories={folder} max_connections=60 {tuned}"
        settings += "" if synced else " fsync=off"
        options = f"-p {port} " + " ".join(f"-c {setting}" for setting in settings.split())
        control = [*owner, str(programs / "pg_ctl"), "-D", str(data), "-w"]
        subprocess.run(
            [*control, "-o", options, "-l", str(folder / "server.log"), "start"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=folder,
        )
        try:
            yield Server(f"postgresql://schoolgate:{password}@127.0.0.1:{port}/postgres", data)
        finally:
            how = "fast" if kept else "immediate"
            subprocess.run([*control, "-m", how, "stop"], check=False, stdout=subprocess.DEVNULL, cwd=folder)


def _make(programs: Path, data: Path, password_file: Path, owner: list[str]) -> None:
    command = [str(programs / "initdb"), "-D", str(data), "-U", "schoolgate", "-A", "scram-sha-256"]
    given = ["--pwfile", str(password_file), "-E", "UTF8", "--no-sync"]
    subprocess.run([*owner, *command, *given], check=True, stdout=subprocess.DEVNULL, cwd=data.parent)
