"""The recovery of the wrapping keys, run as a person runs it."""

import json
import shutil
import sqlite3
import stat
from contextlib import closing

import pytest

from schoolgate.cli.vault_recovery import bundle_is_behind
from schoolgate.engines.vault import FileKeyProvider
from support.commands import bare_environment


@pytest.fixture
def schoolgate(tmp_path, commands):
    """Run the command in a process of its own with a data folder of its own, and words on standard input."""

    def run(*arguments, said="", **environment):
        given = bare_environment(SCHOOLGATE_VAR=tmp_path / "var", **{"COLUMNS": "400", **environment})
        return commands.run("vault", *arguments, environment=given, said=said)

    return run


@pytest.fixture
def folder(tmp_path, installed):
    """The key folder of an installation with two wrapping keys."""
    shutil.copytree(installed, tmp_path / "var")
    shutil.rmtree(tmp_path / "var" / "keys" / "kek")
    keys = FileKeyProvider(tmp_path / "var" / "keys" / "kek")
    keys.start_epoch("kek-2026-10")
    keys.start_epoch("kek-2026-11")
    return tmp_path / "var" / "keys"


@pytest.fixture
def bundle(tmp_path):
    (tmp_path / "safe").mkdir()
    return tmp_path / "safe" / "keys.json"


def shares_in(done):
    return [line for line in done.stdout.splitlines() if len(line.split()) == 33]


