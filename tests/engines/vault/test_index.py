import os
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolgate.engines.vault import VaultError, blind_index, mixed_scripts, normalise

KEY = bytes(range(32))
TRIALS = settings(max_examples=int(os.environ.get("SCHOOLGATE_TRIALS", "25")), deadline=None)
BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
typed = st.text(st.characters(exclude_characters=BIDI, exclude_categories=["Cs"]), max_size=30)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("José", "JOSE"),
        ("José", unicodedata.normalize("NFD", "José")),
        ("Nguyễn", "nguyen"),
        ("\u0130pek", "ipek"),
        ("\N{LATIN SMALL LIGATURE FI}nch", "Finch"),
        ("Gro\u00df", "GROSS"),
        ("O\N{RIGHT SINGLE QUOTATION MARK}Neil", "O'Neil"),
        ("O\N{MODIFIER LETTER APOSTROPHE}Neil", "O'Neil"),
        ("O\N{ACUTE ACCENT}Neil", "o'neil"),
        ("Mari\u200bsol\u00ad", "Marisol"),
        ("  Marisol \t Aguilar\u00a0", "Marisol Aguilar"),
    ],
)
def test_spellings_of_one_name_meet(one: str, other: str) -> None:
    assert blind_index(KEY, one) == blind_index(KEY, other)


def test_different_names_parts_orders_and_keys_stay_apart() -> None:
    indexes = [
        blind_index(KEY, "Marisol", "Aguilar", "2010-03-04"),
        blind_index(KEY, "Aguilar", "Marisol", "2010-03-04"),
        blind_index(KEY, "Marisol Aguilar", "2010-03-04"),
        blind_index(KEY, "Marisol", "Aguilar", "2010-03-05"),
        blind_index(KEY, "Marisol", "Aguilar", "2010-03-04", ""),
        blind_index(KEY[::-1], "Marisol", "Aguilar", "2010-03-04"),
        blind_index(KEY, "Maris\N{CYRILLIC SMALL LETTER O}l", "Aguilar", "2010-03-04"),
    ]
    assert len(set(indexes)) == len(indexes)
    assert {len(index) for index in indexes} == {16}


@TRIALS
@given(typed)
def test_normalising_again_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert normalise(unicodedata.normalize("NFD", text)) == normalise(unicodedata.normalize("NFC", text))


@TRIALS
@given(st.text(st.characters(max_codepoint=127)))
def test_plain_letters_come_to_the_same_beside_others(text: str) -> None:
    assert normalise(f"\N{LATIN SMALL LETTER E WITH ACUTE} {text}") == f"e {normalise(text)}".strip()


@TRIALS
@given(typed, st.sampled_from(BIDI), typed)
def test_a_direction_control_is_refused_without_repeating_the_name(left: str, control: str, right: str) -> None:
    with pytest.raises(VaultError) as caught:
        blind_index(KEY, "Zyxwv" + left + control + right)
    assert "Zyxwv" not in str(caught.value)


def test_a_short_key_and_nothing_to_index_are_refused() -> None:
    with pytest.raises(VaultError, match="32 bytes"):
        blind_index(KEY[:31], "Marisol")
    for nothing in ((), ("",), (" ", "\u200b")):
        with pytest.raises(VaultError, match="at least one part"):
            blind_index(KEY, *nothing)


@pytest.mark.parametrize(
    ("text", "mixed"),
    [
        ("Marisol Aguilar", False),
        ("Maris\N{CYRILLIC SMALL LETTER O}l", True),
        ("\N{CYRILLIC CAPITAL LETTER A}\N{CYRILLIC SMALL LETTER EN}\N{CYRILLIC SMALL LETTER A}", False),
        ("Nguyễn O'Neil-Groß", False),
        ("", False),
    ],
)
def test_scripts_mixed_in_one_word_are_flagged(text: str, mixed: bool) -> None:  # noqa: FBT001 - an example
    assert mixed_scripts(text) is mixed
