"""Paths and bytes of tiles."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolgate.engines import tlog
from schoolgate.engines.tlog.tiles import bundle_prefix, start_of_tile
from support.logs import TRIALS, entries_of, vectors

PATHS = vectors("tile-paths")
BUNDLES = st.lists(st.binary(max_size=70), min_size=1, max_size=tlog.TILE_WIDTH)


@pytest.mark.parametrize("case", PATHS["vectors"], ids=lambda case: case["name"])
def test_path_vector(case: dict[str, Any]) -> None:
    name = tlog.TileName(case["L"], case["index"], case["width"])
    assert name.path == case["path"]
    assert tlog.TileName.parse(case["path"]) == name


@pytest.mark.parametrize("path", [*PATHS["refused"], "tile/0/001\n", "tile/0/x999/x999/x999/x999/x999/x999/x999/999"])
def test_refused_path(path: str) -> None:
    with pytest.raises(tlog.TileError):
        tlog.TileName.parse(path)


@given(st.integers(-1, 63), st.integers(0, 2**63 - 1), st.integers(1, 256))
@settings(max_examples=4 * TRIALS, deadline=None)
def test_a_name_survives_its_path(level: int, index: int, width: int) -> None:
    name = tlog.TileName(level, index, width)
    assert tlog.TileName.parse(name.path) == name


@pytest.mark.parametrize("made", [(-2, 0, 1), (64, 0, 1), (0, -1, 1), (0, 2**63, 1), (0, 0, 0), (0, 0, 257)])
def test_a_tile_that_cannot_be_is_not_named(made: tuple[int, int, int]) -> None:
    with pytest.raises(tlog.TileError):
        tlog.TileName(*made)


@given(BUNDLES, st.data())
@settings(max_examples=TRIALS, deadline=None)
def test_a_bundle_gives_back_exactly_its_entries(entries: list[bytes], data: st.DataObject) -> None:
    packed = tlog.bundle_bytes(entries)
    width = data.draw(st.integers(1, len(entries)))
    assert tlog.parse_bundle(packed, len(entries)) == tuple(entries)
    assert bundle_prefix(packed, width) == tlog.bundle_bytes(entries[:width])
    wrong = data.draw(st.integers(0, 300).filter(lambda each: each != len(entries)))
    with pytest.raises(tlog.TileError):
        tlog.parse_bundle(packed, wrong)
    cut = data.draw(st.integers(0, len(packed) - 1))
    with pytest.raises(tlog.TileError):
        tlog.parse_bundle(packed[:cut], len(entries))
    with pytest.raises(tlog.TileError):
        tlog.parse_bundle(packed + b"\x00", len(entries))
    with pytest.raises(tlog.TileError):
        bundle_prefix(packed[:-1], len(entries))


@given(st.integers(1, 256), st.integers(1, 256), st.sampled_from([tlog.ENTRIES, 0, 3]))
@settings(max_examples=TRIALS, deadline=None)
def test_a_served_tile_holds_exactly_what_its_name_says(held: int, width: int, level: int) -> None:
    entries = entries_of(held)
    data = tlog.bundle_bytes(entries) if level == tlog.ENTRIES else b"".join(entries)
    name = tlog.TileName(level, 5, held)
    if width <= held:
        start = entries[:width]
        expected = tlog.bundle_bytes(start) if level == tlog.ENTRIES else b"".join(start)
        assert start_of_tile(data, name, width) == expected
    else:
        with pytest.raises(tlog.TileError):
            start_of_tile(data, name, width)
    for wrong in (data + b"\x00", data + bytes(2), data + bytes(32), data[:-1], data[32:], b""):
        with pytest.raises(tlog.TileError):
            start_of_tile(wrong, name, 1)


def test_a_bundle_has_bounds() -> None:
    for entries in ([], entries_of(257), [bytes(0x10000)]):
        with pytest.raises(tlog.TileError):
            tlog.bundle_bytes(entries)
    assert tlog.parse_bundle(tlog.bundle_bytes([bytes(0xFFFF)]), 1) == (bytes(0xFFFF),)


@given(st.integers(0, 300_000))
@settings(max_examples=TRIALS, deadline=None)
def test_names_and_widths_say_the_same(size: int) -> None:
    names = list(tlog.tile_names(size))
    assert sum(name.width for name in names if name.level == tlog.ENTRIES) == size
    assert sum(name.width for name in names if name.level == 1) == size // 256
    for name in names:
        assert tlog.width_of(size, name.level, name.index) == name.width
        assert tlog.width_of(size, name.level, name.index + 1) in range(257)
    assert tlog.width_of(size, 0, size // 256 + 1) == 0
