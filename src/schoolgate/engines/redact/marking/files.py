"""Files that were found elsewhere, read page by page: PDF, PNG, JPEG, TIFF. Whoever made them is not trusted."""

import io
import warnings
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pypdfium2
from PIL import Image, ImageOps

from schoolgate.engines.redact.marking import pictures
from schoolgate.engines.redact.marking.errors import MarkError
from schoolgate.engines.redact.marking.pictures import Picture

_FORMATS = ("PNG", "JPEG", "TIFF")
# A letter page at 800 dots an inch, and more pages than any report has.
_MOST_PIXELS = 60_000_000
_MOST_PAGES = 1000
# Inches: what a file says of its resolution is believed when a page of no more than this comes out.
_WIDEST, _HIGHEST, _SMALLEST = 10.0, 13.0, 1.0
_SIXTEEN_BITS = 257


def pages_of(data: bytes, dpi: float | None = None) -> Iterator[Picture]:
    """The pages of a file, one at a time.

    Args:
        data: the file.
        dpi: of its pictures; without it, what the file says where that gives a page, else the width of a letter page.

    Raises:
        MarkError: if it is none of the four kinds, cannot be read, or is larger than anything that was printed.
    """
    kind = _kind(data)
    if kind is None:
        raise MarkError("the file is no PDF, PNG, JPEG or TIFF: save it as one of these")
    yield from _of_pdf(data) if kind == "PDF" else _of_image(data, dpi)


def _kind(data: bytes) -> str | None:
    # Some programs write a few bytes before a PDF begins.
    if b"%PDF-" in data[:1024]:
        return "PDF"
    starts = {"PNG": (b"\x89PNG",), "JPEG": (b"\xff\xd8\xff",), "TIFF": (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")}
    return next((kind for kind, some in starts.items() if data.startswith(some)), None)


def _of_pdf(data: bytes) -> Iterator[Picture]:
    try:
        with pypdfium2.PdfDocument(data) as opened:
            if len(opened) > _MOST_PAGES:
                raise MarkError(f"the file has {len(opened)} pages; trace at most {_MOST_PAGES} at a time")
            for page in opened:
                yield pictures.found(pictures.drawn(page, fit=True))
    except pypdfium2.PdfiumError:
        raise MarkError("the file cannot be read as a PDF: it is damaged, or a password closes it") from None


def _of_image(data: bytes, dpi: float | None) -> Iterator[Picture]:
    try:
        with warnings.catch_warnings():
            # Pillow only warns of what may be a bomb.
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(data), formats=_FORMATS)
            frames = getattr(image, "n_frames", 1)
        if frames > _MOST_PAGES:
            raise MarkError(f"the file has {frames} pages; trace at most {_MOST_PAGES} at a time")
        for number in range(frames):
            image.seek(number)
            if image.width * image.height > _MOST_PIXELS:
                raise MarkError(f"page {number + 1} has more than {_MOST_PIXELS:,} pixels: scan it at 150 to 300 dpi")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                levels = _gray(image)
            resolution = dpi or _said(image)
            if resolution:
                levels = pictures.upright(levels, resolution)
            yield pictures.picture(levels, resolution)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, MemoryError) as problem:
        raise MarkError(f"the picture cannot be read ({type(problem).__name__}): save it anew as PNG") from None


def _gray(image: Image.Image) -> npt.NDArray[np.float32]:
    upright = ImageOps.exif_transpose(image) if image.format == "JPEG" else image
    if upright.mode.startswith(("I", "F")):
        deep = np.asarray(upright, dtype=np.float32)
        return deep / np.float32(_SIXTEEN_BITS) if float(deep.max(initial=0)) > 255 else deep  # noqa: PLR2004 - a byte
    if upright.has_transparency_data:
        seen = upright.convert("RGBA")
        upright = Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen)
    return np.asarray(upright.convert("L"), dtype=np.float32)


def _said(image: Image.Image) -> float | None:
    """The resolution that the file claims, if a page comes out of it."""
    across, down = (float(value) for value in image.info.get("dpi", (0, 0)))
    if across <= 0 or abs(across - down) > 1:
        return None
    short, long = sorted((image.width / across, image.height / across))
    return across if short >= _SMALLEST and short <= _WIDEST and long <= _HIGHEST else None
