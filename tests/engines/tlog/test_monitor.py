"""A monitor: silent while a log grows honestly, loud at everything that no honest log does, whenever it is killed."""

import base64
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schoolgate.engines import tlog
from schoolgate.engines.tlog import Cry
from support.logs import CHAIN, KEY, ORIGIN, OTHER_KEY, TRIALS, VKEY, entries_of, files_of, publish, signed, vectors

ENTRIES = entries_of(900)
FORK = [*ENTRIES[:100], *entries_of(800, "other")]
NOON = 1_800_000_000
W_KEY = tlog.SigningKey("witness.example/w1", bytes(range(40, 72)), tlog.KeyKind.COSIGNATURE)
EXAMPLES = settings(max_examples=TRIALS, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Killed(BaseException):
    """The process ends here: nothing catches this."""


@dataclass
class Log:
    """Files that are served, and how often they were asked for."""

    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    killed_at: int = -1
    down: bool = False

    def __call__(self, path: str) -> bytes | None:
        if self.down:
            raise OSError("down")
        if len(self.asked) == self.killed_at:
            raise Killed
        self.asked.append(path)
        return self.files.get(path)


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    """The files of a log of so many of these entries; each is written once."""
    made: dict[tuple[int, bool], dict[str, bytes]] = {}

    def files_of_log(size: int, entries: list[bytes] = ENTRIES) -> dict[str, bytes]:
        name = (size, entries is FORK)
        if name not in made:
            folder = tmp_path_factory.mktemp("log")
            publish(folder, entries[:size])
            made[name] = files_of(folder)
        return dict(made[name])

    return files_of_log


def monitor(log: Log, folder: Path, **expected: object) -> tlog.Monitor:
    return tlog.Monitor(
        tlog.VerifyingKey.parse(VKEY), log, tlog.MonitorMemory(folder), tlog.Expectations(60, 10, **expected)
    )


def cries(alarms: list[tlog.Alarm]) -> list[Cry]:
    return [one.cry for one in alarms]


def cosigned(entries: list[bytes], time: int = NOON) -> bytes:
    note = signed(entries)
    text = tlog.Note.parse(note).text
    return (
        note + tlog.SignatureLine(W_KEY.name, W_KEY.verifying_key.id, W_KEY.cosign(text, time)).text + "\n"
    ).encode()


@EXAMPLES
@given(sizes=st.lists(st.sampled_from([0, 1, 255, 256, 257, 300, 511, 512, 768, 900]), min_size=1))
def test_an_honest_log_is_followed_in_silence(files, tmp_path_factory, sizes):
    log, folder = Log(), tmp_path_factory.mktemp("seen")
    for turn, size in enumerate(sorted(sizes)):
        log.files = files(size)
        assert monitor(log, folder).look(NOON + turn) == []
    assert tlog.MonitorMemory(folder).load().frontier == tlog.Frontier().extended_by_entries(ENTRIES[: max(sizes)])


def test_only_what_is_new_is_read_and_one_bundle_of_before(files, tmp_path):
    log = Log(files(512))
    monitor(log, tmp_path).look(NOON)
    again = set()
    for second in range(1, 20):
        log.files, log.asked = files(768 if second == 1 else 900), []
        monitor(log, tmp_path).look(NOON + second)
        drawn, *new = [path for path in log.asked if "entries" in path]
        assert new == {1: ["tile/entries/002"], 2: ["tile/entries/003.p/132"]}.get(second, [])
        again.add(drawn)
    assert again == {"tile/entries/000", "tile/entries/001", "tile/entries/002"}


@pytest.mark.parametrize("path", ["tile/entries/001", "tile/0/001"])
def test_what_was_damaged_after_it_was_read_is_found_in_time(files, tmp_path, path):
    log = Log(files(900))
    assert monitor(log, tmp_path).look(NOON) == []
    data = bytearray(log.files[path])
    data[-1] ^= 1
    log.files[path] = bytes(data)
    assert cries([alarm for second in range(1, 20) for alarm in monitor(log, tmp_path).look(NOON + second)])[0] == (
        Cry.DAMAGED
    )


def test_the_published_log_with_each_of_its_checkpoints(tmp_path):
    given_by = vectors("small-log")
    served = {name: base64.b64decode(data) for name, data in given_by["files"].items()}
    key = tlog.VerifyingKey.parse(given_by["vkey"])
    log, memory = Log(served), tlog.MonitorMemory(tmp_path)
    for size in (0, 1, 2, 7, 8, 15):
        served["checkpoint"] = served[f"checkpoint.{size}"]
        # Of the sizes between, only some partial tiles were kept: the widest stands for them, as the full one would.
        for kind in ("0", "entries"):
            wide = served[f"tile/{kind}/000.p/15"]
            start = tlog.bundle_bytes(tlog.parse_bundle(wide, 15)[:size]) if size and kind == "entries" else wide
            served.setdefault(f"tile/{kind}/000.p/{size}", start[: 32 * size] if kind == "0" else start)
        watching = tlog.Monitor(key, log, memory, tlog.Expectations())
        assert watching.look(NOON + size) == []
        assert memory.load().frontier.size == size


def test_an_old_checkpoint_of_which_only_the_full_tile_is_left(files, tmp_path):
    log = Log(files(512))
    log.files["checkpoint"] = signed(ENTRIES[:300]).encode()
    log.files["tile/1/000.p/1"] = log.files["tile/1/000.p/2"][:32]
    assert monitor(log, tmp_path).look(NOON) == []
    log.files = files(768)
    assert monitor(log, tmp_path).look(NOON) == []


def test_a_fork_is_cried_out_and_proven(files, tmp_path):
    log = Log(files(512))
    monitor(log, tmp_path).look(NOON)
    log.files = files(768, FORK)
    (alarm,) = monitor(log, tmp_path).look(NOON + 1)
    assert alarm.cry is Cry.FORK
    # The proof for everybody: the second tree begins, by its own hashes, with another than the first.
    before, after, begins, submission = alarm.evidence
    assert (before, after) == (signed(ENTRIES[:512]), signed(FORK[:768]))
    asked = tlog.Submission.parse(submission.encode())
    old, new = (tlog.open_with_chain(note, CHAIN).checkpoint for note in (before, after))
    other = tlog.Checkpoint.parse(begins)
    assert (other.size, asked.note) == (old.size, after)
    assert other.root != old.root
    tlog.verify_consistency(other.size, other.root, new.size, new.root, asked.proof)
    with pytest.raises(tlog.ProofError):
        tlog.verify_consistency(old.size, old.root, new.size, new.root, asked.proof)
    assert tlog.MonitorMemory(tmp_path).load().note == before, "what contradicts is not what is followed"
    assert len(list((tmp_path / "seen").iterdir())) == 2


def without(path: str, size: int = 900):
    return lambda files: {name: data for name, data in files(size).items() if name != path}


def with_checkpoint(data: bytes):
    return lambda files: {**files(900), "checkpoint": data}


def flipped(path: str):
    def flip(files) -> dict[str, bytes]:
        data = bytearray(files(900)[path])
        data[-1] ^= 1
        return {**files(900), path: bytes(data)}

    return flip


NEVER = tlog.sign_checkpoint(tlog.Checkpoint(ORIGIN, 900, bytes(32)), KEY).encode()
CHANGES = {
    "another root of the same size": (lambda files: files(512, FORK), Cry.FORK),
    "rewind": (lambda files: files(300), Cry.REWIND),
    "no checkpoint": (without("checkpoint"), Cry.MISSING),
    "unreachable": (None, Cry.MISSING),
    "another key": (with_checkpoint(signed(ENTRIES, OTHER_KEY).encode()), Cry.UNSIGNED),
    "a changed text": (with_checkpoint(signed(ENTRIES).replace("\n900\n", "\n800\n").encode()), Cry.UNSIGNED),
    "another log": (with_checkpoint(signed(ENTRIES, tlog.SigningKey("elsewhere", KEY.seed)).encode()), Cry.UNSIGNED),
    "no text": (with_checkpoint(b"\xff"), Cry.UNSIGNED),
    "an entry": (flipped("tile/entries/002"), Cry.DAMAGED),
    "a hash of a full tile": (flipped("tile/0/002"), Cry.DAMAGED),
    "a hash of a partial tile": (flipped("tile/0/003.p/132"), Cry.DAMAGED),
    "a hash of an upper tile": (flipped("tile/1/000.p/3"), Cry.DAMAGED),
    "a tile that is missing": (without("tile/0/002"), Cry.DAMAGED),
    "a bundle that is missing": (without("tile/entries/003.p/132"), Cry.DAMAGED),
    "a root that was never the tree's": (with_checkpoint(NEVER), Cry.DAMAGED),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_cried_out(files, tmp_path, change):
    log = Log(files(512))
    assert monitor(log, tmp_path).look(NOON) == []
    before = tlog.MonitorMemory(tmp_path).load()
    make, cry = CHANGES[change]
    log.files, log.down = (make(files), False) if make else ({}, True)
    alarms = monitor(log, tmp_path).look(NOON + 1)
    assert cries(alarms) == [cry]
    assert tlog.MonitorMemory(tmp_path).load() == before, "nothing is remembered that was not checked"
    log.files, log.down = files(900), False
    assert monitor(log, tmp_path).look(NOON + 2) == [], "what was mended is followed again"


def test_late(files, tmp_path):
    log = Log(files(512))
    assert monitor(log, tmp_path).look(NOON) == []
    assert monitor(log, tmp_path).look(NOON + 70) == []
    first, second = (monitor(log, tmp_path).look(NOON + 71 + more) for more in (0, 5))
    assert cries(first) == [Cry.LATE]
    assert first[0].identity == second[0].identity, "it is the same alarm while it lasts"
    log.down = True
    assert cries(monitor(log, tmp_path).look(NOON + 80)) == [Cry.MISSING, Cry.LATE]
    log.down, log.files = False, files(768)
    assert monitor(log, tmp_path).look(NOON + 90) == []


def test_a_log_that_stood_still_before_the_first_look_is_late_by_its_cosignature(files, tmp_path):
    log = Log(files(512))
    log.files["checkpoint"] = cosigned(ENTRIES[:512], NOON - 100)
    assert cries(monitor(log, tmp_path, witnesses=(W_KEY.verifying_key,)).look(NOON)) == [Cry.LATE]


def test_clocks(files, tmp_path):
    log = Log(files(512))
    log.files["checkpoint"] = cosigned(ENTRIES[:512], NOON + 301)
    watching = monitor(log, tmp_path, witnesses=(W_KEY.verifying_key,))
    assert cries(watching.look(NOON)) == [Cry.WRONG_CLOCK]
    assert watching.look(NOON + 1) == []
    log.files = files(512)
    assert watching.look(NOON - 299) == []
    assert cries(watching.look(NOON - 600)) == [Cry.WRONG_CLOCK]
    assert watching.look(NOON - 599) == [], "it is said once: from then on that is the time"


class TestWitnesses:
    """The monitor compares what it is shown with what a witness has cosigned."""

    def look(self, files: dict[str, bytes], folder: Path, shown: bytes | None, *, down: bool = False) -> list[Cry]:
        seen = Log({f"{tlog.origin_hash(ORIGIN)}/checkpoint": shown} if shown is not None else {}, down=down)
        asked = [(W_KEY.verifying_key, seen)]
        memory = tlog.MonitorMemory(folder)
        watching = tlog.Monitor(KEY.verifying_key, Log(files), memory, tlog.Expectations(), asked)
        return cries(watching.look(NOON))

    def test_the_same_or_an_earlier_tree_is_well(self, files, tmp_path):
        for shown in (None, cosigned(ENTRIES[:512]), cosigned(ENTRIES[:300]), cosigned([])):
            assert self.look(files(512), tmp_path, shown) == []

    def test_entries_withheld(self, files, tmp_path):
        assert self.look(files(512), tmp_path, cosigned(ENTRIES[:513])) == [Cry.WITHHELD]

    @pytest.mark.parametrize("size", [101, 300, 512])
    def test_another_view_for_others_is_a_fork(self, files, tmp_path, size):
        assert self.look(files(512), tmp_path, cosigned(FORK[:size])) == [Cry.FORK]

    def test_what_the_log_did_not_sign_accuses_the_witness(self, files, tmp_path):
        for shown in (b"\xff", b"nonsense", signed(ENTRIES[:300], OTHER_KEY).encode(), signed(ENTRIES[:300]).encode()):
            assert self.look(files(512), tmp_path, shown) == [Cry.WITNESS]

    def test_a_witness_that_cannot_be_asked(self, files, tmp_path):
        assert self.look(files(512), tmp_path, None, down=True) == [Cry.WITNESS]

    def test_its_clock(self, files, tmp_path):
        assert self.look(files(512), tmp_path, cosigned(ENTRIES[:512], NOON + 301)) == [Cry.WRONG_CLOCK]

    def test_a_log_that_grows_while_it_is_read_withholds_nothing(self, files, tmp_path):
        """The witness is asked first: what it cosigned was public before."""
        log = Log(files(512))

        def witness(_: str) -> bytes:
            log.files = files(768)
            return cosigned(ENTRIES[:768])

        watching = tlog.Monitor(
            KEY.verifying_key,
            log,
            tlog.MonitorMemory(tmp_path),
            tlog.Expectations(),
            [(W_KEY.verifying_key, witness)],
        )
        assert watching.look(NOON) == []


class TestPromises:
    """The log is held to its promises."""

    def promise(self, entry: bytes, due: int = NOON + 50) -> str:
        return tlog.sign_promise(tlog.Promise(ORIGIN, entry, NOON, due), KEY)

    def test_a_promise_kept(self, files, tmp_path):
        log = Log(files(512))
        monitor(log, tmp_path).look(NOON)
        monitor(log, tmp_path).promised(self.promise(ENTRIES[600]))
        log.files = files(768)
        assert monitor(log, tmp_path).look(NOON + 59) == []
        assert tlog.MonitorMemory(tmp_path).load().awaited == ()

    def test_a_promise_that_came_after_its_entry(self, files, tmp_path):
        log = Log(files(768))
        monitor(log, tmp_path).look(NOON)
        for each in (0, 400):
            monitor(log, tmp_path).promised(self.promise(ENTRIES[each]))
        assert monitor(log, tmp_path).look(NOON) == []
        assert tlog.MonitorMemory(tmp_path).load().awaited == ()

    def test_a_promise_broken(self, files, tmp_path):
        log = Log(files(512))
        # Two for one entry: each counts.
        for due in (NOON + 20, NOON + 50):
            monitor(log, tmp_path).promised(self.promise(ENTRIES[800], due))
        assert monitor(log, tmp_path).look(NOON) == []
        log.asked.clear()
        assert monitor(log, tmp_path).look(NOON + 30) == []
        assert len([path for path in log.asked if "entries" in path]) == 1, "what was searched is not searched again"
        log.files = files(768)
        assert cries(monitor(log, tmp_path).look(NOON + 31)) == [Cry.PROMISE_BROKEN]
        alarms = monitor(log, tmp_path).look(NOON + 61)
        assert cries(alarms) == [Cry.PROMISE_BROKEN] * 2
        assert alarms[0].evidence == (self.promise(ENTRIES[800], NOON + 20), signed(ENTRIES[:768]))
        log.files = files(900)
        assert monitor(log, tmp_path).look(NOON + 62) == []

    def test_an_entry_shown_to_the_monitor_alone_keeps_no_promise(self, files, tmp_path):
        log = Log(files(768))
        monitor(log, tmp_path).look(NOON)
        monitor(log, tmp_path).promised(self.promise(ENTRIES[800]))
        log.files["tile/entries/001"] = tlog.bundle_bytes([*ENTRIES[256:511], ENTRIES[800]])
        assert cries(monitor(log, tmp_path).look(NOON)) == [Cry.DAMAGED]
        log.files = files(768)
        assert cries(monitor(log, tmp_path).look(NOON + 61)) == [Cry.PROMISE_BROKEN]

    def test_what_is_no_promise_of_this_log(self, files, tmp_path):
        foreign = tlog.sign_promise(tlog.Promise(ORIGIN, bytes(32), NOON, NOON), OTHER_KEY)
        for note in (foreign, signed(ENTRIES), "nonsense"):
            with pytest.raises(tlog.TlogError):
                monitor(Log(files(512)), tmp_path).promised(note)

    def test_a_promise_can_be_handed_in_while_the_log_is_down(self, files, tmp_path):
        monitor(Log(down=True), tmp_path).promised(self.promise(ENTRIES[800]))
        assert cries(monitor(Log(files(512)), tmp_path).look(NOON + 61)) == [Cry.PROMISE_BROKEN]


def test_a_change_of_key_is_followed(files, tmp_path):
    log = Log(files(512))
    assert monitor(log, tmp_path).look(NOON) == []
    log.files = files(768)
    log.files["checkpoint"] = signed(ENTRIES[:768], OTHER_KEY).encode()
    assert cries(monitor(log, tmp_path).look(NOON)) == [Cry.UNSIGNED]
    log.files["rotation/1"] = tlog.sign_rotation(512, KEY, OTHER_KEY).encode()
    assert monitor(log, tmp_path).look(NOON) == []


def test_killed_at_each_step_it_skips_nothing(files, tmp_path):
    """A monitor that saved its place before it had looked would never see the entry that was changed."""
    honest, tampered = files(900), files(900)
    data = bytearray(tampered["tile/entries/002"])
    data[-1] ^= 1
    tampered["tile/entries/002"] = bytes(data)
    killed_at, killed = 0, True
    while killed:
        folder = tmp_path / str(killed_at)
        log = Log(files(512))
        monitor(log, folder).look(NOON)
        log.files, log.asked, log.killed_at = honest, [], killed_at
        try:
            monitor(log, folder).look(NOON + 1)
            killed = False
        except Killed:
            assert tlog.MonitorMemory(folder).load().frontier.size == 512
            log.files, log.killed_at = tampered, -1
            assert cries(monitor(log, folder).look(NOON + 2)) == [Cry.DAMAGED]
            log.files = honest
            assert monitor(log, folder).look(NOON + 3) == []
        killed_at += 1
    assert killed_at >= 10


def test_killed_while_it_saves_it_begins_where_it_was(files, tmp_path, monkeypatch):
    log = Log(files(512))
    monitor(log, tmp_path).look(NOON)
    before = tlog.MonitorMemory(tmp_path).load()

    def killed(*_: object) -> None:
        raise Killed

    log.files = files(768)
    for step in ("os.fsync", "pathlib.Path.replace"):
        with monkeypatch.context() as patched:
            patched.setattr(step, killed)
            with pytest.raises(Killed):
                monitor(log, tmp_path).look(NOON + 1)
        assert tlog.MonitorMemory(tmp_path).load() == before
    assert monitor(log, tmp_path).look(NOON + 2) == []
    assert tlog.MonitorMemory(tmp_path).load().frontier.size == 768


@pytest.mark.parametrize("change", ["nonsense", "size", "peaks", "checkpoint", "origin"])
def test_a_damaged_memory_is_told_and_left(files, tmp_path, change):
    log = Log(files(512))
    monitor(log, tmp_path).look(NOON)
    file = tmp_path / "followed.json"
    text = file.read_text()
    damaged = {
        "nonsense": "{",
        "size": text.replace('"size": 512', '"size": 256'),
        "peaks": text.replace('"peaks": "', '"peaks": "AAAA'),
        "checkpoint": text.replace("\\n512\\n", "\\n511\\n"),
        "origin": text.replace(f'"origin": "{ORIGIN}"', '"origin": "elsewhere"'),
    }[change]
    assert damaged != text
    file.write_text(damaged)
    with pytest.raises(tlog.MonitorError):
        monitor(log, tmp_path).look(NOON)
    assert file.read_text() == damaged


def test_each_log_and_each_monitor_needs_its_own_memory(files, tmp_path):
    monitor(Log(files(512)), tmp_path).look(NOON)
    other = tlog.SigningKey("elsewhere", KEY.seed).verifying_key
    memory = tlog.MonitorMemory(tmp_path)
    with pytest.raises(tlog.MonitorError, match="folder of its own"):
        tlog.Monitor(other, Log(), memory, tlog.Expectations()).look(NOON)
    with memory.alone(), pytest.raises(tlog.MonitorError, match="its own folder"), tlog.MonitorMemory(tmp_path).alone():
        pass


def test_evidence_is_kept_once(tmp_path):
    memory = tlog.MonitorMemory(tmp_path)
    first = memory.keep_evidence(tlog.Alarm(Cry.LATE, "for 71 seconds", ("a\n",)))
    assert memory.keep_evidence(tlog.Alarm(Cry.LATE, "for 76 seconds", ("a\n",))) == first
    assert files_of(first) == {"alarm.txt": b"late\nfor 71 seconds\n", "1": b"a\n"}
    assert memory.keep_evidence(tlog.Alarm(Cry.LATE, "for 71 seconds", ("b\n",))) != first
