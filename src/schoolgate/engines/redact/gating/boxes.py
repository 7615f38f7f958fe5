"""The pixels of each box, compared with those of the one true box.

`data/true_boxes.json` holds that box, drawn in each language at 288 dots per inch with its corner on a dot
(`tests/support/true_boxes.py` makes it). A box anywhere on a page differs from it by its place between two dots
and by nothing else; so a dot may have any gray between the darkest and the lightest of the nine around it, and
where those nine are black, black.
"""

import json
from base64 import b64decode
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image

from schoolgate.engines.redact.gating.drawn import Area
from schoolgate.engines.redact.gating.pages import LABELS
from schoolgate.engines.redact.gating.report import Finding

SCALE = 4
# Of 255: what two renderings of the same letter differ by beyond the nine dots around.
_SAME = 24

Gray = npt.NDArray[np.uint8]


def compare(page: Gray, boxes: Sequence[Area], label: str, number: int) -> Iterator[Finding]:
    """A finding if a box of a page, drawn at `SCALE` dots a point, is not the one true box. O(pixels of boxes)."""
    languages = [language for language, says in LABELS.items() if says == label]
    if not languages:
        return  # said already: it stands in no known language
    darkest, lightest = _true_box(languages[0])
    for left, top, right, bottom in boxes:
        # Dots wholly inside, one from the edge.
        x = np.arange(int(np.ceil(left * SCALE)) + 1, int(np.floor(right * SCALE)) - 1)
        y = np.arange(int(np.ceil(top * SCALE)) + 1, int(np.floor(bottom * SCALE)) - 1)
        if len(x) == 0 or len(y) == 0 or x[-1] >= page.shape[1] or y[-1] >= page.shape[0] or x[0] < 0 or y[0] < 0:
            yield Finding("box", "a box reaches over the edge of the page", number)
            return
        seen = page[y[0] : y[-1] + 1, x[0] : x[-1] + 1].astype(np.int16)
        at_x = np.clip(np.floor(x + 0.5 - left * SCALE).astype(int), 0, darkest.shape[1] - 1)
        at_y = np.clip(np.floor(y + 0.5 - top * SCALE).astype(int), 0, darkest.shape[0] - 1)
        low, high = darkest[np.ix_(at_y, at_x)], lightest[np.ix_(at_y, at_x)]
        slack = np.where(high == 0, 0, _SAME)
        if (seen > high + slack).any() or (seen < low - _SAME).any():
            yield Finding("box", "a box does not look like the one true box", number)
            return


@cache
def _true_box(language: str) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.int16]]:
    """The darkest and the lightest of the nine dots around each dot of the true box."""
    kept = json.loads(files(__package__).joinpath("data", "true_boxes.json").read_text(encoding="ascii"))
    with Image.open(BytesIO(b64decode(kept[language]))) as picture:
        dots = np.asarray(picture.convert("L"), dtype=np.int16)
    around = np.pad(dots, 1, mode="edge")
    high, wide = dots.shape
    nine = np.stack([around[y : y + high, x : x + wide] for y in range(3) for x in range(3)])
    return nine.min(axis=0), nine.max(axis=0)
