"""`schoolgate log`: a folder for a mirror, a new key, a stamp; as a person runs them."""

import json
import shutil
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from schoolgate.cli import log_export
from schoolgate.cli.log_export import stages
from schoolgate.cli.main import make_app
from schoolgate.engines import tlog
from support.commands import bare_environment
from support.logs import entries_of, files_of
from support.logs import publish as publish_another
from support.time_authority import Authority, listening

PERIODS = 3


@pytest.fixture
def sealed(db, data_folder, settings, tmp_path):
    """A log of three periods."""
    from schoolgate.apps.ledger.sealing import seal_period

    settings.LOG_FOLDER = tmp_path / "log"
    for _ in range(PERIODS):
        seal_period()


def here(*arguments):
    return CliRunner(env={"COLUMNS": "400"}).invoke(make_app([arguments[0]]), [*map(str, arguments)])


def verified(folder, earlier=None):
    from schoolgate.apps.ledger.keys import keys

    return tlog.verify_folder(folder, keys().verifying_key, earlier=earlier)


def test_an_exported_folder_verifies_and_is_gone_on_with(sealed, tmp_path):
    from schoolgate.apps.ledger.publishing import publish
    from schoolgate.apps.ledger.sealing import seal_period

    folder = tmp_path / "mirror"
    done = here("log", "export", folder)
    assert done.exit_code == 0, done.stderr
    assert "768 of 768 entries written" in done.stdout
    assert "schoolgate verify log" in done.stdout
    assert verified(folder).valid
    assert files_of(folder) == files_of(publish()), "it is what the site serves"
    earlier, before = tlog.read_checkpoint(folder), files_of(folder)
    assert here("log", "export", folder).exit_code == 0
    assert files_of(folder) == before, "nothing to do"
    seal_period()
    assert here("log", "export", folder).exit_code == 0
    report = verified(folder, earlier)
    assert report.valid
    assert report.checkpoint.size == 1024


def test_an_earlier_size_is_exported_and_no_other(sealed, tmp_path):
    folder = tmp_path / "mirror"
    assert here("log", "export", folder, "--at", 512).exit_code == 0
    assert verified(folder).checkpoint.size == 512
    never = here("log", "export", folder, "--at", 500)
    assert never.exit_code == 2
    assert "nearest size that was is 512" in never.stderr
    back = here("log", "export", folder, "--at", 256)
    assert back.exit_code == 2
    assert "holds 512 entries already" in back.stderr
    assert here("log", "export", folder).exit_code == 0
    assert verified(folder).checkpoint.size == 768


def test_a_folder_of_another_log_or_a_changed_one_is_never_gone_on_with(sealed, tmp_path):
    other = tmp_path / "other"
    publish_another(other, entries_of(256))
    before = files_of(other)
    refused = here("log", "export", other)
    assert refused.exit_code == 2, refused.stdout
    assert files_of(other) == before
    mine = tmp_path / "mirror"
    here("log", "export", mine, "--at", 512)
    (mine / "tile" / "1" / "000.p" / "2").write_bytes(bytes(64))
    assert here("log", "export", mine).exit_code == 2
    assert tlog.read_checkpoint(mine).split("\n")[1] == "512"


def test_nothing_sealed_is_said(db, data_folder, tmp_path):
    done = here("log", "export", tmp_path / "mirror")
    assert done.exit_code == 2
    assert "worker --once" in done.stderr


_interrupting = {"at": 0}


def _interrupt(event, _):
    if event == "os.rename" and _interrupting["at"]:
        _interrupting["at"] -= 1
        if not _interrupting["at"]:
            raise KeyboardInterrupt


sys.addaudithook(_interrupt)


def test_an_interrupted_export_leaves_a_sound_folder_and_goes_on(sealed, tmp_path, monkeypatch):
    monkeypatch.setattr(log_export, "STAGE", 256)
    for number in range(1, 40):
        folder = tmp_path / str(number)
        _interrupting["at"] = number
        done = here("log", "export", folder)
        if _interrupting["at"]:
            _interrupting["at"] = 0
            assert done.exit_code == 0
            break
        assert done.exit_code == 130
        if (folder / "checkpoint").exists():
            # What was being written is there under a hidden name; the next run takes it away.
            assert {".tmp"} >= {Path(found.path).suffix for found in verified(folder).findings}
        assert here("log", "export", folder).exit_code == 0
        report = verified(folder)
        assert report.valid
        assert report.checkpoint.size == 768
    assert number > 8, "it was interrupted often"


def test_stages_end_at_the_last_size_and_are_far_apart():
    assert stages(0, [256]) == [256]
    sizes = list(range(256, 200_001, 256))
    chosen = stages(0, sizes)
    assert chosen == [65_536, 131_072, 196_608, sizes[-1]]
    assert stages(131_072, sizes) == [196_608, sizes[-1]]
    assert stages(sizes[-1], sizes) == [sizes[-1]]


@pytest.fixture
def own_keys(sealed, settings, tmp_path):
    """Keys of this test alone, under which the log is sealed and published."""
    from schoolgate.apps.ledger.publishing import publish

    settings.KEYS = Path(shutil.copytree(settings.KEYS, tmp_path / "keys"))
    publish()
    return settings.KEYS


