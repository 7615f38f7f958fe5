"""Asks a ClamAV daemon whether bytes are known to be harmful, over its INSTREAM command (clamd(8)).

The daemon runs on this machine, or on one the district trusts as much: the bytes go to it in clear.
"""

from __future__ import annotations

import re
import socket
import struct
from dataclasses import dataclass
from typing import Final

CHUNK: Final = 256 << 10
# Connecting, and each wait for the daemon: it answers in milliseconds, but loads its signatures for half a minute.
TIMEOUT: Final = 60.0
_LONGEST_ANSWER: Final = 4096
_PLAIN: Final = re.compile(r"[^A-Za-z0-9._:/-]")


class ScannerDownError(Exception):
    """The daemon does not answer, or not as it should: nobody knows whether the bytes are harmful."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the daemon listens: the path of a Unix socket, or a host and a port."""

    path: str = ""
    host: str = ""
    port: int = 0


def read_address(text: str) -> Address:
    """Read `/run/clamav/clamd.ctl` or `127.0.0.1:3310`.

    Raises:
        ValueError: It is neither.
    """
    if text.startswith("/"):
        return Address(path=text)
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdecimal() or not 0 < int(port) < 1 << 16:
        raise ValueError("write the path of a Unix socket, or host:port")
    return Address(host=host.strip("[]"), port=int(port))


def scan(address: Address, content: bytes, *, timeout: float = TIMEOUT) -> str:
    """What is known to be in the bytes: the name of a signature, or nothing.

    Raises:
        ScannerDownError: There is no answer that says so.
    """
    answer = _ask(address, b"zINSTREAM\0", content, timeout)
    said = answer.removeprefix("stream: ")
    if said == "OK":
        return ""
    if said.endswith(" FOUND"):
        return _PLAIN.sub("", said.removesuffix(" FOUND"))[:120] or "unnamed"
    # Larger than its StreamMaxLength, or an error of its own.
    raise ScannerDownError(_PLAIN.sub(" ", said)[:200])


def ping(address: Address, *, timeout: float = 5.0) -> None:
    """Ask whether it is there.

    Raises:
        ScannerDownError: It is not.
    """
    if _ask(address, b"zPING\0", None, timeout) != "PONG":
        raise ScannerDownError("what answers there is no clamd")


def _ask(address: Address, command: bytes, content: bytes | None, timeout: float) -> str:
    try:
        with _connect(address, timeout) as link:
            link.sendall(command)
            if content is not None:
                _send(link, content)
            return _answer(link)
    except OSError as problem:
        raise ScannerDownError(type(problem).__name__) from None


def _connect(address: Address, timeout: float) -> socket.socket:
    if not address.path:
        return socket.create_connection((address.host, address.port), timeout)
    link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    link.settimeout(timeout)
    try:
        link.connect(address.path)
    except OSError:
        link.close()
        raise
    return link


def _send(link: socket.socket, content: bytes) -> None:
    """Chunks, each after its length in four bytes, big-endian; a length of zero ends them."""
    view = memoryview(content)
    try:
        for at in range(0, len(view), CHUNK):
            chunk = view[at : at + CHUNK]
            link.sendall(struct.pack(">I", len(chunk)))
            link.sendall(chunk)
        link.sendall(struct.pack(">I", 0))
    except (BrokenPipeError, ConnectionResetError):
        # It stops listening to what is too large, and says so.
        return


def _answer(link: socket.socket) -> str:
    answer = b""
    while len(answer) < _LONGEST_ANSWER:
        more = link.recv(_LONGEST_ANSWER)
        answer += more
        if not more or b"\0" in more:
            break
    text, ended, _ = answer.partition(b"\0")
    if not ended:
        raise ScannerDownError("it hung up")
    return text.decode("utf-8", "replace").strip()
