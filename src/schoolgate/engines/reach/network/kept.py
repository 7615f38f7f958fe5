"""What is worked out of something that never changes, kept for whoever asks the same again."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, Final

_FEW: Final = 10


class Kept:
    """The last few results by what was asked; they go when their owner goes.

    Only for what takes work and never changes once it is made: everybody gets the same one. Several threads may ask
    at once; two that ask the same at the same time may both do the work, and then share one result.
    """

    __slots__ = ("_few", "_found", "_lock")

    def __init__(self, few: int = _FEW) -> None:
        """Nothing is kept yet, and never more than a few results."""
        self._few = few
        self._found: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = Lock()

    def get[Result](self, asked: Hashable, work: Callable[[], Result]) -> Result:
        """The result kept under what was asked, or else that of the work, which is kept from then on; O(1)."""
        with self._lock:
            if asked in self._found:
                self._found.move_to_end(asked)
                known: Result = self._found[asked]
                return known
        new = work()
        with self._lock:
            result: Result = self._found.setdefault(asked, new)
            self._found.move_to_end(asked)
            while len(self._found) > self._few:
                self._found.popitem(last=False)
            return result

    def __len__(self) -> int:
        """How many results are kept."""
        return len(self._found)
