"""`schoolgate witness`: cosign the checkpoints of logs, for whoever wants no log to have two faces.

A newspaper, a union or a court clerk runs it on a small machine. It needs no database and none of the district's data.
"""

import io
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Buffer, Iterable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Annotated, Final

import typer

from schoolgate.engines import tlog

from .terminal import Exit, out, stop, told
from .verify import read_key

app = typer.Typer(
    no_args_is_help=True, help="Witness logs: sign that each new state of a log follows from all that was seen before."
)
MAX_REQUEST_BYTES: Final = 1_000_000
IDLE_SECONDS: Final = 30.0
REQUEST_SECONDS: Final = 20.0
MAX_CONNECTIONS: Final = 64
_FOR_ALL: Final = 0o077
_HASH_CHARACTERS: Final = 64


@app.command()
def key(
    name: Annotated[str, typer.Argument(help="The witness's name, such as witness.example/w1: no space, no plus.")],
    *,
    file: Annotated[Path, typer.Option("--out", help="Where to write the secret key; it must not exist.")],
) -> None:
    """Make a witness's key. The secret is written to a file for you alone; the verifying key is printed, to publish.

    Example: schoolgate witness key witness.example/w1 --out witness-key
    """
    with told(tlog.KeyTextError, OSError):
        secret, verifying = tlog.generate_key(name, tlog.KeyKind.COSIGNATURE)
        try:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            stop(f"{file} exists: a key is never replaced. Give another name, or move it away.")
        with os.fdopen(descriptor, "w", encoding="utf-8") as written:
            written.write(secret + "\n")
            written.flush()
            os.fsync(descriptor)
    out.print(verifying, soft_wrap=True)


