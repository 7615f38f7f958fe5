"""An installation whose processes are real, and die or fail at a point that is named.

A process that has loaded the product, and has no database open, waits in the background. For each thing to do it makes
a copy of itself, which watches what it does to the database and to the disk, event by event, and at the event that is
asked for kills itself as `kill -9` does, or lets the operation fail as a broken or full disk would. The product knows
nothing of it. Without a database server (DATABASE_URL) the installation has a SQLite file.
"""

import io
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

TESTS = Path(__file__).resolve().parents[1]
SRC = TESTS.parent / "src"
VAR = "var"
# The database that a run on a server migrates once (support/databases.py).
MIGRATED = "test_schoolgate_migrated"
MATCHED = "matched "


@dataclass(frozen=True)
class Fault:
    """Where a process dies or fails.

    Events are, in the order of what a process does: `sql STATEMENT`, `commit`, `committed`, and of files below the
    data folder `open PATH`, `write PATH`, `fsync PATH`, `synced PATH`, `rename PATH` (the new name), `remove PATH`,
    `mkdir PATH`, `rmdir PATH`. All but `committed` and `synced` come just before what they name.

    Args:
        steps: Beginnings of events that must come in this order; the fault strikes at the last of them.
        nth: Which event that begins like the last step.
        how: "kill", or the name of an error such as "EIO" and "ENOSPC".
        lasting: Whether every later event that begins like the last step fails too, as on a full disk.
    """

    steps: tuple[str, ...] = ("",)
    nth: int = 1
    how: str = "kill"
    lasting: bool = False


@dataclass
class Ended:
    """How a process ended: its exit code, or minus the signal that killed it, and what it said."""

    code: int
    said: str

    @property
    def killed(self) -> bool:
        """Whether it was killed, as was asked."""
        return self.code == -signal.SIGKILL

    @property
    def lines(self) -> list[str]:
        """What it said, a line each."""
        return self.said.splitlines()

    @property
    def struck(self) -> int:
        """How many events began like the last step of the fault that was asked for, of a process that lived."""
        return int(self.lines[-1].removeprefix(MATCHED))


@dataclass
class Running:
    """A process under way."""

    pid: int
    output: io.BufferedRandom
    installation: "Installation"

    def kill(self) -> None:
        """Kill it, whatever it is doing. It stays a zombie until `end`, so that its number is nobody else's."""
        os.kill(self.pid, signal.SIGKILL)

    def end(self) -> Ended:
        """Wait for its end."""
        code = int(self.installation.ask({"wait": self.pid}))
        self.output.seek(0)
        said = self.output.read().decode()
        self.output.close()
        return Ended(code, said)


class Installation:
    """A demonstration district with one sealed period, kept as `base`, and the processes that work on it.

    Args:
        folder: An empty folder.
        installed: The data folder of a new installation, to copy.
        server: The address of a database server, by default that of DATABASE_URL.
        more: Variables of its environment besides.
    """

    def __init__(self, folder: Path, installed: Path, server: str | None = None, **more: str) -> None:
        self.var = folder / VAR
        shutil.copytree(installed, self.var)
        self._kept = folder / "kept"
        self._kept.mkdir(parents=True)
        self._server = server or os.environ.get("DATABASE_URL")
        self._name = f"faults_{os.getpid()}_{secrets.token_hex(4)}"
        self._databases = {self._name}
        self.environment = self._environment() | more
        if self._server:
            self._administer(f"CREATE DATABASE {self._name} TEMPLATE {self._migrated()}")
        self._start()
        self.run("open_demonstration")
        self.keep("base")

    def start(self, action: str, *arguments: object, fault: Fault | None = None) -> Running:
        """Start one of the actions of support/faulty.py in a process of its own."""
        output = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the process has ended
        asked = {"action": action, "arguments": arguments, "fault": asdict(fault) if fault else None}
        return Running(int(self.ask(asked, output.fileno())), output, self)

    def end(self, action: str, *arguments: object, fault: Fault | None = None) -> Ended:
        """Run an action to its end, whatever that is."""
        return self.start(action, *arguments, fault=fault).end()

    def run(self, action: str, *arguments: object) -> list[str]:
        """Run an action that must succeed; returns the lines it said."""
        ended = self.end(action, *arguments)
        assert ended.code == 0, ended.said
        return ended.lines

    def ask(self, asked: dict[str, object], *streams: int) -> str:
        """Tell the process that waits."""
        socket.send_fds(self._line, [json.dumps(asked).encode()], list(streams))
        answer = self._line.recv(64)
        assert answer, "nobody is there to run it"
        return answer.decode()

    def keep(self, name: str) -> None:
        """Keep the database and the folder as they are now: a backup."""
        shutil.rmtree(self._kept / name, ignore_errors=True)
        shutil.copytree(self.var, self._kept / name)
        if self._server:
            self._administer(f"DROP DATABASE IF EXISTS {self._name}_{name} WITH (FORCE)")
            self._administer(f"CREATE DATABASE {self._name}_{name} TEMPLATE {self._name}")
            self._databases.add(f"{self._name}_{name}")

    def restore(self, name: str, *, database_only: bool = False) -> None:
        """Put back what was kept: all of it, or the database alone, under a published folder that stays."""
        if self._server:
            self._administer(f"DROP DATABASE IF EXISTS {self._name} WITH (FORCE)")
            self._administer(f"CREATE DATABASE {self._name} TEMPLATE {self._name}_{name}")
        if database_only:
            for path in self.var.glob("*.sqlite3*"):
                path.unlink()
            for path in (self._kept / name).glob("*.sqlite3*"):
                shutil.copy2(path, self.var / path.name)
            return
        shutil.rmtree(self.var)
        shutil.copytree(self._kept / name, self.var)

    def close(self) -> None:
        """End the process that waits, and drop the databases."""
        self._line.close()
        self._warm.wait()
        for name in self._databases if self._server else ():
            self._administer(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _environment(self) -> dict[str, str]:
        """The environment of every process of the installation."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SCHOOLGATE")}
        environment |= {
            "DJANGO_SETTINGS_MODULE": "schoolgate.settings",
            "SCHOOLGATE_VAR": str(self.var),
            "SCHOOLGATE_DEMO": "1",
            "PYTHONPATH": f"{SRC}{os.pathsep}{TESTS}",
            "COLUMNS": "400",
            # Threads do not live on in a copy.
            "OPENBLAS_NUM_THREADS": "1",
        }
        environment.pop("DATABASE_URL", None)
        if self._server:
            environment["DATABASE_URL"] = urlunsplit(urlsplit(self._server)._replace(path=f"/{self._name}"))
        return environment

    def _start(self) -> None:
        self._line, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with far:
            self._warm = subprocess.Popen(
                [sys.executable, "-P", "-m", "support.faulty", str(far.fileno())],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                pass_fds=(far.fileno(),),
                start_new_session=True,
            )

    def _migrated(self) -> str:
        """The database to copy: this run's migrated one, if that is made already; it is brought up to date anyway."""
        import psycopg

        assert self._server
        with psycopg.connect(self._server) as connection:
            there = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [MIGRATED]).fetchone()
        return MIGRATED if there else "template1"

    def _administer(self, statement: str) -> None:
        import psycopg

        assert self._server
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(statement.encode())
