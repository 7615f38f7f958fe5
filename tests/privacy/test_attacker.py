"""The attacker's script against the real log, and against logs broken on purpose: what it is told, and what not."""

import random
import re

import pytest
from django.test import Client

from schoolgate.engines import tlog
from support import logs, worlds
from support.worlds import Fault, Imitated, Sealed, play

attacker = worlds.load_attacker()
KINDS = ("idle", "busy", "backlog")


@pytest.fixture
def sealed(db, data_folder, settings, tmp_path):
    settings.LOG_FOLDER = tmp_path / "log"

    def page():
        return re.sub(r"<[^>]*>", " ", Client().get("/log/").content.decode())

    return Sealed(settings.LOG_FOLDER, page)


def test_nothing_public_tells_idle_periods_busy_ones_and_a_backlog_apart(sealed, trials):
    # Fewer rounds could be told apart by chance.
    told = play(sealed, KINDS, max(15, trials // 2), attacker)
    assert not any(told.values()), told
    # And from the whole log, with every receipt, only what docs/log-leaks.md admits.
    last = attacker.look_at_folder(sealed.folder)
    assert len(sealed.receipts) == 3 * last.size // 256
    found = attacker.findings(last, every=worlds.EVERY, shown=sealed.receipts)
    assert {one.channel for one in found} == {"receipt"}
    assert len(found) == len(sealed.receipts), "each shows its period, and that is all"


class Unmixed(random.SystemRandom):
    """An order that is none: acts first, then covers."""

    def shuffle(self, x):
        pass


@pytest.mark.parametrize(
    ("broken", "by", "channels"),
    [
        ("sequencing.period_began", lambda moment: moment, {"bundle: date", "checkpoint: date", "folder date 0"}),
        ("sealing.order_source", Unmixed, {"receipts: last place"}),
    ],
)
def test_the_products_own_log_is_told_when_one_part_of_it_is_broken(broken, by, channels, sealed, monkeypatch):
    monkeypatch.setattr(f"schoolgate.apps.ledger.{broken}", by)
    # What always tells needs few rounds.
    assert channels <= set(play(sealed, ("idle", "busy"), 6, attacker)["idle", "busy"])


def test_an_honest_log_tells_nothing_in_many_periods_either():
    assert play(Imitated(Fault(), 7), ("idle", "busy"), 100, attacker) == {("idle", "busy"): {}}


def staircase(chance):
    return bytes([chance.randrange(128)] * 8) + chance.randbytes(24)


# A log with this fault is told by these channels; so a log that is not told has none of them.
FAULTS = {
    "no covers": (Fault(covers=False), {"grown"}),
    "covers come last": (Fault(mixed=False), {"receipts: last place"}),
    "covers are all alike": (Fault(cover=lambda _: bytes(32)), {"bundle: compressed", "entries: repeated"}),
    "covers are not random bits": (Fault(cover=staircase), {"entries: bits", "bundle: compressed"}),
    "files are dated when the work was done": (Fault(dated=lambda n: n / 20), {"bundle: date", "checkpoint: date"}),
    "Last-Modified follows the work": (
        Fault(headers=lambda n: {"last-modified": f"Mon, 23 Nov 2026 00:00:{n // 20:02} GMT"}),
        {"bundle: header last-modified"},
    ),
    "an ETag counts": (Fault(headers=lambda n: {"etag": f'"{n}"'}), {"bundle: header etag"}),
    "the page says how many wait": (Fault(page=lambda n: f"The log. {n} acts wait."), {"page 0"}),
    "a checkpoint appears when the work is done": (Fault(appears=lambda n: 1 + n / 20), {"appeared"}),
    "a page is slow when much waits": (Fault(took=lambda n: 0.01 + n / 1e5), {"bundle: took"}),
    "witnesses are asked when the work is done": (Fault(cosigned=lambda n: n // 20), {"cosigned 0"}),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_log_that_is_broken_on_purpose_is_told(fault):
    broken, channels = FAULTS[fault]
    told = play(Imitated(broken, 7), ("idle", "busy"), 20, attacker)["idle", "busy"]
    assert channels <= set(told), told
    assert all(best > 0.9 for best in told.values())


def imitated(fault, periods=12, volume=40):
    """The whole of an imitated log as one look, with the receipts of three acts a period."""
    log, files, receipts = Imitated(fault, 7), {}, []
    for _ in range(periods):
        look, shown = log.period(volume, attacker)
        files |= look.files
        receipts += shown
    return attacker.Look(look.at, files, look.folders, look.page), receipts


def channels_of(look, receipts=(), **more):
    return {one.channel for one in attacker.findings(look, every=worlds.EVERY, shown=receipts, **more)}


def test_one_look_at_an_honest_log_finds_what_is_admitted():
    assert channels_of(*imitated(Fault())) == {"receipt"}


@pytest.mark.parametrize(
    ("fault", "channel"),
    [
        (Fault(covers=False), "size"),
        (Fault(mixed=False), "places"),
        (Fault(cover=lambda _: bytes(32)), "repeated"),
        (Fault(cover=staircase), "bits"),
        (Fault(cover=lambda chance: chance.randbytes(16) * 2), "compressed"),
        (Fault(sort=sorted), "order"),
        (Fault(dated=lambda _: 1.5), "dates"),
        (Fault(headers=lambda n: {"server-timing": f"db;dur={n}"}), "headers"),
    ],
)
def test_one_look_at_a_broken_log_finds_the_fault(fault, channel):
    assert channel in channels_of(*imitated(fault))


def test_entries_in_the_order_of_their_acts_are_found_by_the_receipts_of_one_period():
    log = Imitated(Fault(in_time_order=True), 7, own=30)
    assert "order of acts" in channels_of(*log.period(40, attacker))
    log = Imitated(Fault(), 7, own=30)
    assert "order of acts" not in channels_of(*log.period(40, attacker))


def test_looks_over_time_find_growth_capacity_and_what_comes_late():
    steady = [{"at": 3600 * n + 60.0, "size": 256 * n, "cosigned": 3600 * n + 61} for n in range(9)]
    look, _ = imitated(Fault())
    assert channels_of(look, looks=steady) == {"capacity"}
    outage = [*steady[:4], *({**one, "at": one["at"] + 7200, "cosigned": one["cosigned"] + 7200} for one in steady[4:])]
    [capacity] = attacker.findings(look, every=3600, looks=outage)
    assert capacity.what.endswith("{0: 1, 1: 7}"), "an outage shows, as the docs admit"
    uneven = [{**one, "size": one["size"] + n * n} for n, one in enumerate(steady)]
    late = [{**one, "cosigned": one["cosigned"] + 9 * n} for n, one in enumerate(steady)]
    assert channels_of(look, looks=uneven) == {"capacity", "growth"}
    assert channels_of(look, looks=late) == {"capacity", "cosigned"}
    polled = [{"at": 60 * n + (n > 4) * n * n, "size": 256 * (n // 2)} for n in range(9)]
    close = [{"at": 3600 * n + before + n * n, "size": 256 * (n + (before > 0))} for n in range(5) for before in (0, 2)]
    assert "appeared" in channels_of(look, looks=close)
    assert "appeared" not in channels_of(look, looks=polled)


def test_a_file_beside_the_log_and_a_partial_tile_are_found(tmp_path):
    entries = logs.entries_of(600)
    logs.publish(tmp_path, entries[:512])
    assert channels_of(attacker.look_at_folder(tmp_path)) == {"dates"}, "dated when it was written: no schedule given"
    (tmp_path / ".000.tmp").write_bytes(b"")
    assert "files" in channels_of(attacker.look_at_folder(tmp_path))
    logs.publish(tmp_path / "partial", entries)
    assert "size" in channels_of(attacker.look_at_folder(tmp_path / "partial"))


def test_anyone_can_run_it_on_a_folder_with_receipts(tmp_path, capsys, monkeypatch):
    record = tlog.canonical({"at": "2026-11-23T10:20:30+00:00", "kind": "copy_released"})
    entries = [*logs.entries_of(255), tlog.commit(record, bytes(32))]
    note = logs.signed(entries)
    hour = 1_772_800_000 // 3600 * 3600
    tlog.write_folder(tmp_path / "log", entries, note, chain=logs.CHAIN, modified=hour)
    tree = tlog.MemoryTree(entries)
    receipt = tlog.make_receipt(
        index=255, checkpoint=note, chain=logs.CHAIN, nodes=tree, record=record, randomness=bytes(32)
    )
    (tmp_path / "receipt").write_text(receipt, encoding="utf-8")
    shown = attacker.read_receipt(receipt)
    assert (shown.index, shown.happened) == (255, 1795429230)
    given = [str(tmp_path / "log"), "--receipt", str(tmp_path / "receipt"), "--seen", str(tmp_path / "seen")]
    monkeypatch.setattr("sys.argv", ["log_attack.py", *given])
    assert attacker.main() == 0
    assert "anything from 0 to 255" in capsys.readouterr().out
    (tmp_path / "log" / "backlog").write_text("300", encoding="utf-8")
    assert attacker.main() == 1
    assert len((tmp_path / "seen").read_text(encoding="utf-8").splitlines()) == 2
