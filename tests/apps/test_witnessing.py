"""The district asks its witnesses: what they sign is published, what they know better stops it, nothing else does."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from aics_witness import LogConfig, WitnessStore, make_server
from aics_witness import Witness as TheirWitness
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction

from schoolgate.apps.ledger.keys import keys
from schoolgate.apps.ledger.models import Cosignature
from schoolgate.apps.ledger.publishing import publish
from schoolgate.apps.ledger.sealing import seal_period
from schoolgate.apps.ledger.selectors import latest_checkpoint
from schoolgate.apps.ledger.sequencing import LogProblem
from schoolgate.apps.ledger.witnessing import (
    SIZE_TYPE,
    Asked,
    collect_cosignatures,
    compare_with_witnesses,
    require_going,
)
from schoolgate.cli.fetching import Reply, ask
from schoolgate.cli.witness import WitnessServer
from schoolgate.engines import tlog
from support.commands import bare_environment
from support.serving import running

pytestmark = pytest.mark.django_db
KEYS = [tlog.SigningKey(f"w{one}.example", bytes([one]) * 32, tlog.KeyKind.COSIGNATURE) for one in (1, 2)]


@dataclass
class Witnesses:
    """Two witnesses that know the log, asked without a network in between; each can be made to behave otherwise."""

    made: dict[str, tlog.Witness]
    behaving: dict[str, Callable[[str, bytes | None], Reply]]
    asked: list[tuple[str, int]]

    def __call__(self, url: str, body: bytes | None) -> Reply:
        name = next(each for each in self.made if url.startswith(f"https://{each}/"))
        if name in self.behaving:
            return self.behaving[name](url, body)
        return self.honest(url, body)

    def honest(self, url: str, body: bytes | None) -> Reply:
        """What the witness of that address answers."""
        name = next(each for each in self.made if url.startswith(f"https://{each}/"))
        if body is None:
            answer = self.made[name].latest(url.split("/")[-2])
        else:
            self.asked.append((name, tlog.Submission.parse(body).old_size))
            answer = self.made[name].add_checkpoint(body)
        return Reply(answer.status, answer.content_type.partition(";")[0], answer.body.encode())


@pytest.fixture
def policy(settings, tmp_path) -> None:
    settings.LOG_FOLDER = tmp_path / "log"
    settings.LOG_POLICY = tmp_path / "log-policy"
    settings.VAR = tmp_path
    lines = [f"witness {key.name} {key.verifying_key.text} https://{key.name}/prefix/" for key in KEYS]
    settings.LOG_POLICY.write_text("\n".join([*lines, "quorum none"]))


@pytest.fixture
def witnesses(policy, cast, tmp_path, settings) -> Witnesses:
    made = {}
    for key in KEYS:
        known = {settings.LOG_ORIGIN: [keys().signing_keys[0].verifying_key]}
        made[key.name] = tlog.Witness(
            key, known, tlog.WitnessMemory(tmp_path / f"memory-{key.name}"), lambda: int(time.time())
        )
    return Witnesses(made, {}, [])


def published(settings) -> tlog.OpenedCheckpoint:
    note = tlog.read_checkpoint(settings.LOG_FOLDER)
    return tlog.open_with_chain(note, keys().chain, witnesses=[key.verifying_key for key in KEYS])


def test_without_a_policy_nobody_is_asked(policy, cast, settings):
    settings.LOG_POLICY.unlink()
    seal_period()
    assert collect_cosignatures(lambda *_: pytest.fail("nobody is to be asked")) == []
    assert compare_with_witnesses(lambda *_: pytest.fail("nobody is to be asked")) == []


def test_what_witnesses_sign_is_kept_and_published(witnesses, settings):
    for size in (256, 512, 768):
        seal_period()
        publish()
        assert published(settings).witnesses == ()
        assert collect_cosignatures(witnesses) == [Asked("w1.example", ""), Asked("w2.example", "")]
        shown = published(settings)
        assert shown.checkpoint.size == size
        assert {each.key.name for each in shown.witnesses} == {"w1.example", "w2.example"}
    assert witnesses.asked == [(name, old) for old in (0, 256, 512) for name in ("w1.example", "w2.example")]
    assert collect_cosignatures(witnesses) == [], "who has signed is not asked again"
    assert tlog.verify_folder(settings.LOG_FOLDER, keys().verifying_key).valid
    assert compare_with_witnesses(witnesses) == [Asked("w1.example", ""), Asked("w2.example", "")]


def test_a_witness_that_signed_what_was_not_kept_signs_again(witnesses):
    """The worker was killed after the answer: crash point f."""
    seal_period()
    witnesses.made["w1.example"].add_checkpoint(tlog.Submission(0, (), latest_checkpoint().note).body)
    assert [one.problem for one in collect_cosignatures(witnesses)] == ["", ""]
    assert witnesses.asked[:2] == [("w1.example", 0), ("w1.example", 256)]


def test_a_witness_that_was_away_is_shown_all_it_missed(witnesses, settings):
    def away(*_: object) -> Reply:
        raise OSError("down")

    witnesses.behaving["w2.example"] = away
    for _ in range(3):
        seal_period()
        assert collect_cosignatures(witnesses) == [Asked("w1.example", ""), Asked("w2.example", "down")]
        assert [each.key.name for each in published(settings).witnesses] == ["w1.example"]
    del witnesses.behaving["w2.example"]
    assert collect_cosignatures(witnesses) == [Asked("w2.example", "")]
    assert Cosignature.objects.filter(witness=KEYS[1].verifying_key.text).count() == 1


def cosigned_at(moment: float, key: tlog.SigningKey = KEYS[0]) -> bytes:
    text = tlog.Note.parse(latest_checkpoint().note).text
    return f"{tlog.SignatureLine(key.name, key.verifying_key.id, key.cosign(text, int(moment))).text}\n".encode()


USELESS = {
    "an error": lambda: Reply(500, "text/plain", b"no"),
    "a redirect": lambda: Reply(302, "text/plain", b""),
    "nothing": lambda: Reply(200, "text/plain", b""),
    "no text": lambda: Reply(200, "text/plain", b"\xff"),
    "another text": lambda: Reply(200, "text/plain", b"x\n\n" + cosigned_at(time.time())),
    "somebody else's signature": lambda: Reply(200, "text/plain", cosigned_at(time.time(), KEYS[1])),
    "a signature of the past checkpoint": lambda: Reply(
        200, "text/plain", cosigned_at(5).replace(b"AAAAAA", b"AAAAAB")
    ),
    "the future": lambda: Reply(200, "text/plain", cosigned_at(time.time() + 1000)),
    "a size that is none": lambda: Reply(409, SIZE_TYPE, b"-1\n"),
    "a size of another type": lambda: Reply(409, "text/plain", b"999999\n"),
    "a smaller size again and again": lambda: Reply(409, SIZE_TYPE, b"0\n"),
}


@pytest.mark.parametrize("answer", USELESS)
def test_a_witness_that_is_of_no_use_stops_nothing(witnesses, settings, answer):
    seal_period()
    witnesses.behaving["w1.example"] = lambda _, body: USELESS[answer]() if body else Reply(404, "text/plain", b"")
    first, second = collect_cosignatures(witnesses)
    assert first.problem
    assert second == Asked("w2.example", "")
    assert [each.key.name for each in published(settings).witnesses] == ["w2.example"]
    require_going()
    assert seal_period().size == 512


def test_lines_of_others_in_an_answer_are_passed_over(witnesses, settings):
    seal_period()
    witnesses.behaving["w1.example"] = lambda *_: Reply(
        200, "text/plain", cosigned_at(time.time(), KEYS[1]) + cosigned_at(time.time())
    )
    assert collect_cosignatures(witnesses)[0] == Asked("w1.example", "")
    kept = Cosignature.objects.get(witness=KEYS[0].verifying_key.text)
    assert kept.line.startswith("\u2014 w1.example ")


@contextmanager
def lost_afterwards(settings) -> Iterator[None]:
    """What is written in the block is lost by an old backup, of the database and of the published folder."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    settings.LOG_FOLDER.rename(settings.LOG_FOLDER.with_name("lost"))


