"""`schoolgate witness`, as a log and a monitor meet it: over HTTP, killed, with other people's programs."""

import http.client
import socket
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http import HTTPStatus
from pathlib import Path

import aics_tlog
import aics_witness
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner, Result

from schoolgate.cli.fetching import ask
from schoolgate.cli.witness import MAX_REQUEST_BYTES, WitnessServer, app
from schoolgate.engines import tlog
from support.logs import KEY, ORIGIN, VKEY, entries_of, signed
from support.serving import WitnessProcess, running

ENTRIES = entries_of(600)
W_KEY = tlog.SigningKey("witness.example/w1", bytes(range(40, 72)), tlog.KeyKind.COSIGNATURE)
HASH = tlog.origin_hash(ORIGIN)


def now() -> int:
    return int(time.time())


def body(old: int, new: int, entries: list[bytes] = ENTRIES) -> bytes:
    proof = tlog.consistency_proof(old, new, tlog.MemoryTree(entries[:new]))
    return tlog.Submission(old, proof, signed(entries[:new])).body


@contextmanager
def witness_at(folder: Path, prefix: str = "") -> Iterator[str]:
    made = tlog.Witness(W_KEY, {ORIGIN: [KEY.verifying_key]}, tlog.WitnessMemory(folder), now)
    with running(WitnessServer(("127.0.0.1", 0), made, prefix)) as url:
        yield url


def key_file(folder: Path) -> Path:
    file = folder / "witness-key"
    file.write_text(W_KEY.secret_text + "\n")
    file.chmod(0o600)
    return file


def command(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments])


def test_a_key_is_for_its_owner_alone_and_never_replaced(tmp_path):
    file = tmp_path / "key"
    made = command("key", "witness.example/w1", "--out", file)
    assert made.exit_code == 0, made.output
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    secret = tlog.SigningKey.parse(file.read_text().strip())
    assert (secret.kind, secret.verifying_key.text) == (tlog.KeyKind.COSIGNATURE, made.stdout.strip())
    assert secret.secret_text not in made.output
    again = command("key", "witness.example/w1", "--out", file)
    assert (again.exit_code, "never replaced" in again.stderr) == (2, True)
    assert command("key", "a b", "--out", tmp_path / "b").exit_code == 2
    assert file.read_text().strip() == secret.secret_text


def test_killed_at_any_moment_it_remembers_what_it_answered(tmp_path):
    """A real process; SIGKILL while it is asked; each time it must know all that it ever answered."""
    other = entries_of(600, "other")
    with WitnessProcess("--key", key_file(tmp_path), "--log", VKEY, "--memory", tmp_path / "seen") as process:
        assert ask(f"{process.url}/add-checkpoint", body(0, 1)).status == HTTPStatus.OK
        answered = 1
        for after in (0.04, 0.11):
            killer = threading.Timer(after, process.kill)
            killer.start()
            for size in range(answered + 1, 600):
                try:
                    reply = ask(f"{process.url}/add-checkpoint", body(answered, size))
                except OSError:
                    break
                assert reply.status == HTTPStatus.OK
                answered = size
            killer.join()
            process.start()
            seen = int(ask(f"{process.url}/{HASH}/checkpoint").body.split(b"\n")[1])
            assert seen in {answered, answered + 1}, "what was answered was forgotten"
            assert ask(f"{process.url}/add-checkpoint", body(0, 600, other)).body == f"{seen}\n".encode()
            refused = ask(f"{process.url}/add-checkpoint", body(seen, 600, other))
            assert refused.status == HTTPStatus.UNPROCESSABLE_ENTITY
            answered = seen
        assert process.end() == 0


