"""A finder for backlogs: linear, over millions of characters a second; and what it makes of each word, for the other one."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Final

import numpy as np
from numpy.typing import NDArray

from schoolgate.engines.redact.categories import ATTRIBUTES
from schoolgate.engines.redact.finder.lexicons import Hit
from schoolgate.engines.redact.finder.quick.cells import Cells, Hashes, cells
from schoolgate.engines.redact.finder.quick.classes import classes
from schoolgate.engines.redact.finder.quick.tagger import ROWS, Chain, features, paths_of_many, scores
from schoolgate.engines.redact.model import Span

Floats = NDArray[np.float32]

__all__ = ["REASONS", "chain", "evidence", "quick_spans_of", "word_scores"]

REASONS: Final = {
    "person": "reads like a name",
    "dob": "reads like a date of birth",
    "address": "reads like an address",
    "phone": "reads like a telephone number",
    "email": "reads like an e-mail address",
    "student_number": "reads like a student number",
    "plate": "reads like a licence plate",
    "handle": "reads like an account name",
}
# How sure a mark of the linear tagger is: it gives no likelihood, and one in four or five is wrong.
_SURE: Final = 0.6
_COUNTS, _SEEN_BEGIN, _COUNTED_BEGIN = len(ATTRIBUTES), 2 * len(ATTRIBUTES) + 1, 2 * len(ATTRIBUTES)


@cache
def chain() -> Chain:
    """What the tagger has learnt, read once a process: the rows that say anything, then all of them."""
    data = files("schoolgate.engines.redact").joinpath("data", "quick.npz").read_bytes()
    with np.load(BytesIO(data)) as stored:
        rows = np.zeros((ROWS, stored["rows"].shape[1]), np.int8)
        rows[stored["numbers"]] = stored["rows"]
        return Chain(tuple(map(str, stored["labels"])), int(stored["first"]), rows, stored["steps"])


def evidence(text: Cells, hits: Iterable[Hit]) -> Hashes:
    """What the lexicons saw in each cell, as bits: the category, whether it counts, where it begins."""
    bits = np.zeros(len(text.start), np.uint64)
    for hit in hits:
        inside = np.flatnonzero((text.start < hit.end) & (hit.start < text.end))
        if len(inside):
            number = ATTRIBUTES.index(hit.entry.category)
            bits[inside] |= np.uint64(1 << (number + (_COUNTS if hit.counts else 0)))
            bits[inside[0]] |= np.uint64(1 << (_COUNTED_BEGIN if hit.counts else _SEEN_BEGIN))
    return bits


def quick_spans_of(texts: Sequence[Cells]) -> Iterator[list[Span]]:
    """Marks of several texts by the linear tagger alone, text by text. O(cells)."""
    known = chain()
    first, second, begins = paths_of_many(texts, classes(), known)
    for read, low, high in zip(texts, begins, begins[1:], strict=False):
        yield [
            *_spans(read, first[low:high].tolist(), known.labels[: known.first]),
            *_spans(read, second[low:high].tolist(), known.labels[known.first :]),
        ]


def word_scores(text: str, starts: Sequence[int], hits: Iterable[Hit]) -> tuple[Floats, Floats]:
    """The tagger's scores of the words that begin at these code points, by head: (words, labels)."""
    known, read = chain(), cells(text)
    given = scores(features(read, classes(), evidence(read, hits)), known)
    rows = np.zeros((len(starts), given.shape[1]), np.float32)
    at = np.searchsorted(read.start, starts)
    for n, (cell, start) in enumerate(zip(at, starts, strict=True)):
        if cell < len(read.start) and read.start[cell] == start:
            rows[n] = given[cell]
    return rows[:, : known.first], rows[:, known.first :]


def _spans(read: Cells, path: Sequence[int], labels: Sequence[str]) -> Iterator[Span]:
    for n, label in enumerate(path):
        if label % 2 == 1:
            last = n
            while last + 1 < len(path) and path[last + 1] == label + 1:
                last += 1
            category = labels[label][2:]
            yield Span(
                int(read.start[n]),
                int(read.end[last]),
                "person_unknown" if category == "person" else category,
                None,
                _SURE,
                REASONS.get(category, "reads like what tells it"),
            )
