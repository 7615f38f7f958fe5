"""`schoolgate serve` as a process of its own: on SQLite it seals the log too, one of its processes at a time."""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from schoolgate.cli.sequencer import LOCK_NAME, only_sequencer
from schoolgate.engines import tlog
from support.commands import bare_environment

PATIENCE = 120
SEALING = (
    "from pathlib import Path; from schoolgate.cli.terminal import start_django; start_django(); "
    "from schoolgate.cli.sequencer import keep_sealing; import sys; keep_sealing(Path(sys.argv[1]))"
)


@pytest.fixture
def folder(installed, tmp_path):
    """The data folder of an installation of its own."""
    shutil.copytree(installed, tmp_path / "var")
    return tmp_path / "var"


@contextmanager
def running(folder, program, *arguments, signalled):
    """A process with periods of one second, whose end is asked for by a signal."""
    said = folder.parent / f"said-{time.monotonic_ns()}"
    environment = bare_environment(SCHOOLGATE_VAR=folder, SCHOOLGATE_DEMO=1, SCHOOLGATE_LOG_PERIOD=1)
    with said.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", program, *map(str, arguments)], env=environment, stdout=output, stderr=output
        )
        try:
            yield process
        finally:
            process.send_signal(signalled)
            process.wait(PATIENCE)
    told = said.read_text(encoding="utf-8")
    assert "Traceback" not in told
    assert "SIGABRT" not in told, "a process did not end by itself"


def size_of(folder):
    note = tlog.read_checkpoint(folder / "log")
    return tlog.Checkpoint.parse(tlog.Note.parse(note).text).size if note else 0


def wait_for(what):
    end = time.monotonic() + PATIENCE
    while not (found := what()):
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)
    return found


def holder_of(lock):
    """The process that has the lock."""
    inode = str(lock.stat().st_ino) if lock.exists() else ""
    rows = (line.split() for line in Path("/proc/locks").read_text(encoding="ascii").splitlines() if "FLOCK" in line)
    return next((int(row[4]) for row in rows if row[5].split(":")[2] == inode), None)


def get(port, path):
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        line.request("GET", path)
        response = line.getresponse()
        return response.status, response.headers, response.read()
    except ConnectionRefusedError:
        return None
    finally:
        line.close()


def test_on_sqlite_one_process_seals_and_when_it_is_killed_one_of_the_server_goes_on(folder):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    lock = folder / LOCK_NAME
    serve = ("from schoolgate.cli.main import run; run()", "serve", "--port", port, "--workers", 1)
    with running(folder, SEALING, folder, signalled=signal.SIGKILL) as first:
        wait_for(lambda: size_of(folder))
        earlier = tlog.read_checkpoint(folder / "log")
        assert holder_of(lock) == first.pid
        with running(folder, *serve, signalled=signal.SIGTERM) as server:
            status, headers, note = wait_for(lambda: get(port, "/log/checkpoint"))
            assert status == 200
            assert note.decode().startswith("schoolgate.example/log\n")
            assert headers["Content-Type"] == "text/plain; charset=utf-8"
            assert headers["Access-Control-Allow-Origin"] == "*"
            assert not {"Set-Cookie", "Vary", "Last-Modified", "ETag"} & set(headers)
            assert get(port, "/log/tile/0/000.p/7")[0] == 404
            assert holder_of(lock) == first.pid, "the server waits"
            os.kill(first.pid, signal.SIGKILL)
            first.wait()
            before = size_of(folder)
            wait_for(lambda: size_of(folder) > before)
            assert holder_of(lock) not in {first.pid, server.pid}, "one of its processes, not their supervisor"
            assert not only_sequencer(folder), "who seals is one"
    assert server.returncode == 0
    assert only_sequencer(folder), "all have ended"
    assert only_sequencer(folder)
    key = (folder / "keys" / "log-verifying").read_text(encoding="utf-8").strip()
    copy = shutil.copytree(folder / "log", folder.parent / "copy", ignore=shutil.ignore_patterns(".*.tmp"))
    report = tlog.verify_folder(copy, key, earlier=earlier)
    assert report.valid, report.sentences()


def test_a_second_worker_is_told_that_the_log_is_sealed_already(commands, folder):
    assert only_sequencer(folder)
    done = commands.run("worker", environment=bare_environment(SCHOOLGATE_VAR=folder, SCHOOLGATE_DEMO=1))
    assert done.returncode == 3, done.stdout + done.stderr
    assert "seals this log already" in done.stderr


@pytest.fixture(autouse=True)
def _lets_go():
    """What this process took, it gives back."""
    from schoolgate.cli import sequencer

    yield
    while sequencer._held:
        os.close(sequencer._held.pop())


SMUGGLED = [
    b"POST /sign-in/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST /sign-in/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd",
    b"POST /sign-in/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    b"GET /sign-in/ HTTP/1.1\r\nHost: localhost\r\nContent-Length : 4\r\n\r\nabcd",
]


def test_a_request_whose_end_is_in_doubt_is_refused_and_nothing_after_it_is_read(folder):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = "from schoolgate.cli.main import run; run()"
    arguments = ("serve", "--port", str(port), "--workers", "1")

    def asked(raw):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as line:
                line.sendall(raw)
                line.settimeout(PATIENCE)
                return b"".join(iter(lambda: line.recv(65536), b""))
        except ConnectionRefusedError:
            return b""

    with running(folder, program, *arguments, signalled=signal.SIGTERM):
        wait_for(lambda: asked(b"GET /sign-in/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
        for raw in SMUGGLED:
            answer = asked(raw + b"GET /rules/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 501")), (raw, answer[:80])
            assert answer.count(b"HTTP/1.1 ") == 1, raw
