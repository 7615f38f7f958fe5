"""Whatever is done to a published folder, the offline verifier says so."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schoolgate.engines import tlog
from support.logs import (
    KEY,
    OTHER_KEY,
    TRIALS,
    VKEY,
    decode,
    entries_of,
    files_of,
    publish,
    put_files,
    signed,
    vectors,
)

ENTRIES = entries_of(768)
# Each example puts every file back, so one folder serves all examples of a test.
ONE_FOLDER = settings(
    max_examples=2 * TRIALS, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of a log published in two periods, so that a partial tile of an earlier size is among them."""
    folder = tmp_path_factory.mktemp("log")
    publish(folder, ENTRIES[:512])
    publish(folder, ENTRIES, first=512)
    assert tlog.verify_folder(folder, VKEY).valid
    return files_of(folder)


def changes(drawn: st.DataObject, files: dict[str, bytes]) -> dict[str, bytes]:
    """The files after somebody did one thing to them."""
    name = drawn.draw(st.sampled_from(sorted(files)))
    other = drawn.draw(st.sampled_from(sorted(each for each in files if files[each] != files[name])))
    old = files[name]
    place = drawn.draw(st.integers(0, len(old) - 1))
    byte = drawn.draw(st.integers(0, 255).filter(lambda each: each != old[place]))
    changed = dict(files)
    way = drawn.draw(st.sampled_from(["byte", "cut", "append", "replace", "swap", "rename", "stray", "empty"]))
    match way:
        case "byte":
            changed[name] = old[:place] + bytes([byte]) + old[place + 1 :]
        case "cut":
            changed[name] = old[:place]
        case "append":
            changed[name] = old + bytes([byte])
        case "replace":
            changed[name] = files[other]
        case "swap":
            changed[name], changed[other] = files[other], old
        case "rename":
            changed[f"{name}x"] = changed.pop(name)
        case "stray":
            changed["tile/notes.txt"] = b"stray"
        case _:
            changed[name] = b""
    return changed


@given(st.data())
@ONE_FOLDER
def test_any_change_to_any_file_is_found(tmp_path: Path, published: dict[str, bytes], data: st.DataObject) -> None:
    put_files(tmp_path, changes(data, published))
    report = tlog.verify_folder(tmp_path, VKEY)
    assert not report.valid
    assert len(report.sentences()) >= len(report.findings) > 0


def test_a_removed_file_is_found(tmp_path: Path, published: dict[str, bytes]) -> None:
    needed = {"checkpoint", *(name.path for name in tlog.tile_names(len(ENTRIES)))}
    assert needed == set(published) - {"tile/1/000.p/2"}
    for name in needed:
        put_files(tmp_path, {each: data for each, data in published.items() if each != name})
        found = tlog.verify_folder(tmp_path, VKEY).findings
        assert name in {finding.path for finding in found}


