"""Entries that say nothing: an entry is HMAC-SHA256(r, record), with 32 fresh random bytes r for each.

A bare hash of a record could be guessed (there are few students, kinds and dates); a keyed one cannot while r
is secret, and destroying r and the record leaves a valid leaf without meaning. The record is written as
canonical JSON: for what is allowed here, the same bytes as RFC 8785 (JSON Canonicalization Scheme).
"""

import hmac
import json
from collections.abc import Mapping
from typing import Final

from schoolgate.engines.tlog.errors import CommitmentError

RANDOMNESS_BYTES: Final = 32
ENTRY_BYTES: Final = 32
MAX_INTEGER: Final = 2**53 - 1
"""The largest integer that every JSON reader keeps exactly."""
MAX_DEPTH: Final = 32

# What every reader gives back as it was, so that most of a record is only looked at.
_PLAIN: Final = frozenset({str, bool, type(None)})
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)

type Json = str | int | bool | list[Json] | dict[str, Json] | None


def canonical(record: Mapping[str, object]) -> bytes:
    """The one way to write this record.

    Objects, lists, strings, booleans, null and integers of up to 53 bits; keys sorted as RFC 8785 sorts them,
    no spaces, UTF-8. Two records have the same bytes only when they are the same.

    Raises:
        CommitmentError: When the record holds something that JSON would not give back as it was (a float, a
            tuple, a date, a key that is not text, half a surrogate pair), or is nested deeper than 32. The
            message says where by position, never what.
    """
    if not isinstance(record, dict):
        raise CommitmentError("a record is an object: a dict with text keys")
    ordered = _ordered(record, "record", MAX_DEPTH)
    try:
        return _ENCODER.encode(ordered).encode()
    except UnicodeEncodeError:
        raise CommitmentError("the record holds half a surrogate pair, which is no text") from None


def read_canonical(data: bytes) -> dict[str, Json]:
    """The record that `canonical` wrote as these bytes.

    Raises:
        CommitmentError: When `canonical` would not have written them.
    """
    try:
        record = json.loads(data.decode())
    except (ValueError, RecursionError):
        raise CommitmentError("the record is not JSON in UTF-8") from None
    if canonical(record) != data:
        raise CommitmentError("the record is not written in its one way")
    return record  # type: ignore[no-any-return]  # `canonical` took it, so it is one


def commit(record: bytes, randomness: bytes) -> bytes:
    """The 32-byte entry that commits to a canonical record.

    Args:
        record: What `canonical` returned.
        randomness: 32 bytes from a cryptographic source, for this entry only.

    Raises:
        CommitmentError: When the randomness has another length.
    """
    if len(randomness) != RANDOMNESS_BYTES:
        raise CommitmentError(f"a commitment needs {RANDOMNESS_BYTES} random bytes, not {len(randomness)}")
    return hmac.digest(randomness, record, "sha256")


def open_commitment(entry: bytes, record: bytes, randomness: bytes) -> dict[str, Json]:
    """What the entry commits to.

    Raises:
        CommitmentError: When record and randomness are not those of this entry, or the record is not canonical.
    """
    if not hmac.compare_digest(commit(record, randomness), entry):
        raise CommitmentError("the record and its randomness are not what this entry was made from")
    return read_canonical(record)


def pack_opening(record: bytes, randomness: bytes) -> bytes:
    """An opening as it travels in a receipt: the 32 random bytes, then the canonical record."""
    if len(randomness) != RANDOMNESS_BYTES:
        raise CommitmentError(f"an opening begins with {RANDOMNESS_BYTES} random bytes, not {len(randomness)}")
    return randomness + record


def unpack_opening(data: bytes) -> tuple[bytes, bytes]:
    """The canonical record and the randomness of a packed opening.

    Raises:
        CommitmentError: When it is too short to be one.
    """
    if len(data) <= RANDOMNESS_BYTES:
        raise CommitmentError("the opening is too short to hold a record and its randomness")
    return data[RANDOMNESS_BYTES:], data[:RANDOMNESS_BYTES]


def _ordered(value: object, where: str, depth: int) -> Json:
    if depth < 0:
        raise CommitmentError(f"{where} is nested deeper than {MAX_DEPTH}")
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise CommitmentError(f"{where} is an integer of more than 53 bits: write it as text")
        return value
    if isinstance(value, list):
        return [_ordered(each, f"{where}, item {number}", depth - 1) for number, each in enumerate(value)]
    if isinstance(value, dict):
        return {
            key: value[key]
            if depth and type(value[key]) in _PLAIN
            else _ordered(value[key], f"{where}, value {number}", depth - 1)
            for number, key in enumerate(_sorted_keys(value, where))
        }
    raise CommitmentError(f"{where} is a {type(value).__name__}, which JSON would not give back as it was")


def _sorted_keys(value: dict[str, object], where: str) -> list[str]:
    """By UTF-16, as RFC 8785 has it, which for ASCII is the order that Python has too."""
    keys = list(value)
    if not all(isinstance(key, str) for key in keys):
        raise CommitmentError(f"{where} has a key that is not text")
    if all(map(str.isascii, keys)):
        return sorted(keys)
    return sorted(keys, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
