"""`schoolgate audit-log`, `schoolgate verify figures` and `schoolgate log openings`, as people run them."""

import json
import stat
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from typer.testing import CliRunner

from schoolgate.cli.main import make_app
from schoolgate.engines import tlog
from schoolgate.engines.tlog.statement import open_statement
from support.districts import RULES_FILE, busy
from support.logs import VKEY


def run(*arguments):
    return CliRunner(env={"COLUMNS": "240", "NO_COLOR": "1"}).invoke(
        make_app([str(arguments[0])]), list(map(str, arguments))
    )


@pytest.fixture
def desk(tmp_path):
    """An auditor's folder: the log, its openings, the figures, the rules and a key."""
    return laid_out(tmp_path, inflate=0)


def laid_out(folder, *, inflate):
    district = busy()
    data = district.publish(inflate=inflate)
    district.seal()
    district.write(folder / "log")
    (folder / "openings.jsonl").write_bytes(b"".join(district.lines()))
    (folder / "figures.json").write_bytes(data)
    (folder / "counting.toml").write_bytes(RULES_FILE)
    made = run("audit-log", "key", "audit.example/lee-park", "--out", folder / "auditor.key")
    assert made.exit_code == 0, made.output
    (folder / "auditor-key").write_text(made.stdout, encoding="utf-8")
    (folder / "log-key").write_text(VKEY, encoding="utf-8")
    return folder


def audited(folder, log=None, *more):
    return run(
        "audit-log",
        log or folder / "log",
        folder / "openings.jsonl",
        *("--figures", folder / "figures.json", "--rules", folder / "counting.toml", "--log-key", folder / "log-key"),
        *("--sign-with", folder / "auditor.key", "--out", folder / "statement.txt"),
        *more,
    )


def verified(folder, *more):
    return run(
        "verify",
        "figures",
        folder / "figures.json",
        *(
            "--statement",
            folder / "statement.txt",
            "--auditor",
            folder / "auditor-key",
            "--log-key",
            folder / "log-key",
        ),
        *more,
    )


def test_an_honest_log_is_signed_and_a_stranger_checks_it(desk):
    done = audited(desk)
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("Nothing is wrong: all 768 leaves")
    assert "copy_released" in done.stdout
    key = tlog.VerifyingKey.parse((desk / "auditor-key").read_text(encoding="utf-8").strip())
    assert open_statement((desk / "statement.txt").read_text(encoding="utf-8"), key).checkpoint.size == 768
    for more in ((), ("--log", desk / "log")):
        said = verified(desk, *more)
        assert said.exit_code == 0, said.output
        assert said.stdout.startswith("The figures verify: audit.example/lee-park opened all 768 entries")
    assert "your copy of the log" in said.stdout


def test_an_inflated_figure_ends_without_a_statement(tmp_path):
    folder = laid_out(tmp_path, inflate=3)
    done = audited(folder, None, "--json")
    said = json.loads(done.stdout)
    assert (done.exit_code, said["clean"], said["statement"]) == (1, False, None)
    assert "it shows 15, and the log has 12" in str(said["findings"])
    assert not (folder / "statement.txt").exists()


def test_a_changed_figure_is_told_to_the_stranger(desk):
    assert audited(desk).exit_code == 0
    figures = desk / "figures.json"
    figures.write_bytes(figures.read_bytes().replace(b'"local_police":12', b'"local_police":13', 1))
    said = verified(desk)
    assert said.exit_code == 1
    assert "do NOT verify" in said.stdout
    assert "the auditor does not name these figures" in said.stdout


def test_a_log_is_audited_at_its_address(desk):
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(desk / "log"))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        done = audited(desk, f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join()
    assert done.exit_code == 0, done.output


def test_what_cannot_be_begun_is_told(desk):
    assert "give both" in run("audit-log", desk / "log", desk / "openings.jsonl", "--figures", desk / "figures.json",
                              "--rules", desk / "counting.toml", "--log-key", VKEY, "--out", "x").output  # fmt: skip
    lines = (desk / "openings.jsonl").read_bytes()
    (desk / "openings.jsonl").write_bytes(lines.replace(b'"size":768', b'"size":512', 1))
    done = audited(desk)
    assert done.exit_code == 2
    assert "--at 768" in done.output
    (desk / "openings.jsonl").write_bytes(b"{}\n")
    assert "does not begin with a line of the format" in audited(desk).output


def test_the_signing_key_is_the_auditors_alone(desk):
    assert stat.S_IMODE((desk / "auditor.key").stat().st_mode) == 0o600
    again = run("audit-log", "key", "audit.example/lee-park", "--out", desk / "auditor.key")
    assert again.exit_code == 2, "a key is never written over"


@pytest.mark.django_db
def test_openings_are_written_for_their_owner_alone_and_that_is_in_the_read_log(cast, settings, tmp_path):
    from schoolgate.apps.ledger.models import Reading
    from schoolgate.apps.ledger.sealing import seal_period

    settings.LOG_FOLDER = tmp_path / "log"
    none = run("log", "openings", "--out", tmp_path / "o")
    assert (none.exit_code, "no period has been sealed" in none.output) == (2, True)
    seal_period()
    assert "no checkpoint of this size" in run("log", "openings", "--out", tmp_path / "o", "--at", 5).output
    done = run("log", "openings", "--out", tmp_path / "o")
    assert done.exit_code == 0, done.output
    assert stat.S_IMODE((tmp_path / "o").stat().st_mode) == 0o600
    lines = (tmp_path / "o").read_bytes().splitlines()
    assert (len(lines), json.loads(lines[0])["size"]) == (257, 256)
    assert Reading.objects.filter(subject="log:256").count() == 1
