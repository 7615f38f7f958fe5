"""The command `schoolgate` in processes of its own, without what it costs to start each of them.

A process that has loaded the libraries, our engines and our formats, and nothing that knows settings or a database,
waits in the background. For each command it makes a copy of itself, which gets the environment, the arguments and the
streams that a new process would get, loads of the rest what the verb loads, and ends as a new process would. What is
saved is a second and a half of loading what is the same for all of them.

Usage, by `Commands` alone: python -P commands.py NUMBER, of the open socket that tells it what to run
"""

import gc
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIBRARIES = (
    "PIL.Image",
    "cedarpy",
    "cryptography.hazmat.primitives.asymmetric.ed25519",
    "cryptography.hazmat.primitives.ciphers.aead",
    "django.contrib.auth.hashers",
    "django.core.management",
    "django.core.management.commands.migrate",
    "django.db.backends.sqlite3.base",
    "django.db.migrations.executor",
    "django.db.models",
    "django.forms",
    "django.template.backends.django",
    "django.views.generic",
    "email.message",
    "fido2.server",
    "holidays",
    "numba",
    "numpy",
    "onnx",
    "pikepdf",
    "pypdf",
    "pypdfium2",
    "rapidfuzz.fuzz",
    "rich.markdown",
    "rich.progress",
    "rich.table",
    "rich.traceback",
    "tesserocr",
    "typer._adapters",
    "typer.rich_utils",
    "typst",
    "z3",
    "zxcvbn",
)
# Of ours, what is the same whatever the environment says.
ENGINES = (
    "schoolgate.engines.clock",
    "schoolgate.engines.figures",
    "schoolgate.engines.law",
    "schoolgate.engines.reach",
    "schoolgate.engines.redact",
    "schoolgate.engines.tlog",
    "schoolgate.engines.vault",
    "schoolgate.interop.edfi",
    "schoolgate.interop.oneroster",
)


def bare_environment(**given: object) -> dict[str, str]:
    """The environment of a command: nothing of this test process's own settings, and what is given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SCHOOLGATE", "DJANGO"))}
    kept.pop("DATABASE_URL", None)
    return {**kept, "PYTHONPATH": str(ROOT / "src"), "COLUMNS": "200", **{key: str(one) for key, one in given.items()}}


class Commands:
    """Runs commands, one after the other. Ends with `close`, or with the process that made it."""

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        self._line, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with far:
            self._warm = subprocess.Popen(
                [sys.executable, "-P", __file__, str(far.fileno())],
                # Threads do not live on in a copy.
                env=bare_environment(OPENBLAS_NUM_THREADS=1),
                stdin=subprocess.DEVNULL,
                pass_fds=(far.fileno(),),
                start_new_session=True,
            )

    def run(
        self, *arguments: object, environment: Mapping[str, str], timeout: float = 240, said: str = ""
    ) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end; the environment, and the words on its standard input, are all it gets."""
        asked = {"arguments": [*map(str, arguments)], "environment": dict(environment), "folder": str(Path.cwd())}
        with (
            tempfile.TemporaryFile() as heard,
            tempfile.TemporaryFile() as wrong,
            tempfile.TemporaryFile() as words,
        ):
            words.write(said.encode())
            words.seek(0)
            self._line.settimeout(timeout)
            streams = [stream.fileno() for stream in (words, heard, wrong)]
            socket.send_fds(self._line, [json.dumps(asked).encode()], streams)
            try:
                ended = self._line.recv(16)
            except TimeoutError:
                # Its end would be taken for that of the next.
                os.killpg(self._warm.pid, signal.SIGKILL)
                self.close()
                self._start()
                raise
            assert ended, "nobody is there to run it"
            for stream in (heard, wrong):
                stream.seek(0)
            return subprocess.CompletedProcess(
                asked["arguments"], int(ended), heard.read().decode(), wrong.read().decode()
            )

    def close(self) -> None:
        """End the process that waits."""
        self._line.close()
        self._warm.wait()


def wait_for_a_command(line: socket.socket, also: Mapping[str, str]) -> None:
    """Come back as the copy that is to run a command; the process that waits ends here.

    Args:
        line: Tells what to run.
        also: What the modules that are loaded already have put into the environment as they were loaded.
    """
    while True:
        asked, streams, _, _ = socket.recv_fds(line, 1 << 20, 3)
        if not asked:
            raise SystemExit
        copy = os.fork()
        if not copy:
            break
        for stream in streams:
            os.close(stream)
        line.send(str(os.waitstatus_to_exitcode(os.waitpid(copy, 0)[1])).encode())
    line.close()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    told = json.loads(asked)
    os.chdir(told["folder"])
    os.environ.clear()
    os.environ.update({**also, **told["environment"]})
    sys.argv = ["schoolgate", *told["arguments"]]


if __name__ == "__main__":
    given = set(os.environ)
    for module in (*LIBRARIES, *ENGINES):
        import_module(module)
    gc.freeze()
    put = {name: value for name, value in os.environ.items() if name not in given}
    wait_for_a_command(socket.socket(fileno=int(sys.argv[1])), put)
    from schoolgate.cli.main import run

    run()