def test_a_database_from_an_old_backup_is_found_before_anything_is_signed(witnesses, settings, tmp_path):
    seal_period()
    collect_cosignatures(witnesses)
    with lost_afterwards(settings):
        seal_period()
        collect_cosignatures(witnesses)
    with pytest.raises(LogProblem, match="512 signed entries of this log and the database holds 256"):
        compare_with_witnesses(witnesses)
    with pytest.raises(LogProblem, match="older backup"):
        require_going()
    evidence = (tmp_path / "log-stopped").read_text().partition("\n\n")[2]
    assert tlog.open_with_chain(evidence, keys().chain).checkpoint.size == 512
    (tmp_path / "log-stopped").unlink()
    require_going()


def test_a_fork_after_an_old_backup_is_found_by_the_first_witness_that_is_asked(witnesses, settings):
    """At the start no witness could be reached, so a period was sealed over one that had been."""
    seal_period()
    collect_cosignatures(witnesses)
    with lost_afterwards(settings):
        seal_period()
        collect_cosignatures(witnesses)
    seal_period()
    with pytest.raises(LogProblem, match="another signed tree of 512 entries"):
        collect_cosignatures(witnesses)
    with pytest.raises(LogProblem, match="forked"):
        require_going()


def test_a_witness_that_says_it_is_ahead_is_believed(witnesses, settings):
    seal_period()
    witnesses.behaving["w1.example"] = lambda _, body: (
        Reply(409, SIZE_TYPE, b"1024\n") if body else Reply(404, "text/plain", b"")
    )
    with pytest.raises(LogProblem, match="has seen 1024 entries of this log and the database holds 256"):
        collect_cosignatures(witnesses)
    with pytest.raises(LogProblem):
        require_going()


