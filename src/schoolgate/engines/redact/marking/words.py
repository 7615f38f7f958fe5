"""Reads the shifts between words: where each word of a known page stands in a scan, beside its neighbours.

Low and Maxemchuk, "Performance Comparison of Two Text Marking Methods" (1998): comparing a word with its
neighbours cancels what paper and scanner do to a line. Nothing here looks at a code.
"""

from dataclasses import dataclass
from io import BytesIO

import numpy as np
import numpy.typing as npt
import pikepdf
import pypdfium2

from schoolgate.engines.redact.marking import pictures, register, shifts
from schoolgate.engines.redact.marking.codes import CHIPS
from schoolgate.engines.redact.marking.errors import MarkError
from schoolgate.engines.redact.marking.pictures import DPI, Bytes, Doubles, Floats
from schoolgate.engines.redact.marking.register import Ink, Laid

_PER_POINT = DPI / 72
_AROUND = 0.8
# Half pixels to each side in which a word is looked for.
_REACH = 6
# Points: what is farther from its neighbours was not moved by us.
_CLIP = 0.5
_BLUR = 0.8


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A page of a release without marks: its gray levels, its lines of words, the number of its first slot.

    Two megabytes a page; its ink, which takes four times as much, is made when it is needed.
    """

    levels: Bytes
    lines: tuple[shifts.Line, ...]
    first: int

    def ink(self) -> Ink:
        """The page's ink."""
        return register.ink(pictures.clean(self.levels))


def sheets(pdf: bytes) -> tuple[Sheet, ...]:
    """The pages of a release as it was before it was marked. A sixth of a second a page.

    Raises:
        MarkError: if the file cannot be read.
    """
    made, first = [], 0
    try:
        with pikepdf.open(BytesIO(pdf)) as file, pypdfium2.PdfDocument(pdf) as drawn:
            for page, picture in zip(file.pages, drawn, strict=True):
                _, lines = shifts.lines(page)
                made.append(Sheet(pictures.drawn(picture), tuple(lines), first))
                first += sum(len(list(line.slots())) for line in lines)
    except (pikepdf.PdfError, pypdfium2.PdfiumError):
        raise MarkError("the release of a suspected copy cannot be read as a PDF") from None
    return tuple(made)


def read_shifts(scan: Ink, laid: Laid, sheet: Sheet) -> Doubles:
    """The chips of one page that was laid onto its release. O(words)."""
    words = [(line, n) for line in sheet.lines for n in range(len(line.words))]
    middles = np.array(
        [[(w.left + w.right) / 2, w.baseline - w.size / 3] for w in (line.words[n] for line, n in words)]
    ).reshape(-1, 2)
    bend = np.zeros((6, 2))
    moved = np.zeros((len(words), 2))
    weight = np.zeros(len(words))
    seen = _Seen(pictures.blurred(scan.fine, _BLUR), pictures.blurred(sheet.ink().fine, _BLUR), laid.back)
    # A third of the words says how the paper is bent; then each is measured where it should be.
    for down, every in ((2, 3), (1, 1)):
        drift = _terms(middles) @ bend
        for k in range(0, len(words), every):
            line, n = words[k]
            moved[k], weight[k] = _displaced(seen, line.words[n], drift[k], down)
        moved += drift
        bend = _bent(middles, moved, weight)
    chips = np.zeros(CHIPS)
    slot, k = sheet.first, 0
    for line in sheet.lines:
        moves = list(line.slots())
        still = np.array(sorted(set(range(len(line.words))) - set(moves)), dtype=int)
        for n in moves:
            beside = _beside(k + n, k + still, middles[:, 0], moved[:, 0], weight)
            if beside is not None:
                value = (moved[k + n, 0] - beside) / _PER_POINT
                chips[slot % CHIPS] += float(np.clip(value, -_CLIP, _CLIP))
            slot += 1
        k += len(line.words)
    return chips


