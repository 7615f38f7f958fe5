"""The sealed log: whole periods, nothing learned, nothing changed unseen."""

import pytest
from django.db import connection

from schoolgate.apps.ledger import triggers
from schoolgate.apps.ledger.models import Checkpoint, Opening, Reading, StagedLeaf, Tile
from schoolgate.apps.ledger.publishing import publish
from schoolgate.apps.ledger.sealing import check_consistency, seal_period
from schoolgate.apps.ledger.sequencing import LogProblem
from schoolgate.apps.ledger.tiles import entries_between, split
from schoolgate.engines import tlog
from support.insert_only import assert_insert_only

pytestmark = pytest.mark.django_db


@pytest.fixture
def log_folder(settings, tmp_path):
    settings.LOG_FOLDER = tmp_path / "log"
    return settings.LOG_FOLDER


def test_a_period_is_always_one_tile(cast, log_folder):
    assert seal_period().size == 256
    assert seal_period().size == 512, "a period in which nothing happened is as large as any other"
    assert not StagedLeaf.objects.exists()
    assert len(list(entries_between(0, 512))) == 512


def test_every_leaf_opens_as_an_act_or_a_cover(cast, log_folder):
    seal_period()
    openings = {bytes(one.commitment): one for one in Opening.objects.all()}
    for entry in entries_between(0, 256):
        opening = openings.pop(entry)
        tlog.open_commitment(entry, opening.record.encode(), bytes(opening.randomness))
    assert not openings


def test_overflow_waits_for_the_next_period(cast, log_folder, monkeypatch):
    staged = StagedLeaf.objects.count()
    more = [bytes([number % 256, number // 256]) * 16 for number in range(300)]
    StagedLeaf.objects.bulk_create(
        StagedLeaf(commitment=one, staged_at=StagedLeaf.objects.latest("id").staged_at) for one in more
    )
    assert seal_period().size == 256
    assert StagedLeaf.objects.count() == staged + 300 - 255
    assert seal_period().size == 512
    assert not StagedLeaf.objects.exists()


def test_the_published_folder_verifies_and_grows(cast, log_folder):
    from schoolgate.apps.ledger.keys import keys

    seal_period()
    folder = publish()
    key = keys().verifying_key
    assert tlog.verify_folder(folder, key).valid
    first = tlog.read_checkpoint(folder)
    seal_period()
    publish()
    publish()
    assert tlog.verify_folder(folder, key, earlier=first).valid


@pytest.mark.parametrize("table", [Tile, Checkpoint, Reading])
def test_the_log_tables_refuse_update_and_delete(table, cast, log_folder, full_rights):
    from schoolgate.apps.ledger.readings import log_reading

    triggers.install(connection)
    log_reading(actor=cast.actor("whitfield"), subject="report:1", part="whole")
    seal_period()
    assert_insert_only(table.objects.first())


@pytest.fixture
def without_triggers(cast, log_folder, full_rights):
    """As a database administrator could: the triggers are gone."""
    seal_period()
    publish()
    triggers.remove(connection)
    return cast


ENTRIES = {"level": tlog.ENTRIES, "number": 0}


def rewritten(change):
    entries = split(Tile.objects.get(**ENTRIES).data)
    change(entries)
    Tile.objects.filter(**ENTRIES).update(data=b"".join(entries))


def changed(_):
    rewritten(lambda entries: entries.__setitem__(9, bytes([entries[9][0] ^ 1]) + entries[9][1:]))


def swapped(_):
    def swap(entries):
        entries[3], entries[200] = entries[200], entries[3]

    rewritten(swap)


def deleted_last(_):
    rewritten(list.pop)


def deleted_tile(_):
    Tile.objects.filter(**ENTRIES).delete()


def deleted_hashes(_):
    Tile.objects.filter(level=0, number=0).delete()


def added(_):
    Tile.objects.create(level=tlog.ENTRIES, number=1, root=b"", data=b"\2" * 8192)


def other_root(_):
    Tile.objects.filter(level=0, number=0).update(root=b"\3" * 32)


def other_peaks(_):
    Checkpoint.objects.update(peaks=b"\4" * 32)


def other_head(_):
    frontier = tlog.Frontier(256, (b"\5" * 32,))
    Checkpoint.objects.update(peaks=frontier.to_bytes(), root=frontier.root)


def rolled_back(_):
    Tile.objects.all().delete()
    Checkpoint.objects.all().delete()


@pytest.mark.parametrize(
    "tamper",
    [
        changed,
        swapped,
        deleted_last,
        deleted_tile,
        deleted_hashes,
        added,
        other_root,
        other_peaks,
        other_head,
        rolled_back,
    ],
)
def test_tampering_is_caught_and_never_signed_over(tamper, without_triggers):
    tamper(without_triggers)
    with pytest.raises(LogProblem):
        check_consistency()
    with pytest.raises(LogProblem):
        seal_period()


def test_a_receipt_proves_its_entry_and_nothing_else(filed, log_folder, tmp_path):
    from schoolgate.apps.ledger.keys import keys
    from schoolgate.apps.ledger.receipts import receipt_for

    subject = f"request:{filed.refused.pk}"
    assert receipt_for(subject) is None, "not before its period is sealed"
    seal_period()
    text = receipt_for(subject)
    report = tlog.verify_receipt(text, keys().verifying_key)
    assert report.valid
    assert report.receipt.record["kind"] == "refusal_sent"
    assert not tlog.verify_receipt(text.replace("index ", "index 1"), keys().verifying_key).valid
