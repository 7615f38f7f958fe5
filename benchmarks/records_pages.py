"""Pages of a large district under fifty readers at once, beside a bare Django view that reads one row.

`python -m benchmarks.records_pages REPORTS` makes the world once, in `var/benchmarks/REPORTS`, and keeps it. Then each
kind of page is read for some seconds by wrk over fifty connections that never pause, on PostgreSQL with four gunicorn
workers; wrk and the database share the machine's cores with them.
"""

import json
import os
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "tests"))

from benchmarks.elsewhere import Figure  # noqa: E402 - the path is set above
from support.postgres import free_port, server  # noqa: E402 - the same

WORKERS, READERS, SECONDS = 4, 50, 6
ROLE = "schoolgate_app"
SIZES = (10_000, 100_000, 1_000_000)
# What `make bench` measures. The world of the largest takes an hour of two cores to make, once.
REPORTS = int(os.environ.get("SCHOOLGATE_BENCH_REPORTS", SIZES[-1]))
# What a district of this size would give its database; the rest is PostgreSQL's own.
TUNED = "shared_buffers=1GB max_wal_size=4GB"
SCRIPT = """
local requests, turn = {}, 0
function init(args)
  for line in io.lines("%s") do
    local cookie, path = line:match("^(%%S*)\\t(%%S+)$")
    requests[#requests + 1] = wrk.format("GET", path, {["Cookie"] = cookie ~= "" and "sessionid=" .. cookie or nil,
      ["Host"] = "127.0.0.1"})
  end
end
function request()
  turn = turn + 1
  return requests[turn %% #requests + 1]
end
function done(summary, latency)
  local wrong = summary.errors
  io.write(string.format("RESULT %%d %%d %%f %%f\\n", summary.requests,
    wrong.status + wrong.connect + wrong.read + wrong.write + wrong.timeout,
    latency:percentile(50) / 1000, latency:percentile(95) / 1000))
end
"""


def run() -> Iterator[Figure]:
    """Each kind of page in a large district: the median and the 95th percentile, and how often the bare view's."""
    measured = pages_of(REPORTS)
    bare = measured["bare"][1]
    yield f"bare Django view of one row, {READERS} readers, 95th percentile", bare, "ms"
    for name, (median, high) in measured.items():
        if name != "bare":
            yield f"{name} ({REPORTS:,} reports, {READERS} readers, median)", median, "ms"
            yield f"{name} (95th percentile)", high, "ms"
            yield f"{name} (beside the bare view)", high / bare, "times"


@dataclass(frozen=True, slots=True)
class Site:
    """A district's site under way: its port, and the environment of whoever owns its database."""

    port: int
    owner: dict[str, str]

    def as_owner(self, module: str, *arguments: str) -> str:
        """What a program prints that sees every row."""
        return _python(self.owner, module, *arguments)


@contextmanager
def site_of(reports: int, *, synced: bool = False) -> Iterator[Site]:
    """The site of a district of so many reports, made when it is not there yet. On PostgreSQL, in four processes.

    `synced` lets a commit wait for the disk.
    """
    # However it ends, the server ends with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = Path(os.environ.get("SCHOOLGATE_BENCH_WORLDS", ROOT / "var" / "benchmarks")) / str(reports)
    folder.mkdir(parents=True, exist_ok=True)
    with server(kept=folder / "postgres", synced=synced, tuned=TUNED) as database:
        environment = os.environ | {"DATABASE_URL": database.url, "SCHOOLGATE_VAR": str(folder / "var")}
        _python(environment, "benchmarks.records_world", str(reports))
        site = environment | {
            "SCHOOLGATE_DEMO": "0",
            "SCHOOLGATE_HTTPS": "0",
            "DJANGO_SETTINGS_MODULE": "schoolgate.settings",
        }
        with _gunicorn(site | {"DATABASE_URL": _site_url(environment)}, "schoolgate.wsgi:application") as port:
            yield Site(port, site)


