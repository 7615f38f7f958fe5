"""The gate finds a word however it is hidden, each in the layer that should see it, and passes a clean copy."""

from io import BytesIO

import pikepdf
import pytest

from schoolgate.engines import redact
from schoolgate.engines.redact.gating.needles import Needles
from support import planting
from support.planting import SECRET, changed, copy_of, drawn, written


@pytest.fixture(scope="module")
def clean() -> bytes:
    return copy_of()


def verdict(pdf: bytes, *, ocr: bool = True) -> redact.GateReport:
    return redact.gate(pdf, [SECRET], redact.own_words(planting.META), ocr=ocr)


def layers(report: redact.GateReport) -> set[str]:
    return {finding.layer for finding in report.findings}


def test_a_clean_copy_passes(clean):
    report = verdict(clean)
    assert report.passed, report.findings
    assert report.pages == 2, "the cover and the record"
    assert not report.warnings


def test_a_copy_saved_again_by_another_program_still_passes(clean):
    """The control of every plant below: it is the plant that fails, not the saving."""
    report = verdict(changed(clean, lambda _: None))
    assert report.passed, report.findings


def test_a_harmless_text_in_the_same_place_passes(clean):
    """The control of every plant that is drawn."""
    report = verdict(changed(clean, written("Later all", "BT 0 Tr FONT 12 Tf 1 0 0 1 100 300 Tm [TEXT] TJ ET")))
    assert report.passed, report.findings


TEXT_AT = "BT 0 Tr FONT 12 Tf 1 0 0 1 100 300 Tm [TEXT] TJ ET"
# What is planted, and the layers that must see it, each by itself.
PLANTS = {
    "in plain sight": (written(SECRET, TEXT_AT), {"pdfium text", "pypdf text", "glyphs"}),
    "under a box": (
        written(SECRET, TEXT_AT + " 0 g 90 290 200 20 re f"),
        {"pdfium text", "pypdf text", "glyphs", "drawing", "box"},
    ),
    "under a true box": (
        written("Mar", "BT 0 Tr FONT 12 Tf 1 0 0 1 102 302 Tm [TEXT] TJ ET 0 g 100 300 54 10.5 re f"),
        {"drawing", "box"},
    ),
    "on a box in its colour": (
        written("Mar", "0 g 100 300 54 10.5 re f BT FONT 7 Tf 1 0 0 1 102 302 Tm [TEXT] TJ ET"),
        {"box"},
    ),
    "in white": (written(SECRET, "1 g " + TEXT_AT), {"drawing", "pypdf text"}),
    "in the palest gray": (written(SECRET, ".97 g " + TEXT_AT), {"drawing", "pdfium text"}),
    "invisible": (written(SECRET, TEXT_AT.replace("0 Tr", "3 Tr")), {"drawing", "pdfium text", "glyphs"}),
    "clipped": (written(SECRET, "q 0 0 1 1 re W n " + TEXT_AT + " Q"), {"drawing", "pypdf text", "glyphs"}),
    "tiny": (written(SECRET, TEXT_AT.replace("12 Tf", ".01 Tf")), {"drawing", "pypdf text", "glyphs"}),
    "off the page": (written(SECRET, TEXT_AT.replace("100 300", "100 3000")), {"drawing", "pypdf text", "glyphs"}),
    "turned": (written(SECRET, TEXT_AT.replace("1 0 0 1", "0 1 -1 0")), {"drawing", "pdfium text"}),
    "as another text of a word": (
        written("all", f"/Span << /ActualText ({SECRET}) >> BDC {TEXT_AT} EMC"),
        {"string", "stream", "pdfium text"},
    ),
    "as another text, in hexadecimal UTF-16": (
        written("all", f"/Span << /ActualText <FEFF{SECRET.encode('utf-16-be').hex()}> >> BDC {TEXT_AT} EMC"),
        {"string", "pdfium text"},
    ),
    "in a layer that is off": (planting.hidden_layer, {"object", "pdfium text", "drawing"}),
    "as curves": (planting.curves(SECRET), {"box"}),
    "as the text of a figure": (planting.of_an_element("/Alt"), {"string"}),
    "as the long form of an abbreviation": (planting.of_an_element("/E"), {"string", "object"}),
    "as the title of an element": (planting.of_an_element("/T"), {"string"}),
    "in an annotation": (planting.annotation, {"string", "object"}),
    "in a bookmark": (planting.bookmark, {"string", "outline"}),
    "nothing but a bookmark that no heading has": (planting.silent_bookmark, {"outline"}),
    "in the document's information": (planting.information, {"string", "metadata"}),
    "in its metadata": (planting.metadata, {"string", "metadata"}),
    "nothing but a remark in its metadata": (planting.comment_in_metadata, {"metadata"}),
    "in an attachment": (planting.attachment, {"stream", "object"}),
    "in a file's name": (planting.file_name, {"string", "object"}),
    "in a form object that nothing draws": (planting.undrawn_form, {"stream", "object"}),
    "in a field of a form": (planting.form_field, {"string", "object"}),
    "in the name of a place": (planting.name_tree, {"string", "object"}),
    "nothing but a thumbnail": (planting.thumbnail, {"object"}),
    "in what a program keeps for itself": (planting.piece_info, {"string", "object"}),
    "nothing but a script": (planting.script, {"object"}),
    "nothing but a longer colour profile": (planting.other_profile, {"stream"}),
    "nothing but a see-through box": (planting.see_through, {"object", "drawing"}),
    "nothing but a gray box": (drawn(".3 g 100 300 54 10.5 re f"), {"box"}),
    "nothing but a wider box": (drawn("0 g 100 300 61 10.5 re f"), {"box"}),
    "nothing but a box without a label": (drawn("0 g 100 300 54 10.5 re f"), {"box"}),
    "nothing but two boxes on each other": (drawn("0 g 100 300 54 10.5 re f 120 302 54 10.5 re f"), {"box"}),
    "nothing but a thick line": (drawn("0 G 10 w 100 300 m 160 300 l S"), {"drawing"}),
    "nothing but a pattern": (planting.pattern, {"drawing", "object"}),
    "nothing but a crop": (planting.cropped, {"object"}),
    "nothing but a larger page": (planting.larger, {"object"}),
    "nothing but a picture": (planting.placed_picture(planting.slip("?")), {"picture", "object"}),
    "nothing but a shading": (drawn("/S0 sh"), {"drawing"}),
    "as an operator": (drawn("BX Aguilar EX"), {"drawing"}),
}


