import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schoolgate.engines.vault import (
    Context,
    EpochInUseError,
    EpochReceipt,
    FileKeyProvider,
    GroupKeys,
    KeyDestroyedError,
    KeyMissingError,
    ProviderError,
    SealBrokenError,
    SealedGroups,
    Shredded,
    StoredKey,
    Vault,
    VaultError,
    WrappedKey,
    destroy_epoch,
    epochs_of,
    open_groups,
    rewrap_survivors,
    seal_groups,
)

from . import district
from .counting import CountingProvider
from .district import NEW, OLD

BEGUN = datetime(2026, 11, 1, 4, tzinfo=UTC)
LATER = BEGUN + timedelta(hours=2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    district.filled(tmp_path, 200)
    return tmp_path


def all_open(folder: Path, *, besides: tuple[int, ...] = ()) -> None:
    vault, database = Vault(district.provider(folder)), district.opened(folder)
    rows = database.execute("select id, wrapped, sealed from record").fetchall()
    assert [number for number, _, _ in rows] == list(range(200))
    page = [
        (WrappedKey.from_bytes(wrapped), district.place("record", number), sealed)
        for number, wrapped, sealed in rows
        if number not in besides
    ]
    assert vault.open_page(page) == [place.pk.encode() for _, place, _ in page]
    grouped = [
        (district.place("grouped", number), SealedGroups.from_bytes(wrapped, sealed))
        for number, wrapped, sealed in database.execute("select id, wrapped, sealed from grouped")
    ]
    assert open_groups(vault, grouped) == [{"narrative": b"n", "claims": b"c"}] * 20
    database.close()


def held(folder: Path) -> set[str]:
    database = district.opened(folder)
    under = {epoch for one in district.stored(database) for epoch in epochs_of(one.data)}
    database.close()
    return under


def destroyed(folder: Path, **more: object) -> EpochReceipt:
    database = district.opened(folder)
    given = {"succeeded_at": BEGUN, "now": lambda: LATER, **more}
    try:
        return destroy_epoch(
            district.provider(folder),
            OLD,
            stored=(one.data for one in district.stored(database)),
            **given,  # type: ignore[arg-type]  # what a test changes
        )
    finally:
        database.close()


def test_after_the_change_an_older_backup_does_not_open(folder: Path) -> None:
    """The story of issue 14: shred, start the next epoch, re-wrap, destroy; then restore last month's database."""
    database = district.opened(folder)
    database.execute("pragma wal_checkpoint(truncate)")
    database.close()
    shutil.copy(folder / "district.sqlite3", folder / "backup.sqlite3")

    database = district.opened(folder)
    with database:
        [(doomed,)] = database.execute("select wrapped from record where id = 5")
        shredded = Shredded.of(doomed)
        database.execute("update record set wrapped = null where id = 5")
    database.close()
    district.provider(folder).start_epoch(NEW)
    assert district.rewrap(folder) == []
    assert held(folder) == {NEW}
    receipt = destroyed(folder)
    assert receipt == EpochReceipt(OLD, NEW, LATER, 199 + 2 * 20, (NEW,), seen_gone=False)
    assert receipt.ends(shredded)
    all_open(folder, besides=(5,))

    backup = sqlite3.connect(folder / "backup.sqlite3")
    vault, rows = Vault(district.provider(folder)), backup.execute("select id, wrapped, sealed from record").fetchall()
    assert len(rows) == 200
    for number, wrapped, sealed in rows:
        with pytest.raises(KeyMissingError, match=OLD):
            vault.open(WrappedKey.from_bytes(wrapped), district.place("record", number), sealed)
    backup.close()


def test_killed_anywhere_and_run_again_nothing_is_lost(folder: Path) -> None:
    """A process that re-wraps is killed again and again; the old epoch cannot be destroyed before it is through."""
    district.provider(folder).start_epoch(NEW)
    chance = random.Random(14)
    kills = 0
    while True:
        process = subprocess.Popen(
            [sys.executable, district.__file__, str(folder)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        time.sleep(chance.uniform(0.0, 0.12))
        process.send_signal(signal.SIGKILL)
        rest = process.communicate()[0]
        all_open(folder)
        if rest == "done\n":
            break
        kills += 1
        assert kills < 60, "sixty runs did not get through"
        if OLD in held(folder):
            with pytest.raises(EpochInUseError):
                destroyed(folder)
    assert kills >= 2, "it was never killed in the middle"
    assert held(folder) == {NEW}
    destroyed(folder)
    all_open(folder)


def test_what_is_shredded_meanwhile_stays_shredded(folder: Path) -> None:
    district.provider(folder).start_epoch(NEW)
    database = district.opened(folder)
    pages = rewrap_survivors(Vault(district.provider(folder)), list(district.stored(database)), page=50)
    first = next(pages)
    with database:
        database.execute("update record set wrapped = null where id = 3")
        for one in first.rewrapped:
            values = (one.after, one.row[1], one.before)
            database.execute("update record set wrapped = ? where id = ? and wrapped = ?", values)
    assert database.execute("select wrapped from record where id = 3").fetchall() == [(None,)]
    database.close()


def test_a_broken_row_holds_nobody_up_and_keeps_the_epoch(folder: Path) -> None:
    database = district.opened(folder)
    with database:
        database.execute("update record set wrapped = (select wrapped from record where id = 8) where id = 9")
        database.execute("update record set wrapped = x'00' where id = 11")
    database.close()
    district.provider(folder).start_epoch(NEW)
    assert sorted(district.rewrap(folder)) == [("record", 9), ("record", 11)]
    all_open(folder, besides=(9, 11))
    with pytest.raises(SealBrokenError):
        destroyed(folder)
    database = district.opened(folder)
    with database:
        database.execute("delete from record where id = 11")
    database.close()
    with pytest.raises(EpochInUseError, match="1 stored keys are still wrapped"):
        destroyed(folder)
    assert OLD in district.provider(folder).epochs()


def test_nothing_is_done_twice_and_a_page_is_two_calls(folder: Path) -> None:
    district.provider(folder).start_epoch(NEW)
    counting, database = CountingProvider(district.provider(folder)), district.opened(folder)
    everything = list(district.stored(database))
    database.close()
    pages = list(rewrap_survivors(Vault(counting), everything, page=100))
    assert [len(page.rewrapped) for page in pages] == [100, 100, 20]
    assert counting.calls == {"unwrap": 3, "wrap": 3}
    after = [
        StoredKey(one.row, new.after, one.context)
        for one, new in zip(everything, (one for page in pages for one in page.rewrapped), strict=True)
    ]
    assert list(rewrap_survivors(Vault(counting), after)) == []
    assert counting.calls == {"unwrap": 3, "wrap": 3}


def test_pages_are_made_as_they_are_asked_for(folder: Path) -> None:
    district.provider(folder).start_epoch(NEW)
    database = district.opened(folder)
    read = []

    def reading() -> "object":
        for one in district.stored(database):
            read.append(one.row)
            yield one

    pages = rewrap_survivors(Vault(district.provider(folder)), reading(), page=10)  # type: ignore[arg-type]
    next(pages)
    assert len(read) == 10
    database.close()


def test_a_young_successor_a_current_epoch_and_a_time_without_zone_are_refused(folder: Path) -> None:
    with pytest.raises(VaultError, match="start the next epoch first"):
        destroyed(folder)
    district.provider(folder).start_epoch(NEW)
    district.rewrap(folder)
    with pytest.raises(EpochInUseError, match="2026-11-01T05:00:00"):
        destroyed(folder, now=lambda: BEGUN + timedelta(minutes=59))
    with pytest.raises(VaultError, match="time zone"):
        destroyed(folder, succeeded_at=BEGUN.replace(tzinfo=None))
    with pytest.raises(VaultError, match="kek-YYYY-MM"):
        destroy_epoch(district.provider(folder), "x", stored=[], succeeded_at=BEGUN, now=lambda: LATER)
    assert district.provider(folder).epochs() == (OLD, NEW)


def test_destroying_again_says_that_it_was_gone(folder: Path) -> None:
    district.provider(folder).start_epoch(NEW)
    district.rewrap(folder)
    first = destroyed(folder)
    again = destroyed(folder, now=lambda: LATER + timedelta(days=1))
    assert (first.seen_gone, again.seen_gone) == (False, True)
    assert again.destroyed_at == LATER + timedelta(days=1)


class Liar(FileKeyProvider):
    """Says that it destroyed a key, and keeps it."""

    def destroy_epoch(self, epoch: str) -> None:
        pass


class Hider(Liar):
    """Keeps it, and does not list it."""

    gone: tuple[str, ...] = ()

    def destroy_epoch(self, epoch: str) -> None:
        self.gone = (epoch,)

    def epochs(self) -> tuple[str, ...]:
        return tuple(epoch for epoch in super().epochs() if epoch not in self.gone)


@pytest.mark.parametrize("kind", [Liar, Hider])
def test_a_provider_that_kept_the_key_gets_no_receipt(tmp_path: Path, kind: type[Liar]) -> None:
    provider = kind(tmp_path / "kek")
    provider.start_epoch(OLD)
    provider.start_epoch(NEW)
    with pytest.raises(ProviderError, match="still has it"):
        destroy_epoch(provider, OLD, stored=[], succeeded_at=BEGUN, now=lambda: LATER)


def test_a_receipt_ends_only_what_no_earlier_epoch_opens_either() -> None:
    """A key re-wrapped in November was under October's before, and a backup of October still holds it so."""
    receipt = EpochReceipt("kek-2026-11", "kek-2026-12", LATER, 3, ("kek-2026-10", "kek-2026-12"), seen_gone=False)
    shredded = Shredded(("00",), "kek-2026-11")
    assert not receipt.ends(shredded)
    after = replace(receipt, epochs_left=("kek-2026-12",))
    assert after.ends(shredded)
    assert not after.ends(replace(shredded, epoch="kek-2026-12"))


def test_a_receipt_is_text_with_one_digest_and_says_nothing_of_a_record(vault: Vault, narrative: Context) -> None:
    receipt = EpochReceipt(OLD, NEW, LATER, 3, (NEW,), seen_gone=False)
    assert receipt.to_json() == (
        '{"destroyed_at":"2026-11-01T06:00:00+00:00","epoch":"kek-2026-10","epochs_left":["kek-2026-11"],'
        '"format":"schoolgate epoch receipt 1","seen_gone":false,"successor":"kek-2026-11","survivors":3}'
    )
    assert len(receipt.digest()) == 64
    assert receipt.digest() != replace(receipt, survivors=4).digest()
    assert EpochReceipt.from_json(receipt.to_json()) == receipt
    for text in ("", "[]", "{}", receipt.to_json().replace("receipt 1", "receipt 9"), receipt.to_json()[:-9] + "}"):
        with pytest.raises(VaultError):
            EpochReceipt.from_json(text)
    key = vault.new_key(narrative)
    shredded = Shredded.of(key.to_bytes())
    assert shredded == Shredded.of(vault.rewrap(key, narrative).to_bytes())
    for part in (key.key_id.hex(), narrative.pk, key.blob.hex()):
        assert part not in repr(shredded)
    groups = seal_groups(vault, narrative, {"narrative": b"n", "claims": b"c"})
    assert len(set(Shredded.of(groups.keys.to_bytes()).keys)) == 2
    for nothing in (b"", GroupKeys(()).to_bytes()):
        with pytest.raises(KeyDestroyedError):
            Shredded.of(nothing)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    months=st.lists(st.integers(1, 9), min_size=1, max_size=12),
    doomed=st.sets(st.integers(0, 11)),
    page=st.integers(1, 5),
)
def test_survivors_of_any_epochs_open_and_the_shredded_do_not(
    tmp_path_factory: pytest.TempPathFactory, narrative: Context, months: list[int], doomed: set[int], page: int
) -> None:
    provider = FileKeyProvider(tmp_path_factory.mktemp("keys") / "kek")
    vault = Vault(provider)
    rows: list[tuple[StoredKey[int], bytes]] = []
    for number, month in enumerate(sorted(months)):
        provider.start_epoch(f"kek-2026-0{month}")
        place = replace(narrative, pk=str(number))
        [(key, sealed)] = vault.seal_new_page([(place, str(number).encode())])
        rows.append((StoredKey(number, key.to_bytes(), place), sealed))
    provider.start_epoch(OLD)
    survivors = [StoredKey(one.row, b"" if one.row in doomed else one.data, one.context) for one, _ in rows]
    after = {one.row: one.data for one in survivors}
    for some in rewrap_survivors(vault, survivors, page=page):
        assert not some.stuck
        after |= {one.row: one.after for one in some.rewrapped}
    for epoch in provider.epochs()[:-1]:
        destroy_epoch(provider, epoch, stored=after.values(), succeeded_at=BEGUN, now=lambda: LATER)
    assert provider.epochs() == (OLD,)
    for one, sealed in rows:
        with pytest.raises(KeyMissingError):
            vault.open(WrappedKey.from_bytes(one.data), one.context, sealed)
        if one.row not in doomed:
            assert vault.open(WrappedKey.from_bytes(after[one.row]), one.context, sealed) == str(one.row).encode()


def test_a_provider_that_fails_stops_the_run_and_blames_no_row(folder: Path) -> None:
    class Failing(CountingProvider):
        def wrap(self, *_: object) -> list[bytes]:
            raise ProviderError("the token does not answer")

    district.provider(folder).start_epoch(NEW)
    database = district.opened(folder)
    with pytest.raises(ProviderError, match="does not answer"):
        list(rewrap_survivors(Vault(Failing(district.provider(folder))), district.stored(database)))
    database.close()
    all_open(folder)
