"""An attacker with poppler's tools, pypdf and zlib tries to read what a copy withholds. Knows nothing of the gate."""

import os
import re
import subprocess
import unicodedata
import zlib
from io import BytesIO
from pathlib import Path

import pypdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schoolgate.engines import redact
from schoolgate.engines.redact import marking
from support.random_records import Record, plain, records

TRIALS = int(os.environ.get("SCHOOLGATE_TRIALS", "25"))
KEY = b"a key of recipient marks for tests only"
# Each writes what it finds to standard output.
TOOLS = (
    ("pdftotext", "FILE", "-"),
    ("pdftotext", "-raw", "FILE", "-"),
    ("pdftotext", "-layout", "FILE", "-"),
    ("pdftotext", "-bbox-layout", "FILE", "-"),
    ("pdftotext", "-tsv", "FILE", "-"),
    ("pdftohtml", "-xml", "-hidden", "-i", "-stdout", "FILE"),
    ("pdfinfo", "-struct-text", "FILE"),
    ("pdfinfo", "-meta", "FILE"),
    ("pdfinfo", "-custom", "FILE"),
    ("pdfinfo", "-dests", "FILE"),
    ("pdfinfo", "-js", "FILE"),
    ("pdfinfo", "-url", "FILE"),
    ("pdfdetach", "-list", "FILE"),
    ("pdffonts", "FILE"),
)


def attack(pdf: bytes, folder: Path) -> dict[str, str]:
    """Everything that can be read, by how it was read."""
    file = folder / "copy.pdf"
    file.write_bytes(pdf)
    read = {}
    for tool in TOOLS:
        ended = subprocess.run(
            [str(file) if part == "FILE" else part for part in tool], capture_output=True, check=True
        )
        read[" ".join(tool[:-1])] = ended.stdout.decode("utf-8", "replace")
    reader = pypdf.PdfReader(BytesIO(pdf))
    read["pypdf"] = "\n".join(page.extract_text() for page in reader.pages)
    read["pypdf, as laid out"] = "\n".join(page.extract_text(extraction_mode="layout") for page in reader.pages)
    read["pypdf, metadata"] = repr(reader.metadata) + repr(reader.xmp_metadata and reader.xmp_metadata.dc_title)
    read["pypdf, outline"] = repr([getattr(mark, "title", mark) for mark in reader.outline])
    read["pypdf, attachments"] = repr(list(reader.attachments))
    read["pypdf, fields"] = repr(reader.get_fields())
    read["pypdf, objects"] = "\n".join(_strings(reader))
    for name, data in (("bytes", pdf), *_inflated(pdf)):
        for encoding in ("latin-1", "utf-8", *(("utf-16-be", "utf-16-le") if b"\0" in data else ())):
            read[f"{name}, {encoding}"] = data.decode(encoding, "ignore")
    return read


def _strings(reader: pypdf.PdfReader):
    for number in range(1, int(reader.trailer["/Size"])):
        found = reader.get_object(pypdf.generic.IndirectObject(number, 0, reader))
        waiting = [found]
        while waiting:
            item = waiting.pop()
            if isinstance(item, dict):
                waiting += [*item.keys(), *(item.raw_get(key) for key in item)]
            elif isinstance(item, list):
                waiting += item
            elif isinstance(item, str):
                yield str(item)


def _inflated(pdf: bytes):
    """Every stream, found by its words in the bytes and not by any table."""
    for n, found in enumerate(re.finditer(rb"stream\r?\n", pdf)):
        try:
            # The dots of a picture are longer than any other stream.
            yield f"stream {n}", zlib.decompressobj().decompress(pdf[found.end() :], 300_000)
        except zlib.error:
            continue


def spellings(secret: str) -> set[str]:
    """A secret as an attacker would look for it."""
    letters = plain(secret)
    return {letters, letters[::-1], "".join(reversed([plain(word) for word in secret.split()]))} - {""}


