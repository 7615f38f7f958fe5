"""A process that can read what it is given, answer, and do nothing else.

bubblewrap gives it namespaces of its own (no network, no other process, no file but the interpreter's and the
libraries', read-only), drops every capability and the environment; `inside.locks` adds limits and a list of allowed
system calls. Without all of that nothing is opened.
"""

import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self

from schoolgate.engines.redact.attachments.errors import WORDS, AttachmentError
from schoolgate.engines.redact.attachments.inside import locks, wire

_INSIDE = Path(__file__).parent / "inside"
_CODE = (
    "import sys; sys.path[:0] = sys.argv[4:]; from inside.main import main; "
    "main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))"
)
_ENVIRONMENT = {"OMP_THREAD_LIMIT": "1", "OPENBLAS_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"}
_START_SECONDS = 60.0
_LARGEST_FRAME, _LARGEST_TABLE = 80 << 20, 16 << 20


@dataclass(frozen=True, slots=True)
class Job:
    """What runs in the sandbox, and how much it may take.

    Attributes:
        module: a module with `prepare()` and `work()`, as imported inside.
        seconds: processor time in all.
        memory: bytes of address space.
        places: what else it may read, beside the interpreter and the libraries: (where it is, where it is inside).
    """

    module: str
    seconds: int
    memory: int
    places: tuple[tuple[Path, str], ...] = ()


