"""Where a sandboxed process begins: limits, what it needs, the lock, and then its work."""

import gc
import importlib
import os

from . import locks, wire


def main(job: str, seconds: int, memory: int) -> None:
    """Runs one job: a module with `prepare()`, called before the lock, and `work()`, after it.

    What goes wrong is said as a code and never in words, since words may quote the document.
    """
    locks.limit(seconds, memory)
    module = importlib.import_module(job)
    module.prepare()
    locks.lock()
    wire.say(wire.READY)
    code = ""
    try:
        module.work()
    except wire.Refusal as refusal:
        code = str(refusal.args[0])
    except EOFError:
        os._exit(0)
    except (MemoryError, RecursionError):
        gc.collect()
        code = "too_big"
    except Exception:  # noqa: BLE001 - whatever a parser stumbles over, the file is what is wrong
        code = "damaged"
    if code:
        wire.say(wire.WRONG, code.encode("ascii"))
    else:
        wire.say(wire.END)
    # Python's and the libraries' own farewells would ask for calls that are locked.
    os._exit(0)
