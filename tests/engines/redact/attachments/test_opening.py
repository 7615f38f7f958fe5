"""What an attachment is, what of it becomes pages, and what does not."""

import struct
import zlib
from io import BytesIO

import numpy as np
import pikepdf
import pytest
from PIL import Image, ImageCms

from schoolgate.engines.redact.attachments import NOTES, WORDS, AttachmentError, Page, open_attachment
from support.attachments import opened, outcome, pdf, printed, said, saved, scanned

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def refused(data: bytes) -> AttachmentError:
    with pytest.raises(AttachmentError) as wrong:
        opened(data, "Marisol Reyes.pdf")
    assert "Marisol" not in str(wrong.value)
    assert str(wrong.value).startswith(WORDS[wrong.value.code])
    return wrong.value


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (bytes(4000), "empty"),
        (b"PK\x03\x04" + bytes(26) + b"word/document.xml", "office"),
        (b"PK\x03\x04" + bytes(26) + b"[Content_Types].xml xl/workbook.xml", "office"),
        (b"PK\x03\x04" + bytes(26) + b"photo.jpg", "archive"),
        (b"{\\rtf1\\ansi Marisol}", "office"),
        (OLE + b"WordDocument", "office"),
        (OLE + "__properties_version1.0".encode("utf-16-le"), "outlook"),
        (b"!BDN" + bytes(600), "outlook"),
        (b"\x78\x9f\x3e\x22" + bytes(40), "winmail"),
        (b"Rar!\x1a\x07", "archive"),
        (b"\x1f\x8b\x08" + bytes(20), "archive"),
        (bytes(257).replace(b"\0", b"a") + b"ustar\0", "archive"),
        (b"\0\0\0\x18ftypheic" + bytes(20), "heic"),
        (b"\0\0\0\x18ftypavif" + bytes(20), "heic"),
        (b"\0\0\0\x18ftypmp42" + bytes(20), "audio_video"),
        (b"\0\0\0\x18ftypqt  " + bytes(20), "audio_video"),
        (b"RIFF\0\0\0\0WAVEfmt ", "audio_video"),
        (b"ID3\x04" + bytes(20), "audio_video"),
        (b"\x1aE\xdf\xa3" + bytes(20), "audio_video"),
        (b"OggS" + bytes(20), "audio_video"),
        (b"FORM\0\0\0\0AIFF", "audio_video"),
        (b"<?xml version='1.0'?><svg onload='x()'/>", "vector"),
        (b"%!PS-Adobe", "vector"),
        (b"\x7fELF" + bytes(range(40)), "unknown_kind"),
        (b"From a@b Mon Mar  2 2026\nFrom: a\nTo: b\n\nx\n\nFrom c@d Mon Mar  2 2026\nFrom: c\n\ny", "archive"),
    ],
)
def test_what_cannot_be_opened_is_told_from_its_content_with_what_to_do(data, code):
    wrong = refused(data)
    assert wrong.code == code
    assert wrong.hand_made == (code == "audio_video"), "only sound and video may be copied by hand"


def test_words_of_refusal_end_in_something_to_do():
    for code, words in WORDS.items():
        assert words.endswith("."), code
        assert len(words) > 40, code


def test_too_many_bytes_are_refused_before_anything_looks_at_them():
    assert refused(b"%PDF-1.7\n" + bytes(65 << 20)).code == "too_large"


@pytest.fixture(scope="module")
def born() -> Page:
    """A page of a born-digital PDF that also has a hidden line, a picture of words and a stale layer."""
    body = (
        "Marisol Reyes met Kevin.\\ #text(fill: white)[Hidden Villanueva stays hidden.]"
        "#place(top + left, dx: 150pt, dy: 36pt, text(size: 3pt)[Ximena Quiroga])"
    )
    (page,) = opened(pdf(body, height=60))
    return page


def test_a_pdf_is_a_picture_with_words_that_both_ways_of_reading_agree_on(born):
    assert (born.kind, born.part, born.number, born.of) == ("pdf", (), 1, 1)
    assert (born.columns, born.rows) == (625, 125)
    assert (born.width, born.height) == (pytest.approx(300), pytest.approx(60, abs=0.5))
    words = {word.text: word for word in born.words}
    assert words["Marisol"].source == "agreed"
    assert words["Marisol"].left == pytest.approx(8, abs=2)
    assert words["Marisol"].right < words["Reyes"].left


def test_what_only_the_text_layer_says_is_never_a_word_of_the_page(born):
    shown = {word.text for word in born.words if word.source != "layer"}
    assert not {"Hidden", "Villanueva"} & {word.text for word in born.words}, "there is nothing to see there"
    assert "Quiroga" not in shown
    # Print too small to be read is something to see: it helps to find, and is marked for a person's eyes.
    assert {word.text for word in born.words if word.source == "layer"} <= {"Ximena", "Quiroga"}


