"""A log of ours as strangers get it, and the program in Go that reads it with code nobody here wrote."""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from schoolgate.engines import tlog
from support.logs import CHAIN, KEY, entries_of

CHECKER = Path(__file__).resolve().parents[1] / "foreign" / "checker"
PACKAGES = Path("/usr/share/gocode")
WITNESS_KEYS = tuple(
    tlog.SigningKey(name, bytes([number]) * 32, tlog.KeyKind.COSIGNATURE)
    for number, name in enumerate(("witness.courier.example", "witness.clerk.example"), 40)
)
WITNESSES = tuple(key.verifying_key.text for key in WITNESS_KEYS)
NOON = 1_798_804_800


class Checker:
    """The compiled program; see `tests/foreign/checker/main.go` for what it is asked."""

    def __init__(self, program: Path) -> None:
        self._program = program

    def run(self, *words: str | Path, log: str = "", witnesses: Sequence[str] = (), **more: str | Path) -> str | None:
        """What it checked, in a line; None when it refused. Anything else that ends it fails the test."""
        flags = [f"-{name}={value}" for name, value in more.items()]
        flags += [f"-log={log}", *(f"-witness={each}" for each in witnesses)]
        ended = subprocess.run([self._program, *flags, *words], capture_output=True, text=True, check=False)
        if ended.returncode == 0:
            return ended.stdout.strip()
        assert ended.returncode == 1, ended.stderr
        assert ended.stderr.startswith("refused: "), ended.stderr
        return None


def compiled_checker(folder: Path) -> Checker:
    """Compile the program into a folder, once for all processes that share it. A second of CPU, no network."""
    go = shutil.which("go")
    assert go, "the foreign checker needs Go: apt-get install golang-go (scripts/setup.sh test does)"
    package = PACKAGES / "src/golang.org/x/mod/sumdb/tlog"
    assert package.is_dir(), "it needs x/mod: apt-get install golang-golang-x-mod-dev (scripts/setup.sh test does)"
    program = folder / "log-checker"
    with (folder / "log-checker.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            environment = {
                "PATH": os.environ["PATH"],
                "HOME": str(folder),
                "GO111MODULE": "off",
                "GOPATH": str(PACKAGES),
                "GOCACHE": str(folder / "go-cache"),
                "GOFLAGS": "",
                "CGO_ENABLED": "0",
            }
            subprocess.run([go, "build", "-o", program, "."], cwd=CHECKER, env=environment, check=True)
    return Checker(program)


@dataclass(frozen=True)
class PublishedLog:
    """A published folder with two cosignatures, and what people hold of it."""

    folder: Path
    entries: list[bytes]
    tree: tlog.MemoryTree
    earlier: str
    checkpoint: str
    submissions: tuple[tlog.Submission, ...]
    receipts: dict[int, str]

    @property
    def size(self) -> int:
        return len(self.entries)

    @property
    def opened(self) -> tlog.Checkpoint:
        return tlog.Checkpoint.parse(tlog.Note.parse(self.checkpoint).text)

    @property
    def opened_earlier(self) -> tlog.Checkpoint:
        return tlog.Checkpoint.parse(tlog.Note.parse(self.earlier).text)


def published_log(folder: Path, *, earlier: int, size: int, receipts_of: Sequence[int]) -> PublishedLog:
    """Publish in two steps, each cosigned by two witnesses of ours."""
    entries = entries_of(size)
    openings = {}
    for index in receipts_of:
        record = tlog.canonical({"kind": "release", "subject": f"request:{index}"})
        openings[index] = (record, entries_of(1, f"randomness {index}")[0])
        entries[index] = tlog.commit(*openings[index])
    tree = tlog.MemoryTree()
    tree.append_level(tlog.leaf_level(entries))
    witnesses = [
        tlog.Witness(key, {KEY.name: [KEY.verifying_key]}, tlog.WitnessMemory(folder.parent / key.name), lambda: NOON)
        for key in WITNESS_KEYS
    ]
    notes, submissions, before = [], [], 0
    for now in (earlier, size):
        submission = tlog.Submission(before, tlog.consistency_proof(before, now, tree), signed_root(tree, now))
        answers = [witness.add_checkpoint(submission.body) for witness in witnesses]
        assert [answer.status for answer in answers] == [HTTPStatus.OK] * 2
        notes.append(submission.note + "".join(answer.body for answer in answers))
        submissions.append(submission)
        first = before - before % tlog.TILE_WIDTH
        tlog.write_folder(folder, entries[first:now], notes[-1], chain=CHAIN, first=first)
        before = now
    receipts = {
        index: tlog.make_receipt(
            index=index, checkpoint=notes[1], chain=CHAIN, nodes=tree, record=record, randomness=randomness
        )
        for index, (record, randomness) in openings.items()
    }
    return PublishedLog(folder, entries, tree, notes[0], notes[1], tuple(submissions), receipts)


def forked(log: PublishedLog, *, size: int | None = None, at: int = 7) -> tuple[tlog.MemoryTree, str]:
    """Another tree that the same log signed, with one entry rewritten: its hashes, and its checkpoint."""
    entries = log.entries[:size]
    entries[at] = bytes(32)
    tree = tlog.MemoryTree()
    tree.append_level(tlog.leaf_level(entries))
    return tree, signed_root(tree, len(tree))


def signed_root(tree: tlog.MemoryTree, size: int) -> str:
    """The checkpoint over the first leaves of a tree, signed by the log."""
    return tlog.sign_checkpoint(tlog.Checkpoint(KEY.name, size, tree.root(size)), KEY)


def broken_line(note: str, name: str) -> str:
    """The note with the signature line of that name spoiled in its last bytes."""
    lines = note.split("\n")
    (place,) = [number for number, line in enumerate(lines) if line.startswith(f"\u2014 {name} ")]
    old = lines[place]
    lines[place] = old[:-8] + ("BBBB" if old[-8:-4] == "AAAA" else "AAAA") + old[-4:]
    return "\n".join(lines)


def follow(vkey: str, folder: Path, memory: Path, witnesses: Sequence[str] = ()) -> list[tlog.Alarm]:
    """What our monitor says of a folder that it reads as if by URL."""

    def fetch(path: str) -> bytes | None:
        file = folder / path
        return file.read_bytes() if file.is_file() else None

    key = tlog.VerifyingKey.parse(vkey)
    expected = tlog.Expectations(witnesses=tuple(tlog.VerifyingKey.parse(each) for each in witnesses))
    return tlog.Monitor(key, fetch, tlog.MonitorMemory(memory), expected).look(NOON)
