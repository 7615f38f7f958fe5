"""One process seals this installation's log in a row of periods: the worker, or on SQLite one of the server's own."""

import fcntl
import os
import time
from pathlib import Path
from typing import Final

import typer

from .terminal import err

LOCK_NAME: Final = "sequencer.lock"
_FILE_MODE: Final = 0o600
# Between two looks at whether the process that seals is gone, and after a period that could not be sealed.
LOOK_EVERY: Final = 1.0
TRY_AGAIN: Final = 30.0

# The lock of this process, once it has it: kept to its end, and gone with it however it ends.
_held: list[int] = []


def only_sequencer(folder: Path) -> bool:
    """Whether this process is the one that seals, from now on to its end. Asked again, it still is."""
    if _held:
        return True
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT, _FILE_MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return False
    _held.append(descriptor)
    return True


def keep_sealing(folder: Path) -> None:
    """Do what `schoolgate worker` does, as soon as no other process does it, for ever; for a thread of the server."""
    from .worker import worker  # noqa: PLC0415 - the two know each other

    while not only_sequencer(folder):
        time.sleep(LOOK_EVERY)
    while True:
        try:
            worker(every=None, once=False)
        except Exception as problem:  # noqa: BLE001 - whatever it is, pages are served on and the next try may do it
            _tell(problem)
        time.sleep(TRY_AGAIN)


def _tell(problem: Exception) -> None:
    from django.db import connections  # noqa: PLC0415 - needs the settings

    # What the worker says of expected problems it has said; of others the type alone: the text could hold a record.
    what = "" if isinstance(problem, typer.Exit) else f" ({type(problem).__name__})"
    err.print(f"schoolgate: the log is not being sealed{what}; trying again in {TRY_AGAIN:.0f} seconds")
    connections.close_all()
