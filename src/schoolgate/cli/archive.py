"""The file of a backup: a tar of a manifest, the database and the published log. Knows no database.

The manifest stands first and names every other member with its size and SHA-256. It guards against damage, not against
whoever can write the file: keep backups where only the district can write.
"""

import json
import os
import re
import shutil
import tarfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from hashlib import file_digest
from io import BytesIO
from pathlib import Path
from typing import Final, Self

FORMAT: Final = "schoolgate backup 1"
DATABASE: Final = "database"
MANIFEST: Final = "manifest.json"
# What an archive may hold besides: the published log, whose names are those of its tiles, and two files of settings.
_NAME: Final = re.compile(r"database|log-policy|tsa-roots\.pem|log(/[A-Za-z0-9][A-Za-z0-9._-]*)+", re.ASCII)
_LARGEST_MANIFEST: Final = 64_000_000
_PIECE: Final = 1 << 20
_PRIVATE_FOLDER: Final = 0o700
_PRIVATE_FILE: Final = 0o600


class ArchiveError(Exception):
    """A backup cannot be made here, or a file is none or is damaged; the message says where and what to do."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a backup."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds, and what opens it.

    Attributes:
        made_at: When, ISO 8601 with its offset.
        engine: "sqlite" or "postgresql".
        origin: The name of the log.
        log_size: How many entries the newest checkpoint in it has.
        epochs: The dated wrapping keys that existed then: their names, never the keys.
        files: Every member but the manifest.
    """

    made_at: str
    engine: str
    origin: str
    log_size: int
    epochs: tuple[str, ...]
    files: dict[str, Member] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """The manifest as JSON."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1, sort_keys=True).encode()

    @classmethod
    def from_bytes(cls, text: bytes) -> Self:
        """Read what `to_bytes` wrote.

        Raises:
            ArchiveError: It is none, of another format, or names what no backup holds.
        """
        try:
            data = json.loads(text)
            kind = data.pop("format")
            files = {str(name): Member(int(one["size"]), str(one["sha256"])) for name, one in data.pop("files").items()}
            made = cls(**{**data, "epochs": tuple(data["epochs"])}, files=files)
        except (ValueError, TypeError, KeyError, AttributeError):
            raise ArchiveError("this file is no backup of Schoolgate: its manifest cannot be read") from None
        if kind != FORMAT:
            raise ArchiveError(f"this backup has the format {kind!r}; this version reads {FORMAT!r}")
        if odd := [name for name in files if not _NAME.fullmatch(name)]:
            raise ArchiveError(f"this file is no backup of Schoolgate: it names {odd[0]!r}")
        if DATABASE not in files:
            raise ArchiveError("this backup holds no database")
        return made


def pack(staged: Path, manifest: Manifest, into: Path) -> Manifest:
    """Write a tar of a folder's files; returns the manifest with their digests.

    The file comes into being whole, under its name, or not at all: it is written beside it first.

    Raises:
        ArchiveError: There is something of that name.
        OSError: The disk refuses.
    """
    paths = sorted(path for path in staged.rglob("*") if path.is_file())
    files = {str(path.relative_to(staged)): _measured(path) for path in paths}
    whole = replace(manifest, files=files)
    text = whole.to_bytes()
    unfinished = staged.with_name(f"{staged.name}.tar")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE_FILE)
    with os.fdopen(descriptor, "wb") as file:
        with tarfile.open(fileobj=file, mode="w|", format=tarfile.PAX_FORMAT) as tar:
            tar.addfile(_entry(MANIFEST, len(text)), BytesIO(text))
            for name, member in files.items():
                with (staged / name).open("rb") as content:
                    tar.addfile(_entry(name, member.size), content)
        file.flush()
        os.fsync(file.fileno())
    try:
        # Unlike a rename, a link never replaces what somebody else made meanwhile.
        into.hardlink_to(unfinished)
    except FileExistsError:
        raise ArchiveError(f"{into} exists already; a backup replaces nothing: choose another name") from None
    finally:
        unfinished.unlink()
    _sync(into.parent)
    return whole


def unpack(file: Path, folder: Path) -> Manifest:
    """Read a backup into an empty folder, and hold every byte against the manifest.

    Raises:
        ArchiveError: It is no backup, or it is damaged: cut short, altered, with a member too many or too few.
        OSError: The disk refuses.
    """
    try:
        with tarfile.open(file, mode="r|") as tar:
            members = iter(tar)
            manifest = _manifest(tar, next(members, None))
            seen = [_extracted(tar, one, manifest, folder) for one in members]
    except (tarfile.TarError, EOFError) as problem:
        raise ArchiveError(f"{file} is no backup, or it is cut short ({problem}): take another") from None
    if missing := sorted(set(manifest.files) - set(seen)):
        raise ArchiveError(f"{file} is cut short: {missing[0]} is missing; take another backup")
    return manifest


def private_folder(folder: Path) -> Path:
    """Make a folder anew, for nobody else to look into; what a killed run left there goes."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=_PRIVATE_FOLDER, parents=True)
    return folder


def copied(source: Path, into: Path) -> None:
    """Copy a file durably, for nobody else to read."""
    into.parent.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
    descriptor = os.open(into, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE_FILE)
    with source.open("rb") as content, os.fdopen(descriptor, "wb") as file:
        shutil.copyfileobj(content, file, _PIECE)
        file.flush()
        os.fsync(file.fileno())


def log_files(folder: Path) -> Iterator[Path]:
    """The files of a published log, the checkpoint first: what it covers was published before it."""
    checkpoint = folder / "checkpoint"
    if not checkpoint.is_file():
        return
    yield checkpoint
    for path in sorted(folder.rglob("*")):
        # What begins with a dot or ends in .tmp is being written.
        named = _NAME.fullmatch(f"log/{path.relative_to(folder)}") and path.suffix != ".tmp"
        if named and path.is_file() and path != checkpoint:
            yield path


def _manifest(tar: tarfile.TarFile, first: tarfile.TarInfo | None) -> Manifest:
    if first is None or first.name != MANIFEST or not first.isfile() or first.size > _LARGEST_MANIFEST:
        raise ArchiveError("this file is no backup of Schoolgate: it does not begin with a manifest")
    content = tar.extractfile(first)
    return Manifest.from_bytes(content.read() if content else b"")


def _extracted(tar: tarfile.TarFile, member: tarfile.TarInfo, manifest: Manifest, folder: Path) -> str:
    known = manifest.files.get(member.name)
    content = tar.extractfile(member) if member.isfile() else None
    if known is None or content is None:
        raise ArchiveError(f"the backup holds {member.name!r}, which its manifest does not name: take another")
    path = folder / member.name
    path.parent.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE)
    with os.fdopen(descriptor, "wb") as file:
        shutil.copyfileobj(content, file, _PIECE)
        file.flush()
        os.fsync(file.fileno())
    if _measured(path) != known:
        raise ArchiveError(f"{member.name} in the backup is damaged: it is not what the manifest says; take another")
    return member.name


def _measured(path: Path) -> Member:
    with path.open("rb") as file:
        return Member(path.stat().st_size, file_digest(file, "sha256").hexdigest())


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, _PRIVATE_FILE
    return entry


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
