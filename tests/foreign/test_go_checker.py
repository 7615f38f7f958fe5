"""What we publish, read by the code of Go's checksum database; and what it writes, read by us."""

import shutil
from pathlib import Path

import pytest

from schoolgate.engines import tlog
from support.foreign import WITNESSES, Checker, PublishedLog, broken_line, follow, forked
from support.logs import KEY, OTHER_KEY, VKEY, files_of, put_files, vectors


def kept(folder: Path, note: str) -> Path:
    file = folder / "kept"
    file.write_text(note, encoding="utf-8")
    return file


@pytest.fixture
def copy(log: PublishedLog, tmp_path: Path) -> Path:
    """The published folder, to be spoiled."""
    return Path(shutil.copytree(log.folder, tmp_path / "log"))


def test_it_accepts_a_log_its_cosignatures_and_its_growth(checker: Checker, log: PublishedLog, tmp_path: Path) -> None:
    earlier = kept(tmp_path, log.earlier)
    said = checker.run("log", log.folder, log=VKEY, witnesses=WITNESSES, earlier=earlier)
    assert said == "700 entries, 4 tiles, 2 witnesses"


def test_it_and_our_monitor_refuse_every_changed_file(checker: Checker, log: PublishedLog, copy: Path) -> None:
    files = files_of(copy)
    # The partial tiles of the earlier size are not read when the newer ones are there.
    count = 0
    read = {"checkpoint", *(name.path for name in tlog.tile_names(log.size))}
    for name in sorted(read):
        data = files[name]
        for changed in (data[:-9] + bytes([data[-9] ^ 1]) + data[-8:], data[:-1], data + b"\x00"):
            put_files(copy, files | {name: changed})
            assert checker.run("log", copy, log=VKEY, witnesses=WITNESSES) is None, name
            assert follow(VKEY, copy, copy.parent / f"memory-{count}", WITNESSES), name
            count += 1
        put_files(copy, {each: data for each, data in files.items() if each != name})
        assert checker.run("log", copy, log=VKEY, witnesses=WITNESSES) is None, name


def test_it_refuses_a_fork(checker: Checker, log: PublishedLog, tmp_path: Path) -> None:
    for size in (700, 300, 1):
        _, other = forked(log, size=size, at=0)
        assert checker.run("log", log.folder, log=VKEY, earlier=kept(tmp_path, other)) is None


def test_it_refuses_other_keys_and_spoiled_signatures(checker: Checker, log: PublishedLog, copy: Path) -> None:
    assert checker.run("log", copy, log=OTHER_KEY.verifying_key.text) is None
    assert checker.run("log", copy, log=VKEY, witnesses=[vectors("generated-log")["witness"]]) is None
    for name in (KEY.name, *(vkey.split("+")[0] for vkey in WITNESSES)):
        (copy / "checkpoint").write_text(broken_line(log.checkpoint, name), encoding="utf-8")
        assert checker.run("log", copy, log=VKEY, witnesses=WITNESSES) is None, name


def test_it_accepts_receipts_and_refuses_changed_ones(checker: Checker, log: PublishedLog, tmp_path: Path) -> None:
    file = tmp_path / "receipt"
    for index, receipt in log.receipts.items():
        file.write_text(receipt, encoding="utf-8")
        said = checker.run("receipt", file, log=VKEY, witnesses=WITNESSES)
        assert said == f"entry {index} of 700, 2 witnesses"
    right = tlog.Receipt.parse(log.receipts[256])
    assert right.extra
    _, other = forked(log)
    wrong = [
        tlog.Receipt(257, right.proof, right.checkpoint, right.extra),
        tlog.Receipt(256, right.proof[::-1], right.checkpoint, right.extra),
        tlog.Receipt(256, right.proof[1:], right.checkpoint, right.extra),
        tlog.Receipt(256, right.proof, right.checkpoint, right.extra + b" "),
        tlog.Receipt(256, right.proof, right.checkpoint, None),
        tlog.Receipt(256, right.proof, other, right.extra),
        tlog.Receipt(256, right.proof, broken_line(right.checkpoint, KEY.name), right.extra),
    ]
    for each in wrong:
        file.write_text(each.text, encoding="utf-8")
        assert checker.run("receipt", file, log=VKEY) is None


