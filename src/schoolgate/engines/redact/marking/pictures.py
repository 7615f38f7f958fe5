"""Pages as pictures: brought to one size, freed of paper and ink, blurred, sampled."""

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pypdfium2
from PIL import Image, ImageFilter

from schoolgate.engines.redact.marking.errors import MarkError

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.uint8]

DPI = 150
# Inches: what is wider lies on its side.
_WIDEST = 8.7
# Levels from which something is ink, pixels around it that are not looked at, and the most that a dot can be.
_INK = 45.0
_INK_AROUND = 5
_PALE = 30.0
_FINER = 4
# Paper is the 57th of 81 places from the darkest: between dense lines the median would be the gray of letters.
_PAPER = (9, 56)
# Pixels: of a side as it is given, and of a page at 150 dpi (a letter page has 2.1 million).
_SMALLEST = 200
_MOST = 8_000_000
# Points: sheets of paper, and parts of them.
_NARROWEST, _LONGEST = 200.0, 1100.0


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A page at about 150 dots an inch: how much darker than the paper around it each pixel is, of 255 levels."""

    dark: Floats

    def levels(self) -> Bytes:
        """The page in gray, on white paper."""
        return (255 - np.clip(self.dark, 0, 255)).astype(np.uint8)


def picture(levels: npt.ArrayLike, dpi: float | None = None) -> Picture:
    """A page brought to 150 dpi. Without `dpi`, it is taken to show the width of a letter page.

    Raises:
        MarkError: if it is not a gray picture, or no page of any printer.
    """
    given = np.asarray(levels, dtype=np.float32)
    if given.ndim != 2 or min(given.shape) < _SMALLEST:  # noqa: PLR2004 - height and width
        raise MarkError(f"a page to trace is a gray picture of at least {_SMALLEST} by {_SMALLEST} pixels")
    if given.shape[1] > given.shape[0] and dpi is None:
        given = np.rot90(given)
    height, width = given.shape
    scale = DPI / dpi if dpi else 8.5 * DPI / width
    size = (round(width * scale), round(height * scale))
    if size[0] * size[1] > _MOST:
        raise MarkError("a page to trace is larger than any letter page: check its resolution")
    if size == (width, height):
        return Picture(_darkness(given))
    image = Image.fromarray(given)
    kind = Image.Resampling.BICUBIC if scale > 1 else Image.Resampling.LANCZOS
    return Picture(_darkness(np.asarray(image.resize(size, kind), dtype=np.float32)))


def clean(levels: Bytes) -> Picture:
    """A page whose paper is known to be white."""
    return Picture(255 - levels.astype(np.float32))


def found(levels: Bytes) -> Picture:
    """A page on whatever paper, at 150 dpi."""
    return Picture(_darkness(levels.astype(np.float32)))


def drawn(page: pypdfium2.PdfPage, *, fit: bool = False) -> Bytes:
    """A page of a PDF as gray levels. Drawn four times as large, since pdfium puts letters on whole pixels.

    Args:
        page: the page.
        fit: take a page that is no sheet of paper as a picture of a letter page's width, whatever size it claims.

    Raises:
        MarkError: if the page is larger than any printer's, or too small or thin to be one.
    """
    width, height = page.get_size()
    scale = DPI / 72
    if fit and not (min(width, height) >= _NARROWEST and max(width, height) <= _LONGEST):
        scale = 8.5 * DPI / max(min(width, height), 1.0)
    if width * height * scale**2 > _MOST or min(width, height) * scale < _SMALLEST:
        raise MarkError("a page of the file is larger or thinner than any letter page")
    large = page.render(scale=_FINER * scale, grayscale=True).to_pil().convert("L")
    levels = np.asarray(large.reduce(_FINER), dtype=np.uint8)
    return upright(levels, DPI) if fit else levels


def upright[Levels: npt.NDArray[Any]](levels: Levels, dpi: float) -> Levels:
    """A page that lies on its side, turned by a quarter; which way does not matter. A part of a page stays."""
    height, width = levels.shape
    return cast("Levels", np.rot90(levels)) if width > max(height, _WIDEST * dpi) else levels


def flattened(page: Picture) -> Floats:
    """How much darker than the paper around it each pixel is, for pale marks only: 0 where there is ink."""
    darker = page.dark
    ink = Image.fromarray(np.where(darker > _INK, 255, 0).astype(np.uint8))
    free = np.asarray(ink.filter(ImageFilter.BoxBlur(_INK_AROUND))) == 0
    pale = np.where(free, np.clip(darker, -_PALE, _PALE), 0).astype(np.float32)
    return blurred(pale, 1.0)


def _darkness(levels: Floats) -> Floats:
    height, width = levels.shape
    image = Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8))
    # A step of four pixels loses nothing: paper changes slowly.
    small = image.resize((width // 4, height // 4), Image.Resampling.BOX).filter(ImageFilter.RankFilter(*_PAPER))
    paper = np.maximum(np.asarray(small.resize((width, height), Image.Resampling.BILINEAR), dtype=np.float32), 16)
    return ((paper - levels) * (np.float32(255) / paper)).astype(np.float32)


def blurred(values: Floats, sigma: float) -> Floats:
    """Gaussian blur, by its two directions."""
    reach = int(np.ceil(3 * sigma))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2).astype(np.float32)
    weights /= weights.sum()
    for axis in (0, 1):
        padded = np.pad(values, [(reach, reach) if a == axis else (0, 0) for a in (0, 1)], mode="edge")
        length = values.shape[axis]
        total = np.zeros_like(values)
        for n, weight in enumerate(weights):
            total += weight * (padded[n : n + length] if axis == 0 else padded[:, n : n + length])
        values = total
    return values


def sampled(values: Floats, x: Doubles, y: Doubles) -> Floats:
    """Bilinear values at places of pixels; NaN outside."""
    height, width = values.shape
    inside = (x >= 0) & (y >= 0) & (x <= width - 1.001) & (y <= height - 1.001)
    sx, sy = np.where(inside, x, 0), np.where(inside, y, 0)
    left, top = sx.astype(np.intp), sy.astype(np.intp)
    fx, fy = (sx - left).astype(np.float32), (sy - top).astype(np.float32)
    upper = values[top, left] * (1 - fx) + values[top, left + 1] * fx
    lower = values[top + 1, left] * (1 - fx) + values[top + 1, left + 1] * fx
    return np.where(inside, upper * (1 - fy) + lower * fy, np.float32(np.nan)).astype(np.float32)
