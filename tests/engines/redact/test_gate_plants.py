"""The gate finds a word however it is hidden in a file, and lets a clean copy pass."""

from io import BytesIO

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Stream, String

from schoolgate.engines import redact

SECRET = "Marisol Aguilar"


@pytest.fixture(scope="module")
def clean() -> bytes:
    document = redact.Document(
        number="R-0000000", kind="Incident report", title="Argument", date="2026-11-20",
        school="East Harbor High School",
        paragraphs=redact.paragraphs("@P1 stood at the east stairs and waited for the bell."),
        participants=(redact.Participant("P1", (SECRET,)),),
    )  # fmt: skip
    outcome = dict.fromkeys(
        ["narrative", "school", "record_code", "incident_type", "incident_date", "incident_description"], True
    )
    view = redact.view(document, redact.marks(document), outcome, redact.Audience(redact.AudienceKind.AGENCY))
    return redact.render(view, redact.ReleaseMeta("C-0000000", "Boston Police Department", "Fri 20 Nov 2026"))


def verdict(pdf: bytes) -> redact.GateReport:
    return redact.gate(pdf, [SECRET], [])


def changed(pdf: bytes, change) -> bytes:
    with pikepdf.open(BytesIO(pdf)) as opened:
        change(opened)
        out = BytesIO()
        opened.save(out)
    return out.getvalue()


def test_a_clean_copy_passes(clean):
    report = verdict(clean)
    assert report.passed, report.findings
    assert report.pages == 2, "the cover and the record"


def draw(operators: str):
    """Add a font of the standard fourteen and these operators to the first page."""

    def change(opened: pikepdf.Pdf) -> None:
        page = opened.pages[0]
        fonts = page.Resources.get("/Font") or Dictionary()
        fonts["/Plain"] = opened.make_indirect(
            Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding)
        )
        page.Resources["/Font"] = fonts
        page.contents_add(Stream(opened, operators.encode()))

    return change


def annotation(opened: pikepdf.Pdf) -> None:
    note = Dictionary(Type=Name.Annot, Subtype=Name.Text, Rect=Array([0, 0, 9, 9]), Contents=String(SECRET))
    opened.pages[0]["/Annots"] = Array([opened.make_indirect(note)])


def bookmark(opened: pikepdf.Pdf) -> None:
    with opened.open_outline() as outline:
        outline.root.append(pikepdf.OutlineItem(SECRET, 0))


def information(opened: pikepdf.Pdf) -> None:
    opened.docinfo["/Keywords"] = SECRET


def metadata(opened: pikepdf.Pdf) -> None:
    with opened.open_metadata(set_pikepdf_as_editor=False) as meta:
        meta["dc:description"] = SECRET


def attachment(opened: pikepdf.Pdf) -> None:
    opened.attachments["report.txt"] = SECRET.encode()


def undrawn_form(opened: pikepdf.Pdf) -> None:
    form = Stream(
        opened, f"BT ({SECRET}) Tj ET".encode(), Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 9, 9])
    )
    opened.Root["/Spare"] = opened.make_indirect(form)


def hidden_layer(opened: pikepdf.Pdf) -> None:
    layer = opened.make_indirect(Dictionary(Type=Name.OCG, Name=String("Layer")))
    opened.Root["/OCProperties"] = Dictionary(OCGs=Array([layer]), D=Dictionary(OFF=Array([layer])))
    opened.pages[0].Resources["/Properties"] = Dictionary(Hidden=layer)
    draw(f"/OC /Hidden BDC BT /Plain 12 Tf 100 300 Td ({SECRET}) Tj ET EMC")(opened)


def other_text_of_an_element(opened: pikepdf.Pdf) -> None:
    opened.Root.StructTreeRoot.K[0]["/Alt"] = String(SECRET)


def script(opened: pikepdf.Pdf) -> None:
    opened.Root["/OpenAction"] = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))