def test_it_accepts_what_we_hand_to_witnesses(checker: Checker, log: PublishedLog, tmp_path: Path) -> None:
    first, second = log.submissions
    file = tmp_path / "body"
    file.write_bytes(first.body)
    assert checker.run("add-checkpoint", file, log=VKEY) == "from 0 to 300 entries"
    file.write_bytes(second.body)
    assert (
        checker.run("add-checkpoint", file, log=VKEY, earlier=kept(tmp_path, log.earlier)) == "from 300 to 700 entries"
    )
    assert checker.run("add-checkpoint", file, log=VKEY) is None
    for size in (700, 300):
        _, other = forked(log, size=size)
        assert checker.run("add-checkpoint", file, log=VKEY, earlier=kept(tmp_path, other)) is None
    file.write_bytes(tlog.Submission(300, second.proof[:-1], second.note).body)
    assert checker.run("add-checkpoint", file, log=VKEY, earlier=kept(tmp_path, log.earlier)) is None


def test_it_says_of_the_published_vectors_what_we_say(checker: Checker, tmp_path: Path) -> None:
    made = vectors("generated-log")
    file = tmp_path / "file"
    for case in made["proofs"]:
        file.write_text(case["proof"], encoding="utf-8")
        entry = tlog.strict.decode_base64(case["leaf"]).hex()
        assert checker.run("receipt", file, log=made["log"], witnesses=[made["witness"]], entry=entry)
        assert checker.run("receipt", file, log=made["log"], entry=f"{entry}00") is None
    for case in made["addCheckpoint"]:
        file.write_text(case["body"], encoding="utf-8")
        more = {"earlier": kept(tmp_path, case["witnessHas"])} if case["witnessHas"] else {}
        assert checker.run("add-checkpoint", file, log=made["log"], **more)


@pytest.mark.parametrize("count", [0, 1, 256, 300])
def test_we_accept_the_log_it_writes(checker: Checker, tmp_path: Path, count: int) -> None:
    folder = tmp_path / "log"
    assert checker.run("write", folder, KEY.secret_text, str(count)) == f"{count} entries"
    report = tlog.verify_folder(folder, VKEY)
    assert report.valid, report.sentences()
    assert report.checkpoint
    assert report.checkpoint.size == count
    assert follow(VKEY, folder, tmp_path / "memory") == []
    assert checker.run("log", folder, log=VKEY)


def test_we_cry_out_when_it_writes_a_fork_or_a_shorter_log(checker: Checker, log: PublishedLog, tmp_path: Path) -> None:
    assert follow(VKEY, log.folder, tmp_path / "memory") == []
    for count, cry in ((700, tlog.Cry.FORK), (600, tlog.Cry.REWIND), (900, tlog.Cry.FORK)):
        folder = tmp_path / str(count)
        assert checker.run("write", folder, KEY.secret_text, str(count))
        assert cry in {alarm.cry for alarm in follow(VKEY, folder, tmp_path / "memory")}
        assert not tlog.verify_folder(folder, VKEY, earlier=log.checkpoint).valid


@pytest.mark.parametrize(
    "name", ["\u0436\u0443\u0440\u043d\u0430\u043b.example/\u00e4", "log.example/\u200b\u7b2c\U0001f4dc", "a\x7f"]
)
def test_names_in_any_script_mean_the_same_there_and_here(checker: Checker, tmp_path: Path, name: str) -> None:
    key = tlog.SigningKey(name, bytes(32))
    vkey = key.verifying_key.text
    assert checker.run("write", tmp_path / "log", key.secret_text, "2")
    assert tlog.verify_folder(tmp_path / "log", vkey).valid
    theirs = tlog.read_checkpoint(tmp_path / "log")
    assert theirs
    witness = tlog.SigningKey(f"w.{name}", bytes(range(32)), tlog.KeyKind.COSIGNATURE)
    text = tlog.Note.parse(theirs).text
    ours = tlog.sign_checkpoint(tlog.Checkpoint.parse(text), key)
    assert ours == theirs
    line = tlog.SignatureLine(witness.name, witness.verifying_key.id, witness.cosign(text, 1)).text
    (tmp_path / "log" / "checkpoint").write_text(f"{ours}{line}\n", encoding="utf-8")
    assert checker.run("log", tmp_path / "log", log=vkey, witnesses=[witness.verifying_key.text])
