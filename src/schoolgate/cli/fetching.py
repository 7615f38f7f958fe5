"""Reading a log or asking a witness: over HTTP with limits of time and size, or from a folder."""

import http.client
import socket
import ssl
import threading
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, partial
from http import HTTPStatus
from pathlib import Path
from typing import Final

from schoolgate.engines import tlog

TIMEOUT_SECONDS: Final = 10.0
MAX_BYTES: Final = 256 * (2 + 0xFFFF)
"""The largest file of a log: a bundle of 256 entries of 65,535 bytes."""
_SCHEMES: Final = ("http", "https")
_GONE: Final = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
_AGENT: Final = "schoolgate"


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered to a request: the status, the type of the body without parameters, the body, the headers."""

    status: int
    content_type: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class FetchError(OSError):
    """It could not be read: the place, and why."""


class _Deadline:
    """Ends a connection when its time is over, whatever it is doing: a timeout of each step would not."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._held: list[tuple[threading.Timer, socket.socket]] = []
        self.over = False

    def watch(self, connected: socket.socket) -> None:
        """Watch a connection; its own object may be wrapped by another later, so a copy is held."""
        held = connected.dup()
        timer = threading.Timer(max(0.0, self._end - time.monotonic()), self._cut, (held,))
        timer.daemon = True
        self._held.append((timer, held))
        timer.start()

    def _cut(self, held: socket.socket) -> None:
        self.over = True
        with suppress(OSError):
            held.shutdown(socket.SHUT_RDWR)

    def stop(self) -> None:
        """Watch no longer."""
        for timer, held in self._held:
            timer.cancel()
            timer.join()
            held.close()


class _Plain(http.client.HTTPConnection):
    deadline: _Deadline

    def connect(self) -> None:
        super().connect()
        self.deadline.watch(self.sock)


class _Secure(http.client.HTTPSConnection, _Plain):
    """TLS is spoken over what `_Plain` has connected and watches."""


@cache
def _trusted() -> ssl.SSLContext:
    """Whom this machine trusts, read once: it takes longer than most requests."""
    return ssl.create_default_context()


class _Handler(urllib.request.AbstractHTTPHandler):
    def __init__(self, deadline: _Deadline) -> None:
        super().__init__()
        self._deadline = deadline

    def http_request(self, request: urllib.request.Request) -> urllib.request.Request:
        return self.do_request_(request)

    https_request = http_request

    def http_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(self._watched(_Plain), request)

    def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(self._watched(partial(_Secure, context=_trusted())), request)

    def _watched(self, make: Callable[..., _Plain]) -> Callable[..., http.client.HTTPConnection]:
        def made(host: str, *, timeout: float) -> http.client.HTTPConnection:
            connection = make(host, timeout=timeout)
            connection.deadline = self._deadline
            return connection

        return made


def _opener(deadline: _Deadline) -> urllib.request.OpenerDirector:
    """Only HTTP, and whatever the status, it is the answer: no redirect is followed, least of all to another host."""
    opener = urllib.request.OpenerDirector()
    opener.add_handler(urllib.request.ProxyHandler())
    opener.add_handler(_Handler(deadline))
    return opener


def is_url(place: str) -> bool:
    """Whether a place is an address and not a folder."""
    return place.startswith(tuple(f"{scheme}://" for scheme in _SCHEMES))


def fetch_from(place: str, *, timeout: float = TIMEOUT_SECONDS, limit: int = MAX_BYTES) -> tlog.Fetch:
    """How to read the files of a log or a witness.

    Args:
        place: The http or https address of its prefix, or a folder.
        timeout: Seconds for one file, from the first step to the last byte.
        limit: Bytes of the largest file that is read.

    Returns:
        A function that gives the bytes of a path below it, None when it is not there, and raises OSError when the place
        cannot be reached, answers too slowly, too much, or with an error.
    """
    if is_url(place):
        return lambda path: _read_url(f"{place.rstrip('/')}/{path}", timeout, limit)
    if not Path(place).is_dir():
        raise FetchError(f"{place} is neither an address (http:// or https://) nor a folder")
    return lambda path: _read_file(Path(place) / path, limit)


def _read_file(path: Path, limit: int) -> bytes | None:
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    if len(data) > limit:
        raise FetchError(f"{path} has more than {limit} bytes")
    return data


def _read_url(url: str, timeout: float, limit: int) -> bytes | None:
    reply = ask(url, timeout=timeout, limit=limit)
    if reply.status in _GONE:
        return None
    if reply.status != HTTPStatus.OK:
        raise FetchError(f"{url} answers with the status {reply.status}, and only 200 and 404 are understood")
    return reply.body


def ask(
    url: str,
    body: bytes | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    timeout: float = TIMEOUT_SECONDS,
    limit: int = MAX_BYTES,
) -> Reply:
    """GET an address, or POST a body to it; whatever the status, it is the answer.

    Args:
        url: An http or https address.
        body: What to POST.
        headers: Besides, or instead of, those that are sent anyway.
        timeout: Seconds from the first step to the last byte.
        limit: Bytes of the longest answer that is read.

    Raises:
        OSError: When it cannot be reached, does not speak HTTP, is too slow or sends too much.
    """
    if not is_url(url):
        raise FetchError(f"{url} is no http or https address")
    sent = {"User-Agent": _AGENT, "Accept-Encoding": "identity"}
    if body is not None:
        sent["Content-Type"] = "text/plain; charset=utf-8"
    sent.update(headers or {})
    deadline = _Deadline(timeout)
    try:
        request = urllib.request.Request(url, body, sent)  # noqa: S310 - the scheme was looked at
        with _opener(deadline).open(request, timeout=timeout) as answer:
            data = answer.read(limit + 1)
            if deadline.over:
                # A connection that was cut may look like one that has ended.
                raise FetchError("it was cut")
            if len(data) > limit:
                raise FetchError(f"it sends more than {limit} bytes")
            if answer.length:
                raise FetchError("it ended before all was sent")
            if answer.headers.get("Content-Encoding", "").strip().lower() == "gzip":
                data = _unpacked(data, limit)
            return Reply(answer.status, answer.headers.get_content_type(), data, dict(answer.headers.items()))
    except (OSError, http.client.HTTPException, ValueError) as problem:
        why = problem.reason if isinstance(problem, urllib.error.URLError) else problem
        said = f"it took more than {timeout:g} seconds" if deadline.over else str(why) or type(problem).__name__
        raise FetchError(f"{url} cannot be read: {said}") from problem
    finally:
        deadline.stop()


def _unpacked(data: bytes, limit: int) -> bytes:
    unpacking = zlib.decompressobj(wbits=31)
    try:
        whole = unpacking.decompress(data, limit + 1)
    except zlib.error as problem:
        raise FetchError("what it sends is not the gzip that it says") from problem
    if len(whole) > limit or not unpacking.eof:
        raise FetchError(f"unpacked it is cut off, or more than {limit} bytes")
    return whole
