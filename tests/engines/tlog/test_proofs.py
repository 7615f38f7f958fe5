"""Proofs: the published vectors, every size up to a bound, and an adversary."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolgate.engines import tlog
from support.logs import TRIALS, decode, entries_of, vectors

ENTRIES = entries_of(700)
TREE = tlog.MemoryTree(ENTRIES)
LEAVES = tlog.leaf_level(ENTRIES)


@pytest.mark.parametrize("case", vectors("merkle-inclusion")["vectors"], ids=lambda case: case["name"])
def test_inclusion_vector(case: dict[str, Any]) -> None:
    def verify() -> None:
        tlog.verify_inclusion(
            decode(case["leafHash"]),
            case["leafIdx"],
            case["treeSize"],
            [decode(each) for each in case["proof"] or ()],
            decode(case["root"]),
        )

    if case["wantErr"]:
        with pytest.raises(tlog.ProofError):
            verify()
    else:
        verify()


@pytest.mark.parametrize("case", vectors("merkle-consistency")["vectors"], ids=lambda case: case["name"])
def test_consistency_vector(case: dict[str, Any]) -> None:
    def verify() -> None:
        tlog.verify_consistency(
            case["size1"],
            decode(case["root1"]),
            case["size2"],
            decode(case["root2"]),
            [decode(each) for each in case["proof"] or ()],
        )

    if case["wantErr"]:
        with pytest.raises(tlog.ProofError):
            verify()
    else:
        verify()


def test_every_proof_of_every_small_tree_verifies() -> None:
    for size in range(1, 34):
        for index in range(size):
            proof = tlog.inclusion_proof(index, size, TREE)
            tlog.verify_inclusion(TREE(0, index), index, size, proof, TREE.root(size))
        for old in range(size + 1):
            proof = tlog.consistency_proof(old, size, TREE)
            tlog.verify_consistency(old, TREE.root(old), size, TREE.root(size), proof)


@st.composite
def places(draw: st.DrawFn) -> tuple[int, int]:
    size = draw(st.integers(1, len(ENTRIES)))
    return draw(st.integers(0, size - 1)), size


@given(places())
@settings(max_examples=TRIALS, deadline=None)
def test_proofs_do_not_depend_on_where_the_hashes_are_kept(place: tuple[int, int]) -> None:
    index, size = place
    tower = tlog.TileTower()
    tiles = {(t.name.level, t.name.index): t.data for t in tower.append_level(LEAVES) + tower.partial_tiles()}
    nodes = tlog.TileNodes(len(ENTRIES), lambda level, number: tiles[level, number])
    assert tlog.inclusion_proof(index, size, nodes) == tlog.inclusion_proof(index, size, TREE)
    assert tlog.consistency_proof(index, size, nodes) == tlog.consistency_proof(index, size, TREE)
    assert tlog.frontier_of(size, nodes).root == TREE.root(size)


def tampered(proof: tuple[bytes, ...]) -> st.SearchStrategy[tuple[bytes, ...]]:
    """The same proof with a bit flipped, a hash gone, added, repeated or moved, or cut short."""
    ways = [
        st.tuples(st.integers(0, len(proof)), st.binary(min_size=32, max_size=32)).map(
            lambda at: (*proof[: at[0]], at[1], *proof[at[0] :])
        )
    ]
    if proof:
        at = st.integers(0, len(proof) - 1)
        ways += [
            at.map(lambda i: proof[:i] + proof[i + 1 :]),
            at.map(lambda i: (*proof[:i], proof[i], *proof[i:])),
            at.map(lambda i: (*proof[:i], proof[i][:31], *proof[i + 1 :])),
            st.tuples(at, st.integers(0, 255)).map(
                lambda v: (
                    *proof[: v[0]],
                    (int.from_bytes(proof[v[0]]) ^ 1 << v[1]).to_bytes(32),
                    *proof[v[0] + 1 :],
                )
            ),
        ]
    if len(proof) > 1:
        ways.append(st.just(proof[::-1]))
    return st.one_of(ways)


@given(st.data())
@settings(max_examples=4 * TRIALS, deadline=None)
def test_no_changed_inclusion_proof_is_taken(data: st.DataObject) -> None:
    index, size = data.draw(places())
    proof, leaf, root = tlog.inclusion_proof(index, size, TREE), TREE(0, index), TREE.root(size)
    with pytest.raises(tlog.ProofError):
        tlog.verify_inclusion(leaf, index, size, data.draw(tampered(proof)), root)
    other = data.draw(st.integers(0, len(ENTRIES)).filter(lambda each: each != index))
    with pytest.raises(tlog.ProofError):
        tlog.verify_inclusion(leaf, other, size, proof, root)
    foreign = data.draw(st.integers(1, len(ENTRIES)).filter(lambda each: each != size))
    with pytest.raises(tlog.ProofError):
        tlog.verify_inclusion(leaf, index, size, proof, TREE.root(foreign))
    with pytest.raises(tlog.ProofError):
        tlog.verify_inclusion(tlog.leaf_hash(b"forged"), index, size, proof, root)


@given(st.data())
@settings(max_examples=4 * TRIALS, deadline=None)
def test_no_changed_consistency_proof_is_taken(data: st.DataObject) -> None:
    new = data.draw(st.integers(2, len(ENTRIES)))
    old = data.draw(st.integers(1, new - 1))
    proof = tlog.consistency_proof(old, new, TREE)
    with pytest.raises(tlog.ProofError):
        tlog.verify_consistency(old, TREE.root(old), new, TREE.root(new), data.draw(tampered(proof)))
    other = data.draw(st.integers(0, len(ENTRIES)).filter(lambda each: each != old))
    with pytest.raises(tlog.ProofError):
        tlog.verify_consistency(other, TREE.root(old), new, TREE.root(new), proof)
    with pytest.raises(tlog.ProofError):
        tlog.verify_consistency(old, TREE.root(other), new, TREE.root(new), proof)
    with pytest.raises(tlog.ProofError):
        tlog.verify_consistency(new, TREE.root(new), old, TREE.root(old), proof)


@given(st.data())
@settings(max_examples=TRIALS, deadline=None)
def test_a_rewritten_entry_breaks_consistency(data: st.DataObject) -> None:
    new = data.draw(st.integers(2, 300))
    old = data.draw(st.integers(1, new - 1))
    place = data.draw(st.integers(0, old - 1))
    entries = ENTRIES[:new]
    entries[place] = b"rewritten"
    forged = tlog.MemoryTree(entries)
    with pytest.raises(tlog.ProofError):
        tlog.verify_consistency(old, TREE.root(old), new, forged.root(), tlog.consistency_proof(old, new, forged))


def test_a_proof_of_another_size_is_refused_even_at_the_limit() -> None:
    for index, size in ((0, 0), (5, 5), (-1, 5), (0, 2**63)):
        with pytest.raises(tlog.ProofError):
            tlog.verify_inclusion(bytes(32), index, size, (), bytes(32))
        with pytest.raises(tlog.ProofError):
            tlog.inclusion_proof(index, size, TREE)
    for old, new in ((-1, 5), (6, 5), (1, 2**63)):
        with pytest.raises(tlog.ProofError):
            tlog.consistency_proof(old, new, TREE)
        with pytest.raises(tlog.ProofError):
            tlog.verify_consistency(old, bytes(32), new, bytes(32), ())
