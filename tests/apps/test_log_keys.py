"""The log's keys: changed by processes that are killed at every step, retired, and looked at by the doctor."""

import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from schoolgate.engines import tlog
from support.commands import bare_environment
from support.logs import ORIGIN, entries_of

TESTS = Path(__file__).resolve().parents[1]
ENTRIES = entries_of(512)


@pytest.fixture
def held(tmp_path, settings):
    """Keys of a new installation."""
    from schoolgate.apps.ledger.keys import Keys

    settings.LOG_FOLDER = tmp_path / "log"
    keys = Keys(tmp_path / "keys")
    keys.create_missing(origin=ORIGIN, today=date(2026, 11, 28))
    assert keys.problems() == []
    return keys


def signed(keys, size):
    root = tlog.Frontier().extended_by_entries(ENTRIES[:size]).root
    return tlog.sign_checkpoint(tlog.Checkpoint(ORIGIN, size, root), *keys.signing_keys)


def test_a_change_killed_before_any_step_leaves_a_log_that_goes_on(held, tmp_path):
    from schoolgate.apps.ledger.keys import Keys

    old, before = tlog.VerifyingKey.parse(held.verifying_key), signed(held, 256)
    done = subprocess.run(
        [sys.executable, "-m", "support.killed_rotation", held.folder, tmp_path / "killed"],
        cwd=TESTS,
        env=bare_environment(DJANGO_SETTINGS_MODULE="schoolgate.settings", SCHOOLGATE_VAR=tmp_path)
        | {"PYTHONPATH": os.pathsep.join(["../src", "."])},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    last = int(done.stdout)
    assert last > 10, "the change was watched"
    changed = []
    for number in range(1, last + 1):
        keys = Keys(tmp_path / "killed" / str(number))
        after = signed(keys, 512)
        for chain in (keys.chain, tlog.KeyChain.trusting(old, keys.rotations)):
            assert tlog.open_with_chain(before, chain).checkpoint.size == 256
            assert tlog.open_with_chain(after, chain).checkpoint.size == 512
        assert tlog.open_checkpoint(after, old), "who knows only the old key goes on reading"
        changed.append(keys.verifying_key != old.text)
        stale = keys.told_key != keys.verifying_key
        assert [problem.endswith("doctor --mend`") for problem in keys.problems()] == [True] * stale
        assert changed[-1] or not stale
        # The next one takes it to its end.
        keys.finish_rotation()
        new = keys.rotate_signing(size=512)
        assert keys.problems() == []
        assert len(keys.rotations) == 1 + changed[-1]
        assert keys.told_key == keys.verifying_key == new
        assert not list(keys.folder.rglob(".*")), "no secret is left lying about"
    assert sorted(changed) == changed, "once it is changed, it stays so"
    assert {False, True} == set(changed)


def test_an_old_key_signs_until_it_is_retired(held):
    old = held.verifying_key
    new = held.rotate_signing(size=256)
    both = signed(held, 512)
    for key in (old, new):
        assert tlog.open_checkpoint(both, tlog.VerifyingKey.parse(key))
    assert held.retire_earlier() == [old]
    assert held.retire_earlier() == []
    assert not list(held.folder.glob("log-signing.*"))
    alone = signed(held, 512)
    with pytest.raises(tlog.NoteError):
        tlog.open_checkpoint(alone, tlog.VerifyingKey.parse(old))
    assert tlog.open_with_chain(alone, tlog.KeyChain.trusting(tlog.VerifyingKey.parse(old), held.rotations))
    assert held.problems() == []


def open_to_others(keys):
    (keys.folder / "log-signing.1").chmod(0o644)


def damaged(keys):
    (keys.folder / "log-signing.1").write_text("PRIVATE+KEY+nothing", encoding="utf-8")


def change_lost(keys):
    (keys.folder / "rotations" / "1").unlink()


def change_damaged(keys):
    path = keys.folder / "rotations" / "1"
    path.write_text(path.read_text(encoding="utf-8").replace("after 256", "after 255"), encoding="utf-8")


def told_another(keys):
    (keys.folder / "log-verifying").write_text(keys.signing_keys[1].verifying_key.text, encoding="utf-8")


def foreign_key(keys):
    secret, _ = tlog.generate_key(ORIGIN)
    (keys.folder / "log-signing.2").touch(mode=0o600)
    (keys.folder / "log-signing.2").write_text(secret, encoding="utf-8")


def older_backup(keys):
    """The key folder as it was before the last change, under a published log that tells of it."""
    from django.conf import settings

    (settings.LOG_FOLDER / "rotation").mkdir(parents=True)
    shutil.copy(keys.folder / "rotations" / "1", settings.LOG_FOLDER / "rotation" / "1")
    (keys.folder / "log-signing.1").replace(keys.folder / "log-signing")
    (keys.folder / "log-verifying").write_text(keys.verifying_key, encoding="utf-8")
    shutil.rmtree(keys.folder / "rotations")


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (open_to_others, "chmod 600"),
        (damaged, "cannot be read"),
        (change_lost, "says since when"),
        (change_damaged, "cannot be read"),
        (told_another, "doctor --mend"),
        (foreign_key, "says since when"),
        (older_backup, "tells of 1 changes"),
    ],
)
def test_the_doctor_finds_what_is_wrong_with_the_keys_of_the_log(harm, words, held):
    from schoolgate.apps.ledger.keys import KeyProblem

    held.rotate_signing(size=256)
    assert held.problems() == []
    harm(held)
    found = held.problems()
    assert len(found) == 1
    assert words in found[0]
    for path in held.folder.glob("log-signing*"):
        assert path.read_text(encoding="utf-8").strip() not in found[0]
    with pytest.raises(KeyProblem):
        held.require()


def test_a_key_that_is_there_is_never_made_anew(held):
    before = {path.name: path.read_bytes() for path in held.folder.iterdir() if path.is_file()}
    assert held.create_missing(origin=ORIGIN, today=date(2026, 11, 28)) == []
    assert {path.name: path.read_bytes() for path in held.folder.iterdir() if path.is_file()} == before
    with pytest.raises(FileExistsError):
        held._write("log-signing", "another")