def everything_under(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_lost_disk_comes_back_from_two_shares_and_the_bundle(schoolgate, folder, bundle, tmp_path):
    done = schoolgate("split-recovery", bundle)
    assert done.returncode == 0, done.stderr
    shares = shares_in(done)
    assert len(shares) == 3
    before = FileKeyProvider(folder / "kek").read_epochs()
    (tmp_path / "var").rename(tmp_path / "lost")

    done = schoolgate("join-recovery", bundle, said=f"{shares[2]}\n\n{shares[0]}\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert "kek-2026-10, kek-2026-11" in done.stdout
    assert FileKeyProvider(folder / "kek").read_epochs() == before
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    again = schoolgate("join-recovery", bundle, said="\n".join(shares))
    assert (again.returncode, "none, they were all there" in again.stdout) == (0, True)
    assert schoolgate("renew-bundle", bundle).returncode == 0


def test_a_split_is_in_the_log_before_a_share_is_shown_and_the_doctor_knows_the_bundle(schoolgate, folder, bundle):
    assert schoolgate("split-recovery", bundle).returncode == 0
    database = folder.parent / "schoolgate.sqlite3"
    with closing(sqlite3.connect(database)) as opened:
        rows = opened.execute("SELECT record FROM ledger_opening WHERE kind = 'recovery_key_split'").fetchall()
    (record,) = rows[0]
    assert json.loads(record)["facts"]["keys"] == ["kek-2026-10", "kek-2026-11"]
    keys = FileKeyProvider(folder / "kek")
    assert bundle_is_behind(folder, keys.epochs()) == ""
    keys.start_epoch("kek-2026-12")
    assert "lacks kek-2026-12" in bundle_is_behind(folder, keys.epochs())
    assert schoolgate("renew-bundle", bundle).returncode == 0
    keys.destroy_epoch("kek-2026-10")
    assert "holds kek-2026-10, which was destroyed" in bundle_is_behind(folder, keys.epochs())
    database.unlink()
    refused = schoolgate("split-recovery", bundle, "--again")
    assert (refused.returncode, shares_in(refused)) == (3, [])
    assert "no recovery key was made" in refused.stderr
    (folder / "recovery-bundle").unlink()
    assert "none is noted" in bundle_is_behind(folder, keys.epochs())
    (folder / "recovery-public").unlink()
    assert bundle_is_behind(folder, keys.epochs()) == ""


def test_the_shares_are_stored_nowhere_and_the_files_are_private(schoolgate, folder, bundle, tmp_path):
    shares = shares_in(schoolgate("split-recovery", bundle))
    files = everything_under(tmp_path)
    assert {bundle, folder / "recovery-public"} < set(files)
    for share in shares:
        for content in files.values():
            assert share.encode() not in content
            assert " ".join(share.split()[3:6]).encode() not in content
    for key in FileKeyProvider(folder / "kek").read_epochs().values():
        assert key not in files[bundle]
        assert key.hex().encode() not in files[bundle]
    assert stat.S_IMODE(bundle.stat().st_mode) == stat.S_IMODE((folder / "recovery-public").stat().st_mode) == 0o600


def test_an_altered_share_is_refused_and_nothing_is_put_back(schoolgate, folder, bundle, tmp_path):
    shares = shares_in(schoolgate("split-recovery", bundle))
    (tmp_path / "var").rename(tmp_path / "lost")
    words = shares[1].split()
    words[20] = "acid" if words[20] != "acid" else "acne"
    done = schoolgate("join-recovery", bundle, said=f"{shares[0]}\n{' '.join(words)}\n")
    assert done.returncode == 2
    assert "share 2 is not as it was printed" in done.stderr
    assert shares[0] not in done.stderr
    one = schoolgate("join-recovery", bundle, said=shares[0])
    assert (one.returncode, "2 different shares are needed" in one.stderr) == (2, True)
    assert not folder.exists()


def test_the_bundle_follows_the_epochs_without_a_share(schoolgate, folder, bundle):
    shares = shares_in(schoolgate("split-recovery", bundle))
    keys = FileKeyProvider(folder / "kek")
    keys.start_epoch("kek-2026-12")
    keys.destroy_epoch("kek-2026-10")
    assert schoolgate("renew-bundle", bundle).returncode == 0
    assert json.loads(bundle.read_text())["epochs"] == ["kek-2026-11", "kek-2026-12"]
    before = keys.read_epochs()
    for file in (folder / "kek").iterdir():
        file.unlink()
    assert schoolgate("join-recovery", bundle, said="\n".join(shares[:2])).returncode == 0
    assert keys.read_epochs() == before


def test_a_second_recovery_key_takes_a_word_and_ends_the_first(schoolgate, folder, bundle):
    first = shares_in(schoolgate("split-recovery", bundle))
    refused = schoolgate("split-recovery", bundle)
    assert (refused.returncode, shares_in(refused)) == (2, [])
    assert "--again" in refused.stderr
    second = shares_in(schoolgate("split-recovery", bundle, "--again"))
    done = schoolgate("join-recovery", bundle, said="\n".join(first[:2]))
    assert (done.returncode, "another recovery key" in done.stderr) == (2, True)
    assert schoolgate("join-recovery", bundle, said="\n".join(second[:2])).returncode == 0


def test_other_keys_of_the_same_name_are_not_written_over(schoolgate, folder, bundle):
    shares = shares_in(schoolgate("split-recovery", bundle))
    (folder / "kek" / "kek-2026-10").unlink()
    (folder / "kek" / "kek-2026-11").write_bytes(b"\0" * 32)
    done = schoolgate("join-recovery", bundle, said="\n".join(shares[:2]))
    assert (done.returncode, "is another key than the one" in done.stderr) == (2, True)
    assert not (folder / "kek" / "kek-2026-10").exists()


def test_what_cannot_be_done_here_says_why(schoolgate, folder, bundle, tmp_path):
    none = schoolgate("renew-bundle", bundle)
    assert (none.returncode, "has no recovery key" in none.stderr) == (3, True)
    nowhere = schoolgate("split-recovery", tmp_path / "absent" / "keys.json")
    assert (nowhere.returncode, shares_in(nowhere)) == (3, [])
    assert "no folder that can be written to" in nowhere.stderr
    kept = schoolgate("split-recovery", bundle, SCHOOLGATE_KEY_PROVIDER="pkcs11:token=a?pin-value=975310")
    assert (kept.returncode, "kept by pkcs11" in kept.stderr, "975310" in kept.stderr) == (3, True, False)
    empty = schoolgate("split-recovery", bundle, "--keys", tmp_path / "nothing")
    assert (empty.returncode, "does not exist" in empty.stderr) == (3, True)
    missing = schoolgate("join-recovery", bundle, said="x")
    assert (missing.returncode, str(bundle) in missing.stderr) == (2, True)
    bundle.write_bytes(b"\xff\xfe")
    damaged = schoolgate("join-recovery", bundle, said="x")
    assert damaged.returncode == 2
    assert "Traceback" not in damaged.stderr
    (folder / "recovery-public").touch(mode=0o600)
    (folder / "recovery-public").write_text("zz")
    assert "is damaged" in schoolgate("renew-bundle", bundle).stderr
