"""A linear chain over hashed features: what each cell is, by the best path; and how it learns from labelled texts.

Two taggers share their features, so that a name inside a statement of faith is both. Weights are small whole numbers, a row
of them for each feature. Collins, "Discriminative Training Methods for Hidden Markov Models" (2002): the averaged
perceptron; Weinberger and others, "Feature Hashing for Large Scale Multitask Learning" (2009).
"""

# ruff: noqa: ANN001, ANN202, C901, PLR0912, PLR0915, PLR0917 - compiled functions take places and not names, and a loop in them is one function

from collections.abc import Sequence
from typing import Final, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from schoolgate.engines.redact.finder.quick.cells import Cells, Hashes
from schoolgate.engines.redact.finder.quick.classes import Classes

# Rows of the table of weights; row 0 is for what is not there and stays empty.
ROWS: Final = 1 << 18
TEMPLATES: Final = 52
# Paths that are this far behind the best are given up; scores and steps are of a few hundred.
BEAM: Final = 2000.0
# What a unit of log-likelihood is in these.
_OF_ONE: Final = 60.0

Features = NDArray[np.uint32]
Weights = NDArray[np.int8]
Path = NDArray[np.int32]


class Chain(NamedTuple):
    """What has been learnt. `labels` is the first tagger's names, then the second's; `first` how many are the first's."""

    labels: tuple[str, ...]
    first: int
    rows: Weights  # (ROWS, labels)
    steps: NDArray[np.int16]  # (labels, labels): from, to; impossible ones far below


def features(text: Cells, known: Classes, evidence: Hashes) -> Features:
    """The rows that speak for each cell: (cells, TEMPLATES). O(cells). `evidence` are bits of what others saw in each."""
    found: Features = _features(text.whole, text.head, text.tail, text.shape, known.words, known.bits, evidence)
    return found


def best_path(likely: NDArray[np.float32]) -> list[int]:
    """The best path through log-likelihoods, (words, labels), whose steps are all alike but for those that cannot be."""
    labels = likely.shape[1]
    path: Path = _best(likely.astype(np.float64) * _OF_ONE, np.zeros((labels, labels), np.int16), 0)
    found: list[int] = path.tolist()
    return found


def paths_of_many(texts: Sequence[Cells], known: Classes, chain: Chain) -> tuple[Path, Path, list[int]]:
    """The best paths of several texts without evidence, after each other, and where each text begins. O(cells)."""
    together = Cells(*(np.concatenate(parts) for parts in zip(*texts, strict=True)))
    begins = np.cumsum([0, *(len(one.start) for one in texts)])
    nothing = np.zeros(len(together.start), np.uint64)
    first, second = _paths(together.whole, together.head, together.tail, together.shape, nothing, begins, known.words,
                           known.bits, chain.rows, chain.steps, chain.first)  # fmt: skip
    return first, second, begins.tolist()


def scores(found: Features, chain: Chain) -> NDArray[np.int32]:
    """What speaks for each label of each cell: (cells, labels)."""
    given: NDArray[np.int32] = _scores(found, chain.rows)
    return given


@numba.njit(cache=True, nogil=True)
def _mixed(a, b):  # type: ignore[no-untyped-def]
    value = (a ^ (b * np.uint64(0x9E3779B97F4A7C15))) * np.uint64(0xFF51AFD7ED558CCD)
    return value ^ (value >> np.uint64(29))


@numba.njit(cache=True, nogil=True)
def _bits(keys, values, key):  # type: ignore[no-untyped-def]
    mask = np.uint64(len(keys) - 1)
    at = key & mask
    while keys[at] != 0:
        if keys[at] == key:
            return values[at]
        at = (at + np.uint64(1)) & mask
    return np.uint64(0)