@given(st.integers(0, 767), st.integers(0, 767), st.sampled_from(["swap", "drop", "forge", "insert", "empty"]))
@ONE_FOLDER
def test_a_log_rewritten_with_everything_but_the_key_is_found(
    tmp_path: Path, published: dict[str, bytes], one: int, other: int, way: str
) -> None:
    entries = list(ENTRIES)
    match way:
        case "swap":
            entries[one], entries[other] = entries[other - (one == other)], entries[one]
            if entries == ENTRIES:
                return
        case "drop":
            del entries[one]
        case "insert":
            entries.insert(one, b"forged")
        case "empty":
            entries[one] = b""
        case _:
            entries[one] = b"forged"
    put_files(tmp_path, {})
    # An insider without the key: every tile consistent with the changed entries, the checkpoint as it was.
    tower, bundles = tlog.TileTower(), {}
    tiles = tower.append_level(tlog.leaf_level(entries)) + tower.partial_tiles()
    for start in range(0, len(entries), 256):
        part = entries[start : start + 256]
        bundles[tlog.TileName(tlog.ENTRIES, start // 256, len(part)).path] = tlog.bundle_bytes(part)
    rewritten = {tile.name.path: tile.data for tile in tiles}
    put_files(tmp_path, {"checkpoint": published["checkpoint"], **bundles, **rewritten})
    assert not tlog.verify_folder(tmp_path, VKEY).valid


def test_an_insider_with_the_key_is_found_by_an_earlier_checkpoint(tmp_path: Path) -> None:
    earlier = signed(ENTRIES[:300])
    publish(tmp_path / "same", ENTRIES)
    assert tlog.verify_folder(tmp_path / "same", VKEY, earlier=earlier).valid
    assert tlog.verify_folder(tmp_path / "same", VKEY, earlier=signed(ENTRIES)).valid
    assert tlog.verify_folder(tmp_path / "same", VKEY, earlier=signed([])).valid
    forged = list(ENTRIES)
    forged[299] = bytes(32)
    publish(tmp_path / "fork", forged)
    assert tlog.verify_folder(tmp_path / "fork", VKEY).valid
    publish(tmp_path / "short", ENTRIES[:256])
    for folder in ("fork", "short"):
        (finding,) = tlog.verify_folder(tmp_path / folder, VKEY, earlier=earlier).findings
        assert finding.path == "earlier checkpoint"
    assert "entries were removed" in finding.problem
    later = list(ENTRIES)
    later[300] = bytes(32)
    publish(tmp_path / "later", later)
    assert tlog.verify_folder(tmp_path / "later", VKEY, earlier=earlier).valid


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 512, 700])
def test_logs_of_any_size_verify_against_every_older_checkpoint(tmp_path: Path, size: int) -> None:
    publish(tmp_path, ENTRIES[:size])
    for older in {0, 1, 200, 256, 300, size - 1, size}:
        if 0 <= older <= size:
            assert tlog.verify_folder(tmp_path, VKEY, earlier=signed(ENTRIES[:older])).valid


def test_an_earlier_checkpoint_of_another_log_is_no_evidence(tmp_path: Path) -> None:
    publish(tmp_path, ENTRIES[:256])
    for note in (signed(ENTRIES[:256], OTHER_KEY), "", "text\n"):
        (finding,) = tlog.verify_folder(tmp_path, VKEY, earlier=note).findings
        assert finding.path == "earlier checkpoint"


def test_another_key_and_another_folder_are_not_this_log(tmp_path: Path) -> None:
    publish(tmp_path / "log", ENTRIES[:256])
    assert not tlog.verify_folder(tmp_path / "log", OTHER_KEY.verifying_key.text).valid
    for elsewhere in (tmp_path, tmp_path / "nowhere", tmp_path / "log" / "checkpoint"):
        assert not tlog.verify_folder(elsewhere, VKEY).valid
    with pytest.raises(tlog.KeyTextError):
        tlog.verify_folder(tmp_path / "log", VKEY[1:])


def test_the_finding_names_the_entry(tmp_path: Path, published: dict[str, bytes]) -> None:
    tile = bytearray(published["tile/0/001"])
    tile[32 * 5] ^= 1
    put_files(tmp_path, published | {"tile/0/001": bytes(tile)})
    (finding,) = tlog.verify_folder(tmp_path, VKEY).findings
    assert (finding.path, "entry 261" in finding.problem) == ("tile/0/001", True)


def test_every_damaged_file_is_named_not_only_the_first(tmp_path: Path, published: dict[str, bytes]) -> None:
    damaged = dict(published)
    for name in ("tile/entries/000", "tile/0/002", "tile/1/000.p/2"):
        damaged[name] = published[name][:-1]
    put_files(tmp_path, damaged)
    assert {finding.path for finding in tlog.verify_folder(tmp_path, VKEY).findings} == {
        "tile/entries/000",
        "tile/0/002",
        "tile/1/000.p/2",
    }


