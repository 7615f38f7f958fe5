import os
import secrets
from dataclasses import replace
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schoolgate.engines.vault import (
    Context,
    FileKeyProvider,
    KeyDestroyedError,
    SealBrokenError,
    Vault,
    VaultError,
    WrappedKey,
)

TRIALS = settings(
    max_examples=int(os.environ.get("SCHOOLGATE_TRIALS", "25")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
SECRET = b"Marisol Aguilar was seen near the gym"

names = st.text(min_size=1, max_size=20)
contexts = st.builds(Context, names, names, names, st.integers(0, 10**9), names)


@TRIALS
@given(context=contexts, plaintext=st.binary(max_size=300))
def test_what_was_sealed_opens_in_its_own_place(vault: Vault, context: Context, plaintext: bytes) -> None:
    key = WrappedKey.from_bytes(vault.new_key(context).to_bytes())
    assert vault.open(key, context, vault.seal(key, context, plaintext)) == plaintext


@TRIALS
@given(here=contexts, there=contexts)
def test_a_value_opens_in_no_other_place(vault: Vault, here: Context, there: Context) -> None:
    key = vault.new_key(here)
    sealed = vault.seal(key, here, SECRET)
    if here == there:
        assert vault.open(key, there, sealed) == SECRET
    else:
        with pytest.raises(SealBrokenError):
            vault.open(key, there, sealed)


@pytest.mark.parametrize(
    "change",
    [{"district": "revere"}, {"table": "attachment"}, {"pk": "other"}, {"version": 2}, {"field": "basis"}],
)
def test_a_swapped_part_of_the_place_fails(vault: Vault, narrative: Context, change: dict[str, object]) -> None:
    key = vault.new_key(narrative)
    sealed = vault.seal(key, narrative, SECRET)
    with pytest.raises(SealBrokenError):
        vault.open(key, replace(narrative, **change), sealed)  # type: ignore[arg-type]  # one field of each kind


def test_parts_cannot_lend_each_other_letters(vault: Vault) -> None:
    here, there = Context("ab", "c", "d", 1, "e"), Context("a", "bc", "d", 1, "e")
    key = vault.new_key(here)
    with pytest.raises(SealBrokenError):
        vault.open(key, there, vault.seal(key, here, SECRET))


def test_a_flipped_bit_anywhere_in_the_sealed_value_fails(vault: Vault, narrative: Context) -> None:
    key = vault.new_key(narrative)
    sealed = vault.seal(key, narrative, b"no")
    for bit in range(8 * len(sealed)):
        damaged = bytearray(sealed)
        damaged[bit // 8] ^= 1 << (bit % 8)
        with pytest.raises(SealBrokenError):
            vault.open(key, narrative, bytes(damaged))


def test_a_flipped_bit_anywhere_in_the_wrapped_key_fails(vault: Vault, narrative: Context) -> None:
    key = vault.new_key(narrative)
    sealed = vault.seal(key, narrative, b"no")
    stored = key.to_bytes()
    for bit in range(8 * len(stored)):
        damaged = bytearray(stored)
        damaged[bit // 8] ^= 1 << (bit % 8)
        with pytest.raises(VaultError):
            vault.open(WrappedKey.from_bytes(bytes(damaged)), narrative, sealed)


@TRIALS
@given(garbage=st.binary(max_size=150), cut=st.integers(0, 200))
def test_garbage_and_stumps_fail_as_vault_errors(vault: Vault, narrative: Context, garbage: bytes, cut: int) -> None:
    key = vault.new_key(narrative)
    sealed, stored = vault.seal(key, narrative, SECRET), key.to_bytes()
    for stump in (garbage, sealed[: min(cut, len(sealed) - 1)], sealed + b"\0"):
        with pytest.raises(SealBrokenError):
            vault.open(key, narrative, stump)
    for stump in (garbage, stored[: min(cut, len(stored) - 1)], stored + b"\0"):
        with pytest.raises(SealBrokenError if stump else KeyDestroyedError):
            WrappedKey.from_bytes(stump)


def test_the_key_of_another_version_does_not_open(vault: Vault, narrative: Context) -> None:
    older = replace(narrative, version=2)
    sealed = vault.seal(vault.new_key(narrative), narrative, SECRET)
    with pytest.raises(SealBrokenError):
        vault.open(vault.new_key(older), narrative, sealed)
    with pytest.raises(SealBrokenError):
        vault.open(vault.new_key(narrative), narrative, sealed)


def test_the_key_commitment_is_what_the_format_says_and_is_checked(
    vault: Vault, narrative: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = bytes(range(32))
    monkeypatch.setattr(secrets, "token_bytes", lambda size: known[:size])
    key = vault.new_key(narrative)
    monkeypatch.undo()
    sealed = vault.seal(key, narrative, SECRET)
    label = b"schoolgate record key commitment 1"
    prefixed = len(label).to_bytes(4, "big") + label + (32).to_bytes(4, "big") + known
    assert sealed[:4] == b"SGS1"
    assert sealed[5:21] == key.key_id
    assert sealed[21:53] == sha256(prefixed).digest()
    parts = [
        b"SGS1",
        b"\1",
        b"boston",
        b"report_version",
        narrative.pk.encode(),
        b"3",
        b"narrative",
        key.key_id,
    ]
    aad = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    assert AESGCM(known).decrypt(sealed[53:65], sealed[65:], aad) == SECRET
    forged = sealed[:21] + sha256(b"another key").digest() + sealed[53:]
    with pytest.raises(SealBrokenError):
        vault.open(key, narrative, forged)


def test_nonces_and_keys_never_repeat(vault: Vault, narrative: Context) -> None:
    key = vault.new_key(narrative)
    sealed = [vault.seal(key, narrative, SECRET) for _ in range(300)]
    assert len({value[53:65] for value in sealed}) == len(sealed)
    keys = [vault.new_key(narrative) for _ in range(100)]
    assert len({one.key_id for one in keys}) == len({one.blob[:12] for one in keys}) == len(keys)


def test_a_page_opens_in_order(vault: Vault, narrative: Context) -> None:
    places = [replace(narrative, pk=str(number)) for number in range(20)]
    keys = [vault.new_key(place) for place in places]
    page = [(key, place, vault.seal(key, place, place.pk.encode())) for key, place in zip(keys, places, strict=True)]
    assert vault.open_page(page) == [place.pk.encode() for place in places]
    assert vault.open_page([]) == []


def test_errors_and_reprs_say_nothing_of_content_or_keys(vault: Vault, narrative: Context) -> None:
    key = vault.new_key(narrative)
    sealed = vault.seal(key, narrative, SECRET)
    with pytest.raises(SealBrokenError) as caught:
        vault.open(key, narrative, sealed[:-1] + bytes([sealed[-1] ^ 1]))
    shown = f"{caught.value} {caught.value!r} {key!r} {vault!r}"
    for word in (SECRET.decode(), "Marisol", narrative.pk, sealed.hex(), key.blob.hex(), repr(key.blob)):
        assert word not in shown
    assert "report_version.narrative" in shown


@pytest.mark.parametrize("broken", [{"district": ""}, {"table": ""}, {"pk": ""}, {"field": ""}, {"version": -1}])
def test_a_place_that_binds_nothing_is_refused(narrative: Context, broken: dict[str, object]) -> None:
    with pytest.raises(VaultError, match=next(iter(broken))):
        replace(narrative, **broken)  # type: ignore[arg-type]  # one field of each kind


def test_an_older_epoch_still_opens_and_a_destroyed_one_does_not(
    vault: Vault, provider: FileKeyProvider, narrative: Context
) -> None:
    survivor, doomed = narrative, replace(narrative, pk="doomed")
    old_key, doomed_key = vault.new_key(survivor), vault.new_key(doomed)
    sealed, doomed_sealed = vault.seal(old_key, survivor, SECRET), vault.seal(doomed_key, doomed, SECRET)

    provider.start_epoch("kek-2026-11")
    assert vault.open(old_key, survivor, sealed) == SECRET
    new_key = vault.rewrap(old_key, survivor)
    assert (new_key.epoch, new_key.key_id) == ("kek-2026-11", old_key.key_id)
    assert vault.open(new_key, survivor, sealed) == SECRET

    provider.destroy_epoch("kek-2026-10")
    assert vault.open(new_key, survivor, sealed) == SECRET
    for key, place, value in ((old_key, survivor, sealed), (doomed_key, doomed, doomed_sealed)):
        with pytest.raises(VaultError, match="kek-2026-10"):
            vault.open(key, place, value)
        with pytest.raises(VaultError, match="kek-2026-10"):
            vault.rewrap(key, place)


def test_rewrapping_another_records_key_fails(vault: Vault, narrative: Context) -> None:
    with pytest.raises(SealBrokenError):
        vault.rewrap(vault.new_key(narrative), replace(narrative, pk="other"))
