"""Time-stamps by a real authority of time: kept when they hold, refused when it lies, never waited for."""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client
from typer.testing import CliRunner

from schoolgate.apps.access.moment import at, now
from schoolgate.apps.ledger.models_publication import TimeStamp
from schoolgate.apps.ledger.sealing import seal_period
from schoolgate.apps.ledger.stamping import StampProblem, stamp_due, stamp_latest
from schoolgate.cli.main import make_app
from schoolgate.engines import tlog
from schoolgate.engines.tlog.errors import StampError
from schoolgate.engines.tlog.stamp import ask_for_stamp, open_stamp
from support.insert_only import assert_insert_only
from support.logs import KEY, entries_of, signed
from support.time_authority import Authority, listening, openssl_verifies

NOTE = signed(entries_of(256))


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority") / "one")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority") / "other", "Stranger")


@pytest.fixture(scope="module")
def answer(authority):
    return authority.answer(ask_for_stamp(NOTE).body)


@pytest.fixture
def authorities(authority, stranger):
    return authority, stranger


@pytest.fixture
def sealed(db, data_folder, settings, tmp_path, authority):
    settings.LOG_FOLDER = tmp_path / "log"
    settings.TSA_ROOTS = authority.root
    return seal_period()


def witnessed(note):
    witness = tlog.SigningKey("witness.example", bytes(32), tlog.KeyKind.COSIGNATURE)
    line = tlog.SignatureLine(witness.name, witness.verifying_key.id, witness.cosign(tlog.Note.parse(note).text, 9))
    return f"{note}{line.text}\n"


def test_an_answer_holds_for_its_checkpoint_and_what_witnesses_add_changes_nothing(authority, answer):
    for note in (NOTE, witnessed(NOTE)):
        moment = open_stamp(answer, note, authority.root.read_bytes())
        assert abs(moment - datetime.now(UTC)) < timedelta(minutes=5)
    assert open_stamp(authority.stamp(NOTE.encode()), NOTE, authority.root.read_bytes())


def test_the_question_tells_nothing_but_a_digest(authority):
    first, second = ask_for_stamp(NOTE), ask_for_stamp(NOTE)
    assert first.number != second.number
    for secret in (KEY.name.encode(), b"256", b"\xe2\x80\x94"):
        assert secret not in first.body


def test_answers_that_prove_nothing_are_refused(authority, stranger, answer):
    roots, request = authority.root.read_bytes(), ask_for_stamp(NOTE)
    other = signed(entries_of(512))
    changed = answer[:-1] + bytes([answer[-1] ^ 1])
    for wrong, note, trusted, number in (
        (answer, other, roots, None),
        (answer, NOTE.replace("256", "257"), roots, None),
        (answer, NOTE, stranger.root.read_bytes(), None),
        (answer, NOTE, roots, request.number),
        (changed, NOTE, roots, None),
        (answer[:-9], NOTE, roots, None),
        (answer + b"\0", NOTE, roots, None),
        (b"", NOTE, roots, None),
        (b"<html>", NOTE, roots, None),
        (bytes(70_000), NOTE, roots, None),
        (answer, NOTE, b"no certificate", None),
        (answer, NOTE, b"", None),
        (authority.answer(b"no question"), NOTE, roots, None),
    ):
        with pytest.raises(StampError):
            open_stamp(wrong, note, trusted, number=number)


def test_any_flipped_bit_is_refused_or_changes_nothing(authority, answer, trials):
    from random import Random

    chance, roots = Random(3), authority.root.read_bytes()
    moment = open_stamp(answer, NOTE, roots)
    for _ in range(trials):
        place = chance.randrange(len(answer))
        flipped = answer[:place] + bytes([answer[place] ^ 1 << chance.randrange(8)]) + answer[place + 1 :]
        try:
            assert open_stamp(flipped, NOTE, roots) == moment
        except StampError:
            continue


