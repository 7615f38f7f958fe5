"""The Ed-Fi sample comes in whole, twice, with equal results; a broken copy stores nothing."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import connection

from schoolgate.apps.access.actors import SYSTEM
from schoolgate.apps.incidents.importing import import_edfi
from schoolgate.apps.incidents.models import DisciplineAction, Incident, Participant
from schoolgate.apps.ledger.kinds import Kind
from schoolgate.apps.ledger.models import Opening
from schoolgate.apps.people.directory import open_names
from schoolgate.apps.people.models import Guardian, Guardianship, StaffMember, Student
from schoolgate.apps.schools.models import School
from schoolgate.interop import edfi

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def sample(shared) -> Path:
    return shared / "data" / "edfi" / "samples"


def contents() -> dict[str, object]:
    """Everything the import stored, opened, without the ids and ciphertexts that are fresh each time."""
    people = {}
    for model in (Student, StaffMember, Guardian):
        names = open_names(model.objects.select_related("name_key"))
        people[model.__name__] = sorted(
            (name.full, name.short, name.number, str(name.birth_date)) for name in names.values()
        )
    return {
        "schools": sorted(School.objects.values_list("external_id", "name")),
        "incidents": sorted(
            (row.feed_key, row.occurred_on, row.place, row.kind, row.reported_to_police, json.dumps(row.behaviors))
            for row in Incident.objects.all()
        ),
        "participants": sorted(
            Participant.objects.values_list("incident__feed_key", "token", "role", "student__number_index")
        ),
        "actions": sorted(DisciplineAction.objects.values_list("feed_key", "imposed_on")),
        "guardianships": Guardianship.objects.count(),
        **people,
    }


@pytest.mark.django_db
def test_the_sample_comes_in_whole_and_twice_alike(sample, data_folder):
    import_edfi(actor=SYSTEM, folder=sample)
    first = contents()
    assert len(first["schools"]) == 3
    assert len(first["incidents"]) == 21
    assert len(first["Student"]) == 960
    assert len(first["actions"]) == 25
    import_edfi(actor=SYSTEM, folder=sample)
    assert contents() == first
    entries = Opening.objects.filter(kind=Kind.FEED_IMPORTED)
    assert entries.count() == 2
    names = {name.split()[-1] for name, *_ in first["Student"]}
    assert not [name for name in names if len(name) > 4 and any(name in entry.record for entry in entries)]


@pytest.mark.django_db
def test_nothing_refused_is_anywhere_in_the_database(sample, data_folder, tmp_path):
    folder = tmp_path / "feed"
    shutil.copytree(sample, folder)
    students = folder / "Student.xml"
    students.chmod(0o644)
    text = students.read_text(encoding="utf-8")
    planted = (
        "<BirthDate>2014-11-13</BirthDate><BirthCity>QZXBIRTHCITY</BirthCity>"
        "<BirthCountry>uri://ed-fi.org/CountryDescriptor#QZXCOUNTRY</BirthCountry><DateEnteredUS>2019-02-03</DateEnteredUS>"
    )
    assert "<BirthDate>2014-11-13</BirthDate>" in text
    students.write_text(text.replace("<BirthDate>2014-11-13</BirthDate>", planted, 1), encoding="utf-8")
    import_edfi(actor=SYSTEM, folder=folder)
    dump = repr(contents())
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            dump += repr(
                [[bytes(cell) if isinstance(cell, memoryview) else cell for cell in row] for row in cursor.fetchall()]
            )
    for refused in ("QZXBIRTHCITY", "QZXCOUNTRY", "2019-02-03", "Non-resident alien", "CitizenshipStatus"):
        assert refused not in dump


@pytest.mark.django_db
def test_a_broken_copy_stores_nothing_and_names_the_line(sample, data_folder, tmp_path):
    folder = tmp_path / "feed"
    shutil.copytree(sample, folder)
    discipline = folder / "StudentDiscipline.xml"
    discipline.chmod(0o644)
    text = discipline.read_text(encoding="utf-8")
    discipline.write_text(text.replace("<IncidentDate>2021-10-18<", "<IncidentDate>2021-02-30<", 1), encoding="utf-8")
    with pytest.raises(edfi.EdfiError, match=r"StudentDiscipline\.xml.*5"):
        import_edfi(actor=SYSTEM, folder=folder)
    assert not School.objects.exists()
    assert not Student.objects.exists()
    assert not Opening.objects.exists()


def command(folder: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-c", "from schoolgate.cli.main import run; run()", *arguments]


def test_a_killed_import_leaves_nothing_half_done(sample, tmp_path):
    environment = {
        **os.environ, "SCHOOLGATE_VAR": str(tmp_path), "SCHOOLGATE_DEMO": "1", "PYTHONPATH": str(REPOSITORY / "src"),
        "DJANGO_SETTINGS_MODULE": "schoolgate.settings",
    }  # fmt: skip
    environment.pop("DATABASE_URL", None)
    subprocess.run(command(tmp_path, "doctor", "--mend"), env=environment, check=True, capture_output=True)
    running = subprocess.Popen(
        command(tmp_path, "import", "edfi", str(sample)), env=environment, stdout=subprocess.DEVNULL
    )
    journal = tmp_path / "schoolgate.sqlite3-wal"
    before = journal.stat().st_size if journal.exists() else 0
    deadline = time.monotonic() + 60
    while running.poll() is None and time.monotonic() < deadline:
        if journal.exists() and journal.stat().st_size > before + 100_000:
            break
        time.sleep(0.002)
    running.send_signal(signal.SIGKILL)
    running.wait()
    said = subprocess.run(
        command(tmp_path, "import", "edfi", str(sample), "--json"),
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert json.loads(said)
    again = subprocess.run(
        command(tmp_path, "doctor", "--json"), env=environment, check=True, capture_output=True, text=True
    ).stdout
    assert json.loads(again)["sound"]
