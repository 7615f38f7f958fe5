"""Folders made from the real sample: copied whole or in part, and changed on the way."""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

SAMPLES = Path(__file__).resolve().parents[3] / ".." / "shared" / "data" / "edfi" / "samples"
STORED = {
    "EducationOrganization.xml": "EducationOrganization.xml",
    "StaffAssociation.xml": "StaffAssociation.xml.gz",
    "Student.xml": "Student.xml",
    "Contact.xml": "Contact.xml.gz",
    "StudentDiscipline.xml": "StudentDiscipline.xml",
}


@cache
def sample_text(name: str) -> str:
    data = (SAMPLES / STORED[name]).read_bytes()
    return (gzip.decompress(data) if STORED[name].endswith(".gz") else data).decode()


@pytest.fixture(scope="session")
def samples() -> Path:
    return SAMPLES


@pytest.fixture
def text_of() -> Callable[[str], str]:
    return sample_text


@pytest.fixture
def district(tmp_path: Path) -> Callable[..., Path]:
    """Write a folder of the named sample files; `changes` maps a file to a function of its text.

    Without names: everything but the contacts, which are most of the bytes.
    """

    def write(*names: str, changes: dict[str, Callable[[str], str]] | None = None) -> Path:
        folder = tmp_path / "export"
        folder.mkdir(exist_ok=True)
        for name in names or tuple(name for name in STORED if name != "Contact.xml"):
            text = sample_text(name)
            if changes and name in changes:
                text = changes[name](text)
            (folder / name).write_text(text, encoding="utf-8")
        return folder

    return write


@pytest.fixture
def one_file(tmp_path: Path) -> Callable[..., Path]:
    """Write one interchange holding the given records; gives its path."""

    def write(interchange: str, *records: str, namespace: str = "http://ed-fi.org/5.2.0") -> Path:
        path = tmp_path / f"{interchange}.xml"
        body = "\n".join(records)
        path.write_text(
            f'<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<Interchange{interchange} xmlns="{namespace}">\n{body}\n</Interchange{interchange}>\n',
            encoding="utf-8",
        )
        return path

    return write
