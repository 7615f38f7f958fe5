"""Every case of every published vector file, those to be refused too, each counted."""

import shutil
from collections.abc import Callable, Iterable
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from schoolgate.engines import tlog
from support.logs import VECTORS, decode, put_files, vectors

# How many cases each list of each file holds: a file that lost some, or gained a list, is noticed.
HELD = {
    "checkpoints": {"shapes": 7, "vectors": 19},
    "generated-log": {"olderCheckpoints": 4, "proofs": 7, "addCheckpoint": 5, "vectors": 0},
    "merkle-consistency": {"vectors": 56},
    "merkle-inclusion": {"vectors": 61},
    "notes": {"vectors": 15},
    "rfc6962": {"leaves_hex": 8, "roots_by_size": 9},
    "rfc6962-tree": {"leaves": 8, "levels": 4, "roots": 9, "vectors": 0},
    "small-log": {"vectors": 0},
    "tile-paths": {"refused": 21, "vectors": 12},
    "tlog-proof-syntax": {"parse": 3, "refuse": 11, "vectors": 0},
    "witness-sequence": {"requests": 9, "vectors": 0},
}
NOON = 1_798_804_800


def test_the_files_hold_what_is_counted_here() -> None:
    assert {path.stem for path in VECTORS.glob("*.json")} == set(HELD)
    for name, counts in HELD.items():
        assert {key: len(value) for key, value in vectors(name).items() if isinstance(value, list)} == counts, name


def tried(cases: Iterable[dict[str, Any]], read: Callable[[dict[str, Any]], object]) -> int:
    """How many cases were tried; each must be taken or refused as it says."""
    count = 0
    for case in cases:
        if case["wantErr"]:
            with pytest.raises(tlog.TlogError):
                read(case)
        else:
            read(case)
        count += 1
    return count


def hashes(case: dict[str, Any]) -> list[bytes]:
    return [decode(each) for each in case["proof"] or ()]


def test_inclusion() -> None:
    def read(case: dict[str, Any]) -> None:
        leaf, root = decode(case["leafHash"]), decode(case["root"])
        tlog.verify_inclusion(leaf, case["leafIdx"], case["treeSize"], hashes(case), root)

    assert tried(vectors("merkle-inclusion")["vectors"], read) == 61


def test_consistency() -> None:
    def read(case: dict[str, Any]) -> None:
        old, new = decode(case["root1"]), decode(case["root2"])
        tlog.verify_consistency(case["size1"], old, case["size2"], new, hashes(case))

    assert tried(vectors("merkle-consistency")["vectors"], read) == 56


def test_notes() -> None:
    def read(case: dict[str, Any]) -> None:
        text, signed = tlog.open_note(case["note"], [tlog.VerifyingKey.parse(case["vkey"])])
        assert signed
        assert case["note"].startswith(text + "\n")

    assert tried(vectors("notes")["vectors"], read) == 15


def test_checkpoints() -> None:
    def read(case: dict[str, Any]) -> None:
        assert tlog.Checkpoint.parse(case["checkpoint"]).text == case["checkpoint"]

    assert tried(vectors("checkpoints")["vectors"], read) == 19


def test_shapes() -> None:
    count = 0
    for shape in vectors("checkpoints")["shapes"]:
        expected = []
        for level in shape["levels"]:
            full = [tlog.TileName(level["level"], index) for index in range(level["fullTiles"])]
            partial = [tlog.TileName(level["level"], len(full), width) for width in [level["partialWidth"]] if width]
            expected += full + partial
        assert [name for name in tlog.tile_names(shape["size"]) if name.level != tlog.ENTRIES] == expected
        count += 1
    assert count == 7


def test_tile_paths() -> None:
    def read(case: dict[str, Any]) -> None:
        name = tlog.TileName(case["L"], case["index"], case["width"])
        assert (name.path, tlog.TileName.parse(case["path"])) == (case["path"], name)

    assert tried(vectors("tile-paths")["vectors"], read) == 12
    refused = [{"path": path, "wantErr": True} for path in vectors("tile-paths")["refused"]]
    assert tried(refused, lambda case: tlog.TileName.parse(case["path"])) == 21
    assert not any(tlog.is_public_name(case["path"]) for case in refused)


def test_receipt_syntax() -> None:
    def read(case: dict[str, Any]) -> None:
        assert tlog.Receipt.parse(case["text"]).text == case["text"]

    syntax = vectors("tlog-proof-syntax")
    assert tried([case | {"wantErr": False} for case in syntax["parse"]], read) == 3
    assert tried([case | {"wantErr": True} for case in syntax["refuse"]], read) == 11


def test_reference_trees() -> None:
    suite, reference = vectors("rfc6962"), vectors("rfc6962-tree")
    assert suite["leaves_hex"] == reference["leaves"]
    assert suite["roots_by_size"] == reference["roots"]
    leaves = [bytes.fromhex(each) for each in reference["leaves"]]
    tree = tlog.MemoryTree(leaves)
    levels = [[tree(height, index).hex() for index in range(8 >> height)] for height in range(4)]
    assert levels == reference["levels"]
    grown = [tlog.Frontier().extended_by_entries(leaves[:size]).root.hex() for size in range(9)]
    assert grown == [tree.root(size).hex() for size in range(9)] == reference["roots"]


