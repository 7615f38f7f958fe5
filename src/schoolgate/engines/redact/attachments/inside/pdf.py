"""PDF in, pages out, by pdfium. Its scripts are never run; its attachments are counted and left."""

import ctypes
import math

import pypdfium2
import pypdfium2.raw as pdfium

from . import pages, wire

_POINTS = 72
_MOST_CHARACTERS = 100_000
_NO_SECURITY = -1
_NO_BOX = (math.inf, math.inf, -math.inf, -math.inf)
_ROUNDED = 0.01
_SURROGATES = range(0xD800, 0xE000)
Word = tuple[str, float, float, float, float]


def prepare() -> None:
    """Loads the library: nothing can be loaded later."""
    document = pypdfium2.PdfDocument.new()
    document.new_page(_POINTS, _POINTS)
    document[0].render().to_pil().convert("RGB").tobytes()
    document.close()


def work() -> None:
    """Reads the file, says how many pages there are, then each page.

    Raises:
        wire.Refusal: if it is encrypted, damaged, empty or too long.
    """
    data = wire.hear_file()
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError:
        locked = pdfium.FPDF_GetLastError() in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY)
        raise wire.Refusal("encrypted" if locked else "damaged") from None
    if pdfium.FPDF_GetSecurityHandlerRevision(document) != _NO_SECURITY:
        raise wire.Refusal("encrypted")
    notes = []
    if pdfium.FPDFDoc_GetJavaScriptActionCount(document) > 0:
        notes.append("scripts")
    if pdfium.FPDFDoc_GetAttachmentCount(document) > 0:
        notes.append("files_inside")
    pages.say_count(len(document), notes)
    document.init_forms()
    for number in range(len(document)):
        page = document[number]
        width, height, scale = _size(page)
        picture = page.render(scale=scale, fill_color=(255, 255, 255, 255), rev_byteorder=True).to_pil()
        layer = _layer(page, picture.width, picture.height)
        # A size that rounding made one pixel longer.
        pages.say_page(picture.crop((0, 0, min(width, picture.width), min(height, picture.height))), layer)
        page.close()


def _size(page: pypdfium2.PdfPage) -> tuple[int, int, float]:
    """The picture's size in pixels, and pixels a point. Absurd boxes are brought down before anything is drawn."""
    across, down = page.get_size()
    if not (math.isfinite(across) and math.isfinite(down) and across > 0 and down > 0):
        raise wire.Refusal("damaged")
    scale = min(pages.DPI / _POINTS, pages.LONGEST / max(across, down))
    if min(across, down) * scale < 1:
        raise wire.Refusal("damaged")
    return math.ceil(across * scale - _ROUNDED), math.ceil(down * scale - _ROUNDED), scale


def _layer(page: pypdfium2.PdfPage, width: int, height: int) -> list[Word]:
    """The words of the text layer, and their boxes in pixels of the picture. O(characters)."""
    text = page.get_textpage()
    words: list[Word] = []
    word, box = "", _NO_BOX
    for at in range(min(text.count_chars(), _MOST_CHARACTERS)):
        code = pdfium.FPDFText_GetUnicode(text, at)
        char = "" if code in _SURROGATES or code > 0x10FFFF else chr(code)  # noqa: PLR2004 - Unicode's end
        if char and not char.isspace() and code:
            word += char
            left, bottom, right, top = text.get_charbox(at, loose=True)
            for x, y in ((left, bottom), (right, top)):
                across, down = _device(page, width, height, x, y)
                box = min(box[0], across), min(box[1], down), max(box[2], across), max(box[3], down)
        elif word:
            words.append((word, *box))
            word, box = "", _NO_BOX
    if word:
        words.append((word, *box))
    return words


def _device(page: pypdfium2.PdfPage, width: int, height: int, x: float, y: float) -> tuple[int, int]:
    across, down = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDF_PageToDevice(page, 0, 0, width, height, 0, x, y, ctypes.byref(across), ctypes.byref(down))
    return across.value, down.value
