import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from schoolgate.engines.vault import (
    BareKey,
    Context,
    FileKeyProvider,
    KeyFolderError,
    KeyMissingError,
    SealBrokenError,
    Vault,
    VaultError,
    Wrap,
)


def test_keys_are_private_files_of_32_random_bytes(provider: FileKeyProvider, tmp_path: Path) -> None:
    provider.start_epoch("kek-2026-11")
    folder = tmp_path / "keys"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = sorted(folder.iterdir())
    assert [file.name for file in files] == ["kek-2026-10", "kek-2026-11"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert {len(file.read_bytes()) for file in files} == {32}
    assert files[0].read_bytes() != files[1].read_bytes()


def test_a_strange_umask_does_not_change_the_modes(tmp_path: Path) -> None:
    before = os.umask(0o177)
    try:
        keys = FileKeyProvider(tmp_path / "keys")
        keys.start_epoch("kek-2026-10")
    finally:
        os.umask(before)
    assert keys.unwrap([Wrap("kek-2026-10", keys.wrap("kek-2026-10", [BareKey(b"k" * 32, b"a")])[0], b"a")]) == [
        b"k" * 32
    ]


def test_starting_twice_and_at_once_keeps_one_key(tmp_path: Path) -> None:
    keys = FileKeyProvider(tmp_path / "keys")
    keys.start_epoch("kek-2026-09")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: keys.start_epoch("kek-2026-10"), range(16)))
    first = (tmp_path / "keys" / "kek-2026-10").read_bytes()
    keys.start_epoch("kek-2026-10")
    assert (tmp_path / "keys" / "kek-2026-10").read_bytes() == first
    assert sorted(file.name for file in (tmp_path / "keys").iterdir()) == ["kek-2026-09", "kek-2026-10"]


def test_epochs_are_in_order_of_their_months(provider: FileKeyProvider) -> None:
    provider.start_epoch("kek-2026-12")
    provider.start_epoch("kek-2027-01")
    assert provider.epochs() == ("kek-2026-10", "kek-2026-12", "kek-2027-01")
    assert provider.current_epoch() == "kek-2027-01"
    with pytest.raises(VaultError, match="older than kek-2027-01"):
        provider.start_epoch("kek-2026-11")


@pytest.mark.parametrize(
    "name",
    [
        "",
        "kek-2026-13",
        "kek-2026-1",
        "../kek-2026-10",
        "kek-2026-10/..",
        "kek-2026-10\n",
        "kek-\uff12\uff10\uff12\uff16-10",
    ],
)
def test_a_name_that_is_no_epoch_is_refused(provider: FileKeyProvider, name: str) -> None:
    with pytest.raises(VaultError, match="kek-YYYY-MM"):
        provider.start_epoch(name)
    with pytest.raises(VaultError, match="kek-YYYY-MM"):
        provider.wrap(name, [BareKey(b"k" * 32, b"")])


@pytest.mark.parametrize("mode", [0o400, 0o604, 0o640, 0o644, 0o660, 0o777])
def test_a_key_others_may_read_is_refused(provider: FileKeyProvider, tmp_path: Path, mode: int) -> None:
    (tmp_path / "keys" / "kek-2026-10").chmod(mode)
    with pytest.raises(KeyFolderError, match="chmod 600"):
        provider.wrap("kek-2026-10", [BareKey(b"k" * 32, b"")])


@pytest.mark.parametrize("mode", [0o750, 0o755, 0o701, 0o777])
def test_a_folder_others_may_enter_is_refused(provider: FileKeyProvider, tmp_path: Path, mode: int) -> None:
    (tmp_path / "keys").chmod(mode)
    for attempt in (provider.epochs, provider.current_epoch, lambda: provider.start_epoch("kek-2026-11")):
        with pytest.raises(KeyFolderError, match="chmod 700"):
            attempt()


def test_links_are_refused(provider: FileKeyProvider, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(b"k" * 32)
    (tmp_path / "elsewhere").chmod(0o600)
    (tmp_path / "keys" / "kek-2026-11").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(KeyFolderError, match="plain file"):
        provider.wrap("kek-2026-11", [BareKey(b"k" * 32, b"")])
    (tmp_path / "shortcut").symlink_to(tmp_path / "keys")
    with pytest.raises(KeyFolderError, match="must be a folder"):
        FileKeyProvider(tmp_path / "shortcut").epochs()


def test_a_missing_key_says_which_and_what_to_do(provider: FileKeyProvider, tmp_path: Path) -> None:
    with pytest.raises(KeyMissingError, match=r"kek-2026-08.*backup"):
        provider.unwrap([Wrap("kek-2026-08", b"", b"")])
    (tmp_path / "keys" / "kek-2026-10").unlink()
    with pytest.raises(KeyMissingError, match="start one"):
        provider.current_epoch()
    with pytest.raises(KeyFolderError, match="does not exist"):
        FileKeyProvider(tmp_path / "absent").current_epoch()


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_damaged_key_file_is_named(provider: FileKeyProvider, tmp_path: Path, size: int) -> None:
    (tmp_path / "keys" / "kek-2026-10").write_bytes(b"k" * size)
    with pytest.raises(KeyFolderError, match=r"kek-2026-10 is not 32 bytes"):
        provider.wrap("kek-2026-10", [BareKey(b"k" * 32, b"")])


def test_the_current_epoch_is_not_destroyed(provider: FileKeyProvider) -> None:
    with pytest.raises(VaultError, match="re-wrap"):
        provider.destroy_epoch("kek-2026-10")
    provider.start_epoch("kek-2026-11")
    provider.destroy_epoch("kek-2026-10")
    assert provider.epochs() == ("kek-2026-11",)
    with pytest.raises(KeyMissingError):
        provider.destroy_epoch("kek-2026-10")


def test_destruction_overwrites_before_it_unlinks(provider: FileKeyProvider, tmp_path: Path) -> None:
    file = tmp_path / "keys" / "kek-2026-10"
    with file.open("rb") as still_open:
        provider.start_epoch("kek-2026-11")
        provider.destroy_epoch("kek-2026-10")
        assert still_open.read() == bytes(32)
    assert not file.exists()


def test_destruction_reaches_a_vault_that_was_already_open(
    vault: Vault, provider: FileKeyProvider, narrative: Context, tmp_path: Path
) -> None:
    key = vault.new_key(narrative)
    sealed = vault.seal(key, narrative, b"x")
    elsewhere = FileKeyProvider(tmp_path / "keys")
    elsewhere.start_epoch("kek-2026-11")
    elsewhere.destroy_epoch("kek-2026-10")
    with pytest.raises(KeyMissingError):
        vault.open(key, narrative, sealed)


def test_a_wrap_is_bound_to_its_context(provider: FileKeyProvider) -> None:
    [blob] = provider.wrap("kek-2026-10", [BareKey(b"k" * 32, b"here")])
    assert provider.unwrap([Wrap("kek-2026-10", blob, b"here")]) == [b"k" * 32]
    for wrong in (Wrap("kek-2026-10", blob, b"there"), Wrap("kek-2026-10", b"", b"here")):
        with pytest.raises(SealBrokenError):
            provider.unwrap([wrong])
