"""The walls that a sandboxed process raises itself: limits, and a list of the system calls that are allowed.

Two filters: with `starting`, given to bubblewrap, a process may load programs and files, start threads, but no
process and no socket; `working` is laid over it once everything is loaded, and leaves reading, writing and memory.
Everything else answers "not permitted". Numbers: Linux, arch/x86/entry/syscalls/syscall_64.tbl and
include/uapi/asm-generic/unistd.h (arm64); the program: Documentation/userspace-api/seccomp_filter.rst.
"""

import ctypes
import platform
import resource
import struct

_WORKING = {
    "read": (0, 63), "write": (1, 64), "readv": (19, 65), "writev": (20, 66), "lseek": (8, 62), "close": (3, 57),
    "fstat": (5, 80), "munmap": (11, 215), "mremap": (25, 216), "madvise": (28, 233), "brk": (12, 214),
    "futex": (202, 98), "exit": (60, 93), "exit_group": (231, 94), "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139), "sigaltstack": (131, 132), "clock_gettime": (228, 113),
    "clock_getres": (229, 114), "clock_nanosleep": (230, 115), "nanosleep": (35, 101), "gettimeofday": (96, 169),
    "getpid": (39, 172), "gettid": (186, 178), "getrandom": (318, 278), "sched_yield": (24, 124), "poll": (7, None),
    "ppoll": (271, 73), "restart_syscall": (219, 128), "tgkill": (234, 131), "getrusage": (98, 165),
    "sched_getaffinity": (204, 123), "membarrier": (324, 283), "rseq": (334, 293), "set_robust_list": (273, 99),
    "time": (201, None),
}  # fmt: skip
_STARTING = {
    "execve": (59, 221), "openat": (257, 56), "open": (2, None), "stat": (4, None), "lstat": (6, None),
    "newfstatat": (262, 79), "statx": (332, 291), "access": (21, None), "faccessat": (269, 48),
    "faccessat2": (439, 439), "readlink": (89, None), "readlinkat": (267, 78), "getdents64": (217, 61),
    "getcwd": (79, 17), "ioctl": (16, 29), "fcntl": (72, 25), "dup": (32, 23), "dup2": (33, None), "dup3": (292, 24),
    "pread64": (17, 67), "prlimit64": (302, 261), "arch_prctl": (158, None), "set_tid_address": (218, 96),
    "getuid": (102, 174), "geteuid": (107, 175), "getgid": (104, 176), "getegid": (108, 177), "uname": (63, 160),
    "prctl": (157, 167), "sysinfo": (99, 179), "statfs": (137, 43), "fstatfs": (138, 44), "wait4": (61, 260),
    "getppid": (110, 173), "umask": (95, 166),
}  # fmt: skip
_CLONE, _CLONE3 = (56, 220), 435
_MMAP, _MPROTECT = (9, 222), (10, 226)
# How `platform.machine()` calls it: the column above, and the kernel's AUDIT_ARCH number.
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

_LOAD, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16
_ALLOW, _KILL, _NOT_PERMITTED, _NO_SUCH_CALL = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026
_THREAD, _EXECUTABLE = 0x10000, 0x4

_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2
_OPEN_FILES = 64


def filter_program(*, starting: bool) -> bytes | None:
    """The seccomp program, as 8-byte instructions; None where this machine's calls are not known."""
    known = _MACHINES.get(platform.machine())
    if known is None:
        return None
    column, architecture = known
    calls = _WORKING | (_STARTING if starting else {})
    numbers = sorted(n for row in calls.values() if (n := row[column]) is not None)
    mapping = (_MMAP[column], _MPROTECT[column])
    rules = [
        (_LOAD, 0, 0, _ARCHITECTURE_AT),
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER_AT),
    ]
    for number in [*numbers, *(mapping if starting else ())]:
        rules += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ALLOW)]
    if starting:
        # glibc asks for clone3 first and falls back to clone, whose flags can be looked at.
        rules += [(_EQUAL, 0, 1, _CLONE3), (_RETURN, 0, 0, _NO_SUCH_CALL)]
        rules += _argument(_CLONE[column], 0, _THREAD, _ALLOW, _NOT_PERMITTED)
    else:
        for number in mapping:
            rules += _argument(number, 2, _EXECUTABLE, _NOT_PERMITTED, _ALLOW)
    rules.append((_RETURN, 0, 0, _NOT_PERMITTED))
    return b"".join(struct.pack("=HBBI", *rule) for rule in rules)


def _argument(number: int, place: int, bits: int, met: int, unmet: int) -> list[tuple[int, int, int, int]]:
    return [
        (_EQUAL, 0, 4, number),
        (_LOAD, 0, 0, _ARGUMENTS_AT + 8 * place),
        (_ANY_BIT, 0, 1, bits),
        (_RETURN, 0, 0, met),
        (_RETURN, 0, 0, unmet),
    ]


def limit(seconds: int, memory: int) -> None:
    """Bounds this process: seconds of processor time, bytes of address space, no file written, no core left."""
    # A second between the two: at the first the kernel says why it ends the process, at the other it does not.
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
    ):
        resource.setrlimit(what, (most, most))


def lock() -> None:
    """From here on this process can read, write and use memory, and nothing else.

    Raises:
        OSError: if the kernel takes no filter.
    """
    program = filter_program(starting=False)
    if program is None:
        raise OSError
    held = ctypes.create_string_buffer(program, len(program))

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("rules", ctypes.c_void_p))

    told = Program(len(program) // 8, ctypes.cast(held, ctypes.c_void_p))
    system = ctypes.CDLL(None, use_errno=True)
    if system.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "no_new_privs")
    if system.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(told), 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp")
