"""A daemon on this machine that speaks clamd's protocol, as clamd(8) describes it, and knows one harmful word."""

import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HARMFUL = b"A-WORD-THAT-STANDS-FOR-HARM"


class _Answer(socketserver.StreamRequestHandler):
    """One question."""

    server: "_Tcp | _Unix"

    def handle(self) -> None:
        """Answer it, by how the daemon is meant to behave."""
        if self.server.mood == "hangs up":
            return
        command = b""
        while not command.endswith(b"\0"):
            command += self.rfile.read(1)
        if command == b"zPING\0":
            self.wfile.write(b"PONG\0")
            return
        content = b""
        while size := struct.unpack(">I", self.rfile.read(4))[0]:
            content += self.rfile.read(size)
            if len(content) > self.server.most:
                self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
                return
        self.server.scanned.append(content)
        self.wfile.write(b"stream: Test.Harm-1 FOUND\0" if HARMFUL in content else b"stream: OK\0")


class _Daemon:
    mood, most, scanned = "", 1 << 30, list[bytes]()


class _Tcp(_Daemon, socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True


class _Unix(_Daemon, socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


@contextmanager
def running_clamd(
    path: Path | None = None, *, mood: str = "", most: int = 1 << 30
) -> Iterator[tuple[str, list[bytes]]]:
    """Run it: yields where it listens, and what it was given to scan."""
    server = _Unix(str(path), _Answer) if path else _Tcp(("127.0.0.1", 0), _Answer)
    server.mood, server.most, server.scanned = mood, most, []
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield str(path) if path else f"127.0.0.1:{server.server_address[1]}", server.scanned
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
