"""The least of a tree that is needed to grow it: the roots of its largest perfect subtrees."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from schoolgate.engines.tlog.errors import TreeError
from schoolgate.engines.tlog.hashing import (
    EMPTY_ROOT,
    HASH_BYTES,
    MAX_SIZE,
    join_hashes,
    leaf_level,
    node_hash,
    parent_level,
    split_level,
)


@dataclass(frozen=True, slots=True)
class Frontier:
    """A tree of `size` leaves, as the roots of the perfect subtrees it splits into, from left to right.

    There is one peak for each bit set in `size`, so at most 63 of 32 bytes. Growing by m leaves costs
    O(m + log size) hashes and reads nothing.

    Args:
        size: Number of leaves.
        peaks: 32-byte hashes, that of the largest subtree first.

    Raises:
        TreeError: When the peaks cannot be those of a tree of this size.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.size <= MAX_SIZE:
            raise TreeError("a tree holds from 0 to 2^63 - 1 leaves")
        if len(self.peaks) != self.size.bit_count():
            raise TreeError(f"a tree of {self.size} leaves has {self.size.bit_count()} peaks, not {len(self.peaks)}")
        join_hashes(self.peaks)

    @classmethod
    def from_bytes(cls, size: int, data: bytes) -> Self:
        """Read what `to_bytes` wrote.

        Raises:
            TreeError: When the bytes cannot be those of a tree of this size.
        """
        return cls(size, tuple(split_level(data)))

    def to_bytes(self) -> bytes:
        """The peaks, concatenated: what to store beside the size."""
        return b"".join(self.peaks)

    @property
    def root(self) -> bytes:
        """The tree head of RFC 9162 section 2.1.1; SHA-256 of nothing when the tree is empty. O(log size)."""
        if not self.peaks:
            return EMPTY_ROOT
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root

    def extended(self, leaf_hashes: Iterable[bytes]) -> Self:
        """The tree with these leaf hashes appended, in their order.

        Raises:
            TreeError: When a hash is not 32 bytes, or the tree would grow past its limit.
        """
        return self.extended_by_level(join_hashes(leaf_hashes))

    def extended_by_entries(self, entries: Iterable[bytes]) -> Self:
        """The tree with these entries appended: `extended` over their leaf hashes."""
        return self.extended_by_level(leaf_level(entries))

    def extended_by_subtree(self, height: int, root: bytes) -> Self:
        """The tree with 2**height leaves appended of which only the root is given. O(log size) hashes.

        Raises:
            TreeError: When the tree does not end where such a subtree can begin.
        """
        if self.size & ((1 << height) - 1):
            raise TreeError(f"a tree of {self.size} leaves does not end where a subtree of height {height} begins")
        peaks, size = list(self.peaks), self.size + (1 << height)
        while self.size >> height & 1:
            root = node_hash(peaks.pop(), root)
            height += 1
        return type(self)(size, (*peaks, root))

    def extended_by_level(self, level: bytes) -> Self:
        """The tree with a level of leaf hashes (32 bytes each, concatenated) appended."""
        if len(level) % HASH_BYTES:
            raise TreeError(f"a level of {len(level)} bytes does not hold whole hashes of {HASH_BYTES}")
        size = self.size + len(level) // HASH_BYTES
        old = list(self.peaks)
        grown: list[bytes] = []
        height = 0
        while size >> height:
            # Whatever stands alone at this height joins what arrives from below, on its left.
            if self.size >> height & 1:
                level = old.pop() + level
            if size >> height & 1:
                grown.append(level[-HASH_BYTES:])
                level = level[:-HASH_BYTES]
            level = parent_level(level)
            height += 1
        return type(self)(size, tuple(reversed(grown)))
