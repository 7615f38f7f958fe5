"""What a paper holds beside what one sees: found, told, and taken out of a picture without a changed pixel."""

import struct
import zlib
from io import BytesIO

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from schoolgate.apps.access.moment import today
from schoolgate.apps.agencies.beside import WORDS, Beside, beside, in_words
from schoolgate.apps.agencies.documents import Paper, document_bytes, keep_document
from schoolgate.apps.ledger.models import Reading

AUTHOR, CAMERA, SECRET = b"Gretchen Hallowby", b"Brandex 9", b"quiverstone"
EXIF_AUTHOR, EXIF_MAKE, EXIF_TURNED, EXIF_GPS = 0x013B, 0x010F, 0x0112, 0x8825


def picture():
    """A picture with something to see."""
    image = Image.new("RGB", (64, 48), "white")
    image.putdata([(x * 3 % 256, y * 5 % 256, (x + y) % 256) for y in range(48) for x in range(64)])
    return image


def exif(turned=1):
    found = Image.Exif()
    found[EXIF_AUTHOR], found[EXIF_MAKE], found[EXIF_TURNED] = AUTHOR.decode(), CAMERA.decode(), turned
    found.get_ifd(EXIF_GPS).update({1: "N", 2: (42.0, 21.0, 30.0), 3: "W", 4: (71.0, 3.0, 37.0)})
    return found


def jpeg(**saved):
    written = BytesIO()
    picture().save(written, "JPEG", **saved)
    return written.getvalue()


def png(**saved):
    written = BytesIO()
    picture().save(written, "PNG", **saved)
    return written.getvalue()


def pixels(content):
    with Image.open(BytesIO(content)) as opened:
        return opened.convert("RGB").tobytes()


def test_a_picture_loses_who_made_it_and_where_and_no_pixel():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for content in (
        jpeg(exif=exif(), comment=SECRET, icc_profile=profile),
        jpeg(exif=exif(), progressive=True, xmp=b"<x:xmpmeta>exif:GPSLatitude dc:creator " + SECRET + b"</x:xmpmeta>"),
    ):
        found = beside(content, "image/jpeg")
        assert {"author", "place", "device"} <= set(found.codes)
        assert not [word for word in (AUTHOR, CAMERA, SECRET, b"GPS", b"Exif") if word in found.cleaned]
        assert pixels(found.cleaned) == pixels(content)
        assert beside(found.cleaned, "image/jpeg") == beside(jpeg(), "image/jpeg")
    assert b"ICC_PROFILE" in beside(jpeg(exif=exif(), icc_profile=profile), "image/jpeg").cleaned, (
        "a color stays itself"
    )


@pytest.mark.parametrize("turned", range(2, 9))
def test_a_picture_that_is_held_otherwise_stays_so(turned):
    found = beside(jpeg(exif=exif(turned)), "image/jpeg")
    with Image.open(BytesIO(found.cleaned)) as opened:
        assert dict(opened.getexif()) == {EXIF_TURNED: turned}


def test_what_stands_behind_a_pictures_end_goes_too():
    """A telephone keeps a second picture there, larger than what was cut out, or a film."""
    for content, kind in ((jpeg(), "image/jpeg"), (png(), "image/png")):
        assert beside(content, kind) == Beside(), "nothing beside, nothing to clean"
        found = beside(content + jpeg() + SECRET, kind)
        assert (found.codes, found.cleaned) == (("other",), content)


def test_the_words_and_the_hidden_frames_of_a_png_go():
    told = PngImagePlugin.PngInfo()
    told.add_text("Author", AUTHOR.decode())
    told.add_itxt("XML:com.adobe.xmp", "exif:GPSLatitude 42,21.5N")
    told.add_text("Comment", SECRET.decode(), zip=True)
    still = png(pnginfo=told, exif=exif())
    moving = BytesIO()
    picture().save(moving, "PNG", save_all=True, append_images=[Image.new("RGB", (64, 48), "red")])
    for content in (still, moving.getvalue()):
        found = beside(content, "image/png")
        assert pixels(found.cleaned) == pixels(content)
        assert not [name for name in (b"tEXt", b"iTXt", b"zTXt", b"eXIf", b"fdAT", b"acTL") if name in found.cleaned]
    assert {"author", "place", "device", "other"} <= set(beside(still, "image/png").codes)


@given(st.binary(max_size=400), st.integers(0, 800))
def test_a_broken_picture_is_told_as_unread_and_given_as_it_is(noise, place):
    for whole, kind in ((jpeg(exif=exif()), "image/jpeg"), (png(), "image/png")):
        content = whole[:place] + noise if place > 8 else whole[:8] + noise
        found = beside(content, kind)
        assert set(found.codes) <= set(WORDS)
        if found.codes == ("unread",):
            assert found.cleaned is None


