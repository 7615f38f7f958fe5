"""`schoolgate verify stamp`: when did a checkpoint exist, by an outside clock?"""

from pathlib import Path
from typing import Annotated

import typer

from schoolgate.engines import tlog

from .terminal import Exit, out, print_json, told


def stamp(
    file: Annotated[Path, typer.Argument(help="The time-stamp (.tsr).", exists=True, dir_okay=False)],
    *,
    checkpoint: Annotated[
        Path, typer.Option(help="The checkpoint that was stamped; witnesses may have signed it since.", exists=True)
    ],
    root: Annotated[
        Path, typer.Option(metavar="PEM", help="The authority's root certificate, from a source other than the log.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="The same facts for a machine.")] = False,
) -> None:
    """Check an RFC 3161 time-stamp of a checkpoint, offline. Exit code 1 when it proves nothing.

    It says when the checkpoint existed, not that it is the log's: `verify log` or `verify receipt` says that.

    Example: schoolgate verify stamp checkpoint.tsr --checkpoint checkpoint --root authority.pem
    """
    from schoolgate.engines.tlog.stamp import open_stamp  # noqa: PLC0415 - a third of a second that other verbs spare

    moment, problem = None, ""
    with told(OSError, UnicodeDecodeError):
        answer, note, roots = file.read_bytes(), checkpoint.read_bytes().decode(), root.read_bytes()
    try:
        moment = open_stamp(answer, note, roots)
    except tlog.TlogError as found:
        problem = str(found)
    if as_json:
        print_json({"valid": moment is not None, "moment": moment and moment.isoformat(), "problem": problem})
    elif moment is not None:
        out.print(f"The checkpoint existed at {moment:%Y-%m-%d %H:%M:%S} UTC, says the authority of time.")
    else:
        out.print(f"The time-stamp proves nothing: {problem}.")
    raise typer.Exit(Exit.NO if moment is None else Exit.DONE)
