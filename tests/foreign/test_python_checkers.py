"""What we publish, read by tlog-scales and aics-tlog; and what they write, read by us."""

import shutil
from pathlib import Path

import aics_tlog
import pytest
from aics_tlog.bundle import Bundle
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader
from tlog_scales.signing import MLDSA44CosignatureSigner, PlainEd25519Signer, Vkey, VkeySet
from tlog_scales.tlog import (
    Checkpoint,
    ConsistencyProof,
    ConsistencyProofInvalid,
    InclusionProof,
    InclusionProofInvalid,
)
from tlog_scales.writer import TilesWriter

from schoolgate.engines import tlog
from support.foreign import WITNESSES, PublishedLog, broken_line, follow, forked
from support.logs import CHAIN, KEY, ORIGIN, OTHER_KEY, VKEY, entries_of, files_of

SIZES = (1, 255, 256, 300, 700)
AICS_KEY = aics_tlog.parse_vkey(VKEY)
AICS_WITNESSES = [aics_tlog.parse_vkey(each) for each in WITNESSES]
SCALES_WITNESSES = VkeySet(*(Vkey.from_string(each) for each in WITNESSES))


@pytest.fixture
def copy(log: PublishedLog, tmp_path: Path) -> Path:
    """The published folder, to be spoiled."""
    return Path(shutil.copytree(log.folder, tmp_path / "log"))


def spoil(file: Path, place: int) -> None:
    data = bytearray(file.read_bytes())
    data[place] ^= 1
    file.write_bytes(data)


def test_tlog_scales_accepts_entries_and_both_cosignatures(log: PublishedLog) -> None:
    reader = TilesReader(LocalBackend(log.folder))
    checkpoint = reader.get_checkpoint()
    checkpoint.verify(Vkey.from_string(VKEY))
    assert len(SCALES_WITNESSES.verify(checkpoint.signatures, checkpoint)) == 2
    assert reader.calculate_root_hash() == checkpoint.root_hash == log.opened.root
    for index, entry in list(enumerate(log.entries))[::7]:
        assert reader.get_entry(index) == entry
        reader.get_inclusion_proof(index, log.size).check(tlog.leaf_hash(entry), checkpoint.root_hash)


def test_tlog_scales_accepts_our_proofs_and_receipts(log: PublishedLog) -> None:
    now = log.opened
    for old in (0, *SIZES):
        proof = ConsistencyProof(old, log.size, list(tlog.consistency_proof(old, log.size, log.tree)))
        proof.check(log.tree.root(old), now.root)
    for text in log.receipts.values():
        receipt = tlog.Receipt.parse(text)
        checkpoint = Checkpoint.from_text(receipt.checkpoint)
        checkpoint.verify(Vkey.from_string(VKEY))
        assert len(SCALES_WITNESSES.verify(checkpoint.signatures, checkpoint)) == 2
        proof = InclusionProof(receipt.index, checkpoint.size, list(receipt.proof))
        proof.check(tlog.leaf_hash(log.entries[receipt.index]), checkpoint.root_hash)


def test_tlog_scales_refuses_forks_changed_bundles_and_spoiled_signatures(log: PublishedLog, copy: Path) -> None:
    reader = TilesReader(LocalBackend(copy))
    now = reader.get_checkpoint()
    for size in (300, 700):
        other, _ = forked(log, size=size)
        with pytest.raises(ConsistencyProofInvalid):
            reader.get_consistency_proof(size, 700).check(other.root(), now.root_hash)
    spoil(copy / "tile/entries/001", 40)
    with pytest.raises(InclusionProofInvalid):
        reader.get_inclusion_proof(257, 700).check(tlog.leaf_hash(reader.get_entry(257)), now.root_hash)
    with pytest.raises(RuntimeError, match="no signature"):
        now.verify(Vkey.from_string(OTHER_KEY.verifying_key.text))
    with pytest.raises(InvalidSignature):
        Checkpoint.from_text(broken_line(log.checkpoint, ORIGIN)).verify(Vkey.from_string(VKEY))
    for vkey in WITNESSES:
        spoiled = Checkpoint.from_text(broken_line(log.checkpoint, vkey.split("+")[0]))
        assert len(SCALES_WITNESSES.verify(spoiled.signatures, spoiled)) == 1


