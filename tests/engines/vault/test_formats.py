"""What wrapped keys are bound to, and that what was sealed under the first format still opens."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schoolgate.engines.vault import Context, FileKeyProvider, SealBrokenError, Vault, VaultError, WrappedKey

# Made by the first release under the epoch key 00 01 02 ... 1f.
OLD_KEY = bytes.fromhex(
    "53474b310100000010d6af7479e973df1fe5bf8b91c681f5e40000000b6b656b2d323032362d31300000003c748a44c85b660a8e069c91d0"
    "960e62671e8422b2847bad1f081fd1aabd023c65ac99fac068ab96ca0906e9fba5f8b30198271eeb71cb621efb514651"
)
OLD_VALUE = bytes.fromhex(
    "5347533101d6af7479e973df1fe5bf8b91c681f5e486c42d4b34997562520d3558ae5cda4368edb29b1bae11241584779c8df9773c6e7d1d"
    "374177aa3bde6f691a1f1da1e21154fefb19fe44375e69f08e3b927a2f48d392ae5bf3c9ace8d8f6ae"
)
CHANGES = [{"district": "revere"}, {"table": "attachment"}, {"pk": "other"}, {"version": 2}]


@pytest.fixture
def old_vault(tmp_path: Path) -> Vault:
    provider = FileKeyProvider(tmp_path / "old")
    provider.restore_epochs({"kek-2026-10": bytes(range(32))})
    return Vault(provider)


def test_the_first_format_still_opens_and_is_written_as_it_was(old_vault: Vault, narrative: Context) -> None:
    key = WrappedKey.from_bytes(OLD_KEY)
    assert old_vault.open(key, narrative, OLD_VALUE) == b"an old narrative"
    assert key.to_bytes() == OLD_KEY
    assert old_vault.open(key, narrative, old_vault.seal(key, narrative, b"more")) == b"more"


def test_rewrapping_brings_the_first_format_to_the_second(old_vault: Vault, narrative: Context) -> None:
    key = old_vault.rewrap(WrappedKey.from_bytes(OLD_KEY), narrative)
    assert key.to_bytes().startswith(b"SGK2\1")
    assert old_vault.open(WrappedKey.from_bytes(key.to_bytes()), narrative, OLD_VALUE) == b"an old narrative"
    for change in CHANGES:
        with pytest.raises(SealBrokenError):
            old_vault.open(key, replace(narrative, **change), OLD_VALUE)  # type: ignore[arg-type]


def test_a_key_of_the_second_format_passes_for_none_of_the_first(vault: Vault, narrative: Context) -> None:
    key = vault.new_key(narrative)
    stripped = replace(key, commitment=b"")
    with pytest.raises(SealBrokenError):
        vault.seal(WrappedKey.from_bytes(stripped.to_bytes()), narrative, b"x")


def test_a_wrapped_key_is_bound_to_all_that_the_format_says(tmp_path: Path, narrative: Context) -> None:
    provider = FileKeyProvider(tmp_path / "known")
    provider.restore_epochs({"kek-2026-10": bytes(range(32))})
    key = Vault(provider).new_group_key(narrative)
    parts = [b"SGK2", b"\1", b"boston", b"report_version", narrative.pk.encode(), b"3", b"narrative"]
    parts += [key.key_id, b"kek-2026-10", key.commitment]
    aad = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    bare = AESGCM(bytes(range(32))).decrypt(key.blob[:12], key.blob[12:], aad)
    label = b"schoolgate record key commitment 1"
    assert key.commitment == sha256(len(label).to_bytes(4, "big") + label + (32).to_bytes(4, "big") + bare).digest()


@pytest.mark.parametrize("change", [*CHANGES, {"field": "claims"}, {"field": "claims/narrative"}])
def test_a_group_key_seals_opens_and_is_rewrapped_in_its_place_only(
    vault: Vault, narrative: Context, change: dict[str, object]
) -> None:
    key = vault.new_group_key(narrative)
    elsewhere = replace(narrative, **change)  # type: ignore[arg-type]  # one field of each kind
    for attempt in (
        lambda: vault.seal(key, elsewhere, b"x"),
        lambda: vault.open(key, elsewhere, vault.seal(key, narrative, b"x")),
        lambda: vault.rewrap(key, elsewhere),
    ):
        with pytest.raises(SealBrokenError):
            attempt()


def test_a_group_key_cannot_be_renamed(vault: Vault, narrative: Context) -> None:
    key = vault.new_group_key(narrative)
    for group in ("claims", ""):
        with pytest.raises(SealBrokenError):
            vault.seal(replace(key, group=group), narrative.at(group or "narrative"), b"x")


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_flipped_bit_of_a_group_key_is_refused(vault: Vault, narrative: Context, data: st.DataObject) -> None:
    stored = bytearray(vault.new_group_key(narrative).to_bytes())
    bit = data.draw(st.integers(0, 8 * len(stored) - 1))
    stored[bit // 8] ^= 1 << (bit % 8)
    with pytest.raises(VaultError):
        vault.seal(WrappedKey.from_bytes(bytes(stored)), narrative, b"x")


def test_a_wrap_that_opens_to_another_key_is_refused(tmp_path: Path, narrative: Context) -> None:
    """As if two keys had been found that one GCM ciphertext opens under: the commitment tells them apart."""
    provider = FileKeyProvider(tmp_path / "known")
    provider.restore_epochs({"kek-2026-10": bytes(range(32))})
    vault = Vault(provider)
    key = vault.new_key(narrative)
    forged = key.blob[:12] + AESGCM(bytes(range(32))).encrypt(key.blob[:12], b"?" * 32, key.aad(narrative))
    with pytest.raises(SealBrokenError, match="not the one it says"):
        vault.seal(replace(key, blob=forged), narrative, b"x")
