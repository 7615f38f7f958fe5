"""Destroyed is destroyed: killed at any step, and in the files of the database and its backups.

With real processes, on the database of this run.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from support.faults import Fault, Installation

WORKER = ("command", "worker", "--once")
# From the first look at what waits.
BEGUN = 'sql SELECT "retention_proposal"'
KILLS = 4
COUNT = 2


@pytest.fixture(scope="module")
def opened(installed, tmp_path_factory):
    """A district in which two people signed that three reports are destroyed."""
    plant = Installation(tmp_path_factory.mktemp("gone"), installed)
    plant.wrapped = [bytes.fromhex(line) for line in plant.run("sign_destruction", COUNT)]
    plant.keep("signed")
    yield plant
    plant.close()


@pytest.fixture
def plant(db, opened):
    opened.restore("signed")
    return opened


def standing(plant):
    return json.loads(plant.run("say_destruction")[-1])


def is_whole(item):
    return item["opens"] and item["keys"] and item["people"] == 2 and not item["said"]


def is_gone(item):
    return not item["opens"] and not item["keys"] and not item["people"] and item["said"]


def test_killed_at_any_step_each_record_is_whole_or_gone_and_the_run_goes_on(plant):
    whole = plant.end(*WORKER, fault=Fault((BEGUN, ""), nth=1_000_000))
    assert whole.code == 0, whole.said
    said = standing(plant)
    assert (said["certificates"], said["others"]) == (1, [True])
    assert all(is_gone(one) for one in said["items"])
    seen = set()
    for number in range(KILLS):
        plant.restore("signed")
        # What comes after the certificate is the worker's other work: kill in the first half.
        nth = 1 + whole.struck * number // (2 * KILLS)
        assert plant.end(*WORKER, fault=Fault((BEGUN, ""), nth=nth)).killed
        items = standing(plant)["items"]
        assert all(is_whole(one) or is_gone(one) for one in items), (nth, items)
        seen.add(sum(is_gone(one) for one in items))
        plant.run(*WORKER)
        after = standing(plant)
        assert all(is_gone(one) for one in after["items"])
        assert after["certificates"] == 1
    assert len(seen) > 1, "some were killed with nothing gone and some later"
    assert plant.end("command", "doctor").code == 0


@pytest.mark.parametrize("event", ["commit", "committed"])
@pytest.mark.parametrize("record", [1, COUNT])
def test_killed_around_the_commit_of_a_record(event, record, plant):
    update = 'sql UPDATE "incidents_reportversion"'
    steps = (*(update for _ in range(record)), event)
    assert plant.end(*WORKER, fault=Fault(steps)).killed
    items = standing(plant)["items"]
    assert sum(is_gone(one) for one in items) == record - (event == "commit")
    assert all(is_whole(one) or is_gone(one) for one in items)
    plant.run(*WORKER)
    assert standing(plant)["certificates"] == 1


def dumped(plant) -> bytes:
    """Every row as PostgreSQL writes it out, its bytes in hexadecimal; or every byte of SQLite's files."""
    if not plant._server:
        return b"".join(path.read_bytes() for path in sorted(plant.var.glob("*.sqlite3*")))
    url = plant.environment["DATABASE_URL"]
    program = shutil.which("pg_dump")
    assert program
    return subprocess.run([program, "--dbname", url], check=True, capture_output=True).stdout


def found(plant, where: bytes) -> list[bytes]:
    """The wrapped keys that can be read somewhere."""
    return [key for key in plant.wrapped if (key.hex().encode() if plant._server else key) in where]


def test_no_wrapped_key_and_no_plaintext_is_in_the_database_or_in_a_later_backup(plant, tmp_path):
    assert len(plant.wrapped) >= COUNT
    assert found(plant, dumped(plant)) == plant.wrapped, "the search finds what is there"
    plant.run(*WORKER)
    after = dumped(plant)
    assert found(plant, after) == []
    for word in (b"Marisol", b"Eagle Hill", b"MS-13"):
        assert word not in after
    plant.run("command", "backup", str(tmp_path / "later"))
    content = (tmp_path / "later").read_bytes()
    assert not [key for key in plant.wrapped if key in content]
    assert b"Eagle Hill" not in content