def test_aics_tlog_accepts_the_log_whole(log: PublishedLog) -> None:
    reader, now = aics_tlog.FileSystemTileReader(log.folder), log.opened
    opened = aics_tlog.verify_checkpoint(aics_tlog.parse_note(log.checkpoint), AICS_KEY, AICS_WITNESSES, 2)
    assert opened.ok, opened.error
    assert (opened.size, opened.root, opened.cosignature_count) == (700, now.root, 2)
    report = aics_tlog.verified.audit_tiles(reader, now.size, now.root)
    assert (report.tiles, report.bundles) == (4, 3)
    for old in (0, *SIZES):
        proof = aics_tlog.consistency_proof_from_tiles(reader, old, 700)
        assert tuple(proof) == tlog.consistency_proof(old, 700, log.tree)
        assert aics_tlog.verify_consistency(old, 700, log.tree.root(old), now.root, proof)


def test_aics_tlog_accepts_receipts_and_refuses_changed_ones(log: PublishedLog) -> None:
    for text in log.receipts.values():
        receipt = tlog.Receipt.parse(text)
        entry = log.entries[receipt.index]
        made = Bundle(entry, receipt.index, receipt.proof, receipt.checkpoint)
        report = aics_tlog.verify_bundle(made, AICS_KEY, AICS_WITNESSES, 2)
        assert report.ok, report.error
        for wrong in (
            Bundle(bytes(32), receipt.index, receipt.proof, receipt.checkpoint),
            Bundle(entry, (receipt.index + 1) % 700, receipt.proof, receipt.checkpoint),
            Bundle(entry, receipt.index, receipt.proof[:-1], receipt.checkpoint),
            Bundle(entry, receipt.index, receipt.proof, forked(log)[1]),
            Bundle(entry, receipt.index, receipt.proof, broken_line(receipt.checkpoint, ORIGIN)),
        ):
            assert not aics_tlog.verify_bundle(wrong, AICS_KEY).ok


def test_aics_tlog_refuses_forks_changed_files_and_spoiled_signatures(log: PublishedLog, copy: Path) -> None:
    now = log.opened
    for size in (300, 700):
        other, _ = forked(log, size=size)
        proof = list(tlog.consistency_proof(size, 700, log.tree))
        assert not aics_tlog.verify_consistency(size, 700, other.root(), now.root, proof)
    reader = aics_tlog.FileSystemTileReader(copy)
    with pytest.raises(aics_tlog.TileVerificationError):
        aics_tlog.verified.audit_tiles(reader, 700, forked(log)[0].root())
    for name in sorted(each.path for each in tlog.tile_names(700)):
        spoil(copy / name, 20)
        with pytest.raises(aics_tlog.TileVerificationError):
            aics_tlog.verified.audit_tiles(reader, 700, now.root)
        spoil(copy / name, 20)
    for name in (ORIGIN, *(each.name for each in AICS_WITNESSES)):
        spoiled = aics_tlog.parse_note(broken_line(log.checkpoint, name))
        assert not aics_tlog.verify_checkpoint(spoiled, AICS_KEY, AICS_WITNESSES).ok
    other_key = aics_tlog.parse_vkey(OTHER_KEY.verifying_key.text)
    assert not aics_tlog.verify_checkpoint(aics_tlog.parse_note(log.checkpoint), other_key).ok


def write_with_tlog_scales(folder: Path, entries: list[bytes]) -> None:
    """Go on writing the folder to these entries."""
    started = (folder / "checkpoint").exists()
    writer = TilesWriter.from_path(folder) if started else TilesWriter.create(folder, ORIGIN)
    for entry in entries[writer.size :]:
        writer.add_leaf(entry)
    writer.commit([PlainEd25519Signer(ORIGIN, KEY.seed)])


def write_with_aics(folder: Path, entries: list[bytes]) -> None:
    """Go on writing the folder to these entries."""
    store = aics_tlog.DirectoryTileStore(folder, fsync=False)
    before = store.read_checkpoint()
    size = aics_tlog.parse_checkpoint(aics_tlog.parse_note(before).text).size if before else 0
    writer = aics_tlog.IncrementalTileWriter(store, size)
    grown = writer.append(entries[size:])
    checkpoint = aics_tlog.Checkpoint(ORIGIN, grown.size, grown.root)
    key = Ed25519PrivateKey.from_private_bytes(KEY.seed)
    store.write_checkpoint(aics_tlog.sign_checkpoint(checkpoint, key, ORIGIN).to_bytes())