@numba.njit(cache=True, nogil=True)
def _features(whole, head, tail, shape, words, word_bits, evidence):  # type: ignore[no-untyped-def]
    count = len(whole)
    rows = np.uint64(ROWS - 1)
    found = np.zeros((count, TEMPLATES), np.uint32)
    edge = np.uint64(0x51ED270B)
    of = np.zeros(count, np.uint64)
    value = np.empty(37, np.uint64)
    for i in range(count):
        of[i] |= _bits(words, word_bits, whole[i])
        if i + 1 < count and not shape[i] & 16:
            pair = _bits(words, word_bits, whole[i] * np.uint64(31) + whole[i + 1])
            of[i] |= pair
            of[i + 1] |= pair
    for i in range(count):
        here = whole[i]
        wl1 = whole[i - 1] if i > 0 else edge
        wl2 = whole[i - 2] if i > 1 else edge
        wr1 = whole[i + 1] if i + 1 < count else edge
        wr2 = whole[i + 2] if i + 2 < count else edge
        cl1 = of[i - 1] if i > 0 else edge
        cl2 = of[i - 2] if i > 1 else edge
        cr1 = of[i + 1] if i + 1 < count else edge
        cr2 = of[i + 2] if i + 2 < count else edge
        c0 = of[i]
        s0 = np.uint64(shape[i])
        sl = np.uint64(shape[i - 1] & 255) if i > 0 else edge
        sr = np.uint64(shape[i + 1] & 255) if i + 1 < count else edge
        value[0] = here
        value[1] = wl1
        value[2] = wr1
        value[3] = wl2
        value[4] = wr2
        value[5] = _mixed(wl1, here)
        value[6] = _mixed(here, wr1)
        value[7] = _mixed(wl2, wl1)
        value[8] = _mixed(wr1, wr2)
        value[9] = head[i]
        value[10] = tail[i]
        value[11] = head[i - 1] if i > 0 else edge
        value[12] = head[i + 1] if i + 1 < count else edge
        value[13] = s0
        value[14] = _mixed(_mixed(sl, s0 & np.uint64(255)), sr)
        value[15] = _mixed(s0, wl1)
        value[16] = _mixed(wl1, wr1 + np.uint64(7))
        value[17] = _mixed(_mixed(wl2, wl1), here)
        value[18] = _mixed(_mixed(here, wr1), wr2)
        value[19] = c0
        value[20] = cl1
        value[21] = cr1
        value[22] = _mixed(cl1, c0)
        value[23] = _mixed(c0, cr1)
        value[24] = _mixed(c0, wl1)
        value[25] = _mixed(cl2, cl1)
        value[26] = _mixed(cr1, cr2)
        value[27] = _mixed(c0, s0 & np.uint64(255))
        value[28] = _mixed(s0, wr1)
        value[29] = _mixed(c0, wr1)
        value[30] = _mixed(cl1, cr1 + np.uint64(5))
        e0 = evidence[i]
        el = evidence[i - 1] if i > 0 else np.uint64(0)
        er = evidence[i + 1] if i + 1 < count else np.uint64(0)
        value[31] = e0
        value[32] = _mixed(e0, here)
        value[33] = _mixed(el, e0 + np.uint64(3))
        value[34] = _mixed(e0, er + np.uint64(3))
        value[35] = _mixed(e0, c0)
        value[36] = _mixed(_mixed(el, e0), er)
        n = len(value)
        for k in range(n):
            found[i, k] = np.uint32(_mixed(value[k], np.uint64(k + 1)) & rows)
        for k in range(3, 8):
            found[i, n] = np.uint32(_mixed(whole[i - k], np.uint64(90)) & rows) if i >= k else 0
            n += 1
        for k in range(3, 8):
            found[i, n] = np.uint32(_mixed(whole[i + k], np.uint64(91)) & rows) if i + k < count else 0
            n += 1
        for k in range(2, 5):
            if c0 and i >= k and of[i - k]:
                found[i, n] = np.uint32(_mixed(_mixed(c0, of[i - k]), np.uint64(92)) & rows)
            n += 1
        for k in range(2, 4):
            if c0 and i + k < count and of[i + k]:
                found[i, n] = np.uint32(_mixed(_mixed(c0, of[i + k]), np.uint64(93)) & rows)
            n += 1
    return found


@numba.njit(cache=True, nogil=True)
def _scores(found, rows):  # type: ignore[no-untyped-def]
    count, labels = len(found), rows.shape[1]
    scores = np.zeros((count, labels), np.int32)
    for i in range(count):
        for n in range(found.shape[1]):
            row = found[i, n]
            if row:
                for label in range(labels):
                    scores[i, label] += rows[row, label]
    return scores


