"""`schoolgate verify receipt` and `verify promise`: from the files that are named, and from nothing else."""

import datetime as dt
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from schoolgate.cli.main import make_app
from schoolgate.engines import tlog
from schoolgate.engines.tlog.statement import Statement, sign_statement
from support.logs import CHAIN, KEY, OTHER_KEY, VKEY, entries_of, signed

RECORD = {"at": "2026-11-20T15:04:05+00:00", "facts": {}, "kind": "refusal_sent", "subject": "request:1b2d"}
PLACE = 77
RANDOMNESS = bytes(range(100, 132))
ENTRIES = entries_of(512)
ENTRIES[PLACE] = tlog.commit(tlog.canonical(RECORD), RANDOMNESS)
NEW_KEY = tlog.SigningKey(KEY.name, b"\x55" * 32)
AUDITOR = tlog.SigningKey("auditor.example", b"\x66" * 32)
ALICE, BOB, EVE = (
    tlog.SigningKey(f"{name}.example", name.encode().ljust(32), tlog.KeyKind.COSIGNATURE)
    for name in ("alice", "bob", "eve")
)
POLICY = f"""log {VKEY}
witness paper {ALICE.verifying_key.text}
witness union {BOB.verifying_key.text}
group both all paper union
quorum {{}}
"""


def run(*arguments):
    return CliRunner().invoke(make_app(["verify"]), ["verify", *map(str, arguments)])


def receipt(key=KEY, *, witnesses=(ALICE,), size=512, chain=CHAIN):
    note = signed(ENTRIES[:size], key)
    text = tlog.Note.parse(note).text
    for one in witnesses:
        line = tlog.SignatureLine(one.name, one.verifying_key.id, one.cosign(text, 1_790_000_000))
        note += f"{line.text}\n"
    return tlog.make_receipt(
        index=PLACE,
        checkpoint=note,
        chain=chain,
        nodes=tlog.MemoryTree(ENTRIES),
        record=tlog.canonical(RECORD),
        randomness=RANDOMNESS,
    )


@pytest.fixture
def file(tmp_path) -> Path:
    path = tmp_path / "Q-1.tlog-proof"
    path.write_text(receipt(), encoding="utf-8")
    return path


def test_the_answer_comes_first_and_then_what_it_rests_on(file):
    done = run("receipt", file, "--key", VKEY)
    assert done.exit_code == 0, done.output
    first, *rest = done.output.splitlines()
    assert first == (
        "This receipt holds: on Fri 20 Nov 2026, 15:04 UTC the district logged that an agency's request was refused "
        "and nothing left."
    )
    assert f"Entry {PLACE} of the 512 that {KEY.name} signed is this one." in rest
    assert "No witness was asked: that everybody sees the same log was not checked." in rest
    assert rest[-1].startswith("It does not prove")
    data = json.loads(run("receipt", file, "--key", VKEY, "--json").output)
    assert data["valid"] is True
    assert data["record"] == RECORD
    assert (data["index"], data["size"], data["audited"]) == (PLACE, 512, False)


@pytest.mark.parametrize(("old", "new"), [("index 77", "index 78"), ("\n", "\r\n"), ("\u2014", "-"), ("512", "513")])
def test_a_changed_receipt_does_not_hold(old, new, file):
    file.write_bytes(file.read_bytes().replace(old.encode(), new.encode()))
    done = run("receipt", file, "--key", VKEY)
    assert done.exit_code == 1
    assert done.output.startswith("This receipt does not hold: ")
    data = json.loads(run("receipt", file, "--key", VKEY, "--json").output)
    assert data["valid"] is False
    assert data["record"] is None
    assert data["problem"] in done.output


def test_bytes_that_are_no_text_are_no_receipt(file):
    file.write_bytes(b"\xff" + file.read_bytes())
    done = run("receipt", file, "--key", VKEY)
    assert (done.exit_code, "not UTF-8" in done.output) == (1, True)


def test_another_key_and_no_key(file):
    assert run("receipt", file, "--key", OTHER_KEY.verifying_key.text).exit_code == 1
    assert run("receipt", file, "--key", VKEY[:-4] + "AAAA").exit_code == 2
    assert run("receipt", file, "--key", "no such file").exit_code == 2
    kept = file.with_name("log-verifying")
    kept.write_text(VKEY + "\n", encoding="utf-8")
    assert run("receipt", file, "--key", kept).exit_code == 0


@pytest.mark.parametrize("below", ["", "rotation"])
def test_a_change_of_key_is_followed_from_the_logs_folder_or_a_mirrors(below, file, tmp_path):
    change = tlog.sign_rotation(256, KEY, NEW_KEY)
    chain = tlog.KeyChain.trusting(KEY.verifying_key, [change])
    file.write_text(receipt(NEW_KEY, chain=chain), encoding="utf-8")
    assert run("receipt", file, "--key", VKEY).exit_code == 1
    folder = tmp_path / "mirror"
    (folder / "rotation").mkdir(parents=True)
    empty = run("receipt", file, "--key", VKEY, "--rotations", folder / below)
    assert (empty.exit_code, "no changes of a key" in " ".join(empty.output.split())) == (2, True)
    (folder / "rotation" / "1").write_text(change, encoding="utf-8")
    assert run("receipt", file, "--key", VKEY, "--rotations", folder / below).exit_code == 0
    assert run("receipt", file, "--key", OTHER_KEY.verifying_key.text, "--rotations", folder).exit_code == 2


