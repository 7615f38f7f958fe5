"""Attachments, fonts and marks: what the gate lets through and what it finds there."""

from dataclasses import replace
from io import BytesIO

import pikepdf
import pytest
from PIL import Image, ImageDraw

from schoolgate.engines import redact
from schoolgate.engines.redact import marking
from schoolgate.engines.redact.attached import Box, PlacedWord
from support import planting, true_boxes
from support.planting import META, SECRET, changed, copy_of, drawn

KEY = b"a key of recipient marks for tests only"
LINES = ["The note was left on the table", "before Marisol went home", "and nobody else has read it"]


@pytest.fixture(scope="module")
def page():
    return planting.paper(LINES, covered=("Marisol",))


@pytest.fixture(scope="module")
def clean(page) -> bytes:
    return copy_of(attached=(page,))


def verdict(pdf, *attached, ocr: bool = True, **more) -> redact.GateReport:
    return redact.gate(pdf, [SECRET, "Marisol"], redact.own_words(META), attached=attached, ocr=ocr, **more)


def layers(report: redact.GateReport) -> set[str]:
    return {finding.layer for finding in report.findings}


def test_an_attached_page_passes_with_its_marks(clean, page):
    marked = marking.mark(clean, KEY, "C-1")
    report = verdict(marked, page, marks=(KEY, "C-1"))
    assert report.passed, report.findings


def test_a_photograph_passes(page):
    written = BytesIO()
    planting.picture(page).save(written, "JPEG", quality=88, subsampling=0)
    photo = replace(page, picture=written.getvalue())
    report = verdict(copy_of(attached=(photo,)), photo)
    assert report.passed, report.findings


def test_a_picture_that_nobody_attached_is_found(clean):
    assert {"picture", "object"} <= layers(verdict(clean, ocr=False))


def test_another_picture_than_the_attached_one_is_found(clean, page):
    image = planting.picture(page)
    image.putpixel((3, 3), (254, 255, 255))
    other = replace(page, picture=planting.png(image))
    assert layers(verdict(clean, other, ocr=False)) == {"picture"}


def test_a_word_in_the_picture_is_found():
    open_page = planting.paper(LINES)
    said = replace(open_page, words=tuple(word for word in open_page.words if word.text != "Marisol"))
    report = verdict(copy_of(attached=(said,)), said)
    assert "pixels" in layers(report)
    assert not layers(report) & {"pdfium text", "pypdf text"}, "only the picture has it"


def test_a_box_that_lets_something_through_is_found(page):
    image = planting.picture(page)
    box = page.boxes[0]
    corner = round(box.left / 0.48) + 20, round(box.top / 0.48) + 10
    ImageDraw.Draw(image).text(corner, "Mar", fill=(3, 3, 3))
    through = replace(page, picture=planting.png(image))
    report = verdict(copy_of(attached=(through,)), through, ocr=False)
    assert any("flat" in one.what for one in report.findings)


def test_a_box_that_was_not_burnt_is_found(page):
    missing = replace(page, boxes=(*page.boxes, Box(60, 45, 200, 75)))
    report = verdict(copy_of(attached=(missing,)), missing, ocr=False)
    assert any("flat" in one.what for one in report.findings)


def test_a_word_from_under_a_box_is_found(page):
    box = page.boxes[0]
    kept = PlacedWord("Margaret", box.left + 1, box.top + 1, box.right - 1, box.bottom - 1)
    leaking = replace(page, words=(*page.words, kept))
    report = verdict(copy_of(attached=(leaking,)), leaking, ocr=False)
    assert any("under a box" in one.what for one in report.findings)


def test_a_word_that_is_not_in_the_picture_is_found_and_named_to_whoever_builds_the_page(page):
    kept = PlacedWord("Margaret", 300, 250, 350, 270)
    made_up = replace(page, words=(*page.words[:3], kept, *page.words[3:]))
    report = verdict(copy_of(attached=(made_up,)), made_up)
    assert layers(report) == {"picture"}
    assert redact.unread_words(made_up) == (3,)
    assert redact.unread_words(page) == ()


def test_a_text_below_a_picture_that_it_does_not_have_is_found(clean, page):
    fewer = replace(page, words=page.words[:-1])
    report = verdict(clean, fewer, ocr=False)
    assert any("not among the words" in one.what for one in report.findings)


def test_something_drawn_on_a_picture_is_found(clean, page):
    report = verdict(changed(clean, drawn("0 g 100 500 54 10.5 re f", page=2)), page, ocr=False)
    assert "picture" in layers(report)


def test_what_a_camera_writes_into_a_picture_is_found(page):
    written, exif = BytesIO(), Image.Exif()
    exif[0x010E] = "taken in the yard"
    planting.picture(page).save(written, "JPEG", exif=exif)
    for picture in (written.getvalue(), page.picture + b"more", _with_text(page.picture)):
        photo = replace(page, picture=picture)
        report = verdict(copy_of(attached=(photo,)), photo, ocr=False)
        assert any("holds more than a picture" in one.what for one in report.findings)