def test_files_past_the_checkpoint_are_told_apart(tmp_path: Path, published: dict[str, bytes]) -> None:
    put_files(tmp_path, published | {"checkpoint": signed(ENTRIES[:512]).encode()})
    report = tlog.verify_folder(tmp_path, VKEY)
    assert report.valid
    assert set(report.beyond) == {"tile/entries/002", "tile/0/002", "tile/1/000.p/3"}
    assert any("newer than the checkpoint" in sentence for sentence in report.sentences())
    assert not tlog.verify_folder(tmp_path, VKEY, earlier=signed(ENTRIES)).valid


def test_a_link_is_not_a_file_of_the_log(tmp_path: Path, published: dict[str, bytes]) -> None:
    put_files(tmp_path / "log", published)
    for name in ("tile/0/000", "tile/entries", "checkpoint"):
        (tmp_path / "log" / name).rename(tmp_path / "elsewhere")
        (tmp_path / "log" / name).symlink_to(tmp_path / "elsewhere")
        assert name in {finding.path for finding in tlog.verify_folder(tmp_path / "log", VKEY).findings}
        (tmp_path / "log" / name).unlink()
        (tmp_path / "elsewhere").rename(tmp_path / "log" / name)


def test_the_small_foreign_log_with_partial_tiles_of_older_sizes(tmp_path: Path) -> None:
    log = vectors("small-log")
    files = {name: decode(data) for name, data in log["files"].items()}
    older = {name: data.decode() for name, data in files.items() if name.startswith("checkpoint.")}
    put_files(tmp_path, {name: data for name, data in files.items() if name not in older})
    report = tlog.verify_folder(tmp_path, log["vkey"])
    assert report.valid, report.sentences()
    assert report.checkpoint
    assert report.checkpoint.size == 15
    for note in older.values():
        assert tlog.verify_folder(tmp_path, log["vkey"], earlier=note).valid
    for name in ("tile/0/000.p/1", "tile/0/000.p/8", "tile/entries/000.p/8"):
        for changed in (files[name][:-1], files[name] + b"\x00", files[name][:-1] + b"\xff"):
            (tmp_path / name).write_bytes(changed)
            (finding,) = tlog.verify_folder(tmp_path, log["vkey"]).findings
            assert finding.path == name
        (tmp_path / name).write_bytes(files[name])


def test_an_old_checkpoint_is_served_by_full_tiles_alone(tmp_path: Path) -> None:
    older = publish(tmp_path, ENTRIES[:300])
    publish(tmp_path, ENTRIES[:512])
    assert not (tmp_path / "tile/0/001.p").exists()
    (tmp_path / "checkpoint").write_text(older, encoding="utf-8")
    assert tlog.verify_folder(tmp_path, VKEY).valid
    (tmp_path / "tile/0/001").write_bytes((tmp_path / "tile/0/001").read_bytes()[: 32 * 43])
    (tmp_path / "tile/entries/001").write_bytes((tmp_path / "tile/entries/001").read_bytes()[: 34 * 43])
    names = {finding.path for finding in tlog.verify_folder(tmp_path, VKEY).findings}
    assert names >= {"tile/entries/001.p/44"}


def test_cosignatures_are_checked_for_the_witnesses_asked_for(tmp_path: Path) -> None:
    witness = vectors("generated-log")["witness"]
    publish(tmp_path, ENTRIES[:256])
    report = tlog.verify_folder(tmp_path, VKEY, witnesses=[witness])
    assert report.valid
    assert report.witnesses == ()
    second = tlog.SigningKey("second.example", bytes(32))
    checkpoint = tlog.sign_note(tlog.Note.parse(signed(ENTRIES[:256])).text, (KEY, second))
    (tmp_path / "checkpoint").write_text(checkpoint, encoding="utf-8")
    report = tlog.verify_folder(tmp_path, VKEY, witnesses=[second.verifying_key.text])
    assert [each.key.name for each in report.witnesses] == ["second.example"]
    assert "Witnessed by second.example." in report.sentences()
    (tmp_path / "checkpoint").write_text(checkpoint[:-8] + "AAAA" + checkpoint[-4:], encoding="utf-8")
    assert not tlog.verify_folder(tmp_path, VKEY, witnesses=[second.verifying_key.text]).valid
