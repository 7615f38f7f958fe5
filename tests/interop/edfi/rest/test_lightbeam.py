"""`lightbeam`, a validator and sender that we did not write, takes what we send, and refuses it with a hole in it.

It holds records against the API's own published description, and sends them by its own client.
"""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from schoolgate.interop.edfi.discipline_out import (
    ActionOut,
    IncidentOut,
    ParticipationOut,
    Standard,
    record_of,
    resource_of,
)
from schoolgate.interop.edfi.rest import send_all
from support.edfi_api import DEPENDENCIES, KEY, SECRET
from support.edfi_asking import STANDARDS, student

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.edfi_asking import Asking

BEHAVIOR = "uri://ed-fi.org/BehaviorDescriptor#Other"
SCHOOL = {"schoolId": 1, "nameOfInstitution": "Burke High", "educationOrganizationCategories": [], "gradeLevels": []}
SENT = (
    IncidentOut(
        incident_identifier="2026-17",
        school_id=1,
        date=date(2026, 10, 5),
        time=time(14, 30),
        location="uri://ed-fi.org/IncidentLocationDescriptor#Cafeteria",
        behaviors=(BEHAVIOR,),
        weapons=("uri://ed-fi.org/WeaponDescriptor#None",),
        reported_to_law_enforcement=True,
    ),
    ParticipationOut(
        student_unique_id="S1",
        school_id=1,
        incident_identifier="2026-17",
        behavior=BEHAVIOR,
        roles=("uri://ed-fi.org/DisciplineIncidentParticipationCodeDescriptor#Perpetrator",),
    ),
    ActionOut(
        action_identifier="18",
        date=date(2026, 10, 6),
        student_unique_id="S1",
        disciplines=("uri://ed-fi.org/DisciplineDescriptor#In School Suspension",),
        responsibility_school_id=1,
        length=Decimal("2.5"),
        answers_to=((1, "2026-17", BEHAVIOR),),
    ),
)
RESOURCES = [resource_of(one) for one in SENT]


def lightbeam(verb: str, asking: Asking, folder: Path, records: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    """What it says of each resource."""
    data = folder / "data"
    data.mkdir(exist_ok=True)
    for resource, record in records:
        (data / f"{resource}.jsonl").write_text(json.dumps(record) + "\n", encoding="utf-8")
    where, told = asking.address, folder / "told.json"
    api = {
        "base_url": where,
        "version": 3,
        "mode": "shared_instance",
        "client_id": KEY,
        "client_secret": SECRET,
        "oauth_url": f"{where}/oauth/token",
        "dependencies_url": f"{where}{DEPENDENCIES}",
        "open_api_metadata_url": f"{where}/metadata",
        "resources_swagger_url": f"{where}/metadata/resources",
        "descriptors_swagger_url": f"{where}/metadata/descriptors",
    }
    # Not by "references": its own look for them ends with an error where a reference is written out.
    settings = {
        "data_dir": str(data),
        "state_dir": str(folder / "state"),
        "namespace": "ed-fi",
        "edfi_api": api,
        "validate": {"methods": ["schema", "uniqueness"]},
        "connection": {"pool_size": 1, "num_retries": 1, "verify_ssl": True},
    }
    (folder / "settings.yaml").write_text(json.dumps(settings), encoding="utf-8")
    command = [sys.executable, "-m", "lightbeam", verb, "-c", str(folder / "settings.yaml"), "-w", "-f"]
    done = subprocess.run(
        [*command, "--results-file", str(told)], cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )
    assert told.exists(), done.stderr
    resources = json.loads(told.read_text(encoding="utf-8"))["resources"]
    return {name: (one["records_processed"], one["records_failed"]) for name, one in resources.items()}


@pytest.fixture(params=STANDARDS)
def standard(request: pytest.FixtureRequest) -> Standard:
    return Standard(request.param)


@pytest.fixture
def asking(standard: Standard, serve: Callable[..., Asking]) -> Asking:
    started = serve(standard.value)
    started.mock.put("schools", SCHOOL, checked=False)
    started.mock.put("students", student(1))
    return started


def ours(standard: Standard) -> list[tuple[str, dict[str, Any]]]:
    return [(resource_of(one), dict(record_of(one, standard))) for one in SENT]


def test_its_validator_and_its_client_take_what_we_send(asking: Asking, standard: Standard, tmp_path: Path) -> None:
    assert lightbeam("validate", asking, tmp_path, ours(standard)) == dict.fromkeys(RESOURCES, (1, 0))
    assert lightbeam("send", asking, tmp_path, ours(standard)) == dict.fromkeys(RESOURCES, (1, 0))
    by_it = {resource: asking.mock.holds(resource) for resource in RESOURCES}
    assert all(len(records) == 1 for records in by_it.values())
    assert not any(one.is_new for one in send_all(asking.client(), SENT, standard=standard))
    assert {resource: asking.mock.holds(resource) for resource in RESOURCES} == by_it


def test_it_refuses_each_of_them_without_a_part_of_its_key(asking: Asking, standard: Standard, tmp_path: Path) -> None:
    broken = [(resource, dict(list(record.items())[1:])) for resource, record in ours(standard)]
    assert lightbeam("validate", asking, tmp_path, broken) == dict.fromkeys(RESOURCES, (1, 1))
