"""Inclusion and consistency proofs: RFC 9162 sections 2.1.3 and 2.1.4.

A verifier here is strict: sizes and the number of hashes must be exactly right before anything is hashed, so
there is one proof for one claim and a longer or shorter one is refused.
"""

from collections.abc import Sequence

from schoolgate.engines.tlog.errors import ProofError
from schoolgate.engines.tlog.hashing import EMPTY_ROOT, HASH_BYTES, MAX_SIZE, node_hash
from schoolgate.engines.tlog.nodes import Nodes, range_root


def inclusion_proof(index: int, size: int, nodes: Nodes) -> tuple[bytes, ...]:
    """The hashes that lead from leaf `index` to the root of the first `size` leaves, lowest first.

    O(log size) hashes long; asks `nodes` for O(log size) subtrees.

    Raises:
        ProofError: When there is no such leaf.
    """
    _check_index(index, size)
    path: list[bytes] = []
    # Above where the paths of this leaf and of the last one meet, only what is on the left is a sibling.
    meeting = (index ^ (size - 1)).bit_length()
    for height in range((size - 1).bit_length()):
        sibling = index >> height ^ 1
        if (sibling + 1) << height <= size:
            path.append(nodes(height, sibling))
        elif height < meeting:
            path.append(range_root(sibling << height, size, nodes))
    return tuple(path)


def consistency_proof(old_size: int, new_size: int, nodes: Nodes) -> tuple[bytes, ...]:
    """The hashes that show the tree of `old_size` leaves to be the start of that of `new_size`.

    Empty when the sizes are equal or the old tree is empty.

    Raises:
        ProofError: When the old size is not between 0 and the new one.
    """
    _check_sizes(old_size, new_size)
    if old_size in (0, new_size):
        return ()
    first, stop = 0, new_size
    path: list[bytes] = []
    while stop != old_size:
        middle = first + _split(stop - first)
        if old_size <= middle:
            path.append(range_root(middle, stop, nodes))
            stop = middle
        else:
            path.append(range_root(first, middle, nodes))
            first = middle
    if first:
        path.append(range_root(first, stop, nodes))
    return tuple(reversed(path))


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check that the tree of `size` leaves with this root has this leaf hash at `index`.

    Raises:
        ProofError: When it does not follow from the proof.
    """
    _check_index(index, size)
    _check_hashes(leaf, root, *proof)
    # Where the paths of leaf `index` and of the last leaf meet: below, every level has a sibling; above,
    # only where the path comes from the right.
    inner = (index ^ (size - 1)).bit_length()
    expected = inner + (index >> inner).bit_count()
    if len(proof) != expected:
        raise ProofError(f"leaf {index} of {size} needs a proof of {expected} hashes, not {len(proof)}")
    found = leaf
    for height, sibling in enumerate(proof):
        on_the_left = height >= inner or index >> height & 1
        found = node_hash(sibling, found) if on_the_left else node_hash(found, sibling)
    if found != root:
        raise ProofError(f"the proof for leaf {index} of {size} does not lead to the root of the checkpoint")


def verify_consistency(old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Check that the tree of `new_size` leaves begins with the tree of `old_size` leaves.

    Raises:
        ProofError: When it does not follow from the proof: the log was rewritten, or the proof is of others.
    """
    _check_sizes(old_size, new_size)
    _check_hashes(old_root, new_root, *proof)
    if old_size in (0, new_size):
        _verify_without_hashes(old_size, old_root, new_size, new_root, proof)
        return
    # The proof starts at the old tree's last perfect subtree; when that is the whole old tree, its root is
    # not repeated in the proof.
    height = (old_size & -old_size).bit_length() - 1
    whole = old_size == 1 << height
    index, last = (old_size - 1) >> height, (new_size - 1) >> height
    inner = (index ^ last).bit_length()
    expected = (not whole) + inner + (index >> inner).bit_count()
    if len(proof) != expected:
        raise ProofError(f"from {old_size} to {new_size} leaves needs a proof of {expected} hashes, not {len(proof)}")
    seed, path = (old_root, proof) if whole else (proof[0], proof[1:])
    old = new = seed
    for step, sibling in enumerate(path):
        if step >= inner or index >> step & 1:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
        else:
            new = node_hash(new, sibling)
    if old != old_root:
        raise ProofError(f"the proof does not lead to the old root, of {old_size} leaves")
    if new != new_root:
        raise ProofError(f"the proof does not lead to the new root, of {new_size} leaves")


def _verify_without_hashes(
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Sizes between which no hash is needed: from an empty tree to any, and from a tree to itself."""
    if proof:
        raise ProofError(f"from {old_size} to {new_size} leaves the proof is empty, not {len(proof)} hashes")
    if old_size == 0 and old_root != EMPTY_ROOT:
        raise ProofError("the root of an empty tree is SHA-256 of nothing")
    if old_size == new_size and old_root != new_root:
        raise ProofError(f"two trees of {old_size} leaves have different roots: the log was forked")


def _split(width: int) -> int:
    """The largest power of two below the width: where RFC 9162 splits a tree."""
    return 1 << ((width - 1).bit_length() - 1)


def _check_index(index: int, size: int) -> None:
    if not 0 <= index < size <= MAX_SIZE:
        raise ProofError(f"a tree of {size} leaves has no leaf {index}")


def _check_sizes(old_size: int, new_size: int) -> None:
    if not 0 <= old_size <= new_size <= MAX_SIZE:
        raise ProofError(f"a tree of {new_size} leaves does not begin with one of {old_size}")


def _check_hashes(*hashes: bytes) -> None:
    if any(len(each) != HASH_BYTES for each in hashes):
        raise ProofError(f"every hash of a proof, and every root, has {HASH_BYTES} bytes")
