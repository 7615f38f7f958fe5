import os
import stat
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from schoolgate.engines.vault import (
    BareKey,
    CommandKeyProvider,
    Context,
    KeyMissingError,
    ProviderError,
    SealBrokenError,
    Vault,
    VaultError,
    Wrap,
)

PROGRAM = Path(__file__).with_name("key_program.py")
SECRET = b"K" * 32

type Program = Callable[[str], CommandKeyProvider]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "program").mkdir()
    return tmp_path / "program"


@pytest.fixture
def program(folder: Path) -> CommandKeyProvider:
    provider = CommandKeyProvider([sys.executable, str(PROGRAM), str(folder)])
    provider.start_epoch("kek-2026-10")
    (folder / "runs").unlink()
    return provider


@pytest.fixture
def script(tmp_path: Path) -> Program:
    """A program that is a few lines of shell."""

    def make(text: str) -> CommandKeyProvider:
        file = tmp_path / "keys.sh"
        file.write_text("#!/bin/sh\n" + text)
        file.chmod(stat.S_IRWXU)
        return CommandKeyProvider([str(file)], timeout=5)

    return make


def test_a_page_of_fifty_records_is_one_run_of_the_program(
    program: CommandKeyProvider, folder: Path, narrative: Context
) -> None:
    vault = Vault(program)
    places = [replace(narrative, pk=str(number)) for number in range(50)]
    made = vault.seal_new_page([(place, place.pk.encode()) for place in places])
    assert (folder / "runs").read_text().split() == ["epochs", "wrap"]
    page = [(key, place, value) for place, (key, value) in zip(places, made, strict=True)]
    assert vault.open_page(page) == [place.pk.encode() for place in places]
    assert (folder / "runs").read_text().split() == ["epochs", "wrap", "unwrap"]


def test_the_next_epoch_is_started_survivors_rewrapped_and_the_old_one_destroyed(
    program: CommandKeyProvider, narrative: Context
) -> None:
    vault = Vault(program)
    old = vault.new_group_key(narrative)
    sealed = vault.seal(old, narrative, b"text")
    program.start_epoch("kek-2026-11")
    program.start_epoch("kek-2026-11")
    with pytest.raises(VaultError, match="older than kek-2026-11"):
        program.start_epoch("kek-2026-09")
    assert program.epochs() == ("kek-2026-10", "kek-2026-11")
    new = vault.rewrap(old, narrative)
    with pytest.raises(VaultError, match="current epoch"):
        program.destroy_epoch("kek-2026-11")
    program.destroy_epoch("kek-2026-10")
    assert vault.open(new, narrative, sealed) == b"text"
    for attempt in (lambda: vault.open(old, narrative, sealed), lambda: program.destroy_epoch("kek-2026-10")):
        with pytest.raises(KeyMissingError, match="kek-2026-10"):
            attempt()


def test_a_wrap_opens_in_its_place_only(program: CommandKeyProvider) -> None:
    [blob] = program.wrap("kek-2026-10", [BareKey(SECRET, b"here")])
    assert program.unwrap([Wrap("kek-2026-10", blob, b"here")]) == [SECRET]
    flipped = blob[:-1] + bytes([blob[-1] ^ 1])
    for wrong in (Wrap("kek-2026-10", blob, b"there"), Wrap("kek-2026-10", flipped, b"here")):
        with pytest.raises(SealBrokenError):
            program.unwrap([wrong])
    assert program.unwrap([]) == program.wrap("kek-2026-10", []) == []


def test_a_program_without_keys_says_what_to_do(folder: Path) -> None:
    with pytest.raises(KeyMissingError, match="start one"):
        CommandKeyProvider([sys.executable, str(PROGRAM), str(folder)]).current_epoch()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cat >/dev/null; exit 7", "failed with code 7"),
        ("exit 0", "gave 0 answers to 1 questions"),
        ('cat >/dev/null; echo \'{"key": "S0VZ"}\'', "not 32 bytes"),
        ('cat >/dev/null; echo \'{"key": "!!KEY"}\'', "not base64"),
        ("cat >/dev/null; echo '{\"KEY\": 1}'", 'left out "key"'),
        ("cat >/dev/null; echo '{\"key\": 5}'", 'left out "key"'),
        ('cat >/dev/null; echo \'{"problem": "KEY"}\'', "neither"),
        ("cat >/dev/null; echo KEYKEY", "JSON object"),
        ("cat >/dev/null; echo '[1]'", "JSON object"),
        ("cat >/dev/null; printf '\\377\\376'", "JSON object"),
        ("cat >/dev/null; echo '{}'; echo '{}'", "gave 2 answers to 1 questions"),
        ("cat >&2; cat >/dev/null; exit 1", "failed with code 1"),
    ],
)
def test_a_program_that_answers_wrongly_is_told_without_its_words(script: Program, text: str, message: str) -> None:
    with pytest.raises(ProviderError, match=message) as caught:
        script(text).unwrap([Wrap("kek-2026-10", SECRET, b"Marisol")])
    shown = f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r}"
    for secret in ("KEY", "S0VZ", "S0tL", "Marisol", SECRET.decode()):
        assert secret not in str(caught.value)
        assert secret not in shown or caught.value.__suppress_context__


def test_a_program_names_only_epochs(script: Program) -> None:
    with pytest.raises(ProviderError, match="kek-YYYY-MM"):
        script('cat >/dev/null; echo \'{"epoch": "../etc"}\'').epochs()


def test_nothing_a_program_says_beside_its_answer_reaches_our_own_output(
    script: Program, capfd: pytest.CaptureFixture[str]
) -> None:
    answer = 'printf \'{"epoch": "kek-2026-10"}\\n\''
    assert script(f"cat >/dev/null; echo KEY >&2; {answer}").epochs() == ("kek-2026-10",)
    assert capfd.readouterr() == ("", "")


def test_a_program_that_hangs_is_killed_with_all_it_started(tmp_path: Path) -> None:
    file = tmp_path / "keys.sh"
    file.write_text(f"#!/bin/sh\nsleep 600 &\necho $! > {tmp_path}/child\nwait\n")
    file.chmod(stat.S_IRWXU)
    began = time.monotonic()
    with pytest.raises(ProviderError, match=r"did not answer within 0\.5 seconds"):
        CommandKeyProvider([str(file)], timeout=0.5).epochs()
    assert time.monotonic() - began < 10
    child = int((tmp_path / "child").read_text())
    for _ in range(100):
        if not alive(child):
            break
        time.sleep(0.05)
    assert not alive(child)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_program_that_reads_nothing_is_no_deadlock(script: Program) -> None:
    many = [BareKey(os.urandom(32), b"a" * 2000)] * 500
    with pytest.raises(ProviderError, match="answers to 500 questions"):
        script("exit 0").wrap("kek-2026-10", many)


def test_a_program_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProviderError, match="cannot be started"):
        CommandKeyProvider([str(tmp_path / "absent")]).epochs()
    for relative in (["keys"], [], [""]):
        with pytest.raises(ProviderError, match="absolute path"):
            CommandKeyProvider(relative)


def test_a_malformed_epoch_never_reaches_the_program(program: CommandKeyProvider, folder: Path) -> None:
    for attempt in (
        lambda: program.start_epoch("../x"),
        lambda: program.wrap("../x", [BareKey(SECRET, b"")]),
        lambda: program.unwrap([Wrap("../x", b"", b"")]),
        lambda: program.destroy_epoch("../x"),
    ):
        with pytest.raises(VaultError, match="kek-YYYY-MM"):
            attempt()
    assert not (folder / "runs").exists()
