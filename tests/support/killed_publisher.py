"""Publish a period and die before one step, as by `kill -9`: python -m support.killed_publisher FOLDER STEP.

A step is whatever changes a name or opens a file. Prints how many there were, when it lived to the end.
"""

import os
import signal
import sys
from pathlib import Path

from support.logs import entries_of, publish

STEPS = {"open", "os.mkdir", "os.remove", "os.rename", "os.rmdir"}
ENTRIES = entries_of(1024)


def main(folder: Path, die_before: int) -> None:
    """Publish the fourth period."""
    steps = 0

    def watch(event: str, _: object) -> None:
        nonlocal steps
        if event in STEPS:
            steps += 1
            if steps == die_before:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    publish(folder, ENTRIES, first=768)
    sys.stdout.write(f"{steps}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