def written(made, **saved):
    out = BytesIO()
    made.save(out, **saved)
    return out.getvalue()


def test_what_a_pdf_holds_is_told_also_where_it_is_packed():
    plain = pikepdf.new()
    plain.add_blank_page()
    assert beside(written(plain), "application/pdf").codes == ()
    for packed in (pikepdf.ObjectStreamMode.disable, pikepdf.ObjectStreamMode.generate):
        made = pikepdf.new()
        made.add_blank_page()
        made.docinfo["/Author"] = AUTHOR.decode()
        made.attachments["notes.txt"] = SECRET
        made.Root["/OpenAction"] = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
        found = beside(written(made, object_stream_mode=packed), "application/pdf")
        assert {"author", "files", "script"} <= set(found.codes), packed
        assert found.cleaned is None


def test_earlier_states_of_a_pdf_are_told_and_one_made_for_the_web_has_none():
    plain = pikepdf.new()
    plain.add_blank_page()
    once = written(plain)
    assert "revisions" not in beside(written(plain, linearize=True), "application/pdf").codes
    again = once + b"\n9 0 obj\n<< >>\nendobj\ntrailer\n<< /Size 10 >>\nstartxref\n9\n%%EOF\n"
    assert "revisions" in beside(again, "application/pdf").codes


def test_a_pdf_that_is_locked_or_packed_too_large_is_told_as_unread():
    plain = pikepdf.new()
    plain.add_blank_page()
    locked = written(plain, encryption=pikepdf.Encryption(owner="a", user="b"))
    assert "unread" in beside(locked, "application/pdf").codes
    bomb = zlib.compress(bytes(40 << 20))
    head = b"%PDF-1.7\n1 0 obj\n<< /Type /ObjStm /Filter /FlateDecode /Length " + str(len(bomb)).encode()
    large = head + b" >>\nstream\n" + bomb + b"\nendstream\nendobj\nstartxref\n9\n%%EOF\n"
    assert "unread" in beside(large, "application/pdf").codes


def test_the_words_end_a_sentence():
    assert in_words(["author"]) == "who made it"
    assert in_words(["author", "place"]) == "who made it, and where it was taken"
    assert in_words([]) == ""


@pytest.mark.django_db
def test_evidence_is_kept_as_it_came_told_about_and_given_without(cast, sign_in):
    """Whoever hands it in reads what else is in it; the office gets the picture alone, or asks for the file."""
    content = jpeg(exif=exif(6))
    mother = sign_in("aguilar")
    told = {
        "giver": str(cast.agencies["boston-police"].pk),
        "receiver": "",
        "giver_name": "",
        "receiver_name": "The fusion center",
        "first_day": today().isoformat(),
        "last_day": today().isoformat(),
        "how": "letter",
        "story": "I took a picture of the letter.",
        "copy": "",
        "citation": "",
        "paper": SimpleUploadedFile("letter.jpg", content, "image/jpeg"),
    }
    done = mother.post(reverse("transfers:tell"), told, follow=True)
    assert done.redirect_chain, done.text
    assert "where it was taken" in done.text
    assert "the file as it came" not in done.text
    address = done.redirect_chain[-1][0]
    officer = sign_in("whitfield")
    page = officer.get(address).text
    assert "where it was taken" in page
    link = next(part.split('"')[0] for part in page.split('href="') if "as-it-came" in part)
    readings = Reading.objects.count()
    given_on = officer.get(link.split("?")[0])
    came = officer.get(link)
    assert Reading.objects.count() == readings + 2
    assert AUTHOR not in given_on.content
    assert pixels(given_on.content) == pixels(content)
    assert came.content == content


@pytest.mark.django_db
def test_a_paper_that_cannot_be_cleaned_says_so(cast):
    made = pikepdf.new()
    made.add_blank_page()
    made.docinfo["/Author"] = AUTHOR.decode()
    content = written(made)
    document = keep_document(Paper("A memorandum", content), added_by=None)
    assert "author" in document.beside
    assert document_bytes(document) == content
    assert "who made it" in document.beside_words
    assert keep_document(Paper("A note", b"Nothing but words."), added_by=None).beside == []


def test_a_segment_that_lies_about_its_length_is_unread():
    lying = jpeg()[:2] + struct.pack(">BBH", 0xFF, 0xE1, 60_000) + b"Exif\0\0"
    assert beside(lying, "image/jpeg").codes == ("unread",)
