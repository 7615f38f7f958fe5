"""`schoolgate log openings`: what every leaf of the log says, for the auditor alone."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from .terminal import Exit, out, start_django, stop, told

_ONLY_MINE = 0o600


def openings(
    *,
    to: Annotated[Path, typer.Option("--out", metavar="FILE", help="The file to write; only you can read it.")],
    at: Annotated[
        int | None,
        typer.Option("--at", metavar="SIZE", help="Up to the checkpoint of this size; the latest if not given."),
    ] = None,
) -> None:
    """Write the opening of every leaf, act or cover, in the log's order. It says who did what: never publish it.

    What was lawfully destroyed has a line that names the act that says so. That it was written is in the read log.

    Example: schoolgate log openings --out openings.jsonl
    """
    start_django()
    from schoolgate.apps.access.actors import SYSTEM  # noqa: PLC0415 - needs the apps loaded
    from schoolgate.apps.ledger.acts import Impossible  # noqa: PLC0415
    from schoolgate.apps.ledger.keys import KeyProblem  # noqa: PLC0415
    from schoolgate.apps.ledger.models import Checkpoint  # noqa: PLC0415
    from schoolgate.apps.ledger.readings import log_reading  # noqa: PLC0415
    from schoolgate.apps.ledger.tiles import TileMissing  # noqa: PLC0415
    from schoolgate.apps.transparency.openings import opening_lines  # noqa: PLC0415

    found = Checkpoint.objects.order_by("-size")
    checkpoint = (found if at is None else found.filter(size=at)).first()
    if checkpoint is None:
        stop("no checkpoint of this size was signed" if at is not None else "no period has been sealed yet")
    with told(OSError, Impossible), told(KeyProblem, TileMissing, code=Exit.CANNOT_RUN):
        log_reading(actor=SYSTEM, subject=f"log:{checkpoint.size}", part="every opening, for the auditor")
        _write(to, opening_lines(checkpoint))
    out.print(f"{checkpoint.size} leaves are opened in {to}. Hand it to the auditor by a safe way, then delete it.")


def _write(path: Path, lines: Iterable[bytes]) -> None:
    """Write whole or not at all, readable by its owner alone."""
    partial = path.with_name(f".{path.name}.part")
    partial.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _ONLY_MINE), "wb") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
