from pathlib import Path

import pytest

from schoolgate.engines.law import Rulebook, load_rulebook
from support.law import REAL_RULEBOOKS, Boundaries, CedarOracle
from support.law_files import write_files


@pytest.fixture(scope="session")
def synthetic(tmp_path_factory: pytest.TempPathFactory) -> Rulebook:
    return load_rulebook(write_files(tmp_path_factory.mktemp("law")), "synthetic")


@pytest.fixture(scope="session", params=["synthetic", "boston"])
def rulebook(request: pytest.FixtureRequest) -> Rulebook:
    if request.param == "boston":
        return load_rulebook(REAL_RULEBOOKS, "boston")
    small: Rulebook = request.getfixturevalue("synthetic")
    return small


@pytest.fixture(scope="session")
def bounds(rulebook: Rulebook) -> Boundaries:
    return Boundaries(rulebook)


@pytest.fixture(scope="session")
def oracle(rulebook: Rulebook) -> CedarOracle:
    return CedarOracle(rulebook)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path
