"""Students in entries: a pseudonym that only the auditor can tell from another.

A student's pseudonym is eight bytes of HMAC under a key of the installation. An entry holds it covered by a pad of its
own, so that who has two receipts cannot tell whether another child is in both. The auditor gets the key of the pads,
and what each entry says of it holds the district to that one key: another would make one student two.
"""

import hmac
import re
from typing import Final

from schoolgate.engines.tlog.errors import AuditError

PSEUDONYM_BYTES: Final = 8
NONCE_BYTES: Final = 8
KEY_BYTES: Final = 32
_COVERED: Final = re.compile(rf"[0-9a-f]{{{2 * (PSEUDONYM_BYTES + NONCE_BYTES)}}}", re.ASCII)


def pads_key(secret: bytes) -> bytes:
    """The key of the pads, which the auditor is given: 32 bytes made from the installation's secret."""
    return hmac.digest(secret, b"schoolgate students in entries: pads 1", "sha256")


def key_mark(key: bytes) -> str:
    """What an entry says of the key of its pads: 16 hex digits."""
    return hmac.digest(key, b"schoolgate students in entries: mark 1", "sha256")[:PSEUDONYM_BYTES].hex()


def covered(secret: bytes, student: bytes, nonce: bytes) -> str:
    """A student as an entry holds it: 32 hex digits.

    Args:
        secret: The installation's own, which never leaves it.
        student: What names the student in this installation.
        nonce: Eight fresh random bytes.
    """
    pseudonym = hmac.digest(secret, b"schoolgate students in entries: pseudonym 1\0" + student, "sha256")
    return (nonce + _xor(pseudonym[:PSEUDONYM_BYTES], _pad(pads_key(secret), nonce))).hex()


def uncovered(key: bytes, text: str) -> bytes:
    """The pseudonym under a pad.

    Raises:
        AuditError: The text is not one that `covered` writes.
    """
    if not _COVERED.fullmatch(text):
        raise AuditError("a student of the entry is not written as one")
    data = bytes.fromhex(text)
    return _xor(data[NONCE_BYTES:], _pad(key, data[:NONCE_BYTES]))


def _pad(key: bytes, nonce: bytes) -> bytes:
    return hmac.digest(key, b"pad\0" + nonce, "sha256")[:PSEUDONYM_BYTES]


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(left ^ right for left, right in zip(one, other, strict=True))
