"""Where a page shows something that was not read: photographs, handwriting, stamps, bad print.

The picture is looked at half as fine, in cells of 6 pixels (2 mm). A cell is busy when light and dark meet in it
outside the words that were read for sure; ruled lines do not count. Busy cells that touch make a region, with the
tinted cells that touch them: a photograph has smooth parts.
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from schoolgate.engines.redact.attached import Box
from schoolgate.engines.redact.attachments.pages import Pixels, Unread, in_points

Gray = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Region = tuple[int, int, int, int]

_HALF = 2
_CELL = 6
# How far apart light and dark are in a busy cell at least; more on a grainy picture, by its grain.
_BUSY, _GRAINS, _TINTED, _VARIED = 24, 8, 40, 40
_AROUND_WORDS = 3
_RULE_LENGTH, _RULE_WIDTH = 45, 4
# Across and down: a row of a table is low.
_EDGE_LENGTHS = (30, 10)
_DARKER = 40
_FEWEST_CELLS = 4
_SMALLEST = 7
_MARGIN = 6
_TONES, _PHOTO_TONES = 32, 0.35
_NEAR_WHITE, _NEAR_BLACK = 225, 60
_PHOTO_SIDE = 60


def anything(gray: Gray) -> bool:
    """Whether a picture holds anything at all."""
    half = _halved(gray)
    busy, _, shades = _cells(half, np.zeros(half.shape, np.bool_))
    return bool(busy.any()) or _varied(shades.ravel().tolist())


def regions(gray: Gray, words: Iterable[Region]) -> list[Region]:
    """Boxes in pixels (left, top, right, bottom) of what no word explains. O(pixels).

    Args:
        gray: rows x columns.
        words: boxes in pixels of the words that were read for sure.
    """
    half = _halved(gray)
    covered = _rules(half) | _edges(half)
    for box in words:
        left, top, right, bottom = (n // _HALF for n in box)
        pad = _AROUND_WORDS
        covered[max(0, top - pad) : bottom + pad + 1, max(0, left - pad) : right + pad + 1] = True
    rows, columns = half.shape
    found = []
    busy, tinted, shades = _cells(half, covered)
    for cells in _joined(busy | tinted):
        if not any(busy[cell] for cell in cells) and not _varied([shades[cell] for cell in cells]):
            continue
        ys, xs = [y for y, _ in cells], [x for _, x in cells]
        left, top = max(0, min(xs) * _CELL - _MARGIN), max(0, min(ys) * _CELL - _MARGIN)
        right = min(columns, (max(xs) + 1) * _CELL + _MARGIN)
        bottom = min(rows, (max(ys) + 1) * _CELL + _MARGIN)
        if len(cells) >= _FEWEST_CELLS and min(right - left, bottom - top) >= _SMALLEST:
            whole = (left * _HALF, top * _HALF, min(gray.shape[1], right * _HALF), min(gray.shape[0], bottom * _HALF))
            found.append(whole)
    return sorted(found, key=lambda region: (region[1], region[0]))


def described(pixels: Pixels, found: Sequence[Region]) -> Iterator[Unread]:
    """The regions in points, and whether each looks like a photograph or like strokes on paper."""
    for left, top, right, bottom in found:
        part = np.asarray(Image.fromarray(np.ascontiguousarray(pixels[top:bottom, left:right])).convert("L"))
        between = float(((part > _NEAR_BLACK) & (part < _NEAR_WHITE)).mean())
        photo = between > _PHOTO_TONES and min(part.shape) >= _PHOTO_SIDE
        box = Box(*(in_points(n) for n in (left, top, right, bottom)))
        yield Unread(box, "picture" if photo else "strokes")


def shade_of_paper(gray: Gray) -> int:
    """The shade that half of the picture is lighter than: the ground of print."""
    return int(np.searchsorted(np.bincount(gray.ravel(), minlength=256).cumsum(), gray.size / 2))


def _halved(gray: Gray) -> Gray:
    # The mean of four pixels takes away the grain of a scan, not a stroke of a pen.
    return np.asarray(Image.fromarray(gray).reduce(_HALF))


def _cells(gray: Gray, covered: Mask) -> tuple[Mask, Mask, npt.NDArray[np.float64]]:
    """Cells in which light and dark meet outside what is covered, those of another shade than paper, and all shades."""
    rows, columns = (-(-n // _CELL) * _CELL for n in gray.shape)
    pad = ((0, rows - gray.shape[0]), (0, columns - gray.shape[1]))
    shape = (rows // _CELL, _CELL, columns // _CELL, _CELL)
    meets = np.zeros(gray.shape, np.bool_)
    least = _contrast(gray)
    shades = gray.astype(np.int16)
    for axis in (0, 1):
        first, second = _neighbours(covered, axis)
        found = (np.abs(np.diff(shades, axis=axis)) > least) & ~first & ~second
        _neighbours(meets, axis)[0][...] |= found
    busy = np.pad(meets, pad).reshape(shape).any(axis=(1, 3))
    paper = shade_of_paper(gray)
    other = (np.abs(shades - paper) > _TINTED) | covered
    tinted = np.pad(other, pad).reshape(shape).all(axis=(1, 3))
    free = np.pad(~covered, pad).reshape(shape).sum(axis=(1, 3))
    sums = np.pad(np.where(covered, 0, shades).astype(np.int32), pad).reshape(shape).sum(axis=(1, 3))
    means = np.where(free > 0, sums / np.maximum(free, 1), paper)
    return np.asarray(busy), np.asarray(tinted & (free > 0)), means


def _varied(shades: Sequence[float]) -> bool:
    """Whether cells differ as those of a soft photograph do, and not those of a flat shade."""
    return len(shades) >= _FEWEST_CELLS and max(shades) - min(shades) > _VARIED


def _neighbours(mask: Mask, axis: int) -> tuple[Mask, Mask]:
    """Each pixel but the last, and the one after it."""
    return (mask[:-1], mask[1:]) if axis == 0 else (mask[:, :-1], mask[:, 1:])


def _contrast(gray: Gray) -> int:
    """How far apart two shades must be to be no grain."""
    steps = np.abs(np.diff(gray.astype(np.int16), axis=1)).astype(np.uint8)
    # Of normal grain, half of the steps between neighbours are under 0.95 of its deviation.
    return _BUSY + round(_GRAINS * shade_of_paper(steps) / 0.95)


def _edges(gray: Gray) -> Mask:
    """Where flat shades meet along a straight line, as in the rows of a table."""
    found = np.zeros(gray.shape, np.bool_)
    shades = gray.astype(np.int16)
    least = _contrast(gray) // 2
    for axis in (0, 1):
        steps = np.abs(np.diff(shades, axis=axis)) > least
        straight = _opened(steps, _EDGE_LENGTHS[axis], 1 - axis)
        first, second = _neighbours(found, axis)
        first |= straight
        second |= straight
    return found


def _rules(gray: Gray) -> Mask:
    """Ruled lines: long, straight along the page, and thin."""
    paper = shade_of_paper(gray)
    dark = gray.astype(np.int16) < paper - _DARKER
    found = np.zeros(gray.shape, np.bool_)
    for axis in (0, 1):
        long = _opened(dark, _RULE_LENGTH, axis)
        thin = long & ~_opened(dark, _RULE_WIDTH, 1 - axis)
        found |= thin
    if not found.any():
        return found
    wider = Image.fromarray(found.astype(np.uint8) * 255).filter(ImageFilter.MaxFilter(3))
    return np.array(wider) > 0


def _opened(dark: Mask, length: int, axis: int) -> Mask:
    """The dark pixels that lie in a dark run of at least this length along an axis."""
    if dark.shape[axis] < length:
        return np.zeros(dark.shape, np.bool_)
    along = np.moveaxis(dark, axis, 0)
    sums = np.zeros((along.shape[0] + 1, along.shape[1]), np.int32)
    np.cumsum(along, axis=0, out=sums[1:])
    whole = (sums[length:] - sums[:-length] == length).astype(np.int32)
    ends = np.zeros((along.shape[0] + length, along.shape[1]), np.int32)
    np.cumsum(whole, axis=0, out=ends[length : length + whole.shape[0]])
    ends[length + whole.shape[0] :] = ends[length + whole.shape[0] - 1]
    inside = ends[length : length + along.shape[0]] - ends[: along.shape[0]] > 0
    return np.asarray(np.moveaxis(inside, 0, axis))


def _joined(busy: Mask) -> Iterator[list[tuple[int, int]]]:
    """Busy cells that touch, also across one free cell. O(cells)."""
    left = {(int(y), int(x)) for y, x in np.argwhere(busy)}
    near = [(dy, dx) for dy in range(-2, 3) for dx in range(-2, 3) if dy or dx]
    while left:
        waiting = [left.pop()]
        cells = []
        while waiting:
            y, x = waiting.pop()
            cells.append((y, x))
            for dy, dx in near:
                other = (y + dy, x + dx)
                if other in left:
                    left.remove(other)
                    waiting.append(other)
        yield cells