def test_the_small_log_and_every_older_checkpoint_of_it(tmp_path: Path) -> None:
    log = vectors("small-log")
    files = {name: decode(data) for name, data in log["files"].items()}
    older = {name.removeprefix("checkpoint."): note for name, note in files.items() if name.startswith("checkpoint.")}
    assert (len(files), sorted(older)) == (12, ["0", "1", "15", "2", "7", "8"])
    put_files(tmp_path, {name: data for name, data in files.items() if not name.startswith("checkpoint.")})
    for size, note in older.items():
        report = tlog.verify_folder(tmp_path, log["vkey"], earlier=note.decode())
        assert report.valid, report.sentences()
        older_folder = tmp_path / f"at {size}"
        tiles = {name: data for name, data in files.items() if name.startswith("tile/")}
        put_files(older_folder, {"checkpoint": note, **tiles})
        report = tlog.verify_folder(older_folder, log["vkey"])
        assert report.checkpoint
        assert report.checkpoint.size == int(size)
        # Of these sizes the file holds every bundle; of the others we say that one is missing.
        assert report.valid is (size in {"0", "8", "15"})
        assert {finding.path for finding in report.findings} <= {f"tile/entries/000.p/{size}", f"tile/0/000.p/{size}"}
        shutil.rmtree(older_folder)


def test_a_monitor_follows_the_small_log(tmp_path: Path) -> None:
    log = vectors("small-log")
    files = {name: decode(data) for name, data in log["files"].items()}
    key = tlog.VerifyingKey.parse(log["vkey"])
    shown = dict(files)
    monitor = tlog.Monitor(key, shown.get, tlog.MonitorMemory(tmp_path), tlog.Expectations())
    for size in (0, 8, 15):
        shown["checkpoint"] = files[f"checkpoint.{size}"]
        assert monitor.look(NOON) == []
        assert tlog.MonitorMemory(tmp_path).load().frontier.size == size
    shown["checkpoint"] = files["checkpoint.8"]
    assert [alarm.cry for alarm in monitor.look(NOON)] == [tlog.Cry.REWIND]


def test_the_generated_log() -> None:
    log = vectors("generated-log")
    key, witness = tlog.VerifyingKey.parse(log["log"]), tlog.VerifyingKey.parse(log["witness"])
    opened = tlog.open_checkpoint(log["checkpoint"], key, witnesses=[witness])
    assert [(each.key, each.time) for each in opened.witnesses] == [(witness, 0x6955B901)]
    assert [tlog.open_checkpoint(each, key).checkpoint.size for each in log["olderCheckpoints"]] == [1, 255, 256, 299]
    count = 0
    for case in log["proofs"]:
        found = tlog.open_receipt(case["proof"], log["log"], entry=decode(case["leaf"]), witnesses=[log["witness"]])
        assert (found.checkpoint, len(found.witnesses)) == (opened.checkpoint, 1)
        count += 1
    assert count == 7


def witness_of(vkey: str, folder: Path) -> tlog.Witness:
    key = tlog.SigningKey("example.com/witness", bytes(range(32)), tlog.KeyKind.COSIGNATURE)
    log = tlog.VerifyingKey.parse(vkey)
    return tlog.Witness(key, {log.name: [log]}, tlog.WitnessMemory(folder), lambda: NOON)


def test_add_checkpoint_of_the_generated_log(tmp_path: Path) -> None:
    log, count = vectors("generated-log"), 0
    for number, case in enumerate(log["addCheckpoint"]):
        witness = witness_of(log["log"], tmp_path / str(number))
        if case["witnessHas"]:
            before = tlog.Submission(0, (), case["witnessHas"])
            assert witness.add_checkpoint(before.body).status == HTTPStatus.OK
        assert tlog.Submission.parse(case["body"].encode()).old_size == case["old"]
        answer = witness.add_checkpoint(case["body"].encode())
        assert answer.status == case["status"]
        assert answer.body.startswith("\u2014 example.com/witness ")
        count += 1
    assert count == 5


def test_the_sequence_of_requests_to_a_witness(tmp_path: Path) -> None:
    sequence, count = vectors("witness-sequence"), 0
    witness = witness_of(sequence["log"], tmp_path)
    for request in sequence["requests"]:
        answer = witness.add_checkpoint(request["body"].encode())
        assert answer.status == request["statusBySpec1.0.0"]
        what, expected = request["assert"].split('"', 1)
        expected = expected.removesuffix('"').replace("\\n", "\n")
        if what == "body == ":
            assert (answer.body, answer.content_type) == (expected, "text/x.tlog.size")
        elif answer.status == HTTPStatus.OK:
            assert expected in answer.body
        count += 1
    assert count == 9
