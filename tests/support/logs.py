"""A small invented log, and the published vectors of the formats."""

import base64
import hashlib
import json
import os
import random
from pathlib import Path
from typing import Any

from schoolgate.engines import tlog

TRIALS = int(os.environ.get("SCHOOLGATE_TRIALS", "25"))
VECTORS = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "tlog-vectors"
ORIGIN = "log.schoolgate.example/boston"
KEY = tlog.SigningKey(ORIGIN, bytes(range(32)))
VKEY = KEY.verifying_key.text
CHAIN = tlog.KeyChain.trusting(KEY.verifying_key)
OTHER_KEY = tlog.SigningKey(ORIGIN, bytes(range(1, 33)))


def vectors(name: str) -> dict[str, Any]:
    """One file of published vectors."""
    found: dict[str, Any] = json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))
    return found


def decode(text: str) -> bytes:
    """Base64 as a vector file has it, junk and all."""
    return base64.b64decode(text)


def entries_of(count: int, salt: str = "") -> list[bytes]:
    """Entries that look like commitments and are the same in every run."""
    return [hashlib.sha256(f"{salt}{number}".encode()).digest() for number in range(count)]


def signed(entries: list[bytes], key: tlog.SigningKey = KEY) -> str:
    """The signed checkpoint over these entries."""
    frontier = tlog.Frontier().extended_by_entries(entries)
    return tlog.sign_checkpoint(tlog.Checkpoint(key.name, frontier.size, frontier.root), key)


def publish(folder: Path, entries: list[bytes], *, first: int = 0) -> str:
    """Publish the log of all these entries, giving the writer those from `first` on; returns the checkpoint."""
    checkpoint = signed(entries)
    tlog.write_folder(folder, entries[first:], checkpoint, chain=CHAIN, first=first)
    return checkpoint


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, and its bytes."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def put_files(folder: Path, files: dict[str, bytes]) -> None:
    """Make a folder hold exactly these files."""
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def order(seed: int = 7) -> random.Random:
    """An order that is the same in every run."""
    return random.Random(seed)
