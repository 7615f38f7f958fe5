"""Change a log's key and die before each step, as by `kill -9`: python -m support.killed_rotation KEYS FOLDER.

KEYS is a folder of keys. Before the n-th step of a change (whatever changes a name, opens or syncs a file) the change
dies in FOLDER/n; the last of them lived to its end. Prints how many there are.
"""

import os
import shutil
import signal
import sys
from pathlib import Path

STEPS = {"open", "os.mkdir", "os.remove", "os.rename", "os.link"}


def main(keys_folder: Path, folder: Path) -> None:
    """Change the key again and again, one step further each time."""
    from schoolgate.apps.ledger.keys import Keys

    for number in range(1, 200):
        copy = folder / str(number)
        shutil.copytree(keys_folder, copy)
        child = os.fork()
        if not child:
            watch(number, copy)
            Keys(copy).rotate_signing(size=256)
            os._exit(0)
        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0:
            sys.stdout.write(f"{number}\n")
            return


def watch(die_before: int, folder: Path) -> None:
    """Die before a step on the files of a folder."""
    seen = [0]

    def each(event: str, arguments: tuple[object, ...]) -> None:
        if event in STEPS and any(str(one).startswith(str(folder)) for one in arguments):
            seen[0] += 1
            if seen[0] == die_before:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(each)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
