"""RFC 9162 section 2.1.1 hashing: leaves, nodes, and whole levels of a tree at once.

A level is kept as one `bytes` of 32-byte hashes, left to right: hashing a slice of it costs no
concatenation, and a published hash tile is such a level already. Each digest starts from a copied state that
has read its prefix; that measured fastest in plain Python (`benchmarks/tlog_append.py`).
"""

import hashlib
from collections.abc import Iterable
from typing import Final

from schoolgate.engines.tlog.errors import TreeError
from schoolgate.engines.tlog.strict import MAX_NUMBER

HASH_BYTES: Final = 32
PAIR_BYTES: Final = 2 * HASH_BYTES
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
MAX_SIZE: Final = MAX_NUMBER

_LEAF: Final = hashlib.sha256(b"\x00")
_NODE: Final = hashlib.sha256(b"\x01")


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry: SHA-256(0x00 || entry)."""
    state = _LEAF.copy()
    state.update(entry)
    return state.digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node: SHA-256(0x01 || left || right)."""
    state = _NODE.copy()
    state.update(left + right)
    return state.digest()


def leaf_level(entries: Iterable[bytes]) -> bytes:
    """The leaf hashes of entries, concatenated. O(bytes of the entries)."""
    hashes = []
    fresh = _LEAF.copy
    for entry in entries:
        state = fresh()
        state.update(entry)
        hashes.append(state.digest())
    return b"".join(hashes)


def parent_level(level: bytes) -> bytes:
    """The level above one that holds an even number of hashes. O(length)."""
    hashes = []
    fresh = _NODE.copy
    for start in range(0, len(level), PAIR_BYTES):
        state = fresh()
        state.update(level[start : start + PAIR_BYTES])
        hashes.append(state.digest())
    return b"".join(hashes)


def perfect_root(level: bytes) -> bytes:
    """The root over a power of two of hashes. O(length).

    Raises:
        TreeError: When the level does not hold 1, 2, 4, 8, ... hashes.
    """
    count, rest = divmod(len(level), HASH_BYTES)
    if rest or count == 0 or count & (count - 1):
        raise TreeError(f"a perfect subtree holds a power of two of hashes, not {len(level)} bytes")
    while len(level) > HASH_BYTES:
        level = parent_level(level)
    return level


def split_level(level: bytes) -> list[bytes]:
    """The single hashes of a level."""
    return [level[start : start + HASH_BYTES] for start in range(0, len(level), HASH_BYTES)]


def join_hashes(hashes: Iterable[bytes]) -> bytes:
    """A level from single hashes.

    Raises:
        TreeError: When one of them is not 32 bytes.
    """
    listed = list(hashes)
    for position, each in enumerate(listed):
        if len(each) != HASH_BYTES:
            raise TreeError(f"hash {position} has {len(each)} bytes: a hash has {HASH_BYTES}")
    return b"".join(listed)
