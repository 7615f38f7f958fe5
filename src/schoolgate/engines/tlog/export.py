"""Publishing a log as a folder in the C2SP tlog-tiles layout: `checkpoint`, `tile/...`, and the changes of its key.

The order is what makes it safe to kill at any moment. New tiles are first written and synced under hidden
names; only when the root computed from the entries is that of the signed checkpoint are they renamed and their
folders synced; the checkpoint is replaced last. Run again, it does what is left to do. What was published is
never contradicted: a tile with other bytes, a shorter log or another root for a published size is refused.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import batched
from pathlib import Path

from schoolgate.engines.tlog.checkpoint import Checkpoint
from schoolgate.engines.tlog.errors import ExportError, TileError
from schoolgate.engines.tlog.folder import (
    CHECKPOINT,
    ROTATIONS,
    only_writer,
    read_checkpoint,
    read_tile,
    sync_folder,
    write_temporary,
)
from schoolgate.engines.tlog.hashing import HASH_BYTES, leaf_level, perfect_root
from schoolgate.engines.tlog.rotation import KeyChain, open_with_chain
from schoolgate.engines.tlog.tiles import ENTRIES, TILE_WIDTH, Tile, TileName, bundle_bytes
from schoolgate.engines.tlog.tower import TileTower


def resume_at(folder: Path, chain: KeyChain) -> int:
    """The first entry that `write_folder` needs: the published size, down to a whole bundle; 0 for a new folder.

    Raises:
        TlogError: When the published checkpoint is malformed or not signed by this log.
    """
    published = _published(folder, chain)
    return 0 if published is None else published.size - published.size % TILE_WIDTH


def write_folder(
    folder: Path,
    entries: Iterable[bytes],
    checkpoint: str,
    *,
    chain: KeyChain,
    rotations: Sequence[str] = (),
    first: int = 0,
    modified: int | None = None,
) -> None:
    """Publish a log up to a signed checkpoint. Safe to kill, to repeat and to run by two at once.

    O(entries given) hashes; one synced file for each new tile and bundle. Partial tiles that a full one has
    replaced are removed last, as the specification allows.

    Args:
        folder: Where to; created when missing. It holds the log and nothing else.
        entries: The entries from `first` on; exactly as many as the checkpoint says.
        checkpoint: The signed note, with any cosignatures.
        chain: The keys that the log has had.
        rotations: Its changes of key, which are published beside the tiles.
        first: Index of the first entry given: 0, or what `resume_at` says.
        modified: POSIX second to date files and folders with, so that their dates follow the schedule, not the work.

    Raises:
        ExportError: When the entries do not make the checkpoint's root, or what is published contradicts them;
            nothing that readers see was changed. Or when another process is writing.
        NoteError: When the checkpoint is not signed by this log.
        OSError: When the disk refuses; run it again.
    """
    new = open_with_chain(checkpoint, chain).checkpoint
    with only_writer(folder):
        old = _published(folder, chain)
        _check_growth(old, new, first)
        staging = _Staging(folder, modified)
        try:
            for tile in _tiles(folder, entries, new=new, old=old, first=first):
                staging.add(tile)
            staging.publish()
        finally:
            staging.discard()
        _write_rotations(folder, rotations, modified)
        if read_checkpoint(folder) != checkpoint:
            write_temporary(folder / CHECKPOINT, checkpoint.encode(), modified=modified).replace(folder / CHECKPOINT)
        # Also when it was there already: a run killed before this line has not synced its name.
        sync_folder(folder)
        if old is None:
            sync_folder(folder.parent)
        staging.remove_replaced()
        if modified is not None:
            _date_folders(folder, staging.folders, modified)


def _date_folders(folder: Path, written: Iterable[Path], modified: int) -> None:
    """Date what was written into, up to the folder itself: a copy carries the dates of folders too."""
    for each in _up_to(folder, written) | {folder, folder / ROTATIONS}:
        if each.is_dir():
            os.utime(each, (modified, modified))


def _up_to(folder: Path, written: Iterable[Path]) -> set[Path]:
    """Folders, and those above them up to the log's own."""
    return {one for each in written for one in (each, *each.parents) if one.is_relative_to(folder)}


def _published(folder: Path, chain: KeyChain) -> Checkpoint | None:
    note = read_checkpoint(folder)
    return None if note is None else open_with_chain(note, chain).checkpoint


def _write_rotations(folder: Path, rotations: Sequence[str], modified: int | None) -> None:
    for number, note in enumerate(rotations, 1):
        path = folder / ROTATIONS / str(number)
        if not path.exists():
            write_temporary(path, note.encode(), modified=modified).replace(path)
        elif path.read_bytes() != note.encode():
            raise ExportError(f"{ROTATIONS}/{number} is published with other bytes: a change of key never changes")
    if rotations:
        sync_folder(folder / ROTATIONS)


