"""Trees against the published ones, and against the definition in RFC 9162 written down word by word."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolgate.engines import tlog
from support.logs import TRIALS, entries_of, vectors

SIZES = st.integers(0, 600)


def defined_root(entries: list[bytes]) -> bytes:
    """MTH of RFC 9162 section 2.1.1."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    k = 1
    while k * 2 < len(entries):
        k *= 2
    return hashlib.sha256(b"\x01" + defined_root(entries[:k]) + defined_root(entries[k:])).digest()


def test_reference_tree_of_eight_leaves() -> None:
    tree = vectors("rfc6962-tree")
    leaves = [bytes.fromhex(each) for each in tree["leaves"]]
    memory = tlog.MemoryTree(leaves)
    for height, level in enumerate(tree["levels"]):
        for index, expected in enumerate(level):
            assert memory(height, index).hex() == expected
    for size, expected in enumerate(tree["roots"]):
        assert memory.root(size).hex() == expected
        assert tlog.Frontier().extended_by_entries(leaves[:size]).root.hex() == expected


def test_roots_of_the_certificate_transparency_suites() -> None:
    suite = vectors("rfc6962")
    leaves = [bytes.fromhex(each) for each in suite["leaves_hex"]]
    for size, expected in enumerate(suite["roots_by_size"]):
        assert tlog.Frontier().extended_by_entries(leaves[:size]).root.hex() == expected


@given(SIZES)
@settings(max_examples=TRIALS, deadline=None)
def test_every_way_to_grow_gives_the_defined_root(size: int) -> None:
    entries = entries_of(size)
    expected = defined_root(entries)
    tower = tlog.TileTower()
    tower.append_level(tlog.leaf_level(entries))
    assert tlog.Frontier().extended_by_entries(entries).root == expected
    assert tlog.MemoryTree(entries).root() == expected
    assert tower.frontier().root == expected
    assert tlog.frontier_of(size, tlog.MemoryTree(entries)).root == expected


@given(st.lists(st.integers(0, 300), max_size=6))
@settings(max_examples=TRIALS, deadline=None)
def test_growing_in_steps_is_growing_at_once(steps: list[int]) -> None:
    entries = entries_of(sum(steps))
    frontier, tower, done = tlog.Frontier(), tlog.TileTower(), 0
    for step in steps:
        part = entries[done : done + step]
        done += step
        frontier = tlog.Frontier.from_bytes(frontier.size, frontier.to_bytes())
        frontier = frontier.extended(tlog.leaf_hash(entry) for entry in part)
        tower.append_level(tlog.leaf_level(part))
        assert tower.frontier() == frontier
    assert frontier == tlog.Frontier().extended_by_entries(entries)


@given(st.integers(1, 70_000))
@settings(max_examples=5, deadline=None)
def test_a_tower_goes_on_from_its_partial_tiles(size: int) -> None:
    level = b"".join(entries_of(70_000))
    whole = tlog.TileTower()
    tiles = whole.append_level(level)
    before = tlog.TileTower()
    early = before.append_level(level[: size * 32])
    partials = {tile.name: tile.data for tile in before.partial_tiles()}
    resumed = tlog.TileTower.resume(size, partials.__getitem__)
    assert resumed.size == size
    late = resumed.append_level(level[size * 32 :])
    assert sorted((*early, *late), key=lambda tile: tile.name) == sorted(tiles, key=lambda tile: tile.name)
    assert resumed.frontier() == whole.frontier()


def test_a_state_that_no_tree_has_is_refused() -> None:
    for size, peaks in (
        (1, ()),
        (0, (bytes(32),)),
        (3, (bytes(32),)),
        (1, (bytes(31),)),
        (-1, ()),
        (2**63, (bytes(32),)),
    ):
        with pytest.raises(tlog.TreeError):
            tlog.Frontier(size, peaks)
    with pytest.raises(tlog.TreeError):
        tlog.Frontier().extended([bytes(31)])
    with pytest.raises(tlog.TreeError):
        tlog.Frontier().extended_by_level(bytes(33))
    with pytest.raises(tlog.TreeError):
        tlog.TileTower().append_level(bytes(33))
    with pytest.raises(tlog.TreeError):
        tlog.TileTower.resume(3, lambda _: bytes(64))


def test_nodes_refuse_subtrees_that_are_not_there() -> None:
    tree = tlog.MemoryTree(entries_of(5))
    for height, index in ((0, 5), (1, 2), (3, 0), (9, 0), (0, -1), (-1, 0)):
        with pytest.raises(tlog.TreeError):
            tree(height, index)
    with pytest.raises(tlog.TreeError):
        tlog.range_root(1, 3, tree)
    with pytest.raises(tlog.TreeError):
        tlog.range_root(3, 1, tree)
    with pytest.raises(tlog.TreeError):
        tlog.TileNodes(5, lambda *_: bytes(32 * 4))(0, 3)
    with pytest.raises(tlog.TreeError):
        tlog.TileNodes(5, lambda *_: bytes(32 * 5))(0, 5)
