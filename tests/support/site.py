"""`schoolgate serve` as it runs in a district, with a sequencer, and people who act through its forms meanwhile."""

import http.client
import os
import random
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

from schoolgate.demonstration.cast import PASSWORD
from support.faults import Installation
from support.postgres import free_port
from support.serving import RUN

PATIENCE = 240


class Site:
    """The server's processes, and on PostgreSQL the worker's, to be killed one by one or all at once.

    Args:
        plant: The installation that it serves. A period lasts a second.
    """

    def __init__(self, plant: Installation) -> None:
        self.port = free_port()
        self._environment = {**plant.environment, "SCHOOLGATE_LOG_PERIOD": "1"}
        self._apart = "DATABASE_URL" in plant.environment
        self._heard = plant.var.parent / "site-said"
        self._said = self._heard.open("ab")
        self._server = self._begin("serve", "--port", self.port)
        self._sequencer = self._begin("worker") if self._apart else None
        self._wait()

    def kill_one(self, chance: random.Random) -> None:
        """Kill one process of the server, which starts another, or the sequencer, which is started again."""
        listed = Path(f"/proc/{self._server.pid}/task/{self._server.pid}/children").read_text(encoding="ascii")
        victims = [int(one) for one in listed.split()]
        if self._sequencer:
            victims.append(self._sequencer.pid)
        if not victims:
            return
        victim = chance.choice(victims)
        with suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)
        if self._sequencer and victim == self._sequencer.pid:
            self._sequencer.wait()
            self._sequencer = self._begin("worker")

    def kill_all(self) -> None:
        """The plug is pulled, and the machine starts again."""
        self._kill(signal.SIGKILL)
        self._server = self._begin("serve", "--port", self.port)
        self._sequencer = self._begin("worker") if self._apart else None
        self._wait()

    def end(self) -> None:
        """Stop as a district stops it."""
        self._kill(signal.SIGTERM)
        self._said.close()

    def _begin(self, *arguments: object) -> "subprocess.Popen[bytes]":
        program = [sys.executable, "-P", "-c", RUN, *map(str, arguments)]
        return subprocess.Popen(
            program, env=self._environment, stdout=self._said, stderr=self._said, start_new_session=True
        )

    def _kill(self, how: signal.Signals) -> None:
        for process in filter(None, (self._server, self._sequencer)):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, how)
            process.wait(PATIENCE)

    def _wait(self) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self._server.poll() is None:
            with suppress(OSError, http.client.HTTPException):
                if Visitor(self.port).ask("GET", "/sign-in/")[0] == http.HTTPStatus.OK:
                    return
            time.sleep(0.05)
        said = self._heard.read_text(encoding="utf-8").splitlines()[-20:]
        raise AssertionError("the site does not answer\n" + "\n".join(said))


class Visitor:
    """Somebody with cookies, who enters agencies by the form, one after the other, and is told that it was done."""

    def __init__(self, port: int) -> None:
        self.told: list[str] = []
        # What was answered by the sign-in page, though somebody is signed in.
        self.astray: list[str] = []
        self._port = port
        self._cookies: dict[str, str] = {}
        self._over = threading.Event()

    def ask(self, method: str, path: str, **form: str) -> tuple[int, str]:
        """One request; gives the status and where it leads.

        Raises:
            OSError: Whoever answers was killed.
            HTTPException: The same, after it had begun to.
        """
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        try:
            body = urlencode({**form, "csrfmiddlewaretoken": self._cookies.get("csrftoken", "")}) if form else None
            head = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
            if body:
                head["Content-Type"] = "application/x-www-form-urlencoded"
            line.request(method, path, body, head)
            response = line.getresponse()
            response.read()
            for each in response.headers.get_all("Set-Cookie", []):
                self._cookies |= {name: one.value for name, one in SimpleCookie(each).items()}
            return response.status, response.headers.get("Location", "")
        finally:
            line.close()

    def act(self, username: str) -> None:
        """Sign in and act until told to stop, whatever happens to the server."""
        signed_in = False
        while not self._over.is_set():
            name = f"Office {secrets.token_hex(8)}"
            try:
                if not signed_in:
                    self.ask("GET", "/sign-in/")
                    signed_in = self.ask("POST", "/sign-in/", login=username, password=PASSWORD)[0] == 302
                status, where = self.ask("POST", "/agencies/add/", name=name, kind="local_police", form="agency")
                if status == http.HTTPStatus.FOUND:
                    (self.told if where.startswith("/agencies/") else self.astray).append(name)
            except (OSError, http.client.HTTPException):
                # Nobody answers: whoever starts has the machine meanwhile.
                time.sleep(0.1)

    def stop(self) -> None:
        """After what is under way."""
        self._over.set()


@contextmanager
def acting(port: int, *usernames: str) -> Iterator[list[Visitor]]:
    """People who act, each in a thread of their own, until the end of the block."""
    visitors = [Visitor(port) for _ in usernames]
    threads = [
        threading.Thread(target=visitor.act, args=(username,))
        for visitor, username in zip(visitors, usernames, strict=True)
    ]
    for thread in threads:
        thread.start()
    try:
        end = time.monotonic() + PATIENCE
        while not all(visitor.told for visitor in visitors):
            assert time.monotonic() < end, "somebody cannot act"
            time.sleep(0.01)
        yield visitors
    finally:
        for visitor in visitors:
            visitor.stop()
        for thread in threads:
            thread.join()
