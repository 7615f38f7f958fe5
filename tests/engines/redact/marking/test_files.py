"""Files that were found elsewhere: every kind gives the same page, and no file does harm."""

import io
import struct
import zlib

import numpy as np
import pikepdf
import pytest
from PIL import Image

from schoolgate.engines.redact import marking
from schoolgate.engines.redact.marking import files
from support.marked import KEY, copy_id, everyone, release
from support.scans import printed


@pytest.fixture(scope="module")
def paper() -> np.ndarray:
    """A marked page as it was scanned at 150 dpi."""
    return printed(marking.mark(release(3), KEY, copy_id(30)), dpi=150)


def saved(picture, kind, **more) -> bytes:
    made = io.BytesIO()
    picture.save(made, kind, **more)
    return made.getvalue()


def as_pdf(pictures, side=(612, 792)) -> bytes:
    """Scans as a scanner's PDF holds them."""
    with pikepdf.new() as file:
        for picture in pictures:
            page = file.add_blank_page(page_size=side)
            image = file.make_stream(
                saved(picture, "JPEG", quality=80),
                Type=pikepdf.Name.XObject,
                Subtype=pikepdf.Name.Image,
                Width=picture.width,
                Height=picture.height,
                ColorSpace=pikepdf.Name.DeviceGray,
                BitsPerComponent=8,
                Filter=pikepdf.Name.DCTDecode,
            )
            page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=image))
            page.obj.Contents = file.make_stream(f"{side[0]} 0 0 {side[1]} 0 0 cm /Im Do".encode())
        made = io.BytesIO()
        file.save(made)
    return made.getvalue()


KINDS = {
    "png": lambda page: saved(page, "PNG"),
    "png of a screen": lambda page: saved(page.resize((850, 1100)), "PNG", dpi=(96, 96)),
    "png without paper": lambda page: saved(
        Image.merge("LA", (Image.new("L", page.size, 0), page.point(lambda level: 255 - level))), "PNG"
    ),
    "png in colour, on its side": lambda page: saved(
        page.convert("RGB").rotate(90, expand=True), "PNG", dpi=(150, 150)
    ),
    "png of 16 bits": lambda page: saved(Image.fromarray(np.asarray(page).astype(np.uint16) * 257), "PNG"),
    "jpeg": lambda page: saved(page, "JPEG", quality=70, dpi=(150, 150)),
    "tiff": lambda page: saved(page, "TIFF", compression="tiff_lzw", dpi=(150, 150)),
    "pdf": lambda page: as_pdf([page]),
    "pdf of a point a pixel": lambda page: as_pdf([page], (1275, 1650)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_file_gives_the_page(kind, paper):
    (page,) = files.pages_of(KINDS[kind](Image.fromarray(paper)))
    height, width = page.dark.shape
    assert width / 1275 == pytest.approx(1, abs=0.09)
    assert height / width == pytest.approx(11 / 8.5, abs=0.01)
    # What is dark in the page that was printed is dark in the page that was read.
    small, known = (
        np.asarray(Image.fromarray(levels).resize((85, 110), Image.Resampling.BOX), dtype=float)
        for levels in (page.levels(), paper)
    )
    turned = max(np.corrcoef(way.ravel(), known.ravel())[0, 1] for way in (small, small[::-1, ::-1]))
    assert turned > 0.9, kind


def test_a_scan_in_a_pdf_names_its_copy(paper):
    traced = marking.trace(as_pdf([Image.fromarray(paper)]), everyone())
    assert [one.copy for one in traced.named] == [copy_id(30)]
    assert traced.hypotheses == 1


def test_the_pages_of_one_file_may_be_of_several_copies(paper):
    other = Image.fromarray(printed(marking.mark(release(4), KEY, copy_id(40)), dpi=150))
    white = Image.new("L", other.size, 255)
    pages = [Image.fromarray(paper), white, other]
    data = saved(pages[0], "TIFF", save_all=True, append_images=pages[1:], compression="tiff_lzw", dpi=(150, 150))
    traced = marking.trace(data, everyone())
    assert [[one.copy for one in named] for named in traced.pages] == [[copy_id(30)], [], [copy_id(40)]]
    assert {one.copy for one in traced.named} == {copy_id(30), copy_id(40)}
    assert traced.hypotheses == 4


def png_that_claims(width, height) -> bytes:
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


def pdf_of(side, unit=1.0) -> bytes:
    with pikepdf.new() as file:
        page = file.add_blank_page(page_size=side)
        page.obj.UserUnit = unit
        made = io.BytesIO()
        file.save(made)
    return made.getvalue()


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "no PDF, PNG, JPEG or TIFF"),
        (b"<svg/>", "no PDF, PNG, JPEG or TIFF"),
        (b"GIF89a" + bytes(100), "no PDF, PNG, JPEG or TIFF"),
        (png_that_claims(9_000, 9_000), "more than 60,000,000 pixels"),
        (png_that_claims(40_000, 40_000), "cannot be read"),
        (png_that_claims(600, 600), "cannot be read"),
        (b"\xff\xd8\xff" + bytes(50), "cannot be read"),
        (b"II*\0" + bytes(50), "cannot be read"),
        (b"\x89PNG" + bytes(50), "cannot be read"),
        (pdf_of((14_400, 3)), "larger or thinner"),
        (pdf_of((3, 14_400)), "larger or thinner"),
    ],
)
def test_no_file_does_harm(data, word):
    with pytest.raises(marking.MarkError, match=word):
        list(files.pages_of(data))


@pytest.mark.parametrize("pdf", [pdf_of((14_400, 14_400)), pdf_of((612, 792), unit=1000.0)])
def test_a_page_of_any_size_is_drawn_at_the_size_of_a_letter_page(pdf):
    (page,) = files.pages_of(pdf)
    assert page.dark.size < 3_000_000


def test_a_file_closed_by_a_password_is_refused():
    with pikepdf.new() as file:
        file.add_blank_page(page_size=(612, 792))
        made = io.BytesIO()
        file.save(made, encryption=pikepdf.Encryption(owner="a", user="b"))
    with pytest.raises(marking.MarkError, match="password"):
        list(files.pages_of(made.getvalue()))
