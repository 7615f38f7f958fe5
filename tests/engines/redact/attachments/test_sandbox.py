"""What is inside the sandbox stays inside: real attempts, in the real sandbox."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from schoolgate.engines.redact.attachments import AttachmentError, sandbox
from schoolgate.engines.redact.attachments.inside import locks, wire
from schoolgate.engines.redact.attachments.sandbox import Job, Sandbox

ATTACKS = Path(__file__).parent / "attacks"
NOT_PERMITTED = 1


def attack(seconds: int = 5, memory: int = 512 << 20, module: str = "attacks") -> Sandbox:
    return Sandbox(Job(module, seconds, memory, ((ATTACKS, "/attacks"),)))


def tried(name: str) -> list:
    with attack() as process:
        process.send(name.encode(), 5)
        return process.table(10)


@pytest.mark.parametrize("name", ["network", "files", "processes", "threads"])
def test_nothing_that_leaves_the_process_is_permitted(name):
    told = tried(name)
    assert told
    assert all(outcome == ["refused", NOT_PERMITTED] for outcome in told), told


def test_calls_that_widen_a_hole_are_not_permitted():
    assert {outcome[0] for outcome in tried("calls")} == {"refused"}


def test_memory_is_never_executable():
    assert tried("executable_memory") == [["got", "'memory'"], ["refused", NOT_PERMITTED]]


def test_the_walls_hold_before_the_lock():
    with attack(module="early") as process:
        told = process.table(10)
    for name in ("fork", "vfork", "inet", "unix", "raise limit", "unshare"):
        assert told[name] == NOT_PERMITTED, (name, told[name])
    assert told["passwd"] == told["proc"] == 2, "there is no such file"
    assert told["write"] == told["write in app"] == 30, "everything is read-only"
    assert told["shell"] == "False"
    assert told["homes"] in (2, "[]"), told["homes"]
    assert set(told["environment"].split("'")) <= {
        "[",
        "]",
        ", ",
        "LC_ALL",
        "OMP_THREAD_LIMIT",
        "OPENBLAS_NUM_THREADS",
        "PWD",
    }
    assert told["capabilities"] == "[]"
    assert "etc" not in told["root"]


@pytest.mark.parametrize(
    ("name", "code", "limits"),
    [
        ("memory", "too_big", {"memory": 200 << 20}),
        ("spin", "too_slow", {"seconds": 1}),
        ("sleep", "too_slow", {}),
        ("die", "crashed", {}),
        ("flood", "crashed", {}),
        ("huge", "crashed", {}),
        ("wrong_kind", "crashed", {}),
        ("deep", "crashed", {}),
        ("no_json", "crashed", {}),
        ("quote", "crashed", {}),
    ],
)
def test_what_misbehaves_is_ended_and_told_without_its_words(name, code, limits):
    process = attack(**limits)
    process.send(name.encode(), 5)
    with pytest.raises(AttachmentError) as wrong:
        process.table(0.5 if name == "sleep" else 10)
    assert wrong.value.code == code
    assert "Marisol" not in str(wrong.value)
    assert process._process.returncode is not None, "it is gone"


def test_it_dies_with_the_process_that_started_it():
    program = (
        "import sys; from schoolgate.engines.redact.attachments.sandbox import Sandbox, Job; from pathlib import Path\n"
        f"s = Sandbox(Job('attacks', 60, 1 << 29, ((Path({str(ATTACKS)!r}), '/attacks'),)))\n"
        "s.send(b'sleep', 5); print(s._process.pid, flush=True); sys.stdin.read()"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    group = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    until = time.monotonic() + 5
    while time.monotonic() < until:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.02)
    pytest.fail("the sandbox outlived its parent")


def test_without_bubblewrap_nothing_is_opened(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(AttachmentError, match="apt-get install bubblewrap") as wrong:
        attack()
    assert wrong.value.code == "no_sandbox"


def test_without_user_namespaces_nothing_is_opened(monkeypatch, tmp_path):
    """bubblewrap is there, and the kernel gives it no namespace: a namespace's own limit is set to none."""
    real = sandbox.shutil.which("bwrap")
    script = tmp_path / "bwrap"
    forbid = f'echo 0 > /proc/sys/user/max_user_namespaces; exec {real} "$@"'
    script.write_text(f"#!/bin/sh\nexec /usr/bin/unshare -Ur /bin/sh -c '{forbid}' bwrap \"$@\"\n")
    script.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(AttachmentError, match="allow user namespaces") as wrong:
        attack()
    assert wrong.value.code == "no_sandbox"


def test_without_a_filter_for_this_processor_nothing_is_opened(monkeypatch):
    monkeypatch.setattr(locks.platform, "machine", lambda: "sparc64")
    with pytest.raises(AttachmentError, match="processor") as wrong:
        attack()
    assert wrong.value.code == "no_sandbox"


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_a_filter_allows_a_list_and_nothing_else(monkeypatch, machine):
    monkeypatch.setattr(locks.platform, "machine", lambda: machine)
    wide, narrow = locks.filter_program(starting=True), locks.filter_program(starting=False)
    assert len(narrow) % 8 == 0
    assert len(narrow) < len(wide) < 4096 * 8
    # Both end by refusing: whatever is not named is not permitted.
    assert wide[-8:] == narrow[-8:]
    assert int.from_bytes(narrow[-4:], sys.byteorder) == 0x00050001


def test_a_frame_is_its_kind_its_length_and_its_content():
    assert wire.HEAD.size == 5
    assert wire.HEAD.pack(wire.TABLE, 2) == b"J\0\0\0\2"
