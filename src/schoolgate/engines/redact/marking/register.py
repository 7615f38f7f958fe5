"""Lays a scanned page onto a page that is known: which way up, how turned, how large, where.

First by profiles (the sums of ink along lines and columns), then by an affine map fitted to the gray levels with
the brightness free: the least squares of Lucas and Kanade (1981), with the invariance to light of Evangelidis and
Psarakis (2008).
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from schoolgate.engines.redact.marking import pictures
from schoolgate.engines.redact.marking.pictures import Doubles, Floats, Picture

# Coarse work is done at 50 dpi.
COARSE = 3
# What is darker by so many levels than the paper counts as black: scanners differ in their blacks.
_BLACK = 160
_TURN = 3.0
_SCALES = np.linspace(0.9, 1.1, 101)
_LENGTH = 2048
_TRIED = 3
# A map that folds the page is no map.
_FLAT = 0.25


@dataclass(frozen=True, slots=True)
class _Way:
    """How a fit is done: blur and distance of the places compared, in coarse pixels, and how many times."""

    blur: float
    every: int
    turns: int


_ROUGH, _CLOSE = _Way(3.0, 3, 6), _Way(1.2, 1, 5)


@dataclass(frozen=True, slots=True, eq=False)
class Ink:
    """How dark a page is at each pixel, paper 0, black 1; fine (150 dpi) and coarse (50 dpi)."""

    fine: Floats
    coarse: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Straight:
    """A scan made level: its coarse ink, and the map from it back to the scan's pixels (coarse)."""

    coarse: Floats
    back: Doubles


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """A scan laid onto a known page. `back`: 2 x 3, from the page's pixels to the scan's (150 dpi)."""

    back: Doubles
    likeness: float