def test_the_witnesses_that_are_named_must_have_cosigned(file):
    alice, eve = (each.verifying_key.text for each in (ALICE, EVE))
    done = run("receipt", file, "--key", VKEY, "--witness", alice)
    assert done.exit_code == 0
    assert "Witnessed by alice.example, 2026-09-21 14:13 UTC." in done.output
    missing = run("receipt", file, "--key", VKEY, "--witness", alice, "--witness", eve)
    assert missing.exit_code == 1
    assert missing.output.startswith("This receipt holds, but not all that you asked: eve.example did not cosign it.")
    # A witness's line that is wrong refuses the file, if that witness is asked for.
    lines = receipt(witnesses=(ALICE, EVE)).split("\n")
    stranger = tlog.SignatureLine(EVE.name, EVE.verifying_key.id, ALICE.cosign("another text\n", 1_790_000_000))
    file.write_text("\n".join([*lines[:-2], stranger.text, ""]), encoding="utf-8")
    assert run("receipt", file, "--key", VKEY, "--witness", alice).exit_code == 0
    assert run("receipt", file, "--key", VKEY, "--witness", eve).exit_code == 1


@pytest.mark.parametrize(("quorum", "code"), [("none", 0), ("paper", 0), ("union", 1), ("both", 1)])
def test_a_policy_says_how_many_witnesses_are_enough(quorum, code, file, tmp_path):
    policy = tmp_path / "policy"
    policy.write_text(POLICY.format(quorum), encoding="utf-8")
    done = run("receipt", file, "--key", VKEY, "--policy", policy)
    assert done.exit_code == code, done.output
    assert ("too few witnesses" in done.output) == bool(code)


def test_a_policy_of_another_log_and_one_that_cannot_be_read(file, tmp_path):
    policy = tmp_path / "policy"
    policy.write_text(f"log {OTHER_KEY.verifying_key.text}\nquorum none\n", encoding="utf-8")
    other = run("receipt", file, "--key", VKEY, "--policy", policy)
    assert (other.exit_code, "another log than your key" in other.output) == (1, True)
    policy.write_text("quorum of one\n", encoding="utf-8")
    assert run("receipt", file, "--key", VKEY, "--policy", policy).exit_code == 2


def statement_over(size, tmp_path, key=AUDITOR):
    note = signed(ENTRIES[:size])
    checkpoint = tlog.Checkpoint.parse(tlog.Note.parse(note).text)
    made = Statement(checkpoint, note, "0" * 64, dt.date(2026, 11, 28), ())
    path = tmp_path / "statement"
    path.write_text(sign_statement(made, key), encoding="utf-8")
    return path


def test_an_auditors_statement_covers_the_receipt_or_does_not(file, tmp_path):
    auditor = AUDITOR.verifying_key.text
    audited = statement_over(512, tmp_path)
    done = run("receipt", file, "--key", VKEY, "--statement", audited, "--auditor", auditor)
    assert done.exit_code == 0, done.output
    assert "The auditor opened it: it is among the 512 entries of the statement of 2026-11-28." in done.output
    forged = run("receipt", file, "--key", VKEY, "--statement", audited, "--auditor", VKEY)
    assert (forged.exit_code, "statement does not hold" in forged.output) == (1, True)
    earlier = run("receipt", file, "--key", VKEY, "--statement", statement_over(256, tmp_path), "--auditor", auditor)
    assert earlier.exit_code == 1
    assert "ask for a receipt under 256 entries" in earlier.output
    assert run("receipt", file, "--key", VKEY, "--statement", audited).exit_code == 2
    # Which is what a family can ask for.
    file.write_text(receipt(size=256), encoding="utf-8")
    assert run("receipt", file, "--key", VKEY, "--statement", audited, "--auditor", auditor).exit_code == 0


def test_a_promise(tmp_path):
    path = tmp_path / "Q-1.promise"
    promise = tlog.Promise(KEY.name, ENTRIES[PLACE], 1_790_000_000, 1_790_090_000)
    path.write_text(tlog.sign_promise(promise, KEY), encoding="utf-8")
    done = run("promise", path, "--key", VKEY)
    assert done.exit_code == 0
    assert done.output.startswith(f"This promise holds: {KEY.name} must show the entry by 2026-09-22 15:13 UTC."), (
        done.output
    )
    assert json.loads(run("promise", path, "--key", VKEY, "--json").output)["entry"] == ENTRIES[PLACE].hex()
    assert run("promise", path, "--key", OTHER_KEY.verifying_key.text).exit_code == 1
    path.write_text(path.read_text(encoding="utf-8").replace("due 1790090000", "due 1790090001"), encoding="utf-8")
    changed = run("promise", path, "--key", VKEY)
    assert changed.exit_code == 1
    assert changed.output.startswith("This promise does not hold: ")
    # Neither is the other.
    path.write_text(receipt(), encoding="utf-8")
    assert run("promise", path, "--key", VKEY).exit_code == 1
