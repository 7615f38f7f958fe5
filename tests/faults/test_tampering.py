"""Tampering by somebody with full rights over the database: caught, and by whom; see tampering.py."""

import shutil
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction

from faults.tampering import CASES, WATCHERS, page
from schoolgate.apps.access.moment import now
from schoolgate.apps.agencies.services import add_agency
from schoolgate.apps.ledger import triggers
from schoolgate.apps.ledger.acts import Impossible
from schoolgate.apps.ledger.keys import keys
from schoolgate.apps.ledger.models import Checkpoint, Opening, StagedLeaf, Tile
from schoolgate.apps.ledger.publishing import publish
from schoolgate.apps.ledger.receipts import promise_of, receipt_of
from schoolgate.apps.ledger.sealing import seal_period
from schoolgate.apps.ledger.sequencing import LogProblem, append
from schoolgate.apps.ledger.tiles import TileMissing, entries_between, split
from schoolgate.apps.transparency.openings import opening_lines
from schoolgate.apps.transparency.rules import counting_rules
from schoolgate.cli.doctor import check
from schoolgate.engines import tlog
from schoolgate.engines.tlog.auditing import audit
from support.watchers import WITNESS_KEY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("full_rights")]
ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Watched:
    """A log of two periods, an act that waits, and what those who watch hold of it."""

    settings: object
    scratch: Path
    trusted: str
    act: UUID
    receipt: str
    promise: str
    waiting: UUID
    witness: tlog.Witness
    monitor: tlog.Monitor
    # Whether the last run of the worker sealed and published.
    grown: bool = False

    @property
    def folder(self) -> Path:
        return self.settings.LOG_FOLDER

    def go_on(self) -> bool:
        """The next run of the worker; whether it refuses."""
        try:
            with transaction.atomic():
                seal_period()
                publish()
        except LogProblem:
            return True
        return False

    def who_notices(self) -> set[str]:
        """Everybody looks who could look. The worker comes by first, as it would."""
        found = {"worker"} if self.go_on() else set()
        self.grown = not found
        for name in set(WATCHERS) - {"worker"}:
            if getattr(self, f"{name}_notices")():
                found.add(name)
        return found

    def doctor_notices(self) -> bool:
        (log,) = (one for one in check() if one.check == "the log")
        return not log.sound

    def verify_notices(self) -> bool:
        return not tlog.verify_folder(self.folder, self.trusted).valid

    def holder_notices(self) -> bool:
        earlier = tlog.Receipt.parse(self.receipt).checkpoint
        if not tlog.verify_folder(self.folder, self.trusted, earlier=earlier).valid:
            return True
        opening = Opening.objects.filter(pk=self.act).first()
        try:
            again = receipt_of(opening) if opening else None
            said = tlog.open_receipt(again, self.trusted).record if again else None
        except (tlog.TlogError, LogProblem, TileMissing):
            # The database is damaged and gives no receipt: their own still proves what it did.
            said = None if self.grown else self._record()
        return said != self._record() or (self.grown and self._promised() not in self._published_entries())

    def _record(self) -> object:
        return tlog.open_receipt(self.receipt, self.trusted).record

    def _promised(self) -> bytes:
        return tlog.open_promise(self.promise, [tlog.VerifyingKey.parse(self.trusted)]).entry

    def _head(self) -> tlog.Checkpoint:
        return tlog.Checkpoint.parse(tlog.Note.parse(tlog.read_checkpoint(self.folder)).text)

    def _published_entries(self) -> list[bytes]:
        bundles = range(self._head().size // tlog.TILE_WIDTH)
        data = [tlog.read_tile(self.folder, tlog.TileName(tlog.ENTRIES, number)) for number in bundles]
        return [entry for one in data for entry in tlog.parse_bundle(one, tlog.TILE_WIDTH)]

    def witness_notices(self) -> bool:
        size, old = self._head().size, 2 * tlog.TILE_WIDTH
        tree = tlog.MemoryTree(self._published_entries())
        proof = tlog.consistency_proof(old, size, tree) if size > old else ()
        asked = tlog.Submission(old, tuple(proof), tlog.read_checkpoint(self.folder))
        return self.witness.add_checkpoint(asked.body).status != 200

    def monitor_notices(self) -> bool:
        at = int(time.time())
        cries = {one.cry for one in self.monitor.look(at)}
        if self.grown:
            cries |= {one.cry for one in self.monitor.look(at + 200_000)} & {tlog.Cry.PROMISE_BROKEN}
        return bool(cries - {tlog.Cry.LATE})

    def auditor_notices(self) -> bool:
        chain = tlog.KeyChain.trusting(tlog.VerifyingKey.parse(self.trusted), tlog.read_rotations(self.folder))
        try:
            opened = tlog.open_with_chain(tlog.read_checkpoint(self.folder), chain).checkpoint
            kept = Checkpoint.objects.filter(size=opened.size).first()
            if kept is None:
                return True
            lines = opening_lines(kept)
            result = audit(
                self._published_entries(),
                lines,
                checkpoint=opened,
                rules=counting_rules(),
                figures=[],
                now=int(time.time()),
            )
        except (tlog.TlogError, Impossible, TileMissing):
            return True
        return not result.clean


@pytest.fixture
def watched(cast, settings, tmp_path):
    settings.LOG_FOLDER = tmp_path / "log"
    seal_period()
    act = add_agency(actor=cast.actor("whitfield"), name="Office of the second period", kind="local_police")
    seal_period()
    publish()
    late = add_agency(actor=cast.actor("whitfield"), name="Office of the third period", kind="local_police")
    opening, waiting = (Opening.objects.get(subject=f"agency:{one.pk}") for one in (act, late))
    trusted = keys().verifying_key
    known = tlog.VerifyingKey.parse(trusted)

    def fetch(name: str) -> bytes | None:
        path = settings.LOG_FOLDER / name
        return path.read_bytes() if path.is_file() else None

    witness = tlog.Witness(
        WITNESS_KEY,
        {settings.LOG_ORIGIN: [known]},
        tlog.WitnessMemory(tmp_path / "witness"),
        lambda: int(time.time()),
    )
    memory = tlog.MonitorMemory(tmp_path / "monitor")
    one = Watched(
        settings,
        tmp_path,
        trusted,
        opening.pk,
        receipt_of(opening),
        promise_of(waiting),
        waiting.pk,
        witness,
        tlog.Monitor(known, fetch, memory, tlog.Expectations()),
    )
    one.witness.add_checkpoint(tlog.Submission(0, (), tlog.read_checkpoint(one.folder)).body)
    assert not one.monitor.look(int(time.time()))
    one.monitor.promised(one.promise)
    triggers.remove(connection)
    return one


def rewritten(number: int, change, level: int = tlog.ENTRIES) -> None:
    """Change the hashes of a tile."""
    tile = Tile.objects.filter(level=level, number=number)
    entries = split(tile.get().data)
    change(entries)
    tile.update(data=b"".join(entries))


def flip(entries: list[bytes]) -> None:
    entries[9] = bytes([entries[9][0] ^ 1]) + entries[9][1:]


def opening_changed(watched: Watched) -> None:
    one = Opening.objects.get(pk=watched.act)
    one.record = one.record.replace("local_police", "prosecutor")
    one.save()


def opening_deleted(watched: Watched) -> None:
    Opening.objects.filter(pk=watched.act).delete()


def openings_swapped(watched: Watched) -> None:
    one = Opening.objects.get(pk=watched.act)
    other = Opening.objects.filter(kind="district_opened").get()
    one.record, other.record = other.record, one.record
    one.randomness, other.randomness = other.randomness, one.randomness
    one.save()
    other.save()


def entry_changed(_: Watched) -> None:
    rewritten(0, flip)


def hash_changed(_: Watched) -> None:
    rewritten(1, flip, level=0)


def tile_deleted(_: Watched) -> None:
    Tile.objects.filter(level=tlog.ENTRIES, number=0).delete()


def tiles_swapped(_: Watched) -> None:
    first, second = (bytes(Tile.objects.get(level=tlog.ENTRIES, number=number).data) for number in (0, 1))
    Tile.objects.filter(level=tlog.ENTRIES, number=0).update(data=second)
    Tile.objects.filter(level=tlog.ENTRIES, number=1).update(data=first)


def entries_added(_: Watched) -> None:
    Tile.objects.create(level=tlog.ENTRIES, number=2, root=b"", data=b"\2" * 8192)


def head_changed(_: Watched) -> None:
    changed_head(512)


def old_head_changed(_: Watched) -> None:
    changed_head(256)


def changed_head(size: int) -> None:
    frontier = tlog.Frontier(size, (b"\5" * 32,))
    Checkpoint.objects.filter(size=size).update(peaks=frontier.to_bytes(), root=frontier.root)


def head_deleted(_: Watched) -> None:
    taken_back()


def taken_back() -> None:
    Tile.objects.filter(number=1).delete()
    Checkpoint.objects.filter(size=512).delete()


def old_head_deleted(_: Watched) -> None:
    Checkpoint.objects.filter(size=256).delete()


def recompute(watched: Watched) -> None:
    """Another record for the act, under another commitment; and every tile and checkpoint that follows from it."""
    entries = list(entries_between(0, 512))
    one = Opening.objects.get(pk=watched.act)
    place = entries.index(bytes(one.commitment))
    one.record = one.record.replace("local_police", "prosecutor")
    one.commitment = tlog.commit(one.record.encode(), bytes(one.randomness))
    one.save()
    entries[place] = bytes(one.commitment)
    Tile.objects.all().delete()
    Checkpoint.objects.all().delete()
    for start in (0, 256):
        append(entries[start : start + 256])


def publish_anew(watched: Watched) -> None:
    shutil.rmtree(watched.folder)
    publish()


def other_keys(watched: Watched) -> None:
    """The key folder with a log key of their own."""
    shutil.copytree(watched.settings.KEYS, watched.scratch / "keys")
    watched.settings.KEYS = watched.scratch / "keys"
    for name in ("log-signing", "log-verifying"):
        (watched.settings.KEYS / name).unlink()
    keys().create_missing(origin=watched.settings.LOG_ORIGIN, today=now().date())


def recomputed_in_the_database(watched: Watched) -> None:
    recompute(watched)


def recomputed_with_the_old_key(watched: Watched) -> None:
    recompute(watched)
    publish_anew(watched)


def rewound_with_the_old_key(watched: Watched) -> None:
    taken_back()
    for one in Opening.objects.filter(kind__in=("cover", "period_counted", "agency_added")):
        if bytes(one.commitment) not in set(entries_between(0, 256)) and one.pk != watched.waiting:
            one.delete()
    publish_anew(watched)
    assert not watched.go_on()


def recomputed_with_a_new_key(watched: Watched) -> None:
    other_keys(watched)
    recompute(watched)
    publish_anew(watched)


def recomputed_with_a_foreign_key(watched: Watched) -> None:
    own = watched.settings.KEYS
    recomputed_with_a_new_key(watched)
    watched.settings.KEYS = own


def act_suppressed(watched: Watched) -> None:
    StagedLeaf.objects.all().delete()
    Opening.objects.filter(pk=watched.waiting).delete()


def act_dated_back(_: Watched) -> None:
    then = now() - timedelta(days=30)
    model = Opening.objects.filter(kind="agency_added").latest("happened_at")
    told = {
        **tlog.read_canonical(model.record.encode()),
        "entry": str(uuid4()),
        "at": then.isoformat(timespec="seconds"),
    }
    model.pk = UUID(told["entry"])
    model.record, model.happened_at = tlog.canonical(told).decode(), then
    model.commitment = tlog.commit(model.record.encode(), bytes(model.randomness))
    model.save(force_insert=True)
    StagedLeaf.objects.create(commitment=model.commitment, staged_at=now())


def test_nobody_cries_when_nothing_was_done(watched):
    assert watched.who_notices() == set()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_is_caught_by_exactly_those_who_can_see_it(case, watched):
    globals()[case.name](watched)
    assert watched.who_notices() == case.caught_by, case.what


def test_the_page_says_what_is_tested():
    assert (ROOT / "docs" / "log-tampering.md").read_text(encoding="utf-8") == page(), (
        "make it anew: cd tests && ../.venv/bin/python -m faults.tampering > ../docs/log-tampering.md"
    )
