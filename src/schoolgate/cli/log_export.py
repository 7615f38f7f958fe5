"""`schoolgate log export`: the log as a folder, for a mirror or a CDN."""

from pathlib import Path
from typing import Annotated

import typer

from .terminal import Exit, out, start_django, stop, told

# Entries that are written before the folder is whole again: what an interrupted export has to do anew.
STAGE = 65_536


def export(
    folder: Annotated[Path, typer.Argument(help="The folder to write; made when it is not there.", file_okay=False)],
    *,
    at: Annotated[
        int | None, typer.Option("--at", metavar="SIZE", help="The log as it was signed at that many entries.")
    ] = None,
) -> None:
    """Write the published log into a folder, or go on with a folder that was written before.

    Any web server can hand out the folder as it is; see docs/log.md. It can be stopped at any moment and started again.

    Example: schoolgate log export /srv/mirror/log
    """
    start_django()
    from schoolgate.apps.ledger.keys import KeyProblem, keys  # noqa: PLC0415 - needs the apps loaded
    from schoolgate.apps.ledger.models import Checkpoint  # noqa: PLC0415
    from schoolgate.apps.ledger.publishing import write_log  # noqa: PLC0415
    from schoolgate.apps.ledger.tiles import TileMissing  # noqa: PLC0415
    from schoolgate.engines import tlog  # noqa: PLC0415 - its errors only

    sizes = list(Checkpoint.objects.order_by("size").values_list("size", flat=True))
    if not sizes:
        stop("no period has been sealed yet, so there is nothing to export: run `schoolgate worker --once`")
    last = sizes[-1] if at is None else at
    if last not in sizes:
        nearest = min(sizes, key=lambda size: abs(size - last))
        stop(f"the log was never signed at {last} entries; the nearest size that was is {nearest}")
    with told(tlog.TlogError, OSError), told(KeyProblem, TileMissing, code=Exit.CANNOT_RUN):
        begun = tlog.resume_at(folder, keys().chain) if folder.is_dir() else 0
        if begun > last:
            stop(f"{folder} holds {begun} entries already, more than {last}: give another folder")
        for size in stages(begun, [one for one in sizes if one <= last]):
            write_log(folder, Checkpoint.objects.get(size=size))
            out.print(f"{size} of {last} entries written.")
    out.print(f"The log stands in {folder}. Check it: schoolgate verify log {folder} --key {keys().verifying_key}")


def stages(begun: int, sizes: list[int]) -> list[int]:
    """The sizes at which to make the folder whole on the way to the last of `sizes`, about `STAGE` entries apart."""
    chosen, reached = [], begun
    for size in sizes:
        if size - reached >= STAGE:
            chosen.append(size)
            reached = size
    return chosen if chosen and chosen[-1] == sizes[-1] else [*chosen, sizes[-1]]
