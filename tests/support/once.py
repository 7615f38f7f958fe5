"""What takes long to make and never changes: made once in a run, and read by all its workers."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest


def once_a_run(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """The folder of this name that the workers of a run share; who comes first fills it while the others wait.

    Args:
        factory: Pytest's temporary folders: of a worker, below that of the run.
        name: Of the folder, which holds nothing else.
        make: Fills the folder. When it fails, whoever comes next tries anew.
    """
    run = factory.getbasetemp().parent if "PYTEST_XDIST_WORKER" in os.environ else factory.getbasetemp()
    folder, made = run / name, run / f"{name}-made"
    with (run / f"{name}-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            folder.mkdir(exist_ok=True)
            make(folder)
            made.touch()
    return folder