class Sandbox:
    """One sandboxed process, from its start to its end; a context manager.

    Raises:
        AttachmentError: `no_sandbox` at the start; `too_slow`, `too_big`, `crashed` or what the process says, later.
    """

    def __init__(self, job: Job) -> None:
        """Starts the process and waits until it is locked in."""
        bwrap = shutil.which("bwrap")
        program = locks.filter_program(starting=True)
        if bwrap is None:
            raise AttachmentError("no_sandbox", "bwrap is not on the path")
        if program is None:
            raise AttachmentError("no_sandbox", "this processor's system calls are not known")
        rules = _held("rules", program)
        self._said = _held("said", b"")
        try:
            self._process = subprocess.Popen(
                [bwrap, *_walls(job), "--seccomp", str(rules), "--", *_command(job)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._said,
                pass_fds=(rules,),
                start_new_session=True,
                bufsize=0,
                env={},
            )
        except OSError:
            os.close(self._said)
            raise AttachmentError("no_sandbox", "bwrap does not start") from None
        finally:
            os.close(rules)
        assert self._process.stdin is not None  # noqa: S101 - for the type: both are pipes
        assert self._process.stdout is not None  # noqa: S101
        self._to, self._from = self._process.stdin, self._process.stdout
        for pipe in (self._to, self._from):
            os.set_blocking(pipe.fileno(), False)
        self._ready = False
        self.hear(_START_SECONDS, wire.READY)
        self._ready = True

    def send(self, content: bytes, seconds: float) -> None:
        """Gives the process one content, within so many seconds."""
        for part in (wire.HEAD.pack(wire.FILE, len(content)), content):
            left, until = memoryview(part), time.monotonic() + seconds
            while left:
                self._wait(self._to.fileno(), selectors.EVENT_WRITE, until)
                try:
                    left = left[os.write(self._to.fileno(), left[: 1 << 20]) :]
                except BlockingIOError:
                    continue
                except BrokenPipeError:
                    self._ended()

    def hear(self, seconds: float, *kinds: bytes) -> tuple[bytes, bytes]:
        """The next frame, which must be of one of these kinds, within so many seconds: (kind, content)."""
        until = time.monotonic() + seconds
        kind, length = wire.HEAD.unpack(self._take(wire.HEAD.size, until))
        if length > _LARGEST_FRAME:
            self._stop("crashed")
        content = self._take(length, until)
        if kind == wire.WRONG:
            code = content.decode("ascii", "replace")
            self._stop(code if code in WORDS else "crashed")
        if kind not in kinds:
            self._stop("crashed")
        return kind, content

    def table(self, seconds: float) -> object:
        """The next frame, which must be JSON."""
        _, content = self.hear(seconds, wire.TABLE)
        if len(content) > _LARGEST_TABLE:
            self._stop("crashed")
        try:
            return json.loads(content)
        except (ValueError, RecursionError):
            self._stop("crashed")

    def close(self) -> None:
        """Ends the process and everything that it started. Safe to call again."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        if not self._from.closed:
            self._to.close()
            self._from.close()
            os.close(self._said)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        if hasattr(self, "_from"):
            self.close()

    def _take(self, length: int, until: float) -> bytes:
        held = bytearray()
        while len(held) < length:
            self._wait(self._from.fileno(), selectors.EVENT_READ, until)
            try:
                more = os.read(self._from.fileno(), min(length - len(held), 1 << 20))
            except BlockingIOError:
                continue
            if not more:
                self._ended()
            held += more
        return bytes(held)

    def _wait(self, pipe: int, event: int, until: float) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, event)
            if not selector.select(max(0.0, until - time.monotonic())):
                self._stop("too_slow" if self._ready else "no_sandbox")

    def _ended(self) -> NoReturn:
        """The process is gone: say why."""
        code = self._process.wait()
        # bubblewrap gives 128 and the number of the signal that ended the process.
        slow = code in (128 + signal.SIGXCPU, -signal.SIGXCPU)
        why = ""
        if not self._ready:
            # Nothing of a document has been given yet, so that the words of bubblewrap quote none.
            lines = os.pread(self._said, 2000, 0).decode("utf-8", "replace").strip().splitlines()
            why = lines[-1][:200] if lines else ""
        self._stop(("too_slow" if slow else "crashed") if self._ready else "no_sandbox", why)

    def _stop(self, code: str, detail: str = "") -> NoReturn:
        self.close()
        raise AttachmentError(code, detail)


def _held(name: str, content: bytes) -> int:
    """An anonymous file in memory that begins with this content."""
    file = os.memfd_create(name, os.MFD_CLOEXEC)
    os.write(file, content)
    os.lseek(file, 0, os.SEEK_SET)
    return file


def _command(job: Job) -> list[str]:
    paths = ["/app", *(str(folder) for folder in libraries()), *(inside for _, inside in job.places)]
    return [_interpreter(), "-I", "-S", "-B", "-c", _CODE, job.module, str(job.seconds), str(job.memory), *paths]


@cache
def _interpreter() -> str:
    # The one behind the virtual environment, whose configuration is not in the sandbox.
    return os.path.realpath(sys.executable)


@cache
def libraries() -> tuple[Path, ...]:
    """The folders of the Python packages that the jobs use."""
    import PIL  # noqa: PLC0415 - only where it is installed is asked
    import pypdfium2  # noqa: PLC0415
    import tesserocr  # noqa: PLC0415

    found = {Path(str(package.__file__)).parents[1] for package in (PIL, pypdfium2)}
    place = Path(str(tesserocr.__file__))
    found.add(place.parents[1] if place.name == "__init__.py" else place.parent)
    return tuple(sorted(found))


def _walls(job: Job) -> list[str]:
    walls = ["--unshare-all", "--unshare-user", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"]
    for name, value in _ENVIRONMENT.items():
        walls += ["--setenv", name, value]
    for place in _system():
        walls += (
            ["--symlink", str(place.readlink()), str(place)] if place.is_symlink() else _readable(place, str(place))
        )
    for place in libraries():
        walls += _readable(place, str(place))
    for place, inside in (*job.places, (_INSIDE, "/app/inside")):
        walls += _readable(place, inside)
    return [*walls, "--chdir", "/", "--remount-ro", "/"]


def _system() -> list[Path]:
    """The interpreter and the system's libraries: what a program needs to start."""
    base = Path(sys.base_prefix)
    places = [Path("/usr/lib"), Path("/usr/lib64"), Path("/lib"), Path("/lib64")]
    if base != Path("/usr"):
        places.append(base)
    program = Path(_interpreter())
    if not any(program.is_relative_to(place) for place in places):
        places.append(program)
    return [place for place in places if place.exists()]


def _readable(place: Path, inside: str) -> list[str]:
    return ["--ro-bind", str(place), inside]
