"""`schoolgate monitor --once` as a process of its own, against real HTTP: what somebody did to a log is cried out."""

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from schoolgate.cli.fetching import fetch_from
from schoolgate.engines import tlog
from support.commands import bare_environment
from support.logs import KEY, ORIGIN, OTHER_KEY, VKEY, entries_of, files_of, publish, signed
from support.serving import RUN, running, served

ENTRIES = entries_of(1024)
FORK = [*ENTRIES[:100], *entries_of(924, "other")]
W_KEY = tlog.SigningKey("witness.example/w1", bytes(range(40, 72)), tlog.KeyKind.COSIGNATURE)


@pytest.fixture
def seen(commands, tmp_path) -> Callable[..., tuple[int, list[dict[str, str]]]]:
    """One look at a served folder with the memory of this test; gives the exit code and the alarms."""

    def look(folder: Path, *more: object) -> tuple[int, list[dict[str, str]]]:
        with served(folder) as url:
            ended = commands.run(
                *("monitor", url, "--key", VKEY, "--memory", tmp_path / "seen", "--once", "--json", *more),
                environment=bare_environment(DJANGO_SETTINGS_MODULE="no.such.settings"),
            )
        assert ended.returncode in {0, 1}, ended.stderr
        return ended.returncode, json.loads(ended.stdout)["alarms"]

    return look


@pytest.fixture
def log(tmp_path) -> Path:
    """A published log of 512 entries."""
    publish(tmp_path / "log", ENTRIES[:512])
    return tmp_path / "log"


def followed(log: Path, memory: Path) -> None:
    """Remember a log as a look does."""
    remembered = tlog.MonitorMemory(memory)
    looking = tlog.Monitor(KEY.verifying_key, fetch_from(str(log)), remembered, tlog.Expectations())
    assert looking.look(int(time.time())) == []


def tampered(log: Path, name: str, entries: list[bytes]) -> Path:
    """A copy of a log, made of other entries by somebody who has its key."""
    publish(log.parent / name, entries)
    return log.parent / name


def test_a_log_that_grows_is_well(log, seen):
    assert seen(log) == (0, [])
    publish(log, ENTRIES[:768])
    assert seen(log) == (0, [])


@pytest.mark.parametrize("cry", ["fork", "rewind", "damaged", "unsigned", "missing"])
def test_what_somebody_did_to_the_log_is_cried_out_with_evidence(log, seen, tmp_path, cry):
    followed(log, tmp_path / "seen")
    match cry:
        case "fork":
            shown = tampered(log, "forked", FORK[:768])
        case "rewind":
            shown = tampered(log, "restored", ENTRIES[:256])
        case _:
            publish(log, ENTRIES[:768])
            shown = Path(shutil.copytree(log, log.parent / "copy"))
    if cry == "damaged":
        bundle = shown / "tile/entries/002"
        data = bytearray(bundle.read_bytes())
        data[1000] ^= 1
        bundle.write_bytes(data)
    elif cry == "unsigned":
        (shown / "checkpoint").write_text(signed(ENTRIES[:768], OTHER_KEY))
    elif cry == "missing":
        (shown / "checkpoint").unlink()
    code, (alarm,) = seen(shown)
    assert (code, alarm["cry"]) == (1, cry)
    kept = files_of(Path(alarm["evidence"]))
    assert kept["alarm.txt"].decode() == f"{cry}\n{alarm['problem']}\n"
    if cry in {"fork", "rewind"}:
        sizes = [tlog.open_checkpoint(kept[each].decode(), KEY.verifying_key).checkpoint.size for each in ("1", "2")]
        assert sizes == [512, 768 if cry == "fork" else 256]


def test_a_log_that_stands_still_is_late(log, seen, tmp_path):
    followed(log, tmp_path / "seen")
    file = tmp_path / "seen" / "followed.json"
    remembered = json.loads(file.read_text())
    file.write_text(json.dumps({**remembered, "grown_at": remembered["grown_at"] - 1000}))
    code, (alarm,) = seen(log, "--every", 60, "--grace", 30)
    assert (code, alarm["cry"]) == (1, "late")