def test_unless_what_it_shows_says_otherwise(witnesses, settings):
    seal_period()
    collect_cosignatures(witnesses)
    seal_period()
    witnesses.behaving["w1.example"] = lambda url, body: (
        Reply(409, SIZE_TYPE, b"1024\n") if body else witnesses.honest(url, None)
    )
    first, second = collect_cosignatures(witnesses)
    assert "shows only 256" in first.problem
    assert second.problem == ""
    require_going()


def test_a_witness_cannot_stop_the_log_with_what_it_signed_itself(witnesses, settings):
    """A larger checkpoint that this log did not sign accuses the witness alone."""
    seal_period()
    other = tlog.SigningKey(settings.LOG_ORIGIN, bytes(32))
    forged = tlog.sign_checkpoint(tlog.Checkpoint(settings.LOG_ORIGIN, 999, bytes(32)), other)
    witnesses.behaving["w1.example"] = lambda *_: Reply(200, "text/plain", forged.encode())
    first, second = compare_with_witnesses(witnesses)
    assert "did not sign" in first.problem
    assert second.problem == ""
    require_going()


def test_a_policy_that_cannot_be_read_is_told(witnesses, settings):
    settings.LOG_POLICY.write_text("quorum nobody")
    seal_period()
    with pytest.raises(LogProblem, match="not defined above"):
        collect_cosignatures(witnesses)


def test_over_http_with_our_witness_and_one_that_others_wrote(witnesses, settings, tmp_path):
    log = LogConfig.from_strings(settings.LOG_ORIGIN, [keys().verifying_key])
    secret = Ed25519PrivateKey.from_private_bytes(bytes(range(60, 92)))
    with WitnessStore(tmp_path / "witness.sqlite", create=True) as store:
        theirs = TheirWitness("witness.aics.example", secret, store, [log])
        with (
            running(make_server(theirs)) as their_url,
            running(WitnessServer(("127.0.0.1", 0), witnesses.made["w1.example"])) as our_url,
        ):
            settings.LOG_POLICY.write_text(
                f"witness ours {KEYS[0].verifying_key.text} {our_url}\n"
                f"witness theirs {theirs.vkey_text} {their_url}\nquorum none\n"
            )
            patient = partial(ask, timeout=5.0, limit=100_000)
            for _ in range(2):
                seal_period()
                assert [one.problem for one in collect_cosignatures(patient)] == ["", ""]
            assert [one.problem for one in compare_with_witnesses(patient)] == ["", ""]
    note = tlog.read_checkpoint(settings.LOG_FOLDER)
    signers = [KEYS[0].verifying_key, tlog.VerifyingKey.parse(theirs.vkey_text)]
    opened = tlog.open_with_chain(note, keys().chain, witnesses=signers)
    assert (opened.checkpoint.size, len(opened.witnesses)) == (512, 2)


def test_the_worker_refuses_while_the_log_is_stopped(commands, installed, tmp_path):
    """A real worker: it seals while a witness is down, and not at all once the log was stopped."""
    folder = Path(shutil.copytree(installed, tmp_path / "var"))
    key = KEYS[0].verifying_key.text
    (folder / "log-policy").write_text(f"witness w {key} http://127.0.0.1:1/\nquorum none\n")
    environment = bare_environment(SCHOOLGATE_VAR=folder)
    done = commands.run("worker", "--once", environment=environment)
    assert done.returncode == 0, done.stderr
    assert "Sealed a period: the log now holds 256 entries." in done.stdout
    assert "Not cosigned by the witness w1.example" in done.stdout
    (folder / "log-stopped").write_text("the witness has seen more.\n\n")
    refused = commands.run("worker", "--once", environment=environment)
    assert refused.returncode == 3
    assert "the witness has seen more" in refused.stderr
    assert "log-stopped" in refused.stderr
