"""The codes of copies, and the one question that is asked of them: which of them does a vector look like.

A code is 1024 chips of one bit. Tracing correlates with every code ever issued and decodes nothing, so that
there is no error-correcting code to fail and what is uncertain stays a number until the end.

Sources: Cox, Kilian, Leighton, Shamoon, "Secure Spread Spectrum Watermarking for Multimedia" (1997);
Hoeffding, "Probability Inequalities for Sums of Bounded Random Variables" (1963).
"""

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from schoolgate.engines.redact.marking.errors import MarkError

CHIPS = 1024
# The most that naming anybody wrong may cost, over all codes and all hypotheses of one tracing.
WRONG = 1e-9
_SHORTEST_KEY = 16
# Codes that fit a processor's own memory.
_TOGETHER = 4096

Floats = npt.NDArray[np.float32]


def code(key: bytes, copy_id: str) -> npt.NDArray[np.int8]:
    """The chips of a copy: 1024 of +1 or -1, from SHAKE-256 of the key and the copy's id.

    Raises:
        MarkError: if the key has fewer than 16 bytes or the id is empty.
    """
    bits = np.unpackbits(np.frombuffer(_packed(_keyed(key), copy_id), dtype=np.uint8))
    return (bits.astype(np.int8) * 2 - 1).astype(np.int8)


@dataclass(frozen=True, slots=True, eq=False)
class Issued:
    """Every code ever issued, packed: 128 bytes a copy, 12.8 MB for 100,000.

    Attributes:
        copies: the ids, as the copies were marked with them.
        bits: (copies, 128) bytes; a caller may keep them on disk with `numpy.save`, guarded like the key.
    """

    copies: Sequence[str]
    bits: npt.NDArray[np.uint8]

    def __post_init__(self) -> None:
        if self.bits.shape != (len(self.copies), CHIPS // 8) or self.bits.dtype != np.uint8:
            raise MarkError(f"issued codes: {len(self.copies)} copies need as many rows of {CHIPS // 8} bytes")

    def __repr__(self) -> str:
        return f"Issued({len(self.copies)} copies)"

    def __add__(self, other: "Issued") -> "Issued":
        """Codes under an earlier key and codes under a later one are traced together."""
        return Issued((*self.copies, *other.copies), np.concatenate((self.bits, other.bits)))

    def scores(self, found: npt.ArrayLike) -> Floats:
        """How much each code looks like each vector found: c·y / |y|, (vectors x 1024) in, (vectors x copies) out.

        O(copies * 128) a vector: each byte of a code looks its eight chips' sum up in a table, and nothing is
        unpacked. A vector of zeros scores zero.
        """
        y = np.atleast_2d(np.asarray(found, dtype=np.float64))
        lengths = np.sqrt(np.square(y).sum(axis=1, keepdims=True))
        signs = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).astype(np.float64) * 2 - 1
        tables = ((y / np.where(lengths, lengths, 1)).reshape(len(y), -1, 8) @ signs.T).astype(np.float32)
        scores = np.zeros((len(y), len(self.copies)), dtype=np.float32)
        for start in range(0, len(self.copies), _TOGETHER):
            columns = np.ascontiguousarray(self.bits[start : start + _TOGETHER].T)
            for n, table in enumerate(tables):
                part = scores[n, start : start + _TOGETHER]
                for column, sums in zip(columns, table, strict=True):
                    np.add(part, sums[column], out=part)
        return scores


def issued(key: bytes, copies: Iterable[str]) -> Issued:
    """The codes of copies that were marked with one key. About two microseconds a copy.

    Raises:
        MarkError: if the key has fewer than 16 bytes or an id is empty.
    """
    keyed, ids = _keyed(key), tuple(copies)
    packed = b"".join([_packed(keyed, copy_id) for copy_id in ids])
    return Issued(ids, np.frombuffer(packed, dtype=np.uint8).reshape(len(ids), CHIPS // 8))


def threshold(codes: int, hypotheses: int) -> float:
    """The score from which a copy is named: sqrt(2 ln(N R / 1e-9)).

    The code of a copy that is not involved is independent of whatever was found, so its score is a sum of
    independent signs with weights of total square 1, and reaches t with probability at most exp(-t²/2)
    (Hoeffding), for any picture whatsoever. N codes and R vectors found give N R chances.
    """
    return math.sqrt(2 * math.log(max(codes, 1) * max(hypotheses, 1) / WRONG))


def _keyed(key: bytes) -> "hashlib._Hash":
    if len(key) < _SHORTEST_KEY:
        raise MarkError(f"recipient marks: the secret key has {len(key)} bytes; it needs {_SHORTEST_KEY} at least")
    return hashlib.shake_256(b"schoolgate recipient mark 1\0" + len(key).to_bytes(4, "big") + key)


def _packed(keyed: "hashlib._Hash", copy_id: str) -> bytes:
    if not copy_id:
        raise MarkError("recipient marks: a copy without an id cannot be marked; give it one")
    own = keyed.copy()
    own.update(copy_id.encode())
    return own.digest(CHIPS // 8)  # type: ignore[call-arg]