def test_what_it_refuses_to_start_with(tmp_path):
    file = key_file(tmp_path)

    def said(*arguments: object) -> str:
        ended = command("serve", *arguments)
        assert ended.exit_code == 2, ended.output
        return ended.stderr

    memory = ("--memory", tmp_path / "seen")
    assert "give --log KEY" in said("--key", file, *memory)
    assert "id in the verifying key" in said("--key", file, *memory, "--log", VKEY.replace("log.", "lag."))
    log_key = tmp_path / "log-key"
    log_key.write_text(KEY.secret_text)
    log_key.chmod(0o600)
    assert "type 04" in said("--key", log_key, *memory, "--log", VKEY)
    (tmp_path / "seen").mkdir()
    (tmp_path / "seen" / "witness").write_text("witness.example/w2+0+A\n")
    assert "another witness" in said("--key", file, *memory, "--log", VKEY)
    (tmp_path / "seen" / "witness").unlink()
    (tmp_path / "seen" / f"{HASH}.checkpoint").write_text("x")
    assert "not whose it is" in said("--key", file, *memory, "--log", VKEY)
    file.chmod(0o640)
    assert "chmod 600" in said("--key", file, *memory, "--log", VKEY)


def test_many_requests_on_one_connection(tmp_path):
    with witness_at(tmp_path, "w1") as url, closing(http.client.HTTPConnection(url.removeprefix("http://"))) as line:
        for path, sent, status in (
            ("/w1/add-checkpoint", body(0, 5), 200),
            ("/w1/add-checkpoint", body(5, 9), 200),
            ("/w1/add-checkpoint", body(5, 9), 409),
            (f"/w1/{HASH}/checkpoint", None, 200),
        ):
            line.request("POST" if sent else "GET", path, sent)
            answer = line.getresponse()
            text = answer.read()
            assert answer.status == status
            assert not answer.will_close
            if status == 409:
                assert (text, answer.headers["Content-Type"]) == (b"9\n", "text/x.tlog.size")
        assert tlog.open_checkpoint(text.decode(), KEY.verifying_key, witnesses=[W_KEY.verifying_key]).witnesses


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("POST /add-checkpoint HTTP/1.1\r\nHost: w\r\n", 411),
        ("POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nTransfer-Encoding: chunked\r\n", 411),
        ("POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: -1\r\n", 411),
        (f"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: {MAX_REQUEST_BYTES + 1}\r\n", 413),
        (f"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: {'9' * 5000}\r\n", 413),
        ("POST /elsewhere HTTP/1.1\r\nHost: w\r\nContent-Length: 5\r\n", 404),
        ("GET / HTTP/1.1\r\nHost: w\r\n", 404),
        (f"GET /../{HASH}/checkpoint HTTP/1.1\r\nHost: w\r\n", 404),
        (f"GET /{HASH}/checkpoint HTTP/1.1\r\nHost: w\r\n", 404),
        ("DELETE /add-checkpoint HTTP/1.1\r\nHost: w\r\n", 501),
    ],
)
def test_requests_that_are_none(tmp_path, head, status):
    with witness_at(tmp_path) as url:
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=10) as line:
            line.sendall(f"{head}\r\n".encode())
            first = line.makefile("rb").readline()
        assert str(status).encode() in first, first
        assert ask(f"{url}/add-checkpoint", body(0, 5)).status == 200, "and it goes on"


@pytest.mark.parametrize("begin", ["POST /add-ch", "POST /add-checkpoint HTTP/1.1\r\nContent-Length: 500\r\n\r\nold"])
def test_a_client_that_drips_is_given_up(tmp_path, monkeypatch, begin):
    monkeypatch.setattr("schoolgate.cli.witness.REQUEST_SECONDS", 0.3)
    with witness_at(tmp_path) as url:
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=10) as line:
            line.sendall(begin.encode())
            began = time.monotonic()
            while time.monotonic() - began < 8:
                try:
                    line.sendall(b"x")
                except OSError:
                    break
                time.sleep(0.05)
            assert time.monotonic() - began < 8, "each byte came in time, the whole did not"
        assert ask(f"{url}/add-checkpoint", body(0, 5)).status == 200


