"""Logs and witnesses behind real HTTP, in this process or one of their own."""

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

from support.commands import bare_environment

RUN = "from schoolgate.cli.main import run; run()"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that the base class gives it
        """Nobody reads it."""


@contextmanager
def running(server: HTTPServer) -> Iterator[str]:
    """A server answers in a thread of its own; gives its address."""
    # A short poll: the test would wait for the rest of it.
    thread = threading.Thread(target=partial(server.serve_forever, poll_interval=0.01), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """A folder behind HTTP; gives its address."""
    with running(ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=folder))) as url:
        yield url


class WitnessProcess:
    """`schoolgate witness serve` in a process of its own, to be killed and started again; it ends with the block."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def __init__(self, *arguments: object) -> None:
        self._arguments = [str(each) for each in arguments]
        self.start()

    def start(self) -> None:
        """Start, and wait until it says where it listens."""
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-c", RUN, "witness", "serve", *self._arguments, "--port", "0"],
            # It must start without the district's settings.
            env=bare_environment(DJANGO_SETTINGS_MODULE="no.such.settings"),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdout is not None
        self.said = self.process.stdout.readline()
        found = re.search(r"http://\S+:\d+", self.said)
        assert found, self.said
        self.url = found[0]

    def kill(self) -> None:
        """The plug is pulled."""
        self.process.kill()
        self._over()

    def end(self) -> int:
        """Tell it to end; gives the exit code."""
        self.process.terminate()
        return self._over()

    def _over(self) -> int:
        code = self.process.wait(timeout=60)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code
