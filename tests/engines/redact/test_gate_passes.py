"""The gate lets through what is right: random copies in four languages, marked, with attachments."""

import os
from io import BytesIO

import pikepdf
import pypdfium2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schoolgate.engines import redact
from schoolgate.engines.redact import marking
from schoolgate.engines.redact.gating import drawn, pages, reading, specimens
from schoolgate.engines.redact.gating.needles import Needles, words_of
from support.random_records import Record, records

TRIALS = int(os.environ.get("SCHOOLGATE_TRIALS", "25"))
KEY = b"a key of recipient marks for tests only"
SLOW = [HealthCheck.too_slow]


def passes(record: Record, *, marked: bool, ocr: bool) -> None:
    pdf = marking.mark(record.pdf, KEY, "C-1") if marked else record.pdf
    report = redact.gate(
        pdf,
        record.terms.withheld,
        (*record.terms.allowed, *redact.own_words(record.meta)),
        attached=record.attached,
        marks=(KEY, "C-1") if marked else None,
        earlier=(record.pdf,),
        ocr=ocr,
    )
    assert not report.findings, report.findings
    assert not report.warnings, report.warnings


@settings(max_examples=max(3, TRIALS // 3), deadline=None, suppress_health_check=SLOW)
@given(records(pictures=True), st.booleans())
def test_random_copies_pass_every_layer_but_the_pixels(record, marked):
    passes(record, marked=marked, ocr=False)


@settings(max_examples=max(2, TRIALS // 12), deadline=None, suppress_health_check=SLOW)
@given(records(pictures=True))
def test_random_copies_pass_with_their_pixels(record):
    passes(record, marked=True, ocr=True)


FIRST = "Marisol Kevin Dariel Wideline Brayan Yesenia Thiago Mackenson Ezequiel Guerline Anaïs Oluwaseun Wislande Priya"
LAST = (
    "Aguilar Okafor Whitfield Villalobos Desrosiers Guimarães Zambrano Kowalczyk Thibodeaux Sepúlveda Abdullahi Vásquez"
)
ABSENT = (
    "Quetzalli Morgenstern Bartholomew Ingeborg Svetlana Kwabena Thandiwe Fitzgerald Ruiz Silva Costa Lima Park Diaz"
)


def test_what_is_read_of_pixels_has_every_name_and_no_other():
    """The reader alone, without a text layer to lean on: names in the type of a copy, cut out and set in rows."""
    names = [f"{a} {b}" for a, b in zip(FIRST.split(), [*LAST.split(), *LAST.split()], strict=False)]
    paragraphs = tuple((redact.Shown(f"Somebody called {name} came back and waited."),) for name in names)
    view = redact.View(redact.AudienceKind.STAFF, (), (), (), False, paragraphs, (), False)  # noqa: FBT003
    pdf = redact.render(view, redact.ReleaseMeta("C-0000000", "Boston Police Department", "Fri 20 Nov 2026"))
    folder = str(reading.tessdata(None, reading.LATIN))
    words, seen = [], set()
    with pikepdf.open(BytesIO(pdf)) as file, pypdfium2.PdfDocument(pdf) as document:
        for number, page in enumerate(file.pages, start=1):
            content = drawn.read_page(page, number, {})
            image = document[number - 1].render(scale=reading.DPI / 72, grayscale=True).to_pil().convert("L")
            words += specimens.take(content, image, reading.DPI, pages.boxes_of(content), seen)
            assert specimens.is_blank(image), "words, boxes and lines are all that a page has"
    read = [
        word
        for sheet in specimens.sheets(words, reading.DPI, 2)
        for one in reading.read(folder, reading.Strip(sheet.image, 0.0, reading.DPI, inverted=False))
        for word in words_of(one.text)
    ]
    for part in {part for name in names for part in name.split()}:
        assert Needles([part], []).in_scan(read), part
    assert not [name for name in ABSENT.split() if Needles([name], []).in_scan(read)]