def _check_growth(old: Checkpoint | None, new: Checkpoint, first: int) -> None:
    if first % TILE_WIDTH or not 0 <= first <= new.size:
        raise ExportError(f"entries are written from a multiple of {TILE_WIDTH} up to the size, not from {first}")
    if first > (old.size if old else 0):
        raise ExportError(f"the folder ends before entry {first}: write from what resume_at says")
    if old and old.size > new.size:
        raise ExportError(
            f"{old.size} entries are published, the checkpoint has {new.size}: the database is older than the "
            "published log. Do not sign anything with it; restore a newer one"
        )
    if old and old.size == new.size and old.root != new.root:
        raise ExportError(f"another root is published for {new.size} entries: the log was forked")


def _tiles(
    folder: Path, entries: Iterable[bytes], *, new: Checkpoint, old: Checkpoint | None, first: int
) -> Iterator[Tile]:
    """Every bundle and hash tile from `first` on; ends normally only when they make the new checkpoint."""
    tower = _tower(folder, first)
    for position, given in enumerate(batched(entries, TILE_WIDTH), first // TILE_WIDTH):
        level = leaf_level(given)
        size = tower.size + len(given)
        if size > new.size:
            raise ExportError(f"there are more entries than the {new.size} of the checkpoint")
        yield Tile(TileName(ENTRIES, position, len(given)), bundle_bytes(given))
        if old and tower.size <= old.size < size:
            before = (old.size - tower.size) * HASH_BYTES
            yield from tower.append_level(level[:before])
            _check_root(tower, old, "published")
            level = level[before:]
        yield from tower.append_level(level)
    if tower.size != new.size:
        raise ExportError(f"there are {tower.size} entries, the checkpoint has {new.size}")
    _check_root(tower, new, "new")
    yield from tower.partial_tiles()


def _tower(folder: Path, first: int) -> TileTower:
    def read(name: TileName) -> bytes:
        data = read_tile(folder, name)
        if data is None and name.level > 0:
            # The partial tile is only the roots of full ones below, which are always kept.
            below = range(name.index * TILE_WIDTH, name.index * TILE_WIDTH + name.width)
            return b"".join(perfect_root(read(TileName(name.level - 1, index))) for index in below)
        if data is None:
            raise ExportError(f"{name.path} is missing from the folder: write it again from entry 0")
        return data

    return TileTower.resume(first, read)


def _check_root(tower: TileTower, checkpoint: Checkpoint, which: str) -> None:
    if tower.frontier().root != checkpoint.root:
        raise ExportError(
            f"the first {checkpoint.size} entries do not make the root of the {which} checkpoint: an entry was "
            "changed, lost or reordered. Nothing was published"
        )


class _Staging:
    """Tiles that are written but not yet visible."""

    def __init__(self, folder: Path, modified: int | None) -> None:
        self._folder = folder
        self._modified = modified
        self._waiting: dict[Path, Path] = {}
        self._names: list[TileName] = []

    def add(self, tile: Tile) -> None:
        """Write a tile unless it is there.

        Raises:
            ExportError: When a tile of this name with other bytes is published.
        """
        final = self._folder / tile.name.path
        self._names.append(tile.name)
        try:
            present = read_tile(self._folder, tile.name)
        except TileError as problem:
            raise ExportError(f"{tile.name.path}: {problem}") from problem
        if present is None:
            self._waiting[final] = write_temporary(final, tile.data, modified=self._modified)
        elif present != tile.data:
            raise ExportError(f"{tile.name.path} is published with other bytes: published tiles never change")

    def publish(self) -> None:
        """Give every tile its name, and sync the folders."""
        for final, temporary in list(self._waiting.items()):
            temporary.replace(final)
            del self._waiting[final]
        # Also of tiles and folders that were there already: the run that made them may not have synced their names.
        for folder in _up_to(self._folder, self.folders):
            if folder.is_dir():
                sync_folder(folder)

    @property
    def folders(self) -> set[Path]:
        """The folders of all tiles that were added."""
        return {(self._folder / name.path).parent for name in self._names}

    def discard(self) -> None:
        """Remove what was not published."""
        for temporary in self._waiting.values():
            temporary.unlink(missing_ok=True)

    def remove_replaced(self) -> None:
        """Remove the partial tiles whose full one is published."""
        for name in self._names:
            partials = self._folder / f"{name.path}.p"
            if name.width == TILE_WIDTH and partials.is_dir():
                for partial in partials.iterdir():
                    partial.unlink()
                partials.rmdir()