def test_the_newest_checkpoint_is_stamped_once_a_day_and_published(sealed, authority, settings, tmp_path):
    asked = []

    def reply(question):
        asked.append(question)
        return 200, authority.answer(question)

    with listening(reply) as settings.TSA_URL:
        first = stamp_due()
        assert first.checkpoint == sealed
        assert_insert_only(first)
        assert first.authority == urlsplit(settings.TSA_URL).netloc.rpartition("@")[2], "no password is shown"
        assert stamp_due() is None
        assert stamp_latest() == first, "the same checkpoint needs no second one"
        assert len(asked) == 1
        newer = seal_period()
        assert stamp_latest().checkpoint == newer
        assert stamp_due() is None, "once a day"
    settings.TSA_URL = ""
    with at(now() + timedelta(days=1)):
        assert stamp_due() is None, "no authority is set"
    page = Client().get("/log/stamps/").content.decode()
    for one in TimeStamp.objects.all():
        files = {}
        for name in (f"/log/stamps/{one.pk}", f"/log/stamps/{one.pk}.tsr"):
            assert f'href="{name}"' in page
            response = Client().get(name)
            assert response["Access-Control-Allow-Origin"] == "*"
            assert not response.cookies
            files[name] = tmp_path / name.replace("/", "_")
            files[name].write_bytes(response.content)
        note, stamp = files.values()
        assert openssl_verifies(stamp, note, authority.root)
        assert verified(stamp, note, authority.root).exit_code == 0
    assert Client().get("/log/stamps/999").status_code == 404
    assert Client().get("/log/stamps/999.tsr").status_code == 404


def verified(stamp, note, root, *more):
    arguments = ["verify", "stamp", str(stamp), "--checkpoint", str(note), "--root", str(root), *more]
    return CliRunner(env={"COLUMNS": "200"}).invoke(make_app(["verify"]), arguments)


def test_the_command_tells_people_and_machines(authority, stranger, answer, tmp_path):
    stamp, note, other = tmp_path / "a.tsr", tmp_path / "checkpoint", tmp_path / "other"
    stamp.write_bytes(answer)
    note.write_text(witnessed(NOTE), encoding="utf-8")
    other.write_text(signed(entries_of(512)), encoding="utf-8")
    assert f"existed at {datetime.now(UTC):%Y-%m-%d}" in verified(stamp, note, authority.root).stdout
    assert json.loads(verified(stamp, note, authority.root, "--json").stdout)["valid"] is True
    for wrong in ((stamp, other, authority.root), (stamp, note, stranger.root), (note, note, authority.root)):
        done = verified(*wrong)
        assert done.exit_code == 1, done.stdout
        assert "proves nothing" in done.stdout
        assert json.loads(verified(*wrong, "--json").stdout)["moment"] is None
    assert verified(stamp, note, tmp_path / "absent").exit_code == 2


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (lambda one, _, question: (500, one.answer(question)), "status 500"),
        (lambda *_: (200, b"<html>hello"), "refused"),
        (lambda *_: (200, b""), "refused"),
        (lambda *_: (200, bytes(1_000_000)), "more than 65536"),
        (lambda one, *_: (200, one.stamp(b"other data")), "refused"),
        (lambda one, *_: (200, one.stamp(one.note)), "refused"),
        (lambda _, other, question: (200, other.answer(question)), "refused"),
        (lambda *_: (302, b""), "status 302"),
    ],
    ids=["broken", "no answer", "empty", "endless", "other data", "another question", "stranger", "elsewhere"],
)
def test_an_authority_that_lies_leaves_no_stamp(reply, words, sealed, authorities, settings):
    authority, stranger = authorities
    authority.note = sealed.note.encode()
    with listening(lambda question: reply(authority, stranger, question)) as settings.TSA_URL:
        with pytest.raises(StampProblem, match=words) as told:
            stamp_due()
        assert "secret" not in str(told.value)
    assert not TimeStamp.objects.exists()
    assert seal_period().size == 512, "sealing goes on"


def test_an_authority_with_a_wrong_clock_leaves_no_stamp(sealed, authority, settings):
    with listening(lambda question: (200, authority.answer(question))) as settings.TSA_URL:
        for hours in (-1, 1):
            with at(now() + timedelta(hours=hours)), pytest.raises(StampProblem, match="which it is not"):
                stamp_latest()
    assert not TimeStamp.objects.exists()


def test_an_authority_that_is_down_or_not_set_up_says_so(sealed, settings, tmp_path):
    settings.TSA_URL = "http://127.0.0.1:9/"
    with pytest.raises(StampProblem, match="did not answer"):
        stamp_due()
    for url in ("file:///etc/passwd", "ftp://127.0.0.1/", "nowhere"):
        settings.TSA_URL = url
        with pytest.raises(StampProblem, match="SCHOOLGATE_TSA_URL"):
            stamp_latest()
    settings.TSA_URL, settings.TSA_ROOTS = "http://127.0.0.1:9/", tmp_path / "absent.pem"
    with pytest.raises(StampProblem, match="is missing"):
        stamp_due()
