"""A log of 70,000 entries, the size by which the specification explains its tiles, before three strangers."""

from pathlib import Path

import aics_tlog
import pytest
from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader
from tlog_scales.signing import Vkey, VkeySet

from schoolgate.engines import tlog
from support.foreign import WITNESSES, Checker, PublishedLog, published_log
from support.logs import KEY, VKEY


@pytest.fixture(scope="module")
def large_log(tmp_path_factory: pytest.TempPathFactory) -> PublishedLog:
    folder = tmp_path_factory.mktemp("large") / "log"
    return published_log(folder, earlier=65_536, size=70_000, receipts_of=(1, 65_536, 69_999))


def test_its_files_are_those_that_the_specification_counts(large_log: PublishedLog) -> None:
    names = {path.relative_to(large_log.folder).as_posix() for path in large_log.folder.rglob("*") if path.is_file()}
    level = {number: sorted(each for each in names if each.startswith(f"tile/{number}/")) for number in (0, 1, 2, 3)}
    assert len([each for each in level[0] if ".p/" not in each]) == 273
    assert [each for each in level[0] if ".p/" in each] == ["tile/0/273.p/112"]
    assert level[1] == ["tile/1/000", "tile/1/001.p/17"]
    assert level[2] == ["tile/2/000.p/1"]
    assert level[3] == []


def test_go_reads_it_whole(checker: Checker, large_log: PublishedLog, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text(large_log.earlier, encoding="utf-8")
    said = checker.run("log", large_log.folder, log=VKEY, witnesses=WITNESSES, earlier=tmp_path / "kept")
    assert said == "70000 entries, 277 tiles, 2 witnesses"
    for index, receipt in large_log.receipts.items():
        (tmp_path / "receipt").write_text(receipt, encoding="utf-8")
        said = checker.run("receipt", tmp_path / "receipt", log=VKEY, witnesses=WITNESSES)
        assert said == f"entry {index} of 70000, 2 witnesses"


def test_aics_tlog_reads_it_whole(large_log: PublishedLog) -> None:
    reader, now, old = aics_tlog.FileSystemTileReader(large_log.folder), large_log.opened, large_log.opened_earlier
    report = aics_tlog.verified.audit_tiles(reader, now.size, now.root)
    assert (report.size, report.tiles, report.bundles) == (70_000, 277, 274)
    proof = aics_tlog.consistency_proof_from_tiles(reader, old.size, now.size)
    assert tuple(proof) == large_log.submissions[1].proof
    assert aics_tlog.verify_consistency(old.size, now.size, old.root, now.root, proof)
    for index, text in large_log.receipts.items():
        receipt = tlog.Receipt.parse(text)
        entry = large_log.entries[index]
        assert aics_tlog.read_entry(reader, index, now.size) == entry
        assert aics_tlog.verify_leaf_inclusion(entry, index, now.size, list(receipt.proof), now.root)


def test_tlog_scales_reads_it(large_log: PublishedLog) -> None:
    reader = TilesReader(LocalBackend(large_log.folder))
    checkpoint = reader.get_checkpoint()
    checkpoint.verify(Vkey.from_string(VKEY))
    witnesses = VkeySet(*(Vkey.from_string(each) for each in WITNESSES))
    assert len(witnesses.verify(checkpoint.signatures, checkpoint)) == 2
    assert (checkpoint.origin, checkpoint.size) == (KEY.name, 70_000)
    assert reader.calculate_root_hash() == checkpoint.root_hash
    old = large_log.opened_earlier
    consistency = reader.get_consistency_proof(old.size, 70_000)
    consistency.check(old.root, checkpoint.root_hash)
    assert tuple(consistency.node_hashes) == large_log.submissions[1].proof
    for index, text in large_log.receipts.items():
        assert reader.get_entry(index) == large_log.entries[index]
        proof = reader.get_inclusion_proof(index, 70_000)
        assert tuple(proof.node_hashes) == tlog.Receipt.parse(text).proof
        proof.check(tlog.leaf_hash(large_log.entries[index]), checkpoint.root_hash)


def test_we_read_what_go_writes_on_three_levels(checker: Checker, tmp_path: Path) -> None:
    assert checker.run("write", tmp_path / "log", KEY.secret_text, "66000") == "66000 entries"
    report = tlog.verify_folder(tmp_path / "log", VKEY)
    assert report.valid, report.sentences()