def test_a_page_can_be_kept_and_taken_up_again(born):
    kept = born.packed()
    assert Page.unpacked(kept) == born
    for spoilt in (kept[:-1], kept + b"x", b"SGP2" + kept[4:], kept[:40], b"", kept.replace(b'"rows"', b'"rowz"')):
        with pytest.raises(AttachmentError):
            Page.unpacked(spoilt)
    assert "Marisol" not in repr(born)
    assert Image.open(BytesIO(born.png())).size == (625, 125)


def changed(data: bytes, change) -> bytes:
    held = BytesIO()
    with pikepdf.open(BytesIO(data)) as file:
        options = change(file) or {}
        file.save(held, **options)
    return held.getvalue()


def blank(width: float, height: float, **keys: object) -> bytes:
    held = BytesIO()
    with pikepdf.new() as file:
        file.add_blank_page(page_size=(width, height))
        for key, value in keys.items():
            file.pages[0][f"/{key}"] = value
        file.save(held)
    return held.getvalue()


@pytest.mark.parametrize("owner_only", [True, False])
def test_encrypted_pdfs_are_refused(owner_only):
    lock = pikepdf.Encryption(owner="o", user="" if owner_only else "u")
    assert refused(changed(pdf("x"), lambda _: {"encryption": lock})).code == "encrypted"


@pytest.mark.parametrize("data", [b"%PDF-1.7\nnothing", pdf("x")[:300]])
def test_damaged_pdfs_are_refused(data):
    assert refused(data).code == "damaged"


def test_scripts_and_files_inside_a_pdf_are_told_and_left():
    def change(file):
        file.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
        file.Root.Names = pikepdf.Dictionary(
            JavaScript=pikepdf.Dictionary(Names=["x", pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")])
        )
        file.attachments["marisol.txt"] = b"Marisol"

    (page,) = opened(changed(pdf("A bus"), change))
    assert set(page.notes) == {NOTES["scripts"], NOTES["files_inside"]}
    assert said(page) == "A bus"


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (blank(14400, 14400), (2550, 2550)),
        (blank(14400, 72), (2550, 13)),
        (blank(612, 792, UserUnit=100), (1970, 2550)),
        (blank(100, 200, Rotate=90), (417, 209)),
        (blank(100, 200, CropBox=[0, 0, 50, 50]), (105, 105)),
    ],
)
def test_boxes_of_a_pdf_are_brought_down_before_anything_is_drawn(data, size):
    (page,) = opened(data)
    assert (page.columns, page.rows) in (size, (1275, 1650)) or (page.columns, page.rows) == size


def test_a_pdf_of_too_many_pages_is_refused():
    held = BytesIO()
    with pikepdf.new() as file:
        for _ in range(301):
            file.add_blank_page(page_size=(10, 10))
        file.save(held)
    assert refused(held.getvalue()).code == "too_many_pages"


def test_pages_come_one_by_one_with_how_far_it_is():
    held = BytesIO()
    with pikepdf.new() as file:
        for width in (100, 200, 300):
            file.add_blank_page(page_size=(width, 50))
        file.save(held)
    with open_attachment("x", held.getvalue()) as pages:
        assert (pages.kind, pages.expected, pages.done) == ("pdf", 3, 0)
        first = next(pages)
        assert (first.number, first.of, pages.done) == (1, 3, 1)
    with pytest.raises(AttachmentError) as wrong:
        next(pages)
    assert wrong.value.code == "closed"


GPS = Image.Exif()
GPS[0x010E] = "Marisol at home"
GPS[0x0112] = 6
GPS.get_ifd(0x8825)[1] = "N"


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("PNG", {}),
        ("JPEG", {"quality": 90}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("GIF", {}),
        ("WEBP", {"lossless": True}),
        ("MPO", {"quality": 90}),
    ],
)
def test_pictures_become_pages_and_their_print_is_read(kind, options):
    (page,) = opened(saved(printed("Marisol met Kevin"), kind, **options))
    assert (page.kind, page.columns, page.rows) == ("picture", 620, 70)
    assert said(page) == "Marisol met Kevin"
    assert not page.needs_eyes


def test_a_photograph_is_turned_upright_by_what_its_camera_says():
    turned = printed("Marisol met Kevin").rotate(90, expand=True)
    (page,) = opened(saved(turned, "JPEG", quality=92, exif=GPS))
    assert (page.columns, page.rows) == (620, 70)
    assert said(page) == "Marisol met Kevin"


def test_a_scan_that_lies_on_its_side_is_turned_by_what_can_be_read():
    text = "Marisol Reyes met Kevin Tran on bus"
    (page,) = opened(saved(scanned(printed(text)).rotate(180), "PNG"))
    assert said(page) == text
    (page,) = opened(saved(printed(text).rotate(270, expand=True), "PNG"))
    assert (page.columns, page.rows, said(page)) == (620, 70, text)


