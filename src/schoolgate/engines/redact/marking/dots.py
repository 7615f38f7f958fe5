"""The first mark: a lattice of pale dots behind the page, one dot a cell, in one of two places.

Cells of 9 pt; a dot stands at its cell's corner for +1 and 4.5 pt right and down of it for -1. Both places
together are one lattice whatever the code, so a reader finds scale and rotation from two peaks of the
spectrum; a fixed quarter of the cells are pilots, which say where the page begins; the others carry the
chips in a fixed order, alike on all pages. The layout is public: only the code is secret.
"""

from functools import cache
from hashlib import shake_256

import numpy as np
import numpy.typing as npt

from schoolgate.engines.redact.marking.codes import CHIPS, code

PAGE = (612.0, 792.0)
CELL = 9.0
COLUMNS, ROWS = 66, 86
FIRST = 9.0
# 1.12 : 1 against white, in squares of 1.1 pt: seen by a scanner of 100 dpi, not by a reader.
GRAY = ".95"
SIDE = 1.1


@cache
def layout() -> tuple[npt.NDArray[np.int16], npt.NDArray[np.int8]]:
    """Which chip each cell carries, or -1, and the sign of each pilot, or 0. Both (86, 66), row by row.

    Drawn from SHAKE-256 of a public text, so that it is the same on every machine for ever.
    """
    cells = ROWS * COLUMNS
    drawn = np.frombuffer(shake_256(b"schoolgate recipient mark 1: layout").digest(9 * cells), dtype=np.uint8)
    order = np.argsort(drawn[: 8 * cells].copy().view(">u8"), kind="stable")
    pilots, carriers = order[: cells // 4], order[cells // 4 :]
    chips = np.full(cells, -1, dtype=np.int16)
    chips[carriers] = np.arange(len(carriers)) % CHIPS
    signs = np.zeros(cells, dtype=np.int8)
    signs[pilots] = (drawn[8 * cells :][pilots] & 1).astype(np.int8) * 2 - 1
    return chips.reshape(ROWS, COLUMNS), signs.reshape(ROWS, COLUMNS)


def dots_of(key: bytes, copy_id: str) -> bytes:
    """The content stream of a copy's dots, not compressed: the same on all its pages. O(cells).

    Raises:
        MarkError: if the key is short or the id empty.
    """
    chips, pilots = layout()
    signs = np.where(chips >= 0, code(key, copy_id)[chips], pilots)
    half = CELL / 2
    side = f"{SIDE / half:.3f}".lstrip("0")
    # Counted in half cells from the top left corner, whose middle of a dot is FIRST points from the edges.
    corner_x, corner_y = FIRST - SIDE / 2, PAGE[1] - FIRST + SIDE / 2
    lines = [f"/Artifact BMC\nq {GRAY} g {half:g} 0 0 {-half:g} {corner_x:g} {corner_y:g} cm"]
    for row, line in enumerate(signs):
        offsets = (line < 0).astype(int)
        lines.append(" ".join(f"{2 * n + o} {2 * row + o} {side} {side} re" for n, o in enumerate(offsets)))
    lines.append("f Q\nEMC\n")
    return "\n".join(lines).encode()