def entered_changes():
    """What the log's entries say of changes of its key, oldest first."""
    from schoolgate.apps.ledger.kinds import Kind
    from schoolgate.apps.ledger.models import Opening

    records = Opening.objects.filter(kind=Kind.LOG_KEY_CHANGED.value).order_by("subject").values_list("record")
    return [json.loads(record)["facts"] for (record,) in records]


def test_a_log_that_changed_its_key_is_checked_by_the_old_key_and_the_new(own_keys, settings, tmp_path):
    from schoolgate.apps.ledger.keys import keys
    from schoolgate.apps.ledger.publishing import publish
    from schoolgate.apps.ledger.sealing import check_consistency, seal_period

    log, old, before = settings.LOG_FOLDER, keys().verifying_key, tlog.read_checkpoint(settings.LOG_FOLDER)
    said = here("log", "rotate-key").stdout
    new = keys().verifying_key
    assert new != old
    assert new in said
    assert "more than 768 entries" in said
    assert "PRIVATE" not in said
    assert (log / "rotation" / "1").is_file(), "the change is published at once"
    assert entered_changes() == [{"size": 768, "old": old, "new": new}]
    seal_period()
    publish()
    both = tlog.read_checkpoint(log)
    for key in (old, new):
        assert tlog.open_checkpoint(both, tlog.VerifyingKey.parse(key))
    assert old in here("log", "rotate-key", "--retire").stdout
    assert "no older key" in here("log", "rotate-key", "--retire").stdout
    seal_period()
    publish()
    for key in (old, new):
        for earlier in (before, both):
            report = tlog.verify_folder(log, key, earlier=earlier)
            assert report.valid, report.sentences()
    check_consistency()
    mirror = tmp_path / "mirror"
    assert here("log", "export", mirror).exit_code == 0
    assert files_of(mirror).items() <= files_of(log).items()
    assert not tlog.verify_folder(log, tlog.generate_key("schoolgate.example/log")[1]).valid


def test_a_change_that_was_cut_off_is_finished_and_no_other_made(own_keys):
    from schoolgate.apps.ledger.keys import keys

    old = (own_keys / "log-verifying").read_bytes()
    here("log", "rotate-key")
    (own_keys / "log-verifying").write_bytes(old)
    assert len(keys().problems()) == 1
    assert "cut off is finished" in here("log", "rotate-key").stdout
    assert len(keys().rotations) == 1
    assert keys().problems() == []
    assert len(entered_changes()) == 1


def test_a_change_that_was_killed_before_its_entry_gets_it_from_whatever_runs_next(own_keys):
    from schoolgate.apps.access.actors import SYSTEM
    from schoolgate.apps.ledger.acts import Impossible
    from schoolgate.apps.ledger.rotating import enter_key_change, enter_key_changes, rotate_key

    changes = [rotate_key() for _ in range(2)]
    assert not entered_changes()
    assert here("worker", "--once").exit_code == 0
    assert [one["new"] for one in entered_changes()] == [one.verifying_key for one in changes]
    enter_key_changes(actor=SYSTEM)
    with pytest.raises(Impossible):
        enter_key_change(actor=SYSTEM, number=2)
    assert len(entered_changes()) == 2


def test_without_a_key_the_log_is_left_alone(own_keys):
    (own_keys / "log-signing").unlink()
    for arguments in (["rotate-key"], ["rotate-key", "--retire"], ["export", own_keys.parent / "mirror"]):
        done = here("log", *arguments)
        assert done.exit_code == 3, done.stdout
        assert "log-signing" in done.stderr
    assert not (own_keys / "rotations").exists()


def test_the_newest_checkpoint_is_stamped(sealed, settings, tmp_path):
    authority = Authority(tmp_path / "authority")
    unset = here("log", "stamp")
    assert unset.exit_code == 3
    assert "SCHOOLGATE_TSA_URL" in unset.stderr
    with listening(lambda question: (200, authority.answer(question))) as settings.TSA_URL:
        settings.TSA_ROOTS = authority.root
        said = here("log", "stamp").stdout
    assert "checkpoint of 768 entries existed at" in said
    assert "secret" not in said


def test_a_new_process_changes_the_key_of_a_new_log(commands, installed, tmp_path):
    """Nothing that a test loaded before is needed."""
    var = Path(shutil.copytree(installed, tmp_path / "var"))
    done = commands.run("log", "rotate-key", environment=bare_environment(SCHOOLGATE_VAR=var, SCHOOLGATE_DEMO=1))
    assert done.returncode == 0, done.stderr
    assert "more than 0 entries" in done.stdout
    assert (var / "keys" / "rotations" / "1").is_file()


@pytest.mark.parametrize("verb", ["log export", "log rotate-key", "log stamp", "verify stamp"])
def test_the_help_of_each_verb_has_an_example(verb):
    done = here(*verb.split(), "--help")
    assert f"Example: schoolgate {verb}" in done.stdout