def ink(page: Picture) -> Ink:
    """The ink of a page, the paper's own gray and uneven light taken away."""
    fine = np.clip(page.dark / _BLACK, 0, 1).astype(np.float32)
    height, width = (side // COARSE * COARSE for side in fine.shape)
    coarse = Image.fromarray(fine[:height, :width]).reduce(COARSE)
    return Ink(fine, np.asarray(coarse, dtype=np.float32))


def straight(scan: Ink) -> tuple[Straight, Straight]:
    """The scan made level, upright and upside down: the turn at which lines of text stand out most."""
    image = Image.fromarray(scan.coarse)
    best = 0.0
    for step, reach, small in ((0.25, _TURN, image.reduce(2)), (0.05, 0.2, image)):
        angles = best + np.arange(-reach, reach + step / 2, step)
        sharp = [_sharpness(np.asarray(small.rotate(float(a), Image.Resampling.BILINEAR))) for a in angles]
        best = float(angles[int(np.argmax(sharp))])
    height, width = scan.coarse.shape
    made = []
    for half in (0.0, 180.0):
        # Pillow turns a picture counterclockwise; places of the result are turned back.
        angle = np.radians(best + half)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        middle = np.array([(width - 1) / 2, (height - 1) / 2])
        back = np.column_stack((turn, middle - turn @ middle))
        made.append(Straight(warped(scan.coarse, back, scan.coarse.shape), back))
    return made[0], made[1]


def laid(scan: Ink, levels: tuple[Straight, ...], page: Ink) -> Laid:
    """The scan laid onto the page roughly; `likeness` is the correlation of the two, 1 for equal."""
    tried = sorted((guess for level in levels for guess in _guesses(level, page)), key=lambda guess: -guess[0])
    source, target = (pictures.blurred(one.coarse, _ROUGH.blur) for one in (scan, page))
    fitted = (_fitted(source, target, back, _ROUGH) for _, back in tried[:_TRIED])
    return Laid(*max(fitted, key=lambda found: found[1]))


def settled(scan: Ink, rough: Laid, page: Ink) -> Laid:
    """The same, as well as an affine map can do it, and for fine pixels."""
    source, target = (pictures.blurred(one.coarse, _CLOSE.blur) for one in (scan, page))
    back, likeness = _fitted(source, target, rough.back, _CLOSE)
    return Laid(_finer(back), likeness)


def warped(values: Floats, back: Doubles, shape: tuple[int, int]) -> Floats:
    """The picture as seen through a map from the new pixels to its own; 0 outside."""
    # Pillow's places are corners of pixels, ours are middles.
    a, b, c, d, e, f = back.ravel()
    data = (a, b, c + 0.5 - (a + b) / 2, d, e, f + 0.5 - (d + e) / 2)
    size = (shape[1], shape[0])
    image = Image.fromarray(values).transform(size, Image.Transform.AFFINE, data, Image.Resampling.BILINEAR)
    return np.asarray(image, dtype=np.float32)


def _sharpness(ink_: Floats) -> float:
    lines = ink_.sum(axis=1, dtype=np.float64)
    return float(np.square(np.diff(lines)).sum())


def _guesses(level: Straight, page: Ink) -> list[tuple[float, Doubles]]:
    """Scales and places at which the lines' profile fits best, then the columns'."""
    fit, place = _profiles(level.coarse.sum(axis=1), page.coarse.sum(axis=1))
    fit_x, place_x = _profiles(level.coarse.sum(axis=0), page.coarse.sum(axis=0))
    both = fit + fit_x
    made = []
    for n in np.argsort(-both)[:40:8]:
        scale = float(_SCALES[n])
        inner = np.array([[scale, 0, place_x[n]], [0, scale, place[n]]])
        made.append((float(both[n]), _chained(level.back, inner)))
    return made


def _profiles(scan: Floats, page: Floats) -> tuple[Doubles, Doubles]:
    """For each scale: the best fit of two profiles, and the scan's place of the page's pixel 0."""
    wanted = page.astype(np.float64) - page.mean()
    wanted /= np.sqrt(wanted @ wanted) or 1
    stretched = np.zeros((len(_SCALES), _LENGTH))
    places = np.arange(len(scan))
    for n, scale in enumerate(_SCALES):
        at = np.arange(int(len(scan) / scale)) * scale
        line = np.interp(at, places, scan)
        line -= line.mean()
        stretched[n, : len(line)] = line / (np.sqrt(line @ line) or 1)
    fits = np.fft.irfft(np.fft.rfft(stretched, axis=1) * np.conj(np.fft.rfft(wanted, _LENGTH)), _LENGTH, axis=1)
    top = np.argmax(fits, axis=1)
    shift = np.where(top > _LENGTH // 2, top - _LENGTH, top)
    return fits[np.arange(len(_SCALES)), top], shift * _SCALES


def _fitted(source: Floats, target: Floats, back: Doubles, how: _Way) -> tuple[Doubles, float]:
    """The affine map from a blurred page to a blurred scan, bettered by least squares; O(pixels) a turn."""
    height, width = target.shape
    target = target[:: how.every, :: how.every]
    y, x = np.mgrid[0 : height : how.every, 0 : width : how.every].astype(np.float32)
    u, v = x / width - np.float32(0.5), y / height - np.float32(0.5)
    flat, ones = target.ravel(), np.ones(u.size, dtype=np.float32)
    spaced = np.diag([how.every, how.every, 1.0])
    for _ in range(how.turns):
        if abs(np.linalg.det(back[:, :2])) < _FLAT:
            break
        seen = warped(source, back @ spaced, target.shape)
        # Slopes in the scan's own directions, seen from the page.
        gy, gx = np.gradient(seen, axis=0) / how.every, np.gradient(seen, axis=1) / how.every
        own = np.linalg.inv(back[:, :2]).T.astype(np.float32)
        sx, sy = own[0, 0] * gx + own[0, 1] * gy, own[1, 0] * gx + own[1, 1] * gy
        rows = np.stack([*(part.ravel() for part in (sx * u, sx * v, sx, sy * u, sy * v, sy)), -flat, -ones])
        normal = (rows @ rows.T).astype(np.float64)
        right = -(rows @ seen.ravel()).astype(np.float64)
        step = np.linalg.lstsq(normal, right, rcond=None)[0][:6].reshape(2, 3)
        middle = step[:, 2] - step[:, 0] / 2 - step[:, 1] / 2
        back = back + np.column_stack((step[:, 0] / width, step[:, 1] / height, middle))
    seen = warped(source, back @ spaced, target.shape)
    return back, _likeness(seen.ravel(), flat)


def _likeness(one: Floats, other: Floats) -> float:
    a, b = (part.astype(np.float64) - part.mean() for part in (one, other))
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size else 0.0


def _chained(outer: Doubles, inner: Doubles) -> Doubles:
    return np.column_stack((outer[:, :2] @ inner[:, :2], outer[:, :2] @ inner[:, 2] + outer[:, 2]))


def _finer(back: Doubles) -> Doubles:
    """From coarse pixels to fine ones: middles of coarse pixels lie between the fine."""
    middle = np.full(2, (COARSE - 1) / 2)
    return np.column_stack((back[:, :2], COARSE * back[:, 2] + middle - back[:, :2] @ middle))