@pytest.mark.sqlite
def test_the_write_ahead_log_is_cut_off_while_the_site_runs(plant):
    """A reader that is still there keeps SQLite from taking its log away at the end of the process."""
    import sqlite3

    reader = sqlite3.connect(next(plant.var.glob("*.sqlite3")))
    reader.execute("SELECT count(*) FROM ledger_opening").fetchone()
    plant.run(*WORKER)
    after = dumped(plant)
    assert found(plant, after) == []
    reader.close()


def emptied(plant: Installation) -> None:
    for path in [*plant.var.glob("*.sqlite3*")]:
        path.unlink()
    if plant._server:
        plant._administer(f"DROP DATABASE IF EXISTS {plant._name} WITH (FORCE)")
        plant._administer(f"CREATE DATABASE {plant._name}")


def keys_of(plant):
    return json.loads(plant.run("say_keys")[-1])


def restored(plant, file):
    """How it stands in a backup, opened with the keys there are now."""
    emptied(plant)
    plant.end("command", "restore", str(file))
    return standing(plant)


def test_an_older_backup_opens_nothing_once_the_wrapping_key_is_gone_and_survivors_open(plant, tmp_path):
    """That is what the certificate says of older copies: by the verbs, as an administrator does it."""
    plant.run("command", "backup", str(tmp_path / "older"))
    plant.run(*WORKER)
    (first,) = keys_of(plant)["epochs"]
    newest = json.loads("\n".join(plant.run("command", "vault", "next-epoch", "--json")))["key"]
    assert f"Still under {first}" not in "\n".join(plant.run("command", "vault", "rewrap"))
    early = plant.end("command", "vault", "end-epoch", first, "--yes")
    assert (early.code, "may still be storing" in early.said) == (3, True)
    plant.run("command", "backup", str(tmp_path / "newer"))
    assert all(is_whole(one) for one in restored(plant, tmp_path / "older")["items"])
    refused = plant.end("later", 3600, "vault", "end-epoch", first, "--yes")
    assert (refused.code, "no key after" in refused.said) == (3, True), "the older database has what stands under it"
    assert restored(plant, tmp_path / "newer")["others"] == [True]
    assert plant.end("later", 3600, "vault", "end-epoch", first).code == 2, "it asks, and nobody answers"
    plant.run("later", 3600, "vault", "end-epoch", first, "--yes")
    now = standing(plant)
    assert (now["others"], all(is_gone(one) for one in now["items"])) == ([True], True)
    assert plant.end("command", "doctor").code == 0
    said = keys_of(plant)
    assert (list(said["under"]), said["epochs"], said["problems"]) == ([newest], [newest], [])
    older = restored(plant, tmp_path / "older")
    assert not any(one["opens"] for one in older["items"])
    assert older["others"] == [False]
    assert restored(plant, tmp_path / "newer")["others"] == [True]


def test_words_of_an_emergency_are_gone_here_and_from_an_older_backup(plant, tmp_path):
    def said():
        return json.loads(plant.run("say_emergency")[-1])

    keys = [bytes.fromhex(line) for line in plant.run("sign_emergency")]
    spelled = [key.hex().encode() if plant._server else key for key in keys]
    assert ["knife" in one for one in said()] == [True]
    assert [one in dumped(plant) for one in spelled] == [True, True]
    plant.run("command", "backup", str(tmp_path / "older"))
    plant.run(*WORKER)
    assert said() == [""]
    assert [one in dumped(plant) for one in spelled] == [False, False]
    (first,) = keys_of(plant)["epochs"]
    plant.run("command", "vault", "next-epoch")
    plant.run("command", "vault", "rewrap")
    plant.run("later", 3600, "vault", "end-epoch", first, "--yes")
    restored(plant, tmp_path / "older")
    assert [one in dumped(plant) for one in spelled] == [True, True], "the older backup still has the keys"
    assert said() == [""], "and nothing opens them"


