"""Logs of ours to be read by strangers, made once; the checker in Go, compiled once."""

import os

import pytest

from support.foreign import Checker, PublishedLog, compiled_checker, published_log


@pytest.fixture(scope="session")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Checker:
    """The program in Go; the workers of one run share it."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    return compiled_checker(shared)


@pytest.fixture(scope="session")
def log(tmp_path_factory: pytest.TempPathFactory) -> PublishedLog:
    """700 entries, published at 300 before: partial tiles on two levels."""
    folder = tmp_path_factory.mktemp("published") / "log"
    return published_log(folder, earlier=300, size=700, receipts_of=(0, 255, 256, 698, 699))
