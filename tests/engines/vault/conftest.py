from pathlib import Path

import pytest

from schoolgate.engines.vault import Context, FileKeyProvider, Vault


@pytest.fixture
def provider(tmp_path: Path) -> FileKeyProvider:
    keys = FileKeyProvider(tmp_path / "keys")
    keys.start_epoch("kek-2026-10")
    return keys


@pytest.fixture
def vault(provider: FileKeyProvider) -> Vault:
    return Vault(provider)


@pytest.fixture
def narrative() -> Context:
    return Context("boston", "report_version", "0d7f6a52-6f0d-4a7e-9f0e-3a4f7b1f2c11", 3, "narrative")
