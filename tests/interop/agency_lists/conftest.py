"""The real lists, read once."""

from pathlib import Path

import pytest

from schoolgate.engines.reach import Network
from schoolgate.interop.agency_lists import FieldOffice, Participant, read_287g, read_field_offices, read_sharing


@pytest.fixture(scope="session")
def sharing_files(shared: Path) -> tuple[Path, Path]:
    graph = shared / "data" / "sharing-graph"
    return graph / "agency20240426.csv", graph / "agency_access20240426.csv"


@pytest.fixture(scope="session")
def sharing(sharing_files: tuple[Path, Path]) -> Network:
    return read_sharing(*sharing_files)


@pytest.fixture(scope="session")
def agencies(shared: Path) -> Path:
    return shared / "data" / "agencies"


@pytest.fixture(scope="session")
def participating(agencies: Path) -> tuple[Participant, ...]:
    return read_287g(agencies / "participating_2025-07-18.csv").rows


@pytest.fixture(scope="session")
def offices(agencies: Path) -> tuple[FieldOffice, ...]:
    return read_field_offices(agencies / "ice-areas-of-responsibility.csv").rows
