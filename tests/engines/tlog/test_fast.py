"""Each fast way gives what the plain one gives, which is written out here as the standards have it."""

import hashlib
import json
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolgate.engines import tlog
from schoolgate.engines.tlog.nodes import MemoryTree
from support.logs import TRIALS, entries_of

ENTRIES = entries_of(70_000)
LEAVES = tlog.leaf_level(ENTRIES)
TREE = MemoryTree()
TREE.append_level(LEAVES)
SIZES = st.integers(1, 1200) | st.integers(1, 70_000) | st.sampled_from([255, 256, 257, 65_535, 65_536, 65_537])


@cache
def tile(level: int, index: int) -> bytes:
    """As much of a hash tile as the whole tree has."""
    first, count = index * 256, tlog.width_of(len(ENTRIES), level, index)
    return b"".join(TREE(8 * level, first + place) for place in range(count))


def path(index: int, first: int, stop: int) -> list[bytes]:
    """PATH of RFC 9162 section 2.1.3.1, word by word."""
    if stop - first == 1:
        return []
    k = 1
    while k * 2 < stop - first:
        k *= 2
    if index < first + k:
        return [*path(index, first, first + k), tlog.range_root(first + k, stop, TREE)]
    return [*path(index, first + k, stop), tlog.range_root(first, first + k, TREE)]


@given(SIZES, st.data())
@settings(max_examples=4 * TRIALS, deadline=None)
def test_a_proof_from_tiles_is_that_of_the_definition(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1) | st.just(size - 1))
    expected = tuple(path(index, 0, size))
    kept = tlog.KeptTiles(3)
    for nodes in (
        TREE,
        tlog.TileNodes(size, tile),
        tlog.TileNodes(size, tile, kept=kept, log=b"one"),
        tlog.TileNodes(size, tile, kept=kept, log=b"one"),
    ):
        assert tlog.inclusion_proof(index, size, nodes) == expected


@given(SIZES, SIZES)
@settings(max_examples=TRIALS, deadline=None)
def test_what_was_kept_of_one_size_serves_no_other(one: int, other: int) -> None:
    kept = tlog.KeptTiles(100)
    for size in (one, other, one):
        nodes = tlog.TileNodes(size, tile, kept=kept, log=b"one")
        assert tlog.frontier_of(size, nodes).root == TREE.root(size)
        assert tlog.range_root(0, size, nodes) == TREE.root(size)
        with pytest.raises(tlog.TreeError):
            nodes(0, size)


def test_what_was_kept_of_one_log_serves_no_other() -> None:
    kept = tlog.KeptTiles(100)
    other = tlog.leaf_level(entries_of(256, "other"))
    first = tlog.TileNodes(256, tile, kept=kept, log=b"one")
    second = tlog.TileNodes(256, lambda *_: other, kept=kept, log=b"other")
    assert first(8, 0) == TREE.root(256) != second(8, 0)


def test_a_tile_that_is_too_short_is_refused() -> None:
    with pytest.raises(tlog.TreeError, match="hash tile 0 of level 0 has only 992 bytes"):
        tlog.TileNodes(32, lambda *_: bytes(31 * 32))(0, 0)


def test_a_tile_is_asked_for_once() -> None:
    asked: list[tuple[int, int]] = []

    def read(level: int, index: int) -> bytes:
        asked.append((level, index))
        return tile(level, index)

    tlog.inclusion_proof(12_345, 70_000, tlog.TileNodes(70_000, read))
    assert len(asked) == len(set(asked)) <= 5


@given(st.integers(0, 300), st.integers(0, 300))
@settings(max_examples=TRIALS, deadline=None)
def test_a_copied_tower_grows_on_its_own(before: int, more: int) -> None:
    tower = tlog.TileTower()
    tower.append_level(LEAVES[: before * 32])
    other = tower.copy()
    made = other.append_level(LEAVES[before * 32 : (before + more) * 32])
    assert tower.frontier().root == TREE.root(before) if before else tower.size == 0
    assert other.size == before + more
    assert tower.append_level(LEAVES[before * 32 : (before + more) * 32]) == made
    assert tower.frontier() == other.frontier()


def plain_bundle(data: bytes) -> list[bytes]:
    entries = []
    while data:
        length = int.from_bytes(data[:2])
        entries.append(data[2 : 2 + length])
        data = data[2 + length :]
    return entries


@given(st.integers(0, 40).flatmap(lambda length: st.lists(st.binary(min_size=length, max_size=length), min_size=1)))
@settings(max_examples=2 * TRIALS, deadline=None)
def test_bundles_of_one_length_are_read_like_all_others(entries: list[bytes]) -> None:
    packed = tlog.bundle_bytes(entries)
    assert list(tlog.parse_bundle(packed, len(entries))) == plain_bundle(packed) == entries


@given(st.lists(st.binary(max_size=3), min_size=1, max_size=6), st.binary(max_size=3), st.integers(0, 8))
@settings(max_examples=4 * TRIALS, deadline=None)
def test_a_bundle_is_taken_only_when_it_is_whole(entries: list[bytes], junk: bytes, width: int) -> None:
    data = tlog.bundle_bytes(entries) + junk
    try:
        found = tlog.parse_bundle(data, width)
    except tlog.TileError:
        return
    assert len(found) == width
    assert b"".join(len(one).to_bytes(2) + one for one in found) == data


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=10,
)


def plain_canonical(value: Any) -> str:
    """RFC 8785 for what is allowed here, written out."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return "{" + ",".join(f"{plain_canonical(key)}:{plain_canonical(value[key])}" for key in keys) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(plain_canonical, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


@given(st.dictionaries(TEXTS, VALUES, max_size=5))
@settings(max_examples=4 * TRIALS, deadline=None)
def test_a_record_is_written_as_the_plain_rules_write_it(record: dict[str, Any]) -> None:
    assert tlog.canonical(record) == plain_canonical(record).encode()


@pytest.mark.parametrize("inner", ["text", None, True, 1, [], {}])
def test_the_depth_of_a_record_is_bounded_for_every_kind_of_value(inner: object) -> None:
    def nested(depth: int) -> dict[str, object]:
        record: dict[str, object] = {"deepest": inner}
        for _ in range(depth):
            record = {"deeper": record}
        return record

    tlog.canonical(nested(31))
    with pytest.raises(tlog.CommitmentError, match="nested deeper than 32"):
        tlog.canonical(nested(32))


def test_hashing_is_that_of_the_standard_library() -> None:
    pairs = LEAVES[: 64 * 10]
    assert tlog.leaf_hash(ENTRIES[0]) == hashlib.sha256(b"\x00" + ENTRIES[0]).digest() == LEAVES[:32]
    assert TREE(1, 0) == hashlib.sha256(b"\x01" + pairs[:64]).digest()