def _with_text(png: bytes) -> bytes:
    with Image.open(BytesIO(png)) as image:
        from PIL.PngImagePlugin import PngInfo

        note, written = PngInfo(), BytesIO()
        note.add_text("Comment", "taken in the yard")
        image.save(written, "PNG", pnginfo=note)
    return written.getvalue()


def font_program(pdf: bytes, kind: str) -> bytes:
    with pikepdf.open(BytesIO(pdf)) as opened:
        for item in opened.objects:
            if isinstance(item, pikepdf.Dictionary) and kind in item and "Bold" not in str(item.FontName):
                return item[kind].read_bytes()
    raise AssertionError("no such font")


@pytest.mark.parametrize(("kind", "own", "more"), [("/FontFile2", "", " Quixotic"), ("/FontFile3", "王小明", "李")])
def test_a_letter_that_a_font_kept_is_found(kind, own, more):
    pdf = copy_of(planting.TEXT + " " + own)
    assert verdict(pdf, ocr=False).findings == ()
    larger = font_program(copy_of(planting.TEXT + " " + own + more), kind)

    def change(opened: pikepdf.Pdf) -> None:
        smaller = font_program(pdf, kind)
        for item in opened.objects:
            if isinstance(item, pikepdf.Dictionary) and kind in item and item[kind].read_bytes() == smaller:
                item[kind].write(larger)

    assert layers(verdict(changed(pdf, change), ocr=False)) == {"font"}


def test_a_letter_that_only_a_fonts_table_names_is_found(clean, page):
    def change(opened: pikepdf.Pdf) -> None:
        name, _ = planting.font_of(opened.pages[1], "Later")
        table = opened.pages[1].Resources.Font[name].ToUnicode
        table.write(table.read_bytes().replace(b"endcmap", b"1 beginbfchar\n<00F0> <0051>\nendbfchar\nendcmap", 1))

    report = verdict(changed(clean, change), page, ocr=False)
    assert layers(report) == {"font"}


def test_a_font_that_is_not_embedded_is_found(clean, page):
    def change(opened: pikepdf.Pdf) -> None:
        opened.pages[1].Resources.Font["/f8"] = opened.make_indirect(
            pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        )
        drawn("BT /f8 12 Tf 1 0 0 1 100 300 Tm (x) Tj ET")(opened)

    assert {"font", "drawing"} <= layers(verdict(changed(clean, change), page, ocr=False))


def test_the_dots_of_another_copy_are_found():
    clean = copy_of()
    marked = marking.mark(clean, KEY, "C-1")
    assert "marks" in layers(verdict(marked, marks=(KEY, "C-2"), ocr=False))
    assert "marks" in layers(verdict(clean, marks=(KEY, "C-1"), ocr=False))
    assert "marks" in layers(verdict(marked, ocr=False)), "a layer of dots that nobody answers for"


def test_something_among_the_dots_is_found():
    def change(opened: pikepdf.Pdf) -> None:
        dots = opened.pages[1].obj.Contents[0]
        dots.write(dots.read_bytes().replace(b"f Q", b"30 30 .244 .244 re f Q"))

    marked = changed(marking.mark(copy_of(), KEY, "C-1"), change)
    report = verdict(marked, marks=(KEY, "C-1"), ocr=False)
    assert {one.page for one in report.findings if one.layer == "marks"} == {1, 2}


@pytest.mark.parametrize("language", ["en", "es", "pt", "ht"])
def test_the_true_boxes_that_the_gate_keeps_are_those_that_copies_have(language):
    import json
    from base64 import b64decode

    import numpy as np

    kept = Image.open(BytesIO(b64decode(json.loads(true_boxes.KEPT.read_text())[language])))
    now = Image.open(BytesIO(true_boxes.true_box(language)))
    assert np.array_equal(np.asarray(kept), np.asarray(now)), "run tests/support/true_boxes.py and look at a page"


def test_a_box_with_faint_letters_is_found(clean, page):
    """A label of the right words in another weight: what it says is right, what it looks like is not."""

    def change(opened: pikepdf.Pdf) -> None:
        where = opened.pages[1]
        content = where.Contents.read_bytes()
        assert b" 7.5 Tf" in content
        where.Contents = pikepdf.Stream(opened, content.replace(b" 7.5 Tf", b" 7.3 Tf", 1))

    pdf = changed(copy_of(hide="Later"), change)
    assert layers(verdict(pdf, ocr=False)) == {"box"}


def test_the_gate_does_not_need_its_pool(clean, page, monkeypatch):
    from schoolgate.engines.redact.gating import reading

    class Refusing:
        def submit(self, *_: object) -> None:
            raise RuntimeError("can't start new thread")

    monkeypatch.setattr(reading, "_pool", lambda _: Refusing())
    report = verdict(clean, page)
    assert report.passed, report.findings
