"""An installation whose processes can be killed at a named point."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.faults import Installation
from support.history import History


@pytest.fixture(scope="session")
def opened(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One demonstration district in processes of its own, on the database of this run."""
    installation = Installation(tmp_path_factory.mktemp("faults"), installed)
    yield installation
    installation.close()


@pytest.fixture
def plant(db: None, opened: Installation) -> Installation:
    """The district as it was when it was new."""
    opened.restore("base")
    return opened


@pytest.fixture
def history(plant: Installation) -> History:
    """What it shows and says from now on."""
    return History(plant)
