"""A database restored from an old backup, and a clock that goes back: what is refused, and who notices the rest."""

import shutil
import time
from datetime import timedelta

import pytest
from django.db import transaction

from schoolgate.engines import tlog
from support.faults import Fault
from support.history import WORKER

REFUSED = 3


@pytest.fixture
def monitor(plant, tmp_path):
    """A monitor of the published folder."""
    key = tlog.VerifyingKey.parse((plant.var / "keys" / "log-verifying").read_text(encoding="ascii").strip())

    def fetch(name):
        path = plant.var / "log" / name
        return path.read_bytes() if path.is_file() else None

    return tlog.Monitor(key, fetch, tlog.MonitorMemory(tmp_path / "monitor"), tlog.Expectations())


def test_h_an_older_database_under_a_newer_published_log_is_refused(plant, history):
    """A backup, or a replica that lagged when it was made the first."""
    plant.run("file_acts", 2)
    plant.keep("backup")
    plant.run(*WORKER)
    public = tlog.read_checkpoint(plant.var / "log")
    plant.restore("backup", database_only=True)
    for arguments, code in ((("worker", "--once"), REFUSED), (("doctor",), 1)):
        ended = plant.end("command", *arguments)
        assert ended.code == code, ended.said
        assert "restored from an older backup" in ended.said
        assert "restore a newer one" in ended.said
        assert "Traceback" not in ended.said
    assert tlog.read_checkpoint(plant.var / "log") == public, "nothing was signed or published"


def test_acts_done_before_it_is_noticed_wait(plant):
    """The site goes on: acts are entered and wait; the backup that is newer holds those that were sealed."""
    plant.keep("backup")
    plant.run(*WORKER)
    plant.restore("backup", database_only=True)
    plant.run("file_acts", 2)
    assert plant.end(*WORKER).code == REFUSED


def test_killed_while_refusing_it_still_refuses(plant):
    plant.keep("backup")
    plant.run(*WORKER)
    plant.restore("backup", database_only=True)
    assert plant.end(*WORKER, fault=Fault(nth=3)).killed
    assert plant.end(*WORKER).code == REFUSED


@pytest.fixture
def lost(plant, monitor):
    """A log of 768 entries that a monitor and a witness saw, then database and folder as they were at 256."""
    witness = str(plant.var / "witness")
    plant.keep("backup")
    plant.run(*WORKER)
    plant.run(*WORKER)
    assert plant.run("cosign", witness) == [""]
    assert not monitor.look(int(time.time()))
    shutil.move(witness, plant.var.parent / "witness")
    plant.restore("backup")
    shutil.move(plant.var.parent / "witness", witness)
    return witness


def test_when_the_folder_is_lost_too_the_monitor_notices(plant, monitor, lost):
    """Nothing that is left of the installation can know; those outside do."""
    now = int(time.time())
    assert "rewind" in {one.cry for one in monitor.look(now)}, "the backup of the folder, as old as the database"
    shutil.rmtree(plant.var / "log")
    for size in (512, 768, 1024):
        plant.run(*WORKER)
        alarms = [one for one in monitor.look(now) if one.cry == ("rewind" if size == 512 else "fork")]
        assert alarms, f"at {size} entries: also when it has outgrown what was seen"
        assert all(one.evidence for one in alarms), "signed notes, to show to others"


def test_when_the_folder_is_lost_too_the_witness_notices(plant, lost):
    shutil.rmtree(plant.var / "log")
    plant.run(*WORKER)
    assert plant.run("submit", lost)[-1] == "409 768", "it says how much it has seen"
    assert "restored from an older backup" in plant.run("cosign", lost)[-1]
    ended = plant.end(*WORKER)
    assert ended.code == REFUSED, "the log stops itself"
    assert "the log was stopped" in ended.said
    (plant.var / "log-stopped").unlink()
    for _ in range(2):
        plant.run(*WORKER)
        assert plant.run("submit", lost)[-1].startswith("422"), "whoever goes on gets no cosignature ever again"


def test_a_folder_alone_that_is_lost_is_written_again(plant, history, monitor):
    assert not monitor.look(int(time.time()))
    shutil.rmtree(plant.var / "log")
    plant.run(*WORKER)
    assert not monitor.look(int(time.time()))
    history.go_on()


@pytest.mark.django_db
def test_a_clock_that_goes_back_gives_no_error_and_no_earlier_time(cast, settings, tmp_path):
    from schoolgate.apps.access.moment import at, now
    from schoolgate.apps.agencies.services import add_agency
    from schoolgate.apps.ledger.models import Checkpoint, Opening
    from schoolgate.apps.ledger.publishing import publish
    from schoolgate.apps.ledger.receipts import receipt_of
    from schoolgate.apps.ledger.sealing import check_consistency, seal_period

    settings.LOG_FOLDER = tmp_path / "log"
    begin = now()
    for hours in (0, -5, -4, -400, 2, 1):
        with at(begin + timedelta(hours=hours)):
            agency = add_agency(actor=cast.actor("whitfield"), name=f"Office {hours}", kind="local_police")
            seal_period()
            publish()
            assert receipt_of(Opening.objects.get(subject=f"agency:{agency.pk}")), hours
    times = list(Checkpoint.objects.order_by("size").values_list("sealed_at", flat=True))
    assert times == sorted(times)
    check_consistency()


@pytest.mark.django_db
def test_a_database_of_another_log_is_refused(cast, settings, tmp_path):
    """Not older: other. Of the same size, with another root, under the same key."""
    from schoolgate.apps.ledger.publishing import publish
    from schoolgate.apps.ledger.sealing import check_consistency, seal_period
    from schoolgate.apps.ledger.sequencing import LogProblem

    settings.LOG_FOLDER = tmp_path / "log"
    point = transaction.savepoint_create()
    seal_period()
    publish()
    transaction.savepoint_rollback(point)
    settings.LOG_FOLDER = tmp_path / "other"
    seal_period()
    settings.LOG_FOLDER = tmp_path / "log"
    for refuses in (seal_period, check_consistency, publish):
        with pytest.raises(LogProblem, match="fork"):
            refuses()
