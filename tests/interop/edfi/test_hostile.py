"""Files made to hurt, and files that were hurt on the way."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schoolgate.interop.edfi import Limits, ReadingError, check_folder, read_folder

if TYPE_CHECKING:
    from collections.abc import Callable

TRIALS = int(os.environ.get("SCHOOLGATE_TRIALS", "25"))
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
OPEN = '<InterchangeStudent xmlns="http://ed-fi.org/5.2.0">'
CLOSE = "</InterchangeStudent>"
STUDENT = (
    "<Student><StudentUniqueId>{}</StudentUniqueId><Name><FirstName>Marisol</FirstName><LastSurname>Aguilar"
    "</LastSurname></Name><BirthData><BirthDate>2010-05-04</BirthDate></BirthData></Student>"
)
LAUGHS = "<!DOCTYPE x [<!ENTITY a 'ha'>" + "".join(f"<!ENTITY b{n} '{'&a;' * 10}'>" for n in range(5)) + "]>"

HOSTILE: dict[str, tuple[str | bytes, str]] = {
    "doctype": (HEAD + "<!DOCTYPE InterchangeStudent>" + OPEN + CLOSE, "no DOCTYPE"),
    "external doctype": (HEAD + "<!DOCTYPE x SYSTEM 'file:///etc/passwd'>" + OPEN + CLOSE, "no DOCTYPE"),
    "billion laughs": (HEAD + LAUGHS + OPEN + "&b4;" + CLOSE, "no DOCTYPE"),
    "doctype after a comment": (HEAD + "<!-- <a> -->\n<?pi?>\n<!DOCTYPE x>" + OPEN + CLOSE, "no DOCTYPE"),
    "entity without doctype": (HEAD + OPEN + "<Student>&outside;</Student>" + CLOSE, "well-formed"),
    "UTF-16": ((OPEN + CLOSE).encode("utf-16"), "in UTF-8"),
    "UTF-16 without a mark": ((OPEN + CLOSE).encode("utf-16-le"), "in UTF-8"),
    "declared UTF-7": ('<?xml version="1.0" encoding="UTF-7"?>' + OPEN + CLOSE, "in UTF-8"),
    "hidden encoding": ("<?xml version=\" encoding='utf-8'\" encoding='utf-16'?>" + OPEN + CLOSE, "in UTF-8"),
    "invalid UTF-8": (
        (HEAD + OPEN + STUDENT.format(1) + CLOSE).encode().replace(b"Marisol", b"Maris\xf3l"),
        "well-formed",
    ),
    "no XML": (b"StudentUniqueId,FirstName\n1,Marisol\n", "an Ed-Fi XML file"),
    "empty": (b"", "an Ed-Fi XML file"),
    "endless prolog": (HEAD + "<!--" + "-" * 70_000, "an Ed-Fi XML file"),
    "other root": (HEAD + '<Students xmlns="http://ed-fi.org/5.2.0"/>', "an Ed-Fi interchange"),
    "a web page": ("<html/>", "an Ed-Fi interchange"),
    "no namespace": (HEAD + "<InterchangeStudent/>", "Data Standard 5"),
    "next standard": (HEAD + '<InterchangeStudent xmlns="http://ed-fi.org/6.0.0"/>', "Data Standard 5"),
    "look-alike namespace": (
        HEAD + '<InterchangeStudent xmlns="http://ed-fi.org/5.2.0.example"/>',
        "Data Standard 5",
    ),
    "too deep": (HEAD + OPEN + "<a>" * 200 + "</a>" * 200 + CLOSE, "nested at most 24"),
    "far too deep": (HEAD + OPEN + "<a>" * 200_000, "nested at most 24"),
    "cut short": (HEAD + OPEN + STUDENT.format(1)[:-20], "well-formed"),
    "cut in a tag": (HEAD + OPEN + STUDENT.format(1) + "<Stud", "well-formed"),
    "something after the root": (HEAD + OPEN + CLOSE + "<more/>", "well-formed"),
    "elements in a value": (
        HEAD + OPEN + STUDENT.format(1).replace("Marisol", "Mari<b/>sol") + CLOSE,
        "a plain value",
    ),
    "cut gzip": (gzip.compress((HEAD + OPEN + CLOSE).encode())[:-9], "whole gzip"),
    "damaged gzip": (b"\x1f\x8b" + b"\x00" * 30, "whole gzip"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_refused_with_words_and_without_contents(name: str, tmp_path: Path) -> None:
    content, expected = HOSTILE[name]
    path = tmp_path / "Student.xml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())

    with pytest.raises(ReadingError, match=expected) as caught:
        check_folder(path)

    assert "Student.xml" in str(caught.value)
    assert "Maris" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or caught.value.__suppress_context__


def test_namespaces_of_the_standard_five(one_file: Callable[..., Path]) -> None:
    for version in ("5.0.0", "5.1.0", "5.2.0"):
        path = one_file("Student", STUDENT.format(1), namespace=f"http://ed-fi.org/{version}")
        assert check_folder(path).rows == {"StudentRow": 1}


def test_a_gzip_bomb_stops_at_the_ratio(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xml.gz"
    path.write_bytes(gzip.compress((HEAD + OPEN).encode() + b" " * 30_000_000))

    tracemalloc.start()
    try:
        with pytest.raises(ReadingError, match="200 times"):
            check_folder(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4_000_000


def test_sizes_are_capped(one_file: Callable[..., Path], tmp_path: Path) -> None:
    path = one_file("Student", *(STUDENT.format(number) for number in range(2_000)))
    with pytest.raises(ReadingError, match="Split the export"):
        check_folder(path, limits=Limits(file_bytes=100_000))
    with pytest.raises(ReadingError, match="Split the export"):
        check_folder(path, limits=Limits(xml_bytes=100_000))
    path.write_text(HEAD + OPEN + "<Student>" + "<a/>" * 500 + "</Student>" + CLOSE, encoding="utf-8")
    with pytest.raises(ReadingError, match="elements in a record"):
        check_folder(path, limits=Limits(record_elements=400))
    with pytest.raises(ReadingError, match="files in the folder"):
        check_folder(tmp_path, limits=Limits(files=0))


READ_AND_TELL_GROWTH = """
import resource, sys
from pathlib import Path
from schoolgate.interop.edfi import check_folder, read_folder
small, large = Path(sys.argv[1]), Path(sys.argv[2])
def read(path):
    for row in read_folder(path, checked=check_folder(path)):
        pass
