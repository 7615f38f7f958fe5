"""A witness: every status of the specification, and no two trees with one honest cosignature."""

import errno
import threading
from collections.abc import Callable
from http import HTTPStatus
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schoolgate.engines import tlog
from support.logs import KEY, ORIGIN, OTHER_KEY, TRIALS, entries_of, signed, vectors

W_KEY = tlog.SigningKey("witness.example/w1", bytes(range(40, 72)), tlog.KeyKind.COSIGNATURE)
ENTRIES = entries_of(40)
FORK = [*ENTRIES[:3], *entries_of(37, "other")]
NOON = 1_800_000_000
EXAMPLES = settings(max_examples=2 * TRIALS, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def witness(folder: Path, clock: Callable[[], int] = lambda: NOON, key: tlog.SigningKey = W_KEY) -> tlog.Witness:
    return tlog.Witness(key, {ORIGIN: [KEY.verifying_key]}, tlog.WitnessMemory(folder), clock)


def body(old: int, new: int, entries: list[bytes] = ENTRIES, key: tlog.SigningKey = KEY) -> bytes:
    """The submission of the first `new` entries, with the proof from the first `old`."""
    proof = tlog.consistency_proof(old, new, tlog.MemoryTree(entries)) if old <= new else ()
    return tlog.Submission(old, proof, signed(entries[:new], key)).body


def changed(text: bytes, old: bytes, new: bytes) -> bytes:
    assert old in text
    return text.replace(old, new, 1)


def test_the_published_sequence(tmp_path):
    given_by = vectors("witness-sequence")
    key = tlog.VerifyingKey.parse(given_by["log"])
    asked = tlog.Witness(W_KEY, {key.name: [key]}, tlog.WitnessMemory(tmp_path), lambda: NOON)
    for request in given_by["requests"]:
        answer = asked.add_checkpoint(request["body"].encode())
        assert answer.status == request["statusBySpec1.0.0"], request
        if answer.status == HTTPStatus.CONFLICT:
            assert request["assert"] == f"body == {answer.body!r}".replace("'", '"')
            assert answer.content_type == "text/x.tlog.size"
        if answer.status == HTTPStatus.OK:
            tlog.open_note(request["body"].partition("\n\n")[2] + answer.body, [W_KEY.verifying_key])


def test_the_published_requests(tmp_path):
    given_by = vectors("generated-log")
    key = tlog.VerifyingKey.parse(given_by["log"])
    for number, case in enumerate(given_by["addCheckpoint"]):
        asked = tlog.Witness(W_KEY, {key.name: [key]}, tlog.WitnessMemory(tmp_path / str(number)), lambda: NOON)
        if case["witnessHas"]:
            assert asked.add_checkpoint(b"old 0\n\n" + case["witnessHas"].encode()).status == HTTPStatus.OK
        assert asked.add_checkpoint(case["body"].encode()).status == case["status"]


def test_what_it_signs_and_shows(tmp_path):
    asked = witness(tmp_path)
    answer = asked.add_checkpoint(body(0, 5))
    note = signed(ENTRIES[:5]) + answer.body
    opened = tlog.open_checkpoint(note, KEY.verifying_key, witnesses=[W_KEY.verifying_key])
    assert [one.time for one in opened.witnesses] == [NOON]
    assert asked.latest(tlog.origin_hash(ORIGIN)).body == note
    for other in ("", "../" * 20, tlog.origin_hash("another"), tlog.origin_hash(ORIGIN).upper()):
        assert asked.latest(other).status == HTTPStatus.NOT_FOUND


EMPTY = tlog.sign_note(f"{ORIGIN}\n0\n{'A' * 43}=\n", [KEY])
REFUSED = {
    "nothing": (b"", HTTPStatus.BAD_REQUEST),
    "no old size": (changed(body(5, 9), b"old 5", b"new 5"), HTTPStatus.BAD_REQUEST),
    "a size written in another way": (changed(body(5, 9), b"old 5", b"old 05"), HTTPStatus.BAD_REQUEST),
    "an old size above the new": (body(9, 6), HTTPStatus.BAD_REQUEST),
    "a hash that is too short": (changed(body(5, 9), b"\n\n", b"\nAAAA\n\n"), HTTPStatus.BAD_REQUEST),
    "64 hashes": (b"old 5\n" + (b"A" * 43 + b"=\n") * 64 + b"\n" + signed(ENTRIES).encode(), HTTPStatus.BAD_REQUEST),
    "too much": (body(5, 9) + b"x" * 1_000_000, HTTPStatus.BAD_REQUEST),
    "no UTF-8": (body(5, 9) + b"\xff\n", HTTPStatus.BAD_REQUEST),
    "a wrong signature of the log": (changed(body(5, 9), b"\n9\n", b"\n8\n"), HTTPStatus.FORBIDDEN),
    "another key of that name": (body(5, 9, key=OTHER_KEY), HTTPStatus.FORBIDDEN),
    "a log it does not know": (changed(body(5, 9), ORIGIN.encode(), b"elsewhere"), HTTPStatus.NOT_FOUND),
    "another old size": (body(4, 9), HTTPStatus.CONFLICT),
    "old size 0 again": (body(0, 9), HTTPStatus.CONFLICT),
    "no proof": (tlog.Submission(5, (), signed(ENTRIES[:9])).body, HTTPStatus.UNPROCESSABLE_ENTITY),
    "a fork": (body(5, 9, FORK), HTTPStatus.UNPROCESSABLE_ENTITY),
    "another root of the same size": (body(5, 5, FORK), HTTPStatus.UNPROCESSABLE_ENTITY),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_it_refuses(tmp_path, case):
    asked = witness(tmp_path)
    asked.add_checkpoint(body(0, 5))
    sent, status = REFUSED[case]
    answer = asked.add_checkpoint(sent)
    assert answer.status == status
    assert (answer.body == "5\n") == (status == HTTPStatus.CONFLICT)
    assert asked.add_checkpoint(body(5, 9)).status == HTTPStatus.OK, "what was refused left no trace"


def test_what_it_refuses_before_it_saw_anything(tmp_path):
    asked = witness(tmp_path)
    with_proof = tlog.Submission(0, (bytes(32),), signed(ENTRIES[:5])).body
    assert asked.add_checkpoint(with_proof).status == HTTPStatus.UNPROCESSABLE_ENTITY
    assert asked.add_checkpoint(tlog.Submission(0, (), EMPTY).body).status == HTTPStatus.UNPROCESSABLE_ENTITY
    assert asked.add_checkpoint(body(3, 5)).body == "0\n"
    assert asked.latest(tlog.origin_hash(ORIGIN)).status == HTTPStatus.NOT_FOUND
    assert asked.add_checkpoint(body(0, 0)).status == HTTPStatus.OK, "an empty log can be cosigned"


def test_a_bad_line_of_a_known_key_is_refused_and_of_an_unknown_one_passed_over(tmp_path):
    asked = witness(tmp_path)
    bad = tlog.SignatureLine(ORIGIN, KEY.verifying_key.id, bytes(64)).text
    unknown = tlog.SignatureLine("somebody", bytes(4), bytes(64)).text
    assert asked.add_checkpoint(body(0, 5) + f"{bad}\n".encode()).status == HTTPStatus.FORBIDDEN
    assert asked.add_checkpoint(body(0, 5) + f"{unknown}\n".encode()).status == HTTPStatus.OK


@EXAMPLES
@given(asked=st.lists(st.tuples(st.booleans(), st.integers(0, 40), st.integers(0, 40)), max_size=12))
def test_all_that_it_ever_cosigns_is_one_tree(tmp_path_factory, asked):
    """Two faces of one log ask in any order: what is signed are sizes of one of them, never smaller than before."""
    by = witness(tmp_path_factory.mktemp("seen"))
    accepted: list[tuple[list[bytes], int]] = []
    for face, old, new in asked:
        entries = FORK if face else ENTRIES
        if by.add_checkpoint(body(old, new, entries)).status == HTTPStatus.OK:
            accepted.append((entries, new))
    for (first, before), (second, after) in pairwise(accepted):
        assert before <= after
        assert first[:before] == second[:before]


def test_two_that_ask_at_once(tmp_path):
    """The race that the specification describes: what is remembered never goes back."""
    for turn in range(10):
        by = witness(tmp_path / str(turn))
        by.add_checkpoint(body(0, 5))
        answers: dict[int, tlog.Answer] = {}
        together = threading.Barrier(2)

        def ask(size: int, by=by, answers=answers, together=together) -> None:
            sent = body(5, size)
            together.wait()
            answers[size] = by.add_checkpoint(sent)

        both = [threading.Thread(target=ask, args=(size,)) for size in (9, 14)]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
        (won,) = [size for size, answer in answers.items() if answer.status == HTTPStatus.OK]
        (lost,) = [answer for answer in answers.values() if answer.status != HTTPStatus.OK]
        assert (lost.status, lost.body) == (HTTPStatus.CONFLICT, f"{won}\n")
        assert by.add_checkpoint(body(won, 20)).status == HTTPStatus.OK


def test_what_it_cannot_remember_it_does_not_sign(tmp_path, monkeypatch):
    by = witness(tmp_path)
    by.add_checkpoint(body(0, 5))

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "no space")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(OSError, match="no space"):
            by.add_checkpoint(body(5, 9))
    assert by.add_checkpoint(body(5, 9)).status == HTTPStatus.OK


def test_a_memory_that_went_back_signs_nothing(tmp_path):
    by = witness(tmp_path)
    by.add_checkpoint(body(0, 5))
    (file,) = tmp_path.glob("*.checkpoint")
    early = file.read_bytes()
    by.add_checkpoint(body(5, 9))
    for damage in (lambda: file.write_bytes(early), file.unlink):
        damage()
        for sent in (body(0, 9, FORK), body(5, 9, FORK)):
            with pytest.raises(tlog.WitnessError, match="went back"):
                by.add_checkpoint(sent)


@pytest.mark.parametrize("damage", [b"", b"x", b"\xff", None])
def test_a_damaged_memory_signs_nothing(tmp_path, damage):
    witness(tmp_path).add_checkpoint(body(0, 5))
    (file,) = tmp_path.glob("*.checkpoint")
    file.write_bytes(changed(file.read_bytes(), b"\n5\n", b"\n4\n") if damage is None else damage)
    with pytest.raises(tlog.WitnessError, match="damaged"):
        witness(tmp_path).add_checkpoint(body(0, 5))


def test_the_memory_of_another_witness_or_log_is_not_its_own(tmp_path):
    other = tlog.SigningKey("witness.example/w2", bytes(range(41, 73)), tlog.KeyKind.COSIGNATURE)
    witness(tmp_path, key=other).add_checkpoint(body(0, 5))
    with pytest.raises(tlog.WitnessError, match="not its own"):
        witness(tmp_path).add_checkpoint(body(5, 9))


def test_its_time_never_goes_back(tmp_path):
    times = iter([NOON, NOON - 3600, NOON + 1])
    by = witness(tmp_path, lambda: next(times))
    said = []
    for old, new in ((0, 5), (5, 9), (9, 9)):
        note = signed(ENTRIES[:new]) + by.add_checkpoint(body(old, new)).body
        (mine,) = tlog.open_note(note, [W_KEY.verifying_key])[1]
        said.append(mine.time)
    assert said == [NOON, NOON, NOON + 1]


def test_keys_of_the_wrong_kind():
    with pytest.raises(tlog.KeyTextError, match="type 04"):
        witness(Path("nowhere"), key=KEY)
    for keys in ([], [W_KEY.verifying_key]):
        with pytest.raises(tlog.KeyTextError, match="type 01"):
            tlog.Witness(W_KEY, {ORIGIN: keys}, tlog.WitnessMemory(Path("nowhere")), lambda: NOON)
