"""The sample, small packages, and a server that serves either."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from schoolgate.interop import oneroster
from support import oneroster_feed as feed
from support.oneroster_server import CLIENT_ID, CLIENT_SECRET, Served, records_of, send, serving_roster

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def sample(shared: Path) -> Path:
    return shared / "data" / "oneroster"


@pytest.fixture
def small(tmp_path: Path) -> Callable[..., Path]:
    """Write a small package, as `oneroster_feed.write` does."""

    def write(*, folder: str = "roster", **files: object) -> Path:
        return feed.write(tmp_path / folder, **files)  # type: ignore[arg-type]

    return write


@pytest.fixture
def serve(sample: Path) -> Iterator[Callable[[Path], Served]]:
    """Serve what a folder holds."""
    with ExitStack() as stack:

        def run(folder: Path) -> Served:
            openapi = sample / "edfi-oneroster-swagger.yml"
            return stack.enter_context(serving_roster(openapi, records_of(folder)))

        yield run


@pytest.fixture
def waited() -> list[float]:
    return []


@pytest.fixture
def client_of(waited: list[float]) -> Callable[..., oneroster.Client]:
    """A client of a server; its waits are noted and not waited."""

    def make(served: Served, *, secret: str = CLIENT_SECRET, attempts: int = 4) -> oneroster.Client:
        server = oneroster.Server(served.root, f"{served.root}/oauth/token", CLIENT_ID, secret)
        return oneroster.Client(server, send=send, wait=waited.append, attempts=attempts)

    return make
