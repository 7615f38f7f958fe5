"""A transparency log whose entries say nothing: C2SP tiles and checkpoints over RFC 9162 hashing.

Every act of an installation is one entry, a commitment (`commit`); each period appends a whole number of
tiles (`plan_batch`), signs the new root (`sign_checkpoint`) and publishes a folder (`write_folder`) that a
stranger's tool can check, as `verify_folder` does. A person concerned gets a receipt (`make_receipt`).
"""

from schoolgate.engines.tlog.batch import Batch, covers_needed, plan_batch
from schoolgate.engines.tlog.checkpoint import Checkpoint, OpenedCheckpoint, open_checkpoint, sign_checkpoint
from schoolgate.engines.tlog.commitment import (
    Json,
    canonical,
    commit,
    open_commitment,
    pack_opening,
    read_canonical,
    unpack_opening,
)
from schoolgate.engines.tlog.errors import (
    AuditError,
    BatchError,
    CheckpointError,
    CommitmentError,
    ExportError,
    KeyTextError,
    MonitorError,
    NoteError,
    PolicyError,
    PromiseError,
    ProofError,
    ReceiptError,
    RotationError,
    TileError,
    TlogError,
    TreeError,
    WitnessError,
)
from schoolgate.engines.tlog.export import resume_at, write_folder
from schoolgate.engines.tlog.folder import is_public_name, read_checkpoint, read_rotations, read_tile, sync_folder
from schoolgate.engines.tlog.frontier import Frontier
from schoolgate.engines.tlog.hashing import EMPTY_ROOT, HASH_BYTES, leaf_hash, leaf_level, node_hash
from schoolgate.engines.tlog.keys import KeyKind, SigningKey, VerifyingKey, generate_key
from schoolgate.engines.tlog.monitor import Expectations, Fetch, Monitor
from schoolgate.engines.tlog.monitor_memory import Alarm, Cry, Followed, MonitorMemory
from schoolgate.engines.tlog.nodes import KeptTiles, MemoryTree, Nodes, TileNodes, frontier_of, range_root
from schoolgate.engines.tlog.note import Note, SignatureLine, Verified, open_note, sign_note
from schoolgate.engines.tlog.policy import Policy
from schoolgate.engines.tlog.promise import Promise, open_promise, sign_promise
from schoolgate.engines.tlog.proofs import (
    consistency_proof,
    inclusion_proof,
    verify_consistency,
    verify_inclusion,
)
from schoolgate.engines.tlog.receipt import (
    Receipt,
    ReceiptReport,
    VerifiedReceipt,
    make_receipt,
    open_receipt,
    verify_receipt,
)
from schoolgate.engines.tlog.rotation import KeyChain, Rotation, open_rotation, open_with_chain, sign_rotation
from schoolgate.engines.tlog.tiles import (
    ENTRIES,
    TILE_WIDTH,
    Tile,
    TileName,
    bundle_bytes,
    parse_bundle,
    tile_names,
    width_of,
)
from schoolgate.engines.tlog.tower import TileTower
from schoolgate.engines.tlog.verify import Finding, Report, verify_folder
from schoolgate.engines.tlog.witness import Answer, Submission, Witness, WitnessMemory, origin_hash

__all__ = [
    "EMPTY_ROOT",
    "ENTRIES",
    "HASH_BYTES",
    "TILE_WIDTH",
    "Alarm",
    "Answer",
    "AuditError",
    "Batch",
    "BatchError",
    "Checkpoint",
    "CheckpointError",
    "CommitmentError",
    "Cry",
    "Expectations",
    "ExportError",
    "Fetch",
    "Finding",
    "Followed",
    "Frontier",
    "Json",
    "KeptTiles",
    "KeyChain",
    "KeyKind",
    "KeyTextError",
    "MemoryTree",
    "Monitor",
    "MonitorError",
    "MonitorMemory",
    "Nodes",
    "Note",
    "NoteError",
    "OpenedCheckpoint",
    "Policy",
    "PolicyError",
    "Promise",
    "PromiseError",
    "ProofError",
    "Receipt",
    "ReceiptError",
    "ReceiptReport",
    "Report",
    "Rotation",
    "RotationError",
    "SignatureLine",
    "SigningKey",
    "Submission",
    "Tile",
    "TileError",
    "TileName",
    "TileNodes",
    "TileTower",
    "TlogError",
    "TreeError",
    "Verified",
    "VerifiedReceipt",
    "VerifyingKey",
    "Witness",
    "WitnessError",
    "WitnessMemory",
    "bundle_bytes",
    "canonical",
    "commit",
    "consistency_proof",
    "covers_needed",
    "frontier_of",
    "generate_key",
    "inclusion_proof",
    "is_public_name",
    "leaf_hash",
    "leaf_level",
    "make_receipt",
    "node_hash",
    "open_checkpoint",
    "open_commitment",
    "open_note",
    "open_promise",
    "open_receipt",
    "open_rotation",
    "open_with_chain",
    "origin_hash",
    "pack_opening",
    "parse_bundle",
    "plan_batch",
    "range_root",
    "read_canonical",
    "read_checkpoint",
    "read_rotations",
    "read_tile",
    "resume_at",
    "sign_checkpoint",
    "sign_note",
    "sign_promise",
    "sign_rotation",
    "sync_folder",
    "tile_names",
    "unpack_opening",
    "verify_consistency",
    "verify_folder",
    "verify_inclusion",
    "verify_receipt",
    "width_of",
    "write_folder",
]