def test_what_it_cannot_remember_is_answered_503(tmp_path):
    with witness_at(tmp_path) as url:
        ask(f"{url}/add-checkpoint", body(0, 5))
        (file,) = tmp_path.glob("*.checkpoint")
        for damage in (lambda: file.write_bytes(b"\xff"), file.unlink):
            damage()
            assert ask(f"{url}/add-checkpoint", body(0, 9)).status == 503


def test_two_logs_that_ask_at_once_over_http(tmp_path):
    with witness_at(tmp_path) as url:
        replies = {}

        def submit(size: int) -> None:
            replies[size] = ask(f"{url}/add-checkpoint", body(0, size))

        both = [threading.Thread(target=submit, args=(size,)) for size in (300, 500)]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
        assert sorted(reply.status for reply in replies.values()) == [200, 409]
        (won,) = [size for size, reply in replies.items() if reply.status == 200]
        assert replies[800 - won].body == f"{won}\n".encode()


def test_their_client_gets_our_cosignature_for_their_log(tmp_path):
    """A log written and signed by aics-tlog asks our witness through the client of aics-witness, and grows."""
    secret = Ed25519PrivateKey.from_private_bytes(bytes(range(80, 112)))
    origin = "log.aics.example"
    key = aics_tlog.vkey_from_ed25519(origin, secret.public_key())
    verifying = tlog.VerifyingKey.parse(aics_tlog.format_vkey(key))
    made = tlog.Witness(W_KEY, {origin: [verifying]}, tlog.WitnessMemory(tmp_path), now)
    ours = aics_tlog.parse_vkey(W_KEY.verifying_key.text)
    store = aics_tlog.MemoryTileStore()
    writer = aics_tlog.IncrementalTileWriter(store)
    with running(WitnessServer(("127.0.0.1", 0), made)) as url, aics_witness.WitnessClient(url, ours) as client:
        for entries in (ENTRIES[:100], ENTRIES[100:300], ENTRIES[300:]):
            writer.append(entries)
            checkpoint = aics_tlog.Checkpoint(origin, writer.size, writer.root())
            note = aics_tlog.sign_checkpoint(checkpoint, secret, origin)
            tree = tlog.MemoryTree(ENTRIES[: writer.size])
            lines = client.submit(
                note.serialise(), lambda old, new, tree=tree: list(tlog.consistency_proof(old, new, tree))
            )
            merged = aics_tlog.parse_note(aics_witness.merge_cosignatures(note.serialise(), lines))
            assert aics_tlog.verify_checkpoint(merged, key, [ours], 1).ok


def test_their_witness_answers_our_log_over_http(tmp_path):
    """What the district sends is understood by aics-witness; what it answers is understood here."""
    log = aics_witness.LogConfig.from_strings(ORIGIN, [VKEY])
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(60, 92)))
    with aics_witness.WitnessStore(tmp_path / "witness.sqlite", create=True) as store:
        theirs = aics_witness.Witness("witness.aics.example", key, store, [log])
        with running(aics_witness.make_server(theirs, "127.0.0.1", 0)) as url:
            verifying = tlog.VerifyingKey.parse(theirs.vkey_text)
            for old, new in ((0, 256), (256, 512)):
                conflict = ask(f"{url}/add-checkpoint", body(new, new))
                assert (conflict.status, conflict.content_type) == (409, "text/x.tlog.size")
                reply = ask(f"{url}/add-checkpoint", body(old, new))
                assert reply.status == 200
                note = signed(ENTRIES[:new]) + reply.body.decode()
                assert tlog.open_checkpoint(note, KEY.verifying_key, witnesses=[verifying]).witnesses
            shown = ask(f"{url}/{HASH}/checkpoint").body.decode()
            assert tlog.open_checkpoint(shown, KEY.verifying_key, witnesses=[verifying]).checkpoint.size == 512
