"""Publishing: a folder that strangers' tools can check, that survives being killed, and never contradicts itself."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader
from tlog_scales.signing import Vkey
from tlog_scales.tlog import InclusionProofInvalid

from schoolgate.engines import tlog
from support.logs import CHAIN, KEY, OTHER_KEY, TRIALS, VKEY, entries_of, files_of, publish, signed

ENTRIES = entries_of(1024)
TESTS = Path(__file__).resolve().parents[2]
KILLS = max(8, TRIALS // 3)


@pytest.mark.parametrize("size", [256, 512, 1024])
def test_an_independent_reader_accepts_the_folder(tmp_path: Path, size: int) -> None:
    for done in range(256, size + 1, 256):
        publish(tmp_path, ENTRIES[:done], first=done - 256)
    reader = TilesReader(LocalBackend(tmp_path))
    checkpoint = reader.get_checkpoint()
    checkpoint.verify(Vkey.from_string(VKEY))
    assert (checkpoint.origin, checkpoint.size) == (KEY.name, size)
    assert reader.calculate_root_hash() == checkpoint.root_hash
    tree = tlog.MemoryTree(ENTRIES)
    for index in (0, 1, 100, size - 1):
        assert reader.get_entry(index) == ENTRIES[index]
        proof = reader.get_inclusion_proof(index, size)
        proof.check(tlog.leaf_hash(ENTRIES[index]), checkpoint.root_hash)
        assert tuple(proof.node_hashes) == tlog.inclusion_proof(index, size, tree)
        with pytest.raises(InclusionProofInvalid):
            proof.check(tlog.leaf_hash(b"forged"), checkpoint.root_hash)
    for old in (1, 255, 256, size):
        consistency = reader.get_consistency_proof(old, size)
        consistency.check(tree.root(old), checkpoint.root_hash)
        assert tuple(consistency.node_hashes) == tlog.consistency_proof(old, size, tree)


def test_the_folder_is_the_c2sp_layout_and_no_level_0_tile_is_partial(tmp_path: Path) -> None:
    publish(tmp_path, ENTRIES)
    assert set(files_of(tmp_path)) == {
        "checkpoint",
        *(f"tile/{level}/00{index}" for level in ("0", "entries") for index in range(4)),
        "tile/1/000.p/4",
    }


def test_a_tile_of_the_folder_gives_proofs(tmp_path: Path) -> None:
    publish(tmp_path, ENTRIES[:768])

    def read(level: int, index: int) -> bytes:
        return tlog.read_tile(tmp_path, tlog.TileName(level, index, tlog.width_of(768, level, index))) or b""

    nodes = tlog.TileNodes(768, read)
    assert tlog.inclusion_proof(600, 768, nodes) == tlog.inclusion_proof(600, 768, tlog.MemoryTree(ENTRIES))


def test_period_by_period_gives_the_same_files_as_at_once(tmp_path: Path) -> None:
    publish(tmp_path / "once", ENTRIES)
    for size in range(256, 1025, 256):
        assert tlog.resume_at(tmp_path / "often", CHAIN) == size - 256
        publish(tmp_path / "often", ENTRIES[:size], first=size - 256)
    often = files_of(tmp_path / "often")
    assert often.items() >= files_of(tmp_path / "once").items()
    assert set(often) - set(files_of(tmp_path / "once")) == {f"tile/1/000.p/{width}" for width in (1, 2, 3)}


def test_publishing_again_changes_nothing(tmp_path: Path) -> None:
    publish(tmp_path, ENTRIES[:512])
    before = {path: path.stat().st_ino for path in tmp_path.rglob("*")}
    publish(tmp_path, ENTRIES[:512])
    publish(tmp_path, ENTRIES[:512], first=256)
    publish(tmp_path, ENTRIES[:512], first=512)
    assert {path: path.stat().st_ino for path in tmp_path.rglob("*")} == before


def test_partial_tiles_go_when_the_full_one_is_there(tmp_path: Path) -> None:
    for size in (100, 200, 256, 300):
        publish(tmp_path, ENTRIES[:size], first=tlog.resume_at(tmp_path, CHAIN))
        assert tlog.verify_folder(tmp_path, VKEY).valid
        if size == 200:
            assert {"tile/0/000.p/100", "tile/0/000.p/200"} <= set(files_of(tmp_path))
    assert not (tmp_path / "tile/0/000.p").exists()
    assert not (tmp_path / "tile/entries/000.p").exists()
    assert "tile/1/000.p/1" in files_of(tmp_path)


def test_cosignatures_may_be_added_later(tmp_path: Path) -> None:
    first = publish(tmp_path, ENTRIES[:256])
    line = tlog.SignatureLine("witness.example", b"1234", bytes(72)).text
    tlog.write_folder(tmp_path, [], first + line + "\n", chain=CHAIN, first=256)
    assert tlog.read_checkpoint(tmp_path) == first + line + "\n"
    assert tlog.verify_folder(tmp_path, VKEY).valid


def test_files_are_dated_by_the_schedule(tmp_path: Path) -> None:
    tlog.write_folder(tmp_path, ENTRIES[:256], signed(ENTRIES[:256]), chain=CHAIN, modified=1_772_800_000)
    assert {path.stat().st_mtime for path in tmp_path.rglob("*") if path.is_file()} == {1_772_800_000}
    assert {path.stat().st_mode & 0o004 for path in tmp_path.rglob("*") if path.is_file()} == {0o004}


def changed(place: int) -> list[bytes]:
    entries = list(ENTRIES[:512])
    entries[place] = bytes(32)
    return entries


@pytest.mark.parametrize(
    ("entries", "first", "checkpoint"),
    [
        (changed(3), 0, signed(ENTRIES[:512])),
        (changed(3), 0, signed(changed(3))),
        (changed(300)[256:], 256, signed(ENTRIES[:512])),
        (ENTRIES[:511], 0, signed(ENTRIES[:512])),
        (ENTRIES[:513], 0, signed(ENTRIES[:512])),
        (ENTRIES[:512], 0, signed(ENTRIES[:256])),
        (ENTRIES[:512], 256, signed(ENTRIES[:512])),
        (ENTRIES[512:], 512, signed(ENTRIES)),
        (ENTRIES[300:512], 300, signed(ENTRIES[:512])),
        (ENTRIES[:128], 0, signed(ENTRIES[:128])),
        (changed(3)[:256], 0, signed(changed(3)[:256])),
        (ENTRIES[:512], 0, signed(ENTRIES[:512], OTHER_KEY)),
        (ENTRIES[:512], 0, signed(ENTRIES[:512]).replace("512", "513")),
        (ENTRIES[:512], -256, signed(ENTRIES[:512])),
    ],
    ids=[
        "entry changed",
        "fork",
        "new entry changed",
        "entry missing",
        "entry too many",
        "checkpoint too small",
        "entries from the wrong place",
        "gap",
        "not at a bundle",
        "older than published",
        "same size, other root",
        "another key",
        "checkpoint changed",
        "before the start",
    ],
)
def test_what_contradicts_is_refused_and_readers_see_no_change(
    tmp_path: Path, entries: list[bytes], first: int, checkpoint: str
) -> None:
    publish(tmp_path, ENTRIES[:256])
    before = files_of(tmp_path)
    with pytest.raises(tlog.TlogError):
        tlog.write_folder(tmp_path, entries, checkpoint, chain=CHAIN, first=first)
    assert files_of(tmp_path) == before
    publish(tmp_path, ENTRIES[:512], first=256)
    assert tlog.verify_folder(tmp_path, VKEY).valid


@pytest.mark.parametrize("name", ["tile/0/000", "tile/entries/000", "tile/1/000.p/1", "checkpoint"])
def test_a_damaged_published_file_is_never_written_over(tmp_path: Path, name: str) -> None:
    publish(tmp_path, ENTRIES[:256])
    data = bytearray((tmp_path / name).read_bytes())
    data[20] ^= 1
    (tmp_path / name).write_bytes(bytes(data))
    with pytest.raises(tlog.TlogError):
        publish(tmp_path, ENTRIES[:256])
    with pytest.raises(tlog.TlogError):
        publish(tmp_path, ENTRIES[:512], first=256) if name == "tile/1/000.p/1" else publish(tmp_path, ENTRIES[:512])
    assert (tmp_path / name).read_bytes() == bytes(data)


def test_a_missing_published_file_is_written_again(tmp_path: Path) -> None:
    publish(tmp_path, ENTRIES[:512])
    before = files_of(tmp_path)
    for name in before:
        (tmp_path / name).unlink()
        publish(tmp_path, ENTRIES[:512])
        assert files_of(tmp_path) == before
    (tmp_path / "tile/1/000.p/2").unlink()
    publish(tmp_path, ENTRIES[:512], first=512)
    assert files_of(tmp_path) == before
    (tmp_path / "tile/1/000.p/2").unlink()
    (tmp_path / "tile/0/001").unlink()
    with pytest.raises(tlog.ExportError, match="write it again from entry 0"):
        publish(tmp_path, ENTRIES[:768], first=512)
    publish(tmp_path, ENTRIES[:768])
    assert tlog.verify_folder(tmp_path, VKEY).valid


@pytest.mark.parametrize("size", [256, 300, 512])
def test_a_checkpoint_alone_is_enough_to_refuse_a_fork(tmp_path: Path, size: int) -> None:
    publish(tmp_path, ENTRIES[:256])
    shutil.rmtree(tmp_path / "tile")
    with pytest.raises(tlog.ExportError):
        publish(tmp_path, changed(3)[:size])
    assert set(files_of(tmp_path)) == {"checkpoint"}
    publish(tmp_path, ENTRIES[:size])
    assert tlog.verify_folder(tmp_path, VKEY).valid


def test_what_a_killed_writer_left_is_removed(tmp_path: Path) -> None:
    publish(tmp_path, ENTRIES[:256])
    left = tmp_path / "tile" / "1" / "000.p" / ".77.tmp"
    left.write_bytes(b"unfinished")
    assert not tlog.verify_folder(tmp_path, VKEY).valid
    publish(tmp_path, ENTRIES[:256])
    assert not left.exists()


def test_two_writers_do_not_mix(tmp_path: Path) -> None:
    def slow() -> list[bytes]:
        with pytest.raises(tlog.ExportError, match="another process"):
            publish(tmp_path, ENTRIES[:512])
        return ENTRIES[:256]

    tlog.write_folder(tmp_path, (entry for part in [slow] for entry in part()), signed(ENTRIES[:256]), chain=CHAIN)
    publish(tmp_path, ENTRIES[:512], first=256)
    assert tlog.verify_folder(tmp_path, VKEY).valid


class DiskError(OSError):
    """The disk said no."""


@given(st.integers(0, 16))
@settings(max_examples=TRIALS, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_sync_that_fails_is_told_and_leaves_a_log_that_verifies(
    tmp_path_factory: pytest.TempPathFactory, fails_at: int
) -> None:
    folder = tmp_path_factory.mktemp("log")
    publish(folder, ENTRIES[:256])
    syncs = 0
    real = os.fsync

    def fsync(descriptor: int) -> None:
        nonlocal syncs
        syncs += 1
        if syncs == fails_at + 1:
            raise DiskError
        real(descriptor)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "fsync", fsync)
        told = False
        try:
            publish(folder, ENTRIES[:512], first=256)
        except DiskError:
            told = True
    assert told == (syncs > fails_at), "no failure is passed over"
    assert tlog.verify_folder(folder, VKEY).valid
    publish(folder, ENTRIES[:512], first=256)
    report = tlog.verify_folder(folder, VKEY)
    assert (report.valid, report.beyond) == (True, ())


def publish_and_die(folder: Path, die_before: int) -> "subprocess.CompletedProcess[str]":
    """Publish the fourth period in a process that is killed before that step."""
    publish(folder, ENTRIES[:768])
    path = os.pathsep.join(str(TESTS.parent / each) for each in ("src", "tests"))
    return subprocess.run(
        [sys.executable, "-m", "support.killed_publisher", str(folder), str(die_before)],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def test_killed_at_any_step_it_goes_on_where_it_was(tmp_path: Path) -> None:
    alive = publish_and_die(tmp_path / "alive", 0)
    assert alive.returncode == 0, alive.stderr
    steps = int(alive.stdout)
    assert steps > 15
    for die_before in range(1, steps + 1, 1 + steps // KILLS):
        folder = tmp_path / str(die_before)
        assert publish_and_die(folder, die_before).returncode == -signal.SIGKILL
        now = tlog.verify_folder(folder, VKEY)
        assert {Path(finding.path).suffix for finding in now.findings} <= {".tmp"}
        publish(folder, ENTRIES, first=tlog.resume_at(folder, CHAIN))
        report = tlog.verify_folder(folder, VKEY)
        assert report.valid, report.sentences()
        assert not report.beyond
