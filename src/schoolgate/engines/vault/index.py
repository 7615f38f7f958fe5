"""Blind indexes: finding an encrypted name again without storing it."""

import hmac
import unicodedata
from typing import Final

from schoolgate.engines.vault.context import length_prefixed
from schoolgate.engines.vault.errors import VaultError

_KEY_BYTES: Final = 32
_INDEX_BYTES: Final = 16
# Mapped before NFKD, which would turn some of them into a space and a mark.
_APOSTROPHES: Final = str.maketrans(
    dict.fromkeys(
        "\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}"
        "\N{SINGLE HIGH-REVERSED-9 QUOTATION MARK}\N{FULLWIDTH APOSTROPHE}"
        "\N{MODIFIER LETTER APOSTROPHE}\N{MODIFIER LETTER TURNED COMMA}\N{MODIFIER LETTER PRIME}\N{PRIME}"
        "\N{GRAVE ACCENT}\N{ACUTE ACCENT}\N{GREEK TONOS}\N{GREEK KORONIS}\N{GREEK PSILI}"
        "\N{HEBREW PUNCTUATION GERESH}\N{LATIN SMALL LETTER SALTILLO}",
        "'",
    )
)
_BIDI_CONTROLS: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def normalise(text: str) -> str:
    """The form in which names compare: José is JOSE, and a curly apostrophe is a straight one.

    NFKD and case folding to a fixed point, marks and invisible format characters dropped, apostrophes made
    one, white space collapsed. Letters of other scripts that look alike stay apart: see `mixed_scripts`.

    Raises:
        VaultError: When the text holds a character that reverses the direction of writing.
    """
    if text.isascii():
        # What all that follows comes to: the grave accent is the one of these apostrophes.
        return text.lower() if text.isalnum() else " ".join(text.replace("`", "'").lower().split())
    if _BIDI_CONTROLS.intersection(text):
        raise VaultError("the text holds a control character for the direction of writing; type it again by hand")
    folded = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES)).casefold()
    decomposed = unicodedata.normalize("NFKD", folded).casefold()
    kept = "".join(
        char for char in decomposed if unicodedata.category(char)[0] != "M" and unicodedata.category(char) != "Cf"
    )
    return " ".join(kept.split())


def blind_index(key: bytes, *parts: str) -> bytes:
    """16 bytes by which equal (normalised) parts are found again: HMAC-SHA256 (RFC 2104), truncated.

    Index the triple first name, last name, birth date, never a surname alone: frequencies give 60 % of the
    ten most common surnames away at any length. Whoever can insert rows and read the index can test guesses.

    Args:
        key: 32 bytes or more, one per district and column.
        parts: What is looked up together; their order matters.

    Raises:
        VaultError: When the key is short, or nothing is left of the parts, or one holds a bidi control.
    """
    if len(key) < _KEY_BYTES:
        raise VaultError(f"a blind index needs a key of at least {_KEY_BYTES} bytes")
    normal = [normalise(part) for part in parts]
    if not any(normal):
        raise VaultError("a blind index of nothing would equate every empty row; give at least one part")
    return hmac.digest(key, length_prefixed(*normal), "sha256")[:_INDEX_BYTES]


def mixed_scripts(text: str) -> bool:
    """Whether letters of several scripts are mixed in one word, as in a Cyrillic o within a Latin name.

    Such a name is not found by its ordinary spelling; ask the person who typed it. The script is read off the
    letter's Unicode name, which is exact for Latin, Greek, Cyrillic, Hebrew, Arabic and Armenian.
    """
    return any(len({_script(char) for char in word if char.isalpha()}) > 1 for word in text.split())


def _script(char: str) -> str:
    first = unicodedata.name(char, "UNKNOWN").split()[0]
    return "LATIN" if first in {"FULLWIDTH", "MODIFIER", "FEMININE", "MASCULINE"} else first
