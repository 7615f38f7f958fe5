"""A bit that flips, in memory, in the database or in a published file: found before anything is signed over it."""

import random

import pytest
from django.db import connection

from schoolgate.apps.ledger import triggers
from schoolgate.apps.ledger.models import Checkpoint, Tile
from schoolgate.apps.ledger.publishing import publish
from schoolgate.apps.ledger.sealing import check_consistency, seal_period
from schoolgate.apps.ledger.sequencing import LogProblem, append
from schoolgate.engines import tlog
from support.history import TRIALS
from support.logs import entries_of

pytestmark = pytest.mark.django_db
FLIPS = max(3, TRIALS // 5)
# Periods until a flipped bit among forty tiles is met: it stays unseen in one of 10^13 runs.
PATIENCE = 60


def flipped(data: bytes, bit: int) -> bytes:
    """The same bytes with one bit turned."""
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@pytest.fixture
def log(db, data_folder, settings, tmp_path, full_rights):
    """A published log of three periods."""
    settings.LOG_FOLDER = tmp_path / "log"
    for _ in range(3):
        seal_period()
    publish()
    triggers.remove(connection)
    return settings.LOG_FOLDER


def refuses() -> None:
    """Neither the whole check nor the next period passes it, and nothing new is signed."""
    before = Checkpoint.objects.count()
    with pytest.raises(LogProblem):
        check_consistency()
    with pytest.raises(LogProblem):
        seal_period()
    assert Checkpoint.objects.count() == before


@pytest.mark.parametrize(("level", "column"), [(tlog.ENTRIES, "data"), (0, "data"), (0, "root")])
def test_a_bit_of_a_tile_in_the_database(log, level, column):
    chance = random.Random(level)
    for _ in range(FLIPS):
        row = Tile.objects.filter(level=level, number=chance.randrange(3))
        whole = bytes(getattr(row.get(), column))
        row.update(**{column: flipped(whole, chance.randrange(len(whole) * 8))})
        refuses()
        row.update(**{column: whole})
    check_consistency()


@pytest.mark.parametrize("column", ["root", "peaks"])
def test_a_bit_of_the_newest_checkpoint(log, column):
    row = Checkpoint.objects.filter(size=768)
    whole = bytes(getattr(row.get(), column))
    row.update(**{column: flipped(whole, 77)})
    refuses()


def test_a_bit_of_a_published_file(log):
    chance = random.Random(2)
    files = [log / "checkpoint", *(log / "tile" / "entries").iterdir(), *(log / "tile" / "0").iterdir()]
    assert len(files) == 7
    for path in files:
        whole = path.read_bytes()
        path.write_bytes(flipped(whole, chance.randrange(len(whole) * 8)))
        with pytest.raises(LogProblem):
            seal_period()
        path.write_bytes(whole)
    assert seal_period().size == 1024


def test_a_file_that_is_gone_and_how_it_comes_back(log):
    """As the message says."""
    path = log / "tile" / "entries" / "001"
    whole = path.read_bytes()
    path.unlink()
    with pytest.raises(LogProblem, match="Remove it and `checkpoint` there"):
        seal_period()
    (log / "checkpoint").unlink()
    seal_period()
    publish()
    assert path.read_bytes() == whole


def test_a_bit_that_flips_on_its_way_to_the_disk(log):
    """What was written is read back before it is signed."""

    def worn(run, sql, parameters, many, context):
        if sql.startswith("INSERT INTO ledger_tile"):
            (*first, data), *others = parameters
            parameters = [(*first, flipped(data, 4000)), *others]
        return run(sql, parameters, many, context)

    before = Checkpoint.objects.count()
    with connection.execute_wrapper(worn), pytest.raises(LogProblem):
        seal_period()
    assert Checkpoint.objects.count() == before
    check_consistency()
    assert seal_period().size == 1024


def test_in_a_long_log_it_is_met_before_long(log):
    """A period looks at some tiles only: the whole check finds it at once, the periods after some time."""
    append(entries_of(40 * tlog.TILE_WIDTH))
    row = Tile.objects.filter(level=tlog.ENTRIES, number=17)
    row.update(data=flipped(bytes(row.get().data), 4711))
    with pytest.raises(LogProblem):
        check_consistency()
    with pytest.raises(LogProblem, match="tile 17 is not what its entries make"):
        seal_many(PATIENCE)


def seal_many(periods: int) -> None:
    for _ in range(periods):
        seal_period()
