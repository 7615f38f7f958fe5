"""What `scripts/assets.py` built, and what it builds from."""

import gzip
import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
BUILD = REPOSITORY / "src" / "schoolgate" / "web" / "static" / "build"


@pytest.fixture(params=["schoolgate.css", "schoolgate.rtl.css"])
def style(request: pytest.FixtureRequest) -> str:
    return (BUILD / str(request.param)).read_text(encoding="utf-8")


def test_the_style_sheet_names_only_files_that_were_built(style: str) -> None:
    named = {name for name in re.findall(r"url\(\"?([^\")]*)\"?\)", style) if name}
    assert len(named) > 10
    assert [name for name in named if not (BUILD / name).is_file()] == []


def test_the_mirrored_sheet_is_mirrored() -> None:
    plain = (BUILD / "schoolgate.css").read_text(encoding="utf-8")
    mirrored = (BUILD / "schoolgate.rtl.css").read_text(encoding="utf-8")
    assert ".usa-sr-only{position:absolute;left:-999em;right:auto}" in plain
    assert ".usa-sr-only{position:absolute;right:-999em;left:auto}" in mirrored


@pytest.mark.parametrize(
    ("name", "most"), [("schoolgate.css", 30_000), ("schoolgate.rtl.css", 30_000), ("schoolgate.js", 18_000)]
)
def test_pages_stay_light(name: str, most: int) -> None:
    assert len(gzip.compress((BUILD / name).read_bytes(), 9)) < most


def test_only_woff2_fonts_are_shipped() -> None:
    assert {font.suffix for font in (BUILD / "fonts").iterdir()} == {".woff2"}


def test_the_lock_file_pins_everything_and_names_no_address() -> None:
    text = (REPOSITORY / "package-lock.json").read_text(encoding="utf-8")
    assert "://" not in text
    packages = json.loads(text)["packages"]
    assert all(package.get("integrity") for name, package in packages.items() if name)


def test_versions_are_exact() -> None:
    wanted = json.loads((REPOSITORY / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    assert [name for name, version in wanted.items() if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []


def test_a_second_build_does_nothing() -> None:
    before = (BUILD / "schoolgate.css").stat().st_mtime_ns
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, str(REPOSITORY / "scripts" / "assets.py")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == ""
    assert (BUILD / "schoolgate.css").stat().st_mtime_ns == before
    assert time.monotonic() - started < 5  # well under one second on a quiet machine


def test_an_unknown_word_is_refused_with_the_usage() -> None:
    done = subprocess.run(
        [sys.executable, str(REPOSITORY / "scripts" / "assets.py"), "biuld"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "Usage:" in done.stderr