read(small)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
read(large)
growth = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(growth // (1024 if sys.platform == "darwin" else 1))
"""
# A process starts with its parent's peak; only the child of a small process can show its own.
IN_A_SMALL_PROCESS = "import subprocess, sys; sys.exit(subprocess.call([sys.executable, '-c', *sys.argv[1:]]))"


def test_reading_takes_the_memory_of_one_record(one_file: Callable[..., Path], tmp_path: Path) -> None:
    small = one_file("Student", STUDENT.format(0)).rename(tmp_path / "small.xml")
    large = one_file("Student", *(["<Course>left behind</Course>"] * 60_000), STUDENT.format(0))

    told = subprocess.run(
        [sys.executable, "-c", IN_A_SMALL_PROCESS, READ_AND_TELL_GROWTH, str(small), str(large)],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[3] / "src")},
    )

    kept_whole_it_would_take = 12_000
    assert int(told.stdout) < kept_whole_it_would_take / 4


@settings(max_examples=TRIALS, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_anywhere_is_an_edfi_error_or_no_damage(data: st.DataObject, tmp_path: Path) -> None:
    """Whatever byte is changed, lost or added: rows or an `ReadingError`, and no name in it."""
    whole = (HEAD + OPEN + STUDENT.format(1) + STUDENT.format(2) + CLOSE).encode()
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(len(whole), start + 8)))
    damaged = whole[:start] + data.draw(st.binary(max_size=8)) + whole[end:]
    is_packed = data.draw(st.booleans())
    path = tmp_path / "Student.xml"
    path.write_bytes(gzip.compress(damaged)[: data.draw(st.integers(20, 400))] if is_packed else damaged)

    said = ""
    try:
        checked = check_folder(path)
    except ReadingError as error:
        said = str(error) + repr(error)
    else:
        assert sum(1 for _row in read_folder(path, checked=checked)) == sum(checked.rows.values())
    assert "Marisol" not in said
    assert "Aguilar" not in said
