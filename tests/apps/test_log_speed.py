"""What the log costs does not grow with it; what is written past the models is what the models would have written."""

import uuid

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from schoolgate.apps.access.moment import now
from schoolgate.apps.ledger.models import Checkpoint, Opening, StagedLeaf
from schoolgate.apps.ledger.randomness import fresh_randomness
from schoolgate.apps.ledger.receipts import receipt_of
from schoolgate.apps.ledger.rows import insert_row, newest
from schoolgate.apps.ledger.sealing import check_consistency, seal_period
from schoolgate.apps.ledger.selectors import acts
from schoolgate.apps.ledger.sequencing import append
from schoolgate.apps.ledger.tiles import PAGE
from schoolgate.engines import tlog

pytestmark = pytest.mark.django_db


@pytest.fixture
def log_folder(settings, tmp_path):
    settings.LOG_FOLDER = tmp_path / "log"
    return settings.LOG_FOLDER


def queries(work) -> int:
    with CaptureQueriesContext(connection) as seen:
        work()
    return len(seen)


def grow(tiles: int) -> None:
    with transaction.atomic():
        append([fresh_randomness() for _ in range(tiles * tlog.TILE_WIDTH)])


def test_what_is_done_each_period_asks_the_same_of_a_long_log(data_folder, log_folder, cast):
    seal_period()
    # Trees of one, two and three levels of tiles.
    counts = {"seal": [], "append": [], "receipt": []}
    act = acts().first()
    for more in (1, 40, 300):
        grow(more)
        counts["append"].append(queries(lambda: grow(1)))
        counts["seal"].append(queries(seal_period))
        counts["receipt"].append(queries(lambda: receipt_of(act)))
    # Nothing was committed here, so that each reads its tower anew: one query more for a level more.
    assert max(counts["append"]) - min(counts["append"]) <= 1, counts
    # Of the old tiles looked at, all may stand in one tile of the next level or some in the one that is not full yet.
    assert max(counts["seal"]) - min(counts["seal"]) <= 2, counts
    # One more for each level that the tree has grown by.
    assert max(counts["receipt"]) - min(counts["receipt"]) <= 3, counts
    assert max(map(max, counts.values())) < 30, counts


def test_many_tiles_at_once_ask_no_more_than_one(data_folder, log_folder):
    grow(1)
    one = queries(lambda: grow(1))
    assert queries(lambda: grow(20)) == one


def test_the_whole_check_reads_pages_and_tells_how_far_it_is(data_folder, log_folder):
    grow(PAGE + 3)
    told = []
    counted = queries(lambda: check_consistency(lambda checked, entries: told.append((checked, entries))))
    size = (PAGE + 3) * tlog.TILE_WIDTH
    assert told == [(PAGE * tlog.TILE_WIDTH, size), (size, size)]
    assert counted < 12, "two a page, and one for each tile above"


def test_a_row_past_the_models_is_the_row_that_they_write():
    values = {
        "commitment": fresh_randomness(),
        "randomness": fresh_randomness(),
        "record": '{"name":"Ærø ☃"}',
        "kind": "cover",
        "happened_at": now(),
        "actor_role": "principal",
        "actor_user": uuid.uuid4(),
    }
    ours, theirs = uuid.uuid4(), uuid.uuid4()
    with connection.cursor() as cursor:
        insert_row(cursor, Opening, id=ours, **values)
    Opening.objects.create(id=theirs, **(values | {"commitment": fresh_randomness()}))
    written, saved = Opening.objects.get(pk=ours), Opening.objects.get(pk=theirs)
    for field in Opening._meta.concrete_fields:
        if field.name not in {"id", "commitment"}:
            assert getattr(written, field.name) == getattr(saved, field.name), field.name
    assert bytes(written.commitment) == values["commitment"]
    assert written.subject == "", "what is not given takes its default"
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            kept = [f"typeof({field.column}), length({field.column})" for field in Opening._meta.concrete_fields]
            cursor.execute(f"SELECT {', '.join(kept)} FROM ledger_opening")
            assert len(set(cursor.fetchall())) == 1, "in the database too"


def test_a_row_that_the_database_counts_gets_its_number():
    with connection.cursor() as cursor:
        for _ in range(2):
            insert_row(cursor, StagedLeaf, commitment=fresh_randomness(), staged_at=now())
    first, second = StagedLeaf.objects.order_by("id")
    assert first.pk < second.pk


def test_a_field_that_is_not_there_is_refused():
    with connection.cursor() as cursor, pytest.raises(TypeError, match="colour"):
        insert_row(cursor, StagedLeaf, commitment=fresh_randomness(), staged_at=now(), colour="red")
    assert not StagedLeaf.objects.exists()


def test_the_newest_row_past_the_models_is_the_row_that_they_read(data_folder, log_folder):
    assert newest(Checkpoint, "size") is None
    grow(1)
    grow(2)
    read, plain = newest(Checkpoint, "size"), Checkpoint.objects.order_by("-size").first()
    assert read == plain
    for field in Checkpoint._meta.concrete_fields:
        ours, theirs = getattr(read, field.attname), getattr(plain, field.attname)
        assert (type(ours), ours) == (type(theirs), theirs), field.name
    assert not read._state.adding
    assert read._state.db == plain._state.db
