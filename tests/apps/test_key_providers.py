"""An installation whose wrapping keys are kept elsewhere than in its key folder."""

import sys
from datetime import date
from pathlib import Path

import pytest
from django.conf import LazySettings

from schoolgate.apps.ledger.keys import Keys, keys
from schoolgate.apps.ledger.safe import context, open_value, seal_new
from schoolgate.engines.vault import KeyFolderError, KeyMissingError, SealBrokenError

PROGRAM = Path(__file__).parents[1] / "engines" / "vault" / "key_program.py"


@pytest.fixture
def kept_by(tmp_path: Path) -> str:
    (tmp_path / "program").mkdir()
    return f"command:{sys.executable} {PROGRAM} {tmp_path / 'program'}"


def test_the_setting_says_what_keeps_them(settings: LazySettings, tmp_path: Path, kept_by: str) -> None:
    settings.KEYS, settings.KEY_PROVIDER = tmp_path / "keys", kept_by
    assert "kek-2026-12" in keys().create_missing(origin="kept.example/log", today=date(2026, 12, 1))
    assert keys().problems() == []
    assert not (tmp_path / "keys" / "kek").exists()
    assert (tmp_path / "program" / "kek-2026-12").exists()
    value = seal_new(context("a.table", "1", "words"), b"by the gym")
    assert open_value(context("a.table", "1", "words"), value.wrapped_key, value.sealed) == b"by the gym"
    for place in (context("a.table", "1", "other"), context("a.table", "2", "words"), context("b.table", "1", "words")):
        with pytest.raises(SealBrokenError):
            open_value(place, value.wrapped_key, value.sealed)
    (tmp_path / "program" / "kek-2026-12").unlink()
    assert any("no wrapping key (kek) with what" in one for one in keys().problems())
    with pytest.raises(KeyMissingError):
        open_value(context("a.table", "1", "words"), value.wrapped_key, value.sealed)


def test_a_program_that_does_not_answer_is_a_problem_told_and_no_crash(tmp_path: Path, kept_by: str) -> None:
    held = Keys(tmp_path / "keys", kept_by)
    held.create_missing(origin="kept.example/log", today=date(2026, 12, 1))
    assert held.problems() == []
    broken = Keys(tmp_path / "keys", "command:/bin/false")
    assert any("the key program false failed with code 1" in one for one in broken.problems())
    nonsense = Keys(tmp_path / "keys", "tresor")
    assert any("the key provider must be file" in one for one in nonsense.problems())


def test_a_folder_of_keys_that_others_may_enter_is_told(tmp_path: Path) -> None:
    held = Keys(tmp_path / "keys")
    held.create_missing(origin="kept.example/log", today=date(2026, 12, 1))
    (tmp_path / "keys" / "kek").chmod(0o755)
    assert any("chmod 700" in one for one in held.problems())
    with pytest.raises(KeyFolderError):
        held.has_epochs()
    (tmp_path / "keys" / "kek").chmod(0o700)
    (tmp_path / "keys" / "kek" / "kek-2026-12").unlink()
    assert any("no wrapping key (kek) in" in one for one in held.problems())
