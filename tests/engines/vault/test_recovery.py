import json
import os
from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shamir_mnemonic.share import Share
from shamir_mnemonic.wordlist import WORDLIST

from schoolgate.engines.vault import RecoveryError
from schoolgate.engines.vault.recovery import Bundle, RecoveryKey, short_name

TRIALS = settings(max_examples=int(os.environ.get("SCHOOLGATE_TRIALS", "25")), deadline=None)
KEYS = {"kek-2026-10": bytes(range(32)), "kek-2026-11": b"\xff" * 32}
# To make one takes ten thousand rounds of a hash: one serves the properties.
KEY = RecoveryKey.new()
BUNDLE = Bundle.seal(KEY.public, KEYS)


def test_any_two_shares_in_any_order_and_all_three_open_the_bundle() -> None:
    for few in (*permutations(KEY.shares, 2), KEY.shares):
        assert BUNDLE.open(few) == KEYS
    typed = ["  " + KEY.shares[0].upper().replace(" ", "\t ") + "\n", KEY.shares[2]]
    assert Bundle.from_text(BUNDLE.to_text()).open(typed) == KEYS


def test_a_share_is_33_words_and_one_opens_nothing() -> None:
    assert [len(share.split()) for share in KEY.shares] == [33] * 3
    for few in ([], KEY.shares[:1], [KEY.shares[0], KEY.shares[0].upper()]):
        with pytest.raises(RecoveryError, match="2 different shares are needed"):
            BUNDLE.open(few)
    with pytest.raises(RecoveryError, match="4 were given"):
        BUNDLE.open([*KEY.shares, RecoveryKey.new().shares[0]])


@TRIALS
@given(
    which=st.integers(0, 2),
    places=st.sets(st.integers(0, 32), min_size=1),
    words=st.lists(st.sampled_from(WORDLIST), min_size=33, max_size=33),
)
def test_any_altered_word_is_noticed(which: int, places: set[int], words: list[str]) -> None:
    share = KEY.shares[which].split()
    altered = [words[at] if at in places else word for at, word in enumerate(share)]
    shares = [" ".join(altered), *(one for one in KEY.shares if one != KEY.shares[which])]
    for few in (shares[:2], shares):
        if altered == share:
            assert BUNDLE.open(few) == KEYS
        else:
            with pytest.raises(RecoveryError) as caught:
                BUNDLE.open(few)
            assert not set(str(caught.value).split()) & set(WORDLIST) - {"share", "word", "paper", "together"}


@TRIALS
@given(which=st.integers(0, 2), at=st.integers(0, 255))
def test_a_share_altered_with_a_right_checksum_is_noticed_too(which: int, at: int) -> None:
    """Somebody who gives a wrong share on purpose: the checksum is right, what it adds up to is not."""
    share = Share.from_mnemonic(KEY.shares[which])
    value = bytearray(share.value)
    value[at // 8] ^= 1 << (at % 8)
    forged = replace(share, value=bytes(value)).mnemonic()
    others = [one for one in KEY.shares if one != KEY.shares[which]]
    for few in ([forged, others[0]], [others[1], forged], [forged, *others]):
        with pytest.raises(RecoveryError, match="do not fit together"):
            BUNDLE.open(few)


def test_missing_and_foreign_words_are_told_by_the_number_of_the_share() -> None:
    for wrong in (KEY.shares[1].rpartition(" ")[0], KEY.shares[1] + " acid", "marisol aguilar", "\u0130" * 33):
        with pytest.raises(RecoveryError, match="share 2 is not as it was printed") as caught:
            BUNDLE.open([KEY.shares[0], wrong])
        assert "marisol" not in str(caught.value)


def test_shares_of_different_keys_do_not_mix() -> None:
    other = RecoveryKey.new()
    with pytest.raises(RecoveryError, match="do not fit together"):
        BUNDLE.open([KEY.shares[0], other.shares[1]])
    with pytest.raises(RecoveryError, match="another recovery key"):
        BUNDLE.open(other.shares[:2])
    assert short_name(KEY.public) != short_name(other.public)


@TRIALS
@given(st.data())
def test_an_altered_bundle_does_not_open(data: st.DataObject) -> None:
    sealed = bytearray(BUNDLE.sealed)
    bit = data.draw(st.integers(0, 8 * len(sealed) - 1))
    sealed[bit // 8] ^= 1 << (bit % 8)
    for altered in (replace(BUNDLE, sealed=bytes(sealed)), replace(BUNDLE, epochs=BUNDLE.epochs[:1])):
        with pytest.raises(RecoveryError, match="does not open"):
            altered.open(KEY.shares[:2])


@pytest.mark.parametrize(
    "change",
    [
        {"format": "another"},
        {"recovery_key": "00"},
        {"recovery_key": 5},
        {"epochs": ["../x"]},
        {"epochs": 5},
        {"sealed": "!"},
        {"sealed": None},
    ],
)
def test_what_is_no_bundle_is_told(change: dict[str, object]) -> None:
    facts = {**json.loads(BUNDLE.to_text()), **change}
    for text in (json.dumps(facts), "", "[]", "{}", "null"):
        with pytest.raises(RecoveryError, match="no recovery bundle"):
            Bundle.from_text(text)


def test_neither_the_bundle_nor_what_is_shown_of_a_key_holds_a_key_or_a_word() -> None:
    shown = f"{KEY!r} {BUNDLE!r} {BUNDLE.to_text()}"
    for secret in (*KEYS.values(),):
        assert secret.hex() not in shown
    assert not any(share in shown or share[:30] in shown for share in KEY.shares)
    assert "kek-2026-11" in BUNDLE.to_text()


def test_a_key_that_is_none_makes_no_bundle() -> None:
    with pytest.raises(RecoveryError, match="32 bytes"):
        Bundle.seal(b"short", KEYS)
