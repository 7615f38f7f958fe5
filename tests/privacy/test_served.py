"""The public log as it is served and copied: no header, date or time of an answer tells how much happened."""

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from schoolgate.engines import tlog
from support import logs, worlds
from support.commands import bare_environment

attacker = worlds.load_attacker()
HOUR = 1_772_800_000 // 3600 * 3600
NAMES = ("checkpoint", "tile/entries/000", "tile/entries/001", "tile/0/000", "tile/1/000.p/2")
# What an answer may bear. A header that comes to it must be looked at for what it tells.
HEADERS = {
    "Access-Control-Allow-Origin",
    "Cache-Control",
    "Content-Disposition",
    "Content-Length",
    "Content-Security-Policy",
    "Content-Type",
    "Cross-Origin-Opener-Policy",
    "Cross-Origin-Resource-Policy",
    "Permissions-Policy",
    "Referrer-Policy",
    "Vary",
    "X-Content-Type-Options",
    "X-Frame-Options",
}


def published(folder, periods=2):
    entries = logs.entries_of(256 * periods)
    tlog.write_folder(folder, entries, logs.signed(entries), chain=logs.CHAIN, modified=HOUR)
    return folder


@pytest.fixture
def served(db, settings, tmp_path):
    settings.LOG_FOLDER = published(tmp_path / "log")
    return settings.LOG_FOLDER


def answer(name, **headers):
    response = Client().get(f"/log/{name}", headers=headers)
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return response, body


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_served_with_headers_that_say_nothing_of_when(name, served, django_assert_num_queries):
    with django_assert_num_queries(0):
        response, body = answer(name)
    assert response.status_code == 200
    assert body == (served / name).read_bytes()
    assert set(response.headers) <= HEADERS, "no Last-Modified, no ETag, no cookie, nothing that times the answer"
    assert response.headers["Content-Length"] == str(len(body))


def test_the_headers_of_two_bundles_are_the_same_but_for_the_name(served):
    first, second = (dict(answer(f"tile/entries/00{number}")[0].headers) for number in range(2))
    assert first.pop("Content-Disposition") != second.pop("Content-Disposition")
    assert first == second


@pytest.mark.parametrize(
    "asked",
    [
        {"if-modified-since": "Mon, 23 Nov 2036 00:00:00 GMT"},
        {"if-none-match": "*"},
        {"range": "bytes=0-9"},
        {"accept-encoding": "gzip, br"},
    ],
)
def test_no_condition_range_or_encoding_changes_the_answer(asked, served):
    plain, body = answer("tile/entries/000")
    response, same = answer("tile/entries/000", **asked)
    assert (response.status_code, same, dict(response.headers)) == (200, body, dict(plain.headers))


def test_what_waits_and_what_is_half_written_is_not_served(served):
    (served / "tile" / "entries" / ".002.tmp").write_bytes(b"half")
    absent = [answer(name) for name in ("tile/entries/002", "tile/entries/.002.tmp", "tile/entries/002.p/7", "x")]
    assert {response.status_code for response, _ in absent} == {404}


def test_the_page_says_the_same_however_much_waits(db, data_folder, settings, tmp_path):
    import re

    from schoolgate.apps.ledger.models import StagedLeaf
    from schoolgate.apps.ledger.publishing import publish
    from schoolgate.apps.ledger.sealing import seal_period
    from schoolgate.apps.schools.models import District

    settings.LOG_FOLDER = tmp_path / "log"
    District.objects.create(name="A district", rulebook="boston")
    seal_period()
    publish()
    pages: list[str] = []
    queries: list[list[str]] = []
    for waiting in (0, 300):
        worlds.stage(waiting, worlds.BEGIN)
        assert StagedLeaf.objects.count() == waiting
        for address in ("/log/", "/public/"):
            with CaptureQueriesContext(connection) as asked:
                text = Client().get(address)
            queries.append([one["sql"] for one in asked])
            pages.append(re.sub(r'nonce[="-]+[\w+/=-]+|csrf[^>]*', "", text.content.decode()))
    assert pages[:2] == pages[2:]
    assert len(queries[0]) == 1, "the page about the log asks for the last checkpoint"
    assert [len(one) for one in queries[:2]] == [len(one) for one in queries[2:]]


