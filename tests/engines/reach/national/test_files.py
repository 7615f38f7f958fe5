from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from schoolgate.engines.reach import ReachError
from schoolgate.engines.reach.national.columns import ROWS, Columns
from schoolgate.engines.reach.national.files import load, save
from schoolgate.engines.reach.national.names import Names
from support.national import national


@pytest.fixture(scope="module")
def columns() -> Columns:
    return national(500, only=0.1)


def test_what_is_saved_is_loaded(columns: Columns, tmp_path: Path) -> None:
    save(columns, tmp_path / "network.npz")
    found = load(tmp_path / "network.npz")
    assert found.vocabulary == columns.vocabulary
    for name in (*ROWS, "agency_kind", "only_first", "only_word"):
        assert (getattr(found, name) == getattr(columns, name)).all()
    assert found.agencies.text == columns.agencies.text
    assert found.agreements.text == columns.agreements.text
    assert [path.name for path in tmp_path.iterdir()] == ["network.npz"]


def test_a_damaged_file_is_refused_with_its_name(columns: Columns, tmp_path: Path) -> None:
    path = tmp_path / "network.npz"
    save(columns, path)
    whole = path.read_bytes()
    for broken in (b"", b"no archive", whole[: len(whole) // 2], whole[:-40]):
        path.write_bytes(broken)
        with pytest.raises(ReachError, match=r"network\.npz: damaged"):
            load(path)
    middle = len(whole) // 2
    path.write_bytes(whole[:middle] + bytes([whole[middle] ^ 255]) + whole[middle + 1 :])
    with pytest.raises(ReachError, match=r"network\.npz"):
        load(path)
    with pytest.raises(ReachError, match="No such file"):
        load(tmp_path / "nothing.npz")


def test_another_archive_or_version_is_refused(columns: Columns, tmp_path: Path) -> None:
    path = tmp_path / "network.npz"
    np.savez(path, giver=np.zeros(3))
    with pytest.raises(ReachError, match="missing or unknown parts: agency_kind"):
        load(path)
    save(columns, path)
    with np.load(path) as archive:
        parts = dict(archive)
    np.savez(path, **{**parts, "header": np.frombuffer(b"version 2", np.uint8)})
    with pytest.raises(ReachError, match="its header is b'version 2'"):
        load(path)
    np.savez(path, **{**parts, "header": np.array([None])})
    with pytest.raises(ReachError, match="damaged"):
        load(path)


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("giver", 125, "no agency has this number"),
        ("receiver", -1, "no agency has this number"),
        ("start", -5, "no day has this number"),
        ("end", 1, "is before the start"),
        ("onward", 4, "none of yes, no, only, unknown"),
        ("status", 9, "none of required_by_law"),
        ("purposes", 1 << 8, "unknown bit"),
        ("kinds", 1 << 12, "unknown bit"),
    ],
)
def test_a_row_that_is_wrong_is_refused_with_its_number(
    columns: Columns, tmp_path: Path, column: str, value: int, says: str
) -> None:
    changed = getattr(columns, column).copy()
    row = int(np.flatnonzero(columns.start > 0)[7])
    changed[row] = value
    with pytest.raises(ReachError, match=rf"agreements\[{row}\]\.{column}: .*{says}"):
        replace(columns, **{column: changed})
    path = tmp_path / "network.npz"
    save(columns, path)
    with np.load(path) as archive:
        parts = dict(archive)
    np.savez(path, **{**parts, column: changed})
    with pytest.raises(ReachError, match=says):
        load(path)


def test_a_self_loop_and_a_set_without_words_are_refused(columns: Columns) -> None:
    with pytest.raises(ReachError, match=r"agreements\[0\]\.receiver: .*the same"):
        replace(columns, receiver=columns.giver)
    with pytest.raises(ReachError, match=r"only: .*no such set"):
        replace(columns, only=np.where(columns.only >= 0, np.int32(10_000), columns.only))
    with pytest.raises(ReachError, match=r"only: .*onward is not 'only'"):
        replace(columns, only=np.zeros_like(columns.only))
    with pytest.raises(ReachError, match="one for each agreement"):
        replace(columns, giver=columns.giver[:-1])


def test_ids_are_found_and_bad_ones_refused() -> None:
    names = Names.of("agencies", ["a", "ä", "bric", "bri", "ric"])
    assert [names.place(name) for name in ("a", "ä", "bric", "bri", "ric")] == [0, 1, 2, 3, 4]
    assert [names[place] for place in range(len(names))] == ["a", "ä", "bric", "bri", "ric"]
    for unknown in ("", "b", "ic", "a\nä"):
        assert unknown not in names
        with pytest.raises(ReachError, match="agencies: there is no"):
            names.place(unknown)
    with pytest.raises(ReachError, match=r"agencies\[2\].id: 'a' is used twice"):
        Names.of("agencies", ["a", "b", "a"])
    with pytest.raises(ReachError, match=r"agencies\[1\].id is empty"):
        Names.of("agencies", ["a", ""])
    with pytest.raises(ReachError, match=r"agencies\[0\].id: .* must be one line"):
        Names.of("agencies", ["a\nb"])
    with pytest.raises(ReachError, match="not UTF-8 at byte 2"):
        Names("agencies", b"a\n\xff\n")
    with pytest.raises(ReachError, match="no line end"):
        Names("agencies", b"a\nb")
