"""What code inside the sandbox may try once a parser has been taken over. Runs in the real sandbox only."""
# An attacker calls what is nearest, as it is.
# ruff: noqa: PLW0108, PTH102, PTH123, PTH208, S108, S606, SIM115

import ctypes
import json
import os
import socket
import threading

from inside import wire

# ptrace, mount, unshare, bpf, keyctl, io_uring_setup, userfaultfd, clone3, process_vm_readv
WIDENING = {
    "x86_64": (101, 165, 272, 321, 250, 425, 323, 435, 310),
    "aarch64": (117, 40, 97, 280, 219, 425, 282, 435, 270),
}
here = {}


def prepare():
    json.dumps(str(OSError(1, "x")))
    here["machine"] = os.uname().machine


def work():
    name = wire.hear_file().decode()
    globals()[name]()


def _tried(*attempts):
    """Tells of each attempt what came of it: `got` and what, or the number of the error."""
    told = []
    for attempt in attempts:
        try:
            told.append(["got", repr(attempt())[:200]])
        except OSError as refused:
            told.append(["refused", refused.errno])
    wire.say_table(told)


def network():
    _tried(
        lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
        lambda: socket.socket(socket.AF_INET6, socket.SOCK_DGRAM),
        lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM),
        lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
        lambda: socket.socketpair(),
    )


def files():
    _tried(
        lambda: open("/etc/passwd").read(),
        lambda: open("/app/inside/wire.py").read(),
        lambda: os.listdir("/"),
        lambda: open("/left-behind", "w").write("x"),
        lambda: os.open("/proc/self/environ", os.O_RDONLY),
        lambda: os.mkdir("/tmp"),
        lambda: os.memfd_create("x"),
    )


def processes():
    _tried(
        lambda: os.fork(),
        lambda: os.execv("/bin/sh", ["sh"]),
        lambda: os.posix_spawn("/bin/sh", ["sh"], {}),
        lambda: os.kill(1, 9),
        lambda: os.pipe(),
    )


def calls():
    system = ctypes.CDLL(None, use_errno=True)

    def call(number):
        if system.syscall(number, 0, 0, 0, 0, 0) < 0:
            raise OSError(ctypes.get_errno(), "")

    _tried(*(lambda n=n: call(n) for n in WIDENING[here["machine"]]))


def executable_memory():
    system = ctypes.CDLL(None, use_errno=True)
    system.mmap.restype = ctypes.c_void_p

    def mapped(rights):
        if system.mmap(None, 4096, rights, 0x22, -1, 0) in (None, ctypes.c_void_p(-1).value):
            raise OSError(ctypes.get_errno(), "")
        return "memory"

    _tried(lambda: mapped(3), lambda: mapped(7))


def threads():
    def start():
        try:
            threading.Thread(target=lambda: None).start()
        except RuntimeError as refused:
            raise OSError(1, "") from refused

    _tried(start)


def memory():
    held = []
    while True:
        held.append(bytearray(16 << 20))


def spin():
    while True:
        pass


def sleep():
    threading.Event().wait(60)


def die():
    ctypes.string_at(0)


def flood():
    while True:
        wire.say(wire.TABLE, b"[" * 65536)


def huge():
    os.write(wire.OUTPUT, wire.HEAD.pack(wire.TABLE, 0xFFFFFFF0))
    sleep()


def wrong_kind():
    wire.say(wire.PIXELS, b"x")


def deep():
    wire.say(wire.TABLE, b"[" * 100_000)


def no_json():
    wire.say(wire.TABLE, b"\xff{")


def quote():
    wire.say(wire.WRONG, b"Marisol Reyes")
