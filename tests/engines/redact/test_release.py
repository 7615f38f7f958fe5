"""What a copy looks like and says of itself: cover, numbers, recipient, characters, the picture of its first page."""

import re
from dataclasses import replace
from io import BytesIO

import pypdf
import pypdfium2
import pytest
from PIL import Image

from schoolgate.engines import redact
from schoolgate.engines.redact import glyphs
from schoolgate.engines.redact.errors import RenderError
from support import planting
from support.planting import META, copy_of

FULL = replace(META, legal_basis=(("603 CMR 23.07(4)", "Who may have a record."),), conditions="Do not pass this on.")


def pages_of(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(BytesIO(pdf)).pages]


def test_the_cover_says_what_it_is_for_whom_and_under_which_provisions():
    cover, record = pages_of(copy_of(meta=FULL))
    for said in ("Release copy C-0000000", "Boston Police Department", "Boston Public Schools", "Fri 20 Nov 2026",
                 "603 CMR 23.07(4)", "Who may have a record.", "Do not pass this on.", "may be withheld",
                 "2: C-0000000-0001 to C-0000000-0002"):  # fmt: skip
        assert said in cover, said
    assert "east stairs" in record
    assert "east stairs" not in cover


def test_every_page_has_its_number_and_its_recipient():
    long = " ".join(f"@P1 waited at the stairs near room {room} for the bell." for room in range(120))
    attached = planting.paper(["The note was left there"])
    pages = pages_of(copy_of(long, attached=(attached,), meta=FULL))
    assert len(pages) >= 5
    for number, text in enumerate(pages, start=1):
        assert f"C-0000000-{number:04d}" in text
        assert f"Page {number} of {len(pages)}" in text
        assert "Made for Boston Police Department" in text
        assert "Fri 20 Nov 2026" in text


def test_the_list_of_provisions_does_not_depend_on_the_record():
    one, other = (copy_of(text, meta=FULL) for text in ("@P1 ran.", "Nothing is withheld from this one."))
    assert pages_of(one)[0] == pages_of(other)[0]


@pytest.mark.parametrize(("language", "said"), [("es", "Qué es esto"), ("pt", "O que é isto"), ("ht", "Ki sa sa ye")])
def test_the_cover_speaks_the_copys_language(language, said):
    pdf = copy_of(meta=replace(FULL, language=language))
    assert said in pages_of(pdf)[0]
    assert pypdf.PdfReader(BytesIO(pdf)).trailer["/Root"]["/Lang"] == language


def test_every_language_has_every_label():
    from schoolgate.engines.redact.release import _all_labels

    tables = _all_labels()
    assert {frozenset(table) for table in tables.values()} == {frozenset(tables["en"])}


def test_the_words_of_an_attachment_stand_below_its_picture_and_nothing_of_what_is_under_boxes():
    page = planting.paper(["The note was left", "by Marisol today"], covered=("Marisol",))
    pages = pages_of(copy_of(attached=(page,)))
    text = " ".join(pages[2:])
    assert "Attachment 1, page 1 of 1" in text
    assert "The note was left" in text
    assert re.search(r"by\s+today", text)


def test_a_picture_that_is_none_is_refused():
    page = replace(planting.paper(["A note"]), picture=b"GIF89a")
    with pytest.raises(RenderError, match="neither PNG nor JPEG"):
        copy_of(attached=(page,))


@pytest.mark.parametrize(
    ("given", "printed"),
    [
        ("\U0001f600!", "[U+1F600 grinning face]!"),
        ("ത", "[U+0D24 malayalam letter ta]"),
        ("ি", "[U+09BF bengali vowel sign i]"),
        ("e\u0301", "é"),
        ("王小明 محمد Жук", "王小明 محمد Жук"),
        ("a\u200bb\u202ec\u00ad", "abc"),
        ("a\ue000b\x01c", "abc"),
        ("a\tb\u3000c", "a b c"),
        ("王\u0651", "王[U+0651 arabic shadda]"),
    ],
)
def test_what_the_fonts_lack_is_written_out_and_what_is_not_seen_is_dropped(given, printed):
    assert glyphs.printable(given) == printed


def test_characters_of_every_script_render():
    """One character of each thousand that Unicode names: written, written out, or dropped; never a refused page."""
    text = " ".join(chr(point) for point in range(0x21, 0x20000, 211) if not 0xD800 <= point < 0xE000)
    assert len(copy_of(text)) > 10_000


def test_a_word_longer_than_a_line_stays_on_the_page():
    pdf = copy_of("@P1 wrote " + "a" * 900 + " on it.")
    with pypdfium2.PdfDocument(pdf) as document:
        for page in document:
            assert all(item.get_bounds()[2] < 612 for item in page.get_objects())
    assert "".join(pages_of(pdf)).count("a" * 40) >= 20


@pytest.mark.parametrize("record", [True, False])
def test_the_first_page_as_a_picture(record):
    view = redact.View(
        redact.AudienceKind.STAFF, (redact.Row("school", (redact.Shown("East Harbor"),)),), (), (), False,  # noqa: FBT003
        ((redact.Mark(), redact.Shown(" was there.")),), (), False,  # noqa: FBT003
    )  # fmt: skip
    with Image.open(BytesIO(redact.first_page(view, FULL, record=record))) as picture:
        assert picture.size == (850, 1100)
        dark = sum(picture.convert("L").histogram()[:20])
    assert dark > 500, "there is a box on both"