@pytest.mark.parametrize("name", PLANTS)
def test_every_hiding_place_is_found_in_the_layer_that_should_see_it(name, clean):
    change, expected = PLANTS[name]
    report = verdict(changed(clean, change), ocr=False)
    assert expected <= layers(report), report.findings
    assert SECRET not in repr(report), "a finding never repeats the word"
    assert "Aguilar" not in repr(report)


def test_an_earlier_revision_is_found(clean):
    first = changed(clean, written(SECRET, TEXT_AT))
    with pikepdf.open(BytesIO(first)) as opened, pikepdf.open(BytesIO(clean)) as before:
        number, content = opened.pages[1].Contents.objgen[0], before.pages[1].Contents.read_bytes()
    both = planting.later_revision(first, number, content)
    with pikepdf.open(BytesIO(both)) as opened:
        assert opened.pages[1].Contents.read_bytes() == content, "a reader sees the newer page only"
    assert "revision" in layers(verdict(both, ocr=False))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-be"])
def test_what_follows_the_end_mark_is_found(clean, encoding):
    assert {"revision", "bytes"} <= layers(verdict(clean + b"\n" + SECRET.encode(encoding), ocr=False))


def test_an_object_that_nothing_refers_to_is_found(clean):
    made = planting.left_over(clean, SECRET)
    with pikepdf.open(BytesIO(made)) as opened:
        assert "/Spare" not in opened.Root
    assert {"object", "stream"} <= layers(verdict(made, ocr=False))


def test_a_word_drawn_as_a_picture_is_found(clean):
    report = verdict(changed(clean, planting.placed_picture(planting.slip(SECRET))))
    assert {"pixels", "picture", "object"} <= layers(report)


def test_a_word_whose_glyphs_say_that_they_are_others_is_found(clean):
    liar = planting.lying_font(SECRET, "Nothing to hide")
    assert "pixels" in layers(verdict(changed(clean, liar)))
    assert "pdfium text" not in layers(verdict(changed(clean, liar), ocr=False)), "the readers believe the font"


def test_a_finding_says_where_and_what_can_be_done(clean):
    report = verdict(changed(clean, written(SECRET, TEXT_AT)), ocr=False)
    (finding,) = (one for one in report.findings if one.layer == "pypdf text")
    assert finding.page == 2
    assert "in line" in finding.what
    assert "Mark them alike" in finding.help


def test_without_a_look_at_the_pixels_nothing_passes(clean):
    assert not verdict(clean, ocr=False).passed


@pytest.mark.parametrize("wrong", [b"not a PDF", b"", b"%PDF-1.7\n%%EOF"])
def test_bytes_that_are_no_pdf_do_not_pass(wrong):
    report = verdict(wrong)
    assert not report.passed
    assert "file" in layers(report)


def test_a_copy_cut_short_does_not_pass(clean):
    for part in (len(clean) // 3, len(clean) // 2, len(clean) - 300):
        assert not verdict(clean[:part], ocr=False).passed
        assert verdict(clean[:part], ocr=False).findings


def test_a_short_allowed_word_excuses_no_longer_term():
    """Each word of the copy's own labels may stand there; that opens nothing inside a term that holds it."""
    pdf = copy_of("@P1 stood there. She is afraid of her uncle.")
    own = redact.own_words(planting.META)
    assert "of" in own
    report = redact.gate(pdf, ["afraid of her"], own, ocr=False)
    assert "pypdf text" in layers(report)
    assert "pypdf text" not in layers(redact.gate(pdf, ["afraid of her"], [*own, "is afraid of her uncle"], ocr=False))


@pytest.mark.parametrize("term", ["Marisol Aguilar", "Peña Núñez", "محمدأحمد", "王小明李华国", "Ñandúes"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-be", "utf-16-le", "latin-1"])
def test_bytes_are_searched_in_every_encoding_and_case(term, encoding):
    needles = Needles([term], [])
    for form in (term, term.upper(), term.lower()):
        try:
            data = form.encode(encoding)
        except UnicodeEncodeError:
            continue
        for planted in (data, data.hex().encode(), data.hex().upper().encode(), b"a" + data.hex().encode()):
            assert needles.in_bytes(b"x\x01" + planted + b"y")
    assert not needles.in_bytes(b"Nothing of the kind is here. " * 9)
