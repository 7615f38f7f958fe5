"""Reads the dots: finds the lattice in the spectrum of a picture, places it by its pilots, sums up each chip.

Nothing here looks at a code: what is found depends on the picture and on the public layout alone, which is
what the bound on naming a wrong copy rests on. Source of the pilots and of the lattice in the spectrum:
the usual templates of print-and-scan marks (Pereira and Pun, "Robust Template Matching for Affine Resistant
Image Watermarks", 2000).
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from schoolgate.engines.redact.marking import pictures
from schoolgate.engines.redact.marking.codes import CHIPS
from schoolgate.engines.redact.marking.dots import CELL, COLUMNS, ROWS, layout
from schoolgate.engines.redact.marking.pictures import DPI, Doubles, Floats, Picture

_SPECTRUM = 2048
# A pixel in points.
_PIXEL = 72.0 / DPI
# Scale and rotation that are looked for around the expected peaks.
_SCALE, _TURN = 0.08, np.radians(3.0)
_BLOCKS = (16, 12)
_CLIP = 3.0
# Half cells beyond the page in which a site may be looked for.
_AROUND = 12


@dataclass(frozen=True, slots=True, eq=False)
class Dots:
    """What the dots of a page say: a number for each chip, and how sure the pilots are of the place."""

    chips: Doubles
    pilots: float


def read_dots(picture: Picture) -> Dots:
    """The chips of one page. Half a second a page on one core; O(pixels log pixels)."""
    paler = pictures.flattened(picture)
    first, second = (_wave(paler, peak) for peak in _peaks(paler))
    return _placed(_sites(paler, first, second))


def _peaks(paler: Floats) -> list[Doubles]:
    """The two frequencies of the lattice, in cycles a pixel: near (1/9, 1/9) and (1/9, -1/9) a point."""
    spectrum = np.abs(np.fft.rfft2(paler, s=(_SPECTRUM, _SPECTRUM)))
    radius, direction = _PIXEL / CELL * np.sqrt(2), np.pi / 4
    reach = int(np.ceil(radius * (_SCALE + _TURN) * _SPECTRUM)) + 2
    grid = np.arange(-reach, reach + 1)
    at_x = round(radius * np.cos(direction) * _SPECTRUM) + grid
    found = []
    for sign in (1, -1):
        at_y = sign * round(radius * np.sin(direction) * _SPECTRUM) + grid
        window = spectrum[np.ix_(at_y % _SPECTRUM, at_x)]
        fx, fy = np.meshgrid(at_x / _SPECTRUM, at_y / _SPECTRUM)
        near = np.abs(np.hypot(fx, fy) / radius - 1) <= _SCALE
        near &= np.abs(np.arctan2(fy, fx) - sign * direction) <= _TURN
        top = np.unravel_index(int(np.argmax(np.where(near, window, 0))), window.shape)
        found.append(np.array([fx[top], fy[top]], dtype=np.float64))
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Wave:
    """One wave of the lattice over the picture: its phase in turns, a polynomial of the second degree."""

    weights: Doubles
    shape: tuple[int, int]

    def at(self, x: Doubles, y: Doubles) -> Doubles:
        """The phase at places of pixels; whole where a line of dots goes through."""
        return _terms(x, y, self.shape) @ self.weights

    def slope(self) -> tuple[float, float]:
        """Turns a pixel, in the middle."""
        return float(self.weights[1] / self.shape[1]), float(self.weights[2] / self.shape[0])


def _wave(paler: Floats, peak: Doubles) -> _Wave:
    """The wave near a peak of the spectrum, fitted to the phases of blocks: first a plane, then with a bend."""
    shape = (paler.shape[0], paler.shape[1])
    x, y, values = _blocks(paler, peak)
    terms, size = _terms(x, y, shape), np.abs(values)
    more = np.zeros(terms.shape[1])
    more[0] = np.angle(values.sum()) / (2 * np.pi)
    # The peak is right within half a bin, a sixth of a turn from the page's middle to its edge: nothing wraps.
    for degree in (3, 3, 3, 6, 6):
        left = np.angle(values * np.exp(-2j * np.pi * (terms @ more))) / (2 * np.pi)
        more[:degree] += np.linalg.lstsq(terms[:, :degree] * size[:, None], left * size, rcond=None)[0]
    right, down = peak[0] * shape[1], peak[1] * shape[0]
    return _Wave(more + np.array([(right + down) / 2, right, down, 0, 0, 0]), shape)


def _blocks(paler: Floats, peak: Doubles) -> tuple[Doubles, Doubles, npt.NDArray[np.complex128]]:
    """Middles of blocks of the picture, and how strong and in which phase each has a wave of this frequency."""
    height, width = paler.shape
    along_x = np.exp(-2j * np.pi * peak[0] * np.arange(width)).astype(np.complex64)
    along_y = np.exp(-2j * np.pi * peak[1] * np.arange(height)).astype(np.complex64)
    rows = np.linspace(0, height, _BLOCKS[0] + 1).astype(int)
    columns = np.linspace(0, width, _BLOCKS[1] + 1).astype(int)
    strips = np.add.reduceat(paler * along_y[:, None], rows[:-1], axis=0)
    values = np.add.reduceat(strips * along_x, columns[:-1], axis=1)
    x, y = np.meshgrid((columns[:-1] + columns[1:] - 1) / 2, (rows[:-1] + rows[1:] - 1) / 2)
    return x.ravel(), y.ravel(), values.ravel().astype(np.complex128)


def _terms(x: Doubles, y: Doubles, shape: tuple[int, int]) -> Doubles:
    u, v = x / shape[1] - 0.5, y / shape[0] - 0.5
    return np.stack([np.ones_like(u), u, v, u * v, u * u, v * v], axis=-1)


def _sites(paler: Floats, first: _Wave, second: _Wave) -> Floats:
    """The picture at every site of the lattice that lies in it: an array by half cells, NaN where there is none.

    The array's middle is the site nearest to the picture's middle; sites are the even places of a chessboard.
    """
    height, width = paler.shape
    middle = np.array([width / 2]), np.array([height / 2])
    reach_y, reach_x = ROWS + _AROUND, COLUMNS + _AROUND
    rows, columns = np.mgrid[-reach_y : reach_y + 1, -reach_x : reach_x + 1]
    site = (rows + columns) % 2 == 0
    down, right = rows[site].astype(np.float64), columns[site].astype(np.float64)
    # The waves count (x + y) / 9 and (x - y) / 9, so half cells are half of their sums and differences.
    wanted = (
        round(float(first.at(*middle)[0])) + (right + down) / 2,
        round(float(second.at(*middle)[0])) + (right - down) / 2,
    )
    x, y = np.full_like(right, width / 2), np.full_like(right, height / 2)
    inverse = np.linalg.inv(np.array([first.slope(), second.slope()]))
    for _ in range(5):
        missing = wanted[0] - first.at(x, y), wanted[1] - second.at(x, y)
        x += inverse[0, 0] * missing[0] + inverse[0, 1] * missing[1]
        y += inverse[1, 0] * missing[0] + inverse[1, 1] * missing[1]
    sites = np.full(rows.shape, np.nan, dtype=np.float32)
    sites[site] = pictures.sampled(paler, x, y)
    return sites


@cache
def _template() -> Floats:
    _, pilots = layout()
    made = np.zeros((2 * ROWS, 2 * COLUMNS), dtype=np.float32)
    made[0::2, 0::2] = pilots
    made[1::2, 1::2] = -pilots
    return made


def _placed(sites: Floats) -> Dots:
    """Where the page lies on the lattice, upright or upside down: where the pilots fit best."""
    template = _template()
    shape = (sites.shape[0] + template.shape[0], sites.shape[1] + template.shape[1])
    known = np.nan_to_num(sites)
    scale = 1.4826 * float(np.median(np.abs(known[known != 0]))) if np.any(known) else 1.0
    clipped = np.clip(known / (scale or 1.0), -_CLIP, _CLIP)
    pattern = np.conj(np.fft.rfft2(template, s=shape))
    ways = (clipped, clipped[::-1, ::-1])
    fits = [np.fft.irfft2(np.fft.rfft2(way, s=shape) * pattern, s=shape) for way in ways]
    turned = int(fits[1].max() > fits[0].max())
    way, top = ways[turned], np.unravel_index(int(np.argmax(fits[turned])), shape)
    # A picture of a part of the page: the page begins outside of what was sampled, and such places wrap.
    places = zip(top, way.shape, shape, strict=True)
    row, column = (int(at) - whole if at >= size else int(at) for at, size, whole in places)
    page = np.zeros(template.shape, dtype=np.float32)
    to_y, to_x = max(0, -row), max(0, -column)
    part = way[max(0, row) : row + template.shape[0], max(0, column) : column + template.shape[1]]
    page[to_y : to_y + part.shape[0], to_x : to_x + part.shape[1]] = part
    difference = (page[0::2, 0::2] - page[1::2, 1::2]).astype(np.float64)
    chips, pilots = layout()
    carried = chips >= 0
    sums = np.bincount(chips[carried], weights=difference[carried], minlength=CHIPS)
    on_pilots = difference[pilots != 0]
    length = float(np.sqrt(on_pilots @ on_pilots))
    certainty = float(on_pilots @ pilots[pilots != 0]) / length if length else 0.0
    return Dots(sums, certainty)
