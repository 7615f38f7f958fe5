"""The public copy of the log: files that any web server, mirror or CDN can hold."""

from datetime import UTC
from pathlib import Path

from django.conf import settings

from schoolgate.engines import tlog

from .keys import keys
from .models import Checkpoint, Cosignature
from .selectors import latest_checkpoint
from .sequencing import LogProblem
from .tiles import TileMissing, entries_between


def public_file(name: str) -> Path | None:
    """The published file of that name, or None. Only names that a published log has reach anything in the folder."""
    if not tlog.is_public_name(name):
        return None
    path = settings.LOG_FOLDER / name
    return path if path.is_file() else None


def publish() -> Path:
    """Write the published folder up to the last checkpoint: new tiles first, the checkpoint last. Safe to repeat.

    The checkpoint bears the cosignatures that have come by then. The files bear its time, never that of an act.

    Raises:
        LogProblem: The disk refuses, somebody else is writing, or what is published contradicts the database. What is
            published is still whole.
    """
    last = latest_checkpoint()
    folder: Path = settings.LOG_FOLDER
    if last is None:
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        write_log(folder, last)
    except OSError as problem:
        what = f"{problem.filename or folder}: {(problem.strerror or str(problem)).lower()}"
        raise LogProblem(
            f"the log could not be published. {what}. What is published is still whole, and nothing is lost: "
            "make room or mend the disk, and run `schoolgate worker --once`"
        ) from problem
    except (tlog.TlogError, TileMissing) as problem:
        raise LogProblem(f"the log could not be published: {problem}") from problem
    return folder


def write_log(folder: Path, last: Checkpoint) -> None:
    """Write or complete a folder with the log as it stood at a checkpoint.

    Raises:
        ExportError: What is in the folder contradicts the database.
        OSError: The disk refuses; run it again.
    """
    chain = keys().chain
    first = tlog.resume_at(folder, chain) if (folder / "checkpoint").exists() else 0
    sealed = int(last.sealed_at.astimezone(UTC).timestamp())
    tlog.write_folder(
        folder,
        entries_between(first, last.size),
        cosigned(last),
        chain=chain,
        rotations=keys().rotations,
        first=first,
        modified=sealed,
    )


def cosigned(checkpoint: Checkpoint) -> str:
    """A checkpoint's note with the cosignatures that were collected, oldest first. One query."""
    lines = (
        Cosignature.objects.filter(checkpoint=checkpoint).order_by("received_at", "id").values_list("line", flat=True)
    )
    return checkpoint.note + "".join(f"{line}\n" for line in lines)