@app.command()
def serve(
    *,
    key_file: Annotated[Path, typer.Option("--key", help="The file with the secret key.", exists=True, dir_okay=False)],
    memory: Annotated[
        Path, typer.Option(help="The folder in which it remembers what it signed. Never empty it, never restore it.")
    ],
    log: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY|FILE", help="The verifying key of a log to witness; repeatable, also for two keys of one log."
        ),
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(help="A policy file (C2SP tlog-policy): its logs.", exists=True, dir_okay=False)
    ] = None,
    host: Annotated[str, typer.Option(help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 for any that is free.")] = 8080,
    prefix: Annotated[str, typer.Option(help="The path before /add-checkpoint, such as /w1.")] = "",
) -> None:
    """Answer logs that ask for a cosignature, and monitors that ask what was cosigned (C2SP tlog-witness 1.0.0).

    It signs a log's new checkpoint only when it was proven to follow from the last one that it signed, and remembers it
    before it answers. It sees sizes and hashes, never a record. Stop it at any moment, also by pulling the plug.

    Example: schoolgate witness serve --key witness-key --log district-log.key --memory seen --port 8080
    """
    with told(tlog.TlogError, OSError, UnicodeDecodeError):
        logs = _logs(log or (), policy)
        made = tlog.Witness(_secret(key_file), logs, tlog.WitnessMemory(memory), lambda: int(time.time()))
        new = _own_folder(memory, made.verifying_key)
    try:
        server = WitnessServer((host, port), made, prefix.strip("/"))
    except OSError as problem:
        stop(f"cannot listen at {host}, port {port}: {problem.strerror}. Give another --port.", Exit.CANNOT_RUN)
    with server:
        shown = f"[{host}]" if ":" in host else host
        out.print(f"Witness {made.name} listens at http://{shown}:{server.server_port}{server.prefix}/", soft_wrap=True)
        for origin in logs:
            out.print(
                f"  It cosigns what {origin} shows it, if that follows from what it showed before.", soft_wrap=True
            )
        if new:
            out.print(f"  {memory} is new: this witness has seen nothing yet.", soft_wrap=True)
        out.print("  End it with Ctrl-C.")
        sys.stdout.flush()
        _until_told(server)


def _logs(given: Iterable[str], policy: Path | None) -> dict[str, list[tlog.VerifyingKey]]:
    keys = [tlog.VerifyingKey.parse(read_key(each)) for each in given]
    if policy:
        keys += [one.key for one in tlog.Policy.parse(policy.read_bytes()).logs]
    if not keys:
        stop("a witness knows the logs that it cosigns: give --log KEY, or --policy FILE with log lines.")
    logs: dict[str, list[tlog.VerifyingKey]] = {}
    for each in keys:
        same = logs.setdefault(each.name, [])
        if each not in same:
            same.append(each)
    return logs


def _secret(file: Path) -> tlog.SigningKey:
    if file.stat().st_mode & _FOR_ALL:
        stop(f"{file} can be read by others: chmod 600 {file}. If others could read it before, make a new key.")
    return tlog.SigningKey.parse(file.read_text(encoding="utf-8").strip())


def _own_folder(folder: Path, verifying_key: str) -> bool:
    """Whether the memory is new. A folder is one witness's for ever: another would mistake what was signed."""
    mark = folder / "witness"
    if mark.exists():
        if mark.read_text(encoding="utf-8").strip() != verifying_key:
            stop(f"{folder} is the memory of another witness: give each key a folder of its own.")
        return False
    if folder.is_dir() and any(folder.glob("*.checkpoint")):
        stop(f"{folder} remembers checkpoints but not whose it is: was the file `witness` removed? Put it back.")
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / ".witness.tmp"
    with unfinished.open("w", encoding="utf-8") as file:
        file.write(verifying_key + "\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(mark)
    return True


def _until_told(server: ThreadingHTTPServer) -> None:
    """Serve until Ctrl-C or a service manager says to end."""

    def end(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, end)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        out.print("The witness has ended.")


class WitnessServer(ThreadingHTTPServer):
    """A witness behind HTTP: a thread a connection, and no more connections than a small machine bears.

    Args:
        address: Host and port.
        witness: Who answers.
        prefix: The path before `add-checkpoint`, without slashes around it.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], witness: tlog.Witness, prefix: str = "") -> None:
        self.witness = witness
        self.prefix = f"/{prefix}" if prefix else ""
        self._free = threading.BoundedSemaphore(MAX_CONNECTIONS)
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, _Handler)

    def process_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        """Take a connection on, or close it when there are too many already."""
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: object
    ) -> None:
        """Serve a connection to its end, in its own thread."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is no news."""


class _InTime(io.RawIOBase):
    """Reads a connection. Between requests it may rest; a request that has begun must come whole before its time."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._end: float | None = None

    def readable(self) -> bool:
        return True

    def rest(self) -> None:
        """The request was answered: the next one may take its time to begin."""
        self._end = None

    def readinto(self, buffer: Buffer) -> int:
        left = IDLE_SECONDS if self._end is None else self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(left)
        read = self._connection.recv_into(buffer)
        if self._end is None:
            self._end = time.monotonic() + REQUEST_SECONDS
        self._connection.settimeout(IDLE_SECONDS)
        return read


class _Handler(BaseHTTPRequestHandler):
    server: WitnessServer
    protocol_version = "HTTP/1.1"
    server_version = "schoolgate-witness"
    sys_version = ""
    timeout = IDLE_SECONDS
    # The head and the body of an answer leave together.
    wbufsize = -1

    def setup(self) -> None:
        """Read through a clock, so that a client that drips holds its place for seconds and not for hours."""
        super().setup()
        self.rfile.close()
        self._in_time = _InTime(self.connection)
        self.rfile = io.BufferedReader(self._in_time)

    def do_POST(self) -> None:
        """`<prefix>/add-checkpoint`."""
        if self.path != f"{self.server.prefix}/add-checkpoint":
            self._refuse(HTTPStatus.NOT_FOUND, "this witness answers add-checkpoint")
            return
        length = self.headers.get("Content-Length", "")
        if self.headers.get("Transfer-Encoding") or not (length.isascii() and length.isdigit()):
            self._refuse(HTTPStatus.LENGTH_REQUIRED, "say the length of the request")
            return
        if len(length) > len(str(MAX_REQUEST_BYTES)) or int(length) > MAX_REQUEST_BYTES:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a request has at most {MAX_REQUEST_BYTES} bytes")
            return
        body = self.rfile.read(int(length))
        if len(body) != int(length):
            self.close_connection = True
            return
        try:
            answer = self.server.witness.add_checkpoint(body)
        except (OSError, tlog.TlogError) as problem:
            # Who runs the witness must look; the log may ask again.
            self.log_message("it cannot remember, so it signs nothing: %s", problem)
            self._refuse(
                HTTPStatus.SERVICE_UNAVAILABLE, "this witness cannot remember at the moment, so it signs nothing"
            )
            return
        self._send(answer)

    def do_GET(self) -> None:
        """`<prefix>/<hash of an origin>/checkpoint`."""
        begin, end = f"{self.server.prefix}/", "/checkpoint"
        asked = self.path.removeprefix(begin).removesuffix(end)
        if self.path != f"{begin}{asked}{end}" or len(asked) != _HASH_CHARACTERS:
            self._refuse(HTTPStatus.NOT_FOUND, "this witness shows <hash of an origin>/checkpoint")
            return
        try:
            answer = self.server.witness.latest(asked)
        except (OSError, UnicodeDecodeError) as problem:
            self.log_message("it cannot read what it remembers: %s", problem)
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "this witness cannot read what it remembers at the moment")
            return
        self._send(answer)

    def _refuse(self, status: HTTPStatus, why: str) -> None:
        # What was not read of the request would be taken for the next one.
        self.close_connection = True
        self._send(tlog.Answer(status, f"{why}\n"))

    def _send(self, answer: tlog.Answer) -> None:
        body = answer.body.encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
        self._in_time.rest()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:  # noqa: ARG002 - the base class's
        """What was asked and answered, not by whom."""
        said = int(code) if isinstance(code, int) else code
        self.log_message("%s %s: %s", self.command, self.path, said)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that the base class gives it
        """One line on standard error, without what could steer a terminal."""
        said = (format % args).encode("unicode_escape").decode("ascii")
        sys.stderr.write(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {said}\n")
