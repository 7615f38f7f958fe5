"""Backup and restore, by the command, on the database of this run; killed in the middle too."""

import io
import json
import secrets
import shutil
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolgate.cli.archive import ArchiveError, Manifest, pack, private_folder, unpack
from support.faults import Fault, Installation

KILLS = 6
MANIFEST = Manifest("2026-11-29T09:00:00+00:00", "sqlite", "schoolgate.example/log", 256, ("kek-2026-11",))


@pytest.fixture(scope="module")
def opened(installed, tmp_path_factory):
    """A demonstration district in processes of its own, with some acts that are not sealed yet."""
    plant = Installation(tmp_path_factory.mktemp("backup"), installed)
    plant.run("file_acts", 4)
    plant.keep("base")
    yield plant
    plant.close()


@pytest.fixture
def plant(db, opened):
    opened.restore("base")
    return opened


@pytest.fixture
def saved(plant, tmp_path):
    """A backup of it."""
    file = tmp_path / "saved" / "district.schoolgate"
    file.parent.mkdir()
    plant.run("command", "backup", str(file))
    return file


def empty(plant: Installation, *, log: bool = False, keys: bool = True) -> None:
    """The machine is lost: an empty database, the keys put back from elsewhere, and perhaps the published log."""
    for path in plant.var.iterdir():
        if not ((path.name == "keys" and keys) or (path.name == "log" and log)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    if plant._server:
        plant._administer(f"DROP DATABASE IF EXISTS {plant._name} WITH (FORCE)")
        plant._administer(f"CREATE DATABASE {plant._name}")


def examined(plant: Installation) -> dict:
    found: dict = json.loads(plant.run("examine")[-1])
    return found


def published(plant: Installation) -> dict[str, bytes]:
    folder = plant.var / "log"
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_drill(plant, saved):
    """Everything is lost but the keys; afterwards all is as it was, and acts go on."""
    before, log = examined(plant), published(plant)
    empty(plant)
    said = plant.end("command", "restore", str(saved))
    assert said.code == 0, said.said
    assert "All sound." in said.said
    assert examined(plant) == before
    assert published(plant) == log
    plant.run("file_acts", 2)
    plant.run("command", "worker", "--once")
    assert plant.end("command", "doctor").code == 0
    assert not [path for path in plant.var.iterdir() if path.name.startswith(".")]


def test_no_key_is_in_it_and_nobody_is_signed_in_after(plant, saved, tmp_path):
    content = saved.read_bytes()
    for path in (plant.var / "keys").rglob("*"):
        if path.is_file():
            key = path.read_bytes().strip()
            if path.name != "log-verifying":
                assert key not in content, path.name
    assert saved.stat().st_mode & 0o077 == 0
    with tarfile.open(saved) as tar:
        names = tar.getnames()
    assert names[0] == "manifest.json"
    assert not [name for name in names if "key" in name or "kek" in name]


@pytest.mark.parametrize("where", ["the file", "an installation"])
def test_nothing_is_overwritten(where, plant, saved):
    before = saved.read_bytes()
    verb = "backup" if where == "the file" else "restore"
    said = plant.end("command", verb, str(saved))
    assert said.code == 3
    assert ("exists already" if verb == "backup" else "a database here already") in said.said
    assert "Traceback" not in said.said
    assert saved.read_bytes() == before


def test_a_newer_published_log_stays_and_the_doctor_says_that_the_backup_is_older(plant, saved):
    plant.run("file_acts", 2)
    plant.run("command", "worker", "--once")
    newer = published(plant)
    empty(plant, log=True)
    said = plant.end("command", "restore", str(saved))
    assert said.code == 1, said.said
    assert "stays: it is the better witness" in said.said
    assert "restored from an older backup" in said.said
    assert published(plant) == newer
    assert plant.end("command", "worker", "--once").code == 3


def test_without_the_keys_it_says_which_and_opens_nothing(plant, saved):
    empty(plant, keys=False)
    said = plant.end("command", "restore", str(saved))
    assert said.code == 1
    assert "MEND the keys" in said.said
    assert not (plant.var / "keys" / "log-signing").exists(), "no new keys are made over old records"


@pytest.mark.parametrize("damage", ["a byte", "half", "a member more", "nothing of ours"])
def test_a_damaged_backup_restores_nothing(damage, plant, saved):
    content = saved.read_bytes()
    if damage == "a byte":
        place = content.index(b"SQLite format 3") + 5000 if b"SQLite format 3" in content else len(content) // 2
        saved.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
    elif damage == "half":
        saved.write_bytes(content[: len(content) // 2])
    elif damage == "a member more":
        with tarfile.open(saved, "a") as tar:
            tar.addfile(tarfile.TarInfo("../../evil"), io.BytesIO())
    else:
        saved.write_bytes(secrets.token_bytes(20_000))
    empty(plant)
    said = plant.end("command", "restore", str(saved))
    assert said.code == 3, said.said
    assert "Traceback" not in said.said
    assert "take another" in said.said or "no backup" in said.said
    assert {path.name for path in plant.var.iterdir()} <= {"keys"}
    saved.write_bytes(content)
    assert plant.end("command", "restore", str(saved)).code == 0


def test_a_backup_killed_at_any_step_leaves_no_file_and_the_next_one_is_whole(plant, tmp_path):
    """Its files lie below the data folder here, so that each step on them is seen."""
    file = plant.var / "safe" / "district.schoolgate"
    file.parent.mkdir()
    whole = plant.end("command", "backup", str(file), fault=Fault(nth=1_000_000))
    assert whole.code == 0, whole.said
    file.unlink()
    for number in range(1, KILLS + 1):
        ended = plant.end("command", "backup", str(file), fault=Fault(nth=max(1, whole.struck * number // KILLS)))
        assert ended.killed, ended.said
        # The link is the last step: before it there is no file, after it a whole one.
        if file.exists():
            unpack(file, private_folder(tmp_path / str(number)))
            file.unlink()
    assert plant.end("command", "backup", str(file)).code == 0
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    unpack(file, private_folder(tmp_path / "last"))


def test_a_restore_killed_at_any_step_is_nothing_or_whole_and_the_next_one_ends_it(plant, saved):
    before = examined(plant)
    empty(plant)
    whole = plant.end("command", "restore", str(saved), fault=Fault(nth=1_000_000))
    assert whole.code == 0, whole.said
    for number in range(1, KILLS + 1):
        empty(plant)
        ended = plant.end("command", "restore", str(saved), fault=Fault(nth=max(1, whole.struck * number // KILLS)))
        assert ended.killed, ended.said
        again = plant.end("command", "restore", str(saved))
        # Where the database was in place already, the second is refused: nothing is restored twice.
        assert again.code == 0 or "a database here already" in again.said, again.said
        assert plant.end("command", "doctor").code == 0
        assert examined(plant) == before


def test_a_backup_while_the_site_acts_is_of_one_moment(plant, tmp_path):
    running = plant.start("file_acts", 30)
    files = []
    for number in range(3):
        files.append(tmp_path / f"{number}.schoolgate")
        plant.run("command", "backup", str(files[-1]))
    assert running.end().code == 0
    for file in files:
        empty(plant)
        assert plant.end("command", "restore", str(file)).code == 0


def staged(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


@settings(max_examples=60, deadline=None)
@given(
    files=st.dictionaries(st.from_regex(r"log/[a-z0-9]{1,8}", fullmatch=True), st.binary(max_size=600), max_size=4),
    place=st.floats(0, 1, exclude_max=True),
    flipped=st.integers(1, 255),
    data=st.data(),
)
def test_what_goes_in_comes_out_and_no_altered_byte_goes_unseen(tmp_path_factory, files, place, flipped, data):
    folder = tmp_path_factory.mktemp("archive")
    files = {**files, "database": b"rows"}
    made = pack(staged(folder / "staged", files), MANIFEST, folder / "file")
    out = private_folder(folder / "out")
    assert unpack(folder / "file", out) == made
    assert {str(p.relative_to(out)): p.read_bytes() for p in out.rglob("*") if p.is_file()} == files
    content = bytearray((folder / "file").read_bytes())
    # The bytes of the members; what lies between them is padding of the tar.
    name = data.draw(st.sampled_from([one for one, text in files.items() if text]))
    at = bytes(content).rindex(files[name]) + int(place * len(files[name]))
    content[at] ^= flipped
    (folder / "file").write_bytes(content)
    with pytest.raises(ArchiveError):
        unpack(folder / "file", private_folder(folder / "out"))


def test_a_manifest_of_another_kind_is_refused(tmp_path):
    for text, said in (
        (b"{}", "cannot be read"),
        (MANIFEST.to_bytes().replace(b"backup 1", b"backup 9"), "format"),
        (MANIFEST.to_bytes(), "holds no database"),
        (
            Manifest("", "sqlite", "", 0, ())
            .to_bytes()
            .replace(b'"files": {}', b'"files": {"../x": {"size": 1, "sha256": ""}}'),
            "names '../x'",
        ),
    ):
        with pytest.raises(ArchiveError, match=said):
            Manifest.from_bytes(text)


@pytest.mark.sqlite
def test_a_sqlite_backup_is_one_sound_file_without_sign_ins(plant, saved, tmp_path):
    unpack(saved, private_folder(tmp_path / "out"))
    with closing(sqlite3.connect(tmp_path / "out" / "database")) as opened:
        assert opened.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert opened.execute("SELECT count(*) FROM django_session").fetchone() == (0,)
        assert opened.execute("SELECT count(*) FROM ledger_opening").fetchone()[0] > 0
