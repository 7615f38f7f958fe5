"""Functions compiled to machine code at their first call, and kept on disk for the next process."""

from collections.abc import Callable
from typing import Final

import numba
import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Words = NDArray[np.uint64]
# No entry, no arc, no place.
NONE: Final = -1


def compiled[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Compile with numba. Compiled code is cached by file, so a function calls compiled ones of its own file only."""
    machine: Callable[P, R] = numba.njit(cache=True, nogil=True)(function)
    return machine
