"""A witness that we did not write cosigns our log; our witness answers a client that we did not write."""

from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import aics_tlog
import pytest
from aics_witness import LogConfig, Witness, WitnessError, WitnessStore, merge_cosignatures
from aics_witness.protocol import format_add_checkpoint_request, parse_signature_lines, parse_size_body
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from schoolgate.engines import tlog
from support.foreign import NOON, WITNESS_KEYS, PublishedLog, forked
from support.logs import KEY, VKEY

OURS = WITNESS_KEYS[0]


@pytest.fixture
def theirs(tmp_path: Path) -> Iterator[Witness]:
    """Their witness, which knows our log and saw nothing of it."""
    with WitnessStore(tmp_path / "witness.sqlite", create=True) as store:
        key = Ed25519PrivateKey.from_private_bytes(bytes(range(60, 92)))
        logs = [LogConfig.from_strings(KEY.name, [VKEY])]
        yield Witness("witness.aics.example", key, store, logs, clock=lambda: NOON)


def refused(witness: Witness, body: bytes) -> tuple[int, bytes | None]:
    with pytest.raises(WitnessError) as caught:
        witness.add_checkpoint(body)
    return caught.value.status, caught.value.body


def test_their_witness_cosigns_our_log_and_we_read_its_signature(theirs: Witness, log: PublishedLog) -> None:
    key = tlog.VerifyingKey.parse(theirs.vkey_text)
    for submission in log.submissions:
        line = theirs.add_checkpoint(submission.body).decode()
        opened = tlog.open_checkpoint(submission.note + line, KEY.verifying_key, witnesses=[key])
        assert [(each.key, each.time) for each in opened.witnesses] == [(key, NOON)]
        shown = theirs.latest_checkpoint(tlog.origin_hash(KEY.name))
        assert shown
        assert tlog.open_checkpoint(shown.decode(), KEY.verifying_key, witnesses=[key]).checkpoint == opened.checkpoint


def test_their_witness_refuses_our_forks(theirs: Witness, log: PublishedLog) -> None:
    first, second = log.submissions
    theirs.add_checkpoint(first.body)
    tree, note = forked(log)
    fork = tlog.Submission(300, tlog.consistency_proof(300, 700, tree), note)
    assert refused(theirs, fork.body)[0] == 422
    _, same_size = forked(log, size=300)
    assert refused(theirs, tlog.Submission(300, (), same_size).body)[0] == 422
    assert refused(theirs, tlog.Submission(299, second.proof, second.note).body) == (409, b"300\n")
    theirs.add_checkpoint(second.body)


def our_witness(folder: Path) -> tlog.Witness:
    return tlog.Witness(OURS, {KEY.name: [KEY.verifying_key]}, tlog.WitnessMemory(folder), lambda: NOON)


def test_our_witness_answers_their_client(log: PublishedLog, tmp_path: Path) -> None:
    witness = our_witness(tmp_path)
    for old, submission in zip((0, 300), log.submissions, strict=True):
        body = format_add_checkpoint_request(old, list(submission.proof), submission.note.encode())
        assert body == submission.body
        answer = witness.add_checkpoint(body)
        assert answer.status is HTTPStatus.OK
        assert [line.name for line in parse_signature_lines(answer.body)] == [OURS.name]
        merged = aics_tlog.parse_note(merge_cosignatures(submission.note, answer.body))
        keys = [aics_tlog.parse_vkey(OURS.verifying_key.text)]
        assert aics_tlog.verify_checkpoint(merged, aics_tlog.parse_vkey(VKEY), keys, 1).ok
    conflict = witness.add_checkpoint(log.submissions[0].body)
    assert conflict.status is HTTPStatus.CONFLICT
    assert parse_size_body(conflict.body.encode()) == 700


def test_both_witnesses_give_the_same_status(theirs: Witness, log: PublishedLog, tmp_path: Path) -> None:
    ours = our_witness(tmp_path / "ours")
    first, second = log.submissions
    theirs.add_checkpoint(first.body)
    assert ours.add_checkpoint(first.body).status is HTTPStatus.OK
    head, _, signature = second.note.rpartition("\n\n")
    other_origin = tlog.SigningKey("log.other.example", KEY.seed)
    stranger = tlog.sign_checkpoint(tlog.Checkpoint(other_origin.name, 700, log.opened.root), other_origin)
    shorter = tlog.sign_checkpoint(tlog.Checkpoint(KEY.name, 5, log.tree.root(5)), KEY)
    bodies = [
        b"",
        b"old 300\n",
        b"old 0300\n\n" + second.note.encode(),
        b"old +300\n\n" + second.note.encode(),
        b"old 300\n!!!\n\n" + second.note.encode(),
        b"old 300\nAAAA\n\n" + second.note.encode(),
        b"old 300\n" + b"A" * 43 + b"=\n" * 64 + b"\n" + second.note.encode(),
        second.body.replace(b"\n", b"\r\n"),
        second.body[:-1],
        tlog.Submission(300, second.proof, stranger).body,
        tlog.Submission(300, second.proof, f"{head}\n\n{signature[:-8]}AAAA{signature[-4:]}").body,
        tlog.Submission(300, second.proof, f"{log.opened.text}\n\u2014 stranger.example AAAAAAAAAAAA\n").body,
        tlog.Submission(300, second.proof, shorter).body,
        tlog.Submission(0, (), second.note).body,
        tlog.Submission(700, (), second.note).body,
        tlog.Submission(300, second.proof[:-1], second.note).body,
        tlog.Submission(300, (*second.proof, bytes(32)), second.note).body,
        tlog.Submission(300, second.proof[::-1], second.note).body,
    ]
    for body in bodies:
        assert ours.add_checkpoint(body).status == refused(theirs, body)[0], body