VAULT = ("command", "vault")
END = ("later", 3600, "vault", "end-epoch")


def killed_at_steps(plant, state, *asked):
    """Run something and kill it at steps spread over all that it does, from the same state each time."""
    whole = plant.end(*asked, fault=Fault(nth=1_000_000))
    assert whole.code == 0, whole.said
    for number in range(KILLS):
        plant.restore(state)
        assert plant.end(*asked, fault=Fault(nth=1 + (whole.struck - 1) * number // (KILLS - 1))).killed
        yield number


def test_killed_at_any_step_of_the_change_of_keys_nothing_is_lost(plant):
    """Between the verbs and within them; the next run ends what was begun, and enters nothing twice."""
    before = sum(keys_of(plant)["under"].values())
    for _ in killed_at_steps(plant, "signed", *VAULT, "next-epoch"):
        plant.run(*VAULT, "next-epoch")
        said = keys_of(plant)
        # Killed after its end it had begun; the next run begins another.
        assert len(said["epochs"]) == 1 + said["entries"][0] in {2, 3}
        assert (sum(said["under"].values()), said["problems"]) == (before, [])
    plant.restore("signed")
    plant.run(*VAULT, "next-epoch")
    first, second = keys_of(plant)["epochs"]
    plant.keep("begun")
    mixed = 0
    for _ in killed_at_steps(plant, "begun", *VAULT, "rewrap"):
        said = keys_of(plant)
        assert set(said["under"]) <= {first, second}
        assert sum(said["under"].values()) == before
        mixed += first in said["under"]
        assert standing(plant)["others"] == [True]
        plant.run(*VAULT, "rewrap")
        assert keys_of(plant)["under"] == {second: before}
    assert mixed, "some were killed before all was wrapped anew"
    plant.keep("wrapped")
    for _ in killed_at_steps(plant, "wrapped", *END, first, "--yes"):
        again = plant.end(*END, first, "--yes")
        assert again.code == 0 or "was destroyed on" in again.said, again.said
        said = keys_of(plant)
        assert (said["epochs"], said["entries"][2], said["problems"]) == ([second], 1, [])
        assert standing(plant)["others"] == [True]
    plant.run(*WORKER)
    assert plant.end("command", "doctor").code == 0


MODULE = next(Path("/usr/lib").rglob("libsofthsm2.so"), None)


@pytest.fixture
def in_a_token(db, installed, tmp_path):
    """A district whose wrapping keys are in a token, played by SoftHSM."""
    assert MODULE, "SoftHSM is not installed: run scripts/setup.sh test"
    (tmp_path / "tokens").mkdir()
    (tmp_path / "softhsm2.conf").write_text(f"directories.tokendir = {tmp_path}/tokens\nobjectstore.backend = file\n")
    (tmp_path / "pin").touch(mode=0o600)
    (tmp_path / "pin").write_text("975310\n")
    conf = {"SOFTHSM2_CONF": str(tmp_path / "softhsm2.conf")}
    made = ["--init-token", "--free", "--label", "gone", "--so-pin", "135790", "--pin", "975310"]
    subprocess.run(["/usr/bin/softhsm2-util", *made], check=True, capture_output=True, env=os.environ | conf)
    provider = f"pkcs11:token=gone?module-path={MODULE}&pin-source=file:{tmp_path / 'pin'}"
    plant = Installation(tmp_path / "plant", installed, SCHOOLGATE_KEY_PROVIDER=provider, **conf)
    yield plant
    plant.close()


def test_the_same_with_keys_that_never_leave_a_token(in_a_token):
    plant = in_a_token
    plant.run("sign_destruction", 1)
    plant.keep("older")
    plant.run(*WORKER)
    (first,) = keys_of(plant)["epochs"]
    plant.run(*VAULT, "next-epoch")
    plant.run(*VAULT, "rewrap")
    plant.run(*END, first, "--yes")
    now = standing(plant)
    assert (now["others"], [is_gone(one) for one in now["items"]]) == ([True], [True])
    plant.restore("older")
    assert [standing(plant)["others"], standing(plant)["items"][0]["opens"]] == [[False], False]
