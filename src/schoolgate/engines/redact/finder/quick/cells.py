"""A text as cells: words, digits and signs with what is known of each, for code that reads millions of characters a second.

Works on code points and never on folded copies, so that offsets are those of the original. A cell's hashes are those of
its folded form: lower case, no accents, look-alike letters of other scripts as Latin ones, nothing that is drawn as nothing.
"""

import unicodedata
from functools import cache
from typing import Final, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from schoolgate.engines.redact.normal import fold, invisible

Codes = NDArray[np.uint32]
Hashes = NDArray[np.uint64]
Marks = NDArray[np.int32]

_TABLE: Final = 0x3000
SPACE, LETTER, DIGIT, SIGN, NOTHING, LINE = range(6)
# Of a cell's shape.
FIRST_CAPITAL, ALL_CAPITAL, ANY_DIGIT, ALL_DIGIT, IS_SIGN, AFTER_SPACE, AFTER_LINE, MIXED = (1 << n for n in range(8))
# Letters at a cell's head and tail that are hashed by themselves; what stands before a cell, if it is a line's end.
_ENDS: Final = 3
_LINE_GAP: Final = 2
# Full-width forms of ASCII, and where theirs begin.
_WIDE: Final = 0xFF01
_WIDE_END: Final = 0xFF5E
_PLAIN: Final = 0x21
_HASH: Final = 0xCBF29CE484222325
_PRIME: Final = 0x100000001B3


class Cells(NamedTuple):
    """A text's cells, each an entry: where it is, and what its features are made of.

    `start` and `end` are code points of the original; `head` and `tail` hash the first and last three letters.
    """

    start: Marks
    end: Marks
    whole: Hashes
    head: Hashes
    tail: Hashes
    shape: Marks


class Letters(NamedTuple):
    """What each code point is and folds to; those above the table are letters of their own."""

    kind: NDArray[np.uint8]
    base: Codes
    capital: NDArray[np.bool_]


@cache
def letters() -> Letters:
    """The table of code points, made once a process in some twenty milliseconds."""
    kind, base = np.full(_TABLE, SIGN, np.uint8), np.arange(_TABLE, dtype=np.uint32)
    capital = np.zeros(_TABLE, np.bool_)
    for code in range(_TABLE):
        char = chr(code)
        if char in "\n\r\v\f\x85\u2028\u2029":
            kind[code] = LINE
        elif char.isspace():
            kind[code] = SPACE
        elif invisible(char) or unicodedata.combining(char):
            kind[code] = NOTHING
        elif char.isalnum():
            folded = fold(char).text
            base[code] = ord(folded[0]) if folded else code
            kind[code] = DIGIT if chr(base[code]).isdigit() else LETTER
            capital[code] = char.isupper()
        else:
            folded = fold(char).text
            base[code] = ord(folded[0]) if folded else code
    return Letters(kind, base, capital)


def cells(text: str) -> Cells:
    """The cells of a text. O(length), some hundred million characters a second."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    known = letters()
    return Cells(*_cells(codes, known.kind, known.base, known.capital))


def word_hash(word: str) -> int:
    """The hash of a folded word, as `cells` gives it."""
    value = _HASH
    for char in word:
        value = ((value ^ ord(char)) * _PRIME) & 0xFFFFFFFFFFFFFFFF
    return value


@numba.njit(cache=True, nogil=True)
def _narrow(code):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - compiled
    """Full-width forms of ASCII as ASCII."""
    return code - (_WIDE - _PLAIN) if _WIDE <= code <= _WIDE_END else code


@numba.njit(cache=True, nogil=True)
def _cells(codes, kind, base, capital):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, C901, PLR0912, PLR0915 - one loop, compiled
    room = len(codes) + 1
    start, end, shape = np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room, np.int32)
    whole, head, tail = np.empty(room, np.uint64), np.empty(room, np.uint64), np.empty(room, np.uint64)
    first, prime = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)
    count, at, size = 0, 0, len(codes)
    gap = _LINE_GAP
    while at < size:
        code = _narrow(codes[at])
        what = kind[code] if code < _TABLE else LETTER
        if what in {SPACE, NOTHING, LINE}:
            if what == LINE:
                gap = _LINE_GAP
            elif what == SPACE and gap == 0:
                gap = 1
            at += 1
            continue
        start[count] = at
        value, three = first, first
        a, b, c = np.uint64(0), np.uint64(0), np.uint64(0)
        length = 0
        flags = 0
        if what == SIGN:
            value = (value ^ np.uint64(base[code])) * prime
            three = value
            c = np.uint64(base[code])
            at += 1
            flags = IS_SIGN
            last = at
        else:
            capitals, digits = 0, 0
            last = at
            while at < size:
                code = _narrow(codes[at])
                what = kind[code] if code < _TABLE else LETTER
                if what == NOTHING:
                    at += 1
                    continue
                if what not in {LETTER, DIGIT}:
                    break
                low = np.uint64(base[code]) if code < _TABLE else np.uint64(code)
                if code < _TABLE and capital[code]:
                    capitals += 1
                    if length == 0:
                        flags |= FIRST_CAPITAL
                if what == DIGIT:
                    digits += 1
                value = (value ^ low) * prime
                if length < _ENDS:
                    three = (three ^ low) * prime
                a, b, c = b, c, low
                length += 1
                at += 1
                last = at
            if capitals == length:
                flags |= ALL_CAPITAL
            elif capitals > 1:
                flags |= MIXED
            if digits:
                flags |= ANY_DIGIT
            if digits == length:
                flags |= ALL_DIGIT
        if gap:
            flags |= AFTER_SPACE
        if gap == _LINE_GAP:
            flags |= AFTER_LINE
        gap = 0
        end[count] = last
        whole[count] = value
        head[count] = three
        tail[count] = (((first ^ a) * prime ^ b) * prime ^ c) * prime
        shape[count] = flags | (min(length, 15) << 8)
        count += 1
    return start[:count], end[:count], whole[:count], head[:count], tail[:count], shape[:count]