def test_a_promise_is_held_against_the_log(log, seen, tmp_path):
    made = int(time.time()) - 1000
    for name, entry in (("kept", ENTRIES[300]), ("broken", bytes(32))):
        note = tlog.sign_promise(tlog.Promise(ORIGIN, entry, made, made + 10), KEY)
        (tmp_path / name).write_text(note)
    promises = ("--promise", tmp_path / "kept", "--promise", tmp_path / "broken")
    code, (alarm,) = seen(log, *promises, "--grace", 0)
    assert (code, alarm["cry"]) == (1, "promise_broken")
    assert (Path(alarm["evidence"]) / "1").read_text() == (tmp_path / "broken").read_text()


def test_what_a_witness_saw_and_we_are_not_shown(log, seen, tmp_path):
    """The district shows us a log that ends early, and the witness a whole one; or each another."""
    for name, entries, cry in (("whole", ENTRIES[:768], "withheld"), ("other", FORK[:300], "fork")):
        witness = tlog.Witness(
            W_KEY, {ORIGIN: [KEY.verifying_key]}, tlog.WitnessMemory(tmp_path / name), lambda: int(time.time())
        )
        witness.add_checkpoint(tlog.Submission(0, (), signed(entries)).body)
        shown = tmp_path / f"{name}-shown"
        (shown / tlog.origin_hash(ORIGIN)).mkdir(parents=True)
        answer = witness.latest(tlog.origin_hash(ORIGIN))
        (shown / tlog.origin_hash(ORIGIN) / "checkpoint").write_text(answer.body)
        with served(shown) as url:
            code, (alarm,) = seen(log, "--witness", f"{W_KEY.verifying_key.text}@{url}")
        assert (code, alarm["cry"], alarm["about"]) == (1, cry, W_KEY.verifying_key.text)


def test_a_log_that_sends_us_elsewhere_is_not_followed(log, seen):
    """To another host, above all: what is read is of the place that was named."""

    class Elsewhere(BaseHTTPRequestHandler):
        def __init__(self, place: str, *args: object) -> None:
            self._place = place
            super().__init__(*args)

        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header("Location", f"{self._place}{self.path}")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that the base class gives it
            """Nobody reads it."""

    with served(log) as url, running(ThreadingHTTPServer(("127.0.0.1", 0), partial(Elsewhere, url))) as sent:
        assert fetch_from(url)("checkpoint")
        with pytest.raises(OSError, match="status 302"):
            fetch_from(sent)("checkpoint")


def test_it_says_each_alarm_once_and_ends_with_ctrl_c(log, tmp_path):
    """A process that goes on looking, while the log is forked and mended again."""
    forked = tampered(log, "forked", FORK[:768])
    place = tmp_path / "shown"

    def show(folder: Path) -> None:
        (tmp_path / "next").symlink_to(folder)
        (tmp_path / "next").replace(place)

    show(log)
    arguments = ["monitor", place, "--key", VKEY, "--memory", tmp_path / "seen", "--every", 1, "--grace", 999]
    with (
        subprocess.Popen(
            [sys.executable, "-P", "-c", RUN, *map(str, arguments)],
            env=bare_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # Where the tests run in the background, it is ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509 - no threads yet
        ) as process,
        ExitStack() as ended,
    ):
        ended.callback(process.kill)
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == f"{ORIGIN}: all 512 entries fit what was signed.\n"
        show(forked)
        assert process.stdout.readline().startswith("ALARM fork: ")
        assert "evidence" in process.stdout.readline()
        time.sleep(2.5)
        show(log)
        assert process.stdout.readline() == "Over: fork\n", "it was said once while it lasted"
        process.send_signal(signal.SIGINT)
        assert process.stdout.read().endswith("The monitor has ended.\n")
        assert process.wait(timeout=60) in {0, 1}
        assert process.stderr.read() == ""