PLANTS = {
    "under a box": draw(f"BT /Plain 12 Tf 100 300 Td ({SECRET}) Tj ET 0 0 0 rg 90 290 200 20 re f"),
    "in white": draw(f"1 1 1 rg BT /Plain 12 Tf 100 300 Td ({SECRET}) Tj ET"),
    "invisible": draw(f"BT 3 Tr /Plain 12 Tf 100 300 Td ({SECRET}) Tj ET"),
    "tiny": draw(f"BT /Plain 0.01 Tf 100 300 Td ({SECRET}) Tj ET"),
    "off the page": draw(f"BT /Plain 12 Tf 100 3000 Td ({SECRET}) Tj ET"),
    "as another text of a figure": draw(
        f"/Span << /ActualText ({SECRET}) >> BDC BT /Plain 9 Tf 100 300 Td (x) Tj ET EMC"
    ),
    "in an annotation": annotation,
    "in a bookmark": bookmark,
    "in the document's information": information,
    "in its metadata": metadata,
    "in an attachment": attachment,
    "in a form that nothing draws": undrawn_form,
    "in a layer that is off": hidden_layer,
    "as another text of an element": other_text_of_an_element,
    "nothing but a script": script,
}


@pytest.mark.parametrize("plant", PLANTS.values(), ids=PLANTS.keys())
def test_every_hiding_place_is_found(plant, clean):
    report = verdict(changed(clean, plant))
    assert not report.passed
    assert SECRET not in repr(report), "a finding never repeats the word"
    assert "Aguilar" not in repr(report)


# The layer that must see each plant by itself, so that no check leans on another.
SEEN_BY = {
    "under a box": "pdfium text",
    "in white": "pypdf text",
    "invisible": "drawing",
    "tiny": "pypdf text",
    "off the page": "pypdf text",
    "as another text of a figure": "stream",
    "in an annotation": "string",
    "in a bookmark": "string",
    "in the document's information": "string",
    "in its metadata": "string",
    "in an attachment": "stream",
    "in a form that nothing draws": "stream",
    "in a layer that is off": "pdfium text",
    "as another text of an element": "string",
}


@pytest.mark.parametrize("name", SEEN_BY)
def test_the_layer_that_should_see_a_word_sees_it(name, clean):
    report = redact.gate(changed(clean, PLANTS[name]), [SECRET], [], ocr=False)
    assert SEEN_BY[name] in {finding.layer for finding in report.findings}, report.findings


def test_a_copy_saved_again_by_another_program_still_passes(clean):
    """The control of every plant above: it is the plant that fails, not the saving."""
    report = verdict(changed(clean, lambda _: None))
    assert report.passed, report.findings


def test_an_earlier_revision_is_found(clean):
    first = changed(clean, draw(f"BT /Plain 12 Tf 100 300 Td ({SECRET}) Tj ET"))
    later = first + b"\n1 0 obj\n<<>>\nendobj\nxref\n0 0\ntrailer\n<< /Prev 9 >>\nstartxref\n9\n%%EOF\n"
    assert not verdict(later).passed


def test_what_follows_the_end_mark_is_found(clean):
    assert not verdict(clean + SECRET.encode()).passed
    assert not verdict(clean + b"\n" + SECRET.encode("utf-16-be")).passed


def test_a_word_drawn_as_a_picture_is_found(clean):
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("RGB", (900, 120), "white")
    font = ImageFont.truetype(next(str(path) for path in redact_font()), 64)
    ImageDraw.Draw(picture).text((20, 20), SECRET, fill="black", font=font)

    def change(opened: pikepdf.Pdf) -> None:
        page = opened.pages[0]
        image = Stream(
            opened, picture.tobytes(), Type=Name.XObject, Subtype=Name.Image, Width=900, Height=120,
            ColorSpace=Name.DeviceRGB, BitsPerComponent=8,
        )  # fmt: skip
        page.Resources["/XObject"] = Dictionary({"/Im0": opened.make_indirect(image)})
        page.contents_add(Stream(opened, b"q 300 0 0 40 100 300 cm /Im0 Do Q"))

    report = verdict(changed(clean, change))
    assert any(finding.layer == "pixels" for finding in report.findings), report.findings


def redact_font():
    from schoolgate.engines.redact import glyphs

    return glyphs.font_files()


def test_without_a_look_at_the_pixels_nothing_passes(clean):
    assert not redact.gate(clean, [SECRET], [], ocr=False).passed


def test_bytes_that_are_no_pdf_do_not_pass():
    assert not verdict(b"not a PDF").passed