@pytest.mark.parametrize("write", [write_with_tlog_scales, write_with_aics])
def test_we_accept_the_logs_that_they_write(write, tmp_path: Path) -> None:
    entries = [f"entry {number}".encode() * (number % 5) for number in range(700)]
    kept = None
    for size in SIZES:
        write(tmp_path / "log", entries[:size])
        report = tlog.verify_folder(tmp_path / "log", VKEY, earlier=kept)
        assert report.valid, report.sentences()
        assert report.checkpoint
        assert report.checkpoint.root == tlog.MemoryTree(entries[:size]).root()
        assert follow(VKEY, tmp_path / "log", tmp_path / "memory") == []
        kept = tlog.read_checkpoint(tmp_path / "log")


@pytest.mark.parametrize("write", [write_with_tlog_scales, write_with_aics])
def test_we_refuse_the_forks_that_they_write(write, tmp_path: Path) -> None:
    entries = entries_of(600)
    write(tmp_path / "log", entries[:300])
    kept = tlog.read_checkpoint(tmp_path / "log")
    assert follow(VKEY, tmp_path / "log", tmp_path / "memory") == []
    other = [bytes(32), *entries[1:]]
    for size, cry in ((300, tlog.Cry.FORK), (200, tlog.Cry.REWIND)):
        write(tmp_path / str(size), other[:size])
        assert tlog.verify_folder(tmp_path / str(size), VKEY).valid
        assert not tlog.verify_folder(tmp_path / str(size), VKEY, earlier=kept).valid
        assert cry in {alarm.cry for alarm in follow(VKEY, tmp_path / str(size), tmp_path / "memory")}
    write(tmp_path / "grown", other)
    assert not tlog.verify_folder(tmp_path / "grown", VKEY, earlier=kept).valid
    assert follow(VKEY, tmp_path / "grown", tmp_path / "memory")


@pytest.mark.parametrize("write", [write_with_tlog_scales, write_with_aics])
def test_we_go_on_where_they_stopped_and_they_where_we_did(write, tmp_path: Path) -> None:
    entries = entries_of(700)
    folder = tmp_path / "log"
    write(folder, entries[:300])
    first = tlog.resume_at(folder, CHAIN)
    checkpoint = tlog.Checkpoint(ORIGIN, 500, tlog.MemoryTree(entries[:500]).root())
    tlog.write_folder(folder, entries[first:500], tlog.sign_checkpoint(checkpoint, KEY), chain=CHAIN, first=first)
    assert tlog.verify_folder(folder, VKEY).valid
    write(folder, entries)
    assert tlog.verify_folder(folder, VKEY).valid
    assert files_of(folder)["tile/1/000.p/2"] == b"".join(log_roots(entries))


def log_roots(entries: list[bytes]) -> list[bytes]:
    """The roots of the first two full tiles."""
    return [tlog.MemoryTree(entries[start : start + 256]).root() for start in (0, 256)]


def test_we_pass_over_signatures_of_a_kind_that_we_do_not_know(log: PublishedLog) -> None:
    # Sixteen lines must be read, and those of type 06 are long.
    signers = [MLDSA44CosignatureSigner(f"pq{number}.example", bytes([number]) * 32) for number in range(15)]
    now = log.opened
    made = Checkpoint.make_signed(now.origin, now.size, now.root, [*signers, PlainEd25519Signer(ORIGIN, KEY.seed)])
    assert tlog.open_checkpoint(made.serialize(), KEY.verifying_key).checkpoint == now
    assert len(VkeySet(*(signer.vkey for signer in signers)).verify(made.signatures, made)) == 15
    only_strangers = Checkpoint.make_signed(now.origin, now.size, now.root, signers[:1]).serialize()
    with pytest.raises(tlog.NoteError, match="no signature"):
        tlog.open_checkpoint(only_strangers, KEY.verifying_key)