def letters_of_fonts(pdf: bytes) -> set[str]:
    """Every character that a font of the file names."""
    named: set[str] = set()
    for page in pypdf.PdfReader(BytesIO(pdf)).pages:
        for font in page["/Resources"]["/Font"].values():
            table = font.get_object()["/ToUnicode"].get_object().get_data().decode()
            for block in re.findall(r"beginbfchar(.*?)endbfchar", table, re.DOTALL):
                for meant in re.findall(r"<\w+>\s*<(\w+)>", block):
                    named |= set(bytes.fromhex(meant).decode("utf-16-be"))
    return named


def assert_nothing_is_readable(record: Record, pdf: bytes, folder: Path) -> None:
    read = attack(pdf, folder)
    for how, text in read.items():
        found = plain(text)
        for secret in record.secrets:
            for spelling in spellings(secret):
                assert spelling not in found, f"{secret!r} can be read by {how}"
    pictures = subprocess.run(["pdfimages", "-list", folder / "copy.pdf"], capture_output=True, text=True, check=True)  # noqa: S607
    assert len(pictures.stdout.splitlines()) == 2 + len(record.attached)
    shown = plain(read["pdftotext FILE"])
    for secret in record.secrets:
        for letter in set(unicodedata.normalize("NFC", secret)):
            if letter.isalpha() and plain(letter) and not set(plain(letter)) <= set(shown):
                assert letter not in letters_of_fonts(pdf), "a font kept a letter of what was withheld"


@settings(max_examples=max(3, TRIALS // 6) if TRIALS < 500 else TRIALS, deadline=None,
          suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])  # fmt: skip
@given(records(pictures=True), st.integers(0, 7).map(lambda n: n == 0))
def test_no_tool_reads_what_a_copy_withholds(tmp_path, record, marked):
    pdf = record.pdf
    if marked:
        pdf = marking.mark(pdf, KEY, "C-1")
    assert_nothing_is_readable(record, pdf, tmp_path)


def test_the_attacker_would_see_it(tmp_path):
    """The control: with nothing withheld every tool that reads text reads the name."""
    document = redact.Document(
        number="R-0000000", kind="Incident report", title="At the gym", date="2026-11-20", school="East Harbor",
        paragraphs=redact.paragraphs("Yesterday Quorlen Zabritz came back."),
    )  # fmt: skip
    view = redact.view(document, (), dict.fromkeys(["narrative"], True), redact.Audience(redact.AudienceKind.STAFF))
    pdf = redact.render(view, redact.ReleaseMeta("C-0000000", "Boston Police Department", "Fri 20 Nov 2026"))
    read = attack(pdf, tmp_path)
    seen = {how for how, text in read.items() if plain("Quorlen Zabritz") in plain(text)}
    assert {"pdftotext FILE", "pdftotext -raw FILE", "pdftotext -layout FILE", "pypdf", "pypdf, as laid out"} <= seen


LONG = "Maximiliano Fernández de la Cruz y Villalobos Ñandú"


@pytest.mark.parametrize("other", ["Bo Li", LONG, "王小明", "محمد الأمين", "O\u2019Neil-Ruiz", "\U0001f409 Zed"])
def test_names_of_other_length_and_script_give_the_same_bytes(other):
    """Glyph positions, box widths, fonts, page breaks and sizes of streams carry nothing of the name."""

    def copy(name: str) -> bytes:
        text = f"@P1 waited. {name} went home with {name}. Then @P1 and {name} talked for a while near the door. " * 6
        document = redact.Document(
            number="R-0000000", kind="Incident report", title=f"{name} at the gym", date="2026-11-20",
            school="East Harbor",
            fields=(redact.Field("phone", "Telephone", name), redact.Field("grade", "Grade", "9")),
            paragraphs=redact.paragraphs(text), participants=(redact.Participant("P1", (name,)),),
        )  # fmt: skip
        spans = [
            redact.Span(found.start(), found.end(), "gang", part=part)
            for part, said in document.parts()
            for found in re.finditer(re.escape(name), said)
        ]
        outcome = dict.fromkeys(["narrative", "school", "incident_description", "grade"], True)
        view = redact.view(document, spans, outcome, redact.Audience(redact.AudienceKind.AGENCY))
        return redact.render(view, redact.ReleaseMeta("C-0000000", "Boston Police Department", "Fri 20 Nov 2026"))

    assert copy(other) == copy("Kevin Chen")
