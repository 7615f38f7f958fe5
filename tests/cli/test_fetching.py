"""Reading a log over HTTP: what is too slow, too much or cut off is an error, never an endless wait or half a file."""

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from schoolgate.cli.fetching import ask, fetch_from
from support.serving import served


@contextmanager
def answering(*pieces: bytes, pause: float = 0.0) -> Iterator[str]:
    """A server that sends these pieces to whoever comes first, each after a pause, and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            line, _ = server.accept()
            with line:
                line.recv(65536)
                try:
                    for piece in pieces:
                        line.sendall(piece)
                        time.sleep(pause)
                except OSError:
                    return

        thread = threading.Thread(target=answer)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join()


OK = b"HTTP/1.1 200 OK\r\n"


def test_what_is_there_and_what_is_not(tmp_path):
    (tmp_path / "tile").mkdir()
    (tmp_path / "tile" / "0").write_bytes(b"\x00\xff")
    with served(tmp_path) as url:
        for fetch in (fetch_from(url), fetch_from(f"{url}/"), fetch_from(str(tmp_path))):
            assert fetch("tile/0") == b"\x00\xff"
            assert fetch("tile/1") is None
            assert fetch("tile/0/1") is None
    with pytest.raises(OSError, match="cannot be read"):
        fetch_from(url)("tile/0")
    with pytest.raises(OSError, match="nor a folder"):
        fetch_from(str(tmp_path / "nowhere"))
    for scheme in ("ftp", "file"):
        with pytest.raises(OSError, match="no http or https address"):
            ask(f"{scheme}://{tmp_path}/tile/0")


@pytest.mark.parametrize(
    ("pieces", "problem"),
    [
        ([OK, b"Content-Length: 101\r\n\r\n", b"x" * 101], "more than 100 bytes"),
        ([OK, b"\r\n", b"x" * 101], "more than 100 bytes"),
        ([OK, b"Content-Length: 100\r\n\r\n", b"x" * 99], "cannot be read"),
        ([OK, b"Transfer-Encoding: chunked\r\n\r\n", b"5\r\nabc"], "cannot be read"),
        ([OK, b"Content-Encoding: gzip\r\n\r\n", b"no gzip"], "not the gzip"),
        ([OK, b"Content-Encoding: gzip\r\n\r\n", gzip.compress(b"x" * 101)], "more than 100 bytes"),
        ([OK, b"Content-Encoding: gzip\r\n\r\n", gzip.compress(b"x" * 50)[:-9]], "cut off"),
        ([b"nonsense\r\n\r\n"], "cannot be read"),
        ([b""], "cannot be read"),
        ([b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"], "status 500"),
        ([b"HTTP/1.1 301 No\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"], "status 301"),
    ],
)
def test_half_an_answer_is_none(pieces, problem):
    with answering(*pieces) as url, pytest.raises(OSError, match=problem):
        fetch_from(url, limit=100)("checkpoint")


def test_what_is_packed_is_unpacked():
    with answering(OK, b"Content-Encoding: gzip\r\n\r\n", gzip.compress(b"abc")) as url:
        assert fetch_from(url)("tile/entries/000") == b"abc"


@pytest.mark.parametrize("begin", [b"", OK + b"X: ", OK + b"\r\n"])
def test_a_server_that_drips_is_given_up(begin):
    """Each step would be in time; all of them together are not."""
    began = time.monotonic()
    with answering(begin, *[b"x"] * 30, pause=0.1) as url, pytest.raises(OSError, match=r"more than 0\.5 seconds"):
        ask(url, timeout=0.5)
    assert time.monotonic() - began < 2.5
