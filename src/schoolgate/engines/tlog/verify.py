"""Checking a published log offline: everything is recomputed from the entries and compared with every file."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from schoolgate.engines.tlog.checkpoint import Checkpoint, OpenedCheckpoint
from schoolgate.engines.tlog.errors import TileError, TlogError
from schoolgate.engines.tlog.folder import (
    CHECKPOINT,
    ROTATIONS,
    is_public_name,
    read_checkpoint,
    read_rotations,
    read_tile,
)
from schoolgate.engines.tlog.hashing import HASH_BYTES, leaf_level
from schoolgate.engines.tlog.keys import VerifyingKey
from schoolgate.engines.tlog.note import Verified
from schoolgate.engines.tlog.rotation import KeyChain, open_with_chain
from schoolgate.engines.tlog.tiles import (
    ENTRIES,
    TILE_HEIGHT,
    TILE_WIDTH,
    Tile,
    TileName,
    bundle_bytes,
    parse_bundle,
    width_of,
)
from schoolgate.engines.tlog.tower import TileTower

EARLIER: Final = "earlier checkpoint"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it must be.

    Args:
        path: The file, below the folder; or `earlier checkpoint`.
        problem: What is wrong.
    """

    path: str
    problem: str


@dataclass(frozen=True, slots=True)
class Report:
    """What was found in a published log.

    Args:
        checkpoint: What the log signed; None when no signature of it could be checked.
        witnesses: Who else signed it, of those asked for.
        files: How many files were read.
        beyond: Files of a log that has grown past the checkpoint: publication was under way, or an older
            checkpoint was put back. No signature covers them, so they were not checked.
        findings: Everything wrong; empty when all is well.
    """

    checkpoint: Checkpoint | None
    witnesses: tuple[Verified, ...]
    files: int
    beyond: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def valid(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def sentences(self) -> list[str]:
        """The report for a person, a sentence a line."""
        lines = [f"{finding.path}: {finding.problem}." for finding in self.findings]
        if self.beyond:
            lines.append(
                f"{len(self.beyond)} files are newer than the checkpoint and were not checked, "
                f"the first is {self.beyond[0]}."
            )
        if self.valid and self.checkpoint:
            lines.append(
                f"{self.checkpoint.origin}: {self.checkpoint.size} entries in {self.files} files make the signed "
                f"root {self.checkpoint.root.hex()}."
            )
            lines += [f"Witnessed by {each.key.name}." for each in self.witnesses]
        return lines


def verify_folder(path: Path, vkey: str, *, earlier: str | None = None, witnesses: Sequence[str] = ()) -> Report:
    """Check a published log against its own signature.

    Every entry is hashed anew, every hash tile, full, partial or of an earlier size, is compared, and so are the
    root and, when given, an earlier checkpoint. O(entries) hashes. Memory for one tile a level, and for the names of
    what an honest log has few of: partial tiles, files past the checkpoint, findings.
    A cosignature is checked only when its witness's key is given: nobody can check it otherwise.

    Args:
        path: The folder with `checkpoint` and `tile/`.
        vkey: The log's verifying key, from another source than the folder.
        earlier: A signed checkpoint kept from before: the log must still begin with what it covered.
        witnesses: Verifying keys of witnesses.

    Raises:
        KeyTextError: When a verifying key is malformed. Whatever is wrong with the log is in the report instead.
        OSError: When the folder cannot be read.
    """
    key = VerifyingKey.parse(vkey)
    witness_keys = [VerifyingKey.parse(each) for each in witnesses]
    check = _FolderCheck(path)
    chain = check.chain(key)
    opened = check.open(chain, witness_keys)
    check.list_files(opened.checkpoint.size if opened else None)
    if opened:
        check.recompute(opened.checkpoint, check.open_earlier(earlier, chain, opened.checkpoint))
    return Report(
        checkpoint=opened.checkpoint if opened else None,
        witnesses=opened.witnesses if opened else (),
        files=check.files,
        beyond=tuple(sorted(check.beyond)),
        findings=tuple(check.findings),
    )


class _FolderCheck:
    """One run over one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.findings: list[Finding] = []
        self.beyond: list[str] = []
        self.files = 0
        self._partial: dict[tuple[int, int], list[TileName]] = {}

    def chain(self, key: VerifyingKey) -> KeyChain:
        """The keys that the log has had, as far as they follow from the one that is trusted."""
        try:
            return KeyChain.trusting(key, read_rotations(self._folder))
        except TlogError as problem:
            self._find(ROTATIONS, str(problem))
            return KeyChain.trusting(key)

    def open(self, chain: KeyChain, witnesses: Sequence[VerifyingKey]) -> OpenedCheckpoint | None:
        """The folder's checkpoint, or None with a finding."""
        try:
            note = read_checkpoint(self._folder)
            if note is None:
                self._find(CHECKPOINT, "the file is missing, so nothing says what the log is")
                return None
            return open_with_chain(note, chain, witnesses=witnesses)
        except TlogError as problem:
            self._find(CHECKPOINT, str(problem))
            return None

    def open_earlier(self, note: str | None, chain: KeyChain, now: Checkpoint) -> Checkpoint | None:
        """The checkpoint kept from before, when the log is large enough to be compared with it."""
        if note is None:
            return None
        try:
            earlier = open_with_chain(note, chain).checkpoint
        except TlogError as problem:
            self._find(EARLIER, str(problem))
            return None
        if earlier.size > now.size:
            self._find(EARLIER, f"it covers {earlier.size} entries, the log has only {now.size}: entries were removed")
            return None
        return earlier

    def recompute(self, now: Checkpoint, earlier: Checkpoint | None) -> None:
        """Build the tree again and compare every file and root on the way."""
        tower = TileTower()
        for index in range((now.size + TILE_WIDTH - 1) // TILE_WIDTH):
            level = self._leaves(TileName(ENTRIES, index, width_of(now.size, ENTRIES, index)))
            if level is None:
                return
            if earlier and tower.size <= earlier.size < tower.size + len(level) // HASH_BYTES:
                before = (earlier.size - tower.size) * HASH_BYTES
                self._compare_all(tower.append_level(level[:before]))
                self._compare_root(tower, earlier, EARLIER)
                level, earlier = level[before:], None
            self._compare_all(tower.append_level(level))
        self._compare_all(tower.partial_tiles())
        if earlier:
            self._compare_root(tower, earlier, EARLIER)
        self._compare_root(tower, now, CHECKPOINT)

    def list_files(self, size: int | None) -> None:
        """Count the files, find those that do not belong, and note the partial tiles and what lies past the size."""
        for folder, folders, names in os.walk(self._folder):
            # A link to a folder is not walked into, so it is named here.
            names += [each for each in folders if Path(folder, each).is_symlink()]
            for each in sorted(names):
                path = Path(folder, each)
                below = path.relative_to(self._folder).as_posix()
                self.files += 1
                if path.is_symlink():
                    self._find(below, "it is a link, not a file")
                if below == CHECKPOINT or (below.startswith(ROTATIONS) and is_public_name(below)):
                    continue
                try:
                    name = TileName.parse(below)
                except TileError:
                    self._find(below, "the file is no part of a log")
                else:
                    if size is not None and name.width > width_of(size, name.level, name.index):
                        self.beyond.append(name.path)
                    if name.width < TILE_WIDTH:
                        self._partial.setdefault((name.level, name.index), []).append(name)

    def _leaves(self, name: TileName) -> bytes | None:
        """The leaf hashes of a bundle; when it is unreadable those of its tile, so that the rest is checked too."""
        data = self._read(name)
        if data is not None:
            try:
                entries = parse_bundle(data, name.width)
            except TileError as problem:
                self._find(name.path, str(problem))
            else:
                for part in self._earlier_parts(name):
                    self._compare(part, bundle_bytes(entries[: part.width]))
                return leaf_level(entries)
        hashes = self._read(TileName(0, name.index, name.width), quiet=True)
        if hashes is None or len(hashes) != name.width * HASH_BYTES:
            self._find(name.path, "without it the tree cannot be computed any further")
            return None
        return hashes

    def _compare_all(self, tiles: Sequence[Tile]) -> None:
        for tile in tiles:
            self._compare(tile.name, tile.data)
            for part in self._earlier_parts(tile.name):
                self._compare(part, tile.data[: part.width * HASH_BYTES])

    def _earlier_parts(self, name: TileName) -> list[TileName]:
        """The files of the same tile from when it was less full."""
        return [part for part in self._partial.get((name.level, name.index), ()) if part.width < name.width]

    def _compare(self, name: TileName, expected: bytes) -> None:
        data = self._read(name)
        if data is None or data == expected:
            return
        if name.level == ENTRIES:
            self._find(name.path, "it does not hold the same entries as the larger bundle")
        elif len(data) != len(expected):
            self._find(name.path, f"it has {len(data)} bytes where {len(expected)} belong")
        else:
            wrong = next(
                place
                for place in range(name.width)
                if data[place * HASH_BYTES : (place + 1) * HASH_BYTES]
                != expected[place * HASH_BYTES : (place + 1) * HASH_BYTES]
            )
            span = 1 << (TILE_HEIGHT * name.level)
            first = (name.index * TILE_WIDTH + wrong) * span
            which = f"entry {first}" if span == 1 else f"entries {first} to {first + span - 1}"
            self._find(name.path, f"hash {wrong} is not that of {which} in the bundles")

    def _compare_root(self, tower: TileTower, checkpoint: Checkpoint, path: str) -> None:
        if tower.frontier().root != checkpoint.root:
            self._find(path, f"its root is not that of the first {checkpoint.size} entries in the folder")

    def _read(self, name: TileName, *, quiet: bool = False) -> bytes | None:
        problem = "the file is missing"
        try:
            data = read_tile(self._folder, name)
        except TileError as wrong:
            data, problem = None, str(wrong)
        if data is None and not quiet:
            self._find(name.path, problem)
        return data

    def _find(self, path: str, problem: str) -> None:
        self.findings.append(Finding(path, problem))