@contextmanager
def gunicorn(folder, log):
    """The site's own server on the published log, without a database: no file of the log needs one."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = [sys.executable, "-m", "gunicorn", "schoolgate.wsgi:application", "--bind", f"127.0.0.1:{port}"]
    environment = bare_environment(SCHOOLGATE_VAR=folder, SCHOOLGATE_LOG_FOLDER=log, SCHOOLGATE_DEMO=1)
    running = subprocess.Popen(program, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline:
            try:
                attacker.fetch(f"http://127.0.0.1:{port}/log/checkpoint")
                break
            except OSError:
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/log"
    finally:
        running.terminate()
        running.wait(30)


def test_the_attacker_learns_nothing_from_the_real_server(tmp_path):
    log = published(tmp_path / "log")
    os.utime(log / "tile" / "entries" / "001", (HOUR + 17, HOUR + 17))
    with gunicorn(tmp_path, log) as address:
        look = attacker.look_at_url(address)
        again = attacker.fetch(f"{address}/tile/entries/000", **{"If-None-Match": "*", "Range": "bytes=0-1"})
    assert look.size == 512
    assert attacker.findings(look, every=3600) == [], "not even where a file bears a date that it should not"
    first, second = (look.files[f"tile/entries/00{number}"] for number in range(2))
    assert set(first.headers) - attacker.MOMENT_OF_ANSWER <= {one.lower() for one in HEADERS} | {"connection", "server"}
    assert again.data == first.data
    unlike = {"date", "content-disposition"}
    assert {k: v for k, v in first.headers.items() if k not in unlike} == {
        k: v for k, v in second.headers.items() if k not in unlike
    }


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format, *args):  # noqa: A002 - the library's name
        pass


@contextmanager
def mirror(folder):
    """Any web server, as a mirror would use: it sends the dates of the files."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_a_mirror_that_sends_dates_tells_the_schedule_and_one_of_files_dated_otherwise_is_caught(tmp_path):
    log = published(tmp_path / "log")
    with mirror(log) as address:
        look = attacker.look_at_url(address)
        assert look.files["tile/entries/000"].headers["last-modified"]
        assert attacker.findings(look, every=3600) == []
        os.utime(log / "tile" / "entries" / "001", (HOUR + 17, HOUR + 17))
        assert [one.channel for one in attacker.findings(attacker.look_at_url(address), every=3600)] == ["dates"]


def test_an_export_carries_no_date_but_the_schedules(tmp_path):
    log = published(tmp_path / "log")
    entries = logs.entries_of(768)
    chain = tlog.KeyChain.trusting(logs.KEY.verifying_key)
    tlog.write_folder(log, entries[512:], logs.signed(entries), chain=chain, first=512, modified=HOUR + 3600)
    dates = {path.stat().st_mtime for path in (log, *log.rglob("*"))}
    assert dates == {HOUR, HOUR + 3600}
    assert all(path.stat().st_mtime == HOUR + 3600 for path in (log, *log.rglob("*")) if path.is_dir())


def test_a_checkpoint_is_dated_and_shown_at_the_same_second_of_each_period_however_long_sealing_took(
    db, data_folder, settings, tmp_path, monkeypatch
):
    """The worker's own loop, on a clock that jumps where it sleeps and otherwise runs as it runs."""
    from schoolgate.apps.access import moment
    from schoolgate.apps.ledger import daily
    from schoolgate.apps.ledger.models import Checkpoint
    from schoolgate.cli import sequencer, worker

    settings.LOG_FOLDER = tmp_path / "log"
    settings.VAR = tmp_path
    jumped, read, woke, volumes = [0.0], [0.0], [], [0, 250, 0, 300]

    class Ended(Exception):  # noqa: N818 - how the test ends the loop
        pass

    def clock():
        read[0] = time.time() + jumped[0]
        return read[0]

    def jump(seconds):
        if len(woke) == 2 * len(volumes):
            raise Ended
        if len(woke) % 2 == 0:
            worlds.stage(volumes[len(woke) // 2], worlds.BEGIN)
        # As long after the clock was read, however slow this machine is.
        woke.append(read[0] + seconds)
        jumped[0] = woke[-1] - time.time()

    class Clock:
        time = staticmethod(clock)
        sleep = staticmethod(jump)

    monkeypatch.setattr(worker, "time", Clock)
    monkeypatch.setattr(moment.timezone, "now", lambda: datetime.fromtimestamp(clock(), tz=UTC))
    held: list[int] = []
    monkeypatch.setattr(sequencer, "_held", held)
    # Mails and stamps are under way elsewhere: a thread of theirs would not see what this test has not committed.
    with daily._running, pytest.raises(Ended):
        worker.worker(every=3600)
    for descriptor in held:
        os.close(descriptor)
    assert {round(when % 3600) % 3600 for when in woke[::2]} == {0}, "sealed when a period ends"
    assert {round(when % 3600) for when in woke[1::2]} == {60}, "shown a minute after"
    assert Checkpoint.objects.count() == len(volumes)
    assert {one.timestamp() % 3600 for one in Checkpoint.objects.values_list("sealed_at", flat=True)} == {0}
    assert {path.stat().st_mtime % 3600 for path in settings.LOG_FOLDER.rglob("*")} == {0}