@numba.njit(cache=True, nogil=True)
def _best(scores, steps, bias):  # type: ignore[no-untyped-def]
    count, labels = scores.shape
    path = np.zeros(count, np.int32)
    if count == 0:
        return path
    back = np.zeros((count, labels), np.int8)
    now = np.empty(labels, np.float64)
    then = np.empty(labels, np.float64)
    alive = np.empty(labels, np.int64)
    for label in range(labels):
        # A name cannot begin in its middle.
        now[label] = scores[0, label] + (bias if label else 0) - (1e9 if label and label % 2 == 0 else 0)
    for i in range(1, count):
        top = now[0]
        for label in range(1, labels):
            top = max(top, now[label])
        ways = 0
        for label in range(labels):
            # What is so far behind does not come first again.
            if now[label] > top - BEAM:
                alive[ways] = label
                ways += 1
        for to in range(labels):
            most, by = -1e18, 0
            if to and to % 2 == 0:
                for come in (to - 1, to):
                    value = now[come] + steps[come, to]
                    if value > most:
                        most, by = value, come
            else:
                for way in range(ways):
                    value = now[alive[way]] + steps[alive[way], to]
                    if value > most:
                        most, by = value, alive[way]
            then[to] = most + scores[i, to] + (bias if to else 0)
            back[i, to] = by
        for label in range(labels):
            now[label] = then[label]
    last = 0
    for label in range(labels):
        if now[label] > now[last]:
            last = label
    for i in range(count - 1, -1, -1):
        path[i] = last
        last = back[i, last]
    return path


@numba.njit(cache=True, nogil=True)
def _paths(whole, head, tail, shape, evidence, begins, words, bits, rows, steps, first):  # type: ignore[no-untyped-def]
    one, two = np.zeros(len(whole), np.int32), np.zeros(len(whole), np.int32)
    for n in range(len(begins) - 1):
        low, high = begins[n], begins[n + 1]
        found = _features(
            whole[low:high], head[low:high], tail[low:high], shape[low:high], words, bits, evidence[low:high]
        )
        given = _scores(found, rows)
        one[low:high] = _best(given[:, :first], steps[:first, :first], 0)
        two[low:high] = _best(given[:, first:], steps[first:, first:], 0)
    return one, two


def learn(
    texts: Sequence[tuple[Features, Path, Path]], labels: tuple[str, ...], first: int, *, rounds: int, seed: int = 0
) -> Chain:
    """Learn from labelled texts: features, the first tagger's path and the second's (numbers within their own labels).

    Labels of a tagger: "nothing", then begin and go on of each category. O(rounds x cells x TEMPLATES x labels).
    """
    size = len(labels)
    rows, sums = np.zeros((ROWS, size), np.float32), np.zeros((ROWS, size), np.float32)
    steps, step_sums = np.zeros((size, size), np.float64), np.zeros((size, size), np.float64)
    order = np.random.default_rng(seed)
    told = 1
    for _ in range(rounds):
        for n in order.permutation(len(texts)):
            found, one, two = texts[n]
            if len(found):
                scores = _float_scores(found, rows)
                for low, high, true in ((0, first, one), (first, size, two)):
                    guess = _best(scores[:, low:high], steps[low:high, low:high], 0)
                    _mend(found, true, guess, rows, sums, steps, step_sums, low, float(told))
            told += 1
    rows -= sums / told
    steps -= step_sums / told
    scale = 120 / max(1e-6, float(np.abs(rows).max()))
    scale = max(scale, 120 / float(np.quantile(np.abs(rows[rows != 0]), 0.9995)))
    whole = np.clip(np.round(rows * scale), -127, 127).astype(np.int8)
    whole[0] = 0
    return Chain(labels, first, whole, np.clip(np.round(steps * scale), -32000, 32000).astype(np.int16))


@numba.njit(cache=True, nogil=True)
def _float_scores(found, rows):  # type: ignore[no-untyped-def]
    count, labels = len(found), rows.shape[1]
    scores = np.zeros((count, labels), np.float64)
    for i in range(count):
        for n in range(found.shape[1]):
            row = found[i, n]
            if row:
                for label in range(labels):
                    scores[i, label] += rows[row, label]
    return scores


@numba.njit(cache=True, nogil=True)
def _mend(found, true, guess, rows, sums, steps, step_sums, low, told):  # type: ignore[no-untyped-def]
    for i in range(len(found)):
        if true[i] != guess[i]:
            for n in range(found.shape[1]):
                row = found[i, n]
                if row:
                    rows[row, low + true[i]] += 1
                    sums[row, low + true[i]] += told
                    rows[row, low + guess[i]] -= 1
                    sums[row, low + guess[i]] -= told
        if i and (true[i] != guess[i] or true[i - 1] != guess[i - 1]):
            steps[low + true[i - 1], low + true[i]] += 1
            step_sums[low + true[i - 1], low + true[i]] += told
            steps[low + guess[i - 1], low + guess[i]] -= 1
            step_sums[low + guess[i - 1], low + guess[i]] -= told
