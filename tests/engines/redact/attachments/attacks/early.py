"""The same before the second lock is on: what the walls alone hold. Done while the sandbox is being set up."""
# An attacker calls what is nearest, as it is.
# ruff: noqa: PLW0108, PTH110, PTH123, PTH208, SIM115

import ctypes
import os
import resource
import socket

from inside import wire

told = {}


def _try(name, attempt):
    try:
        told[name] = repr(attempt())[:300]
    except OSError as refused:
        told[name] = refused.errno


def prepare():
    _try("root", lambda: sorted(os.listdir("/")))
    _try("environment", lambda: sorted(os.environ))
    _try("passwd", lambda: open("/etc/passwd").read())
    _try("shell", lambda: os.path.exists("/bin/sh") or os.path.exists("/usr/bin/env"))
    _try("homes", lambda: [n for n in os.listdir("/root") if not n.startswith(".pyenv")])
    _try("proc", lambda: os.listdir("/proc"))
    _try("write", lambda: open("/written", "w"))
    _try("write in app", lambda: open("/app/inside/written", "w"))
    _try("fork", os.fork)
    _try("vfork", lambda: os.posix_spawn("/bin/sh", ["sh"], {}))
    _try("inet", lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM))
    _try("unix", lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
    _try(
        "unshare", lambda: os.unshare(os.CLONE_NEWUSER) if hasattr(os, "unshare") else (_ for _ in ()).throw(OSError(1))
    )
    _try("uid", lambda: (os.getuid(), os.getppid()))
    _try("raise limit", lambda: _raise())
    _try("capabilities", _capabilities)


def work():
    wire.say_table(told)


def _raise():
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    except ValueError as refused:
        raise OSError(1, "") from refused


def _capabilities():
    """PR_CAPBSET_READ for every capability."""
    system = ctypes.CDLL(None)
    return [n for n in range(41) if system.prctl(23, n, 0, 0, 0) == 1]