def pages_of(reports: int) -> dict[str, tuple[float, float]]:
    """Page kind -> median and 95th percentile in ms."""
    with site_of(reports) as site:
        # Who reads what is asked as the owner: the wall would hide most of it.
        kinds = dict(map(json.loads, site.as_owner("benchmarks.records_readers").splitlines()))
        bare = site.owner | {"DJANGO_SETTINGS_MODULE": "benchmarks.records_bare"}
        with _gunicorn(bare, "benchmarks.records_bare:application") as port:
            found = {"bare": _read(port, kinds.pop("bare"))}
        # A process loads much when it is first asked: none of the pages pays for that.
        for requests in kinds.values():
            _read(site.port, requests)
        return found | {name: _read(site.port, requests) for name, requests in kinds.items()}


def _site_url(environment: dict[str, str]) -> str:
    """Where the site connects as its own role, whom the second wall binds (docs/database-roles.md)."""
    url = environment["DATABASE_URL"]
    password = secrets.token_hex(12)
    with psycopg.connect(url, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone():
            connection.execute(f"CREATE ROLE {ROLE} LOGIN NOSUPERUSER NOBYPASSRLS")
        connection.execute(f"ALTER ROLE {ROLE} PASSWORD '{password}'")
    program = Path(sys.executable).with_name("schoolgate")
    subprocess.run([str(program), "database", "roles", "--apply"], env=environment, check=True, stdout=sys.stderr)
    parts = urlsplit(url)
    return parts._replace(netloc=f"{ROLE}:{password}@{parts.hostname}:{parts.port}").geturl()


def _python(environment: dict[str, str], module: str, *arguments: str) -> str:
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, env=environment, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


@contextmanager
def _gunicorn(environment: dict[str, str], application: str) -> Iterator[int]:
    """The site in four processes; gives its port once it answers."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "-w", str(WORKERS), "-b", f"127.0.0.1:{port}", application]
    command += ["--log-level", "warning", "--timeout", "120"]
    # A line a request is written, as in use, and nobody reads it.
    with (
        tempfile.TemporaryFile() as lines,
        subprocess.Popen(command, env=environment, cwd=ROOT, stderr=lines) as process,
    ):
        try:
            for _ in range(600):
                if process.poll() is not None:
                    lines.seek(0)
                    sys.exit(f"gunicorn ended before it answered:\n{lines.read().decode()}")
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/log/key", timeout=30).close()
                except urllib.error.HTTPError:
                    break
                except OSError:
                    time.sleep(0.1)
                else:
                    break
            yield port
        finally:
            process.terminate()


def _read(port: int, requests: list[tuple[str, str]]) -> tuple[float, float]:
    """Median and 95th percentile in ms of what wrk reads; every answer must be the page."""
    with tempfile.TemporaryDirectory() as name:
        listed, script = Path(name) / "requests", Path(name) / "read.lua"
        listed.write_text("".join(f"{cookie}\t{path}\n" for cookie, path in requests), encoding="ascii")
        script.write_text(SCRIPT % listed, encoding="ascii")
        for seconds in (2, SECONDS):
            command = ["wrk", "-t", "2", "-c", str(READERS), "-d", f"{seconds}s", "--timeout", "30s", "-s", str(script)]
            done = subprocess.run(
                [*command, f"http://127.0.0.1:{port}"], check=True, stdout=subprocess.PIPE, text=True
            ).stdout
        found = re.search(r"RESULT (\d+) (\d+) ([\d.]+) ([\d.]+)", done)
        assert found, done
        assert int(found[1]), done
        assert not int(found[2]), f"{found[2]} of {found[1]} answers were no page"
        return float(found[3]), float(found[4])


def main() -> None:
    reports = int(sys.argv[1])
    measured = pages_of(reports)
    for name, (median, high) in measured.items():
        print(f"{name:40} {median:8.1f} {high:8.1f} ms {high / measured['bare'][1]:6.1f} times the bare view")


if __name__ == "__main__":
    main()
