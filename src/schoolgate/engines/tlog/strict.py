"""Decimal numbers and base64 as the C2SP formats mean them.

Python's own readers are wider: `int` takes "+5", " 5", "5_0", "05" and Arabic digits; `b64decode` takes junk,
and even when told to validate it takes padding bits that are not zero. Two texts for one value would let
somebody change a signed or published file without anybody noticing.
"""

import base64
import binascii
import re
from typing import Final

MAX_NUMBER: Final = 2**63 - 1
_DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


def decimal(text: str) -> int:
    """Read a number from 0 to 2^63 - 1 written in its one way.

    Raises:
        ValueError: When it is written in any other way, or is larger.
    """
    if not _DECIMAL.fullmatch(text):
        raise ValueError("a decimal number without sign, spaces or leading zeros is expected")
    number = int(text)
    if number > MAX_NUMBER:
        raise ValueError("the number is larger than 2^63 - 1")
    return number


def encode_base64(data: bytes) -> str:
    """Write bytes as standard base64 with padding."""
    return base64.b64encode(data).decode("ascii")


def decode_base64(text: str) -> bytes:
    """Read standard base64 written in its one way.

    Raises:
        ValueError: When `encode_base64` would not have written this text.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as problem:
        raise ValueError("standard base64 is expected") from problem
    if encode_base64(data) != text:
        raise ValueError("the base64 is not written in its one way")
    return data


def decode_any_padding(text: str) -> tuple[bytes, bool]:
    """Read standard base64 whose last digit may carry bits that nothing reads; says too whether it carries none.

    Raises:
        ValueError: When anything else about it is not as `encode_base64` writes it.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as problem:
        raise ValueError("standard base64 is expected") from problem
    written = encode_base64(data)
    last = len(written.rstrip("=")) - 1
    if (text[:last], text[last + 1 :]) != (written[:last], written[last + 1 :]):
        raise ValueError("the base64 is not written in its one way")
    return data, text == written