def test_a_scanners_resolution_gives_the_size_on_paper():
    (page,) = opened(saved(Image.new("L", (850, 1100), 255), "TIFF", dpi=(300, 300)))
    assert (page.columns, page.rows) == (425, 550)
    (page,) = opened(saved(Image.new("1", (5000, 100), 1), "PNG", dpi=(72, 72)))
    assert (page.columns, page.rows) == (2550, 51)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "CMYK", "I;16", "1"])
def test_every_kind_of_pixel_becomes_plain_colour(mode):
    if mode == "P":
        image = Image.new("P", (40, 30), 0)
        image.putpalette([255, 0, 0, 0, 255, 0])
        data = saved(image, "PNG", transparency=0)
    elif mode == "CMYK":
        data = saved(Image.new("CMYK", (40, 30), (0, 0, 0, 0)), "JPEG")
    elif mode == "I;16":
        data = saved(Image.fromarray(np.full((30, 40), 65535, np.uint16)), "PNG")
    elif mode == "1":
        data = saved(Image.new("1", (40, 30), 1), "TIFF")
    else:
        data = saved(Image.new(mode, (40, 30), (200, 10, 10, 0) if mode == "RGBA" else (10, 0)), "PNG")
    (page,) = opened(data)
    assert (page.array() >= 250).all(), "what is transparent lies on white, and white is white"


def test_colours_are_those_of_the_pictures_profile_and_a_broken_one_does_no_harm():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for data in (profile, b"no profile at all"):
        (page,) = opened(saved(Image.new("RGB", (40, 30), (10, 200, 30)), "PNG", icc_profile=data))
        assert np.abs(page.array().astype(int) - (10, 200, 30)).max() <= 2


def test_each_page_of_a_fax_and_only_the_first_picture_of_what_moves():
    frames = [Image.new("L", (60, 40), shade) for shade in (250, 120, 10)]
    pages = opened(saved(frames[0], "TIFF", save_all=True, append_images=frames[1:]))
    assert [(page.number, page.of, int(page.array()[0, 0, 0])) for page in pages] == [
        (1, 3, 250),
        (2, 3, 120),
        (3, 3, 10),
    ]
    (page,) = opened(saved(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=50))
    assert page.notes == (NOTES["more_pictures"],)
    assert int(page.array()[0, 0, 0]) >= 245


def test_a_bomb_on_the_second_page_is_refused():
    pages = [Image.new("1", size) for size in ((8, 8), (9000, 9000))]
    data = saved(pages[0], "TIFF", save_all=True, append_images=pages[1:], compression="group4")
    assert len(data) < 50_000
    assert refused(data).code == "too_many_pixels"


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few kilobytes that unpacks to gigabytes."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = zlib.compressobj(9)
    packed = b"".join(rows.compress(bytes(1 << 20)) for _ in range(40)) + rows.flush()
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(16000, 12000), (9000, 9000), (65535, 65535)])
def test_a_bomb_is_refused(size):
    data = bomb(*size)
    assert len(data) < 50_000
    assert refused(data).code == "too_many_pixels"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP"])
def test_what_was_cut_short_is_refused(kind):
    whole = saved(scanned(printed("Marisol met Kevin", (300, 200))), kind)
    assert refused(whole[: len(whole) // 2]).code == "damaged"


def test_a_polyglot_is_what_it_begins_as_and_nothing_else_of_it_is_kept():
    picture = saved(printed("A bus"), "PNG")
    (page,) = opened(picture + b"Marisol aCropalypse" + pdf("Marisol"))
    assert (page.kind, said(page)) == ("picture", "A bus")
    (page,) = opened(pdf("A bus") + b"PK\x03\x04 word/document.xml Marisol")
    assert (page.kind, said(page)) == ("pdf", "A bus")
    assert refused(b"PK\x03\x04 word/document.xml" + pdf("A bus")).code == "office"


def test_a_missing_language_is_refused_before_anything_is_opened(monkeypatch, tmp_path):
    monkeypatch.setenv("SCHOOLGATE_TESSDATA", str(tmp_path))
    assert refused(pdf("x")).code == "no_reader"


def test_files_that_fuzzing_makes_end_in_pages_or_in_a_refusal(trials):
    chance = np.random.default_rng(12)
    wholes = [pdf("A bus"), saved(printed("A bus", (80, 30)), "JPEG"), saved(printed("A bus", (80, 30)), "TIFF")]
    for turn in range(max(3, trials // 8)):
        data = bytearray(wholes[turn % len(wholes)])
        for at in chance.integers(12, len(data), 1 + turn % 40):
            data[at] = chance.integers(256)
        known = ("pages", "damaged", "crashed", "encrypted", "no_pages", "too_many_pixels", "too_slow", "too_big")
        assert outcome(bytes(data)) in known