def _beside(own: int, still: npt.NDArray[np.intp], places: Doubles, moved: Doubles, weight: Doubles) -> float | None:
    """Where a word would be had it not been moved: as its nearest unmoved neighbours are, the nearer the more."""
    at = int(np.searchsorted(still, own))
    near = still[max(at - 1, 0) : at + 1]
    near = near[weight[near] > 0]
    if not weight[own] or not len(near):
        return None
    total = weight[near] / np.maximum(np.abs(places[near] - places[own]), 1)
    return float(total @ moved[near] / total.sum())


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """A scan, the page it is laid onto, and the map from the page to the scan."""

    source: Floats
    target: Floats
    back: Doubles


def _displaced(over: _Seen, word: shifts.Word, drift: Doubles, reach: int) -> tuple[Doubles, float]:
    """How far right and down of its place a word stands, in pixels, and its weight: the strength of its edges."""
    left, right = round((word.left - _AROUND) * _PER_POINT), round((word.right + _AROUND) * _PER_POINT)
    top = round((word.baseline - 0.85 * word.size) * _PER_POINT)
    bottom = round((word.baseline + 0.3 * word.size) * _PER_POINT)
    left, top = max(left, 0), max(top, 0)
    known, back = over.target[top:bottom, left:right], over.back
    if known.size < 12 or float(known.max()) < 0.1:  # noqa: PLR2004 - nothing to compare
        return np.zeros(2), 0.0
    height, width = known.shape
    fit = known - known.mean()
    fit /= np.sqrt(np.square(fit).sum())
    # Half pixels to the side, so that no step is nearer to the grid than another.
    gx, gy = np.meshgrid(
        np.arange(-_REACH, 2 * width + _REACH) / 2 + left + drift[0], np.arange(-reach, height + reach) + top + drift[1]
    )
    seen = pictures.sampled(
        over.source, back[0, 0] * gx + back[0, 1] * gy + back[0, 2], back[1, 0] * gx + back[1, 1] * gy + back[1, 2]
    )
    if np.isnan(seen).any():
        return np.zeros(2), 0.0
    windows = np.lib.stride_tricks.sliding_window_view(seen, (height, 2 * width))[:, :, :, ::2]
    parts = windows[:, : 2 * _REACH + 1].reshape(2 * reach + 1, 2 * _REACH + 1, -1)
    parts = parts - parts.mean(axis=2, keepdims=True)
    fits = (parts @ fit.ravel()) / np.maximum(np.sqrt(np.square(parts).sum(axis=2)), np.float32(1e-6))
    down, step = (int(i) for i in np.unravel_index(int(np.argmax(fits)), fits.shape))
    dx = (step + _peak(fits[down], step) - _REACH) / 2
    dy = down + _peak(fits[:, step], down) - reach
    edges = float(np.square(np.diff(known, axis=1)).sum())
    return np.array([dx, dy]), edges if fits[down, step] > 0.5 else 0.0  # noqa: PLR2004 - another word, or none


def _peak(values: npt.NDArray[np.floating], at: int) -> float:
    """Where between its neighbours a peak lies, from -0.5 to 0.5, by a parabola."""
    if not 0 < at < len(values) - 1:
        return 0.0
    before, here, after = values[at - 1 : at + 2]
    curve = before - 2 * here + after
    return float(np.clip((before - after) / (2 * curve), -0.5, 0.5)) if curve < 0 else 0.0


def _bent(middles: Doubles, moved: Doubles, weight: Doubles) -> Doubles:
    """What is left of paper and scanner: a polynomial of the second degree through the words, twice, without strays."""
    terms, used = _terms(middles), weight > 0
    bend = np.zeros((6, 2))
    for _ in range(3):
        if used.sum() < 30:  # noqa: PLR2004 - too few to bend anything
            return bend
        bend = np.linalg.lstsq(terms[used], moved[used], rcond=None)[0]
        far = np.abs(moved - terms @ bend).max(axis=1)
        used = (weight > 0) & (far < max(1.0, 3 * float(np.median(far[used]))))
    return bend


def _terms(middles: Doubles) -> Doubles:
    u, v = middles[:, 0] / 612 - 0.5, middles[:, 1] / 792 - 0.5
    return np.stack([np.ones_like(u), u, v, u * v, u * u, v * v], axis=-1)
